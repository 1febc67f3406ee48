"""Codes that staff have not mapped."""

from integration_hub.demo.mapping import add_rule
from integration_hub.engine.models import OutboxItem

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_least, exactly
from ..world import World

UNMAPPED = ("payment", "crypto_pay", "e-money")


def unmapped(world: World, orders: int) -> Findings:
    """Some orders bear a code without a rule; later the rule is saved."""
    acts.connect_doors(world)
    acts.warm_up(world, **acts.REGULARS)
    there = acts.crm_state(world)["orders"]
    acts.shop(world, orders, unmapped_share=0.1, unmapped_kind="payment", unmapped_code="crypto_pay", **acts.REGULARS)
    acts.settle(world)
    parked = OutboxItem.objects.filter(state=OutboxItem.State.PARKED).count()
    delivered = acts.crm_state(world)["orders"] - there
    add_rule(world.route, *UNMAPPED)
    world.wait("the parked orders", lambda: acts.crm_state(world)["orders"] >= there + orders, 60)
    acts.settle(world)
    left = OutboxItem.objects.filter(state=OutboxItem.State.PARKED).count()
    return findings(
        world,
        {
            "parked": at_least(1, parked),
            "others held up": exactly(0, orders - parked - delivered),
            "parked after the rule was saved": exactly(0, left),
        },
        dead=0,
    )


ROWS = (
    Row(
        "F23",
        "Codes without a rule",
        unmapped,
        orders=2_000,
        passes_when="parked; released by saving the rule; the others go on",
    ),
)
