"""Installed from RetailCRM's marketplace ("simple connection"): nobody copies a key.

RetailCRM asks our configuration address what we need, makes a key with those rights when its user presses *Connect*,
and posts it to ``registerUrl`` as the form field ``register``. We answer with the page on which the user goes on.
Sources: "The procedure of simple connection of the module" (docs.simla.com), SimpleConnection in the vendor's PHP
client, VerifyConnectRequest in its Go library, and its application specialist-booking.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.contract.errors import ConnectorError, Forged, Misconfigured
from connectors.contract.installing import Application, Installation, Place, Registered
from connectors.contract.results import HookRequest
from connectors.contract.spec import Services, Settings

from .access import client_for
from .account import NEEDED_SCOPES, USEFUL_SCOPES
from .client import Client
from .config import Config, base_url
from .wire import json_object, text, texts

SCOPES = (*NEEDED_SCOPES, *USEFUL_SCOPES, "store_write", "integration_write")
"""Of the key that RetailCRM makes: prices and stock need ``store_write``, standing among its integrations
``integration_write``."""

FIELD = "register"
PARTS = ("systemUrl", "apiKey", "token")

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?", re.ASCII)
_KEY = re.compile(r"[!-~]{1,255}")

NAME = "Integration Hub"
_CHOOSE = "Enter one as site code."


class Installer:
    """Implements the contract's Installer."""

    def offer(self, register_url: str) -> Mapping[str, Any]:
        return {"success": True, "scopes": list(SCOPES), "registerUrl": register_url}

    def accept(self, request: HookRequest, application: Application) -> Installation:
        system_url, api_key, token = _parts(request)
        expected = hmac.new(application.secret.encode(), api_key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        if not api_key or not hmac.compare_digest(expected.encode(), token.lower().encode("utf-8", "replace")):
            message = "The call does not prove that RetailCRM sent it: its token fits neither the key nor our secret."
            raise Forged(message, code="token")
        address = base_url(system_url)
        host = urlsplit(address).netloc
        if not (_HOST.fullmatch(host) and _KEY.fullmatch(api_key)):
            message = "The address or the key is not written as RetailCRM writes them."
            raise Misconfigured(message, code="unusual")
        return Installation(host, {"address": address, "api_key": api_key})

    def register(self, settings: Settings, services: Services, application: Application, place: Place) -> Registered:
        config = Config(base_url(str(settings["address"])), str(settings["api_key"]), site="")
        client = client_for(config, services)
        # RetailCRM takes only codes of connections that begin with the code of the application.
        code = f"{application.code}-{place.client_id[:12]}"
        client.edit_module(code, _module(code, application, place))
        return _site(client)

    def installed(self, page_url: str) -> Mapping[str, Any]:
        return {"success": True, "accountUrl": page_url}

    def refused(self, said: str) -> Mapping[str, Any]:
        return {"success": False, "errorMsg": said}


def _parts(request: HookRequest) -> tuple[str, str, str]:
    """Address, key and token. The vendor's libraries read one field with JSON; its documentation writes
    ``register[token]``, which is how PHP names the parts of a field, so that is understood as well."""
    body = request.body.decode("utf-8", "replace").strip()
    fields: dict[str, Any] = json_object(body) if body.startswith("{") else dict(parse_qsl(body))
    register = fields.get(FIELD)
    register = json_object(register) if isinstance(register, str) else register
    if not isinstance(register, dict):
        register = {part: fields.get(f"{FIELD}[{part}]", fields.get(part)) for part in PARTS}
    system_url, api_key, token = (text(register.get(part)).strip() for part in PARTS)
    return system_url, api_key, token


def _module(code: str, application: Application, place: Place) -> dict[str, Any]:
    """Without ``actions``: RetailCRM is not asked to tell when the module is switched off, because a key that it takes
    away says so with the next call."""
    return {
        "code": code,
        "integrationCode": application.code,
        "active": True,
        "name": NAME,
        "clientId": place.client_id,
        "baseUrl": place.hub_url,
        "accountUrl": place.page_url,
    }


def _site(client: Client) -> Registered:
    """The site, where the key reaches only one; else the choice, for staff. Not worth failing for."""
    try:
        reach = client.credentials()
        sites = [text(row.get("code")) for row in client.reference("sites", "sites")]
    except ConnectorError:
        return Registered({})
    if reach.get("siteAccess") == "access_selective":
        sites = [site for site in sites if site in texts(reach.get("sitesAvailable"))]
    if len(sites) == 1:
        return Registered({"site": sites[0]})
    return Registered({}, f"Sites of the account: {', '.join(sorted(sites))}. {_CHOOSE}" if sites else "")
