"""Webhooks that the other side switched off or lost are noticed, told, and made anew when that is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.contract.errors import Retryable
from connectors.contract.results import Subscription
from integration_hub.connections.models import Connection
from integration_hub.flows import webhooks
from tests.web import factories as make

pytestmark = pytest.mark.django_db

ADDRESS = "https://hub.example.com/hooks/t/"


@dataclass(slots=True)
class Shop:
    """A webhook manager over a table of states."""

    states: dict[str, str]
    ensured: int = 0
    refuses: bool = False
    asked: list[str] = field(default_factory=list)

    def check(self, address: str) -> Sequence[Subscription]:
        self.asked.append(address)
        return [Subscription(topic, state) for topic, state in self.states.items()]

    def ensure(self, address: str) -> Sequence[Subscription]:
        if self.refuses:
            raise Retryable("The shop does not answer.", code="no_answer")
        self.ensured += 1
        self.states = dict.fromkeys(self.states, "active")
        return self.check(address)


def look(connection: Connection, shop: Shop) -> bool:
    return webhooks.look_after(connection, shop, ADDRESS)


def kept(connection: Connection) -> webhooks.Kept:
    connection.refresh_from_db()
    return webhooks.kept(connection.verify_report)


@pytest.fixture
def store() -> Connection:
    """Its webhooks worked when they were looked at last."""
    connection = make.store(verify_report={"passed": True})
    look(connection, Shop({"order.created": "active", "order.updated": "active"}))
    return connection


@pytest.mark.parametrize("state", ["disabled", "missing"])
def test_lost_webhook_is_made_anew_and_told(store: Connection, state: str) -> None:
    shop = Shop({"order.created": "active", "order.updated": state})

    was_lost = look(store, shop)

    found = kept(store)
    assert (was_lost, shop.ensured) == (True, 1)
    assert (list(found.lost), found.repair) == (["order.updated"], "done")
    assert [row["state"] for row in found.rows] == ["active", "active"]
    assert store.verify_report["passed"] is True


def test_next_look_finds_all_well(store: Connection) -> None:
    shop = Shop({"order.created": "disabled"})
    look(store, shop)

    was_lost = look(store, shop)

    assert (was_lost, shop.ensured) == (False, 1)
    assert (list(kept(store).lost), kept(store).repair) == ([], "")


def test_without_leave_nothing_is_changed_over_there(store: Connection) -> None:
    Connection.objects.filter(pk=store.pk).update(repairs_webhooks=False)
    store.refresh_from_db()
    shop = Shop({"order.created": "disabled"})

    look(store, shop)

    assert shop.ensured == 0
    assert (list(kept(store).lost), kept(store).repair) == (["order.created"], "not_allowed")


def test_lost_webhook_stays_lost_until_it_works_again(store: Connection) -> None:
    Connection.objects.filter(pk=store.pk).update(repairs_webhooks=False)
    store.refresh_from_db()

    for _number in range(2):
        look(store, Shop({"order.created": "missing"}))

    assert list(kept(store).lost) == ["order.created"]


def test_repair_that_fails_is_told_and_raised(store: Connection) -> None:
    with pytest.raises(Retryable):
        look(store, Shop({"order.created": "disabled"}, refuses=True))

    assert (list(kept(store).lost), kept(store).repair) == (["order.created"], "failed")


def test_webhook_that_never_worked_is_not_lost() -> None:
    store = make.store()
    shop = Shop({"order.created": "missing", "order.updated": "missing"})

    was_lost = look(store, shop)

    assert (was_lost, shop.ensured, list(kept(store).lost)) == (False, 0, [])


def test_webhook_that_points_elsewhere_is_told_and_never_moved_by_itself(store: Connection) -> None:
    """The shop may belong to another hub now: this one may be a copy of it."""
    shop = Shop({"order.created": "wrong_address", "order.updated": "disabled"})

    look(store, shop)

    assert shop.ensured == 0
    assert list(kept(store).lost) == ["order.created", "order.updated"]


@pytest.mark.parametrize("report", [{}, {"webhooks": None}, {"webhooks": {"at": "", "rows": []}}])
def test_report_without_webhooks_is_empty(report: dict[str, Any]) -> None:
    assert list(webhooks.kept(report).lost) == []
