"""Finding the contacts of many buyers in as few calls as possible.

By the id that we linked, by our origin, by e-mail, by phone, in this order. ``crm.duplicate.findbycomm`` takes up to 20
values and does not say which of them a contact was found by, so few people are asked for one by one, and for many the
contacts found are read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import ConnectorError, MethodLimited
from connectors.contract.results import CustomerDraft
from connectors.toolkit.lenient import as_map, text

from .batch import Run
from .config import Config
from .encoding import Command
from .entities import CONTACT, PAGE, chunks, items, listed, values_of
from .people import comm_keys, email_of, phone_key, phone_of, spellings

MOST_VALUES = 20
"""crm.duplicate.findbycomm: values in a call; with 20 hits and more the answer may leave some out."""

FEW = 20
"""Up to so many people each has questions of their own, which fit into one batch."""

Keys = Sequence[str]


@dataclass(slots=True)
class Search:
    """``people`` by their key. Ask ``first``, then ``then``, then read ``found``."""

    config: Config
    people: Mapping[str, CustomerDraft]
    _groups: dict[str, Keys] = field(default_factory=dict)
    """Of each search command: the keys of the people it asks for."""

    def first(self) -> list[Command]:
        known = [draft.target_id for draft in self.people.values() if draft.target_id]
        ours = [draft.external_id for draft in self.people.values() if draft.external_id and not draft.target_id]
        new = [key for key, draft in self.people.items() if not draft.target_id]
        commands = [
            listed(f"ck{place}", CONTACT, ["id"], {"@id": list(ids)}) for place, ids in enumerate(chunks(known, PAGE))
        ]
        origin = {"=originatorId": self.config.originator}
        commands += [
            listed(f"co{place}", CONTACT, ["id", "originId"], {**origin, "@originId": list(ids)})
            for place, ids in enumerate(chunks(ours, PAGE))
        ]
        size = 1 if len(new) <= FEW else MOST_VALUES
        commands += self._asked("ce", "EMAIL", new, size, self._emails)
        commands += self._asked("cp", "PHONE", new, max(size // 2, 1), self._phones)
        return commands

    def then(self, run: Run) -> list[Command]:
        """What the first answers leave open: whose the found contacts are, groups with too many hits, and people whose
        contact was deleted."""
        sure = self._sure(run)
        crowded: list[str] = [key for key, draft in self.people.items() if draft.target_id and key not in sure]
        doubtful: set[str] = set()
        for name, keys in self._groups.items():
            hits = contact_ids(run.result(name))
            if len(keys) == 1 or not hits:
                continue
            if len(hits) >= MOST_VALUES:
                crowded += [key for key in keys if key not in sure]
            else:
                doubtful |= set(hits)
        wanted = sorted(doubtful, key=_number)
        commands = [
            listed(f"cr{place}", CONTACT, ["*"], {"@id": list(ids)}) for place, ids in enumerate(chunks(wanted, PAGE))
        ]
        single = list(dict.fromkeys(crowded))
        commands += self._asked("cse", "EMAIL", single, 1, self._emails)
        commands += self._asked("csp", "PHONE", single, 1, self._phones)
        return commands

    def found(self, run: Run) -> tuple[dict[str, str], dict[str, str]]:
        """Ids by the people's keys, and notes where more than one contact was there. The oldest is taken."""
        ids = self._sure(run)
        notes: dict[str, str] = {}
        for prefix in ("EMAIL", "PHONE"):
            for key, hits in self._hits(run, prefix).items():
                if key in ids or not hits:
                    continue
                ids[key] = min(hits, key=_number)
                if len(hits) > 1:
                    listed_ids = ", ".join(sorted(hits, key=_number)[:5])
                    notes[key] = (
                        f"Bitrix24 has {len(hits)} contacts for this buyer ({listed_ids}); the oldest was taken."
                    )
        return ids, notes

    def unanswered(self, run: Run) -> dict[str, ConnectorError]:
        """People who may be there or not: a question about them has to wait. None of them may be made now."""
        sure = self._sure(run)
        return {key: run.errors[name] for name in self.put_off(run) for key in self._groups[name] if key not in sure}

    def put_off(self, run: Run) -> list[str]:
        """Questions that have to wait for their method alone."""
        return [name for name in self._groups if isinstance(run.errors.get(name), MethodLimited)]

    # --- inside ------------------------------------------------------------------------------------------------------

    def _asked(
        self, prefix: str, type: str, keys: Keys, size: int, values: Callable[[CustomerDraft], list[str]]
    ) -> list[Command]:
        having = [key for key in keys if values(self.people[key])]
        commands = []
        for place, part in enumerate(chunks(having, size)):
            name = f"{prefix}{place}"
            self._groups[name] = list(part)
            asked = [value for key in part for value in values(self.people[key])]
            params = {"type": type, "values": asked, "entity_type": "CONTACT"}
            commands.append(Command(name, "crm.duplicate.findbycomm", params))
        return commands

    def _emails(self, draft: CustomerDraft) -> list[str]:
        email = email_of(draft.customer)
        return [email] if email else []

    def _phones(self, draft: CustomerDraft) -> list[str]:
        return spellings(phone_of(draft.customer))

    def _sure(self, run: Run) -> dict[str, str]:
        there = {text(row.get("id")) for name, row in _rows(run, "ck")}
        ours = {text(row.get("originId")): text(row.get("id")) for name, row in reversed(_rows(run, "co"))}
        found: dict[str, str] = {}
        for key, draft in self.people.items():
            if draft.target_id and draft.target_id in there:
                found[key] = draft.target_id
            elif not draft.target_id and draft.external_id in ours:
                found[key] = ours[draft.external_id]
        return found

    def _hits(self, run: Run, type: str) -> dict[str, set[str]]:
        """Contacts by person, found by that type."""
        read = {text(row.get("id")): comm_keys(row) for _name, row in _rows(run, "cr")}
        marks = ("ce", "cse") if type == "EMAIL" else ("cp", "csp")
        found: dict[str, set[str]] = {}
        for name, keys in self._groups.items():
            if name.rstrip("0123456789") not in marks:
                continue
            hits = contact_ids(run.result(name))
            for key in keys:
                draft = self.people[key]
                mark = email_of(draft.customer) if type == "EMAIL" else phone_key(phone_of(draft.customer))
                own = hits if len(keys) == 1 else [id for id in hits if mark in read.get(id, ())]
                found.setdefault(key, set()).update(own)
        return found


def contact_ids(result: Any) -> list[str]:
    """Of ``crm.duplicate.findbycomm``: nothing found is an empty list instead of an object."""
    return [text(id) for id in values_of(as_map(result).get("CONTACT")) if text(id)]


def _rows(run: Run, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    names = [name for name in run.results if name.rstrip("0123456789") == prefix]
    return [(name, row) for name in names for row in items(run.results[name])]


def _number(id: str) -> int:
    return int(id) if id.isdigit() else 0
