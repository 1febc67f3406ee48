"""The Verify button: whether both halves of the bridge can work."""

from urllib.parse import urlsplit
from uuid import uuid4

from connectors.contract.errors import ConnectorError
from connectors.contract.results import AccountReport, Check
from connectors.toolkit.standard_webhooks import is_secret

from .client import PING_TYPE, Client
from .config import MIN_TOKEN_CHARACTERS, CodeList, Config

_RENEW = "Take the secret away and save, so that the hub makes a new one, and put that into the shop."


class Account:
    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def verify(self) -> AccountReport:
        """Posts a signed ``ping`` where a status address is set. Never raises: whatever is wrong is a check."""
        config = self._config
        host = urlsplit(config.status_address).hostname
        checks = [
            self._way_in(),
            *self._rotation(),
            self._way_out(),
            *_lists(("Status codes", config.status_codes)),
            *_lists(("Delivery codes", config.delivery_codes)),
            *_lists(("Payment codes", config.payment_codes)),
        ]
        return AccountReport(account=host or "a shop that pushes", version="", checks=checks)

    def _way_in(self) -> Check:
        config = self._config
        signed = is_secret(config.signing_secret)
        if config.signing_secret and not signed:
            return Check("Pushes", False, "The signing secret has not the form “whsec_…”.", _RENEW)
        if config.access_token and len(config.access_token) < MIN_TOKEN_CHARACTERS:
            cure = f"Use at least {MIN_TOKEN_CHARACTERS} random characters, or empty the field."
            return Check("Pushes", False, "The access token is too short and opens nothing.", cure)
        if not signed and not config.access_token:
            return Check("Pushes", False, "Without signing secret or access token no push is accepted.", _RENEW)
        ways = [name for name, there in (("signature", signed), ("access token", bool(config.access_token))) if there]
        return Check("Pushes", True, f"Accepted by {' or '.join(ways)}.")

    def _rotation(self) -> list[Check]:
        previous = self._config.previous_signing_secret
        if not previous:
            return []
        if not is_secret(previous):
            return [Check("Previous secret", False, "It has not the form “whsec_…”.", "Correct the field or empty it.")]
        return [Check("Previous secret", True, "Still accepted. Empty the field when the shop uses the new one.")]

    def _way_out(self) -> Check:
        if not self._config.status_address:
            return Check("Statuses back to the shop", True, "No status address: statuses do not go back.")
        try:
            self._client.post(PING_TYPE, f"ping_{uuid4().hex}", {})
        except ConnectorError as fault:
            cure = "The status address must answer a signed “ping” with 200. See the connector's README."
            return Check("Statuses back to the shop", False, fault.message, cure)
        return Check("Statuses back to the shop", True, "The shop took a signed test message.")


def _lists(named: tuple[str, CodeList]) -> list[Check]:
    label, listed = named
    if not listed.bad_lines:
        return []
    message = f"Not understood: {'; '.join(listed.bad_lines[:3])}"
    return [Check(label, False, message, "Write one “code = Name” per line.")]
