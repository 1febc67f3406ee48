"""Routes: which store feeds which CRM, what flows, who owns what."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from integration_hub.catalog.models import CatalogFeed
from integration_hub.connections.models import Connection, CrmConnection, Route, StoreConnection
from integration_hub.flows import actions
from integration_hub.web.facts import dead_by_route, grid_url, last_deliveries
from integration_hub.web.forms import LinesField, classes
from mappings.models import BookEntry, CodeKind, SeenCode, Side
from mappings.rules import coverage

from .base import AttachingChangeList, HubAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink

SHORT_MODES = {
    Route.Mode.OFF: _("Off"),
    Route.Mode.DRY_RUN: _("Dry run"),
    Route.Mode.PILOT: _("Pilot"),
    Route.Mode.LIVE: _("Live"),
}
MOST_STATUSES = 200


RECONCILED = timedelta(days=7)
"""What the button compares; another period is chosen on the page of the comparisons."""


def _reconcile(request: HttpRequest, route: Route) -> HttpResponse:
    """Begins the comparison and shows it at work."""
    if not route.collects:
        raise NothingDoneError(_now("This route is off: nothing is meant to be in the CRM."))
    row = actions.start_comparison(route, max(route.start_at, timezone.now() - RECONCILED), user=request.user)
    return HttpResponseRedirect(reverse("admin:engine_reconcilerun_change", args=(row.pk,)))


class RouteForm(forms.ModelForm):
    """Lists are typed one per line; statuses of the store's code book are offered as a hint."""

    order_statuses = LinesField(required=False, label=_("only these store statuses"))
    store_views = LinesField(
        required=False, label=_("only these store views"), help_text=_("One per line. Empty: all.")
    )
    order_methods = LinesField(
        required=False, label=_("only these order methods"), help_text=_("One per line. Empty: all.")
    )

    back_order_methods = LinesField(
        required=False,
        label=_("only these CRM order methods come back"),
        help_text=_("One per line. Statuses and payments of other orders stay in the CRM. Empty: all."),
    )
    noted_fields = LinesField(
        required=False,
        label=_("CRM custom fields to note"),
        help_text=_("Codes of the CRM's custom fields of orders, one per line. The hub keeps their values."),
    )

    class Meta:
        model = Route
        exclude = ()

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("store", StoreConnection), ("crm", CrmConnection)):
            if name in self.fields:
                self.fields[name].queryset = model.objects.defer("secrets")
        if "order_statuses" in self.fields:
            self.fields["order_statuses"].help_text = self._statuses_hint()
        for name, kind in (
            ("lead_order_method", CodeKind.ORDER_METHOD.value),
            ("back_order_methods", CodeKind.ORDER_METHOD.value),
            ("noted_fields", "field:order"),
        ):
            if name in self.fields:
                known = self._known(self.instance.crm_id, kind)
                self.fields[name].help_text = f"{self.fields[name].help_text} {known}".strip()
        for name in ("transform_order", "transform_customer"):
            if name in self.fields:
                self.fields[name] = self._transforms(name)
        for field in self.fields.values():
            field.label = capfirst(field.label)
        if "id_prefix" in self.fields:
            self.fields["id_prefix"].widget = forms.TextInput(
                {**classes(INPUT_CLASSES), "placeholder": _now("Empty for the first store of a CRM")}
            )

    def _transforms(self, name: str) -> forms.ChoiceField:
        """The allow-list as a drop-down; a path that was taken off it stays visible until another one is chosen."""
        present = getattr(self.instance, name)
        choices = [("", _now("None")), *((path, path) for path in settings.HUB_TRANSFORMS)]
        if present and present not in settings.HUB_TRANSFORMS:
            choices.append((present, _now("%s (not in HUB_TRANSFORMS)") % present))
        model_field: Any = Route._meta.get_field(name)
        return forms.ChoiceField(
            choices=choices,
            required=False,
            label=model_field.verbose_name,
            help_text=model_field.help_text,
            widget=UnfoldAdminSelectWidget,
        )

    def _statuses_hint(self) -> str:
        hint = _now(
            "One per line, as the store writes them. Orders in other statuses wait until they get one of "
            "these. Empty: all."
        )
        return f"{hint} {self._known(self.instance.store_id, CodeKind.STATUS)}".strip()

    def _known(self, connection_id: int | None, kind: str) -> str:
        """The codes of a book in one line; empty for a new route."""
        if self.instance.pk is None or connection_id is None:
            return ""
        entries = BookEntry.objects.filter(connection_id=connection_id, kind=kind, is_active=True)
        codes = entries.values_list("code", flat=True)[:MOST_STATUSES]
        return _now("Known: %s.") % ", ".join(codes) if codes else ""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("id_prefix"):
            data["id_prefix"] = self._free_prefix(data.get("store"), data.get("crm"))
        return data

    def _free_prefix(self, store: Connection | None, crm: Connection | None) -> str:
        """Empty for the first route to a CRM; for a further one a prefix made of the store's name, if it is free."""
        if store is None or crm is None:
            return ""
        taken = set(Route.objects.filter(crm=crm).exclude(pk=self.instance.pk).values_list("id_prefix", flat=True))
        if "" not in taken:
            return ""
        letters = "".join(character for character in store.name.upper() if character.isascii() and character.isalnum())
        stem = letters[:6] or "S"
        candidates = [f"{stem}-", *(f"{stem}{number}-" for number in range(2, 100))]
        return next(prefix for prefix in candidates if prefix not in taken)


@admin.register(Route)
class RouteAdmin(ButtonsMixin, HubAdmin, SimpleHistoryAdmin):
    when_empty = _("A route joins one store to one CRM: what flows, which way, and since when.")
    form = RouteForm
    page_panel = "hub/route.html"
    warn_unsaved_form = True
    list_display: ClassVar = ("name", "shown_mode", "store", "crm", "flows", "dead", "last_delivery")
    list_filter: ClassVar = (("mode", ChoicesDropdownFilter),)
    list_select_related: ClassVar = ("store", "crm")
    search_fields: ClassVar = ("name", "store__name", "crm__name")
    buttons: ClassVar = (
        Button("reconcile", _("Compare both sides"), "compare_arrows", "engine.add_reconcilerun", _reconcile),
    )
    fieldsets: ClassVar = (
        (None, {"fields": ("name", ("store", "crm"))}),
        (
            _("How far it goes"),
            {
                "fields": ("mode", "pilot_share", "start_at"),
                "description": _(
                    "Begin with a dry run: the hub translates everything and shows what it would send. Then pilot, "
                    "then live."
                ),
            },
        ),
        (
            _("What flows"),
            {
                "fields": (
                    ("sync_orders", "sync_customers"),
                    ("sync_leads", "sync_payments"),
                    ("sync_catalog", "sync_prices"),
                    "lead_order_method",
                )
            },
        ),
        (
            _("What comes back"),
            {
                "fields": (
                    ("status_flow", "status_owner"),
                    ("paid_back", "number_back"),
                    "back_order_methods",
                    "noted_fields",
                )
            },
        ),
        (
            _("Only these orders"),
            {"fields": ("order_statuses", "store_views", "order_methods"), "classes": ("collapse",)},
        ),
        (
            _("When, and under which ids"),
            {"fields": (("window_from", "window_to"), ("reconciles_nightly", "reconcile_at"), "id_prefix")},
        ),
        (
            _("Functions of your own"),
            {"fields": (("transform_order", "transform_customer"),), "classes": ("collapse",)},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        rows: QuerySet[Route] = super().get_queryset(request)
        return rows.select_related("store", "crm").defer("store__secrets", "crm__secrets")

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[AttachingChangeList]:  # noqa: ARG002
        return AttachingChangeList

    def attach_to(self, rows: Sequence[Any]) -> None:
        """Two queries for the whole page: dead letters and the last delivery of each route."""
        dead = dead_by_route()
        latest = last_deliveries([row.pk for row in rows])
        for row in rows:
            row.dead_letters = dead.get(row.pk, 0)
            row.delivered_at = latest.get(row.pk)

    @display(description=_("Mode"), ordering="mode")
    def shown_mode(self, row: Route) -> SafeString:
        shown = SHORT_MODES[Route.Mode(row.mode)]
        return chip(f"mode_{row.mode}", f"{shown} {row.pilot_share} %" if row.mode == Route.Mode.PILOT else shown)

    @display(description=_("Flows"))
    def flows(self, row: Route) -> str:
        names = [
            (row.sync_orders, _("orders")),
            (row.sync_customers, _("customers")),
            (row.sync_leads, _("leads")),
            (row.sync_catalog, _("catalog")),
            (row.sync_prices, _("prices and stock")),
            (row.sync_payments, _("payments")),
            (row.status_flow != Route.StatusFlow.OFF, _("statuses")),
        ]
        return ", ".join(str(name) for is_on, name in names if is_on) or "—"

    @display(description=_("Dead letters"))
    def dead(self, row: Any) -> Any:
        return chip("dead", row.dead_letters) if row.dead_letters else "—"

    @display(description=_("Last delivery"))
    def last_delivery(self, row: Any) -> Any:
        return moment(row.delivered_at)

    def page_links(self, request: HttpRequest, row: Route) -> Sequence[PageLink]:
        links = []
        grid = grid_url(row.pk, CodeKind.STATUS.value)
        if grid and request.user.has_perm("mappings.view_coderule"):
            links.append(PageLink(_("Mapping grid"), "grid_on", grid))
        if request.user.has_perm("engine.add_backfill"):
            url = f"{reverse('admin:engine_backfill_add')}?route={row.pk}"
            links.append(PageLink(_("Start a backfill"), "history", url))
        feed = CatalogFeed.objects.filter(route=row.pk).values_list("pk", flat=True).first()
        if feed and request.user.has_perm("catalog.view_catalogfeed"):
            links.append(
                PageLink(_("Catalog file"), "inventory_2", reverse("admin:catalog_catalogfeed_change", args=[feed]))
            )
        log = f"{reverse('admin:engine_attempt_changelist')}?route__id__exact={row.pk}"
        links.append(PageLink(_("Sync log"), "list_alt", log))
        return links

    def page_context(self, request: HttpRequest, row: Route) -> dict[str, Any]:  # noqa: ARG002
        return {
            "route": row,
            "coverage": [
                (Side(line.side).label, CodeKind(line.kind).label, line, grid_url(row.pk, line.kind))
                for line in coverage(row)
            ],
            "has_seen": SeenCode.objects.filter(route=row).exists(),
        }
