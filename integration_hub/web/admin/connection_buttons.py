"""The buttons of a connection's page: what each does, when it is shown, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from connectors.contract.errors import ConnectorError
from connectors.contract.results import SetupStep, Subscription
from integration_hub.connections.adapters import known_spec_of, open_adapter
from integration_hub.connections.models import Connection
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.flows import actions, webhooks
from integration_hub.flows.services import services_for
from integration_hub.web.forms import is_generated

from .buttons import Button, NothingDoneError, Words


def _verify(_request: HttpRequest, connection: Connection) -> Words:
    report = actions.verify(connection)
    if report.passed:
        return _("Verified: %(account)s, everything the hub needs is there.") % {"account": report.account}
    missing = [check.name for check in report.checks if not check.passed]
    raise NothingDoneError(_now("Verified, but something is missing: %s. The cures are below.") % ", ".join(missing))


def _pull_codes(_request: HttpRequest, connection: Connection) -> Words:
    count = actions.pull_codes(connection)
    return ngettext("%d code pulled.", "%d codes pulled.", count) % count


def _said_of_webhooks(found: Sequence[Subscription]) -> Words:
    working = sum(one.state == "active" for one in found)
    said = _now("%(working)d of %(all)d webhooks point at this hub and are switched on.") % {
        "working": working,
        "all": len(found),
    }
    if working < len(found):
        raise NothingDoneError(said)
    return said


def _check_webhooks(_request: HttpRequest, connection: Connection) -> Words:
    found = list(actions.check_webhooks(connection))
    webhooks.remember(connection, found)
    return _said_of_webhooks(found)


def _ensure_webhooks(_request: HttpRequest, connection: Connection) -> Words:
    found = list(actions.ensure_webhooks(connection))
    webhooks.remember(connection, found)
    return _said_of_webhooks(found)


def _poll_now(_request: HttpRequest, connection: Connection) -> Words:
    if not actions.poll_now(connection):
        raise NothingDoneError(_now("Nothing is polled here: this connection is on no route yet."))
    return _("The poll is asked for; what it finds shows up in the inbox in a moment.")


def _pause(request: HttpRequest, connection: Connection) -> Words:
    if not connection.pause(_now("Paused by %s.") % request.user.get_username(), by=request.user.get_username()):
        raise NothingDoneError(_now("It was paused already."))
    return _("Paused. Everything that arrives is kept; nothing is sent to it until you resume.")


def _resume(_request: HttpRequest, connection: Connection) -> Words:
    if not connection.resume():
        raise NothingDoneError(_now("It was not paused any more."))
    return _("Resumed. What has waited is sent now, the oldest first.")


ABILITIES = {
    "orders": _("Reads orders"),
    "orders_changed": _("Polls changed orders"),
    "customers": _("Reads customers"),
    "customers_changed": _("Polls changed customers"),
    "products": _("Reads products"),
    "products_changed": _("Polls changed products"),
    "order_sink": _("Takes orders"),
    "customer_sink": _("Takes customers"),
    "lead_sink": _("Takes leads"),
    "catalog_sink": _("Takes the catalog"),
    "catalog_feed": _("Loads the catalog from a file"),
    "status_sink": _("Takes statuses"),
    "paid_sink": _("Can be told that an order is paid"),
    "number_sink": _("Takes the CRM's order numbers"),
    "status_source": _("Tells statuses"),
    "detail_source": _("Tells payments and custom fields"),
    "change_source": _("Polls its history"),
    "codes": _("Has code books"),
    "webhooks": _("Sends webhooks"),
    "webhook_manager": _("Webhooks made by the hub"),
    "account": _("Can be verified"),
}
"""A capability of the contract, in words; one that is not named here is shown by its key."""
POLLED = ("orders_changed", "customers_changed", "change_source")


def _can(*names: str) -> Any:
    return lambda connection: any(abilities_of(connection).get(name) for name in names)


def abilities_of(connection: Connection) -> Mapping[str, bool]:
    """What the system can do with these settings; with unusable ones, what systems of its kind can do at all.

    Nothing is called. Empty when even that cannot be told.
    """
    try:
        adapter = open_adapter(connection, services_for(connection, ExchangeLog(connection.pk)))
    except (ConnectorError, KeyError, ValueError):
        try:
            return actions.capabilities(connection.kind)
        except (ConnectorError, KeyError, ValueError):
            return {}
    return {ability.name: getattr(adapter, ability.name) is not None for ability in fields(adapter)}


def _shared_secrets(connection: Connection) -> list[tuple[str, str]]:
    """Label and value of the secrets that the other side must be given."""
    spec = known_spec_of(connection)
    return [
        (_now(setting.label), str(connection.secrets[setting.key]))
        for setting in (spec.settings if spec is not None else ())
        if is_generated(setting) and connection.secrets.get(setting.key)
    ]


def _show_secret(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The only page that shows a secret: asked for by a button, written into the audit log, kept by no cache."""
    context = {
        **admin.site.each_context(request),
        "title": _("Shared secret of %s") % connection.name,
        "opts": connection._meta,
        "shared": _shared_secrets(connection),
        "connection": connection,
    }
    response = TemplateResponse(request, "hub/shared_secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


MASK = "••••••••"


def shown_steps(steps: Sequence[SetupStep], connection: Connection) -> list[SetupStep]:
    """The steps in the reader's language, with every stored secret masked, should a connector have put one into a row.

    Names that are written small are those of parameters and settings over there, and a value of one word is a code.
    """
    stored = [str(value) for value in connection.secrets.values() if value]

    def masked(text: str) -> str:
        for secret in stored:
            text = text.replace(secret, MASK)
        return text

    def row(name: str, value: str) -> tuple[str, str]:
        return (name if name[:1].islower() else _now(name), masked(_now(value) if " " in value else value))

    return [
        replace(
            step,
            title=_now(step.title),
            text=masked(_now(step.text)),
            rows=[row(name, str(value)) for name, value in step.rows],
        )
        for step in steps
    ]


def connection_buttons(permission: str) -> Sequence[Button]:
    return (
        Button("verify", _("Verify"), "verified_user", permission, _verify, variant="primary"),
        Button("pull-codes", _("Pull code books"), "menu_book", permission, _pull_codes, _can("codes")),
        Button("check-webhooks", _("Check webhooks"), "rule", permission, _check_webhooks, _can("webhook_manager")),
        Button(
            "ensure-webhooks",
            _("Create or repair webhooks"),
            "webhook",
            permission,
            _ensure_webhooks,
            _can("webhook_manager"),
        ),
        Button("poll-now", _("Poll now"), "sync", permission, _poll_now, _can(*POLLED)),
        Button(
            "shared-secret",
            _("Show shared secret"),
            "key",
            permission,
            _show_secret,
            lambda connection: bool(_shared_secrets(connection)),
        ),
        Button("pause", _("Pause"), "pause", permission, _pause, lambda connection: not connection.is_paused),
        Button(
            "resume",
            _("Resume"),
            "play_arrow",
            permission,
            _resume,
            lambda connection: connection.is_paused,
            in_rows=True,
        ),
    )
