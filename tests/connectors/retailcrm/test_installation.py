"""Installed from RetailCRM's marketplace: the token, the address, and what is told to the account."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from responses import CallList

from connectors.contract.errors import Forged, Misconfigured, OutcomeUnknown
from connectors.contract.installing import Application, Place
from connectors.contract.results import HookRequest
from connectors.retailcrm.account import NEEDED_SCOPES
from connectors.retailcrm.installation import Installer
from connectors.retailcrm.spec import SPEC

from .world import BASE, World, answers, form, made, no_answer

APPLICATION = Application("integration-hub", "secret-of-the-partner-account")
PLACE = Place("https://hub.example", "https://hub.example/admin/connections/crmconnection/7/change/", "c" * 32)
KEY = "k" * 32
WISH = {"address": BASE, "api_key": KEY}
MODULE = "integration-modules/integration-hub-cccccccccccc/edit"
DONE = {"success": True, "info": {}}
ONE_SITE = {"success": True, "sites": {"main": {"code": "main"}}}
TWO_SITES = {"success": True, "sites": [{"code": "main"}, {"code": "b2b"}]}
FULL = {"success": True, "siteAccess": "access_full"}


def token(key: str = KEY, secret: str = APPLICATION.secret) -> str:
    return hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest()


def register(**changes: Any) -> dict[str, Any]:
    return {"systemUrl": BASE, "apiKey": KEY, "token": token()} | changes


def posted(body: str | bytes) -> HookRequest:
    return HookRequest("POST", {}, body if isinstance(body, bytes) else body.encode())


def as_field(parts: dict[str, Any]) -> HookRequest:
    """As the vendor's Go library reads it."""
    return posted(urlencode({"register": json.dumps(parts)}))


def test_the_token_is_the_hmac_of_the_key_as_php_works_it_out() -> None:
    # php > echo hash_hmac('sha256', '<api-key>', '<secret>');
    key, secret = "<api-key>", "<secret>"
    of_php = "d608a07ff9e8846108718ded2d184529e601cb43a89b9f28a0db9e6dccf1490e"
    wish = Installer().accept(as_field({"systemUrl": BASE, "apiKey": key, "token": of_php}), Application("hub", secret))

    assert wish.settings["api_key"] == key


def test_the_offer_names_the_rights_and_where_the_key_goes() -> None:
    offer = Installer().offer("https://hub.example/install/retailcrm/register")

    assert offer == {
        "success": True,
        "scopes": [*NEEDED_SCOPES, "custom_fields_read", "store_write", "integration_write"],
        "registerUrl": "https://hub.example/install/retailcrm/register",
    }


@pytest.mark.parametrize(
    "call",
    [
        as_field(register()),
        as_field(register(token=token().upper())),
        posted(urlencode({f"register[{part}]": value for part, value in register().items()})),
        posted(urlencode(register())),
        posted(json.dumps({"register": register()})),
        posted(json.dumps(register())),
    ],
    ids=["a field with JSON", "upper case", "parts of a field", "fields", "JSON", "JSON without a field"],
)
def test_address_and_key_are_read_however_they_are_written(call: HookRequest) -> None:
    wish = Installer().accept(call, APPLICATION)

    assert (wish.account, wish.settings) == ("shop.retailcrm.ru", WISH)
    assert set(wish.settings) <= {setting.key for setting in SPEC.settings}


@pytest.mark.parametrize(
    "call",
    [
        as_field(register(token=token(secret="another"))),
        as_field(register(token=token(key="another"))),
        as_field(register(apiKey="another")),
        as_field(register(token="")),
        as_field(register(token=None)),
        as_field(register(token="жетон")),
        as_field(register(token=[token()])),
        as_field(register(apiKey="", token=token(key=""))),
        as_field({"systemUrl": BASE}),
        posted(urlencode({"register": "no json"})),
        posted(urlencode({"register": "[1]"})),
        posted(b""),
        posted(b"\xff\xfe\x00"),
        posted(b"{"),
        posted(b"{" * 50_000),
        posted(b'{"register": ' + b"9" * 5_000 + b"}"),
    ],
    ids=str,
)
def test_a_call_whose_token_does_not_fit_is_not_the_vendors(call: HookRequest) -> None:
    with pytest.raises(Forged) as refusal:
        Installer().accept(call, APPLICATION)

    assert KEY not in refusal.value.message
    assert token() not in refusal.value.message


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.retailcrm.ru.example.com",
        "https://evil.example.com",
        "http://shop.retailcrm.ru",
        "https://user:password@shop.retailcrm.ru",
        "https://[shop.retailcrm.ru",
        "https://sh\x00op.retailcrm.ru",
        "https://shop shop.retailcrm.ru",
        "https://" + "a" * 300 + ".retailcrm.ru",
        "ftp://shop.retailcrm.ru",
        "",
    ],
)
def test_an_address_that_is_no_account_is_refused_before_anything_is_called(address: str, calls: CallList) -> None:
    with pytest.raises(Misconfigured):
        Installer().accept(as_field(register(systemUrl=address)), APPLICATION)

    assert made(calls) == []


@pytest.mark.parametrize("key", ["key\nX-Evil: 1", "ключ", "k" * 256, "a key"])
def test_a_key_that_cannot_stand_in_a_header_is_refused(key: str) -> None:
    with pytest.raises(Misconfigured):
        Installer().accept(as_field(register(apiKey=key, token=token(key=key))), APPLICATION)


def test_the_account_lists_the_hub_and_the_only_site_is_taken(world: World, calls: CallList) -> None:
    answers("POST", MODULE, DONE)
    answers("GET", f"{BASE}/api/credentials", FULL)
    answers("GET", "reference/sites", ONE_SITE)

    registered = Installer().register(WISH, world.services(), APPLICATION, PLACE)

    assert (registered.settings, registered.note) == ({"site": "main"}, "")
    assert made(calls) == [f"POST {MODULE}", "GET credentials", "GET reference/sites"]
    assert calls[0].request.headers["X-API-KEY"] == KEY
    assert form(calls[0]) == {
        "integrationModule": {
            "code": "integration-hub-cccccccccccc",
            "integrationCode": "integration-hub",
            "active": True,
            "name": "Integration Hub",
            "clientId": "c" * 32,
            "baseUrl": "https://hub.example",
            "accountUrl": PLACE.page_url,
        }
    }


def test_what_the_log_keeps_names_neither_key_nor_client_id(world: World, calls: CallList) -> None:
    answers("POST", MODULE, DONE)
    answers("GET", f"{BASE}/api/credentials", FULL)
    answers("GET", "reference/sites", ONE_SITE)

    Installer().register(WISH, world.services(), APPLICATION, PLACE)

    kept = repr(world.exchanges)
    assert "integration-hub-cccccccccccc" in kept
    assert KEY not in kept
    assert PLACE.client_id not in kept
    assert APPLICATION.secret not in kept


@pytest.mark.parametrize(
    ("reach", "sites", "settings", "note"),
    [
        (FULL, TWO_SITES, {}, "Sites of the account: b2b, main. Enter one as site code."),
        ({**FULL, "siteAccess": "access_selective", "sitesAvailable": ["b2b"]}, TWO_SITES, {"site": "b2b"}, ""),
        ({**FULL, "siteAccess": "access_selective"}, TWO_SITES, {}, ""),
        (FULL, {"success": True, "sites": []}, {}, ""),
        (FULL, {"success": False, "errorMsg": "Access denied."}, {}, ""),
    ],
    ids=["two sites", "a key for one of two", "a key for none", "no site", "a right is missing"],
)
def test_the_site_is_left_to_staff_where_it_is_not_certain(
    world: World, calls: CallList, reach: Any, sites: Any, settings: dict[str, str], note: str
) -> None:
    answers("POST", MODULE, DONE)
    answers("GET", f"{BASE}/api/credentials", reach)
    answers("GET", "reference/sites", sites, 200 if sites["success"] else 403)

    registered = Installer().register(WISH, world.services(), APPLICATION, PLACE)

    assert (registered.settings, registered.note) == (settings, note)


def test_a_key_of_another_account_is_refused_there_and_nothing_more_is_asked(world: World, calls: CallList) -> None:
    answers("POST", MODULE, {"success": False, "errorMsg": 'Wrong "apiKey" value.'}, 403)

    with pytest.raises(Misconfigured) as refusal:
        Installer().register(WISH, world.services(), APPLICATION, PLACE)

    assert refusal.value.code == "api_key_wrong"
    assert made(calls) == [f"POST {MODULE}"]


def test_an_account_that_does_not_answer_is_told(world: World, calls: CallList) -> None:
    no_answer("POST", MODULE)

    with pytest.raises(OutcomeUnknown):
        Installer().register(WISH, world.services(), APPLICATION, PLACE)


def test_answers_are_written_as_the_vendor_reads_them() -> None:
    assert Installer().installed(PLACE.page_url) == {"success": True, "accountUrl": PLACE.page_url}
    assert Installer().refused("No.") == {"success": False, "errorMsg": "No."}
