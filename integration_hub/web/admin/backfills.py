"""Backfills: choose what to bring over, watch it, pause it, read what could not be read."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from connectors.contract.errors import ConnectorError
from integration_hub.engine.models import Backfill
from integration_hub.flows import actions
from integration_hub.flows.definitions import FlowName
from integration_hub.web.forms import BackfillForm

from .base import LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, Words

FLOWS = ((FlowName.ORDERS.value, _("Orders")), (FlowName.CUSTOMERS.value, _("Customers")))
MOST_FAULTS = 100


def _pause(_request: HttpRequest, backfill: Backfill) -> Words:
    actions.pause_backfill(backfill)
    return _("Paused. What is queued already is still sent.")


def _resume(_request: HttpRequest, backfill: Backfill) -> Words:
    actions.resume_backfill(backfill)
    return _("Resumed where it had stopped.")


def _in(*states: str) -> Any:
    return lambda backfill: backfill.state in states


def progress(backfill: Backfill) -> int | None:
    """Percent of the store's objects that were read; None when the store does not tell how many there are."""
    if backfill.state == Backfill.State.DONE:
        return 100
    total = len(backfill.ids) or backfill.total
    return min(100 * backfill.read // total, 100) if total else None


@admin.register(Backfill)
class BackfillAdmin(ButtonsMixin, LogAdmin):
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
    )
    add_fieldsets: ClassVar = (
        (
            None,
            {
                "fields": ("route", "flow", "since", "until", "ids"),
                "description": _(
                    "Old objects go through a lane of their own: live orders never wait for them. The route's filters "
                    "count, except for its start date."
                ),
            },
        ),
    )
    fields: ClassVar = (
        "route",
        "flow",
        "since",
        "until",
        "shown_ids",
        "shown_state",
        "total",
        "read",
        "queued",
        "unreadable",
        "error",
        "started_by",
        "created_at",
        "finished_at",
    )
    readonly_fields: ClassVar = (
        "shown_state",
        "shown_ids",
        "created_at",
        "finished_at",
        "total",
        "read",
        "queued",
        "unreadable",
        "error",
        "started_by",
    )

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
            messages.error(request, error.message)
            return HttpResponseRedirect(request.get_full_path())
        return page

    def save_model(self, request: HttpRequest, obj: Backfill, form: Any, change: bool) -> None:  # noqa: ARG002
        """The flow makes the row; the form's own is thrown away."""
        started = actions.start_backfill(
            obj.route, obj.flow, since=obj.since, until=obj.until, ids=obj.ids, user=request.user
        )
        obj.pk = started.pk
        obj.refresh_from_db()

    @display(description=_("Backfill"))
    def what(self, row: Backfill) -> str:
        return f"{row.route.name}: {row.flow}"

    @display(description=_("State"))
    def shown_state(self, row: Backfill) -> SafeString:
        return chip(row.state, row.get_state_display())

    @display(description=_("Started"), ordering="created_at")
    def started(self, row: Backfill) -> Any:
        return moment(row.created_at)

    @display(description=_("Only these ids"))
    def shown_ids(self, row: Backfill) -> str:
        return ", ".join(str(one) for one in row.ids[:200]) or "—"

    @display(description=_("Progress"))
    def shown_progress(self, row: Backfill) -> str:
        total = len(row.ids) or row.total
        return render_to_string("hub/progress.html", {"percent": progress(row), "read": row.read, "total": total})

    def page_context(self, request: HttpRequest, row: Backfill) -> dict[str, Any]:  # noqa: ARG002
        total = len(row.ids) or row.total
        return {
            "backfill": row,
            "percent": progress(row),
            "total": total,
            "faults": row.faults.order_by("pk")[:MOST_FAULTS],
            "left_out": max(row.unreadable - MOST_FAULTS, 0),
        }
