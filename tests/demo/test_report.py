"""The demo's figures, pair by pair, from what the stand-ins hold. Only the stand-ins are played here."""

from collections.abc import Mapping
from typing import Any

import pytest

from integration_hub.connections.models import Connection, Route
from integration_hub.demo.mapping import BY_CRM, Rules
from integration_hub.demo.report import Report, count
from integration_hub.demo.shop import Demo, DemoCrm, DemoStore

pytestmark = pytest.mark.django_db


class PlayedDesk:
    """Answers each question with what the test put in."""

    def __init__(self, kind: str, answers: Mapping[str, Any]) -> None:
        self.kind = kind
        self._answers = answers

    def get(self, name: str) -> Any:
        return self._answers[name]


def store(crm: Connection, kind: str, prefix: str, **answers: Any) -> DemoStore:
    connection = Connection.objects.create(kind=kind, role="store", name=kind, settings={}, secrets={})
    route = Route.objects.create(name=f"{kind} → CRM", store=connection, crm=crm, id_prefix=prefix)
    return DemoStore(PlayedDesk(kind, answers), connection, route)  # type: ignore[arg-type]  # plays a desk


def write(call: str, order: str, status: str, at: str = "2026-01-15T10:00:01+00:00") -> dict[str, str]:
    return {"call": call, "order": order, "status": status, "at": at}


def crm_order(external_id: str, status: str) -> dict[str, str]:
    return {"externalId": external_id, "status": status, "site": "main"}


def counted(crm_orders: list[dict[str, str]]) -> Report:
    crm = Connection.objects.create(kind="retailcrm", role="crm", name="CRM", settings={}, secrets={})
    first_at = 1_768_471_200.0  # 2026-01-15 10:00:00 UTC
    modx = store(
        crm, "minishop2", "",
        **{
            "orders": [{"id": 1001, "status": 3}, {"id": 1002, "status": 1}],
            "status_writes?by=api": [{"order": 1001}],
            "deliveries?topic=order.created": [{"id": "1001", "at": first_at}],
        },
    )  # fmt: skip
    shop = store(
        crm, "woocommerce", "shop-",
        **{
            "orders": [{"id": 1001, "status": "processing"}],
            "status_writes?by=rest": [],
            "deliveries?topic=order.created": [],
        },
    )  # fmt: skip
    writes = [
        write("orders/create", "1001", "new"),
        write("orders/edit", "1001", "delivering"),
        write("orders/create", "shop-1001", "assembling"),
    ]
    state = {"customers": 2, "payments": 3, "total_calls": 6}
    desk = PlayedDesk("retailcrm", {"orders": crm_orders, "state": state, "writes": writes})
    return count(Demo([modx, shop], desk, crm), parked=1, released=1, seconds=1.0)  # type: ignore[arg-type]  # as above


WHOLE = [crm_order("1001", "delivering"), crm_order("1002", "new"), crm_order("shop-1001", "assembling")]


def test_modx_is_the_first_pair_and_the_sums_are_those_of_all() -> None:
    report = counted(WHOLE)

    assert [pair.store_kind for pair in report.pairs] == ["minishop2", "woocommerce"]
    first = report.pairs[0]
    assert (first.orders_sent, first.orders_in_crm, first.statuses_to_crm, first.statuses_to_store) == (2, 2, 1, 1)
    assert first.time_to_reflect_ms == {"p50": 1000, "p95": 1000}
    assert (report.orders_sent, report.orders_in_crm, report.statuses_to_crm, report.statuses_to_store) == (3, 3, 1, 1)
    assert report.is_proven


def test_order_that_is_missing_is_lost_in_its_own_pair() -> None:
    report = counted(WHOLE[1:])

    assert [pair.orders_lost for pair in report.pairs] == [1, 0]
    assert (report.orders_lost, report.wrong, report.is_proven) == (1, ["not in the CRM: 1001"], False)


def test_order_that_is_there_twice_is_doubled_in_its_own_pair() -> None:
    report = counted([*WHOLE, crm_order("shop-1001", "assembling")])

    assert [pair.orders_duplicated for pair in report.pairs] == [0, 1]
    assert (report.orders_duplicated, report.is_proven) == (1, False)


def test_status_that_differs_is_told() -> None:
    report = counted([crm_order("1001", "new"), *WHOLE[1:]])

    assert [pair.statuses_disagreeing for pair in report.pairs] == [1, 0]
    assert (report.wrong, report.is_proven) == (["1001: 3 / new"], False)


def test_same_number_in_two_shops_is_two_orders() -> None:
    report = counted(WHOLE)

    assert [pair.orders_in_crm for pair in report.pairs] == [2, 1]


def deal(manager: int, *, total: float = 20.0, stage: str = "C9:EXECUTING") -> dict[str, Any]:
    return {"externalId": "1001", "status": stage, "assignedById": manager, "opportunity": total}


def deal_write(call: str, stage: str, user: int, entity: str = "DEAL") -> dict[str, Any]:
    facts = {"entity": entity, "externalId": "1001", "status": stage, "at": "2026-01-15T10:00:01+00:00"}
    return {"call": call, **facts} | ({"user": user} if call == "crm.item.update" else {})


def counted_deals(deals: list[dict[str, Any]], writes: list[dict[str, Any]], category: int = 16) -> Report:
    """A demo of one pair, with a CRM that has managers."""
    crm = Connection.objects.create(kind="bitrix24", role="crm", name="Portal", settings={}, secrets={})
    shop = store(
        crm, "woocommerce", "",
        **{
            "orders": [{"id": 1001, "status": "processing", "categories": [category]}],
            "status_writes?by=rest": [{"id": 1001}],
            "deliveries?topic=order.created": [],
        },
    )  # fmt: skip
    state = {"customers": 1, "total_calls": 4}
    portal = PlayedDesk("bitrix24", {"orders": deals, "state": state, "writes": writes})
    empty = PlayedDesk("retailcrm", {"orders": [], "state": {"customers": 0, "total_calls": 0}, "writes": []})
    demo = Demo([], empty, crm, [DemoCrm(portal, crm, [shop])])  # type: ignore[arg-type]  # as above
    return count(demo, parked=1, released=1, seconds=1.0)


DEAL_WRITES = [deal_write("crm.item.add", "C9:NEW", 1), deal_write("crm.item.update", "C9:EXECUTING", 1)]


def test_deals_are_counted_with_their_managers() -> None:
    report = counted_deals([deal(11)], [deal_write("crm.item.add", "", 1, "CONTACT"), *DEAL_WRITES])

    [pair] = report.pairs
    assert (pair.crm_kind, pair.orders_in_crm, pair.statuses_to_crm, pair.managers_assigned) == ("bitrix24", 1, 1, 1)
    assert (report.orders_in_crm, report.customers_in_crm, report.crm_calls, report.is_proven) == (1, 1, 4, True)


@pytest.mark.parametrize("wrong", [deal(13), deal(1), deal(11, total=100.0)])
def test_deal_of_somebody_else_than_the_rule_says_is_not_proven(wrong: dict[str, Any]) -> None:
    report = counted_deals([wrong], DEAL_WRITES)

    assert (report.pairs[0].managers_assigned, report.is_proven) == (0, False)


@pytest.mark.parametrize(("manager", "assigned"), [(13, 1), (11, 0)])
def test_deal_of_another_category_belongs_to_the_chief(manager: int, assigned: int) -> None:
    report = counted_deals([deal(manager)], DEAL_WRITES, category=15)

    assert (report.pairs[0].managers_assigned, report.is_proven) == (assigned, bool(assigned))


def test_moves_by_managers_are_not_the_hubs_writes() -> None:
    by_hand = [deal_write("crm.item.add", "C9:NEW", 1), deal_write("crm.item.update", "C9:EXECUTING", 11)]

    report = counted_deals([deal(11)], by_hand)

    assert (report.pairs[0].statuses_to_crm, report.is_proven) == (0, False)


def test_deal_without_our_id_and_a_second_one_are_doubles() -> None:
    report = counted_deals([deal(11), deal(12), deal(11) | {"externalId": None}], DEAL_WRITES)

    assert report.orders_duplicated == 2


@pytest.mark.parametrize(
    "rules", [pytest.param(each, id=f"{crm}-{kind}") for crm, of in BY_CRM.items() for kind, each in of.items()]
)
def test_every_status_of_a_shop_has_a_rule_that_leads_back(rules: Rules) -> None:
    assert all(rules.agree(store_code, crm_code) for store_code, crm_code in rules.books["status"].items())
    assert all(rules.agree(store_code, crm_code) for crm_code, store_code in rules.statuses_back.items())
