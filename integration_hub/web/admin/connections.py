"""Store and CRM connections: choose a system, one generic form from its spec, and a page that helps to set it up."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from connectors.contract.errors import ConnectorError
from connectors.contract.results import SetupStep, Subscription
from connectors.contract.spec import ConnectorSpec, Role
from integration_hub.connections.adapters import open_adapter, spec_of, specs
from integration_hub.connections.models import Connection, CrmConnection, Route, StoreConnection
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Cursor
from integration_hub.flows import actions
from integration_hub.flows.services import services_for
from integration_hub.web.facts import ConnectionFacts, connection_facts, connection_state, webhooks_of
from integration_hub.web.forms import ConnectionForm, connection_form, connection_form_fields, is_generated

from .base import AttachingChangeList, HubAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink, Words

STATES = {
    "active": _("Active"),
    "unverified": _("Not verified yet"),
    "problem": _("Has a problem"),
    "paused": _("Paused"),
}


def _verify(_request: HttpRequest, connection: Connection) -> Words:
    report = actions.verify(connection)
    if report.passed:
        return _("Verified: %(account)s, everything the hub needs is there.") % {"account": report.account}
    missing = [check.name for check in report.checks if not check.passed]
    raise NothingDoneError(_now("Verified, but something is missing: %s. The cures are below.") % ", ".join(missing))


def _pull_codes(_request: HttpRequest, connection: Connection) -> Words:
    count = actions.pull_codes(connection)
    return ngettext("%d code pulled.", "%d codes pulled.", count) % count


def _remember_webhooks(connection: Connection, found: Sequence[Subscription]) -> None:
    """Keep what was seen beside the verification, to be shown without another call."""
    rows = [{"topic": one.topic, "state": one.state, "note": one.note} for one in found]
    connection.refresh_from_db(fields=["verify_report"])
    report = {**connection.verify_report, "webhooks": {"at": timezone.now().isoformat(), "rows": rows}}
    Connection.objects.filter(pk=connection.pk).update(verify_report=report)


def _said_of_webhooks(found: Sequence[Subscription]) -> Words:
    working = sum(one.state == "active" for one in found)
    said = _now("%(working)d of %(all)d webhooks point at this hub and are switched on.") % {
        "working": working, "all": len(found)
    }
    if working < len(found):
        raise NothingDoneError(said)
    return said


def _check_webhooks(_request: HttpRequest, connection: Connection) -> Words:
    found = list(actions.check_webhooks(connection))
    _remember_webhooks(connection, found)
    return _said_of_webhooks(found)


def _ensure_webhooks(_request: HttpRequest, connection: Connection) -> Words:
    found = list(actions.ensure_webhooks(connection))
    _remember_webhooks(connection, found)
    return _said_of_webhooks(found)


def _poll_now(_request: HttpRequest, connection: Connection) -> Words:
    if not actions.poll_now(connection):
        raise NothingDoneError(_now("Nothing is polled here: this connection is on no route yet."))
    return _("The poll is asked for; what it finds shows up in the inbox in a moment.")


def _pause(request: HttpRequest, connection: Connection) -> Words:
    if not connection.pause(_now("Paused by %s.") % request.user.get_username()):
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
    "order_sink": _("Takes orders"),
    "customer_sink": _("Takes customers"),
    "lead_sink": _("Takes leads"),
    "catalog_sink": _("Takes the catalog"),
    "status_sink": _("Takes statuses"),
    "status_source": _("Tells statuses"),
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
    return [
        (_now(setting.label), str(connection.secrets[setting.key]))
        for setting in spec_of(connection).settings
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


def without_secrets(steps: Sequence[SetupStep], connection: Connection) -> list[SetupStep]:
    """The steps with every stored secret masked, should a connector have put one into a row."""
    stored = [str(value) for value in connection.secrets.values() if value]

    def masked(text: str) -> str:
        for secret in stored:
            text = text.replace(secret, MASK)
        return text

    return [
        replace(step, text=masked(step.text), rows=[(name, masked(str(value))) for name, value in step.rows])
        for step in steps
    ]


def _buttons(permission: str) -> Sequence[Button]:
    return (
        Button("verify", _("Verify"), "verified_user", permission, _verify, variant="primary"),
        Button("pull-codes", _("Pull code books"), "menu_book", permission, _pull_codes, _can("codes")),
        Button("check-webhooks", _("Check webhooks"), "rule", permission, _check_webhooks, _can("webhook_manager")),
        Button(
            "ensure-webhooks", _("Create or repair webhooks"), "webhook", permission, _ensure_webhooks,
            _can("webhook_manager"),
        ),
        Button("poll-now", _("Poll now"), "sync", permission, _poll_now, _can(*POLLED)),
        Button(
            "shared-secret", _("Show shared secret"), "key", permission, _show_secret,
            lambda connection: bool(_shared_secrets(connection)),
        ),
        Button("pause", _("Pause"), "pause", permission, _pause, lambda connection: not connection.is_paused),
        Button(
            "resume", _("Resume"), "play_arrow", permission, _resume, lambda connection: connection.is_paused,
            in_rows=True,
        ),
    )


class ConnectionAdmin(ButtonsMixin, HubAdmin, SimpleHistoryAdmin):
    """What both lists share; the role comes from the subclass."""

    role: ClassVar[Role]
    page_panel = "hub/connection.html"
    list_display: ClassVar = ("name", "shown_system", "shown_state", "last_event", "last_poll", "dead", "routes")
    search_fields: ClassVar = ("name", "kind")
    ordering: ClassVar = ("name",)
    warn_unsaved_form = True
    history_list_display: ClassVar = ()

    def __init__(self, model: Any, admin_site: Any) -> None:
        # History is kept for the one table behind both lists; the history page looks for it on the list's own class.
        model._meta.simple_history_manager_attribute = "history"
        super().__init__(model, admin_site)

    # --- list -------------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == f"{self._url_name}_changelist":
            return rows.defer("secrets")
        return rows

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[AttachingChangeList]:  # noqa: ARG002
        return AttachingChangeList

    def attach_to(self, rows: Sequence[Any]) -> None:
        """Three queries for the whole page: routes, polls, dead letters."""
        facts: Mapping[int, ConnectionFacts] = connection_facts([row.pk for row in rows])
        for row in rows:
            row.facts = facts[row.pk]

    @display(description=_("System"), ordering="kind")
    def shown_system(self, row: Any) -> str:
        return spec_of(row).title

    @display(description=_("State"))
    def shown_state(self, row: Any) -> SafeString:
        state = connection_state(row)
        return chip(state, STATES[state])

    @display(description=_("Last poll"))
    def last_poll(self, row: Any) -> Any:
        return moment(row.facts.last_poll)

    @display(description=_("Last event"), ordering="last_event_at")
    def last_event(self, row: Any) -> Any:
        return moment(row.last_event_at)

    @display(description=_("Dead letters"))
    def dead(self, row: Any) -> Any:
        return chip("dead", row.facts.dead) if row.facts.dead else "—"

    @display(description=_("Routes"))
    def routes(self, row: Any) -> str:
        return ", ".join(row.facts.routes) or "—"

    # --- form -------------------------------------------------------------------------------------------------------

    def _spec(self, request: HttpRequest, row: Any) -> ConnectorSpec | None:
        """The connector of this connection, or the one chosen for a new one."""
        if row is not None:
            return spec_of(row)
        return next((spec for spec in specs(self.role) if spec.kind == request.GET.get("kind")), None)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        spec = self._spec(request, None)
        if spec is not None or not self.has_add_permission(request):
            title = _("Add %(system)s") % {"system": spec.title} if spec else ""
            page: HttpResponse = super().add_view(request, form_url, {"title": title, **(extra_context or {})})
            return page
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which system do you want to connect?"),
            "opts": self.opts,
            "specs": specs(self.role),
        }
        return TemplateResponse(request, "hub/choose_system.html", context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **_kwargs: Any) -> Any:  # noqa: ARG002
        spec = self._spec(request, obj)
        if spec is None:
            return ConnectionForm
        return connection_form(spec, obj.secrets if obj else {}, self.model)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        spec = self._spec(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "shown_settings")}),)
        fields = connection_form_fields(spec, obj.secrets if obj else {}) if spec else []
        return ((None, {"fields": ("name",)}), (spec.title if spec else None, {"fields": fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if obj is not None and not self.has_change_permission(request, obj):
            return ("name", "shown_settings")
        return ()

    @display(description=_("Settings"))
    def shown_settings(self, row: Any) -> str:
        """For who may only look: values, and of secrets only whether they are there."""
        lines = []
        for setting in spec_of(row).settings:
            stored = row.secrets if setting.is_secret else row.settings
            value = stored.get(setting.key)
            shown = (_now("stored") if value else "—") if setting.is_secret else ("—" if value in (None, "") else value)
            lines.append(f"{_now(setting.label)}: {shown}")
        return "\n".join(lines)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Saved as a plain Connection: history follows that class, not its two lists.

        Only what the form owns is written, so that a pause that came meanwhile is not undone.
        """
        plain = Connection.objects.get(pk=obj.pk) if change else Connection(hook_token=obj.hook_token)
        owned = ("kind", "role", "name", "settings", "secrets", "verified_at", "verify_report")
        obj.role = self.role.value
        for name in owned:
            setattr(plain, name, getattr(obj, name))
        if change:
            plain.save(update_fields=[*owned, "updated_at"])
        else:
            plain.save()
        obj.pk = plain.pk
        actions.prepare_connection(plain)

    # --- page -------------------------------------------------------------------------------------------------------

    def page_links(self, request: HttpRequest, row: Any) -> Sequence[PageLink]:  # noqa: ARG002
        address = str(row.settings.get("address") or row.settings.get("url") or "")
        if not address.startswith(("http://", "https://")):
            return ()
        return (PageLink(_("Open the system"), "open_in_new", address, is_external=True),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:  # noqa: ARG002
        checks = row.verify_report.get("checks") or []
        abilities = abilities_of(row)
        routes = Route.objects.filter(**{self.role.value: row.pk}).only("pk", "name", "mode")
        return {
            "connection": row,
            "connection_state": connection_state(row),
            "hook_address": actions.hook_address(row) if abilities.get("webhooks") else "",
            "setup_steps": without_secrets(actions.setup_steps(row), row),
            "checks": sorted(checks, key=lambda check: bool(check.get("passed"))),
            "verified_account": row.verify_report.get("account", ""),
            "verified_version": row.verify_report.get("version", ""),
            "webhooks": webhooks_of(row),
            "abilities": [(ABILITIES.get(name, name), has) for name, has in abilities.items()],
            "routes": routes,
            "polls": Cursor.objects.filter(connection_id=row.pk).only("pk", "purpose", "succeeded_at", "due_at",
                                                                      "failures", "error"),
        }


@admin.register(StoreConnection)
class StoreConnectionAdmin(ConnectionAdmin):
    role = Role.STORE
    buttons = _buttons("connections.change_storeconnection")


@admin.register(CrmConnection)
class CrmConnectionAdmin(ConnectionAdmin):
    role = Role.CRM
    buttons = _buttons("connections.change_crmconnection")
