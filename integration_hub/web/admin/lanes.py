"""Lanes and polls: what works by itself, and how far it got."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from integration_hub.engine import lanes
from integration_hub.engine.models import Cursor, Lane, OutboxItem
from integration_hub.flows import actions
from integration_hub.flows.queue import send_lane
from integration_hub.web.facts import is_late
from integration_hub.web.said import said

from .base import AttachingChangeList, LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, Words
from .filters import ConnectionFilter
from .logs import SHOWN_IN_LIST

LANE_STATES = {
    "paused": _("Paused"),
    "slowed": _("Slowed down"),
    "running": _("Working"),
    "active": _("Ready"),
}


def _stopped(lane: Lane) -> bool:
    return lane.paused_at is not None or (lane.sleeps_until is not None and lane.sleeps_until > timezone.now())


def _pause(request: HttpRequest, lane: Lane) -> Words:
    if not lanes.pause([lane.pk], _now("Paused by %s.") % request.user.get_username()):
        raise NothingDoneError(_now("It was paused already."))
    return _("Paused. Its items are kept and wait.")


def _resume(_request: HttpRequest, lane: Lane) -> Words:
    if not lanes.resume([lane.pk]):
        raise NothingDoneError(_now("It was not paused any more."))
    lanes.nudge([lane.pk], send_lane)
    return _("Resumed: work goes on at once.")


@admin.register(Lane)
class LaneAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("A lane is made with the first object of its kind that goes to or comes from a connection.")
    ordering: ClassVar[Sequence[str]] = ("connection__name", "direction", "flow", "is_backfill")
    list_display: ClassVar = ("__str__", "shown_state", "waiting", "moved", "sleeps", "short_reason")
    list_filter: ClassVar = (ConnectionFilter, ("direction", ChoicesDropdownFilter))
    list_select_related: ClassVar = ("connection",)
    actions: ClassVar = ("pause", "resume")
    buttons: ClassVar = (
        Button(
            "resume",
            _("Resume"),
            "play_arrow",
            "engine.change_lane",
            _resume,
            _stopped,
            variant="primary",
            in_rows=True,
        ),
        Button("pause", _("Pause"), "pause", "engine.change_lane", _pause, lambda lane: lane.paused_at is None),
    )
    fields: ClassVar = (
        "connection",
        "direction",
        "shown_flow",
        "is_backfill",
        "shown_state",
        "paused_at",
        "paused_reason",
        "sleeps_until",
        "heartbeat_at",
        "lease_owner",
        "lease_until",
    )
    readonly_fields: ClassVar = ("shown_state", "shown_flow")

    def get_fields(self, request: HttpRequest, obj: Lane | None = None) -> Sequence[Any]:  # noqa: ARG002
        """Most lanes help none; a second worker's names the one it helps."""
        return self.fields if obj is None or obj.helps_id is None else ("helps", *self.fields)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("engine.change_lane"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lane]:
        rows: QuerySet[Lane] = super().get_queryset(request)
        return rows.select_related("connection").defer("connection__secrets")

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[AttachingChangeList]:  # noqa: ARG002
        return AttachingChangeList

    def attach_to(self, rows: Sequence[Any]) -> None:
        """How much waits on each lane, in one query; each lane is counted on its own index."""
        waiting = OutboxItem.objects.filter(lane_id__in=[row.pk for row in rows], state=OutboxItem.State.WAITING)
        counts = dict(waiting.order_by().values_list("lane_id").annotate(Count("pk")))
        for row in rows:
            row.waiting_items = counts.get(row.pk, 0)

    @display(description=_("State"))
    def shown_state(self, row: Lane) -> SafeString:
        now = timezone.now()
        if row.paused_at is not None:
            state = "paused"
        elif row.sleeps_until is not None and row.sleeps_until > now:
            state = "slowed"
        elif row.lease_until is not None and row.lease_until > now:
            state = "running"
        else:
            state = "active"
        return chip(state, LANE_STATES[state])

    @display(description=_("Waiting"))
    def waiting(self, row: Any) -> Any:
        if not row.waiting_items:
            return "0"
        url = f"{reverse('admin:engine_outboxitem_changelist')}?lane__id__exact={row.pk}&state__exact=waiting"
        return format_html('<a href="{}">{}</a>', url, row.waiting_items)

    @display(description=_("Last moved"), ordering="heartbeat_at")
    def moved(self, row: Lane) -> Any:
        return moment(row.heartbeat_at)

    @display(description=_("Slowed until"), ordering="sleeps_until")
    def sleeps(self, row: Lane) -> Any:
        return moment(row.sleeps_until)

    @display(description=_("Why"))
    def short_reason(self, row: Lane) -> str:
        return Truncator(said(row.paused_reason)).chars(SHOWN_IN_LIST) or "—"

    @admin.action(description=_("Pause"), permissions=["repair"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Lane]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        done = lanes.pause(pks, _now("Paused by %s.") % request.user.get_username())
        self._say(request, ngettext("%d lane paused.", "%d lanes paused.", done) % done, len(pks) - done)

    @admin.action(description=_("Resume"), permissions=["repair"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Lane]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        done = lanes.resume(pks)
        lanes.nudge(pks, send_lane)
        self._say(request, ngettext("%d lane resumed.", "%d lanes resumed.", done) % done, len(pks) - done)

    def _say(self, request: HttpRequest, said: str, left: int) -> None:
        if left:
            said = f"{said} {ngettext('%d was so already.', '%d were so already.', left) % left}"
        self.message_user(request, said, messages.WARNING if left else messages.SUCCESS)


def _poll(_request: HttpRequest, cursor: Cursor) -> Words:
    actions.poll_now(cursor.connection)
    return _("The poll is asked for; what it finds shows up in the inbox in a moment.")


@admin.register(Cursor)
class CursorAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("Polls are made with a connection, where its system can be asked for what has changed.")
    ordering: ClassVar[Sequence[str]] = ("connection__name", "purpose")
    list_display: ClassVar = ("__str__", "shown_state", "succeeded", "due", "failures", "short_error")
    list_filter: ClassVar = (ConnectionFilter,)
    list_select_related: ClassVar = ("connection",)
    buttons: ClassVar = (
        Button("poll-now", _("Poll now"), "sync", "engine.change_cursor", _poll, variant="primary", in_rows=True),
    )
    fields: ClassVar = (
        "connection",
        "purpose",
        "shown_state",
        "interval_seconds",
        "start_at",
        "succeeded_at",
        "due_at",
        "failures",
        "error",
    )
    readonly_fields: ClassVar = ("shown_state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cursor]:
        rows: QuerySet[Cursor] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "engine_cursor_changelist":
            return rows.select_related("connection").defer("connection__secrets")
        return rows.select_related("connection")

    @display(description=_("State"))
    def shown_state(self, row: Cursor) -> SafeString:
        if row.failures:
            return chip("problem", _("Fails"))
        return chip("late", _("Late")) if is_late(row, timezone.now()) else chip("active", _("On time"))

    @display(description=_("Last success"), ordering="succeeded_at")
    def succeeded(self, row: Cursor) -> Any:
        return moment(row.succeeded_at)

    @display(description=_("Next poll"), ordering="due_at")
    def due(self, row: Cursor) -> Any:
        return moment(row.due_at)

    @display(description=_("Last error"))
    def short_error(self, row: Cursor) -> str:
        return Truncator(said(row.error)).chars(SHOWN_IN_LIST) or "—"
