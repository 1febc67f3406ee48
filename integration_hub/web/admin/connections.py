"""Store and CRM connections: choose a system, one generic form from its spec, and a page that helps to set it up."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from connectors.contract.spec import ConnectorSpec, Role
from integration_hub.connections.adapters import known_spec_of, specs
from integration_hub.connections.models import Connection, CrmConnection, Route, StoreConnection
from integration_hub.engine.models import Cursor
from integration_hub.flows import actions
from integration_hub.web.facts import ConnectionFacts, connection_facts, connection_state, webhooks_of
from integration_hub.web.forms import ConnectionForm, connection_form, connection_form_fields

from .base import AttachingChangeList, HubAdmin, chip, moment
from .buttons import ButtonsMixin, PageLink
from .connection_buttons import ABILITIES, abilities_of, connection_buttons, shown_steps

STATES = {
    "active": _("Active"),
    "unverified": _("Not verified yet"),
    "problem": _("Has a problem"),
    "paused": _("Paused"),
}


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
        spec = known_spec_of(row)
        return spec.title if spec is not None else _("%(kind)s (unknown)") % {"kind": row.kind}

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
            return known_spec_of(row)
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
            return ConnectionForm if obj is None else modelform_factory(self.model, fields=("name",))
        return connection_form(
            spec, obj.secrets if obj else {}, self.model, has_webhooks_of_ours=self._makes_webhooks(spec)
        )

    @staticmethod
    def _makes_webhooks(spec: ConnectorSpec) -> bool:
        return actions.capabilities(spec.kind)["webhook_manager"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        spec = self._spec(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "shown_settings")}),)
        fields = connection_form_fields(spec, obj.secrets if obj else {}) if spec else []
        own = ["name", "repairs_webhooks"] if spec and self._makes_webhooks(spec) else ["name"]
        return ((None, {"fields": own}), (spec.title if spec else None, {"fields": fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if obj is not None and not self.has_change_permission(request, obj):
            return ("name", "shown_settings")
        return ()

    @display(description=_("Settings"))
    def shown_settings(self, row: Any) -> str:
        """For who may only look: values, and of secrets only whether they are there."""
        lines = []
        spec = known_spec_of(row)
        for setting in spec.settings if spec is not None else ():
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
        owned = ("kind", "role", "name", "repairs_webhooks", "settings", "secrets", "verified_at", "verify_report")
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
            "setup_steps": shown_steps(actions.setup_steps(row), row) if known_spec_of(row) is not None else (),
            "checks": sorted(checks, key=lambda check: bool(check.get("passed"))),
            "verified_account": row.verify_report.get("account", ""),
            "verified_version": row.verify_report.get("version", ""),
            "webhooks": webhooks_of(row),
            "abilities": [(ABILITIES.get(name, name), has) for name, has in abilities.items()],
            "routes": routes,
            "polls": Cursor.objects.filter(connection_id=row.pk).only(
                "pk", "purpose", "succeeded_at", "due_at", "failures", "error"
            ),
        }


@admin.register(StoreConnection)
class StoreConnectionAdmin(ConnectionAdmin):
    when_empty = _("Connect the first store; its page then shows what is to be done over there.")
    role = Role.STORE
    buttons = connection_buttons("connections.change_storeconnection")


@admin.register(CrmConnection)
class CrmConnectionAdmin(ConnectionAdmin):
    when_empty = _("Connect the first CRM; its page then shows what is to be done over there.")
    role = Role.CRM
    buttons = connection_buttons("connections.change_crmconnection")
