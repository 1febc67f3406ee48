"""A connection that another system's marketplace opens: made paused, so that nothing flows before staff saw it."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors.contract.errors import ConnectorError, Misconfigured, without_promise
from connectors.contract.installing import Application, Installation, Installer, Place, Registered
from connectors.contract.results import HookRequest
from connectors.contract.spec import ConnectorSpec
from connectors.registry import spec_for
from integration_hub.connections.adapters import values_of
from integration_hub.connections.models import Connection
from integration_hub.engine.exchanges import ExchangeLog

from .actions import prepare_connection
from .services import services_for

MOST_WAITING = 20
"""Installed connections that staff have not resumed yet. An installation has a handful of accounts; more means that
somebody plays with the button."""

INSTALLED = "hub: installed"
"""Stands in ``paused_by``; no member of staff can be called so, because a user name has no blank."""

NEXT = "Look at the settings before you resume it."
ONCE_MORE = "Press the button there again, or delete this connection."
NAME_CHARACTERS = 100
TRIES_FOR_A_NAME = 50


@dataclass(frozen=True, slots=True)
class Marketplace:
    """A vendor's, in which this installation of the hub has an application."""

    spec: ConnectorSpec
    installer: Installer
    application: Application


def marketplace_of(kind: str) -> Marketplace | None:
    """None while the hub has no application with that vendor, or for a kind that cannot be installed so."""
    code, secret = settings.HUB_APPLICATIONS.get(kind, ("", ""))
    if not (code and secret):
        return None
    spec = spec_for(kind)
    return Marketplace(spec, spec.installer, Application(code, secret)) if spec.installer is not None else None


def install(market: Marketplace, request: HookRequest, page_of: Callable[[Connection], str]) -> Connection:
    """The connection that the call asks for; the same for the same account as long as staff have not resumed it.

    A connection in use is never changed by such a call: a new key for its account makes one beside it, and staff
    decide. Raises Forged for a call that is not the vendor's, other ConnectorErrors in words for whoever pressed the
    button.
    """
    wish = market.installer.accept(request, market.application)
    connection = _with_these(market.spec, wish) or _waiting(market.spec, wish) or _new(market.spec, wish)
    if connection.paused_by != INSTALLED:
        return connection
    registered = _register(market, connection, wish, page_of(connection))
    _keep(market.spec, connection.pk, wish, registered)
    return connection


def _register(market: Marketplace, connection: Connection, wish: Installation, page_url: str) -> Registered:
    client_id = hashlib.sha256(f"client:{connection.hook_token}".encode()).hexdigest()[:32]
    place = Place(settings.HUB_BASE_URL, page_url, client_id)
    log = ExchangeLog(connection.pk)
    try:
        return market.installer.register(wish.settings, services_for(connection, log), market.application, place)
    except ConnectorError as problem:
        # The row stays: its exchanges say what happened, and the next press of the button goes on with it.
        said = f"The installation did not end: {without_promise(problem.message)} {ONCE_MORE}"
        Connection.objects.filter(pk=connection.pk).update(paused_reason=said)
        raise
    finally:
        log.store()


def _keep(spec: ConnectorSpec, pk: int, wish: Installation, registered: Registered) -> None:
    """The key only now, when it has shown that it belongs to the account; and not when staff resumed or deleted the
    connection meanwhile."""
    plain, secret = _split(spec, wish.settings)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(pk=pk, paused_by=INSTALLED).first()
        if connection is None:
            return
        connection.settings = {**connection.settings, **plain, **registered.settings}
        connection.secrets = {**connection.secrets, **secret}
        connection.paused_reason = " ".join(filter(None, (f"Installed from {wish.account}.", registered.note, NEXT)))
        connection.save(update_fields=["settings", "secrets", "paused_reason", "updated_at"])
        with suppress(Misconfigured):  # something is left to choose; saving the connection's form prepares it then
            prepare_connection(connection)


def _with_these(spec: ConnectorSpec, wish: Installation) -> Connection | None:
    """The connection with exactly this account and key: the same call once more."""
    rows = Connection.objects.filter(kind=spec.kind)
    return next((row for row in rows if wish.settings.items() <= values_of(row).items()), None)


def _waiting(spec: ConnectorSpec, wish: Installation) -> Connection | None:
    plain, _secret = _split(spec, wish.settings)
    rows = Connection.objects.filter(kind=spec.kind, paused_by=INSTALLED)
    return next((row for row in rows if plain.items() <= row.settings.items()), None)


def _new(spec: ConnectorSpec, wish: Installation) -> Connection:
    """Without its key yet."""
    if Connection.objects.filter(paused_by=INSTALLED).count() >= MOST_WAITING:
        message = f"{MOST_WAITING} installed connections wait to be looked at. Resume or delete some in the hub first."
        raise Misconfigured(message, code="too_many_waiting")
    plain, _secret = _split(spec, wish.settings)
    for number in range(1, TRIES_FOR_A_NAME):
        ending = f" {number}" if number > 1 else ""
        name = f"{spec.title} {wish.account}"[: NAME_CHARACTERS - len(ending)] + ending
        try:
            with transaction.atomic():
                return Connection.objects.create(
                    kind=spec.kind,
                    role=min(spec.roles),
                    name=name,
                    settings=plain,
                    paused_at=timezone.now(),
                    paused_reason=f"Being installed from {wish.account}.",
                    paused_by=INSTALLED,
                )
        except IntegrityError:
            # The name is taken: by a connection in use, or by the same call at the same moment.
            twin = _waiting(spec, wish)
            if twin is not None:
                return twin
    message = f"There are {TRIES_FOR_A_NAME} connections of this account already."
    raise Misconfigured(message, code="too_many")


def _split(spec: ConnectorSpec, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain settings and secrets."""
    secret = {field.key for field in spec.settings if field.is_secret}
    return (
        {key: value for key, value in values.items() if key not in secret},
        {key: value for key, value in values.items() if key in secret},
    )
