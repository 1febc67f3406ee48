"""What staff do by hand in Bitrix24."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.errors import Misconfigured
from connectors.contract.results import SetupStep

from .config import Access, config_from
from .hooks import DEAL_EVENTS
from .oauth import authorize_address

_BACKFILL = SetupStep(
    "Before a backfill",
    "Old orders are brought over by import, which starts no robots and keeps their dates; the owner of the webhook or "
    "application must be an administrator for that. Contacts that have to be made are made as usual.",
)


def setup_steps(settings: Mapping[str, Any], hook_address: str) -> Sequence[SetupStep]:
    if settings.get("access") == Access.APPLICATION:
        return (_application(hook_address), *_browser(settings), _robot(hook_address), _BACKFILL)
    return (_webhook(), _events(hook_address), _robot(hook_address), _BACKFILL)


def _webhook() -> SetupStep:
    return SetupStep(
        "Make an incoming webhook",
        "Bitrix24: Developer resources, Other, Incoming webhook. Sign in as a user of its own for the hub, with "
        "administrator's rights in the CRM. Paste the address it shows into the settings.",
        (("Scope", "crm"), ("Scope", "user_basic")),
    )


def _events(hook_address: str) -> SetupStep:
    return SetupStep(
        "Make an outgoing webhook for events",
        "Bitrix24: Developer resources, Other, Outgoing webhook. The hub also polls the stage history every minute; "
        "events only make it faster. Put the token that Bitrix24 shows into the settings. A move to another pipeline "
        "is seen by no outgoing webhook, only the poll sees it.",
        (("Address", hook_address), *(("Event", name) for name in DEAL_EVENTS[:3])),
    )


def _application(hook_address: str) -> SetupStep:
    return SetupStep(
        "Make a local application",
        "Bitrix24: Developer resources, Other, Local application, server type. Tick “Uses API only”. Put its client_id "
        "and client_secret into the settings and save, then install it: its sign-in comes to the hub by itself. Then "
        "press “Check webhooks” here, which binds the events.",
        (
            ("Handler address", hook_address),
            ("Installation address", hook_address),
            ("Scope", "crm"),
            ("Scope", "user_basic"),
        ),
    )


def _browser(settings: Mapping[str, Any]) -> Sequence[SetupStep]:
    """Only where the application is entered and nothing is wrong with the settings."""
    try:
        address = authorize_address(config_from(settings))
    except (Misconfigured, ValueError):
        address = ""
    if not address:
        return ()
    return (
        SetupStep(
            "If no sign-in came with the installation",
            "Open this address in a browser where the portal's user for the hub is signed in, and allow the access. "
            "The browser comes back to the hub, which answers “ok”; then press Verify. The token of events comes with "
            "an installation only.",
            (("Address", address),),
        ),
    )


def _robot(hook_address: str) -> SetupStep:
    return SetupStep(
        "Or let a robot call",
        "On any stage of the pipeline: Robots, Outgoing webhook, with this address.",
        (("Address", f"{hook_address}?deal={{{{ID}}}}"),),
    )
