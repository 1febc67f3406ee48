"""Comparisons of both sides: start one, watch it, read what differed and how the healing ended."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from integration_hub.engine.models import Drift, ReconcileRun
from integration_hub.flows import actions
from integration_hub.records.models import OrderRecord
from integration_hub.web.forms import ComparisonForm

from .base import TONES, LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, Words, refreshed
from .starting import StartMixin

MOST_SHOWN = 20
OFFERED = timedelta(days=7)

State = ReconcileRun.State
Result = Drift.Result


def _pause(_request: HttpRequest, row: ReconcileRun) -> Words:
    actions.pause_comparison(row)
    return _("Paused. What is queued already is still sent.")


def _resume(_request: HttpRequest, row: ReconcileRun) -> Words:
    actions.resume_comparison(row)
    return _("Resumed where it had stopped.")


def _in(*states: str) -> Any:
    return lambda row: row.state in states


def phase(row: ReconcileRun) -> Words:
    """The state, in more words while it works."""
    if row.state != State.RUNNING:
        return row.get_state_display()
    return _("Compared; waits for the deliveries") if row.walked_at else _("Comparing")


def percent(row: ReconcileRun) -> int | None:
    if row.walked_at is not None:
        return 100
    return min(100 * row.in_store // row.total, 100) if row.total else None


def result_chip(drift: Drift) -> SafeString:
    return chip(drift.result, drift.get_result_display())


@admin.register(ReconcileRun)
class ComparisonAdmin(StartMixin, ButtonsMixin, LogAdmin):
    when_empty = _("Both sides of each route are compared every night, or now by the button.")
    form = ComparisonForm
    page_panel = "hub/comparison.html"
    list_display: ClassVar = (
        "what", "shown_state", "shown_progress", "in_store", "in_hub", "in_crm", "differences", "started",
    )  # fmt: skip
    list_filter: ClassVar = (
        ("state", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("route", RelatedDropdownFilter),
    )
    list_select_related: ClassVar = ("route", "started_by")
    buttons: ClassVar = (
        Button("pause", _("Pause"), "pause", "engine.change_reconcilerun", _pause, _in(State.RUNNING), in_rows=True),
        Button(
            "resume",
            _("Resume"),
            "play_arrow",
            "engine.change_reconcilerun",
            _resume,
            _in(State.PAUSED, State.FAILED),
            variant="primary",
            in_rows=True,
        ),
    )
    add_fieldsets: ClassVar = (
        (
            None,
            {
                "fields": ("route", "since", "until", "heals"),
                "description": _(
                    "Every order that was created in the store in this time is looked for in the hub and in the CRM, "
                    "in the background. Live orders never wait for it."
                ),
            },
        ),
    )
    fields: ClassVar = ("route", "source", "since", "until", "heals", "started_by", "created_at", "finished_at")
    readonly_fields: ClassVar = ("source", "started_by", "created_at", "finished_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("engine.add_reconcilerun"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:  # noqa: ARG002
        return self.readonly_fields if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconcileRun]:
        rows: QuerySet[ReconcileRun] = super().get_queryset(request)
        return rows.select_related("route", "started_by")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return {"since": midnight - OFFERED, "heals": True, **super().get_changeform_initial_data(request)}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": _("Compare both sides"), **(extra_context or {})}
        page: HttpResponse = super().add_view(request, form_url, context)
        return page

    def save_model(self, request: HttpRequest, obj: ReconcileRun, form: Any, change: bool) -> None:  # noqa: ARG002
        """The flow makes the row; the form's own is thrown away."""
        started = actions.start_comparison(obj.route, obj.since, obj.until, heals=obj.heals, user=request.user)
        obj.pk = started.pk
        obj.refresh_from_db()

    @display(description=_("Comparison"))
    def what(self, row: ReconcileRun) -> str:
        return f"{row.route.name}: {row.get_source_display()}"

    @display(description=_("State"))
    def shown_state(self, row: ReconcileRun) -> SafeString:
        return chip(row.state, phase(row))

    @display(description=_("Progress"))
    def shown_progress(self, row: ReconcileRun) -> str:
        return render_to_string(
            "hub/progress.html", {"percent": percent(row), "read": row.in_store, "total": row.total}
        )

    @display(description=_("Differences"))
    def differences(self, row: ReconcileRun) -> Any:
        if not row.drifts_found:
            return "—"
        healed = _now("%d healed") % row.healed if row.heals else _now("listed")
        return chip("done" if row.healed == row.drifts_found else "bad", f"{row.drifts_found}, {healed}")

    @display(description=_("Started"), ordering="created_at")
    def started(self, row: ReconcileRun) -> Any:
        return moment(row.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return refreshed(page, self.get_object(request, object_id))

    def page_context(self, request: HttpRequest, row: ReconcileRun) -> dict[str, Any]:  # noqa: ARG002
        everything = f"{reverse('admin:engine_drift_changelist')}?run__id__exact={row.pk}"
        drifts = list(row.drifts.order_by("pk")[:MOST_SHOWN]) if row.drifts_found else []
        pages = order_pages(row, drifts)
        return {
            "run": row,
            "phase": phase(row),
            "percent": percent(row),
            "total": row.total,
            "drifts": [(drift, pages.get(drift.object_id, ""), result_chip(drift)) for drift in drifts],
            "summary": [*_kinds(row, everything), *_results(row, everything)] if drifts else [],
            "all_drifts": everything,
        }


def _kinds(row: ReconcileRun, everything: str) -> Iterator[dict[str, Any]]:
    for kind, count in _counted(row, "kind"):
        yield {"label": Drift.Kind(kind).label, "count": count, "tone": "", "url": f"{everything}&kind__exact={kind}"}


def _results(row: ReconcileRun, everything: str) -> Iterator[dict[str, Any]]:
    for result, count in _counted(row, "result"):
        url = f"{everything}&result__exact={result}"
        yield {"label": Result(result).label, "count": count, "tone": TONES.get(result, ""), "url": url}


def _counted(row: ReconcileRun, column: str) -> Iterable[tuple[str, int]]:
    return row.drifts.order_by(column).values_list(column).annotate(count=Count("pk"))


def order_pages(row: ReconcileRun, drifts: Sequence[Drift]) -> dict[str, str]:
    """The timeline of each order that the hub has, in one query."""
    ids = [drift.object_id for drift in drifts]
    known = OrderRecord.objects.filter(connection=row.route.store_id, object_id__in=ids)
    return {
        object_id: reverse("admin:records_orderrecord_change", args=(pk,))
        for pk, object_id in known.values_list("pk", "object_id")
    }


@admin.register(Drift)
class DriftAdmin(LogAdmin):
    """All differences, in pages; reached from a comparison's page."""

    when_empty = _("Whatever a comparison finds to differ stands here, with its healing.")
    list_display: ClassVar = ("label", "kind", "store_value", "crm_value", "shown_result", "message", "run", "found")
    list_display_links = None
    list_filter: ClassVar = (
        ("kind", ChoicesDropdownFilter),
        ("result", ChoicesDropdownFilter),
    )
    list_select_related: ClassVar = ("run__route",)
    search_fields: ClassVar = ("label", "object_id")

    @display(description=_("Result"))
    def shown_result(self, row: Drift) -> SafeString:
        return result_chip(row)

    @display(description=_("Found"), ordering="created_at")
    def found(self, row: Drift) -> Any:
        return moment(row.created_at)
