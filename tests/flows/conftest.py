"""Two running stand-ins, started once per process and emptied for each test, and the hub between them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from connectors import registry
from integration_hub.engine.throttle import Throttle
from integration_hub.flows import services

from . import fake
from .modx import ModxWorld, make_modx_world
from .world import Clock, Mailbox, World, make_world, stand_in


@pytest.fixture(scope="session")
def running_shop() -> Iterator[Any]:
    with stand_in("woocommerce") as box:
        yield box


@pytest.fixture(scope="session")
def running_crm() -> Iterator[Any]:
    with stand_in("retailcrm", currency="EUR") as box:
        yield box


@pytest.fixture
def boxes(running_shop: Any, running_crm: Any) -> tuple[Any, Any]:
    """Emptied stand-ins without faults."""
    running_shop.reset()
    running_crm.reset()
    return running_shop, running_crm


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Rate limits are kept by a clock that runs while one sleeps, so that no test waits; loopback may be called."""
    clock = Clock()
    monkeypatch.setattr(services, "Throttle", partial(Throttle, clock=clock.time, sleep=clock.sleep))
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def world(boxes: tuple[Any, Any], quick: None, db: None) -> World:
    """One shop, one CRM, a live route with the demo's rules; nothing has happened yet."""
    return make_world(*boxes)


@pytest.fixture
def mailbox(world: World, settings: Any, client: Any) -> Iterator[Mailbox]:
    """Keeps what the stand-ins send to the hub, until the test delivers it."""
    with Mailbox(client) as box:
        settings.HUB_BASE_URL = box.url
        yield box


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Runs on, and can be put forward."""
    with time_machine.travel(timezone.now(), tick=True) as coordinates:
        yield coordinates


@pytest.fixture
def fake_crm(world: World, monkeypatch: pytest.MonkeyPatch) -> fake.Sink:
    """The world's CRM is played by a connector that does what the test tells it."""
    monkeypatch.setitem(registry.CONNECTORS, "fake", "tests.flows.fake")
    fake.sink.reset()
    world.crm.kind, world.crm.settings, world.crm.secrets = "fake", {}, {}
    world.crm.save()
    return fake.sink


@pytest.fixture(scope="session")
def running_modx() -> Iterator[Any]:
    with stand_in("minishop2", currency="EUR") as box:
        yield box


@pytest.fixture
def modx(running_modx: Any, running_crm: Any, quick: None, db: None, settings: Any, client: Any) -> Iterator[ModxWorld]:
    """A MODX shop, a CRM, a live route with the demo's rules; what the shop sends waits until the test tells it."""
    running_modx.reset()
    running_crm.reset()
    with Mailbox(client) as mailbox:
        settings.HUB_BASE_URL = mailbox.url
        yield make_modx_world(running_modx, running_crm, mailbox)
