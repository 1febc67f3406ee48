"""Backfills: choose what to bring over, watch it, pause it, read what could not be read."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from connectors.contract.errors import ConnectorError, without_promise
from integration_hub.engine.models import Backfill, BackfillFault
from integration_hub.flows import actions
from integration_hub.flows.definitions import FlowName
from integration_hub.web.forms import BackfillForm
from integration_hub.web.said import said
from integration_hub.web.words import in_words

from .base import LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink, Words, refreshed
from .starting import StartMixin

NAMES = {FlowName.ORDERS: _("Orders"), FlowName.CUSTOMERS: _("Customers"), FlowName.CATALOG: _("Catalog")}
FLOWS = tuple((flow.value, NAMES.get(flow, flow.value)) for flow in actions.readable_flows())
MOST_SHOWN = 20

CURES = {
    "absent": _("It was deleted in the store, or the id is wrong. Nothing to do when that is as it should be."),
    "unreadable": _("Correct the named field in the store, then run the failed ones again."),
    "left_out": _("Switch the flow on in the route, or leave it."),
}
"""By the code of a fault: what staff do about it."""


def _pause(_request: HttpRequest, backfill: Backfill) -> Words:
    actions.pause_backfill(backfill)
    return _("Paused. What is queued already is still sent.")


def _resume(_request: HttpRequest, backfill: Backfill) -> Words:
    actions.resume_backfill(backfill)
    return _("Resumed where it had stopped.")


def _repeat(request: HttpRequest, backfill: Backfill) -> HttpResponse:
    again = actions.repeat_failed(backfill, user=request.user)
    if again is None:
        raise NothingDoneError(_now("Nothing of this backfill has failed."))
    return HttpResponseRedirect(reverse("admin:engine_backfill_change", args=(again.pk,)))


def _compare(request: HttpRequest, backfill: Backfill) -> HttpResponse:
    """The same span again, now asking the CRM too."""
    if backfill.flow != FlowName.ORDERS:
        raise NothingDoneError(_now("Only orders can be compared: CRMs do not tell their customers."))
    row = actions.start_comparison(
        backfill.route, backfill.since, backfill.until, heals=False, user=request.user, source="backfill",
        backfill=backfill,
    )  # fmt: skip
    return HttpResponseRedirect(reverse("admin:engine_reconcilerun_change", args=(row.pk,)))


def _in(*states: str) -> Any:
    return lambda backfill: backfill.state in states


def progress(backfill: Backfill) -> int | None:
    """Percent of the store's objects that were read; None when the store does not tell how many there are."""
    if backfill.state == Backfill.State.DONE:
        return 100
    total = len(backfill.ids) or backfill.total
    return min(100 * backfill.read // total, 100) if total else None


@admin.register(Backfill)
class BackfillAdmin(StartMixin, ButtonsMixin, LogAdmin):
    when_empty = _("Older objects that a store keeps are brought over by a backfill: by date, by number or by id.")
    form = BackfillForm
    page_panel = "hub/backfill.html"
    list_display: ClassVar = ("what", "shown_state", "shown_progress", "queued", "unreadable", "started", "started_by")
    list_filter: ClassVar = (("state", ChoicesDropdownFilter), ("route", RelatedDropdownFilter))
    list_select_related: ClassVar = ("route", "started_by")
    buttons: ClassVar = (
        Button(
            "pause", _("Pause"), "pause", "engine.change_backfill", _pause, _in(Backfill.State.RUNNING), in_rows=True
        ),
        Button(
            "resume",
            _("Resume"),
            "play_arrow",
            "engine.change_backfill",
            _resume,
            _in(Backfill.State.PAUSED, Backfill.State.FAILED),
            variant="primary",
            in_rows=True,
        ),
        Button("repeat", _("Run the failed ones again"), "replay", "engine.add_backfill", _repeat, _in("done")),
        Button("compare", _("Compare both sides"), "compare_arrows", "engine.change_backfill", _compare, _in("done")),
    )
    add_fieldsets: ClassVar = (
        (
            None,
            {
                "fields": ("route", "flow"),
                "description": _(
                    "Old objects go through a lane of their own: live orders never wait for them. The route's filters "
                    "count, except for its start date. What is in the CRM already is brought up to date, never doubled."
                ),
            },
        ),
        (
            _("Created in this time"),
            {"fields": ("since", "until"), "description": _("In the hub's time zone. Without an end: until now.")},
        ),
        (
            _("Or: orders with these numbers"),
            {
                "fields": (("number_from", "number_to"),),
                "description": _(
                    "Both included. Stores cannot be asked for numbers, so all orders are read and the others left "
                    "out; give the time as well to make that short."
                ),
            },
        ),
        (_("Or: only these"), {"fields": ("ids",)}),
    )
    fields: ClassVar = (
        "route",
        "shown_flow",
        "since",
        "until",
        "numbers",
        "shown_ids",
        "started_by",
        "created_at",
        "finished_at",
    )
    readonly_fields: ClassVar = ("shown_flow", "numbers", "shown_ids", "created_at", "finished_at", "started_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("engine.add_backfill"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:  # noqa: ARG002
        return self.readonly_fields if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Backfill]:
        rows: QuerySet[Backfill] = super().get_queryset(request)
        return rows.select_related("route", "started_by")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "flow":
            return db_field.formfield(widget=UnfoldAdminSelectWidget(choices=FLOWS))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            context = {"title": _("Start a backfill"), **(extra_context or {})}
            page: HttpResponse = super().add_view(request, form_url, context)
        except ConnectorError as error:
            messages.error(request, said(without_promise(error.message)))
            return HttpResponseRedirect(request.get_full_path())
        return page

    def save_model(self, request: HttpRequest, obj: Backfill, form: Any, change: bool) -> None:  # noqa: ARG002
        """The flow makes the row; the form's own is thrown away."""
        started = actions.start_backfill(
            obj.route,
            obj.flow,
            since=obj.since,
            until=obj.until,
            ids=obj.ids,
            numbers=(obj.number_from, obj.number_to),
            user=request.user,
        )
        obj.pk = started.pk
        obj.refresh_from_db()

    @display(description=_("Backfill"))
    def what(self, row: Backfill) -> str:
        return f"{row.route.name}: {in_words(row.flow)}"

    @display(description=_("State"))
    def shown_state(self, row: Backfill) -> SafeString:
        return chip(row.state, row.get_state_display())

    @display(description=_("Started"), ordering="created_at")
    def started(self, row: Backfill) -> Any:
        return moment(row.created_at)

    @display(description=_("Order numbers"))
    def numbers(self, row: Backfill) -> str:
        return f"{row.number_from or '…'} – {row.number_to or '…'}" if row.number_from or row.number_to else "—"

    @display(description=_("Only these ids"))
    def shown_ids(self, row: Backfill) -> str:
        return ", ".join(str(one) for one in row.ids[:200]) or "—"

    @display(description=_("Progress"))
    def shown_progress(self, row: Backfill) -> str:
        total = len(row.ids) or row.total
        return render_to_string("hub/progress.html", {"percent": progress(row), "read": row.read, "total": total})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return refreshed(page, self.get_object(request, object_id))

    def page_links(self, request: HttpRequest, row: Backfill) -> Sequence[PageLink]:  # noqa: ARG002 - all may see it
        log = f"{reverse('admin:engine_attempt_changelist')}?route__id__exact={row.route_id}&q=backfill+{row.pk}"
        return [PageLink(_("Sync log"), "list_alt", log)]

    def page_context(self, request: HttpRequest, row: Backfill) -> dict[str, Any]:  # noqa: ARG002
        troubled = actions.troubled_items(row)
        faults = row.faults.order_by("pk")[:MOST_SHOWN]
        return {
            "backfill": row,
            "percent": progress(row),
            "total": len(row.ids) or row.total,
            "comparison": row.comparisons.order_by("-pk").first(),
            "faults": [(fault, CURES.get(fault.code, "")) for fault in faults],
            "fault_count": row.faults.count(),
            "all_faults": f"{reverse('admin:engine_backfillfault_changelist')}?backfill__id__exact={row.pk}",
            "troubled": [
                (
                    item,
                    reverse("admin:engine_outboxitem_change", args=(item.pk,)),
                    chip(item.state, item.get_state_display()),
                )
                for item in troubled.order_by("pk")[:MOST_SHOWN]
            ],
            "troubled_count": troubled.count(),
            "counts": actions.backfill_counts(row),
            "repeats": row.repeats,
            "repeated_by": row.repeated_by.order_by("-pk").first(),
        }


@admin.register(BackfillFault)
class BackfillFaultAdmin(LogAdmin):
    """All faults of a backfill, in pages; reached from its page."""

    when_empty = _("Whatever a backfill could not bring over stands here, with the reason.")
    list_display: ClassVar = ("object_id", "message", "cure", "created_at")
    list_display_links = None
    search_fields: ClassVar = ("object_id",)

    @display(description=_("What to do"))
    def cure(self, row: BackfillFault) -> Any:
        return CURES.get(row.code, "—")
