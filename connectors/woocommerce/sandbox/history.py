"""Old orders that are never stored: each is made again from the seed and its place whenever somebody asks for it.

Places run in the order of ids, of creation and of modification alike, so any page can be found by arithmetic.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.toolkit.sandbox.traffic import Traffic
from connectors.woocommerce.sandbox.catalog import Product
from connectors.woocommerce.sandbox.records import Order, Refund, blank
from connectors.woocommerce.sandbox.shoppers import ids_from, shopped_order

PATTERN = tuple(
    {3: "cancelled", 23: "cancelled", 41: "refunded", 57: "en-camino", 71: "failed", 89: "processing"}.get(
        place, "completed"
    )
    for place in range(100)
)
"""The statuses of any hundred old orders in a row."""

SETTLED_SECONDS = 36 * 3600
"""An old order was last touched this long after it was placed."""

_LINE_IDS_FROM = 100_000_000
_LINE_IDS_EACH = 200


@dataclass(slots=True)
class History:
    """``count`` orders from ``first_id`` on, placed between two moments. ``taken`` are the places that have been
    written to since and live in the shop's own list."""

    first_id: int
    count: int
    start: int
    end: int
    traffic: Traffic
    goods: Mapping[int, Product]
    currency: str
    account: Callable[[int], int]
    """Person number -> customer id, 0 for guests."""

    taken: list[int] = field(default_factory=list)

    def place_of(self, order_id: int) -> int | None:
        """The place of an order that is still only history."""
        place = order_id - self.first_id
        if not 0 <= place < self.count:
            return None
        at = bisect_left(self.taken, place)
        return None if at < len(self.taken) and self.taken[at] == place else place

    def created(self, place: int) -> int:
        return self.start + place * (self.end - self.start) // self.count

    def modified(self, place: int) -> int:
        return self.created(place) + SETTLED_SECONDS

    def status(self, place: int) -> str:
        return PATTERN[place % len(PATTERN)]

    def take(self, place: int) -> Order:
        """The order, which from now on is no longer part of the history."""
        self.taken.insert(bisect_left(self.taken, place), place)
        return self.order(place)

    def order(self, place: int) -> Order:
        order_id, created = self.first_id + place, self.created(place)
        order = Order(
            id=order_id,
            number=str(order_id),
            status="",
            currency=self.currency,
            created=created,
            modified=self.modified(place),
            customer_id=self.account(self.traffic.buyer(place)),
            order_key="",
            billing=blank(()),
            shipping=blank(()),
        )
        next_id = ids_from(_LINE_IDS_FROM + place * _LINE_IDS_EACH)
        shopped_order(self.traffic, place, order, self.goods, next_id)
        self._settle(order, self.status(place), next_id)
        return order

    def _settle(self, order: Order, status: str, next_id: Callable[[], int]) -> None:
        order.status = status
        order.stock_reduced = True
        if status in {"completed", "processing", "refunded", "en-camino"}:
            order.paid = order.paid or order.created + 3600
        order.completed = order.modified if status == "completed" else None
        if status == "refunded":
            left = order.total - order.refunded
            order.refunds.append(Refund(next_id(), order.id, order.modified, left, ""))


class Selection:
    """The places of a history that fit, in ascending order, without walking through them."""

    def __init__(self, history: History, first: int, last: int, statuses: Collection[str] | None) -> None:
        """Places from ``first`` up to but without ``last``; any status when None."""
        fits = [n for n, status in enumerate(PATTERN) if statuses is None or status in statuses]
        self._fits = fits
        self._base = self._below(max(first, 0))
        self._size = max(self._below(min(last, history.count)) - self._base, 0)
        chosen = [p for p in history.taken if first <= p < last and (statuses is None or PATTERN[p % 100] in statuses)]
        self._gaps = [self._below(place) - self._base - passed for passed, place in enumerate(chosen)]

    def __len__(self) -> int:
        return self._size - len(self._gaps)

    def __getitem__(self, index: int) -> int:
        full = self._base + index + bisect_right(self._gaps, index)
        hundreds, rest = divmod(full, len(self._fits))
        return hundreds * len(PATTERN) + self._fits[rest]

    def _below(self, place: int) -> int:
        hundreds, rest = divmod(place, len(PATTERN))
        return hundreds * len(self._fits) + bisect_left(self._fits, rest)


def places(history: History, after: int | None, before: int | None, moment: Callable[[int], int]) -> tuple[int, int]:
    """First place later than ``after``, and first place not earlier than ``before`` (both exclusive bounds)."""
    every = range(history.count)
    first = 0 if after is None else bisect_right(every, after, key=moment)
    last = history.count if before is None else bisect_left(every, before, key=moment)
    return first, last


def untaken(history: History) -> Iterator[int]:
    taken = set(history.taken)
    return (place for place in range(history.count) if place not in taken)
