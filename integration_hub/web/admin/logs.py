"""The sync log, the HTTP exchanges, the inbox and the links: what happened, to be looked at."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from integration_hub.engine import inbox, lanes
from integration_hub.engine.models import Attempt, Exchange, InboxEvent, Link
from integration_hub.flows.queue import send_lane
from integration_hub.records.models import Record
from integration_hub.web import search
from integration_hub.web.said import said
from integration_hub.web.timeline import translated
from integration_hub.web.words import in_words

from .base import LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink, Words
from .filters import ConnectionFilter, FlowFilter, PeriodFilter, ReceivedPeriodFilter

SHOWN_IN_LIST = 120
MOST_SHOWN_BYTES = 100_000
KINDS = tuple(Record.Kind.values)


def by_object(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Rows of the objects that a number, an id, an e-mail or a phone stands for; served by the index on the object."""
    if not term.strip():
        return queryset
    return queryset.filter(object_kind__in=KINDS, object_id__in=search.object_ids(term))


def record_link(kind: str, object_id: str, connection_id: int) -> PageLink | None:
    """The page of the object that a log line is about, if the hub has a record of it."""
    row = (
        Record.objects.filter(connection_id=connection_id, kind=kind, object_id=object_id)
        .filter(kind__in=search.KINDS)
        .only("pk", "kind")
        .first()
    )
    return PageLink(_("Timeline"), "timeline", search.page_of(row)) if row else None


def preformatted(text: str) -> str:
    return format_html('<pre class="hub-pre">{}</pre>', text) if text else "—"


@admin.register(Attempt)
class AttemptAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("Every write to another system is noted here, with how it ended.")
    list_display: ClassVar = (
        "time",
        "shown_outcome",
        "shown_object",
        "shown_route",
        "shown_flow",
        "number",
        "short_message",
        "shown_reflect",
    )
    list_filter: ClassVar = (
        ("outcome", ChoicesDropdownFilter),
        ("route", RelatedDropdownFilter),
        FlowFilter,
        PeriodFilter,
    )
    list_select_related: ClassVar = ("route",)
    search_fields: ClassVar = ("object_id",)
    search_help_text = _("Order number, id, e-mail or phone")
    fieldsets: ClassVar = (
        (
            None,
            {
                "fields": (
                    "shown_outcome",
                    "shown_object",
                    "shown_route",
                    "shown_flow",
                    "number",
                    "trigger",
                    "started_at",
                    "duration_ms",
                    "shown_reflect",
                    "code",
                    "shown_message",
                )
            },
        ),
        (_("Translation"), {"fields": ("shown_translation",)}),
        (_("Requests and answers"), {"fields": ("shown_exchanges",)}),
        (_("For developers"), {"fields": ("shown_traceback",), "classes": ("collapse",)}),
    )
    readonly_fields: ClassVar = (
        "shown_outcome",
        "shown_object",
        "shown_route",
        "shown_flow",
        "shown_message",
        "shown_reflect",
        "shown_translation",
        "shown_exchanges",
        "shown_traceback",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: QuerySet[Attempt] = super().get_queryset(request).select_related("route")
        if request.resolver_match and request.resolver_match.url_name == "engine_attempt_changelist":
            return rows.defer("translation", "traceback")
        return rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        return by_object(queryset, search_term), False

    @display(description=_("Outcome"))
    def shown_outcome(self, row: Attempt) -> SafeString:
        return chip(row.outcome, row.get_outcome_display())

    @display(description=_("Time"), ordering="pk")
    def time(self, row: Attempt) -> Any:
        return moment(row.started_at, seconds=True)

    @display(description=_("Object"))
    def shown_object(self, row: Attempt) -> str:
        return f"{in_words(row.object_kind)} {row.label or row.object_id}"

    @display(description=_("Route"))
    def shown_route(self, row: Attempt) -> str:
        return row.route.name

    @display(description=_("Message"))
    def short_message(self, row: Attempt) -> str:
        return Truncator(said(row.message)).chars(SHOWN_IN_LIST) or "—"

    @display(description=_("Time to reflect"))
    def shown_reflect(self, row: Attempt) -> str:
        return _now("%.1f s") % (row.reflect_ms / 1000) if row.reflect_ms is not None else "—"

    @display(description=_("Before and after"))
    def shown_translation(self, row: Attempt) -> str:
        return render_to_string("hub/translation.html", {"lines": translated(row.translation)})

    @display(description=_("Exchanges"))
    def shown_exchanges(self, row: Attempt) -> str:
        rows = Exchange.objects.filter(batch=row.batch).order_by("pk")[:20] if row.batch else []
        return render_to_string("hub/exchanges.html", {"exchanges": rows})

    @display(description=_("Traceback"))
    def shown_traceback(self, row: Attempt) -> str:
        return preformatted(row.traceback)

    def page_links(self, request: HttpRequest, row: Attempt) -> list[PageLink]:  # noqa: ARG002
        item = PageLink(_("Outbox item"), "outbox", reverse("admin:engine_outboxitem_change", args=(row.item_id,)))
        link = record_link(row.object_kind, row.object_id, row.route.store_id)
        return [link, item] if link else [item]


@admin.register(Exchange)
class ExchangeAdmin(LogAdmin):
    when_empty = _("Every call to another system is kept here for some days, without secrets and personal data.")
    list_display: ClassVar = ("time", "connection", "method", "short_url", "shown_status", "duration_ms")
    list_filter: ClassVar = (ConnectionFilter, "method", PeriodFilter)
    list_select_related: ClassVar = ("connection",)
    fieldsets: ClassVar = (
        (None, {"fields": ("connection", "method", "url", "shown_status", "started_at", "duration_ms", "error")}),
        (_("Bodies, secrets and personal data removed"), {"fields": ("shown_request", "shown_answer")}),
    )
    readonly_fields: ClassVar = ("shown_status", "shown_request", "shown_answer")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exchange]:
        rows: QuerySet[Exchange] = super().get_queryset(request).select_related("connection")
        if request.resolver_match and request.resolver_match.url_name == "engine_exchange_changelist":
            return rows.defer("request_body", "response_body", "connection__secrets")
        return rows

    @display(description=_("Time"), ordering="pk")
    def time(self, row: Exchange) -> Any:
        return moment(row.started_at, seconds=True)

    @display(description=_("Address"))
    def short_url(self, row: Exchange) -> str:
        return Truncator(row.url).chars(SHOWN_IN_LIST)

    @display(description=_("Status"))
    def shown_status(self, row: Exchange) -> SafeString:
        is_good = row.status is not None and row.status < 400
        return chip("good" if is_good else "bad", row.status or row.error or "—")

    @display(description=_("Request"))
    def shown_request(self, row: Exchange) -> str:
        return preformatted(row.request_body)

    @display(description=_("Answer"))
    def shown_answer(self, row: Exchange) -> str:
        return preformatted(row.response_body)


def _replay(_request: HttpRequest, event: InboxEvent) -> Words:
    if not inbox.replay([event]):
        raise NothingDoneError(_now("It waits to be read already."))
    lanes.nudge([lanes.inbound_lane(event.connection_id).pk], send_lane)
    return _("The event is read again in a moment.")


@admin.register(InboxEvent)
class InboxEventAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("Webhooks, triggers and pushed objects stand here as they arrive.")
    list_display: ClassVar = (
        "time",
        "shown_state",
        "connection",
        "shown_topic",
        "shown_object",
        "source",
        "short_reason",
    )
    list_filter: ClassVar = (
        ("state", ChoicesDropdownFilter),
        ConnectionFilter,
        ("source", ChoicesDropdownFilter),
        ReceivedPeriodFilter,
    )
    list_select_related: ClassVar = ("connection",)
    search_fields: ClassVar = ("object_id",)
    search_help_text = _("Order number, id, e-mail or phone")
    actions: ClassVar = ("replay",)
    buttons: ClassVar = (
        Button(
            "replay",
            _("Replay"),
            "replay",
            "engine.change_inboxevent",
            _replay,
            lambda event: event.state != InboxEvent.State.NEW,
            variant="primary",
            in_rows=True,
        ),
    )
    fieldsets: ClassVar = (
        (
            None,
            {
                "fields": (
                    "shown_state",
                    "shown_reason",
                    "connection",
                    "source",
                    "shown_topic",
                    "shown_object",
                    "received_at",
                    "processed_at",
                    "tries",
                    "due_at",
                )
            },
        ),
        (_("As it came"), {"fields": ("shown_headers", "shown_body"), "classes": ("collapse",)}),
    )
    readonly_fields: ClassVar = (
        "shown_state",
        "shown_topic",
        "shown_object",
        "shown_reason",
        "shown_headers",
        "shown_body",
    )

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("engine.change_inboxevent"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxEvent]:
        rows: QuerySet[InboxEvent] = super().get_queryset(request).select_related("connection")
        if request.resolver_match and request.resolver_match.url_name == "engine_inboxevent_changelist":
            return rows.defer("body", "headers", "connection__secrets")
        return rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        return by_object(queryset, search_term), False

    @display(description=_("State"))
    def shown_state(self, row: InboxEvent) -> SafeString:
        return chip(row.state, row.get_state_display())

    @display(description=_("Received"), ordering="pk")
    def time(self, row: InboxEvent) -> Any:
        return moment(row.received_at, seconds=True)

    @display(description=_("Topic"), ordering="topic")
    def shown_topic(self, row: InboxEvent) -> Any:
        return row.topic_in_words

    @display(description=_("Object"))
    def shown_object(self, row: InboxEvent) -> str:
        return f"{in_words(row.object_kind)} {row.object_id}".strip() or "—"

    @display(description=_("Reason"))
    def short_reason(self, row: InboxEvent) -> str:
        return Truncator(said(row.reason)).chars(SHOWN_IN_LIST) or "—"

    @display(description=_("Headers"))
    def shown_headers(self, row: InboxEvent) -> str:
        return preformatted("\n".join(f"{name}: {value}" for name, value in row.headers.items()))

    @display(description=_("Body"))
    def shown_body(self, row: InboxEvent) -> str:
        """Raw bodies go first when old rows are pruned; then this is empty."""
        return preformatted(bytes(row.body)[:MOST_SHOWN_BYTES].decode("utf-8", "replace"))

    def page_links(self, request: HttpRequest, row: InboxEvent) -> list[PageLink]:  # noqa: ARG002
        link = record_link(row.object_kind, row.object_id, row.connection_id)
        return [link] if link else []

    @admin.action(description=_("Replay"), permissions=["repair"])
    def replay(self, request: HttpRequest, queryset: QuerySet[InboxEvent]) -> None:
        events = list(InboxEvent.objects.filter(pk__in=queryset.order_by().values("pk")).only("pk", "connection_id"))
        done = inbox.replay(events)
        lanes.nudge({lanes.inbound_lane(pk).pk for pk in {event.connection_id for event in events}}, send_lane)
        told = ngettext("%d event is read again.", "%d events are read again.", done) % done
        if done < len(events):
            waiting = _now("%d were waiting already.") % (len(events) - done)
            told = f"{told} {waiting}"
        self.message_user(request, told, messages.SUCCESS if done else messages.WARNING)


@admin.register(Link)
class LinkAdmin(LogAdmin):
    when_empty = _("An object that is on both sides stands here, with its id on each.")
    list_display: ClassVar = ("connection", "kind", "object_id", "shown_url", "updated_at")
    list_filter: ClassVar = (ConnectionFilter,)
    list_select_related: ClassVar = ("connection",)
    search_fields: ClassVar = ("object_id",)
    search_help_text = _("Id in the store or in the CRM")
    fields: ClassVar = ("connection", "kind", "object_id", "shown_url", "shown_others", "created_at", "updated_at")
    readonly_fields: ClassVar = ("shown_url", "shown_others", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        rows: QuerySet[Link] = super().get_queryset(request)
        return rows.select_related("connection").defer("connection__secrets")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        """The term's own sides and, by their group, the other sides of the same objects."""
        if not search_term.strip():
            return queryset, False
        named = Link.objects.filter(
            connection_id__in=queryset.order_by().values("connection_id"),
            kind__in=KINDS,
            object_id__in=search.object_ids(search_term),
        )
        return queryset.filter(group__in=named.values("group")), False

    @display(description=_("Address"))
    def shown_url(self, row: Link) -> Any:
        if not row.url.startswith(("http://", "https://")):
            return "—"
        return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', row.url, row.url)

    @display(description=_("The same object elsewhere"))
    def shown_others(self, row: Link) -> str:
        others = Link.objects.filter(group=row.group).exclude(pk=row.pk).select_related("connection")[:20]
        return "\n".join(str(other) for other in others) or "—"
