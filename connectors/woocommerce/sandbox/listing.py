"""``GET /orders``: reading its arguments, and finding one page in stored and made-up orders at once.

Both kinds are sorted sequences of (moment or 0, id); a page is found by binary search in both, not by walking.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from connectors.toolkit.sandbox import Request
from connectors.woocommerce.sandbox.answers import Refusal, invalid_param, is_true, not_in_enum, numbers, values
from connectors.woocommerce.sandbox.history import History, Selection, places, untaken
from connectors.woocommerce.sandbox.people import email_name, full_name
from connectors.woocommerce.sandbox.records import HIDDEN_STATUSES, Order
from connectors.woocommerce.sandbox.shop import Shop

ORDER_BY = ("date", "id", "include", "title", "slug", "modified")
Key = tuple[int, int]
Item_co = TypeVar("Item_co", covariant=True)


class Rows(Protocol[Item_co]):
    """What binary search needs: a length, and any element by its number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Item_co: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """The arguments of a list call. Moments are exclusive bounds in epoch seconds."""

    statuses: frozenset[str] | None = None
    after: int | None = None
    before: int | None = None
    modified_after: int | None = None
    modified_before: int | None = None
    include: tuple[int, ...] = ()
    exclude: frozenset[int] = frozenset()
    customer: int | None = None
    product: int | None = None
    search: str = ""
    created_via: frozenset[str] = frozenset()
    order_by: str = "date"
    descending: bool = True

    def admits(self, order: Order) -> bool:
        shown = order.shown_status
        return (
            (shown not in HIDDEN_STATUSES if self.statuses is None else shown in self.statuses)
            and (self.after is None or order.created > self.after)
            and (self.before is None or order.created < self.before)
            and (self.modified_after is None or order.modified > self.modified_after)
            and (self.modified_before is None or order.modified < self.modified_before)
            and (self.customer is None or order.customer_id == self.customer)
            and order.id not in self.exclude
            and (not self.created_via or order.created_via in self.created_via)
            and (self.product is None or any(self.product == line.product_id for line in order.items))
            and (not self.search or _matches(order, self.search))
        )

    def key(self, order: Order) -> Key:
        moments = {"date": order.created, "modified": order.modified}
        return moments.get(self.order_by, 0), order.id


def wish(request: Request, shop: Shop) -> Wish:
    """Raises Refusal (``rest_invalid_param``) as the shop does."""
    gmt = is_true(request.one("dates_are_gmt"))
    moments = {name: moment(request, name, shop, gmt=gmt) for name in MOMENTS}
    customer, product = numbers(request, "customer"), numbers(request, "product")
    return Wish(
        **moments,
        statuses=_statuses(request, shop),
        include=tuple(numbers(request, "include")),
        exclude=frozenset(numbers(request, "exclude")),
        customer=customer[0] if customer else None,
        product=product[0] if product else None,
        search=request.one("search").strip().lower(),
        created_via=frozenset(values(request, "created_via")),
        order_by=choice(request, "orderby", ORDER_BY, "date"),
        descending=choice(request, "order", ("asc", "desc"), "desc") == "desc",
    )


MOMENTS = ("after", "before", "modified_after", "modified_before")


def choice(request: Request, name: str, allowed: Sequence[str], default: str) -> str:
    """A one-of argument. Raises Refusal."""
    value = request.one(name, default)
    if value not in allowed:
        raise not_in_enum(name, name, allowed)
    return value


def _statuses(request: Request, shop: Shop) -> frozenset[str] | None:
    sent = values(request, "status")
    allowed = ("any", "trash", "auto-draft", *shop.statuses)
    for place, status in enumerate(sent):
        if status not in allowed:
            raise not_in_enum("status", f"status[{place}]", allowed)
    return None if not sent or "any" in sent else frozenset(sent)


def moment(request: Request, name: str, shop: Shop, *, gmt: bool) -> int | None:
    """A bound as epoch seconds: without a zone it is the site's local time unless ``dates_are_gmt``."""
    text = request.one(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        moment = None
    if moment is None or len(text) < len("2026-01-01T00:00:00"):
        raise invalid_param(name, "Invalid date.", "rest_invalid_date") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if gmt else shop.zone)
    return int(moment.timestamp())


def _matches(order: Order, text: str) -> bool:
    billing = order.billing
    name = f"{billing['first_name']} {billing['last_name']}".lower()
    return text in billing["email"].lower() or text in name or text == order.number or text in billing["phone"]


class Lister:
    """Answers list calls. Remembers the stored orders of the last wish while nothing is written in between."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._last: tuple[Wish, int, list[Key]] | None = None

    def page(self, wanted: Wish, start: int, end: int) -> tuple[list[Order], int]:
        """Rows ``start`` to ``end`` of the whole list, and how long the whole list is."""
        if wanted.include:
            return self._included(wanted, start, end)
        stored = self._stored(wanted)
        old = _old_keys(self._shop.history, wanted)
        total = len(stored) + len(old)
        start, end = min(start, total), min(end, total)
        if wanted.descending:
            start, end = total - end, total - start
        keys = _merged(stored, old, start, end)
        if wanted.descending:
            keys.reverse()
        return [order for _moment, number in keys if (order := self._shop.find(number))], total

    def _included(self, wanted: Wish, start: int, end: int) -> tuple[list[Order], int]:
        found = [order for number in dict.fromkeys(wanted.include) if (order := self._shop.find(number))]
        fitting = [order for order in found if wanted.admits(order)]
        if wanted.order_by != "include":
            fitting.sort(key=wanted.key, reverse=wanted.descending)
        return fitting[start:end], len(fitting)

    def _stored(self, wanted: Wish) -> list[Key]:
        version = self._shop.version
        if self._last and self._last[0] == wanted and self._last[1] == version:
            return self._last[2]
        keys = sorted(wanted.key(order) for order in self._candidates(wanted) if wanted.admits(order))
        self._last = (wanted, version, keys)
        return keys

    def _candidates(self, wanted: Wish) -> Iterable[Order]:
        """All stored orders, or with ``modified_after`` only the newest ones up to the bound."""
        orders, bound = self._shop.orders, wanted.modified_after
        if bound is None:
            yield from orders.values()
            return
        for number in reversed(self._shop.by_modified):
            if orders[number].modified <= bound:
                return
            yield orders[number]


class _Keys:
    """The sort keys of the chosen places of a history."""

    def __init__(self, history: History, chosen: Rows[int], moment: Callable[[int], int]) -> None:
        self._first_id, self._chosen, self._moment = history.first_id, chosen, moment

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: int) -> Key:
        place = self._chosen[index]
        return self._moment(place), self._first_id + place


def _old_keys(history: History | None, wanted: Wish) -> Rows[Key]:
    if history is None or (wanted.created_via and "checkout" not in wanted.created_via):
        return []
    moment = {"date": history.created, "modified": history.modified}.get(wanted.order_by, lambda _place: 0)
    first, last = places(history, wanted.after, wanted.before, history.created)
    touched_first, touched_last = places(history, wanted.modified_after, wanted.modified_before, history.modified)
    first, last = max(first, touched_first), min(last, touched_last)
    if wanted.search or wanted.customer is not None or wanted.product is not None or wanted.exclude:
        found = [place for place in _sought(history, wanted) if first <= place < last]
        return _Keys(history, found, moment)
    return _Keys(history, Selection(history, first, last, wanted.statuses), moment)


def _sought(history: History, wanted: Wish) -> list[int]:
    """Places found by walking through the history: who bought is cheap to tell, the rest is asked of few."""
    found: Iterable[int] = untaken(history)
    buyer = history.traffic.buyer
    if wanted.customer is not None:
        found = [place for place in found if history.account(buyer(place)) == wanted.customer]
    if wanted.search:
        text, tag = wanted.search, history.traffic.tag
        hits: dict[int, bool] = {}

        def is_hit(place: int) -> bool:
            number = buyer(place)
            if number not in hits:
                name = " ".join(full_name(number)).lower()
                hits[number] = text in f"{email_name(number)}{tag}@example.test" or text in name
            return hits[number] or text == str(history.first_id + place)

        found = [place for place in found if is_hit(place)]
    return [place for place in found if wanted.admits(history.order(place))]


def _merged(stored: Sequence[Key], old: Rows[Key], start: int, end: int) -> list[Key]:
    """Elements ``start`` to ``end`` of the two ascending sequences as if they were one."""
    at = bisect_left(range(len(stored)), start, key=lambda place: place + bisect_left(old, stored[place]))
    other = start - at
    merged: list[Key] = []
    while len(merged) < end - start:
        if other >= len(old) or (at < len(stored) and stored[at] < old[other]):
            merged.append(stored[at])
            at += 1
        else:
            merged.append(old[other])
            other += 1
    return merged


def found_or_refused(order: Order | None, *, status: int = 404) -> Order:
    """GET and DELETE of a missing order are 404, PUT is 400 (seen on a live shop)."""
    if order is None:
        raise Refusal(status, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    return order
