"""Orders, customers and products: by id, all of a time range, and what changed since a cursor."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from connectors.contract.errors import Retryable
from connectors.contract.results import Page, UnreadableObject
from connectors.toolkit.dates import ONE_SECOND, floor_second, format_utc, parse_gmt, parse_utc

from .client import Client, Filter
from .times import written
from .walk import Listing, Walked, by_ids, id_of, numeric, page

T = TypeVar("T")

OVERLAP = timedelta(minutes=5)
"""A row is stamped when it is saved and seen when its transaction ends; check-outs take long."""

UPDATED = "updated_at"


class Source(Generic[T]):
    """An ``ObjectSource``. ``filters`` hold for walks and not for objects that are named."""

    def __init__(self, client: Client, listing: Listing[T], filters: "Filters", offset: timedelta) -> None:
        self._client, self._listing, self._filters, self._offset = client, listing, filters, offset

    @property
    def max_fetch(self) -> int:
        return self._client.page_size

    def fetch(self, ids: Sequence[str]) -> Mapping[str, T | UnreadableObject]:
        return {id_of(item): item for item in self.fetch_rows(ids)}

    def fetch_rows(self, ids: Sequence[str]) -> list[T | UnreadableObject]:
        return by_ids(self._client, self._listing, numeric(ids))

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[T | UnreadableObject]:
        """By id, so that what comes meanwhile comes at the end."""
        last = cursor if cursor.isascii() and cursor.isdigit() else "0"
        filters: list[Filter] = [(self._listing.key, "gt", last), *self._filters.all()]
        if since is not None:
            filters.append(("created_at", "gteq", written(since, self._offset)))
        if until is not None:
            filters.append(("created_at", "lt", written(until, self._offset)))
        walked = page(self._client, self._listing, filters, [self._listing.key])
        position = walked.ids[-1] if walked.ids else last
        total = walked.found.total if not cursor else None
        return Page(walked.items, position, has_more=walked.has_more, total=total)


class Filters:
    """What every walk is narrowed to; worked out when it is first needed, because it may cost a call."""

    def all(self) -> Sequence[Filter]:
        return ()


@dataclass(frozen=True, slots=True)
class Poll:
    """Where a poll stands. ``since``: everything before it was read. ``second``: more than a page changed within that
    one second, it is walked by id from ``last_id``. ``started``: the shop's clock when this poll began."""

    since: datetime
    second: datetime | None = None
    last_id: str = "0"
    started: datetime | None = None

    def as_cursor(self) -> str:
        times = {name: format_utc(at) for name in ("since", "second", "started") if (at := getattr(self, name))}
        return json.dumps(times | {"last_id": self.last_id}, separators=(",", ":"))


def poll_of(cursor: str, start: datetime) -> Poll:
    """The poll that a cursor stands for; an empty or foreign one begins at ``start``, which at worst repeats."""
    try:
        wire = json.loads(cursor) if cursor else {}
        moments = {name: parse_utc(wire[name]) for name in ("second", "started") if name in wire}
        return Poll(parse_utc(wire["since"]), last_id=str(int(wire.get("last_id", 0))), **moments)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Poll(floor_second(start))


class Changed(Generic[T]):
    """A ``ChangedSource`` by key (change time, id): pages never move, and equal times lose nothing."""

    def __init__(self, client: Client, listing: Listing[T], filters: Filters, offset: timedelta) -> None:
        self._client, self._listing, self._filters, self._offset = client, listing, filters, offset

    def changed(self, cursor: str, start: datetime) -> Page[T | UnreadableObject]:
        poll = poll_of(cursor, start)
        return self._one_second(poll, poll.second) if poll.second else self._newer(poll)

    def _newer(self, poll: Poll) -> Page[T | UnreadableObject]:
        walked = self._page([(UPDATED, "gteq", written(poll.since, self._offset))], [UPDATED, self._listing.key])
        poll = replace(poll, started=poll.started or floor_second(walked.found.at or self._client.now()))
        if not walked.has_more:
            return Page(walked.items, self._finished(poll, walked).as_cursor(), has_more=False)
        last = self._moment(walked.moments[-1])
        if last > poll.since:
            return Page(walked.items, replace(poll, since=last).as_cursor(), has_more=True)
        following = replace(poll, second=last, last_id=walked.ids[-1])
        return Page(walked.items, following.as_cursor(), has_more=True)

    def _one_second(self, poll: Poll, second: datetime) -> Page[T | UnreadableObject]:
        key = self._listing.key
        within: list[Filter] = [(UPDATED, "eq", written(second, self._offset)), (key, "gt", poll.last_id)]
        walked = self._page(within, [key])
        if walked.has_more:
            return Page(walked.items, replace(poll, last_id=walked.ids[-1]).as_cursor(), has_more=True)
        following = replace(poll, since=second + ONE_SECOND, second=None, last_id="0")
        return Page(walked.items, following.as_cursor(), has_more=True)

    def _finished(self, poll: Poll, walked: Walked[T]) -> Poll:
        """What was stamped before this poll began and is saved only afterwards is still met by the next one."""
        began = poll.started or poll.since
        newest = self._moment(walked.moments[-1]) + ONE_SECOND if walked.moments else poll.since
        return Poll(max(min(newest, began - OVERLAP), min(poll.since, began - OVERLAP)))

    def _page(self, filters: Sequence[Filter], order: Sequence[str]) -> Walked[T]:
        return page(self._client, self._listing, [*filters, *self._filters.all()], order)

    def _moment(self, shown: str) -> datetime:
        try:
            return parse_gmt(shown) + self._offset
        except ValueError:
            message = "The shop's list of changes bears no change times; a plug-in may have changed it."
            raise Retryable(message, code="no_change_time") from None
