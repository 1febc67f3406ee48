"""What has to be done in Magento so that an order gets a status: there is no call that sets one.

A status belongs to a state, and states are reached by documents and actions (invoice, shipment, cancel, hold). Within a
state a status may be chosen by a comment.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from .codes import STATES


class Action(StrEnum):
    COMMENT = "comment"
    """A comment that bears the status."""
    NOTE = "note"
    """A comment only; the status stays."""
    INVOICE = "invoice"
    SHIP = "ship"
    CANCEL = "cancel"
    HOLD = "hold"
    UNHOLD = "unhold"
    REFUND = "refund"


HOLDED = "holded"

States = Mapping[str, Collection[str]]
"""States by status: a shop may give one status to several, as it is installed with “fraud”."""


def plan(status: str, state: str, states: States, chosen: Mapping[str, str], *, is_invoiced: bool) -> list[Action]:
    """Steps from an order in ``state`` to ``status``. ``states`` names the states of each status that is known;
    ``chosen`` is what staff have laid down for single statuses. ``is_invoiced``: nothing is left to be invoiced; an
    order may be in ``processing`` without that, after a shipment for one, and then no shipment completes it. Whoever
    takes the steps stops as soon as the status is reached. Empty: nothing leads there."""
    first = [Action.UNHOLD] if state == HOLDED and status_state(status, state, states) != HOLDED else []
    laid_down = chosen.get(status)
    if laid_down in set(Action):
        action = Action(laid_down)
        return [action] if action is Action.UNHOLD else [*first, action, *_then_comment(status, action)]
    wanted = status_state(status, state, states)
    if wanted in {None, state}:
        return [*first, Action.COMMENT]
    match wanted:
        case "canceled":
            return [*first, Action.CANCEL, *_then_comment(status, Action.CANCEL)]
        case "holded":
            return [Action.HOLD, *_then_comment(status, Action.HOLD)]
        case "closed":
            return [*first, Action.REFUND]
        case "processing":
            return [*first, Action.INVOICE, *_then_comment(status, Action.INVOICE)]
        case "complete":
            steps = [Action.SHIP] if is_invoiced else [Action.INVOICE, Action.SHIP]
            return [*first, *steps, *_then_comment(status, Action.SHIP)]
    return [*first, Action.COMMENT]


def status_state(status: str, state: str, states: States) -> str | None:
    """The state that a status belongs to: of several the present one, if that is among them. None when nobody has told,
    or when there is more than one that an action could lead to."""
    known = states.get(status)
    if known is None:
        return STATES.get(status)
    if state in known:
        return state
    return next(iter(known)) if len(known) == 1 else None


def is_needless(step: Action, status: str, states: States) -> bool:
    """Whether an order that is in ``status`` by now has no use for the step: what is virtual, or was shipped before, is
    complete with its invoice, and a shipment more is refused."""
    return step is Action.SHIP and status_state(status, "complete", states) == "complete"


_REACHED = {
    Action.INVOICE: {"processing"},
    Action.SHIP: {"complete"},
    Action.CANCEL: {"canceled"},
    Action.HOLD: {"holded"},
    Action.REFUND: {"closed"},
}


def _then_comment(status: str, action: Action) -> list[Action]:
    """A shop's own status within the state that the action leads to."""
    return [Action.COMMENT] if action in _REACHED and status not in _REACHED[action] else []
