"""Two lanes must not make one person at the same moment: a shop tells of an order and of its buyer together, and old
orders are brought over beside new ones. CRMs without a key for people would have them twice."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import NotTried
from connectors.contract.results import CustomerDraft
from integration_hub.engine import claims, links

from .desk import Prepared

BUSY = "customer_busy"


@dataclass(frozen=True, slots=True)
class Shared:
    """``free`` may be sent; of ``busy`` somebody else is just making the customer."""

    free: list[Prepared]
    busy: list[Prepared]


@contextmanager
def claimed(prepared: Sequence[Prepared], connection_id: int, owner: str) -> Iterator[Shared]:
    """While the block runs nobody else makes the people of these drafts whom the target does not know yet.

    Write down what was made before the block ends: whoever comes next looks for them.
    """
    wanted = [_keys(each) for each in prepared]
    keys = {key for some in wanted for key in some}
    ours = claims.take(connection_id, keys, owner)
    made = _made_meanwhile(prepared, connection_id)
    shared = Shared([], [])
    for each, some in zip(prepared, wanted, strict=True):
        is_free = ours.issuperset(some) and _guest(each) not in made
        (shared.free if is_free else shared.busy).append(each)
    try:
        yield shared
    finally:
        if keys:
            claims.release(owner)


def is_busy() -> NotTried:
    message = "The customer is just being made in the CRM with another object; this one follows in a second."
    return NotTried(message, code=BUSY)


def _made_meanwhile(prepared: Sequence[Prepared], connection_id: int) -> set[tuple[int, str]]:
    """Guests whom another lane has made between this batch's look at the links and its claim. Of those with an id of
    their own the target keeps copies out."""
    guests = [guest for each in prepared if (guest := _guest(each)) is not None]
    made: set[tuple[int, str]] = set()
    for store_id in {store_id for store_id, _ in guests}:
        sides = links.sides(store_id, ObjectKind.CUSTOMER, [key for store, key in guests if store == store_id])
        there = links.reached(sides.values(), {connection_id})
        made |= {(store_id, key) for key, side in sides.items() if (side.group, connection_id) in there}
    return made


def _guest(prepared: Prepared) -> tuple[int, str] | None:
    """Store and key of somebody without an id, whom the target is not known to have."""
    person = _newcomer(prepared)
    if person is None or person.external_id or not person.key:
        return None
    return prepared.route.store_id, person.key


def _newcomer(prepared: Prepared) -> CustomerDraft | None:
    draft = prepared.draft
    person = draft if isinstance(draft, CustomerDraft) else getattr(draft, "customer", None)
    return person if isinstance(person, CustomerDraft) and not person.target_id else None


def _keys(prepared: Prepared) -> set[str]:
    """By the store's key, and by the e-mail: one person may be a guest of one order and not of another."""
    person = _newcomer(prepared)
    if person is None:
        return set()
    own = prepared.item.object_id if person is prepared.draft else person.key
    named = [f"{prepared.route.store_id}:{own}" if own else "", person.customer.email.strip().lower()]
    return {hashlib.sha256(name.encode()).hexdigest() for name in named if name}
