"""Who looks after a new order in the CRM, as a pure function: a route's manager rules and an order in, a code out.

No Django here and no database; ``manager_rules.py`` loads the rules. The first rule that fits decides; several managers
of a rule take turns. A manager who was dismissed is passed over; when nobody is left, the route's default rule (the
last one without conditions) takes over, and staff are told.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.contract.canonical import Address, Order


@dataclass(frozen=True, slots=True)
class ManagerMapEntry:
    """A manager rule as data. An empty condition fits every order; amounts are in the order's currency, from included
    and to excluded. ``managers`` are codes of the CRM."""

    id: int
    managers: Sequence[str]
    name: str = ""
    category_ids: Collection[str] = ()
    brands: Collection[str] = ()
    store_views: Collection[str] = ()
    regions: Collection[str] = ()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None

    @property
    def is_default(self) -> bool:
        return not (self.category_ids or self.brands or self.store_views or self.regions or self._has_range)

    @property
    def _has_range(self) -> bool:
        return self.amount_from is not None or self.amount_to is not None


@dataclass(frozen=True, slots=True)
class ManagerSet:
    """A route's rules in their order. ``dismissed``: managers that the CRM's code book does not offer any more."""

    entries: Sequence[ManagerMapEntry] = ()
    dismissed: frozenset[str] = frozenset()

    @property
    def asks_for_products(self) -> bool:
        """Whether a rule is decided by what the products in an order are."""
        return any(entry.category_ids or entry.brands for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Choice:
    """``rule_id``: which rule gave the order away. ``warning`` is for staff."""

    manager: str = ""
    rule_id: int | None = None
    warning: str = ""


@dataclass(slots=True)
class Turns:
    """How many orders each rule has given away; goes on while a batch is translated."""

    given: dict[int, int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)

    def next(self, rule_id: int) -> int:
        turn = self.given.get(rule_id, 0) + self.taken.get(rule_id, 0)
        self.taken[rule_id] = self.taken.get(rule_id, 0) + 1
        return turn


def manager_for(rules: ManagerSet, order: Order, turns: Turns) -> Choice:
    """The manager of a new order; empty when no rule fits, and then the CRM's own default counts."""
    fitting = next((entry for entry in rules.entries if fits(entry, order)), None)
    if fitting is None:
        return Choice()
    manager = _in_turn(fitting, rules.dismissed, turns)
    if manager:
        return Choice(manager, fitting.id)
    default = next((entry for entry in reversed(rules.entries) if entry.is_default and entry.id != fitting.id), None)
    manager = _in_turn(default, rules.dismissed, turns) if default is not None else ""
    named = f"“{fitting.name}”" if fitting.name else f"with {', '.join(fitting.managers)}"
    taken = f"{manager} of the default rule was taken" if manager else "the CRM's own default was left to decide"
    warning = f"No manager of the rule {named} works in the CRM any more; {taken}. Correct the manager rules."
    return Choice(manager, default.id if default is not None and manager else None, warning)


def fits(entry: ManagerMapEntry, order: Order) -> bool:
    """Whether every condition of the rule holds. A category or brand holds when any line has it."""
    return (
        _any_of(entry.category_ids, (id for line in order.lines for id in line.category_ids))
        and _any_of(entry.brands, (line.brand for line in order.lines))
        and _any_of(entry.store_views, (order.store_view,))
        and _any_of(entry.regions, _regions(order))
        and (entry.amount_from is None or order.total >= entry.amount_from)
        and (entry.amount_to is None or order.total < entry.amount_to)
    )


def _any_of(wanted: Collection[str], present: Iterable[str]) -> bool:
    if not wanted:
        return True
    folded = {text.strip().casefold() for text in wanted}
    return any(text.strip().casefold() in folded for text in present if text)


def _regions(order: Order) -> Sequence[str]:
    """Where the order goes: region, its code, city, country and postcode of the first address."""
    place = _place(order)
    if place is None:
        return ()
    return (place.region, place.region_code, place.city, place.country, place.postcode)


def _place(order: Order) -> Address | None:
    shipped = [delivery.address for delivery in order.deliveries]
    shipped += [order.billing, order.customer.shipping if order.customer else None]
    return next((place for place in shipped if place is not None and not place.is_empty), None)


def _in_turn(entry: ManagerMapEntry, dismissed: frozenset[str], turns: Turns) -> str:
    """The next of those who still work there."""
    present = [manager for manager in entry.managers if manager not in dismissed]
    if not present:
        return ""
    return present[0] if len(present) == 1 else present[turns.next(entry.id) % len(present)]
