"""A signed message from the hub itself to a receiver that the administrator named: one call, through the guard.

The only door of the toolkit that the hub opens itself; everything else is called through a connector.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from connectors.contract.errors import Rejected
from connectors.contract.spec import Exchange, Services
from connectors.toolkit.http import HttpClient
from connectors.toolkit.standard_webhooks import is_secret, sign

TIMEOUT_SECONDS = 10.0

is_usable_secret = is_secret


class _NoTokens:
    def get(self, _name: str) -> str:
        return ""

    def put(self, _name: str, _value: str) -> None:
        return

    def renewed(self, _name: str, _seen: str, _renew: Callable[[str], str]) -> str:
        return ""


def post_signed(
    url: str, secret: str, *, id: str, at: datetime, body: bytes, allowed_private_networks: Sequence[str] = ()
) -> None:
    """POST ``body`` (JSON in UTF-8), signed after Standard Webhooks 1.0.0; ``id`` names the message and stays the same
    when it is sent again.

    Raises Misconfigured for a malformed secret, a private address that is not allowed, or a redirect; Retryable or
    OutcomeUnknown when there is no answer; Rejected for any answer but 2xx.
    """
    client = HttpClient(_services(allowed_private_networks), url, bucket="", read_timeout_seconds=TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json", **sign([secret], id, at, body)}
    answer = client.request("POST", url, body=body, headers=headers)
    if not 200 <= answer.status < 300:
        message = f"The receiver of alerts answered {answer.status}. Check HUB_ALERT_WEBHOOK_URL."
        raise Rejected(message, code=f"status_{answer.status}")


def _services(allowed_private_networks: Sequence[str]) -> Services:
    def ignored(_exchange: Exchange) -> None: ...

    def allowed(_bucket: str) -> None: ...

    def slowed(_bucket: str, _delay: timedelta) -> None: ...

    return Services(
        on_exchange=ignored,
        throttle=allowed,
        slow_down=slowed,
        tokens=_NoTokens(),
        clock=lambda: datetime.now(UTC),
        allowed_private_networks=tuple(allowed_private_networks),
        user_agent="IntegrationHub",
    )
