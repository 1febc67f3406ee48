"""Posts signed messages to the one address of the shop that takes them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.errors import Misconfigured, OutcomeUnknown, Retryable
from connectors.toolkit.http import Answer, HttpClient
from connectors.toolkit.standard_webhooks import sign

from .config import Config
from .errors import error_for, is_taken

STATUS_TYPE = "order.status"
PAID_TYPE = "order.paid"
NUMBER_TYPE = "order.number"
PING_TYPE = "ping"


class Client:
    def __init__(self, http: HttpClient, config: Config, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._config = config
        self._clock = clock

    def post(self, type: str, id: str, data: dict[str, Any], happened_at: datetime | None = None) -> Answer:
        """One message; ``id`` is the same for every try of one event, so the shop may drop repeats.

        Returns a 2xx answer; raises what ``errors.TABLE`` says, and Retryable also when no answer came: with the id
        in its hands the shop can tell a repeat from news, so there is nothing to look up first.
        """
        address = self._config.status_address
        if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
            message = "The status address must be a whole web address, such as https://shop.example/hub-status."
            raise Misconfigured(message, code="status_address")
        now = self._clock()
        content = {"type": type, "timestamp": moment(happened_at or now), "data": data}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", **sign(self._secrets(), id, now, body)}
        try:
            answer = self._http.request("POST", address, body=body, headers=headers)
        except OutcomeUnknown:
            host = urlsplit(address).hostname
            message = f"{host} took the message but gave no answer. The hub sends it again under the same id."
            raise Retryable(message, code="no_answer") from None
        if not is_taken(answer):
            raise error_for(answer)
        return answer

    def _secrets(self) -> list[str]:
        """Both during a rotation, so that it does not matter which one the shop holds by now."""
        return [secret for secret in (self._config.signing_secret, self._config.previous_signing_secret) if secret]


def moment(value: datetime) -> str:
    """UTC, to the second: ``2025-03-01T10:15:00Z``."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
