"""A limit of one method holds the objects that need it; a limit of the whole account holds the lane."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from connectors.contract.errors import MethodLimited, RateLimited
from connectors.contract.results import NotWritten, OrderDraft, Outcome
from integration_hub.engine.models import Lane, OutboxItem

from . import fake
from .world import World, pump


def limited(error: RateLimited) -> fake.Behaviour:
    """The first order of a batch meets the limit."""

    def put(drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
        return [NotWritten(error), *fake.write_all(drafts[1:])]

    return put


@pytest.mark.parametrize(("kind", "sleeps"), [(MethodLimited, False), (RateLimited, True)])
def test_only_a_limit_of_the_account_sends_the_lane_to_sleep(
    kind: type[RateLimited], sleeps: bool, world: World, fake_crm: fake.Sink
) -> None:
    fake_crm.behaviour = limited(kind("No time left.", code="limit", retry_after=timedelta(minutes=1)))
    world.shop(3)

    world.poll("orders")
    pump()

    lane = Lane.objects.get(flow="orders")
    [held] = OutboxItem.objects.filter(flow="orders", state="waiting")
    assert (lane.sleeps_until is not None) == sleeps
    assert (held.reason_code, held.tries) == ("limit", 0)
    assert OutboxItem.objects.filter(flow="orders", state="done").count() == 2
