"""Errors sorted by who acts next: the hub, staff on one object, staff on the connection, or nobody yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

AGAIN = "The hub tries again by itself."
"""Ends the message of a passing fault."""


def without_promise(message: str) -> str:
    """The message where the promise does not hold: after the last try, or of a call that somebody made by hand."""
    return message.removesuffix(AGAIN).rstrip()


class ConnectorError(Exception):
    """Base of all that a connector raises on purpose.

    ``message`` is for staff: what happened, to what, what to do; never a secret, never a body. ``code`` is the
    system's own code or a short word of ours, stable enough to group by.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Retryable(ConnectorError):
    """A passing fault; nothing was written. The hub tries again on its own schedule, not before ``retry_after``."""

    def __init__(self, message: str, *, code: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class RateLimited(Retryable):
    """The account's budget is used up. The lane sleeps; the object's attempt is not counted."""


class MethodLimited(RateLimited):
    """The budget of one method is used up. Objects that need it wait, their attempts not counted; others go on."""


class NotTried(Retryable):
    """Not sent, because a call before it failed. The object's attempt is not counted and it comes again at once; the
    object whose call failed must not bear this, or a fault that stays would never be counted."""


class OutcomeUnknown(Retryable):
    """Sent, but no answer came. The object must be looked up by external id before any second write."""


class Rejected(ConnectorError):
    """The system refuses this object for good, in its own words. Dead letter; others go on."""


class Misconfigured(ConnectorError):
    """Key, rights, address or account are wrong. The connection pauses and keeps its items."""


class Unmapped(ConnectorError):
    """A code has no rule. The item parks until staff save one."""

    def __init__(self, kind: str, code: str, *, label: str = "") -> None:
        super().__init__(f"No rule for {kind} “{code}”. Add one under Mappings.", code=f"{kind}:{code}")
        self.kind = kind
        self.value = code
        self.label = label


class Forged(ConnectorError):
    """A call to our door that is unsigned, wrongly signed, stale or from another shop. Answered 401, nothing kept."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a payload. ``path`` is dotted: ``lines.0.quantity``."""

    path: str
    message: str


class Unreadable(ConnectorError):
    """A payload that cannot become a canonical record. All faults are listed, each with its path."""

    def __init__(self, what: str, faults: Sequence[Fault]) -> None:
        listed = "; ".join(f"{fault.path}: {fault.message}" for fault in faults[:10])
        more = f" (and {len(faults) - 10} more)" if len(faults) > 10 else ""
        super().__init__(f"{what} cannot be read: {listed}{more}", code="unreadable")
        self.faults = tuple(faults)
