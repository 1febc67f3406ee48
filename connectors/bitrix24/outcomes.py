"""What a run of commands means for a batch of objects."""

from collections.abc import Sequence

from connectors.contract.errors import ConnectorError, Rejected
from connectors.contract.results import NotWritten, Outcome, Refused


def raised_if_nothing_was_written(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The outcomes; raises instead when one and the same fault stopped the whole batch before anything was written."""
    first = outcomes[0] if outcomes else None
    if isinstance(first, NotWritten) and not first.id and all(outcome == first for outcome in outcomes):
        raise first.error
    return outcomes


def failed(label: str, error: ConnectorError, id: str = "") -> Outcome:
    """The object is named when it is there all the same, so that the next try goes on with what is missing."""
    if isinstance(error, Rejected):
        start = f"{label} is in Bitrix24, but a part of it was refused. " if id else f"{label}: "
        return Refused(start + error.message, error.code, id=id)
    return NotWritten(error, id=id)
