"""Carts that were left: RetailCRM keeps one cart per registered customer and site (``customer-interaction/.../cart``).

A cart is no order there, and an order says itself that it came from one (``isFromCart``), so a cart that turns into an
order leaves nothing behind twice.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Lead, OrderLine
from connectors.contract.errors import ConnectorError, Rejected
from connectors.contract.results import NOT_TAKEN, LeadDraft, NotWritten, Outcome, Refused, Written

from .client import Client
from .config import Config
from .facts import Facts
from .items import offer_of
from .people import without_empty
from .prices import decimals_of, money, number


class Carts:
    def __init__(self, client: Client, config: Config, facts: Facts) -> None:
        self._client = client
        self._config = config
        self._facts = facts

    def put(self, draft: LeadDraft, customer_id: str) -> Outcome:
        """Sets the customer's cart to what it is now; clears it when it is empty or became an order. Safe to repeat."""
        if not customer_id:
            return Refused("RetailCRM keeps carts of registered customers only; this one is a guest's.", NOT_TAKEN)
        if not self._config.offers_known:
            return Refused("Carts name offers of the catalog, which this connection says is not there.", NOT_TAKEN)
        items = [item for line in draft.lead.lines if (item := self._item(draft.lead, line))]
        try:
            if draft.lead.order_id or not items:
                self._client.clear_cart(self._cleared(draft, customer_id))
                note = "The cart became an order." if draft.lead.order_id else "The cart is empty."
                return Written(draft.external_id, note=note)
            self._client.set_cart(self._cart(draft, customer_id, items))
        except Rejected as refusal:
            return Refused(f"Cart {draft.lead.id}: {refusal.message}", refusal.code)
        except ConnectorError as error:
            return NotWritten(error)
        return Written(draft.external_id)

    def _cart(self, draft: LeadDraft, customer_id: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        lead = draft.lead
        body: dict[str, Any] = {
            "externalId": draft.external_id,
            "createdAt": self._moment(lead.created_at),
            "updatedAt": self._moment(lead.updated_at or lead.created_at),
            "droppedAt": self._moment(lead.updated_at or lead.created_at),
            "link": lead.page_url,
            "customer": _customer(customer_id),
            "items": items,
        }
        filled: dict[str, Any] = without_empty(body)
        return filled

    def _cleared(self, draft: LeadDraft, customer_id: str) -> dict[str, Any]:
        lead = draft.lead
        body: dict[str, Any] = {
            "customer": _customer(customer_id),
            "clearedAt": self._moment(lead.updated_at or lead.created_at),
            "order": {"externalId": draft.order_external_id},
        }
        filled: dict[str, Any] = without_empty(body)
        return filled

    def _item(self, lead: Lead, line: OrderLine) -> dict[str, Any]:
        """Empty for a line that no offer stands behind: the cart has no place for free text."""
        offer = {name: value for name, value in offer_of(line, self._config).items() if value}
        if not offer or line.quantity <= 0:
            return {}
        decimals = decimals_of(lead.currency or self._facts.currency)
        price = money(max(line.total_gross, Decimal(0)) / line.quantity, decimals)
        return {"offer": offer, "quantity": number(line.quantity), "price": price}

    def _moment(self, moment: datetime) -> str:
        """Unlike everywhere else, times of a cart carry their offset."""
        return moment.astimezone(self._facts.zone).isoformat(sep=" ", timespec="seconds")


def _customer(id: str) -> dict[str, Any]:
    return {"id": int(id) if id.isdigit() else id}
