"""Stand-ins of this folder's own, and the world of the matrix at the size of the test suite."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integration_hub.chaos.row import Row
from integration_hub.chaos.world import World
from integration_hub.demo.desk import Desk
from integration_hub.demo.pair import WOO_RETAIL, Kinds, connect
from integration_hub.engine.throttle import Throttle
from integration_hub.flows import services
from tests.flows.world import Clock, stand_in

from .pumped import Crew, Pumped

MakeWorld = Callable[..., World]

OPTIONS: dict[str, dict[str, Any]] = {"woocommerce": {"name": "Shop"}, "retailcrm": {"currency": "EUR"}}


@pytest.fixture(scope="session")
def running_box() -> Iterator[Callable[[str], Any]]:
    """``running_box(kind)``: the stand-in of that kind, started when it is first asked for."""
    with ExitStack() as stack:
        boxes: dict[str, Any] = {}

        def box_of(kind: str) -> Any:
            if kind not in boxes:
                boxes[kind] = stack.enter_context(stand_in(kind, **OPTIONS.get(kind, {})))
            return boxes[kind]

        yield box_of


@pytest.fixture
def make_world(
    running_box: Callable[[str], Any],
    transactional_db: None,
    live_server: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeWorld]:
    """``make_world(row, kinds)``: a shop, a CRM and the hub, with what the row's environment says."""
    used: list[Any] = []
    settings.HUB_BASE_URL = live_server.url
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    throttle_clock = Clock()
    monkeypatch.setattr(services, "Throttle", partial(Throttle, clock=throttle_clock.time, sleep=throttle_clock.sleep))
    with time_machine.travel(timezone.now(), tick=True) as clock, Crew() as crew:

        def make(row: Row, kinds: Kinds = WOO_RETAIL) -> World:
            shop, crm = used[:] = [running_box(kinds.store), running_box(kinds.crm)]
            shop.reset()
            crm.reset()
            settings.HUB_RATE_SHARE = float(row.environment.get("HUB_RATE_SHARE", "1000"))
            desks = Desk(kinds.store, shop.url), Desk(kinds.crm, crm.url)
            desks[1].post("options", {"refuses_copies": False})
            store, target, route = connect(*desks)
            return World(*desks, store, target, route, Pumped(clock, shop, crm, crew))

        yield make
    for box in used[:1]:
        box.dispatcher.wait_until_idle(10)
