"""What the push API answers, and the words for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from connectors.contract.errors import Fault

RETRY_AFTER_SECONDS = 5


class PushAccepted(BaseModel):
    """Everything in the body is stored for good; the hub passes it on by itself."""

    accepted: int = Field(description="How many objects of this push the hub keeps.")
    event_ids: list[str] = Field(description="The hub's event for each object, in the order of the body.")
    duplicate: bool = Field(description="True: this push came before, and nothing was stored a second time.")


class PushFault(BaseModel):
    path: str = Field(description="Where: orders.3.lines.0.quantity")
    message: str


class PushInvalid(BaseModel):
    """Nothing of the body was stored."""

    error: str
    message: str
    faults: list[PushFault]


class PushRefused(BaseModel):
    """Nothing was stored. ``error`` is a fixed word for programs, ``message`` a sentence for people."""

    error: str
    message: str


class Pong(BaseModel):
    ok: bool
    time: str = Field(description="The hub's clock, for comparison: a signature may be five minutes off.")


class Refusal(Exception):
    """Ends a push with that status; ``details`` are added to the answer's body."""

    def __init__(self, status: int, error: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {"error": error, "message": message, **(details or {})}


def not_genuine() -> Refusal:
    """One answer for a wrong address and a wrong signature, so that addresses cannot be probed."""
    refusal = Refusal(401, "unauthorized", "The address, the signature or the access token is not valid.")
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def invalid(faults: Sequence[Fault]) -> Refusal:
    listed = [{"path": encodable(fault.path), "message": fault.message} for fault in faults]
    return Refusal(422, "invalid", "Nothing was stored. Correct what is listed and send it again.", {"faults": listed})


def unavailable() -> Refusal:
    refusal = Refusal(503, "unavailable", "The hub cannot store anything at the moment. Send the same push again.")
    refusal.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return refusal


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
