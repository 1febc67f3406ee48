"""The plug-in's outbox: one undelivered row per object, sent at once, repeated until the hub has taken it."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from connectors.minishop2.sandbox.shop import Json, Shop
from connectors.minishop2.sandbox.signing import headers
from connectors.minishop2.sandbox.views import SITE, moment
from connectors.toolkit.sandbox import Sandbox
from connectors.toolkit.sandbox.background import deliver

TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)
"""Much shorter than the plug-in's minutes, so that tests and the demo need not wait. After these a row is given up and
kept; ``outbox.retry`` takes it up again."""

_STRENGTH = ("order.status", "order.updated", "order.removed", "order.created")
"""Of two events of one object in one row the later in this list names the row; ``removed`` always wins."""


@dataclass(slots=True)
class Row:
    uid: str
    event: str
    entity: str
    entity_id: str
    body: bytes
    created: datetime
    tries: int = 0
    state: str = "pending"
    answer: int = 0
    at: float = 0.0


@dataclass(slots=True)
class Outbox:
    """``secrets``: the plug-in's ``secret`` and, while it is being changed, ``secret_previous``."""

    sandbox: Sandbox
    shop: Shop
    secrets: list[str]
    hub_url: str = ""
    rows: list[Row] = field(default_factory=list)
    waiting: dict[tuple[str, str], Row] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)
    is_asleep: bool = False
    """Events are noted and not sent: cron does not run, or the network is away."""

    def clear(self) -> None:
        self.rows.clear()
        self.waiting.clear()
        self.counters.clear()
        self.is_asleep, self.hub_url = False, ""

    def note(self, event: str, entity: str, entity_id: object, payload: Json | None, cause: str | None = None) -> None:
        """Nothing is sent before the control ``hub`` has said where to; it is noted all the same."""
        key = (entity, str(entity_id))
        old = self.waiting.get(key)
        if old is not None and old.state == "pending":
            event = _stronger(old.event, event)
            old.state = "replaced"
        body = self._body(event, entity, payload, cause)
        row = Row(str(uuid4()), event, entity, str(entity_id), body, self.shop.now(), at=time.time())
        self.rows.append(row)
        self.waiting[key] = row
        self.later(0, row)

    def later(self, seconds: float, row: Row) -> None:
        if self.hub_url and not self.is_asleep:
            self.sandbox.call_later(seconds, partial(self._send, row))

    def wake(self) -> int:
        """Send all that waits, as cron does; how many rows."""
        self.is_asleep = False
        due = self.pending()
        for row in due:
            self.later(0, row)
        return len(due)

    def retry(self, uids: list[str]) -> int:
        """Rows that were given up are due again; all of them without uids."""
        chosen = [row for row in self.rows if row.state == "failed" and (not uids or row.uid in uids)]
        for row in chosen:
            row.state, row.tries = "pending", 0
            self.later(0, row)
        return len(chosen)

    def pending(self) -> list[Row]:
        return [row for row in self.rows if row.state == "pending"]

    def summary(self) -> Json:
        pending = self.pending()
        failed = sum(row.state == "failed" for row in self.rows)
        oldest = moment(min(row.created for row in pending)) if pending else None
        return {"pending": len(pending), "oldest": oldest, "failed": failed}

    def deliveries(self, topic: str) -> list[Json]:
        """What the hub has taken, oldest first: when it was first sent."""
        return [
            {
                "uid": row.uid,
                "event": row.event,
                "entity": row.entity,
                "id": row.entity_id,
                "at": row.at,
                "tries": row.tries,
            }
            for row in self.rows
            if row.state == "done" and topic in {"", row.event}
        ]

    def _body(self, event: str, entity: str, payload: Json | None, cause: str | None) -> bytes:
        shop = self.shop
        content: Json = {
            "version": shop.protocol,
            "event": event,
            "occurred_at": shop.now().isoformat(timespec="milliseconds"),
            "shop": {
                "engine": shop.engine,
                "engine_version": shop.engine_version,
                "plugin": shop.plugin,
                "url": f"{SITE}/",
                "context": "web",
            },
            "cause": cause,
        }
        if payload is not None:
            content[entity] = payload
        return json.dumps(content, ensure_ascii=False).encode()

    def _send(self, row: Row) -> None:
        with self.sandbox.lock:
            if row.state != "pending" or self.is_asleep:
                return
            row.tries += 1
            now = int(self.shop.now().timestamp())
            signed = headers(self.secrets, row.uid, now, row.body)
            address = self.hub_url
        status = deliver(address, row.body, signed, TIMEOUT_SECONDS)
        with self.sandbox.lock:
            self._took(row, status)

    def _took(self, row: Row, status: int) -> None:
        row.answer = status
        self.counters["events_sent"] += 1
        if 200 <= status < 300:
            row.state = "done"
            self.counters["events_accepted"] += 1
        elif row.state != "pending":
            pass
        elif row.tries > len(RETRY_SECONDS):
            row.state = "failed"
        else:
            self.later(RETRY_SECONDS[row.tries - 1], row)


def _stronger(one: str, other: str) -> str:
    if "removed" in other or one == other or one not in _STRENGTH or other not in _STRENGTH:
        return other
    return max(one, other, key=_STRENGTH.index)


def payload_of_removed(entity_id: Any, number: str = "") -> Json:
    return {"id": entity_id, "number": number} if number else {"id": entity_id}
