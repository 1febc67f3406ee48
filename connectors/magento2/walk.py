"""Reads lists by key and never by page number, and finds the one object over which the shop breaks.

Beyond its last page Magento repeats it; rows that change while one pages by change time move to the end. A walk that
asks for “more than the last one seen” meets neither.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Retryable, Unreadable
from connectors.contract.results import UnreadableObject
from connectors.toolkit.lenient import identifier

from .client import Client, Filter, Found
from .errors import CRASHED

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list of the API: its path, the name of its key in filters and in rows, and how a row is read. ``fields``: what
    is asked of each row, in the API's own form; empty: all."""

    kind: ObjectKind
    path: str
    key: str
    row_key: str
    read: Callable[[Mapping[str, Any]], T]
    fields: str = ""

    def id_of(self, row: Mapping[str, Any]) -> str:
        return identifier(row.get(self.row_key))

    def one(self, row: Mapping[str, Any]) -> T | UnreadableObject:
        try:
            return self.read(row)
        except Unreadable as problem:
            return UnreadableObject(self.kind, self.id_of(row), problem.faults)


@dataclass(frozen=True, slots=True)
class Walked(Generic[T]):
    """``ids`` and ``moments`` (change times as the shop wrote them) are those of the rows, in order."""

    items: Sequence[T | UnreadableObject]
    ids: Sequence[str]
    moments: Sequence[str]
    found: Found
    has_more: bool


def page(client: Client, listing: Listing[T], filters: Sequence[Filter], order: Sequence[str]) -> Walked[T]:
    """One page. When the shop crashes over it, the ids are asked for alone and the objects in ever smaller parts; the
    one that is to blame is told as unreadable."""
    try:
        found = client.search(listing.path, filters, order, fields=listing.fields)
    except Retryable as problem:
        if problem.code != CRASHED:
            raise
        found, items = _in_parts(client, listing, filters, order)
    else:
        items = [listing.one(row) for row in found.rows]
    ids = [listing.id_of(row) for row in found.rows]
    moments = [str(row.get("updated_at") or "") for row in found.rows]
    return Walked(items, ids, moments, found, has_more=bool(ids) and found.has_more)


def by_ids(client: Client, listing: Listing[T], ids: Sequence[str]) -> list[T | UnreadableObject]:
    """Objects by id; absent ones are left out. Raises when the shop itself is down, and not just one object."""
    if not ids:
        return []
    try:
        return _part(client, listing, ids)
    except Retryable as problem:
        if problem.code != CRASHED:
            raise
    client.search(listing.path, [(listing.key, "eq", "0")], [listing.key], size=1)
    return _halves(client, listing, ids)


def _part(client: Client, listing: Listing[T], ids: Sequence[str]) -> list[T | UnreadableObject]:
    """A shop that allows smaller pages than there are ids is asked again for the rest."""
    items: list[T | UnreadableObject] = []
    left = list(ids)
    while left:
        named = [(listing.key, "in", ",".join(left))]
        found = client.search(listing.path, named, [listing.key], size=len(left), fields=listing.fields)
        items += [listing.one(row) for row in found.rows]
        seen = {listing.id_of(row) for row in found.rows} & set(left)
        if not seen or not found.has_more:
            break
        left = [each for each in left if each not in seen]
    return items


def _in_parts(
    client: Client, listing: Listing[T], filters: Sequence[Filter], order: Sequence[str]
) -> tuple[Found, list[T | UnreadableObject]]:
    fields = f"items[{listing.row_key},updated_at],total_count"
    bare = client.search(listing.path, filters, order, fields=fields)
    ids = [listing.id_of(row) for row in bare.rows]
    read = {id_of(item): item for item in by_ids(client, listing, ids)}
    return bare, [read[each] for each in ids if each in read]


def _halves(client: Client, listing: Listing[T], ids: Sequence[str]) -> list[T | UnreadableObject]:
    """Each part that fails is halved until the object that is to blame stands alone."""
    try:
        return _part(client, listing, ids)
    except Retryable as problem:
        if problem.code != CRASHED:
            raise
        if len(ids) == 1:
            fault = Fault("", f"The shop crashes when it is asked for it. {problem.message}")
            return [UnreadableObject(listing.kind, ids[0], (fault,))]
    middle = len(ids) // 2
    return [*_halves(client, listing, ids[:middle]), *_halves(client, listing, ids[middle:])]


def id_of(item: Any) -> str:
    return str(item.id or "")


def numeric(ids: Sequence[str]) -> list[str]:
    """The ids that can be Magento's; one other would spoil the filter."""
    return [name for name in dict.fromkeys(ids) if name.isascii() and name.isdigit() and len(name) < 18]
