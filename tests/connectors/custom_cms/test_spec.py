"""Settings, code books, the Verify button and the order's address."""

import json

import pytest
import responses

from connectors.contract.results import AccountReport, BookEntry, Check
from connectors.contract.spec import FieldType, Role
from connectors.custom_cms.spec import SPEC, push_address
from connectors.toolkit.standard_webhooks import verify

from .world import OLD_SECRET, SECRET, STATUS_ADDRESS, TOKEN, World


def report(world: World, **settings: object) -> AccountReport:
    account = world.opened(**settings).account
    assert account is not None
    return account.verify()


def failed(found: AccountReport) -> list[str]:
    return [check.name for check in found.checks if not check.passed]


def test_it_is_a_store_whose_secrets_are_secret() -> None:
    secrets = {field.key for field in SPEC.settings if field.type is FieldType.SECRET}

    assert SPEC.roles == {Role.STORE}
    assert secrets == {"signing_secret", "previous_signing_secret", "access_token"}


def test_a_shop_without_any_setting_can_be_opened(world: World) -> None:
    adapter = world.opened(signing_secret="", status_address="")

    assert adapter.webhooks is not None
    assert adapter.status_sink is None
    assert world.exchanges == []


@pytest.mark.parametrize("value", ["new = New\n\n paid=Paid in full\nshipped\nnew = Again\n", None, "", []])
def test_code_books_come_from_the_lists(world: World, value: object) -> None:
    codes = world.opened(status_codes=value, delivery_codes=["courier = Courier"]).codes
    assert codes is not None

    books = {book.kind: list(book.entries) for book in codes.read_books()}

    listed = [BookEntry("new", "New"), BookEntry("paid", "Paid in full"), BookEntry("shipped", "shipped")]
    assert books["status"] == (listed if value else [])
    assert books["delivery"] == [BookEntry("courier", "Courier")]
    assert books["payment"] == []
    assert BookEntry("partially_refunded", "Partially refunded") in books["payment_status"]


def test_verify_posts_a_signed_ping(world: World, http: responses.RequestsMock) -> None:
    http.add(responses.POST, STATUS_ADDRESS, json={"ok": True})

    found = report(world)

    request = http.calls[0].request
    assert isinstance(request.body, bytes)
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    assert verify([SECRET], headers, request.body).startswith("ping_")
    assert json.loads(request.body) == {"type": "ping", "timestamp": "2025-03-01T10:15:00Z", "data": {}}
    assert (found.account, found.passed) == ("shop.example", True)


def test_verify_tells_what_the_status_address_answers(world: World, http: responses.RequestsMock) -> None:
    http.add(responses.POST, STATUS_ADDRESS, status=401, json={"error": "bad signature"})

    found = report(world)

    assert failed(found) == ["Statuses back to the shop"]
    assert "bad signature" in found.checks[-1].message


def test_verify_without_status_address_calls_nobody(world: World) -> None:
    found = report(world, status_address="", previous_signing_secret=OLD_SECRET, access_token=TOKEN)

    assert found.passed
    assert found.checks[0] == Check("Pushes", True, "Accepted by signature or access token.")
    assert world.exchanges == []


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"signing_secret": ""}, ["Pushes"]),
        ({"signing_secret": "hunter2"}, ["Pushes"]),
        ({"access_token": "short"}, ["Pushes"]),
        ({"previous_signing_secret": "hunter2"}, ["Previous secret"]),
        ({"status_address": "not an address"}, ["Statuses back to the shop"]),
        ({"status_address": "file:///etc/hostname"}, ["Statuses back to the shop"]),
        ({"payment_codes": "= Nameless"}, ["Payment codes"]),
    ],
)
def test_verify_names_what_is_wrong_and_the_cure(world: World, settings: dict[str, str], names: list[str]) -> None:
    found = report(world, **({"status_address": ""} | settings))

    assert failed(found) == names
    assert all(check.cure for check in found.checks if not check.passed)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://shop.example/admin/orders/{id}", "https://shop.example/admin/orders/a%2F1%3F"),
        ("https://shop.example/admin/orders/", ""),
        ("javascript:alert({id})", ""),
        ("", ""),
    ],
)
def test_the_address_of_an_order_is_a_web_address(template: str, url: str) -> None:
    assert SPEC.order_url is not None

    assert SPEC.order_url({"order_url_template": template}, "a/1?") == url


def test_the_steps_name_the_addresses_and_no_secret() -> None:
    steps = SPEC.setup_steps({"signing_secret": SECRET}, "https://hub.example/hooks/abc/")

    assert push_address("https://hub.example/hooks/abc/") == "https://hub.example/api/v1/push/abc"
    assert ("Orders", "https://hub.example/api/v1/push/abc/orders") in steps[0].rows
    assert SECRET not in str(steps)
