"""Form leads as leads, or as deals on portals that work without leads."""

from collections.abc import Sequence
from typing import Any

from connectors.contract.errors import OutcomeUnknown
from connectors.contract.results import CustomerDraft, LeadDraft, Outcome, Written
from connectors.toolkit.lenient import text
from connectors.toolkit.prices import decimals_of

from .batch import Group, Run, ask, carry_out, new_id
from .config import Config, LeadsBecome, deal_url, lead_url
from .deals import lead_as_deal, new_lead
from .desk import raise_needed
from .encoding import Ref
from .entities import DEAL, LEAD, PAGE, add, chunks, items, listed, set_rows
from .outcomes import failed, raised_if_nothing_was_written
from .parties import NEW_ID, Parties, also
from .people import key_of
from .portal import Portal
from .rows import line_rows
from .search import Search

LEADS = 50


class LeadSink:
    max_batch = LEADS

    def __init__(self, portal: Portal, config: Config) -> None:
        self._portal = portal
        self._config = config
        self._is_deal = config.leads_become is LeadsBecome.DEAL
        self._entity = DEAL if self._is_deal else LEAD

    def put_leads(self, drafts: Sequence[LeadDraft]) -> Sequence[Outcome]:
        """Writes each lead once; one that is there stays as the managers have it, except for a cart's rows."""
        if not drafts:
            return []
        people = self._people(drafts)
        search = Search(self._config, people)
        run = ask(self._portal, [*self._present(drafts), *search.first()])
        raise_needed(run)
        if then := search.then(run):
            later = ask(self._portal, then)
            raise_needed(later)
            run.results |= later.results
        ids, _notes = search.found(run)
        there = {
            text(row.get("originId")): text(row.get("id"))
            for name, result in run.results.items()
            if name.startswith("lead")
            for row in reversed(items(result))
        }
        parties = Parties(self._config, ids, {})
        groups = [self._group(place, draft, there, parties) for place, draft in enumerate(drafts)]
        done = carry_out(self._portal, [group for group in groups if group])
        return raised_if_nothing_was_written(
            [self._outcome(place, draft, groups[place], done, there, parties) for place, draft in enumerate(drafts)]
        )

    def _people(self, drafts: Sequence[LeadDraft]) -> dict[str, CustomerDraft]:
        """Only a deal needs a contact: a lead bears name and phones itself."""
        if not self._is_deal:
            return {}
        return {key: draft.customer for draft in drafts if draft.customer and (key := key_of(draft.customer))}

    def _present(self, drafts: Sequence[LeadDraft]) -> list[Any]:
        ours = [draft.external_id for draft in drafts]
        origin = {"=originatorId": self._config.originator}
        return [
            listed(f"lead{place}", self._entity, ["id", "originId"], {**origin, "@originId": list(part)})
            for place, part in enumerate(chunks(ours, PAGE))
        ]

    def _group(self, place: int, draft: LeadDraft, there: dict[str, str], parties: Parties) -> Group:
        key, present = f"l{place}", there.get(draft.external_id, "")
        currency = draft.lead.currency or "EUR"
        rows = line_rows(draft.lead.lines, decimals_of(currency)) if draft.lead.lines else []
        owner: str | Ref = present or Ref(key, NEW_ID)
        set_them = [set_rows(f"r{place}", "D" if self._is_deal else "L", owner, rows)] if rows else []
        if present:
            return set_them
        if not self._is_deal:
            return [add(key, LEAD, new_lead(draft, self._config)), *set_them]
        person = key_of(draft.customer) if draft.customer else ""
        before = parties.commands(person, draft.customer, "", None)
        fields = {**lead_as_deal(draft, self._config), **parties.fields(person, "")}
        return [*before, add(key, DEAL, fields), *set_them]

    def _outcome(
        self, place: int, draft: LeadDraft, group: Group, run: Run, there: dict[str, str], parties: Parties
    ) -> Outcome:
        id = there.get(draft.external_id) or new_id(run.result(f"l{place}"))
        error = run.error_of(group)
        if error is None and id:
            base = self._portal.base
            person = key_of(draft.customer) if draft.customer else ""
            return Written(
                id,
                url=deal_url(base, id) if self._is_deal else lead_url(base, id),
                also=also(draft.customer, parties.people.found(person, run)) if self._is_deal else (),
            )
        message = "Bitrix24 answered without the id of the lead. The hub looks it up before it writes again."
        return failed(f"Lead {draft.lead.id}", error or OutcomeUnknown(message, code="no_id"), id)
