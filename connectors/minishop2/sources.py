"""Objects by id, all of them, and what changed since a cursor."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from connectors.contract.canonical import Category, Customer, ObjectKind, Order, Product
from connectors.contract.errors import Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.toolkit.dates import ceil_second, floor_second, format_utc, parse_utc
from connectors.toolkit.lenient import Reading, as_map, identifier

from .client import MAX_IDS, Client, Json
from .config import Config
from .goods import Goods, category_tree
from .reader import Reader, is_draft

OVERLAP = timedelta(minutes=2)
"""Read again with each poll: a change can be seen in the shop some seconds after the time it bears."""

T = TypeVar("T", bound=Order | Customer | Product)


class Source(Generic[T]):
    """``orders``, ``customers`` and ``products``: one call for a hundred ids, pages of a hundred by rising id."""

    max_fetch = MAX_IDS

    def __init__(self, client: Client, kind: ObjectKind, read: Callable[[Any], T]) -> None:
        self._client = client
        self._kind = kind
        self._read_one = read

    def fetch(self, ids: Sequence[str]) -> Mapping[str, T | UnreadableObject]:
        """Absent: removed, or a draft."""
        known = numeric(ids)
        found: dict[str, T | UnreadableObject] = {}
        for start in range(0, len(known), MAX_IDS):
            rows = self._client.get(self._kind, known[start : start + MAX_IDS])
            found |= {identifier(as_map(row).get("id")): item for row, item in self.read_rows(rows)}
        return {id: found[id] for id in known if id in found}

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[T | UnreadableObject]:
        after = int(cursor) if cursor.isdigit() else 0
        # Times go as whole seconds, so the shop is asked for a little more and the edges are looked at once more.
        end = ceil_second(until) if until is not None else None
        rows, following, answer = self._client.list(self._kind, after, created_from=since, created_to=end)
        items = [item for _, item in self.read_rows(rows) if _is_within(item, since, until)]
        total = answer.get("total")
        return Page(
            items,
            str(following if following is not None else after),
            has_more=following is not None,
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        )

    def read_rows(self, rows: Iterable[Any]) -> list[tuple[Any, T | UnreadableObject]]:
        """Each row with what it reads as; drafts are left out, and one that cannot be read holds up no other."""
        return [(row, self._one(row)) for row in rows if not (self._kind is ObjectKind.ORDER and is_draft(row))]

    def _one(self, row: Any) -> T | UnreadableObject:
        try:
            return self._read_one(row)
        except Unreadable as problem:
            return UnreadableObject(self._kind, identifier(as_map(row).get("id")), problem.faults)


class Changed(Generic[T]):
    """What changed since a cursor. A walk goes by rising id over all that changed since a fixed time, so that nothing
    can move out of its way; the next walk begins where this one began, by the shop's own clock, and a little before."""

    def __init__(self, client: Client, source: Source[T], kind: ObjectKind) -> None:
        self._client = client
        self._source = source
        self._kind = kind

    def changed(self, cursor: str, start: datetime) -> Page[T | UnreadableObject]:
        walk = walk_of(cursor, start)
        rows, following, answer = self._client.list(self._kind, walk.after, updated_since=walk.since)
        began = walk.began or _shop_time(answer) or self._client.now()
        if following is not None:
            walk = Walk(walk.since, following, began)
        else:
            walk = Walk(max(floor_second(began) - OVERLAP, walk.since))
        return Page(
            [item for _, item in self._source.read_rows(rows)], walk.as_cursor(), has_more=following is not None
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """``since``: what changed from then on is walked. ``after``: up to this id it was. ``began``: the shop's clock when
    the walk began; None at its beginning."""

    since: datetime
    after: int = 0
    began: datetime | None = None

    def as_cursor(self) -> str:
        given = {
            key: format_utc(value) if isinstance(value, datetime) else value for key, value in asdict(self).items()
        }
        return json.dumps({key: value for key, value in given.items() if value}, separators=(",", ":"))


def walk_of(cursor: str, start: datetime) -> Walk:
    """The walk that a cursor stands for; an empty or foreign one begins at ``start``, which at worst repeats."""
    try:
        wire = as_map(json.loads(cursor)) if cursor else {}
        began = parse_utc(wire["began"]) if "began" in wire else None
        return Walk(parse_utc(wire["since"]), int(wire.get("after", 0)), began)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Walk(floor_second(start))


@dataclass
class Catalog:
    """Reads products with the shop's category tree, which is asked for once."""

    client: Client
    config: Config
    tree: Mapping[str, Category] | None = None

    def product(self, payload: Any) -> Product:
        if self.tree is None:
            self.tree = category_tree(self.client.categories())
        return Goods(self.config, self.tree).product(payload)


def numeric(ids: Sequence[str]) -> list[str]:
    """The ids that can be ids of the shop; one other would make it refuse the whole call."""
    return [id for id in dict.fromkeys(ids) if id.isascii() and id.isdigit() and len(id) < 12 and id.strip("0")]


def readers(client: Client, config: Config) -> tuple[Source[Order], Source[Customer], Source[Product]]:
    reader = Reader(config)
    return (
        Source(client, ObjectKind.ORDER, reader.order),
        Source(client, ObjectKind.CUSTOMER, reader.customer),
        Source(client, ObjectKind.PRODUCT, Catalog(client, config).product),
    )


def _is_within(item: Any, since: datetime | None, until: datetime | None) -> bool:
    created_at = None if isinstance(item, UnreadableObject) else item.created_at
    if created_at is None:
        return True  # rather once too often than never
    return (since is None or created_at >= since) and (until is None or created_at < until)


def _shop_time(answer: Json) -> datetime | None:
    return Reading().zoned(answer, "time")
