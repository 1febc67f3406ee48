"""What goes from the CRM to the store beside statuses: that an order is paid, and the CRM's number of it."""

from dataclasses import dataclass
from datetime import datetime

from .canonical import Money


@dataclass(frozen=True, slots=True)
class PaidSeen:
    """Whether an order is paid in full there, how much was taken in all, and when the last of it."""

    is_paid: bool
    amount: Money | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaidDraft:
    """An order that was paid in full in the CRM, to be marked as paid in the store. No money is moved.

    ``change_id`` is the same for every try of one change. A store that has the order paid already writes nothing and
    answers Written.
    """

    target_id: str
    change_id: str
    paid_at: datetime | None = None
    amount: Money | None = None
    order_number: str = ""


@dataclass(frozen=True, slots=True)
class NumberDraft:
    """The number under which the CRM keeps an order, for the store to show. ``order_number`` is the store's present."""

    target_id: str
    number: str
    change_id: str
    order_number: str = ""
