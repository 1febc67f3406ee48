"""Two lanes must not make one person at the same moment: a shop tells of an order and of its buyer together, and old
orders are brought over beside new ones. CRMs without a key for people would have them twice."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.contract.errors import NotTried
from connectors.contract.results import CustomerDraft
from integration_hub.engine import claims

from .desk import Prepared

BUSY = "customer_busy"


@dataclass(frozen=True, slots=True)
class Shared:
    """``free`` may be sent; of ``busy`` somebody else is just making the customer."""

    free: Sequence[Prepared]
    busy: Sequence[Prepared]


@contextmanager
def claimed(prepared: Sequence[Prepared], connection_id: int, owner: str) -> Iterator[Shared]:
    """While the block runs nobody else makes the people of these drafts whom the target does not know yet.

    Write down what was made before the block ends: whoever comes next looks for them.
    """
    wanted = {place: _keys(each) for place, each in enumerate(prepared)}
    keys = {key for some in wanted.values() for key in some}
    ours = claims.take(connection_id, keys, owner)
    free = [each for place, each in enumerate(prepared) if ours.issuperset(wanted[place])]
    busy = [each for place, each in enumerate(prepared) if not ours.issuperset(wanted[place])]
    try:
        yield Shared(free, busy)
    finally:
        if keys:
            claims.release(owner)


def is_busy() -> NotTried:
    message = "The customer is just being made in the CRM with another object; this one follows in a second."
    return NotTried(message, code=BUSY)


def _keys(prepared: Prepared) -> set[str]:
    """By the store's key, and by the e-mail: one person may be a guest of one order and not of another."""
    draft = prepared.draft
    person = draft if isinstance(draft, CustomerDraft) else getattr(draft, "customer", None)
    if not isinstance(person, CustomerDraft) or person.target_id:
        return set()
    own = prepared.item.object_id if person is draft else person.key
    named = [f"{prepared.route.store_id}:{own}" if own else "", person.customer.email.strip().lower()]
    return {hashlib.sha256(name.encode()).hexdigest() for name in named if name}
