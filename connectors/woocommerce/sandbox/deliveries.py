"""The shop's webhooks on their way: sent once each, with the state of the moment of sending."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.toolkit.sandbox.ledger import Ledger
from connectors.toolkit.sandbox.line import Line
from connectors.toolkit.sandbox.senders import Senders
from connectors.woocommerce.sandbox.sender import PING_HEADERS, delivery_headers
from connectors.woocommerce.sandbox.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Pending:
    """Two with the same object of the same webhook are one."""

    webhook_id: int
    argument: int
    queued: float = field(compare=False)
    is_ping: bool = False


class Dispatcher:
    """``payload(webhook, argument)`` builds the body; it runs under ``lock``, the sandbox's own."""

    def __init__(
        self, lock: threading.RLock, payload: Callable[[Webhook, int], bytes], source: Callable[[], str]
    ) -> None:
        self.webhooks: dict[int, Webhook] = {}
        self._senders = Senders(self._deliver)
        self._lock, self._payload, self._source = lock, payload, source

    # Called under the sandbox's lock ------------------------------------------------------------------------------

    def emit(self, resource: str, event: str, argument: int) -> None:
        """Queue the event for every active webhook of its topic; what already waits is not queued twice."""
        topic, sending = f"{resource}.{event}", self._senders.sending
        if not sending.wants(topic):
            return
        for webhook in self.webhooks.values():
            if webhook.status == "active" and webhook.topic == topic:
                pending = Pending(webhook.id, argument, time.time())
                if sending.hold:
                    self._hold(webhook, pending)
                else:
                    self._senders.put(pending)

    def _hold(self, webhook: Webhook, pending: Pending) -> None:
        body = self._payload(webhook, pending.argument)
        headers = delivery_headers(webhook, body, self._source())
        row = {"id": pending.argument, "topic": webhook.topic, "url": webhook.delivery_url}
        self._senders.hold(row | {"headers": headers, "body": body.decode()})

    def take_held(self, most: int) -> list[dict[str, Any]]:
        return self._senders.take_held(most)

    def ping(self, webhook: Webhook) -> None:
        self._senders.put_later(Pending(webhook.id, 0, time.time(), is_ping=True))

    def set(self, switches: dict[str, Any]) -> dict[str, Any]:
        """Change the named switches. Raises ValueError for unknown names."""
        return self._senders.set(switches)

    def clear(self) -> None:
        self._senders.clear()
        self.webhooks.clear()

    @property
    def ledger(self) -> Ledger:
        return self._senders.ledger

    def state(self) -> dict[str, Any]:
        return self.ledger.figures() | {
            "pending": self._senders.pending,
            "active": sum(webhook.status == "active" for webhook in self.webhooks.values()),
            "disabled": sum(webhook.status == "disabled" for webhook in self.webhooks.values()),
        }

    # -------------------------------------------------------------------------------------------------- the threads

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> bool:
        """True when everything queued has been tried. Not to be called under the sandbox's lock."""
        return self._senders.wait_until_idle(timeout_seconds)

    def stop(self) -> None:
        self._senders.stop()

    def _deliver(self, pending: Pending, line: Line) -> None:
        with self._lock:
            webhook = self.webhooks.get(pending.webhook_id)
            if webhook is None:
                return
            body = f"webhook_id={webhook.id}".encode() if pending.is_ping else self._payload(webhook, pending.argument)
            source = self._source()
        headers = PING_HEADERS if pending.is_ping else delivery_headers(webhook, body, source)
        twice = not pending.is_ping and self._senders.repeats()
        for turn in range(1 + twice):
            answer, told = self._senders.post(line, webhook.delivery_url, body, headers)
            self._note(pending, webhook, answer.status, told, repeated=turn > 0)

    def _note(self, pending: Pending, webhook: Webhook, status: int, told: dict[str, Any], *, repeated: bool) -> None:
        again = self._senders.sending.resend_seconds
        with self._lock:
            row = {
                "webhook_id": webhook.id,
                "topic": "ping" if pending.is_ping else webhook.topic,
                "id": pending.argument,
                "queued": pending.queued,
                **told,
            }
            if pending.is_ping:
                self.ledger.sums["pings"] += 1
                self.ledger.rows.append(row)
                if status == 200:
                    webhook.awaits_ping = False
                    webhook.modified = int(time.time())
                return
            self.ledger.sums["duplicated"] += repeated
            self.ledger.add(row)
            if again <= 0:
                webhook.delivered(status)
        if again > 0 and not 200 <= status <= 299:
            self._senders.put_later(pending, again)
