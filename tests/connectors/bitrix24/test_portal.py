"""A portal that moves, and an application whose token expires."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.bitrix24.config import Config, may_replace
from connectors.bitrix24.sandbox import make, settings_for
from connectors.bitrix24.sandbox.events import APPLICATION_TOKEN, MEMBER_ID
from connectors.bitrix24.sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from connectors.contract.errors import Forged, Misconfigured
from connectors.contract.results import Acknowledged, HookRequest
from connectors.toolkit.sandbox import Sandbox
from connectors.toolkit.sandbox.listener import Listener, WireReply, WireRequest

from .world import World, draft, written


@pytest.fixture
def moved(world: World) -> Iterator[Sandbox]:
    """The portal's old address."""
    with make(moved_to=world.box.url) as old:
        yield old


@pytest.fixture
def calls() -> Iterator[tuple[str, list[WireRequest]]]:
    """An address that keeps what it gets."""
    kept: list[WireRequest] = []

    def take(request: WireRequest) -> WireReply:
        kept.append(request)
        return WireReply(200, {}, b"{}")

    listener = Listener(("127.0.0.1", 0), take)
    listener.start("calls")
    yield f"http://127.0.0.1:{listener.port}/hooks/token/", kept
    listener.stop()


def application(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "access": "application",
        "webhook": "",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "oauth_server": world.box.url,
        **changes,
    }


def install(world: World, calls: tuple[str, list[WireRequest]], **settings: Any) -> Any:
    """The portal tells the hub of the installation; what the door makes of it."""
    address, kept = calls
    world.desk("install", {"address": address})
    assert world.box.wait_until_quiet(10)
    webhooks = world.open(**application(world, **settings)).webhooks
    assert webhooks is not None
    return webhooks.accept(HookRequest("POST", kept[-1].headers, kept[-1].body))


# --- a portal that was renamed --------------------------------------------------------------------------------------


def test_call_to_the_old_address_is_repeated_at_the_new_one_which_is_kept(world: World, moved: Sandbox) -> None:
    settings = {**settings_for(moved.url)}

    written(world.put([draft(1)], **settings))
    before = moved.state()["total_calls"]
    written(world.put([draft(2)], **settings))

    assert sorted(world.deals()) == ["5001", "5002"]
    assert json.loads(world.tokens.get("address")) == {"from": moved.url, "to": world.box.url}
    assert moved.state()["total_calls"] == before == 1


def test_address_that_staff_change_afterwards_counts_again(world: World, moved: Sandbox) -> None:
    world.tokens.put(
        "address", json.dumps({"from": "https://other.bitrix24.com", "to": "https://elsewhere.bitrix24.com"})
    )

    written(world.put([draft(1)]))

    assert list(world.deals()) == ["5001"]


@pytest.mark.parametrize(
    ("old", "new", "is_trusted"),
    [
        ("https://a.bitrix24.com", "https://b.bitrix24.com", True),
        ("https://a.bitrix24.com", "https://b.bitrix24.de", True),
        ("https://a.bitrix24.com", "https://b.bitrix24.com.br", True),
        ("https://a.bitrix24.com", "http://b.bitrix24.com", False),
        ("https://a.bitrix24.com", "https://evil.example", False),
        ("https://a.bitrix24.com", "https://bitrix24.com.evil.example", False),
        ("https://a.bitrix24.com", "https://b-bitrix24.com", False),
        ("https://a.bitrix24.com", "https://user@b.bitrix24.com", False),
        ("https://crm.shop.example", "https://crm2.shop.example", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", True),
        ("http://127.0.0.1:1", "http://evil.example", False),
    ],
)
def test_secret_is_sent_only_where_portals_are_renamed(old: str, new: str, is_trusted: bool) -> None:
    assert may_replace(old, new) is is_trusted


def test_address_that_is_not_trusted_stops_the_connection_and_gets_nothing(world: World) -> None:
    with make(moved_to="http://evil.example") as old, pytest.raises(Misconfigured) as caught:
        world.put([draft(1)], **settings_for(old.url))

    assert caught.value.code == "redirected"
    assert "evil.example" in caught.value.message
    assert world.tokens.get("address") == ""


# --- an application -------------------------------------------------------------------------------------------------


def test_installation_brings_the_sign_in_and_nothing_of_it_is_kept_as_an_event(world: World, calls: Any) -> None:
    found = install(world, calls)

    assert isinstance(found, Acknowledged)
    kept = json.loads(world.tokens.get("oauth"))
    assert (kept["member_id"], kept["application_token"]) == (MEMBER_ID, APPLICATION_TOKEN)
    written(world.put([draft(1)], **application(world)))
    assert list(world.deals()) == ["5001"]


def test_expired_token_is_renewed_once_and_the_call_repeated(world: World, calls: Any) -> None:
    install(world, calls)
    first = world.tokens.get("oauth")
    world.desk("expire_token", {})

    written(world.put([draft(1), draft(2)], **application(world)))

    assert world.box.state()["refreshes"] == 1
    assert json.loads(world.tokens.get("oauth"))["refresh_token"] != json.loads(first)["refresh_token"]
    assert json.loads(world.tokens.get("oauth"))["application_token"] == APPLICATION_TOKEN
    assert sorted(world.deals()) == ["5001", "5002"]


def test_worker_with_an_old_token_takes_what_another_one_got(world: World, calls: Any) -> None:
    install(world, calls)
    settings = application(world)
    late = world.open(**settings)
    assert late.status_source is not None
    late.status_source.statuses(["1"], [])
    world.desk("expire_token", {})
    written(world.put([draft(1)], **settings))

    late.status_source.statuses(["1"], [])

    assert world.box.state()["refreshes"] == 1


def test_token_that_cannot_be_renewed_is_a_matter_of_the_connection(world: World, calls: Any) -> None:
    install(world, calls)
    world.desk("expire_token", {})

    with pytest.raises(Misconfigured):
        world.put([draft(1)], **application(world, client_secret="another-secret-0001"))

    assert world.deals() == {}


def test_application_that_is_not_installed_says_what_to_do(world: World) -> None:
    with pytest.raises(Misconfigured) as caught:
        world.put([draft(1)], **application(world))

    assert caught.value.code == "not_installed"


@pytest.mark.parametrize("settings", [{"member_id": "another"}, {"address": "https://another.bitrix24.com"}])
def test_installation_by_another_portal_is_forged(world: World, calls: Any, settings: dict[str, str]) -> None:
    with pytest.raises(Forged):
        install(world, calls, **settings)

    assert world.tokens.get("oauth") == ""


def test_webhook_connection_takes_no_installation(world: World, calls: Any) -> None:
    found = install(world, calls, access="webhook")

    assert isinstance(found, Acknowledged)
    assert world.tokens.get("oauth") == ""


def test_no_token_or_secret_is_in_the_log(world: World, calls: Any) -> None:
    install(world, calls)
    world.desk("expire_token", {})
    written(world.put([draft(1)], **application(world)))
    written(world.put([draft(2)]))

    said = "\n".join(f"{each.url} {each.request_body} {each.response_body}" for each in world.exchanges)
    assert [
        secret for secret in ("sandboxaccess", "sandboxrefresh", CLIENT_SECRET, "sandboxsecret") if secret in said
    ] == []


def test_no_buyer_is_in_the_log_of_a_batch(world: World) -> None:
    written(world.put([draft(1), draft(2)]))

    said = "\n".join(f"{each.request_body} {each.response_body}" for each in world.exchanges)
    personal = ("Erika", "Muster1", "buyer1", "3012340001", "Main street")
    assert [text for text in personal if text in said] == []
    assert '"originId": "5001"' in said, "the order is named, so that its calls are found"


def test_events_are_bound_for_an_application_and_found_again(world: World, calls: Any) -> None:
    install(world, calls)
    address = "https://hub.example/hooks/token/"
    manager = world.open(**application(world)).webhook_manager
    assert manager is not None

    before = [each.state for each in manager.check(address)]
    after = [each.state for each in manager.ensure(address)]
    again = [each.state for each in manager.ensure(address)]

    assert before == ["missing"] * 4
    assert after == again == ["active"] * 4
    assert {each.state for each in manager.check("https://hub.example/hooks/other/")} == {"wrong_address"}


def test_webhook_cannot_bind_events(world: World) -> None:
    assert world.open().webhook_manager is None


@pytest.mark.parametrize(
    "webhook", ["1/abcdef123456", "/rest/1/abcdef123456/", "https://p.bitrix24.com/rest/1/abcdef123456/"]
)
def test_webhook_is_understood_however_it_is_pasted(webhook: str) -> None:
    assert Config("https://p.bitrix24.com", webhook=webhook).webhook_parts == ("1", "abcdef123456")
