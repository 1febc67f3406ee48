"""Writing orders as deals: look first, then contact, company, deal and rows together, and the rest where it stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import OutcomeUnknown, Rejected
from connectors.contract.results import NotWritten, OrderDraft, Outcome, Refused, Written
from connectors.toolkit.lenient import as_map, text
from connectors.toolkit.prices import decimals_of

from .batch import Group, Run, carry_out, new_id
from .config import Config, Deleted, Edits, deal_url
from .deals import Fields, changed_deal, new_deal
from .desk import ORDER_FIELD, Deal, Desk, Known, order_field
from .encoding import Command, Ref
from .entities import DEAL, IMPORT, add, batch_import, chunks, items, set_rows, update
from .errors import NO_METHOD, error_in
from .outcomes import failed, raised_if_nothing_was_written
from .parties import NEW_ID, Parties, also
from .people import company_name, key_of
from .portal import Portal
from .rows import rows_of, sum_of
from .stages import FAMILIES, first_of, in_pipeline

ORDERS = 100
"""One call of look-ups for four calls of writes, so that 10,000 commands of new orders fit into the 284 calls which the
portal takes in 130 seconds; with fewer orders at once every third call would be a look-up."""


@dataclass(slots=True)
class Job:
    """One order on its way. ``deal`` is what is there already; ``fields`` what is written, empty for nothing."""

    place: int
    draft: OrderDraft
    deal: Deal | None
    fields: Fields = field(default_factory=dict)
    rows: list[dict[str, Any]] | None = None
    person: str = ""
    company: str = ""
    stage: str = ""
    notes: list[str] = field(default_factory=list)
    group: Group = ()

    @property
    def key(self) -> str:
        return f"d{self.place}"

    @property
    def label(self) -> str:
        return f"Order {self.draft.order.number or self.draft.order.id}"


class OrderSink:
    max_batch = ORDERS

    def __init__(self, portal: Portal, config: Config, desk: Desk) -> None:
        self._portal = portal
        self._config = config
        self._desk = desk

    def put_orders(self, drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
        """Writes each order once. Every deal is searched for by our origin before it is made."""
        if not drafts:
            return []
        known = self._desk.look(drafts)
        outcomes: dict[int, Outcome] = {}
        jobs: list[Job] = []
        for place, draft in enumerate(drafts):
            job = self._job(place, draft, known, outcomes)
            if job is not None:
                jobs.append(job)
        parties = Parties(self._config, known.contacts, known.companies)
        run = self._written(jobs, parties, first=self._first(jobs, known))
        self._desk.note_order_field(run)
        outcomes |= {job.place: self._outcome(job, run, parties) for job in jobs}
        return raised_if_nothing_was_written([outcomes[place] for place in range(len(drafts))])

    # --- what is to be written --------------------------------------------------------------------------------------

    def _job(self, place: int, draft: OrderDraft, known: Known, outcomes: dict[int, Outcome]) -> Job | None:
        deal = known.deals.get(place)
        if deal is None and draft.target_id and self._config.deleted is Deleted.LEAVE:
            note = "The deal was deleted in Bitrix24, and this connection leaves it so."
            outcomes[place] = Written(draft.target_id, note=note)
            return None
        person = key_of(draft.customer) if draft.customer is not None and deal is None else ""
        if person in known.unanswered:
            outcomes[place] = NotWritten(known.unanswered[person])
            return None
        job = Job(place, draft, deal)
        try:
            job.stage = self._stage(job, known)
        except Rejected as refusal:
            outcomes[place] = Refused(refusal.message, refusal.code)
            return None
        if deal is None:
            self._fill_new(job, known)
        else:
            self._fill_changed(job, deal)
        return job

    def _stage(self, job: Job, known: Known) -> str:
        """The stage to set, empty for none. Raises Rejected when a pipeline has no stage of the family asked for."""
        wanted = job.draft.status or ""
        pipeline = self._config.pipeline
        if job.deal is None and self._desk.must_name_stage(job.draft):
            return first_of("", known.stages.get(pipeline, ()))
        if not wanted.startswith("*"):
            if wanted and job.deal is not None:
                return in_pipeline(wanted, text(job.deal.get("categoryId")) or "0", self._config.counterparts)
            return wanted or ("" if job.deal is not None else self._config.first_stage)
        if job.deal is not None:
            if FAMILIES.get(text(job.deal.get("stageSemanticId"))) == wanted:
                return text(job.deal.get("stageId"))
            pipeline = text(job.deal.get("categoryId")) or "0"
        stage = first_of(wanted, known.stages.get(pipeline, ()))
        if not stage:
            message = f"{job.label}: pipeline {pipeline} has no stage for “{wanted}”. Map the status to an exact stage."
            raise Rejected(message, code="no_stage")
        return stage

    def _fill_new(self, job: Job, known: Known) -> None:
        draft, order = job.draft, job.draft.order
        if draft.customer is not None:
            job.person = key_of(draft.customer)
            if job.person in known.notes:
                job.notes.append(known.notes[job.person])
        job.company = company_name(order) if self._config.with_companies else ""
        job.fields = new_deal(
            draft,
            self._config,
            stage=job.stage,
            manager=self._manager(job, known),
            with_order_field=known.has_order_field,
        )
        self._add_rows(job)

    def _fill_changed(self, job: Job, deal: Deal) -> None:
        edits = self._config.edits
        with_content = edits.follows(is_open=text(deal.get("closed")) != "Y")
        job.fields = changed_deal(job.draft, self._config, deal, stage=job.stage, with_content=with_content)
        if with_content:
            self._add_rows(job)
        elif edits is Edits.WHILE_OPEN:
            job.notes.append("The deal is closed, so its lines and amount were left as they are.")

    def _add_rows(self, job: Job) -> None:
        order = job.draft.order
        decimals = decimals_of(order.currency)
        job.rows = rows_of(order, decimals)
        found = sum_of(job.rows, decimals)
        if job.rows and abs(found - order.total) * 10**decimals >= 1:
            job.notes.append(f"The rows add up to {found}, the order's total {order.total} was set by hand.")

    def _manager(self, job: Job, known: Known) -> str:
        """The chosen manager when still employed, else the connection's default."""
        wanted, default = job.draft.manager, self._config.default_manager
        if not wanted or known.managers is None or wanted in known.managers:
            return wanted or default
        fallback = default if default in known.managers else ""
        given = f"user {fallback}" if fallback else "the owner of the webhook"
        job.notes.append(f"User {wanted} of the manager rule does not work in Bitrix24 any more; {given} was taken.")
        return fallback

    # --- writing ----------------------------------------------------------------------------------------------------

    def _first(self, jobs: Sequence[Job], known: Known) -> list[Group]:
        """The field for the orders' ids goes ahead of the first new deal."""
        is_due = known.must_make_order_field and any(job.deal is None for job in jobs)
        return [[order_field(self._config.order_field)]] if is_due else []

    def _written(self, jobs: Sequence[Job], parties: Parties, *, first: Sequence[Group]) -> Run:
        imported = [job for job in jobs if job.deal is None and job.draft.is_backfill]
        run = self._imported(imported, parties, first) if imported else Run()
        singles = [job for job in jobs if job.deal is not None or not job.draft.is_backfill]
        for job in singles:
            job.group = _edit_commands(job) if job.deal is not None else _new_commands(job, parties)
        ahead = [] if imported else first
        later = carry_out(self._portal, [*ahead, *(job.group for job in singles)], run.results, optional={ORDER_FIELD})
        later.errors |= run.errors
        return later

    def _imported(self, jobs: Sequence[Job], parties: Parties, first: Sequence[Group]) -> Run:
        """Old orders: buyers first, then deals twenty to a command in the order of their dates, then their rows."""
        before = [_party_commands(job, parties) for job in jobs]
        ahead = [*first, *(group for group in before if group)]
        run = carry_out(self._portal, ahead, optional={ORDER_FIELD})
        ready: list[Job] = []
        for job, group in zip(jobs, before, strict=True):
            command = add(job.key, DEAL, {**job.fields, **parties.fields(job.person, job.company)})
            broken = next((run.errors[key] for key in [each.key for each in group] if key in run.errors), None)
            broken = broken or next((run.errors[key] for key in command.needs if key in run.errors), None)
            job.group = [command, *_row_commands(job)]
            if broken is not None:
                run.errors[job.key] = broken
            else:
                job.fields = command.with_results(run.results).params["fields"]
                ready.append(job)
        ready.sort(key=lambda job: job.draft.order.created_at)
        parts = chunks(ready, IMPORT)
        calls = [[batch_import(f"i{place}", DEAL, [job.fields for job in part])] for place, part in enumerate(parts)]
        imports = carry_out(self._portal, calls, run.results)
        if any(error.code == NO_METHOD for error in imports.errors.values()):
            # Older self-hosted portals have no imports: then dates are lost, and orders are not.
            imports = carry_out(self._portal, [[add(job.key, DEAL, job.fields)] for job in ready], run.results)
        else:
            for place, part in enumerate(parts):
                _share_out(imports, f"i{place}", part)
        imports.errors |= run.errors
        rows = [_row_commands(job) for job in ready if job.rows and job.key in imports.results]
        done = carry_out(self._portal, rows, imports.results)
        done.errors |= imports.errors
        return done

    # --- what became of it ------------------------------------------------------------------------------------------

    def _outcome(self, job: Job, run: Run, parties: Parties) -> Outcome:
        id = text(job.deal.get("id")) if job.deal is not None else new_id(run.result(job.key))
        error = run.error_of(job.group)
        if error is None and id:
            return Written(
                id,
                url=deal_url(self._portal.base, id),
                note=" ".join(job.notes),
                also=also(job.draft.customer, parties.people.found(job.person, run)),
                status=_status(job, run),
            )
        return failed(job.label, error or OutcomeUnknown(NO_ID, code="no_id"), id)


NO_ID = "Bitrix24 answered without the id of the deal. The hub looks it up before it writes again."


def _party_commands(job: Job, parties: Parties) -> list[Command]:
    return parties.commands(job.person, job.draft.customer, job.company, job.draft.order)


def _new_commands(job: Job, parties: Parties) -> Group:
    before = _party_commands(job, parties)
    fields = {**job.fields, **parties.fields(job.person, job.company)}
    return [*before, add(job.key, DEAL, fields), *_row_commands(job)]


def _row_commands(job: Job) -> list[Command]:
    if not job.rows:
        return []
    owner = text(job.deal.get("id")) if job.deal is not None else Ref(job.key, NEW_ID)
    return [set_rows(f"r{job.place}", "D", owner, job.rows)]


def _edit_commands(job: Job) -> Group:
    """Nothing at all where the deal is as it should be."""
    id = text(job.deal.get("id")) if job.deal is not None else ""
    changes = [update(job.key, DEAL, id, job.fields)] if job.fields else []
    return [*changes, *_row_commands(job)]


def _share_out(run: Run, key: str, jobs: Sequence[Job]) -> None:
    """One import's answer as the answers of its deals: an id or an error for each, in the order sent."""
    refused = run.errors.get(key)
    entries = items(run.result(key))
    for place, job in enumerate(jobs):
        entry = entries[place] if place < len(entries) else {}
        if refused is not None:
            run.errors[job.key] = refused
        elif as_map(entry.get("item")):
            run.results[job.key] = entry
        elif entry:
            run.errors[job.key] = error_in(entry, is_write=True)
        else:
            run.errors[job.key] = OutcomeUnknown(NO_ID, code="no_id")


def _status(job: Job, run: Run) -> str:
    """The stage that this write set, where the draft does not name it."""
    if job.draft.status and job.draft.status == job.stage:
        return ""
    if job.deal is not None:
        return job.stage
    return text(as_map(as_map(run.result(job.key)).get("item")).get("stageId")) or job.stage
