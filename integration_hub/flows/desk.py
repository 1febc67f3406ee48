"""What the translators of one batch share: routes, rules, and the shape of what they hand to delivery."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import Unmapped
from connectors.contract.results import Written
from integration_hub.connections.models import Route
from integration_hub.engine import echo
from integration_hub.engine.links import Joint
from integration_hub.engine.models import Attempt, Lane, OutboxItem
from integration_hub.engine.outbox import Settlement
from mappings.manager_rules import Managers, managers_of
from mappings.resolve import RuleSet
from mappings.rules import blocked_key, load_rules, note_seen, optional_kinds

State = OutboxItem.State
Outcomes = Attempt.Outcome


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed item, translated and ready to be sent. ``note`` is told to staff with what the target says.

    ``joints`` turns what the target answered into links; ``translation`` is shown in the timeline: store code and
    target code side by side, no personal data.
    """

    item: OutboxItem
    route: Route
    draft: Any
    translation: Mapping[str, Any]
    joints: Callable[[Written], Sequence[Joint]]
    is_status_write: bool = False
    note: str = ""
    crm_mark: echo.Mark | None = None
    """Of an order on its way to a CRM: what was known of its status there when this was prepared."""


@dataclass(slots=True)
class Desk:
    """Routes and rules, read once per batch: a rule that staff save counts from the next batch on."""

    routes: dict[int, Route] = field(default_factory=dict)
    rules: dict[int, RuleSet] = field(default_factory=dict)
    is_backfill: bool = False
    managers: Managers = field(default_factory=Managers)
    is_for_sending: bool = False
    """False for a preview: then nothing is counted."""

    def route_of(self, item: OutboxItem) -> Route:
        return self.routes[item.route_id]

    def rules_of(self, item: OutboxItem) -> RuleSet:
        return self.rules[item.route_id]


def rules_of(route: Route) -> RuleSet:
    """All rules of a route as they are now."""
    return load_rules(route.pk, optional=optional_kinds(route))


def desk_for(items: Sequence[OutboxItem]) -> Desk:
    route_ids = {item.route_id for item in items}
    routes = Route.objects.select_related("store", "crm").in_bulk(route_ids)
    is_backfill = Lane.objects.filter(pk__in={item.lane_id for item in items}, is_backfill=True).exists()
    rules = {route_id: rules_of(route) for route_id, route in routes.items()}
    managers = managers_of({route_id: route.crm_id for route_id, route in routes.items()})
    return Desk(routes, rules, is_backfill, managers, is_for_sending=True)


def parked(item: OutboxItem, direction: str, problem: Unmapped, families: Sequence[str] = ()) -> Settlement:
    """The item waits for a rule; the code is on the to-do list of the mappings."""
    side = "store" if direction == "to_crm" else "crm"
    note_seen(item.route_id, side, [(problem.kind, problem.value, problem.label)], even_if_recent=True)
    return Settlement(
        item=item,
        state=State.PARKED,
        outcome=Outcomes.PARKED,
        message=problem.message,
        code=problem.code,
        blocked_on=blocked_key(direction, problem, families),
        counts_as_try=False,
        is_outcome_unknown=item.is_outcome_unknown,
    )


def skipped(item: OutboxItem, reason: str, translation: Mapping[str, Any] | None = None) -> Settlement:
    """Nothing is sent, on purpose; the reason stands in the log."""
    return Settlement(
        item=item,
        state=State.SKIPPED,
        outcome=Outcomes.SKIPPED,
        message=reason,
        code="skipped",
        translation=translation or {},
    )


def dry_run(prepared: Prepared) -> Settlement:
    return Settlement(
        item=prepared.item,
        state=State.SKIPPED,
        outcome=Outcomes.DRY_RUN,
        message="Dry run: translated, not sent.",
        code="dry_run",
        translation=prepared.translation,
    )


def dead(item: OutboxItem, message: str, code: str) -> Settlement:
    return Settlement(
        item=item,
        state=State.DEAD,
        outcome=Outcomes.REFUSED,
        message=message,
        code=code,
        is_outcome_unknown=item.is_outcome_unknown,
    )


Preparation = Prepared | Settlement
