"""One portal over HTTP: its address (which may move), who calls, what its answers cost, and what they mean."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.errors import MethodLimited, Misconfigured, RateLimited
from connectors.contract.spec import Services
from connectors.toolkit.http import Answer, HttpClient, Transport
from connectors.toolkit.lenient import as_map
from connectors.toolkit.redact import Masking

from .config import Access, Config, may_replace
from .encoding import unfolded
from .errors import EXPIRED_TOKEN, OPERATION_PAUSE, OPERATION_TIME, RATE_LIMIT_PAUSE, body_of, error_for
from .oauth import SignIn

PERSONAL_KEYS = (
    r"NAME|LAST_NAME|SECOND_NAME|VALUE|PHONE|EMAIL|COMMENTS|TITLE|RQ_\w+|UF_\w+",
    r"name|secondName|values?|comments|title|productName|PERSONAL_\w+|WORK_PHONE",
)
"""Keys of Bitrix24 that hold personal data, beyond what is masked for every system."""

MOVED = "address"
"""Name under which the address is kept to which the portal was renamed."""

HELD = "held"
"""Name under which it is kept which methods have used up their time, and until when."""

BATCH = "batch"

_VALUES = re.compile(r'"values":\[[^\]]*\]')
"""E-mails and phones that contacts are searched by."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SHARE_USED = 0.8
"""Of a method's allowance of time: from here on the hub waits instead of being blocked for minutes."""


class Portal:
    """Calls methods of one portal. Raises what ``errors.TABLE`` says."""

    def __init__(self, config: Config, services: Services) -> None:
        self._config = config
        self._services = services
        self.bucket = f"bitrix24:{config.host}"
        self._base = ""
        self._held: dict[str, datetime] | None = None
        self._http = HttpClient(
            services,
            config.address,
            bucket=self.bucket,
            read_timeout_seconds=config.timeout_seconds,
            masking=Masking(texts=tuple(config.secrets), keys=PERSONAL_KEYS, unfold=_unfold),
            transport=Transport(ca_file=config.ca_file, follows_redirects=False),
        )
        self._sign_in = SignIn(config, services)

    @property
    def base(self) -> str:
        """Scheme and host where the portal answers now."""
        if not self._base:
            kept = _object(self._services.tokens.get(MOVED))
            is_known = kept.get("from") == self._config.address
            self._base = str(kept.get("to") or "") if is_known else ""
            self._base = self._base or self._config.address
        return self._base

    def call(self, method: str, params: Mapping[str, Any], *, is_read: bool) -> dict[str, Any]:
        """The whole body of a success. ``is_read``: a lost answer leaves nothing in doubt."""
        if (error := self.held(method)) is not None:
            raise error
        answer = self._sent(method, params, is_read=is_read)
        body = body_of(answer)
        if answer.status >= 300 or "result" not in body:
            raise self._error(method, answer, is_write=not is_read)
        self.note_cost(method, as_map(body.get("time")))
        return body

    # --- the time that methods take ---------------------------------------------------------------------------------

    def held(self, method: str) -> RateLimited | None:
        """Why this method must not be called now: it has used up its time. Others go on, but without batches nothing
        does."""
        until = self._times_held().get(method)
        wait = until - self._services.clock() if until is not None else timedelta(0)
        if wait <= timedelta(0):
            return None
        message = f"Bitrix24 has spent its time for {method}; it goes on in {wait.total_seconds():.0f} s."
        kind = RateLimited if method == BATCH else MethodLimited
        return kind(message, code=OPERATION_TIME, retry_after=wait)

    def _times_held(self) -> dict[str, datetime]:
        """What any worker found out is kept with the connection: else each would ask a blocked method anew."""
        if self._held is None:
            kept = _object(self._services.tokens.get(HELD))
            self._held = {method: datetime.fromisoformat(str(until)) for method, until in kept.items()}
        return self._held

    def note_cost(self, method: str, time: Mapping[str, Any], *, is_blocked: bool = False) -> None:
        """Keeps in mind what a call left of the method's time. Portals without the limiter send no figures."""
        operating, reset_at = time.get("operating"), time.get("operating_reset_at")
        limit = self._config.operating_limit_seconds
        is_spent = isinstance(operating, (int, float)) and limit > 0 and operating >= limit * _SHARE_USED
        if not (is_spent or is_blocked):
            return
        now = self._services.clock()
        # A basket of the sum is a minute long: some time is free again by then, and a blocked method has to wait.
        until = now + OPERATION_PAUSE
        if is_blocked and isinstance(reset_at, (int, float)) and 0 < reset_at < 10**11:
            until = min(max(datetime.fromtimestamp(reset_at, UTC), until), now + timedelta(minutes=15))
        held = self._times_held()
        if held.get(method, now) < until:
            held[method] = until
            kept = {name: at.isoformat() for name, at in held.items() if at > now}
            self._services.tokens.put(HELD, json.dumps(kept, sort_keys=True))

    # --- one call ---------------------------------------------------------------------------------------------------

    def _sent(self, method: str, params: Mapping[str, Any], *, is_read: bool) -> Answer:
        answer = self._post(method, params, is_read=is_read)
        if answer.status in _REDIRECTS:
            self._move(answer)
            answer = self._post(method, params, is_read=is_read)
        if self._config.access is Access.APPLICATION and answer.status == 401 and _is_expired(answer):
            self._sign_in.renew()
            answer = self._post(method, params, is_read=is_read)
        return answer

    def _post(self, method: str, params: Mapping[str, Any], *, is_read: bool) -> Answer:
        body = dict(params)
        if self._config.access is Access.APPLICATION:
            body["auth"] = self._sign_in.access_token
            path = f"/rest/{method}"
        else:
            user, secret = self._config.webhook_parts
            path = f"/rest/{user}/{secret}/{method}"
        return self._http.request("POST", f"{self.base}{path}", json=body, is_read=is_read)

    def _move(self, answer: Answer) -> None:
        """The portal was renamed: its new address is kept when it may be trusted with our secret."""
        parts = urlsplit(answer.headers.get("location", ""))
        target = f"{parts.scheme}://{parts.netloc}".lower()
        if not parts.netloc or target == self.base or not may_replace(self.base, target):
            message = (
                f"The portal at {urlsplit(self.base).netloc} says it is now at {parts.netloc or 'another address'}. "
                "If that is right, enter the new address in the connection's settings."
            )
            raise Misconfigured(message, code="redirected")
        self._base = target
        self._services.tokens.put(MOVED, json.dumps({"from": self._config.address, "to": target}))

    def _error(self, method: str, answer: Answer, *, is_write: bool) -> Exception:
        error = error_for(answer, is_write=is_write)
        if isinstance(error, MethodLimited):
            self.note_cost(method, as_map(body_of(answer).get("time")), is_blocked=True)
            return self.held(method) or error
        if isinstance(error, RateLimited):
            self._services.slow_down(self.bucket, error.retry_after or RATE_LIMIT_PAUSE)
        return error


def _is_expired(answer: Answer) -> bool:
    return str(body_of(answer).get("error") or "").lower() in {EXPIRED_TOKEN, "invalid_token"}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _unfold(text: str) -> str:
    """The commands of a batch as names and values, so that the log can mask and people can read them."""
    if not text.startswith('{"halt"'):
        return _VALUES.sub(r'"values":"hidden"', text)
    body = _object(text)
    commands = as_map(body.get("cmd"))
    return json.dumps({**body, "cmd": unfolded(commands)}, ensure_ascii=False) if commands else text
