"""Who is just being made in an outside system, and by which lane."""

import pytest

from integration_hub.connections.models import Connection
from integration_hub.engine import claims, lanes
from integration_hub.engine.models import Claim, Lane

from .rows import crm, race


@pytest.fixture
def target(db: None) -> Connection:
    return crm()


def working(target: Connection, flow: str, owner: str) -> Lane:
    lane = lanes.outbound_lane(target.pk, flow)
    assert lanes.take(lane.pk, owner)
    return lane


def test_what_one_lane_has_claimed_another_does_not_get(target: Connection) -> None:
    working(target, "orders", "first")
    working(target, "customers", "second")

    first = claims.take(target.pk, {"ann", "bob"}, "first")
    second = claims.take(target.pk, {"bob", "eve"}, "second")

    assert (first, second) == ({"ann", "bob"}, {"eve"})


def test_same_lane_may_ask_again(target: Connection) -> None:
    working(target, "orders", "first")
    claims.take(target.pk, {"ann"}, "first")

    assert claims.take(target.pk, {"ann"}, "first") == {"ann"}


def test_what_was_released_is_free(target: Connection) -> None:
    working(target, "orders", "first")
    claims.take(target.pk, {"ann"}, "first")

    claims.release("first")

    assert claims.take(target.pk, {"ann"}, "second") == {"ann"}


def test_claim_of_a_worker_without_a_lane_counts_for_nothing(target: Connection) -> None:
    lane = working(target, "orders", "lost")
    claims.take(target.pk, {"ann"}, "lost")
    lanes.release(lane.pk, "lost")

    taken = claims.take(target.pk, {"ann"}, "second")

    assert taken == {"ann"}
    assert list(Claim.objects.values_list("owner", flat=True)) == ["second"]


def test_people_of_another_system_are_other_people(target: Connection) -> None:
    working(target, "orders", "first")
    claims.take(target.pk, {"ann"}, "first")

    assert claims.take(crm(name="Another").pk, {"ann"}, "second") == {"ann"}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_each() -> None:
    target = crm()
    owners = [f"owner-{number}" for number in range(4)]
    for number, owner in enumerate(owners):
        working(target, f"flow{number}", owner)
    keys = {"ann", "bob", "eve"}

    taken = race(len(owners), lambda place: claims.take(target.pk, keys, owners[place]))

    assert sorted(key for got in taken for key in got) == sorted(keys)
