"""How a connector describes itself: the admin's form, the limits, the doors, and how to open it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from .capabilities import Adapter
from .results import SetupStep

if TYPE_CHECKING:
    from .installing import Installer

Settings = Mapping[str, Any]
"""Values of a connection's settings, secrets included, by SettingField.key."""


class Role(StrEnum):
    STORE = "store"
    CRM = "crm"


class FieldType(StrEnum):
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the type of a field
    URL = "url"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    CHOICE = "choice"
    LIST = "list"
    """One entry per line."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of the connection form. ``help`` says what to enter and where to find it in the other system.

    ``example`` is a value of the right form that leads to nobody's account; needed where ``open`` checks the form.
    """

    key: str
    label: str
    help: str
    type: FieldType = FieldType.TEXT
    required: bool = True
    default: Any = None
    choices: Sequence[tuple[str, str]] = ()
    example: str = ""

    @property
    def is_secret(self) -> bool:
        return self.type is FieldType.SECRET

    @property
    def sample(self) -> Any:
        """A value that lets the connector open without any account: the default, the example, or a stopgap."""
        if self.default is not None:
            return self.default
        return self.example or ("https://shop.invalid" if self.type is FieldType.URL else "x")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor allows one account; the hub stays at about 90 % of it.

    ``per_second`` None: no documented limit. ``concurrency`` is how many calls may run at once.
    """

    per_second: float | None = None
    burst: int = 1
    concurrency: int = 1
    source: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, redacted and cut, as the sync log keeps it."""

    method: str
    url: str
    status: int | None
    request_body: str
    response_body: str
    started_at: datetime
    duration: timedelta
    error: str = ""


class TokenStore(Protocol):
    """Keeps what a connector may not own: rotating tokens. Encrypted at rest, shared by all workers.

    A sign-in whose refresh token rotates is kept as *one* value (JSON with access token, refresh token and expiry), so
    that its parts never come from two refreshes. A call then goes like this::

        signed_in = tokens.get("oauth")
        answer = call(signed_in)
        if answer says that the token has expired:
            answer = call(tokens.renewed("oauth", signed_in, refresh))

    where ``refresh(value)`` makes the HTTP call and returns the new value.
    """

    def get(self, name: str) -> str:
        """The stored value, empty when there is none."""

    def put(self, name: str, value: str) -> None: ...

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        """The value that replaces ``seen``, which the caller found to be expired.

        However many workers and machines ask at once, one calls ``renew(seen)`` and its result is stored before it is
        returned; the others wait and get the same. When another value than ``seen`` is stored already, that one is
        returned and nothing is called. ``renew`` raising leaves the stored value as it was, and the next caller tries.
        Raises Retryable (``token_busy``) when another worker has not finished renewing in reasonable time.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """What the hub gives an open connector.

    ``throttle(bucket)`` returns when one more call is allowed, or raises RateLimited when that is too far away;
    ``on_exchange`` takes every HTTP exchange; ``slow_down(bucket, seconds)`` tells every process to stop calling.
    """

    on_exchange: Callable[[Exchange], None]
    throttle: Callable[[str], None]
    slow_down: Callable[[str, timedelta], None]
    tokens: TokenStore
    clock: Callable[[], datetime]
    allowed_private_networks: Sequence[str] = ()
    user_agent: str = "IntegrationHub"


def _no_steps(_settings: Settings, _hook_address: str) -> Sequence[SetupStep]:
    return ()


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """A connector is this value. ``open`` must be cheap and must not call the network.

    ``setup_steps(settings, hook_address)`` are shown to staff on the connection's page. ``wire_topics`` names the
    webhook topics that ``webhooks.read`` understands; the shared suite feeds every one of them. ``signs_calls`` False:
    the system does not sign its calls to the hub; only the unguessable address keeps strangers out, so such a call may
    be taken as a hint and never as the truth.

    ``limits_for(settings)`` replaces ``limits`` where the vendor's limit depends on the account (its plan, its own
    server). ``optional_kinds`` are kinds of codes that the system can do without: while a route has no rule of such a
    kind, nothing of it is sent and nothing waits for it. ``installer`` lets the system's own marketplace open a
    connection, where the installation of the hub has an application there.
    """

    kind: str
    title: str
    roles: frozenset[Role]
    settings: Sequence[SettingField]
    open: Callable[[Settings, Services], Adapter]
    limits: Limits = field(default_factory=Limits)
    limits_for: Callable[[Settings], Limits] | None = None
    optional_kinds: frozenset[str] = frozenset()
    wire_topics: Sequence[str] = ()
    signs_calls: bool = True
    setup_steps: Callable[[Settings, str], Sequence[SetupStep]] = _no_steps
    order_url: Callable[[Settings, str], str] | None = None
    installer: "Installer | None" = None
    description: str = ""
