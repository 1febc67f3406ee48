"""Polling crm.stagehistory.list: which deals changed their stage, moves to another pipeline included.

It is the only exact record: events are not sent again when one gets lost, and a plain webhook hears nothing of a move
to another pipeline. An entry tells how the deal was at that moment and not who moved it, so every deal becomes a hint;
the hub reads its present stage and recognises its own writes.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.contract.canonical import ObjectKind
from connectors.contract.results import Change, Hint, NotRelevant, Page
from connectors.toolkit.lenient import text

from .entities import DEAL, PAGE, items
from .portal import Portal

CREATED = "1"
"""``TYPE_ID``: 1 made, 2 moved, 3 moved to a final stage, 5 moved to another pipeline."""

ANY_ZONE = timedelta(days=1)
"""The first poll asks by time in the portal's zone, and some portals take no offset: a day more covers all."""


class ChangeSource:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def poll(self, cursor: str, start: datetime) -> Page[Change]:
        """One page of up to 50 entries after the last one seen; by time while there was none."""
        last, begin = _read(cursor, start)
        condition = {">ID": last} if last else {">=CREATED_TIME": (begin - ANY_ZONE).strftime("%Y-%m-%d %H:%M:%S")}
        body = self._portal.call(
            "crm.stagehistory.list",
            {"entityTypeId": DEAL, "filter": condition, "order": {"ID": "ASC"}, "start": 0},
            is_read=True,
        )
        entries = items(body["result"])
        newest = max([_number(entry.get("ID")) for entry in entries] + [last])
        following = {"after": newest} if newest else {"start": begin.isoformat()}
        return Page(
            items=changes_in(entries),
            cursor=json.dumps(following),
            # A page that does not lead on would be read for ever.
            has_more=newest > last and (len(entries) >= PAGE or isinstance(body.get("next"), int)),
        )


def changes_in(entries: Iterable[Mapping[str, Any]]) -> list[Change]:
    """One hint per deal, in the order of its last entry, and one line that counts what was passed over: a deal that is
    made is news to nobody, for either the hub made it or it is no order of a shop."""
    changes: dict[str, Change] = {}
    passed_over = 0
    for entry in sorted(entries, key=lambda each: _number(each.get("ID"))):
        id = text(entry.get("OWNER_ID"))
        if not id or text(entry.get("TYPE_ID")) == CREATED:
            passed_over += 1
            continue
        changes.pop(id, None)
        changes[id] = Hint(ObjectKind.ORDER, id)
    if not passed_over:
        return list(changes.values())
    return [*changes.values(), NotRelevant(f"{passed_over} entries of the stage history are of new deals.")]


def _number(value: Any) -> int:
    number = text(value)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


def _read(cursor: str, start: datetime) -> tuple[int, datetime]:
    if not cursor:
        return 0, start
    kept = json.loads(cursor)
    if "after" in kept:
        return int(kept["after"]), start
    return 0, datetime.fromisoformat(kept["start"])
