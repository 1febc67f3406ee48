"""Writing orders and leads: customers first, new ones together, then one by one what has to be edited or explained.

What went in stays recorded whatever happens to the others. Nothing loops: an edit may turn into a create and a create
into an edit, each once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from connectors.contract.errors import ConnectorError, Rejected
from connectors.contract.results import (
    CustomerDraft,
    LeadDraft,
    NotWritten,
    OrderDraft,
    Outcome,
    Refused,
    Written,
    WrittenAlso,
)

from .client import BATCH, Client
from .config import Config, order_url
from .corporate import Corporates, company_of, order_fields
from .customers import CustomerSink, also, key_of
from .errors import ALREADY_EXISTS, NOT_FOUND
from .facts import Facts
from .items import credits_of
from .outcomes import not_tried, one_by_one, raised_if_nothing_was_written, shared
from .payments import steps
from .prices import decimals_of
from .reader import orders_of_site
from .wire import WireOrder, amount, text
from .writer import OrderBodies, lead_bodies, order_bodies


@dataclass(frozen=True, slots=True)
class Job:
    """One order or lead on its way. ``order`` is None for a lead, which has no payments and no total."""

    label: str
    external_id: str
    target_id: str
    must_look_up: bool
    bodies: OrderBodies
    customer: CustomerDraft | None
    customer_id: str = ""
    order: OrderDraft | None = None
    company: Mapping[str, Any] | None = None
    """What an order of a company carries in place of its plain customer; empty: the order has it already."""

    @property
    def create_body(self) -> WireOrder:
        return self._with_customer(self.bodies.create)

    @property
    def edit_body(self) -> WireOrder:
        # An order keeps the company that it was made for.
        return self.bodies.edit if self.company is not None else self._with_customer(self.bodies.edit)

    def _with_customer(self, body: WireOrder) -> WireOrder:
        if self.company:
            found: WireOrder = {**body, **self.company}  # type: ignore[typeddict-item]  # names and shapes are corporate.py's
            return found
        if not self.customer_id:
            return body
        id = int(self.customer_id) if self.customer_id.isdigit() else self.customer_id
        return {**body, "customer": {"id": id}}


class OrderSink:
    """Everything that ends in an order: ``put_orders``, and leads that become orders."""

    max_batch = BATCH

    def __init__(
        self,
        client: Client,
        config: Config,
        facts: Facts,
        customers: CustomerSink,
        corporates: Corporates | None = None,
    ) -> None:
        self._client = client
        self._config = config
        self._facts = facts
        self._customers = customers
        self._corporates = corporates

    def put_orders(self, drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
        """Writes each order once. An order in another currency than the site's is refused before anything is sent."""
        refusals = {position: self._wrong_currency(draft) for position, draft in enumerate(drafts)}
        jobs = {position: self._order_job(draft) for position, draft in enumerate(drafts) if not refusals[position]}
        done = dict(zip(jobs, self._write(list(jobs.values())), strict=True))
        outcomes = [done[position] if position in done else refusals[position] for position in range(len(drafts))]
        return raised_if_nothing_was_written([outcome for outcome in outcomes if outcome is not None])

    def write_leads(self, drafts: Sequence[LeadDraft]) -> Sequence[Outcome]:
        """Leads as orders without items."""
        return self._write([self._lead_job(draft) for draft in drafts])

    def _order_job(self, draft: OrderDraft) -> Job:
        return Job(
            label=f"Order {draft.order.number or draft.order.id}",
            external_id=draft.external_id,
            target_id=draft.target_id,
            must_look_up=draft.must_look_up,
            bodies=order_bodies(draft, self._config, self._facts),
            customer=draft.customer,
            order=draft,
        )

    def _lead_job(self, draft: LeadDraft) -> Job:
        return Job(
            label=f"Lead {draft.lead.id}",
            external_id=draft.external_id,
            target_id=draft.target_id,
            must_look_up=draft.must_look_up,
            bodies=lead_bodies(draft, self._facts),
            customer=draft.customer,
        )

    def _wrong_currency(self, draft: OrderDraft) -> Refused | None:
        ours, theirs = draft.order.currency, self._facts.currency
        if not theirs or ours == theirs:
            return None
        message = (
            f"Order {draft.order.number or draft.order.id} is in {ours}, but the site “{self._config.site}” in "
            f"RetailCRM keeps {theirs}. Nothing was sent. Connect the store to a site in {ours}, or change the site's "
            "currency in RetailCRM and press Verify."
        )
        return Refused(message, "currency")

    # --- the batch ---------------------------------------------------------------------------------------------------

    def _write(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome per job, in the same order."""
        outcomes: dict[int, Outcome] = {}
        ready = self._with_customers(dict(enumerate(jobs)), outcomes)
        found = {at: also(job.customer, job.customer_id) for at, job in ready.items() if job.customer}
        ready = self._looked_up(ready, outcomes)
        new = {position: job for position, job in ready.items() if not job.target_id}
        single = {position: job for position, job in ready.items() if job.target_id}
        single = (new if len(new) == 1 else self._uploaded(new, outcomes)) | single
        stopped = next((end for at in new if isinstance(end := outcomes.get(at), NotWritten)), None)
        if stopped is not None:
            outcomes |= {position: NotWritten(not_tried(stopped.error)) for position in single}
        else:
            outcomes |= dict(zip(single, one_by_one(single.values(), self._write_one), strict=True))
        return [_remembering(outcomes[position], found.get(position, ())) for position in range(len(jobs))]

    def _with_customers(self, jobs: Mapping[int, Job], outcomes: dict[int, Outcome]) -> dict[int, Job]:
        found = self._customers.ensure([job.customer for job in jobs.values() if job.customer], update=False)
        ready: dict[int, Job] = {}
        for position, job in jobs.items():
            match found.get(key_of(job.customer)) if job.customer else None:
                case Written(id=id):
                    ready[position] = replace(job, customer_id=id)
                case Refused(message=message, code=code):
                    outcomes[position] = Refused(f"{job.label} was not sent: its customer was refused. {message}", code)
                case NotWritten(error=error):
                    outcomes[position] = NotWritten(error)
                case None:
                    # Without e-mail and phone nobody can be found again: RetailCRM makes a customer from the name.
                    ready[position] = job
        return self._with_companies(ready, outcomes) if self._corporates is not None else ready

    def _with_companies(self, jobs: Mapping[int, Job], outcomes: dict[int, Outcome]) -> dict[int, Job]:
        """Corporate customers of those orders that a company made; what goes wrong is that order's own."""
        assert self._corporates is not None  # noqa: S101 - asked by the caller
        ready: dict[int, Job] = {}
        for position, job in jobs.items():
            company = company_of(job.order.order) if job.order is not None and job.customer_id else None
            if company is None:
                ready[position] = job
                continue
            if job.target_id:
                ready[position] = replace(job, company={})
                continue
            try:
                corporate = self._corporates.ensure(job.customer_id, company)
            except Rejected as refusal:
                message = f"{job.label} was not sent: its company was refused. {refusal.message}"
                outcomes[position] = Refused(message, refusal.code)
            except ConnectorError as error:
                outcomes[position] = NotWritten(not_tried(error))
            else:
                ready[position] = replace(job, company=order_fields(job.customer_id, corporate, company))
        return ready

    def _looked_up(self, jobs: Mapping[int, Job], outcomes: dict[int, Outcome]) -> dict[int, Job]:
        """Jobs whose earlier try got no answer turn into edits where the order is there after all."""
        doubtful = [job.external_id for job in jobs.values() if job.must_look_up and not job.target_id]
        ids: dict[str, str] = {}
        try:
            for row in orders_of_site(self._client, [], doubtful):
                ids[text(row.get("externalId"))] = text(row.get("id"))
        except ConnectorError as error:
            outcomes |= shared(jobs, error)
            return {}
        return {
            position: replace(job, target_id=job.target_id or ids.get(job.external_id, ""))
            for position, job in jobs.items()
        }

    def _uploaded(self, jobs: Mapping[int, Job], outcomes: dict[int, Outcome]) -> dict[int, Job]:
        """Creates them together; returns those that did not go in and need their own words."""
        failed: dict[int, Job] = {}
        positions = list(jobs)
        for start in range(0, len(positions), BATCH):
            part = {position: jobs[position] for position in positions[start : start + BATCH]}
            try:
                answer = self._client.upload_orders([job.create_body for job in part.values()])
            except Rejected:
                failed |= part  # refused as a whole, without a list
                continue
            except ConnectorError as error:
                outcomes |= {position: NotWritten(error) for position in part}
                outcomes |= {position: NotWritten(not_tried(error)) for position in positions[start + BATCH :]}
                break
            for position, job in part.items():
                id = answer.ids.get(job.external_id)
                if id:
                    total, number = answer.totals.get(job.external_id), answer.numbers.get(job.external_id, "")
                    outcomes[position] = self._written(job, id, total, number)
                else:
                    failed[position] = job
        return failed

    # --- one ---------------------------------------------------------------------------------------------------------

    def _write_one(self, job: Job) -> Outcome:
        try:
            return self._put(job)
        except Rejected as refusal:
            if not _names_a_missing_customer(refusal) or job.customer is None or not job.customer.target_id:
                raise
        # The customer we knew was deleted or merged over there: find or make them again, once.
        outcomes: dict[int, Outcome] = {}
        fresh = replace(job, customer=replace(job.customer, target_id=""), customer_id="")
        ready = self._with_customers({0: fresh}, outcomes)
        return self._put(ready[0]) if ready else outcomes[0]

    def _put(self, job: Job) -> Outcome:
        if job.target_id:
            try:
                return self._edit(job, job.target_id, by="id")
            except Rejected as refusal:
                if refusal.code != NOT_FOUND:
                    raise
        try:
            id, order = self._client.create_order(job.create_body)
        except Rejected as refusal:
            if refusal.code != ALREADY_EXISTS:
                raise
            return self._edit_existing(job, refusal)
        return self._written(job, id, order.get("totalSumm"), text(order.get("number")))

    def _edit_existing(self, job: Job, refusal: Rejected) -> Outcome:
        """The order that is said to exist; when it does not, something else of it does (its number, a payment), and the
        words that were said stay."""
        try:
            return self._edit(job, job.external_id, by="externalId")
        except Rejected as answer:
            raise refusal if answer.code == NOT_FOUND else answer from None

    def _edit(self, job: Job, id: str, *, by: str) -> Outcome:
        answered, order = self._client.edit_order(id, job.edit_body, by=by)
        present = answered or job.target_id
        trouble = self._payment_trouble(job, present, order)
        return trouble or self._written(job, present, order.get("totalSumm"), text(order.get("number")))

    def _payment_trouble(self, job: Job, id: str, order: WireOrder) -> Outcome | None:
        """Brings the payments up to date; what goes wrong names the order, which is written already."""
        draft = job.order
        if draft is None or draft.payment_codes is None:
            return None
        try:
            present = order or self._client.order(id)
            steps(draft, present.get("payments"), self._facts, id).run(self._client)
        except Rejected as refusal:
            message = f"{job.label} is in RetailCRM, but one of its payments was refused. {refusal.message}"
            return Refused(message, refusal.code, id=id)
        except ConnectorError as error:
            return NotWritten(error, id=id)
        return None

    def _written(self, job: Job, id: str, total: float | None, number: str) -> Written:
        return Written(
            id=id,
            url=order_url(self._config.base_url, id),
            note=_note(job, total),
            also=also(job.customer, job.customer_id) if job.customer and job.customer_id else (),
            number=number,
        )


def _remembering(outcome: Outcome, found: Sequence[WrittenAlso]) -> Outcome:
    """An order that has to come again comes with its customer known: looking for them costs a call each."""
    return replace(outcome, also=found) if isinstance(outcome, NotWritten) and not outcome.id else outcome


def _note(job: Job, total: float | None) -> str:
    """What staff should know of an order that went in."""
    if job.order is None:
        return ""
    order, notes = job.order.order, []
    if credits_of(order):
        notes.append("A negative fee was sent as a discount on the whole order.")
    if total is not None:
        step = Decimal(1).scaleb(-decimals_of(order.currency))
        if abs(amount(total) - order.total) >= step:
            notes.append(f"RetailCRM works out {total}, the shop {order.total}.")
    return " ".join(notes)


def _names_a_missing_customer(refusal: Rejected) -> bool:
    said = refusal.message.lower()
    return "customer" in said and "not found" in said
