"""Being installed from the other system's own marketplace: the vendor makes a key and hands it to our door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .results import HookRequest
from .spec import Services, Settings


@dataclass(frozen=True, slots=True)
class Application:
    """How the vendor knows us: the code in its marketplace, and the secret that it shares with us alone."""

    code: str
    secret: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A genuine wish to be connected. ``settings`` are values of the spec's fields, secrets included; ``account`` is
    what staff know the account by."""

    account: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where the hub is: its public address, the new connection's page, and a name for the connection that nobody can
    guess and that never changes."""

    hub_url: str
    page_url: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What the other system told meanwhile: settings that follow from it, and a sentence for staff about the rest."""

    settings: Settings
    note: str = ""


class Installer(Protocol):
    """One conversation: the vendor asks for our offer, hands over a key, and gets the address of the new connection's
    page. The bodies of answers are the vendor's."""

    def offer(self, register_url: str) -> Mapping[str, Any]:
        """What we need, and where the key is to be handed over."""

    def accept(self, request: HookRequest, application: Application) -> Installation:
        """Calls nothing. Raises Forged when the call does not come from the vendor, Misconfigured when it names an
        address that cannot be an account."""

    def register(self, settings: Settings, services: Services, application: Application, place: Place) -> Registered:
        """Make ourselves known to the account by the key that came from it, which shows that both belong together.
        Repeating it changes nothing. Raises ConnectorError."""

    def installed(self, page_url: str) -> Mapping[str, Any]:
        """The answer when all went well."""

    def refused(self, said: str) -> Mapping[str, Any]:
        """The answer when it did not, with words for whoever pressed the button."""
