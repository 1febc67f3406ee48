"""A shop switches its webhooks off: the hub notices, makes them anew, says so, and says when they work again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from integration_hub.connections.models import Connection
from integration_hub.watch.ledger import HEALED_AFTER
from integration_hub.watch.models import Incident, Lookout
from integration_hub.watch.rounds import go_round

from .world import World


def switch_off(world: World) -> None:
    with world.store_box.lock:
        for hook in world.store_box.dispatcher.webhooks.values():
            hook.status = "disabled"


def active(world: World) -> int:
    with world.store_box.lock:
        return sum(hook.status == "active" for hook in world.store_box.dispatcher.webhooks.values())


def next_round() -> None:
    Lookout.objects.update(not_before=timezone.now())
    assert go_round()


@pytest.fixture
def shop(world: World, settings: Any) -> World:
    """Its webhooks work, and the hub has seen it."""
    settings.HUB_ALERT_EMAILS = ["ann@example.com"]
    world.connect_doors()
    assert world.store_box.dispatcher.wait_until_idle(20)
    world.poll("webhooks")
    go_round()
    assert not Incident.objects.exists()
    return world


def test_webhooks_that_the_shop_switched_off_are_told_and_made_anew_and_the_cure_is_told(shop: World) -> None:
    count = active(shop)
    switch_off(shop)

    shop.poll("webhooks")
    next_round()

    incident = Incident.objects.get()
    assert (incident.kind, incident.connection_id) == ("webhooks", shop.store.pk)
    assert active(shop) == count
    assert "The hub has made them anew" in incident.cure
    assert len(mail.outbox) == 1

    shop.poll("webhooks")
    Incident.objects.update(last_seen_at=timezone.now() - HEALED_AFTER - timedelta(seconds=1))
    next_round()

    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert [message.subject.split(":")[0] for message in mail.outbox] == [
        "[Integration Hub] Broken",
        "[Integration Hub] Healed",
    ]


def test_webhooks_stay_off_when_staff_wish_so_and_the_incident_stays_open(shop: World, settings: Any) -> None:
    Connection.objects.filter(pk=shop.store.pk).update(repairs_webhooks=False)
    switch_off(shop)

    for _number in range(2):
        shop.poll("webhooks")
        next_round()

    incident = Incident.objects.get()
    assert (active(shop), incident.closed_at) == (0, None)
    assert "press “Create or repair webhooks”" in incident.cure
    assert len(mail.outbox) == 1
