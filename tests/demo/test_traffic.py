"""What managers do in the demo."""

import pytest

from connectors.retailcrm.sandbox import make as make_crm
from integration_hub.connections.models import Connection
from integration_hub.demo.desk import Desk
from integration_hub.demo.shop import Demo
from integration_hub.demo.traffic import ON_THE_WAY, work_in_crm


class CrmDesk:
    """A CRM whose managers' moves are kept."""

    kind = "retailcrm"

    def __init__(self, *statuses: str) -> None:
        self.orders = [
            {"id": number, "externalId": str(number), "status": each} for number, each in enumerate(statuses)
        ]
        self.moves: list[tuple[str, str]] = []

    def get(self, _name: str) -> list[dict[str, object]]:
        return self.orders

    def post(self, _name: str, body: dict[str, object]) -> None:
        [order] = [order for order in self.orders if order["id"] == body["id"]]
        self.moves.append((str(order["status"]), str(body["status"])))


@pytest.mark.parametrize("seed", range(5))
def test_managers_move_orders_on_and_leave_ended_ones_alone(seed: int) -> None:
    desk = CrmDesk("new", "send-to-delivery", "delivering", "complete", "return", "cancel-other")
    demo = Demo([], desk, Connection())  # type: ignore[arg-type]  # plays a desk

    work_in_crm(demo, seed=seed)

    order = ("new", "send-to-delivery", "delivering", "complete")
    assert {old for old, _new in desk.moves} == {"new", "send-to-delivery", "delivering"}
    assert all(order.index(old) < order.index(new) for old, new in desk.moves)


def test_managers_move_orders_in_the_stand_in_that_the_demo_starts() -> None:
    with make_crm() as crm:
        desk = Desk("retailcrm", crm.url)
        for _number in range(3):
            desk.post("create_order", {"fields": {}})
        demo = Demo([], desk, Connection())

        work_in_crm(demo)

        moved = [row["status"] for row in desk.get("orders")]
    assert len(moved) == 3
    assert set(moved) <= set(ON_THE_WAY)
