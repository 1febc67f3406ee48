"""A MODX shop on bad days: a night without the hub, refusals, removed orders, changed secrets, clocks that are off."""

from collections.abc import Sequence

import pytest
from django.utils import timezone

from connectors.minishop2.sandbox import SECRET
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import backfill
from integration_hub.records.models import Record

from .modx import CANCELLED, PACKED, PAID, SENT, ModxWorld, both
from .world import attempts, items, pump, run_backfill

NEW_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2hvcCwgbG9uZw=="
HELD_BACK = 500


def dead(flow: str) -> Sequence[tuple[str, str]]:
    return list(OutboxItem.objects.filter(flow=flow, state="dead").values_list("reason_code", "reason"))


@pytest.mark.any_database
def test_night_without_the_hub_ends_with_every_order_in_the_crm_once(modx: ModxWorld) -> None:
    """Five hundred orders waited in the shop; they come in one burst, and each of them twice."""
    modx.desk("sleep", asleep=True)
    placed = modx.shop(HELD_BACK)
    assert modx.desk("state")["outbox"]["pending"] >= HELD_BACK

    modx.desk("sleep", asleep=False)
    assert modx.store_box.wait_until_quiet(60)
    calls = modx.mailbox.take()
    answers = modx.mailbox.deliver([*calls, *calls])
    pump(60)

    assert set(answers) == {200}
    assert modx.crm_orders().keys() == {str(row["id"]) for row in placed}
    assert modx.desk("state")["outbox"] == {"pending": 0, "oldest": None, "failed": 0}
    assert items(flow="orders") == {("orders", "done"): HELD_BACK}


def test_status_that_the_shop_forbids_is_told_in_its_words_and_not_tried_again(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("set_status", order=row["id"], status=CANCELLED)
    modx.tell()
    assert both(modx, row["id"]) == (CANCELLED, "cancel-other")

    modx.set_crm_status(row["id"], "complete")
    modx.sync()
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert code == "refused"
    assert "The status “Cancelled” is final and cannot be changed" in reason
    assert modx.store_orders()[str(row["id"])]["status"] == CANCELLED
    assert attempts(flow="statuses") == {("statuses", "refused"): 1}


def test_status_that_would_go_back_is_refused(modx: ModxWorld) -> None:
    modx.map("status", "1", "client-confirmed", direction="to_store", is_way_back=True)
    [row] = modx.bought()
    modx.desk("set_status", order=row["id"], status=PAID)
    modx.tell()

    modx.set_crm_status(row["id"], "client-confirmed")
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert (code, "cannot go back to “New”" in reason) == ("refused", True)


def test_status_for_an_order_that_the_shop_has_removed_is_a_dead_letter(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("sleep", asleep=True)
    modx.desk("remove", order=row["id"])

    modx.set_crm_status(row["id"], "delivering")
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert code == "not_found"
    assert "no longer in the shop" in reason


def test_removed_order_is_noted_and_stays_in_the_crm(modx: ModxWorld) -> None:
    [row] = modx.bought()

    modx.desk("remove", order=row["id"])
    modx.tell()

    assert Record.objects.get(kind="order", object_id=str(row["id"])).is_gone
    assert modx.crm_orders().keys() == {str(row["id"])}


def test_order_that_staff_moved_meanwhile_is_looked_at_before_the_crms_status_is_set(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("sleep", asleep=True)
    modx.desk("set_status", order=row["id"], status=PACKED)

    modx.set_crm_status(row["id"], "send-to-delivery")
    modx.poll("changes")
    pump()
    OutboxItem.objects.filter(state="waiting").update(due_at=timezone.now())
    pump()

    assert modx.store_orders()[str(row["id"])]["status"] == SENT
    assert attempts(flow="statuses") == {("statuses", "retry"): 1, ("statuses", "written"): 1}


def test_drafts_are_never_seen(modx: ModxWorld) -> None:
    modx.desk("draft", any=1)
    [row] = modx.bought()

    modx.sync()
    run_backfill(backfill.start(modx.route, "orders"))

    assert modx.desk("state")["drafts"] == 1
    assert modx.crm_orders().keys() == {str(row["id"])}


def test_secret_that_is_changed_loses_nothing(modx: ModxWorld) -> None:
    """The plug-in still signs with the old one when the hub has the new one."""
    modx.store.secrets = {"signing_secret": NEW_SECRET, "previous_signing_secret": SECRET}
    modx.store.save()
    placed = modx.bought(2)

    modx.desk("plugin", secrets=[NEW_SECRET])
    modx.store.secrets = {"signing_secret": NEW_SECRET}
    modx.store.save()
    placed += modx.bought(2)

    assert modx.crm_orders().keys() == {str(row["id"]) for row in placed}


def test_plug_in_that_is_newer_than_the_hub_is_told_with_what_to_do(modx: ModxWorld) -> None:
    modx.desk("plugin", protocol=2)
    modx.shop(1)

    modx.tell()

    reasons = InboxEvent.objects.filter(topic="order.created").values_list("state", "reason")
    assert [(state, "update the hub" in reason) for state, reason in reasons] == [("failed", True)]


def test_clock_that_is_off_keeps_the_shop_out_until_it_is_set_right(modx: ModxWorld) -> None:
    modx.desk("plugin", clock_offset_seconds=900)
    [row] = modx.shop(1)
    assert set(modx.tell()) == {401}
    assert modx.crm_orders() == {}

    modx.desk("plugin", clock_offset_seconds=0)
    modx.poll("orders")
    pump()

    assert modx.crm_orders().keys() == {str(row["id"])}
