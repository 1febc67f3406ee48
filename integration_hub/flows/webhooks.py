"""Webhooks over there: how they stand, and making anew what the other side switched off or lost.

What was seen is kept beside the connection's verification, so that pages and the watch show it without another call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.contract.capabilities import WebhookManager
from connectors.contract.results import Subscription
from integration_hub.connections.models import Connection

ACTIVE, DISABLED, MISSING = "active", "disabled", "missing"
KEY = "webhooks"
DONE, FAILED, NOT_ALLOWED = "done", "failed", "not_allowed"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a connection's webhooks. ``lost`` are the topics that the last look found switched off or gone
    although they had worked before; ``repair`` says what the hub did about it."""

    rows: Sequence[Mapping[str, str]] = ()
    lost: Sequence[str] = ()
    repair: str = ""


def kept(verify_report: Mapping[str, Any]) -> Kept:
    """From ``Connection.verify_report``; empty when nobody has looked yet."""
    seen: Any = verify_report.get(KEY)
    if not isinstance(seen, dict):
        return Kept()
    return Kept(list(seen.get("rows") or ()), list(seen.get("lost") or ()), str(seen.get("repair") or ""))


def remember(
    connection: Connection, found: Sequence[Subscription], *, lost: Sequence[str] = (), repair: str = ""
) -> None:
    """Keep what was seen just now. The rest of the report is left as another process may have written it meanwhile."""
    rows = [{"topic": one.topic, "state": one.state, "note": one.note} for one in found]
    seen = {"at": timezone.now().isoformat(), "rows": rows, "lost": list(lost), "repair": repair}
    with transaction.atomic():
        row = Connection.objects.select_for_update().only("pk", "verify_report").get(pk=connection.pk)
        Connection.objects.filter(pk=row.pk).update(verify_report={**row.verify_report, KEY: seen})


def look_after(connection: Connection, manager: WebhookManager, address: str) -> bool:
    """Look at the webhooks and, when the connection's setting allows it, make anew what was lost; True when something
    was lost.

    What has never worked is not lost: a shop may do without webhooks. One that points elsewhere is never moved by
    itself: a copy of this hub would take the webhooks of the real one away. Raises ConnectorError when the other side
    cannot be asked.
    """
    before = kept(Connection.objects.only("verify_report").get(pk=connection.pk).verify_report)
    worked = {row["topic"] for row in before.rows if row.get("state") == ACTIVE} | set(before.lost)
    found = manager.check(address)
    lost = [each.topic for each in found if _is_lost(each, worked)]
    if not lost:
        remember(connection, found)
        return False
    may_repair = connection.repairs_webhooks and all(each.state in {ACTIVE, DISABLED, MISSING} for each in found)
    remember(connection, found, lost=lost, repair=NOT_ALLOWED if not may_repair else FAILED)
    if may_repair:
        after = manager.ensure(address)
        is_well = all(each.state == ACTIVE for each in after if each.topic in lost)
        remember(connection, after, lost=lost, repair=DONE if is_well else FAILED)
    return True


def _is_lost(found: Subscription, worked: set[str]) -> bool:
    return found.state == DISABLED or (found.state != ACTIVE and found.topic in worked)
