"""The companion module: writes down what is saved and tells the hub, ids only (``companions/magento2/PROTOCOL.md``)."""

import json
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.magento2.sandbox.auth import SIGNING_SECRET, sign_event
from connectors.magento2.sandbox.store import VIEWS, Fact, Json
from connectors.toolkit.sandbox.ledger import Ledger
from connectors.toolkit.sandbox.line import Answer, Line
from connectors.toolkit.sandbox.senders import Senders, Sending

TIMEOUT_SECONDS = 10.0
MAX_ATTEMPTS = 12
MAX_WAIT_SECONDS = 6 * 3600
PAUSE_SECONDS = 120.0
"""An event waits so long without a try while the hub is away."""

RUN_SECONDS = 60.0
"""Cron comes every minute: then a hub that was away is asked again."""

STRENGTH = ("order.placed", "order.canceled", "order.updated")
"""Of several events of one object the first of these is told."""

TOPICS = {"order.placed": "order.created", "order.canceled": "order.updated"}
"""The log names events as every stand-in does; the row's ``event`` is the module's own name."""

PING: Hashable = ("ping",)


@dataclass(slots=True)
class Group:
    """Saves of one object that wait together. ``newest`` is what happened last, ``uid`` and ``at`` are its."""

    newest: Fact
    at: float
    uid: str = field(default_factory=lambda: str(uuid4()))
    events: set[str] = field(default_factory=set)
    attempts: int = 0

    @property
    def event(self) -> str:
        return next((event for event in STRENGTH if event in self.events), self.newest.event)

    @property
    def topic(self) -> str:
        return TOPICS.get(self.event, self.event)

    def body(self) -> bytes:
        fact = self.newest
        codes = {id: code for id, code, _name, _currency in VIEWS}
        told: Json = {
            "event": self.event,
            "event_id": self.uid,
            "occurred_at": datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "store_code": codes.get(fact.store_id, ""),
            "entity": {"type": fact.entity_type, "id": fact.entity_id, "increment_id": fact.increment_id or None},
        }
        if fact.order_id:
            told["order_id"] = fact.order_id
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


class Outbox:
    """``set`` is what the shop's owner enters and the desk's switches; nothing is written down without an address."""

    def __init__(self, lock: threading.RLock) -> None:
        self.address, self.secret = "", SIGNING_SECRET
        # The module sends one event after the other.
        self._senders = Senders(self._deliver, Sending(senders=1, timeout_seconds=TIMEOUT_SECONDS))
        self._lock = lock
        self._groups: dict[Hashable, Group] = {}
        self._dead = 0
        self._gone = ""
        self._away_until = 0.0

    # Called under the sandbox's lock ------------------------------------------------------------------------------

    def emit(self, fact: Fact) -> None:
        """What waits for the same object already becomes one with it."""
        sending = self._senders.sending
        if not self.address or not sending.wants(fact.event, TOPICS.get(fact.event, fact.event)):
            return
        group = Group(fact, time.time(), events={fact.event})
        if sending.hold:
            self._hold(group)
            return
        key = (fact.entity_type, fact.entity_id, fact.store_id)
        before = self._groups.get(key)
        self._groups[key] = group
        if before is not None:
            group.events |= before.events
            group.attempts = before.attempts
        if not self._senders.put(key) and before is None:
            del self._groups[key]
        elif group.attempts and sending.resend_seconds <= 0:
            self._senders.hurry(key)

    def _hold(self, group: Group) -> None:
        body = group.body()
        headers = sign_event(group.uid, int(group.at), body, self.secret)
        row = {"id": group.newest.entity_id, "topic": group.topic, "event": group.event, "url": self.address}
        self._senders.hold(row | {"headers": headers, "body": body.decode()})

    def take_held(self, most: int) -> list[dict[str, Any]]:
        return self._senders.take_held(most)

    def ping(self) -> None:
        """The button “Send Test Event”."""
        self._senders.put_later(PING)

    def set(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """``address``, ``secret`` and the switches of ``Sending``; raises ValueError for what is none of them."""
        switches = dict(wanted)
        address, secret = str(switches.pop("address", self.address)), str(switches.pop("secret", self.secret))
        if address and urlsplit(address).scheme not in {"http", "https"}:
            message = "address: must begin with https:// or http://"
            raise ValueError(message)
        sign_event("", 0, b"", secret)
        told = self._senders.set(switches)
        if address != self.address:
            self._gone, self._away_until = "", 0.0
        self.address, self.secret = address, secret
        return told | {"address": self.address}

    def clear(self) -> None:
        self._senders.clear()
        self._groups.clear()
        self.address, self.secret, self._gone = "", SIGNING_SECRET, ""
        self._dead, self._away_until = 0, 0.0

    @property
    def ledger(self) -> Ledger:
        return self._senders.ledger

    def state(self) -> dict[str, Any]:
        """``disabled`` counts an address whose connection is gone (410)."""
        is_gone = bool(self.address) and self._gone == self.address
        told = {"pending": self._senders.pending, "dead": self._dead}
        return self.ledger.figures() | told | {"active": int(bool(self.address) and not is_gone), "disabled": +is_gone}

    # -------------------------------------------------------------------------------------------------- the threads

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> bool:
        """True when everything has been stored by the hub or is dead. Not to be called under the sandbox's lock."""
        return self._senders.wait_until_idle(timeout_seconds)

    def stop(self) -> None:
        self._senders.stop()

    def _deliver(self, key: Hashable, line: Line) -> None:
        with self._lock:
            address, secret = self.address, self.secret
            group = Group(Fact("ping", "ping", 0, 1), time.time()) if key == PING else self._groups.pop(key, None)
            if group is None or not address:
                return
            if self._gone == address:
                self._dead += 1
                return
            if key != PING and self._senders.sending.resend_seconds <= 0 and time.monotonic() < self._away_until:
                self._put_off(key, group, PAUSE_SECONDS)
                return
        for turn in range(1 + (key != PING and self._senders.repeats())):
            body = group.body()
            headers = sign_event(group.uid, int(time.time()), body, secret)
            answer, told = self._senders.post(line, address, body, headers)
            self._note(group, told, repeated=turn > 0)
        if key != PING:
            self._settle(key, group, address, answer)

    def _note(self, group: Group, told: dict[str, Any], *, repeated: bool) -> None:
        fact = group.newest
        row = {"topic": group.topic, "event": group.event, "id": fact.entity_id, "queued": group.at, **told}
        if fact.order_id:
            row["order"] = fact.order_id
        with self._lock:
            if group.event == "ping":
                self.ledger.sums["pings"] += 1
                self.ledger.rows.append(row)
            else:
                self.ledger.sums["duplicated"] += repeated
                self.ledger.add(row)

    def _settle(self, key: Hashable, group: Group, address: str, answer: Answer) -> None:
        again = self._senders.sending.resend_seconds
        is_away = answer.status in {0, 429} or answer.status >= 500
        with self._lock:
            self._away_until = time.monotonic() + RUN_SECONDS if is_away else 0.0
            if answer.is_acknowledged:
                return
            group.attempts += 1
            if again > 0:
                self._put_off(key, group, again)
            elif answer.status == 410:
                self._gone = address
                self._dead += 1
            elif group.attempts >= MAX_ATTEMPTS:
                self._dead += 1
            else:
                wait = max(min(60 * 2**group.attempts, MAX_WAIT_SECONDS), min(answer.retry_after, MAX_WAIT_SECONDS))
                self._put_off(key, group, wait)

    def _put_off(self, key: Hashable, group: Group, seconds: float) -> None:
        """Together with what was saved meanwhile, which is newer and keeps its own time."""
        newer = self._groups.get(key)
        if newer is None:
            self._groups[key] = group
        else:
            newer.events |= group.events
            newer.attempts = max(newer.attempts, group.attempts)
        self._senders.put_later(key, seconds)
