"""Orders by id, all orders of a time range, and orders changed since a cursor."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.errors import Fault, Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.toolkit.dates import ONE_SECOND, ceil_second, floor_second, format_utc, parse_gmt, parse_utc
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, identifier, text
from connectors.woocommerce.reader import DRAFT_STATUSES, GONE_STATUS, read_order
from connectors.woocommerce.transport import Reply, Transport
from connectors.woocommerce.walk import START, Place, has_gap, has_more, place_from, step_back, step_on

OVERLAP = timedelta(seconds=10)
"""A shop writes an order's change time some seconds before the order can be seen in a list."""

T = TypeVar("T")

Item = Order | UnreadableObject


class OrderSource:
    """``orders`` capability. ``max_fetch`` is the page size of the connection's settings, at most 100."""

    def __init__(self, shop: Transport, per_page: int) -> None:
        self._shop = shop
        self._per_page = per_page

    @property
    def max_fetch(self) -> int:
        return self._per_page

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Item]:
        """One call. Absent: deleted, in the trash, or a check-out that nobody has finished."""
        known = numeric(ids)
        if not known:
            return {}
        rows = client.orders_by_id(self._shop, known).rows
        return {item.id: item for item in read_rows(rows) if item.id in known}

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[Item]:
        """By id, so that orders placed meanwhile come at the end."""
        place = place_of(cursor)
        reply = client.orders_created(
            self._shop,
            floor_second(since) - ONE_SECOND if since else None,  # the shop's bounds are both exclusive
            ceil_second(until) if until else None,
            offset=place.offset,
            per_page=self._per_page,
        )
        rows, ids = reply.rows, ids_of(reply.rows)
        if has_gap(place, ids):
            return Page([], cursor_of(step_back(place, self._per_page)), has_more=True)
        return Page(
            items=[item for item in read_rows(rows) if _is_within(item, since, until)],
            cursor=cursor_of(step_on(place, ids, self._per_page)),
            has_more=has_more(len(rows), place.offset, self._per_page, reply.total),
            total=reply.total if rows else None,
        )


def _is_within(item: Item, since: datetime | None, until: datetime | None) -> bool:
    if isinstance(item, UnreadableObject):
        return True
    return (since is None or item.created_at >= since) and (until is None or item.created_at < until)


@dataclass(frozen=True, slots=True)
class Poll:
    """Where the poll stands.

    ``since``: everything changed up to then was read. ``second``: more than a page changed within that one second, it
    is being walked by id. ``started``: the shop's clock when this poll began. ``newest``: the latest change the last
    finished poll saw, at our time ``seen_at``.
    """

    since: datetime
    second: datetime | None = None
    place: Place = START
    started: datetime | None = None
    newest: datetime | None = None
    seen_at: datetime | None = None

    def as_cursor(self) -> str:
        times = ("since", "second", "started", "newest", "seen_at")
        values = {name: format_utc(moment) for name in times if (moment := getattr(self, name))}
        places = asdict(self.place) if self.place.offset else {}
        return json.dumps({**values, **places}, separators=(",", ":"))


def poll_of(cursor: str, start: datetime) -> Poll:
    """The poll a cursor stands for; an empty or foreign cursor begins at ``start``, which at worst repeats."""
    try:
        wire = as_map(json.loads(cursor)) if cursor else {}
        moments = {name: parse_utc(wire[name]) for name in ("second", "started", "newest", "seen_at") if name in wire}
        place = place_from(wire)
        return Poll(parse_utc(wire["since"]), place=place, **moments)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Poll(floor_second(start) - ONE_SECOND)


class ListNewer(Protocol):
    def __call__(self, shop: Transport, after: datetime, *, per_page: int) -> Reply: ...


class ListBetween(Protocol):
    def __call__(self, shop: Transport, after: datetime, before: datetime, *, offset: int, per_page: int) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Calls(Generic[T]):
    """How one kind of rows is listed by change time, and read. ``name`` is for messages."""

    newer: ListNewer
    between: ListBetween
    read: Callable[[Sequence[Any]], Sequence[T | UnreadableObject]]
    name: str


class ChangedRows(Generic[T]):
    """Reads on from the last change time instead of walking pages that move.

    ``modified_after`` is strictly greater and knows only whole seconds. A full page therefore goes on one second
    before its last row, so that rows of that second which did not fit are read. When a page holds nothing but one
    second, that second is walked by id. At the end the cursor stays ``OVERLAP`` behind what was seen, until a later
    poll has found nothing newer.
    """

    def __init__(self, shop: Transport, per_page: int, calls: Calls[T]) -> None:
        self._shop = shop
        self._per_page = per_page
        self._calls = calls

    def changed(self, cursor: str, start: datetime) -> Page[T | UnreadableObject]:
        poll = poll_of(cursor, start)
        return self._one_second(poll, poll.second) if poll.second else self._newer(poll)

    def _newer(self, poll: Poll) -> Page[T | UnreadableObject]:
        reply = self._calls.newer(self._shop, poll.since, per_page=self._per_page)
        rows, is_first = reply.rows, poll.started is None
        poll = replace(poll, started=poll.started or self._server_time(reply))
        if not rows:
            rest = replace(poll, started=None) if is_first else self._finished(poll, poll.since)
            return Page([], rest.as_cursor(), has_more=False)
        newest = _newest(rows, self._calls.name)
        if not has_more(len(rows), 0, self._per_page, reply.total):
            return Page(self._calls.read(rows), self._finished(poll, newest).as_cursor(), has_more=False)
        if newest - ONE_SECOND > poll.since:
            following = replace(poll, since=newest - ONE_SECOND)
        else:
            following = replace(poll, second=newest, place=START)
        return Page(self._calls.read(rows), following.as_cursor(), has_more=True)

    def _one_second(self, poll: Poll, second: datetime) -> Page[T | UnreadableObject]:
        reply = self._calls.between(
            self._shop, second - ONE_SECOND, second + ONE_SECOND, offset=poll.place.offset, per_page=self._per_page
        )
        rows, ids = reply.rows, ids_of(reply.rows)
        if has_gap(poll.place, ids):
            return Page([], replace(poll, place=step_back(poll.place, self._per_page)).as_cursor(), has_more=True)
        if has_more(len(rows), poll.place.offset, self._per_page, reply.total):
            following = replace(poll, place=step_on(poll.place, ids, self._per_page))
        else:
            following = replace(poll, since=second, second=None, place=START)
        return Page(self._calls.read(rows), following.as_cursor(), has_more=True)

    def _finished(self, poll: Poll, newest: datetime) -> Poll:
        now = self._shop.now()
        seen_at = poll.seen_at if poll.newest == newest and poll.seen_at else now
        if now - seen_at >= OVERLAP + ONE_SECOND:
            return Poll(newest, newest=newest, seen_at=seen_at)
        return Poll(min(newest, poll.started or newest) - OVERLAP, newest=newest, seen_at=seen_at)

    def _server_time(self, reply: Reply) -> datetime:
        """The shop's own clock: only when it does not tell, ours, which may differ."""
        return floor_second(reply.date or self._shop.now())


def _newest(rows: Sequence[Any], name: str) -> datetime:
    """The latest change time of a page. Without times, or out of order, going on would leave a gap: Unreadable."""
    moments: list[datetime] = []
    for row in map(as_map, rows):
        try:
            moments.append(parse_gmt(text(row.get("date_modified_gmt"))))
        except ValueError:
            continue
    if not moments or moments != sorted(moments):
        reason = "is not in order, a plugin ignores orderby=modified" if moments else "is missing"
        raise Unreadable(f"The shop's list of changed {name}", [Fault("date_modified_gmt", reason)])
    return floor_second(moments[-1])


def read_rows(rows: Sequence[Any]) -> list[Item]:
    """Orders; an unreadable one holds up none of the others. Trashed and unfinished ones are left out."""
    items: list[Item] = []
    for row in rows:
        if text(as_map(row).get("status")) in {*DRAFT_STATUSES, GONE_STATUS}:
            continue
        try:
            items.append(read_order(row))
        except Unreadable as problem:
            items.append(UnreadableObject(ObjectKind.ORDER, identifier(as_map(row).get("id")), problem.faults))
    return items


def changed_orders(shop: Transport, per_page: int) -> ChangedRows[Order]:
    """``orders_changed`` capability."""
    calls = Calls(client.orders_modified, client.orders_modified_between, read_rows, "orders")
    return ChangedRows(shop, per_page, calls)


def numeric(ids: Sequence[str]) -> list[str]:
    """The ids that can be WordPress ids; one other would make the shop refuse the whole call."""
    return [name for name in dict.fromkeys(ids) if name.isascii() and name.isdigit() and len(name) < 20]


def ids_of(rows: Sequence[Any]) -> list[int]:
    return [int(name) for row in rows for name in numeric([identifier(as_map(row).get("id"))])]


def place_of(cursor: str) -> Place:
    """The place a scan's cursor stands for; a foreign cursor begins anew."""
    try:
        wire = as_map(json.loads(cursor)) if cursor else {}
        return place_from(wire)
    except (ValueError, TypeError):
        return START


def cursor_of(place: Place) -> str:
    return json.dumps(asdict(place), separators=(",", ":"))
