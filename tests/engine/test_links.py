"""The same object's ids on all sides."""

import uuid

import pytest

from integration_hub.connections.models import Connection
from integration_hub.engine import links
from integration_hub.engine.links import Joint, Side
from integration_hub.engine.models import Link

from .rows import crm, race, store


@pytest.fixture
def shop(db: None) -> Connection:
    return store()


@pytest.fixture
def target(db: None) -> Connection:
    return crm()


def side(connection: Connection, object_id: str, kind: str = "order") -> Side:
    return (connection.pk, kind, object_id)


def target_of(connection: Connection, object_id: str, other: Connection, kind: str = "order") -> str:
    """The id that this object has in the other system; empty when none is known."""
    sides = links.sides(connection.pk, kind, [object_id])
    found = links.counterparts(sides.values(), other.pk)
    link = found.get(sides[object_id].group) if object_id in sides else None
    return link.object_id if link is not None else ""


def test_joined_sides_find_each_other_in_both_directions(shop: Connection, target: Connection) -> None:
    links.join([Joint(side(shop, "1001"), side(target, "5001"), right_url="https://crm.example/5001")])

    assert target_of(shop, "1001", target) == "5001"
    assert target_of(target, "5001", shop) == "1001"
    assert Link.objects.get(object_id="5001").url == "https://crm.example/5001"


def test_joining_again_changes_nothing(shop: Connection, target: Connection) -> None:
    joint = Joint(side(shop, "1001"), side(target, "5001"), right_url="https://crm.example/5001")
    links.join([joint])
    groups = set(Link.objects.values_list("group", flat=True))

    links.join([joint, joint])
    links.join([Joint(side(shop, "1001"), side(target, "5001"))])

    assert Link.objects.count() == 2
    assert set(Link.objects.values_list("group", flat=True)) == groups
    assert Link.objects.get(object_id="5001").url == "https://crm.example/5001"


def test_same_id_of_another_kind_or_connection_is_another_object(shop: Connection, target: Connection) -> None:
    links.join([Joint(side(shop, "7"), side(target, "70"))])
    links.join([Joint(side(shop, "7", "customer"), side(target, "71", "customer"))])

    assert target_of(shop, "7", target) == "70"
    assert target_of(shop, "7", target, "customer") == "71"
    assert target_of(store("Other"), "7", target) == ""


def test_marks_of_other_aspects_survive(shop: Connection, target: Connection) -> None:
    links.join([Joint(side(shop, "1"), side(target, "2"), left_aspects={"a": {"seen": "x"}})])

    links.join([Joint(side(shop, "1"), side(target, "2"), left_aspects={"b": {"written": "y"}})])

    assert Link.objects.get(object_id="1").aspects == {"a": {"seen": "x"}, "b": {"written": "y"}}


def test_one_store_and_two_crms_are_one_group_with_one_target_each(shop: Connection, target: Connection) -> None:
    second = crm("Second CRM")

    links.join([Joint(side(shop, "1001"), side(target, "5001"))])
    links.join([Joint(side(shop, "1001"), side(second, "9001"))])

    assert (target_of(shop, "1001", target), target_of(shop, "1001", second)) == ("5001", "9001")
    assert Link.objects.values("group").distinct().count() == 1


def test_two_stores_share_one_customer(shop: Connection, target: Connection) -> None:
    outlet = store("Outlet")

    links.join([Joint(side(shop, "12", "customer"), side(target, "2001", "customer"))])
    links.join([Joint(side(outlet, "email:a@example.com", "customer"), side(target, "2001", "customer"))])

    assert target_of(shop, "12", target, "customer") == "2001"
    assert target_of(outlet, "email:a@example.com", target, "customer") == "2001"


def test_merging_two_groups_keeps_what_each_was_linked_to_elsewhere(shop: Connection, target: Connection) -> None:
    """The outlet's customer is in the second CRM; now the first CRM finds that he is the shop's customer."""
    outlet, second = store("Outlet"), crm("Second CRM")
    links.join([Joint(side(shop, "12", "customer"), side(target, "2001", "customer"))])
    links.join([Joint(side(outlet, "77", "customer"), side(second, "900", "customer"))])

    links.join([Joint(side(outlet, "77", "customer"), side(target, "2001", "customer"))])

    assert target_of(outlet, "77", target, "customer") == "2001"
    assert target_of(outlet, "77", second, "customer") == "900"
    assert target_of(shop, "12", target, "customer") == "2001"
    assert Link.objects.values("group").distinct().count() == 1


def test_customer_who_was_merged_over_there_follows_to_the_new_record(shop: Connection, target: Connection) -> None:
    second = crm("Second CRM")
    links.join([Joint(side(shop, "12", "customer"), side(target, "2001", "customer"))])
    links.join([Joint(side(shop, "12", "customer"), side(second, "900", "customer"))])
    links.join([Joint(side(shop, "13", "customer"), side(target, "2002", "customer"))])

    links.join([Joint(side(shop, "12", "customer"), side(target, "2002", "customer"))])

    assert target_of(shop, "12", target, "customer") == "2002"
    assert target_of(shop, "12", second, "customer") == "900"
    assert target_of(shop, "13", target, "customer") == "2002"


def test_nothing_to_join_or_find_is_nothing(shop: Connection) -> None:
    links.join([])

    assert links.sides(shop.pk, "order", []) == {}
    assert links.counterparts([], shop.pk) == {}


@pytest.mark.django_db(transaction=True)
def test_racing_batches_that_link_the_same_customers_agree() -> None:
    """Orders of a live lane and a backfill lane name the same customers, in different order, for the first time."""
    shop, target = store(), crm()

    def act(place: int) -> None:
        people = [str(number) for number in range(10)]
        for turn in range(3):
            order = [f"{place}-{turn}", f"5{place}-{turn}"]
            joints = [Joint(side(shop, order[0]), side(target, order[1]))]
            joints += [
                Joint(side(shop, each, "customer"), side(target, f"2{each}", "customer"), left_aspects={"n": place})
                for each in (people if place % 2 else people[::-1])
            ]
            links.join(joints)

    race(8, act)

    assert Link.objects.filter(kind="customer").count() == 20
    assert all(target_of(shop, str(each), target, "customer") == f"2{each}" for each in range(10))
    assert Link.objects.filter(kind="order").count() == 48
    assert isinstance(Link.objects.filter(kind="order").first().group, uuid.UUID)  # type: ignore[union-attr]  # 48
