"""What Verify says of every state that a shop can be in, against the stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract.results import AccountReport
from connectors.toolkit.sandbox import Sandbox

from .world import OLD_SECRET, OTHER_SECRET, World

Desk = Callable[..., Any]
Verify = Callable[..., AccountReport]


@pytest.fixture
def verify(settings: dict[str, Any]) -> Verify:
    def run(**changes: Any) -> AccountReport:
        account = World(now=datetime.now(UTC)).opened(**{**settings, **changes}).account
        assert account is not None
        return account.verify()

    return run


def failed(report: AccountReport) -> dict[str, str]:
    """Message and cure of each check that did not pass, by name."""
    return {check.name: f"{check.message} {check.cure}" for check in report.checks if not check.passed}


def test_shop_in_order_passes_and_says_what_it_is(verify: Verify) -> None:
    report = verify()

    assert failed(report) == {}
    assert report.version == "miniShop2 4.4.2-pl, plug-in 0.1.0"
    assert [check.name for check in report.checks] == [
        "Address", "Secret", "Shop", "Plug-in", "Clock", "Events", "Currency", "Weight",
    ]  # fmt: skip


def test_wrong_secret_says_where_to_put_the_right_one(verify: Verify) -> None:
    report = verify(signing_secret=OTHER_SECRET)

    assert list(failed(report)) == ["Secret"]
    assert "plug-in's setting “secret”" in failed(report)["Secret"]


def test_shop_that_has_the_old_secret_still_passes_while_it_is_changed(
    verify: Verify, settings: dict[str, Any]
) -> None:
    report = verify(signing_secret=OLD_SECRET, previous_signing_secret=settings["signing_secret"])

    assert failed(report) == {}
    assert "Two secrets are in use" in next(check.message for check in report.checks if check.name == "Secret")


def test_address_without_the_plug_in_is_said_to_be_one(verify: Verify, box: Sandbox) -> None:
    report = verify(shop=f"{box.url}/elsewhere")

    assert list(failed(report)) == ["Plug-in"]
    assert "Install the package hubconnector" in failed(report)["Plug-in"]


@pytest.mark.parametrize(("seconds", "words"), [(120, "ahead of"), (-120, "behind")])
def test_clock_that_is_two_minutes_off_is_told(verify: Verify, desk: Desk, seconds: int, words: str) -> None:
    desk("plugin", clock_offset_seconds=seconds)

    found = failed(verify())

    assert list(found) == ["Clock"]
    assert words in found["Clock"]


def test_clock_that_is_ten_minutes_off_shuts_the_shop_and_is_told(verify: Verify, desk: Desk) -> None:
    desk("plugin", clock_offset_seconds=600)

    found = failed(verify())

    assert list(found) == ["Clock"]
    assert "NTP" in found["Clock"]


def test_newer_plug_in_asks_for_a_newer_hub(verify: Verify, desk: Desk) -> None:
    desk("plugin", protocol=2, plugin="3.0.0")

    assert "Update the hub" in failed(verify())["Plug-in"]


def test_older_plug_in_is_told_with_what_it_cannot_do(verify: Verify, desk: Desk) -> None:
    desk("plugin", left_out=["category.list", "product.get"])

    found = failed(verify())

    assert list(found) == ["Plug-in"]
    assert "cannot do category.list, product.get" in found["Plug-in"]


def test_version_with_the_lost_statuses_is_told_once(verify: Verify, desk: Desk) -> None:
    desk("plugin", engine_version="4.4.1-pl")

    found = failed(verify())

    assert list(found) == ["Shop"]
    assert "Update miniShop2" in found["Shop"]


def test_other_engine_is_told(verify: Verify, desk: Desk) -> None:
    desk("plugin", engine="shopkeeper")

    assert list(failed(verify())) == ["Shop"]


def test_events_that_wait_are_told_with_the_cure(verify: Verify, desk: Desk) -> None:
    desk("sleep", asleep=True)
    desk("shop", orders=120)

    found = failed(verify())

    assert list(found) == ["Events"]
    assert "cron" in found["Events"]


def test_currency_that_nobody_knows_is_told_and_one_that_differs(verify: Verify, desk: Desk) -> None:
    assert list(failed(verify(currency="EUR"))) == ["Currency"]

    desk("plugin", currency="")

    assert list(failed(verify())) == ["Currency"]
    assert failed(verify(currency="EUR")) == {}


def test_shop_on_the_open_internet_has_to_be_called_by_https() -> None:
    account = World().opened(shop="http://shop.example", signing_secret="").account
    assert account is not None

    assert "https" in failed(account.verify())["Address"]
