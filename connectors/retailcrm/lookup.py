"""Finding customers: by our external id, many at once; by e-mail or phone, one call each.

The order of rows in an answer is not promised, and a filter may match more than it should, so every row is compared
with what was asked for.
"""

from collections.abc import Iterable, Sequence

from connectors.contract.results import CustomerDraft
from connectors.toolkit.phones import digits
from connectors.toolkit.phones import e164 as phone

from .client import BATCH, Client
from .people import country_of, email_of, phone_of
from .wire import WireCustomer, amount, rows, text


def guest_key(draft: CustomerDraft) -> str:
    """What a customer without external id is recognised by: e-mail, then phone; empty when there is neither."""
    email = email_of(draft.customer)
    if email:
        return f"email:{email}"
    number = digits(phone_of(draft.customer))
    return f"phone:{number}" if number else ""


class Lookup:
    def __init__(self, client: Client, site: str) -> None:
        self._client = client
        self._site = site

    def by_external_ids(self, external_ids: Iterable[str]) -> dict[str, str]:
        """Ids over there by external id; those that are not there are absent."""
        wanted = list(external_ids)
        found: dict[str, str] = {}
        for start in range(0, len(wanted), BATCH):
            for row in self._of_site(self._client.customers_by_external_ids(wanted[start : start + BATCH])):
                found[text(row.get("externalId"))] = text(row.get("id"))
        return {external_id: found[external_id] for external_id in wanted if external_id in found}

    def by_guest_key(self, draft: CustomerDraft) -> str:
        """The customer with the draft's e-mail, or phone when it has none; empty when there is none.

        One that already carries another shop account's external id is never taken over by a registered customer.
        """
        key = guest_key(draft)
        if not key:
            return ""
        asked = key.partition(":")[2]
        read = self._client.customers_by_email if key.startswith("email:") else self._client.customers_by_name
        matching = [row for row in self._of_site(read(asked)) if key in _keys(row, country_of(draft.customer))]
        if draft.external_id:
            matching = [row for row in matching if text(row.get("externalId")) in {"", draft.external_id}]
        # An account in the shop before an anonymous one, the oldest first: every try then finds the same customer.
        matching.sort(key=lambda row: (not row.get("externalId"), amount(row.get("id"))))
        return text(matching[0].get("id")) if matching else ""

    def by_ids(self, ids: Sequence[str], drafts: Iterable[CustomerDraft]) -> dict[str, str]:
        """Which of those new customers is whose: ids by guest key."""
        read = self._of_site(self._client.customers_by_ids(ids)) if ids else []
        found: dict[str, str] = {}
        for draft in drafts:
            key = guest_key(draft)
            matching = [row for row in read if key in _keys(row, country_of(draft.customer))]
            if matching:
                found[key] = text(matching[0].get("id"))
        return found

    def _of_site(self, found: Iterable[WireCustomer]) -> list[WireCustomer]:
        return [row for row in found if text(row.get("site")) in {"", self._site}]


def _keys(row: WireCustomer, country: str) -> set[str]:
    keys = {f"email:{text(row.get('email')).strip().lower()}"}
    for entry in rows(row.get("phones")):
        keys.add(f"phone:{digits(phone(text(entry.get('number')), country))}")
    return keys - {"email:", "phone:"}
