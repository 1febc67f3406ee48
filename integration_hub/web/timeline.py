"""The story of one object: what arrived, what was tried, what was sent, both ways. A fixed number of queries."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectors.contract.errors import ConnectorError
from integration_hub.connections.models import Connection
from integration_hub.engine.models import Attempt, Exchange, InboxEvent, Link, OutboxItem
from integration_hub.flows import actions
from integration_hub.flows.absorb_details import FIELDS
from integration_hub.flows.definitions import BACK
from integration_hub.records.models import Record
from integration_hub.web.words import in_words

from .folding import folded

MOST_EVENTS = 100
"""Of those that led to something, and as many of the others: polls that find nothing new push nothing out."""

MOST_ATTEMPTS = 100
MOST_ITEMS = 100
MOST_EXCHANGES = 60
"""An object that is changed a thousand times is read from its newest end; the logs have the rest."""

BACK_FLOWS = frozenset(flow.value for flow in BACK)
"""Flows that go from the CRM to the store."""

OUTCOME_LOOK = {
    Attempt.Outcome.WRITTEN: ("check_circle", "success"),
    Attempt.Outcome.DRY_RUN: ("science", "info"),
    Attempt.Outcome.SKIPPED: ("do_not_disturb_on", "quiet"),
    Attempt.Outcome.PARKED: ("local_parking", "warning"),
    Attempt.Outcome.RETRY: ("schedule", "warning"),
    Attempt.Outcome.RATE_LIMITED: ("speed", "warning"),
    Attempt.Outcome.UNKNOWN: ("help", "warning"),
    Attempt.Outcome.REFUSED: ("block", "danger"),
    Attempt.Outcome.MISCONFIGURED: ("key_off", "danger"),
    Attempt.Outcome.INTERNAL: ("bug_report", "danger"),
}
STATE_LOOK = {
    InboxEvent.State.NEW: ("mark_email_unread", "info"),
    InboxEvent.State.DONE: ("move_to_inbox", "success"),
    InboxEvent.State.IGNORED: ("do_not_disturb_on", "quiet"),
    InboxEvent.State.ECHO: ("graphic_eq", "quiet"),
    InboxEvent.State.SUPERSEDED: ("update_disabled", "quiet"),
    InboxEvent.State.FAILED: ("error", "danger"),
}
QUIET_STATES = tuple(state for state, (_icon, tone) in STATE_LOOK.items() if tone == "quiet")
ITEM_LOOK = {
    OutboxItem.State.WAITING: ("hourglass_top", "info"),
    OutboxItem.State.IN_FLIGHT: ("send", "info"),
    OutboxItem.State.PARKED: ("local_parking", "warning"),
    OutboxItem.State.DEAD: ("dangerous", "danger"),
}

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Translated:
    """One code or field before and after the mappings."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. ``model`` and ``pk`` name the row it was read from, for a link to it. ``repeats`` are the
    lines that say the same, newest first and this one among them; then what they say beside it stands there.
    """

    at: datetime
    icon: str
    tone: str
    title: Words
    state: Words
    direction: str = ""
    message: str = ""
    meta: Sequence[str] = ()
    translated: Sequence[Translated] = ()
    exchanges: Sequence[Exchange] = ()
    model: str = ""
    pk: int = 0
    blocked_on: str = ""
    route_id: int = 0
    repeats: "Sequence[Entry]" = ()


@dataclass(frozen=True, slots=True)
class Side:
    """The object in one system. ``noted``: its fields there that staff want to see, by the system's codes."""

    connection: Connection
    object_id: str
    url: str
    is_source: bool = False
    noted: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Timeline:
    """``entries`` are newest first; ``open_items`` is what is still to be delivered."""

    sides: list[Side] = field(default_factory=list)
    open_items: list[OutboxItem] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def timeline_of(record: Record) -> Timeline:
    """Everything the hub remembers of the object. Eight queries, whatever its story."""
    links = _links(record)
    items = _items(record)
    attempts = _attempts(record)
    exchanges = _exchanges({attempt.batch for attempt in attempts if attempt.batch})
    names = {record.object_id, record.number, *(link.object_id for link in links)} - {""}
    entries = [
        *(_event_entry(event) for event in _events(record, links)),
        *(_attempt_entry(attempt, _about(exchanges.get(attempt.batch, ()), names)) for attempt in attempts),
        *(_item_entry(item) for item in items if item.state in ITEM_LOOK),
    ]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return Timeline(
        sides=_sides(record, links),
        open_items=[item for item in items if item.state in ITEM_LOOK],
        entries=folded(entries),
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def _links(record: Record) -> list[Link]:
    """All sides of the object, its own included."""
    own = Link.objects.filter(connection_id=record.connection_id, kind=record.kind, object_id=record.object_id)
    rows = Link.objects.filter(group__in=own.values("group"), kind=record.kind)
    return list(rows.select_related("connection").order_by("pk")[:20])


def _events(record: Record, links: Sequence[Link]) -> list[InboxEvent]:
    named = Q(connection_id=record.connection_id, object_kind=record.kind, object_id=record.object_id)
    for link in links:
        named |= Q(connection_id=link.connection_id, object_kind=link.kind, object_id=link.object_id)
    rows = InboxEvent.objects.filter(named).select_related("connection")
    rows = rows.defer("body", "headers", "connection__secrets").order_by("-pk")
    return [
        *rows.exclude(state__in=QUIET_STATES)[:MOST_EVENTS],
        *rows.filter(state__in=QUIET_STATES)[:MOST_EVENTS],
    ]


def _of_object(record: Record) -> dict[str, Any]:
    """Outbox and log name an object by its id in the store, for both directions."""
    return {
        "object_kind": record.kind,
        "object_id": record.object_id,
        "route__store_id": record.connection_id,
    }


def _items(record: Record) -> list[OutboxItem]:
    rows = OutboxItem.objects.filter(**_of_object(record)).select_related("route", "lane").defer("payload")
    return list(rows.order_by("-pk")[:MOST_ITEMS])


def _attempts(record: Record) -> list[Attempt]:
    rows = Attempt.objects.filter(**_of_object(record)).select_related("route").defer("traceback")
    return list(rows.order_by("-pk")[:MOST_ATTEMPTS])


def _exchanges(batches: Collection[str]) -> Mapping[str, Sequence[Exchange]]:
    found: dict[str, list[Exchange]] = defaultdict(list)
    if batches:
        rows = Exchange.objects.filter(batch__in=batches).select_related("connection").defer("connection__secrets")
        for row in rows.order_by("-pk")[:MOST_EXCHANGES]:
            found[row.batch].insert(0, row)
    return found


def _about(exchanges: Sequence[Exchange], names: Collection[str]) -> Sequence[Exchange]:
    """Those of a batch's calls that name the object; all of them when none does, since what is kept of a long call is
    cut."""
    named = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(names))) + r")(?![\w-])")
    naming = [each for each in exchanges if named.search(f"{each.url}\n{each.request_body}\n{each.response_body}")]
    return naming or exchanges


def _sides(record: Record, links: Sequence[Link]) -> list[Side]:
    source_url = str(record.content.get("url") or "") or object_url(record.connection, record.kind, record.object_id)
    sides = [Side(record.connection, record.object_id, web_address(source_url), is_source=True)]
    for link in links:
        if link.connection_id == record.connection_id and link.object_id == record.object_id:
            continue
        url = link.url or object_url(link.connection, link.kind, link.object_id)
        noted = [(code, _text(value)) for code, value in (link.aspects.get(FIELDS) or {}).items()]
        sides.append(Side(link.connection, link.object_id, web_address(url), noted=noted))
    return sides


def object_url(connection: Connection, kind: str, object_id: str) -> str:
    """Where staff of that system see the object; empty when the connector cannot tell, or lacks a setting for it."""
    if kind != Record.Kind.ORDER:
        return ""
    try:
        return actions.order_url(connection, object_id)
    except (KeyError, ConnectorError):
        return ""


def web_address(url: str) -> str:
    """The address, if a browser may be sent there: what another system sent us could be a script."""
    return url if url.startswith(("https://", "http://")) else ""


# --- telling ----------------------------------------------------------------------------------------------------------


def _event_entry(event: InboxEvent) -> Entry:
    icon, tone = STATE_LOOK[InboxEvent.State(event.state)]
    meta = [str(event.get_source_display())]
    if event.tries > 1:
        meta.append(str(_("%d tries") % event.tries))
    return Entry(
        at=event.received_at,
        icon=icon,
        tone=tone,
        title=_("%(system)s: %(topic)s") % {"system": event.connection.name, "topic": event.topic_in_words},
        state=event.get_state_display(),
        direction="in",
        message=event.reason,
        meta=meta,
        model="inboxevent",
        pk=event.pk,
    )


def _attempt_entry(attempt: Attempt, exchanges: Sequence[Exchange]) -> Entry:
    icon, tone = OUTCOME_LOOK[Attempt.Outcome(attempt.outcome)]
    meta = [str(_("try %d") % attempt.number), str(_("%d ms") % attempt.duration_ms)]
    if attempt.trigger:
        meta.append(attempt.trigger)
    if attempt.reflect_ms is not None:
        meta.append(str(_("%.1f s after it was accepted") % (attempt.reflect_ms / 1000)))
    return Entry(
        at=attempt.started_at,
        icon=icon,
        tone=tone,
        title=f"{attempt.route.name}: {in_words(attempt.flow)}",
        state=attempt.get_outcome_display(),
        direction="back" if attempt.flow in BACK_FLOWS else "out",
        message=attempt.message,
        meta=meta,
        translated=translated(attempt.translation),
        exchanges=exchanges,
        model="attempt",
        pk=attempt.pk,
    )


def _item_entry(item: OutboxItem) -> Entry:
    icon, tone = ITEM_LOOK[OutboxItem.State(item.state)]
    meta = []
    if item.state == OutboxItem.State.WAITING:
        meta.append(str(_("%d tries so far") % item.tries))
    if item.is_outcome_unknown:
        meta.append(str(_("sent without an answer: it is looked up before it is written again")))
    return Entry(
        at=item.updated_at,
        icon=icon,
        tone=tone,
        title=f"{item.route.name}: {in_words(item.flow)}",
        state=item.get_state_display(),
        direction="back" if item.flow in BACK_FLOWS else "out",
        message=item.reason,
        meta=meta,
        model="outboxitem",
        pk=item.pk,
        blocked_on=item.blocked_on,
        route_id=item.route_id,
    )


def translated(kept: Any) -> list[Translated]:
    """The lines of an attempt's translation, which holds ``[before, after]`` pairs by kind of code.

    None on the right means left out on purpose. What has another shape (an older version's rows) is shown as it is.
    """
    lines: list[Translated] = []
    for kind, pairs in kept.items() if isinstance(kept, dict) else ():
        for pair in pairs if isinstance(pairs, list) else [pairs]:
            if isinstance(pair, list | tuple) and len(pair) == 2:
                lines.append(
                    Translated(in_words(str(kind)), _text(pair[0]), _text(pair[1], none=_("left out on purpose")))
                )
            else:
                lines.append(Translated(in_words(str(kind)), "", _text(pair)))
    return lines


def _text(value: Any, *, none: Words = "—") -> str:
    if value is None:
        return str(none)
    return str(value) if value != "" else "—"
