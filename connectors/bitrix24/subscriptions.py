"""Event subscriptions of an application: ``event.bind`` and its kin exist only for applications, not for webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.errors import Rejected
from connectors.contract.results import Subscription
from connectors.toolkit.lenient import text

from .batch import ask
from .encoding import Command
from .entities import rows_of
from .hooks import DEAL_EVENTS
from .portal import Portal


class WebhookManager:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def check(self, address: str) -> Sequence[Subscription]:
        run = ask(self._portal, [Command("bound", "event.get", {})])
        for error in run.errors.values():
            raise error
        bound = rows_of(run.result("bound"))
        return [_state(name, bound, address) for name in DEAL_EVENTS]

    def ensure(self, address: str) -> Sequence[Subscription]:
        """Binds what is missing. An update of the application loses subscriptions, so this may run at any time."""
        for each in self.check(address):
            if each.state == "active":
                continue
            try:
                self._portal.call("event.bind", {"event": each.topic, "handler": address}, is_read=False)
            except Rejected as refusal:
                # The event is bound already, or older than this portal: the state after it tells.
                if refusal.code != "refused":
                    raise
        return self.check(address)


def _state(name: str, bound: Sequence[Mapping[str, Any]], address: str) -> Subscription:
    same = [row for row in bound if text(row.get("event")).upper() == name]
    if any(text(row.get("handler")) == address for row in same):
        return Subscription(name, "active")
    return Subscription(name, "wrong_address" if same else "missing")
