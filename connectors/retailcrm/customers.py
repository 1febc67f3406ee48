"""Customers: found or made in as few calls as possible. Used for customers themselves and ahead of orders.

Registered customers carry the shop's id as externalId. Guests never do: they are found again by e-mail or phone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import ConnectorError, OutcomeUnknown, Rejected
from connectors.contract.results import CustomerDraft, Outcome, Refused, Written, WrittenAlso

from .client import BATCH, Client
from .config import Config
from .errors import NOT_FOUND
from .facts import Facts
from .lookup import Lookup, guest_key
from .outcomes import one_by_one, raised_if_nothing_was_written, shared
from .people import customer_body, email_of
from .wire import WireCustomer

Drafts = Mapping[str, CustomerDraft]
Outcomes = dict[str, Outcome]


def key_of(draft: CustomerDraft) -> str:
    """The same for drafts of the same person; empty for one who cannot be recognised at all."""
    if draft.external_id:
        return f"id:{draft.external_id}"
    return f"target:{draft.target_id}" if draft.target_id else guest_key(draft)


class CustomerSink:
    max_batch = BATCH

    def __init__(self, client: Client, config: Config, facts: Facts) -> None:
        self._client = client
        self._config = config
        self._facts = facts
        self._lookup = Lookup(client, config.site)

    def put_customers(self, drafts: Sequence[CustomerDraft]) -> Sequence[Outcome]:
        """Creates or updates each customer; the same person twice in a batch is written once, newest data."""
        found = self.ensure(drafts, update=True)
        nobody = Refused("The customer has neither an e-mail nor a phone, so RetailCRM could not find them again.")
        return raised_if_nothing_was_written([found.get(key_of(draft), nobody) for draft in drafts])

    def ensure(self, drafts: Sequence[CustomerDraft], *, update: bool) -> Outcomes:
        """Written, Refused or NotWritten by ``key_of``. Without ``update`` a customer that is known or found is left
        as it is there, except that it may get its externalId."""
        # What one draft has to look up holds for all drafts of that person, whichever of them is written.
        doubtful = {key_of(draft) for draft in drafts if draft.must_look_up}
        wanted = {
            key_of(draft): replace(draft, must_look_up=key_of(draft) in doubtful) for draft in drafts if key_of(draft)
        }
        known = {key: draft for key, draft in wanted.items() if draft.target_id}
        outcomes: Outcomes = self._known(known, update=update)
        # Deleted over there in the meantime: from here on it is a new one.
        gone = {key for key, outcome in outcomes.items() if isinstance(outcome, Refused) and outcome.code == NOT_FOUND}
        rest = {key: replace(draft, target_id="") for key, draft in wanted.items() if key not in known or key in gone}
        outcomes = {key: outcome for key, outcome in outcomes.items() if key not in gone}
        try:
            outcomes |= self._registered({key: draft for key, draft in rest.items() if draft.external_id}, update)
            outcomes |= self._guests({key: draft for key, draft in rest.items() if not draft.external_id}, update)
        except ConnectorError as error:
            outcomes |= shared([key for key in rest if key not in outcomes], error)
        return outcomes

    def _known(self, drafts: Drafts, *, update: bool) -> Outcomes:
        if not update:
            return {key: Written(draft.target_id) for key, draft in drafts.items()}
        return _keyed(drafts, lambda draft: self._edit(draft, draft.target_id))

    # --- registered --------------------------------------------------------------------------------------------------

    def _registered(self, drafts: Drafts, update: bool) -> Outcomes:
        outcomes: Outcomes = {}
        first = {key: draft for key, draft in drafts.items() if draft.must_look_up or self._config.find_by_email}
        outcomes |= self._present(first, update=update)
        if self._config.find_by_email:
            outcomes |= self._adopted({key: draft for key, draft in drafts.items() if key not in outcomes})
        new = {key: draft for key, draft in drafts.items() if key not in outcomes}
        if len(new) == 1:
            return outcomes | _keyed(new, self._create_registered)
        uploaded, failed = self._upload(new)
        outcomes |= uploaded
        outcomes |= self._present(failed, update=update)
        unexplained = {key: draft for key, draft in failed.items() if key not in outcomes}
        return outcomes | _keyed(unexplained, self._create_registered)

    def _present(self, drafts: Drafts, *, update: bool) -> Outcomes:
        """Those that RetailCRM already has under their external id."""
        if not drafts:
            return {}
        ids = self._lookup.by_external_ids(draft.external_id for draft in drafts.values())
        present = {
            key: replace(draft, target_id=ids[draft.external_id])
            for key, draft in drafts.items()
            if draft.external_id in ids
        }
        return self._known(present, update=update)

    def _adopted(self, drafts: Drafts) -> Outcomes:
        """Those whose e-mail is there already, as guest or from the time before the hub: they get the external id."""
        found, stopped = self._found(drafts)
        present = {key: replace(drafts[key], target_id=id) for key, id in found.items() if id}
        outcomes = _keyed(present, lambda draft: self._edit(draft, draft.target_id))
        return outcomes | shared([key for key in drafts if key not in present], stopped) if stopped else outcomes

    def _found(self, drafts: Drafts) -> tuple[dict[str, str], ConnectorError | None]:
        """Ids over there, empty for nobody, with one call each; and what stopped it. What was found until then counts:
        with fifty calls on end the account's limit or the task's time may well end in their midst."""
        found: dict[str, str] = {}
        for key, draft in drafts.items():
            try:
                found[key] = self._lookup.by_guest_key(draft)
            except ConnectorError as error:
                return found, error
        return found, None

    def _create_registered(self, draft: CustomerDraft) -> Outcome:
        try:
            return self._create(draft)
        except Rejected as refusal:
            ids = self._lookup.by_external_ids([draft.external_id])
            id = ids.get(draft.external_id) or self._lookup.by_guest_key(draft)
            if not id:
                raise refusal from None
            return self._edit(draft, id)

    def _upload(self, drafts: Drafts) -> tuple[Outcomes, dict[str, CustomerDraft]]:
        outcomes: Outcomes = {}
        failed: dict[str, CustomerDraft] = {}
        keys = list(drafts)
        for start in range(0, len(keys), BATCH):
            part = {key: drafts[key] for key in keys[start : start + BATCH]}
            try:
                ids = self._client.upload_customers([self._new_body(draft) for draft in part.values()]).ids
            except Rejected:
                ids = {}  # refused as a whole: each is tried alone and gets its own answer
            for key, draft in part.items():
                if ids.get(draft.external_id):
                    outcomes[key] = Written(ids[draft.external_id])
                else:
                    failed[key] = draft
        return outcomes, failed

    # --- guests ------------------------------------------------------------------------------------------------------

    def _guests(self, drafts: Drafts, update: bool) -> Outcomes:
        found, stopped = self._found({key: draft for key, draft in drafts.items() if self._is_looked_for(draft)})
        present = {key: replace(drafts[key], target_id=id) for key, id in found.items() if id}
        outcomes = self._known(present, update=update)
        new = {key: draft for key, draft in drafts.items() if key not in present}
        if stopped:
            return outcomes | shared(new, stopped)
        if len(new) > 1:
            outcomes |= self._upload_guests(new)
        return outcomes | _keyed({key: draft for key, draft in new.items() if key not in outcomes}, self._create)

    def _is_looked_for(self, draft: CustomerDraft) -> bool:
        """RetailCRM documents no search by phone, so one who left only a phone is made at once, unless an earlier try
        may have done that already or staff want it tried."""
        if draft.must_look_up:
            return True
        return self._config.find_guests if email_of(draft.customer) else self._config.find_by_phone

    def _upload_guests(self, drafts: Drafts) -> Outcomes:
        """Made together, then told apart by reading them: the answer names ids only, in no promised order."""
        outcomes: Outcomes = {}
        keys = list(drafts)
        for start in range(0, len(keys), BATCH):
            part = {key: drafts[key] for key in keys[start : start + BATCH]}
            try:
                ids = self._client.upload_customers([self._new_body(draft) for draft in part.values()]).loose_ids
            except Rejected:
                continue  # as a whole: each is tried alone
            except ConnectorError as error:
                return outcomes | shared(keys[start:], error)
            outcomes |= self._told_apart(ids, part)
        return outcomes

    def _told_apart(self, ids: Sequence[str], part: Drafts) -> Outcomes:
        """They are there: when they cannot be read just now, each is looked up before it is made again."""
        try:
            found = self._lookup.by_ids(ids, part.values())
        except ConnectorError as error:
            message = "RetailCRM has made this customer, but could not be asked for the number. The hub looks them up."
            unknown = OutcomeUnknown(message, code=error.code, retry_after=getattr(error, "retry_after", None))
            return shared(part, unknown)
        return {key: Written(id) for key, id in found.items()}

    # --- single calls ------------------------------------------------------------------------------------------------

    def _create(self, draft: CustomerDraft) -> Outcome:
        return Written(self._client.create_customer(self._new_body(draft)))

    def _edit(self, draft: CustomerDraft, id: str) -> Outcome:
        return Written(self._client.edit_customer(id, customer_body(draft, self._facts, is_new=False)))

    def _new_body(self, draft: CustomerDraft) -> WireCustomer:
        return customer_body(draft, self._facts, is_new=True)


def also(draft: CustomerDraft, id: str) -> tuple[WrittenAlso, ...]:
    """The customer as something that came to be with an order, under the name by which the hub finds it again."""
    return (WrittenAlso(ObjectKind.CUSTOMER, draft.key, id),) if draft.key and not draft.target_id else ()


def _keyed(drafts: Drafts, write: Callable[[CustomerDraft], Outcome]) -> Outcomes:
    return dict(zip(drafts, one_by_one(drafts.values(), write), strict=True))
