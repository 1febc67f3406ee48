"""Where a row takes place: a shop, a CRM, the hub between them, and how time passes."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Protocol

from integration_hub.connections.models import Connection, Route
from integration_hub.demo.desk import Desk
from integration_hub.demo.pair import Kinds
from integration_hub.demo.stage import Hub

PATIENCE_SECONDS = 600.0
"""What takes longer than this does not come to an end; the row says what it waited for."""

LOOK_EVERY_SECONDS = 0.1


class ChaosError(Exception):
    """A row did not come to its end."""


class Pace(Protocol):
    """How the hub's work goes on and time passes while a row waits."""

    @property
    def is_small(self) -> bool:
        """The size of the test suite: the hub works inside the test, and no timing counts."""

    def wait(self, what: str, is_done: Callable[[], bool], patience_seconds: float) -> None:
        """Returns when it is done; raises ChaosError, which says what was waited for."""

    def pass_time(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class RealTime:
    """The hub's own processes work; we look."""

    is_small: bool = False

    def wait(self, what: str, is_done: Callable[[], bool], patience_seconds: float) -> None:
        end = monotonic() + patience_seconds
        while not is_done():
            if monotonic() > end:
                message = f"{what}: not finished after {patience_seconds:.0f} s"
                raise ChaosError(message)
            sleep(LOOK_EVERY_SECONDS)

    def pass_time(self, seconds: float) -> None:
        sleep(seconds)


@dataclass(frozen=True, slots=True)
class World:
    """``shop`` and ``crm_desk`` are the control desks of the vendors' side, the connections are the hub's.

    ``hub`` is None when the hub works inside this process, at the size of the test suite.
    """

    shop: Desk
    crm_desk: Desk
    store: Connection
    crm: Connection
    route: Route
    pace: Pace
    hub: Hub | None = None

    @property
    def is_small(self) -> bool:
        return self.pace.is_small

    @property
    def kinds(self) -> Kinds:
        return Kinds(self.store.kind, self.crm.kind)

    def wait(self, what: str, is_done: Callable[[], bool], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.pace.wait(what, is_done, patience_seconds)

    def pass_time(self, seconds: float) -> None:
        self.pace.pass_time(seconds)

    def crm_fails(self, **switches: Any) -> None:
        """Set the CRM's faults and lift all others: see ``connectors/toolkit/sandbox/faults.py``."""
        self.crm_desk.post("faults", {"reset": True, "seed": 7, **switches})

    def shop_fails(self, **switches: Any) -> None:
        self.shop.post("faults", {"reset": True, "seed": 7, **switches})

    def lift_faults(self) -> None:
        self.crm_fails()
        self.shop_fails()

    def set_crm(self, **settings: Any) -> None:
        """Change settings of the CRM's connection, as staff would."""
        self.crm.refresh_from_db()
        self.crm.settings = {**self.crm.settings, **settings}
        self.crm.save(update_fields=["settings", "updated_at"])

    def set_route(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.route, name, value)
        self.route.save()
