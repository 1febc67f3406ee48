"""The outbox: what waits, what is parked, what is dead, and the buttons that repair it."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from integration_hub.engine import lanes, outbox
from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.engine.models.outbox import OPEN_STATES
from integration_hub.flows.queue import send_lane
from integration_hub.web.facts import grid_url
from integration_hub.web.said import said
from integration_hub.web.words import in_words
from mappings.rules import parse_blocked_key

from .base import TONES, LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink, Words
from .filters import FlowFilter, UpdatedPeriodFilter
from .logs import SHOWN_IN_LIST, by_object, record_link

MOST_TRIES_SHOWN = 50
CHUNK = 500
"""Rows of one UPDATE: short enough to hold no worker up."""


def send_again(items: Sequence[OutboxItem], by: str) -> int:
    """Queue the items for an immediate fresh try and wake their lanes; returns how many had not moved on."""
    done = sum(outbox.send_again(chunk, _now("by hand: %s") % by) for chunk in _chunks(items))
    lanes.nudge({item.lane_id for item in items}, send_lane)
    return done


def _chunks(items: Sequence[OutboxItem]) -> Iterator[Sequence[OutboxItem]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _chosen(queryset: QuerySet[OutboxItem]) -> list[OutboxItem]:
    """The chosen rows without what the list joins to them."""
    return list(OutboxItem.objects.filter(pk__in=queryset.order_by().values("pk")).only("pk", "lane_id"))


def _send_again(request: HttpRequest, item: OutboxItem) -> Words:
    if not send_again([item], request.user.get_username()):
        raise NothingDoneError(_now("It has moved on meanwhile: it is being sent, or was delivered."))
    return _("Sent again: the next try begins at once.")


def _cancel(request: HttpRequest, item: OutboxItem) -> Words:
    if not outbox.cancel([item], _now("Cancelled by %s.") % request.user.get_username()):
        raise NothingDoneError(_now("It has moved on meanwhile: it is being sent, or was delivered."))
    return _("Cancelled. It stays in the log and is not sent.")


def is_open(item: OutboxItem) -> bool:
    return item.state in OPEN_STATES


@admin.register(OutboxItem)
class OutboxItemAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("What the hub is to write to another system waits here, and stays for some days when it is done.")
    list_disable_select_all = False
    page_panel = "hub/outbox_item.html"
    list_display: ClassVar = (
        "shown_object",
        "shown_state",
        "shown_route",
        "shown_flow",
        "tries",
        "due",
        "short_reason",
        "updated",
    )
    list_filter: ClassVar = (
        ("state", ChoicesDropdownFilter),
        ("route", RelatedDropdownFilter),
        FlowFilter,
        UpdatedPeriodFilter,
    )
    list_select_related: ClassVar = ("route", "lane")
    search_fields: ClassVar = ("object_id",)
    search_help_text = _("Order number, id, e-mail or phone")
    actions: ClassVar = ("send_again", "cancel")
    buttons: ClassVar = (
        Button(
            "send-again",
            _("Send again"),
            "send",
            "engine.change_outboxitem",
            _send_again,
            is_open,
            variant="primary",
            in_rows=True,
        ),
        Button("cancel", _("Cancel"), "cancel", "engine.change_outboxitem", _cancel, is_open),
    )
    fieldsets: ClassVar = (
        (
            None,
            {
                "fields": (
                    "shown_object",
                    "shown_state",
                    "shown_reason",
                    "reason_code",
                    "shown_blocked",
                    "shown_route",
                    "shown_flow",
                    "shown_lane",
                    "tries",
                    "shown_unknown",
                    "due_at",
                )
            },
        ),
        (_("Times"), {"fields": ("accepted_at", "created_at", "updated_at", "finished_at", "trigger")}),
        (_("Tries"), {"fields": ("shown_attempts",)}),
    )
    readonly_fields: ClassVar = (
        "shown_object",
        "shown_state",
        "shown_route",
        "shown_flow",
        "shown_reason",
        "shown_lane",
        "shown_blocked",
        "shown_unknown",
        "shown_attempts",
        "created_at",
        "updated_at",
    )

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("engine.change_outboxitem"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxItem]:
        rows: QuerySet[OutboxItem] = super().get_queryset(request)
        return rows.select_related("route", "lane__connection").defer("payload", "lane__connection__secrets")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        return by_object(queryset, search_term), False

    @display(description=_("Object"))
    def shown_object(self, row: OutboxItem) -> str:
        return f"{in_words(row.object_kind)} {row.label or row.object_id}"

    @display(description=_("State"))
    def shown_state(self, row: OutboxItem) -> SafeString:
        return chip(row.state, row.get_state_display())

    @display(description=_("Updated"))
    def updated(self, row: OutboxItem) -> Any:
        return moment(row.updated_at)

    @display(description=_("Route"))
    def shown_route(self, row: OutboxItem) -> str:
        return row.route.name

    @display(description=_("Lane"))
    def shown_lane(self, row: OutboxItem) -> str:
        return str(row.lane)

    @display(description=_("Next try"))
    def due(self, row: OutboxItem) -> Any:
        return moment(row.due_at) if row.state == OutboxItem.State.WAITING else "—"

    @display(description=_("Reason"))
    def short_reason(self, row: OutboxItem) -> str:
        return Truncator(said(row.reason)).chars(SHOWN_IN_LIST) or "—"

    @display(description=_("Waits for"))
    def shown_blocked(self, row: OutboxItem) -> str:
        return row.blocked_on or "—"

    @display(description=_("Sent without an answer"))
    def shown_unknown(self, row: OutboxItem) -> Words:
        return _("Yes: it is looked up before it is written again") if row.is_outcome_unknown else _("No")

    @display(description=_("Tries"))
    def shown_attempts(self, row: OutboxItem) -> str:
        tries = Attempt.objects.filter(item=row).defer("translation", "traceback").order_by("-pk")[:MOST_TRIES_SHOWN]
        return render_to_string("hub/attempts.html", {"attempts": tries, "tones": TONES})

    def page_links(self, request: HttpRequest, row: OutboxItem) -> list[PageLink]:  # noqa: ARG002
        links = []
        parsed = parse_blocked_key(row.blocked_on)
        if row.state == OutboxItem.State.PARKED and parsed is not None:
            url = grid_url(row.route_id, parsed[1].kind)
            if url:
                links.append(PageLink(_("Map the code"), "grid_on", url))
        timeline = record_link(row.object_kind, row.object_id, row.route.store_id)
        return [*links, timeline] if timeline else links

    def page_context(self, request: HttpRequest, row: OutboxItem) -> dict[str, Any]:  # noqa: ARG002
        return {"item": row}

    @admin.action(description=_("Send again"), permissions=["repair"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> None:
        items = _chosen(queryset)
        done = send_again(items, request.user.get_username())
        self._say(request, ngettext("%d sent again.", "%d sent again.", done) % done, len(items) - done)

    @admin.action(description=_("Cancel"), permissions=["repair"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> None:
        items = _chosen(queryset)
        reason = _now("Cancelled by %s.") % request.user.get_username()
        done = sum(outbox.cancel(chunk, reason) for chunk in _chunks(items))
        self._say(request, ngettext("%d cancelled.", "%d cancelled.", done) % done, len(items) - done)

    def _say(self, request: HttpRequest, said: str, moved: int) -> None:
        if moved:
            said = f"{said} {ngettext('%d had moved on meanwhile.', '%d had moved on meanwhile.', moved) % moved}"
        self.message_user(request, said, messages.WARNING if moved else messages.SUCCESS)
