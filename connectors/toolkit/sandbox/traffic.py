"""Who buys in a pretended shop, and shoppers who come one after the other."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from random import Random
from typing import Any

GUESTS_FROM = 10_000_000
"""Numbers from here on are people without an account."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who buys, and how often something turns up that staff have not mapped."""

    seed: int = 1
    customers: int = 25
    guests: int = 15
    """Different people without an account; they come back, as guests do."""

    guest_share: float = 0.35
    unmapped_share: float = 0.0
    unmapped_code: str = "crypto_pay"
    unmapped_kind: str = "payment"
    """``payment``, ``delivery`` or ``status``: where the unmapped code stands."""

    everyone_has_email: bool = False
    """As in a shop whose checkout asks for it, which is the default of most."""

    tag: str = ""
    """Goes into the e-mail addresses, so that those of two shops differ."""

    def random_for(self, place: int) -> Random:
        return Random(self.seed * 1_000_003 + place)

    def buyer(self, place: int) -> int:
        """The number of the person who places this order. Cheap, so that orders can be sought by buyer."""
        mixed = (place * 2_654_435_761 + self.seed * 40_503) % 4_294_967_296
        share, pick = mixed % 1000 / 1000, mixed // 1000
        if self.customers == 0 or share < self.guest_share:
            return GUESTS_FROM + pick % max(self.guests, 1)
        return pick % self.customers


def traffic_of(body: Mapping[str, Any], **defaults: Any) -> Traffic:
    """The traffic that a body of the control desk asks for; what it does not name is as in ``defaults``."""
    known = {one.name for one in fields(Traffic)}
    return Traffic(**defaults | {name: value for name, value in body.items() if name in known})


@dataclass(slots=True)
class Queue:
    """Shoppers who place their orders so many a second, in the background. ``lock`` is the sandbox's own."""

    lock: threading.RLock
    stopping: threading.Event
    call_later: Callable[[float, Callable[[], None]], None]
    still_shopping: int = 0
    round: int = 0
    """Goes up with each reset: shoppers of an earlier round go home."""

    def send(self, wanted: int, rate: float, place_one: Callable[[], object]) -> None:
        """``place_one`` runs under the lock, ``wanted`` times."""
        self.still_shopping += wanted
        this_round = self.round
        self.call_later(0, lambda: self._place(wanted, rate, place_one, this_round))

    def send_home(self) -> None:
        self.round += 1
        self.still_shopping = 0

    def _place(self, wanted: int, rate: float, place_one: Callable[[], object], this_round: int) -> None:
        began = time.monotonic()
        for place in range(wanted):
            if self.stopping.wait(max(began + place / rate - time.monotonic(), 0)):
                return
            with self.lock:
                if self.round != this_round:
                    return
                place_one()
                self.still_shopping -= 1
