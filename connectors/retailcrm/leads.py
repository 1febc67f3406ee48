"""Form leads: as orders without items, as notes at the visitor's customer, or, when they are carts, as carts.

RetailCRM has no entity for a lead. Which of the first two is meant is a setting of the connection.
"""

from collections.abc import Callable, Mapping, Sequence

from connectors.contract.carts import is_cart
from connectors.contract.errors import ConnectorError, Rejected
from connectors.contract.results import LeadDraft, NotWritten, Outcome, Refused, Written

from .carts import Carts
from .client import BATCH, Client
from .config import Config, LeadsAs
from .customers import CustomerSink, also, key_of
from .orders import OrderSink
from .outcomes import not_tried, one_by_one, raised_if_nothing_was_written
from .wire import text
from .writer import filled_in

NOBODY = "The visitor left neither an e-mail nor a phone, so there is no customer in RetailCRM to keep the note with."


class LeadSink:
    max_batch = BATCH

    def __init__(
        self, client: Client, config: Config, customers: CustomerSink, orders: OrderSink, carts: Carts
    ) -> None:
        self._client = client
        self._config = config
        self._customers = customers
        self._orders = orders
        self._carts = carts

    def put_leads(self, drafts: Sequence[LeadDraft]) -> Sequence[Outcome]:
        """One outcome per lead, in the same order."""
        carts = {at: draft for at, draft in enumerate(drafts) if is_cart(draft.lead)}
        others = {at: draft for at, draft in enumerate(drafts) if at not in carts}
        write = self._orders.write_leads if self._config.leads_as is LeadsAs.ORDER else self._noted
        outcomes = dict(zip(others, write(list(others.values())), strict=True))
        outcomes |= dict(zip(carts, self._for_customers(list(carts.values()), self._carts.put), strict=True))
        return raised_if_nothing_was_written([outcomes[at] for at in range(len(drafts))])

    def _noted(self, drafts: Sequence[LeadDraft]) -> Sequence[Outcome]:
        """A note each; one that was written already is left as it is."""
        return self._for_customers(drafts, self._note)

    def _for_customers(
        self, drafts: Sequence[LeadDraft], write: Callable[[LeadDraft, str], Outcome]
    ) -> Sequence[Outcome]:
        """Makes or finds all customers together, then writes one by one what belongs to each."""
        wanted = [draft.customer for draft in drafts if draft.customer and not _needs_no_customer(draft)]
        found = self._customers.ensure(wanted, update=False)
        return one_by_one(drafts, lambda draft: self._with_customer(draft, found, write))

    def _with_customer(
        self, draft: LeadDraft, found: Mapping[str, Outcome], write: Callable[[LeadDraft, str], Outcome]
    ) -> Outcome:
        if _needs_no_customer(draft):
            return write(draft, "")
        match found.get(key_of(draft.customer)) if draft.customer else None:
            case Written(id=id):
                outcome = write(draft, id)
            case Refused(message=message, code=code):
                return Refused(f"Lead {draft.lead.id} was not sent: its customer was refused. {message}", code)
            case NotWritten(error=error):
                return NotWritten(not_tried(error))
            case None:
                return Refused(f"Lead {draft.lead.id}: {NOBODY}", "no_contact")
        if isinstance(outcome, Written) and draft.customer:
            return Written(outcome.id, outcome.url, outcome.note, also=also(draft.customer, id))
        return outcome

    def _note(self, draft: LeadDraft, customer_id: str) -> Outcome:
        if draft.target_id:
            return Written(draft.target_id, note="The note is there already; notes are not changed.")
        mark = f"[{draft.external_id}]"
        if draft.must_look_up and (id := self._noted_before(customer_id, mark)):
            return Written(id)
        try:
            return Written(self._client.create_note(customer_id, note_text(draft, mark)))
        except Rejected as refusal:
            return Refused(f"Lead {draft.lead.id}: {refusal.message}", refusal.code)
        except ConnectorError as error:
            return NotWritten(error)

    def _noted_before(self, customer_id: str, mark: str) -> str:
        notes = self._client.notes_of(customer_id)
        return next((text(row.get("id")) for row in notes if mark in text(row.get("text"))), "")


def _needs_no_customer(draft: LeadDraft) -> bool:
    """A guest's cart is not taken, so no customer is made for it either."""
    return is_cart(draft.lead) and not (draft.customer and draft.customer.external_id)


def note_text(draft: LeadDraft, mark: str) -> str:
    """What the visitor wrote, as lines; the mark at the end lets a repeat find the note."""
    lead, source = draft.lead, draft.lead.source
    origin = [source.source, source.medium, source.campaign] if source is not None else []
    lines = [
        lead.title or lead.form,
        lead.message,
        *filled_in(lead),
        *(f"{name}: {value}" for name, value in draft.fields.items()),
        lead.page_url,
        " / ".join(part for part in origin if part),
        mark,
    ]
    return "\n".join(line for line in lines if line)
