"""Polling orders/history: which orders had their status, payments or custom fields changed by others than us.

A record tells how the order was at that moment, not how it is now, so every change becomes a hint and the hub reads
the present status.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from connectors.contract.canonical import ObjectKind
from connectors.contract.results import Change, Gone, Hint, NotRelevant, Page

from .client import Client
from .facts import Facts
from .wire import WireHistoryRecord, as_map, text


class ChangeSource:
    def __init__(self, client: Client, site: str, facts: Facts) -> None:
        self._client = client
        self._site = site
        self._facts = facts

    def poll(self, cursor: str, start: datetime) -> Page[Change]:
        """One page of up to 100 records. ``cursor`` holds the last record's id, or the start while there was none.

        RetailCRM does not say how long it keeps its history: after a long pause compare all orders as well.
        """
        since_id, start = _read(cursor, start)
        start_date = "" if since_id is not None else self._facts.local(start)
        page = self._client.orders_history(since_id=since_id, start_date=start_date)
        last = max([*(_id(record) for record in page.records), since_id or 0])
        following = {"since_id": last} if last else {"start": start.isoformat()}
        return Page(
            items=changes_in(page.records, self._site),
            cursor=json.dumps(following),
            # A page that does not lead on would be read for ever.
            has_more=page.has_more and last > (since_id or 0),
        )


def changes_in(records: Sequence[WireHistoryRecord], site: str) -> list[Change]:
    """One change per order, in the order of its last record, and one line that counts what was passed over.

    Our own writes are passed over, unless somebody else changed the same order's status in the same page: then the
    present status decides whose it is.
    """
    changes: dict[str, Change] = {}
    passed_over = 0
    for record in sorted(records, key=_id):
        order = as_map(record.get("order"))
        id = text(order.get("id"))
        if not id or text(order.get("site")) not in {"", site} or _is_ours(record):
            passed_over += 1
        elif record.get("deleted"):
            changes.pop(id, None)
            changes[id] = Gone(ObjectKind.ORDER, id)
        elif _is_of_interest(text(record.get("field"))) and not record.get("created"):
            changes.pop(id, None)
            changes[id] = Hint(ObjectKind.ORDER, id)
        else:
            passed_over += 1
    if not passed_over:
        return list(changes.values())
    reason = f"{passed_over} records of the history change nothing that comes back, are our own or of other sites."
    return [*changes.values(), NotRelevant(reason)]


def _is_of_interest(field: str) -> bool:
    return field in {"status", "full_paid_at", "payments"} or field.startswith(("payments.", "custom_"))


def _is_ours(record: WireHistoryRecord) -> bool:
    return record.get("source") == "api" and as_map(record.get("apiKey")).get("current") is True


def _id(record: WireHistoryRecord) -> int:
    """A number, also where it is written as text."""
    written = text(record.get("id"))
    return int(written) if written.isascii() and written.isdigit() else 0


def _read(cursor: str, start: datetime) -> tuple[int | None, datetime]:
    if not cursor:
        return None, start
    kept = json.loads(cursor)
    if "since_id" in kept:
        return int(kept["since_id"]), start
    return None, datetime.fromisoformat(kept["start"])
