"""What RetailCRM knows of an order beside its status: how it came in, whether it is paid, and its custom fields."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from connectors.contract.backward import PaidSeen
from connectors.contract.canonical import Money
from connectors.contract.errors import Misconfigured
from connectors.contract.results import StatusSeen

from .client import BATCH, Client
from .facts import Facts
from .reader import orders_of_site
from .wire import WireOrder, amount, rows, text

_CENT = Decimal("0.01")


class DetailSource:
    """``GET orders`` by ids, as the statuses are read."""

    max_fetch = BATCH

    def __init__(self, client: Client, facts: Facts) -> None:
        self._client = client
        self._facts = facts

    def details(self, ids: Sequence[str], external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Orders that do not exist any more are absent, and so are those of other sites."""
        found = orders_of_site(self._client, ids, external_ids)
        return [self._seen(order) for order in found if text(order.get("id")) and text(order.get("status"))]

    def _seen(self, order: WireOrder) -> StatusSeen:
        fields = order.get("customFields")
        return StatusSeen(
            id=text(order.get("id")),
            status=text(order.get("status")),
            external_id=text(order.get("externalId")),
            order_method=text(order.get("orderMethod")),
            paid=self._paid(order),
            fields=dict(fields) if isinstance(fields, Mapping) else {},
        )

    def _paid(self, order: WireOrder) -> PaidSeen:
        """Paid is what its payments cover in full; a part of it is not told to a store, which knows no parts."""
        taken = [row for row in rows(order.get("payments")) if self._is_complete(row)]
        total = amount(order.get("totalSumm"))
        # A payment may be entered without an amount: then it is of the whole order.
        sums = [amount(row["amount"]) if text(row.get("amount")) else total for row in taken]
        covered = sum(sums, Decimal(0))
        moments = [moment for row in taken if (moment := self._moment(row.get("paidAt"))) is not None]
        currency = text(order.get("currency"))
        currency = (
            currency if len(currency) == 3 and currency.isascii() and currency.isalpha() else self._facts.currency
        )
        return PaidSeen(
            is_paid=bool(taken) and covered + _CENT > total,
            amount=Money(amount=covered, currency=currency) if taken else None,
            paid_at=max(moments, default=None),
        )

    def _is_complete(self, payment: Mapping[str, Any]) -> bool:
        """By the payment status, where staff have marked which of them mean "paid"; else by its date."""
        status = text(payment.get("status"))
        known = self._statuses.get(status)
        return known if known is not None else bool(payment.get("paidAt"))

    @cached_property
    def _statuses(self) -> dict[str, bool]:
        """Which payment statuses mean that the money is there; read once while the connection is open."""
        try:
            found = self._client.reference("payment-statuses", "paymentStatuses")
        except Misconfigured as refusal:
            if refusal.code != "access_denied":
                raise
            return {}
        return {text(row.get("code")): row.get("paymentComplete") is True for row in found}

    def _moment(self, value: Any) -> datetime | None:
        return self._facts.moment(text(value))
