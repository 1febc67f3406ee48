"""Signing in with the browser: the code that the portal sends back is exchanged at once, and only where it belongs."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from responses import matchers

from connectors.bitrix24.spec import SPEC
from connectors.contract.errors import Forged, Misconfigured
from connectors.contract.results import Acknowledged, HookRequest
from tests.contract.kinds import Hub

PORTAL = "https://portal.bitrix24.com"
TOKENS = "https://oauth.bitrix.info/oauth/token/"
HOOK = "https://hub.example/hooks/token/"
SETTINGS = {
    "address": PORTAL,
    "access": "application",
    "client_id": "local.6a1b2c3d4e5f60.12345678",
    "client_secret": "neverShownClientSecret00001",
}
GRANTED = {
    "access_token": "newaccess000001",
    "refresh_token": "newrefresh000001",
    "client_endpoint": f"{PORTAL}/rest/",
    "domain": "oauth.bitrix.info",
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
    "expires_in": 3600,
    "scope": "crm,user_basic",
}


def sign_in_address(**changes: str) -> str:
    """What the connection's page shows; empty when it offers none."""
    rows = [row for step in SPEC.setup_steps({**SETTINGS, **changes}, HOOK) for row in step.rows]
    return next((value for _name, value in rows if "/oauth/authorize/" in value), "")


def state() -> str:
    return parse_qs(urlsplit(sign_in_address()).query)["state"][0]


def come_back(hub: Hub, query: dict[str, str], **changes: str) -> Any:
    webhooks = SPEC.open({**SETTINGS, **changes}, hub.services()).webhooks
    assert webhooks is not None
    return webhooks.accept(HookRequest("GET", {}, b"", query))


def answered(query: dict[str, str] | None = None) -> dict[str, str]:
    return {"code": "acode00001", "state": state(), "domain": "portal.bitrix24.com", "scope": "crm", **(query or {})}


def vendor(body: dict[str, Any], status: int = 200) -> Any:
    asked = {
        "grant_type": "authorization_code",
        "client_id": SETTINGS["client_id"],
        "client_secret": SETTINGS["client_secret"],
        "code": "acode00001",
    }
    return responses.get(TOKENS, json=body, status=status, match=[matchers.query_param_matcher(asked)])


def test_page_shows_where_to_sign_in_and_no_secret() -> None:
    address = sign_in_address()

    assert address.startswith(f"{PORTAL}/oauth/authorize/?client_id=local.6a1b2c3d4e5f60.12345678&state=")
    assert SETTINGS["client_secret"] not in address
    assert state() != parse_qs(urlsplit(sign_in_address(client_secret="another00001")).query)["state"][0]


@pytest.mark.parametrize("changes", [{"access": "webhook"}, {"client_id": ""}, {"client_secret": ""}, {"address": ""}])
def test_nothing_is_offered_while_the_application_is_not_entered(changes: dict[str, str]) -> None:
    assert sign_in_address(**changes) == ""


@responses.activate
def test_code_becomes_the_sign_in_and_calls_go_with_it() -> None:
    hub = Hub()
    vendor(GRANTED)
    called = responses.post(f"{PORTAL}/rest/crm.stagehistory.list", json={"result": {"items": []}})

    found = come_back(hub, answered())

    assert isinstance(found, Acknowledged)
    changes = SPEC.open(SETTINGS, hub.services()).change_source
    assert changes is not None
    changes.poll(json.dumps({"after": 1}), hub.services().clock())
    assert json.loads(called.calls[0].request.body or b"{}")["auth"] == "newaccess000001"
    said = "\n".join(f"{each.url} {each.request_body} {each.response_body}" for each in hub.exchanges)
    secrets = ("acode00001", "newaccess", "newrefresh", SETTINGS["client_secret"])
    assert [secret for secret in secrets if secret in said] == []


@responses.activate
def test_token_of_events_that_an_installation_brought_is_kept() -> None:
    hub = Hub()
    services = hub.services()
    services.tokens.put("oauth", json.dumps({"application_token": "brought", "member_id": GRANTED["member_id"]}))
    vendor(GRANTED)

    come_back(hub, answered())

    kept = json.loads(services.tokens.get("oauth"))
    assert (kept["application_token"], kept["refresh_token"]) == ("brought", "newrefresh000001")


@responses.activate
@pytest.mark.parametrize("given", ["", "x" * 32, "ключ"])
def test_code_that_nobody_asked_for_is_not_exchanged(given: str) -> None:
    hub = Hub()
    asked = vendor(GRANTED)

    with pytest.raises(Forged):
        come_back(hub, answered({"state": given}))

    assert asked.call_count == 0
    assert hub.services().tokens.get("oauth") == ""


@responses.activate
@pytest.mark.parametrize(
    "changes", [{"client_endpoint": "https://evil.example/rest/"}, {"member_id": ""}, {"refresh_token": ""}]
)
def test_sign_in_to_another_portal_or_without_its_parts_is_not_kept(changes: dict[str, str]) -> None:
    hub = Hub()
    vendor({**GRANTED, **changes})

    with pytest.raises(Forged):
        come_back(hub, answered())

    assert hub.services().tokens.get("oauth") == ""


@responses.activate
def test_portal_that_was_renamed_is_known_by_its_id() -> None:
    hub = Hub()
    services = hub.services()
    services.tokens.put("oauth", json.dumps({"member_id": GRANTED["member_id"]}))
    vendor({**GRANTED, "client_endpoint": "https://renamed.bitrix24.com/rest/"})

    assert isinstance(come_back(hub, answered()), Acknowledged)
    assert json.loads(services.tokens.get("oauth"))["access_token"] == "newaccess000001"


@responses.activate
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": "invalid_grant", "error_description": "Code is expired"}, 400),
        ({"error": "wrong_client", "error_description": "Wrong client"}, 200),
        ({"error": "INTERNAL_SERVER_ERROR"}, 500),
    ],
)
def test_code_that_is_refused_is_told_in_the_vendors_words(body: dict[str, str], status: int) -> None:
    hub = Hub()
    vendor(body, status)

    with pytest.raises(Misconfigured) as caught:
        come_back(hub, answered())

    assert body.get("error_description", "INTERNAL_SERVER_ERROR") in caught.value.message


@responses.activate
def test_webhook_connection_exchanges_no_code() -> None:
    asked = vendor(GRANTED)

    found = come_back(Hub(), answered(), access="webhook", webhook="1/abcdef123456")

    assert isinstance(found, Acknowledged)
    assert asked.call_count == 0
