"""Manager rules in the database: what the flows call, with the number of queries it costs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef

from connectors.contract.canonical import Order

from .managers import Choice, ManagerMapEntry, ManagerSet, Turns, manager_for
from .models import BookEntry, ManagerRule

MANAGER = "manager"
"""Kind of the code book that holds a CRM's managers."""


@dataclass(slots=True)
class Managers:
    """The manager rules of the routes of one batch."""

    sets: Mapping[int, ManagerSet] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)

    def choose(self, route_id: int, order: Order) -> Choice:
        """Who gets a new order; empty when no rule fits."""
        rules = self.sets.get(route_id)
        return manager_for(rules, order, self.turns) if rules is not None else Choice()

    def asks_for_products(self, route_id: int) -> bool:
        """Whether the categories and brands of the lines decide who gets an order of that route."""
        rules = self.sets.get(route_id)
        return rules is not None and rules.asks_for_products

    def keep_turns(self) -> None:
        """The next batch goes on where this one stopped. A query for each rule with several managers that was used."""
        for rule_id, count in sorted(self.turns.taken.items()):
            ManagerRule.objects.filter(pk=rule_id).update(turn=F("turn") + count)
        self.turns.taken.clear()


def managers_of(crm_ids: Mapping[int, int]) -> Managers:
    """The rules of those routes (route id -> CRM connection). One query, and one more when there are any."""
    rules = list(ManagerRule.objects.filter(route_id__in=crm_ids).order_by("ordering", "id"))
    if not rules:
        return Managers()
    dismissed = _dismissed({crm_ids[rule.route_id] for rule in rules})
    sets = {
        route_id: ManagerSet(
            [_entry(rule) for rule in rules if rule.route_id == route_id], dismissed.get(crm_ids[route_id], frozenset())
        )
        for route_id in {rule.route_id for rule in rules}
    }
    return Managers(sets, Turns(given={rule.pk: rule.turn for rule in rules}))


def asks_for_products() -> Exists:
    """For a query of routes: whether a manager rule by category or brand makes the store's products needed."""
    return Exists(ManagerRule.objects.filter(route=OuterRef("pk")).exclude(category_ids=[], brands=[]))


def _dismissed(crm_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Managers whom the book once had. A code that the book never had is taken as it is: staff may have typed it."""
    gone: dict[int, set[str]] = {}
    entries = BookEntry.objects.filter(connection_id__in=crm_ids, kind=MANAGER, is_active=False)
    for crm_id, code in entries.values_list("connection_id", "code"):
        gone.setdefault(crm_id, set()).add(code)
    return {crm_id: frozenset(codes) for crm_id, codes in gone.items()}


def _entry(rule: ManagerRule) -> ManagerMapEntry:
    return ManagerMapEntry(
        id=rule.pk,
        managers=tuple(str(each) for each in rule.managers),
        name=rule.name,
        category_ids=tuple(rule.category_ids),
        brands=tuple(rule.brands),
        store_views=tuple(rule.store_views),
        regions=tuple(rule.regions),
        amount_from=rule.amount_from,
        amount_to=rule.amount_to,
    )
