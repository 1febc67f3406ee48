"""Customers as contacts: found by the search's rules, else made; what the contact has is not added again."""

from collections.abc import Sequence

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import ConnectorError, OutcomeUnknown
from connectors.contract.results import CustomerDraft, NotWritten, Outcome, Refused, Written
from connectors.toolkit.lenient import text

from .batch import Group, Run, ask, carry_out, new_id
from .config import Config
from .desk import raise_needed
from .entities import CONTACT, PAGE, add, chunks, items, listed, update
from .outcomes import failed, raised_if_nothing_was_written
from .people import contact_changes, contact_fields, key_of
from .portal import Portal
from .search import Search

CUSTOMERS = 50


class CustomerSink:
    max_batch = CUSTOMERS

    def __init__(self, portal: Portal, config: Config) -> None:
        self._portal = portal
        self._config = config

    def put_customers(self, drafts: Sequence[CustomerDraft]) -> Sequence[Outcome]:
        """The same person twice in a batch is written once, newest data."""
        people = {key_of(draft): draft for draft in drafts if key_of(draft)}
        if not people:
            return [_nobody() for _ in drafts]
        search = Search(self._config, people)
        run = ask(self._portal, search.first())
        raise_needed(run, except_for=search.put_off(run))
        if then := search.then(run):
            later = ask(self._portal, then)
            raise_needed(later, except_for=search.put_off(later))
            run.results |= later.results
            run.errors |= later.errors
        ids, notes = search.found(run)
        unanswered = search.unanswered(run)
        groups = self._groups({key: draft for key, draft in people.items() if key not in unanswered}, ids)
        done = carry_out(self._portal, [group for group in groups.values() if group])
        outcomes = {key: _outcome(key, group, done, ids, notes) for key, group in groups.items()}
        outcomes |= {key: NotWritten(error) for key, error in unanswered.items()}
        return raised_if_nothing_was_written([outcomes.get(key_of(draft)) or _nobody() for draft in drafts])

    def _groups(self, people: dict[str, CustomerDraft], ids: dict[str, str]) -> dict[str, Group]:
        """New contacts, and of known ones what differs: that is read first."""
        known = sorted({ids[key] for key in people if key in ids})
        commands = [
            listed(f"read{place}", CONTACT, ["*"], {"@id": list(part)})
            for place, part in enumerate(chunks(known, PAGE))
        ]
        read = ask(self._portal, commands)
        raise_needed(read)
        present = {text(row.get("id")): row for result in read.results.values() for row in items(result)}
        groups: dict[str, Group] = {}
        for place, (key, draft) in enumerate(people.items()):
            name = f"c{place}"
            if key not in ids:
                groups[key] = [add(name, CONTACT, contact_fields(draft, self._config))]
                continue
            changes = contact_changes(draft, self._config, present.get(ids[key], {}))
            groups[key] = [update(name, CONTACT, ids[key], changes)] if changes else []
        return groups


def _outcome(key: str, group: Group, run: Run, ids: dict[str, str], notes: dict[str, str]) -> Outcome:
    error: ConnectorError | None = run.error_of(group)
    id = ids.get(key) or (new_id(run.result(group[0].key)) if group else "")
    if error is None and id:
        return Written(id, note=notes.get(key, ""))
    message = "Bitrix24 answered without the id of the contact. The hub looks it up before it writes again."
    return failed(f"The {ObjectKind.CUSTOMER}", error or OutcomeUnknown(message, code="no_id"), id)


def _nobody() -> Refused:
    return Refused("The customer has neither an e-mail nor a phone, so Bitrix24 could not find them again.", "nobody")
