"""The plug-in's commands, one function each: companions/modx/PROTOCOL.md, section 2.

Every command is a signed POST to one address. All of them may be repeated, so a call without an answer is simply tried
again; it is never a doubt whether something was written.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from connectors.contract.errors import AGAIN, Misconfigured, OutcomeUnknown, Retryable
from connectors.toolkit.dates import format_utc
from connectors.toolkit.http import HttpClient
from connectors.toolkit.lenient import as_map
from connectors.toolkit.standard_webhooks import sign

from .config import Config
from .errors import body_of, error_for, is_answer

API_PATH = "assets/components/hubconnector/api.php"
MAX_IDS = 100
"""Ids in one call, and objects on one page."""

Json = Mapping[str, Any]


class Client:
    def __init__(self, http: HttpClient, config: Config, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._config = config
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    def command(self, action: str, **given: Any) -> Json:
        """The answer's body; raises what ``errors.TABLE`` says, and Retryable when no answer came."""
        if not self._config.secrets:
            message = "The signing secret is empty or malformed. It is “whsec_” and 24 to 64 bytes in base64."
            raise Misconfigured(message, code="signing_secret")
        body = json.dumps({"action": action, **given}, ensure_ascii=False, separators=(",", ":")).encode()
        signed = sign(self._config.secrets, f"{action}-{uuid4()}", self._clock(), body)
        headers = {"Content-Type": "application/json", **signed}
        try:
            answer = self._http.request("POST", API_PATH, body=body, headers=headers)
        except OutcomeUnknown as doubt:
            message = "The shop took the command but gave no answer. The hub sends it again; it works only once."
            raise Retryable(message, code=doubt.code) from None
        if not is_answer(answer):
            raise error_for(answer)
        return as_map(body_of(answer))

    def ping(self) -> Json:
        return self.command("ping")

    def dictionaries(self) -> Json:
        return self.command("dictionaries")

    def get(self, kind: str, ids: Sequence[str]) -> Sequence[Any]:
        """Up to ``MAX_IDS`` objects of a kind (order, customer, product); those that are not there are left out."""
        return self._objects(kind, self.command(f"{kind}.get", ids=[int(id) for id in ids]))

    def list(self, kind: str, after_id: int, **filters: datetime | None) -> tuple[Sequence[Any], int | None, Json]:
        """A page by rising id, the id to go on after (None at the end), and the whole answer."""
        given = {name: format_utc(moment) for name, moment in filters.items() if moment is not None}
        answer = self.command(f"{kind}.list", after_id=after_id, limit=MAX_IDS, **given)
        following = _whole_number(answer.get("next_after_id"))
        if following is not None and following <= after_id:
            message = "The shop's list of objects goes round in circles. Update the plug-in in the shop."
            raise Retryable(message, code="no_progress")
        return self._objects(kind, answer), following, answer

    def categories(self) -> Sequence[Any]:
        return _listed(self.command("category.list"), "categories")

    def set_status(self, id: str, status: str, change_id: str, *, expected: str, silent: bool) -> Json:
        more: dict[str, Any] = {"expected_status": _number(expected)} if expected else {}
        more |= {"silent": True} if silent else {}
        return self.command("order.set_status", id=int(id), status=_number(status), change_id=change_id, **more)

    def set_paid(self, id: str, change_id: str) -> Json:
        return self.command("order.set_paid", id=int(id), change_id=change_id)

    def set_number(self, id: str, number: str, change_id: str, *, rewrite: bool) -> Json:
        return self.command("order.set_number", id=int(id), number=number, change_id=change_id, rewrite=rewrite)

    def _objects(self, kind: str, answer: Json) -> Sequence[Any]:
        return _listed(answer, f"{kind}s")


def _listed(answer: Json, key: str) -> Sequence[Any]:
    """The list under that key. Its absence is a fault: it must never pass for an empty shop."""
    found = answer.get(key)
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list):
        raise Retryable(f"The shop's answer holds no {key}. {AGAIN}", code="no_data")
    return found


def _whole_number(value: object) -> int | None:
    """Ids come as numbers or text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(code: str) -> int | str:
    return int(code) if code.isascii() and code.isdigit() else code
