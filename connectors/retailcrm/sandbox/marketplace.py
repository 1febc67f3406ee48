"""The marketplace's button *Connect*: asks a program for its offer, makes a key, hands it over, and tells the answer.

Not a control of the sandbox, because the program calls the account back before it answers.
"""

import hashlib
import hmac
import json
from secrets import token_hex
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from connectors.retailcrm.sandbox.wire import FORM

TIMEOUT_SECONDS = 20


def connect(account_url: str, offer_url: str, secret: str, **key: Any) -> tuple[int, Any]:
    """The program's last answer, status and body. ``key`` narrows the key that is made: ``sites``, ``scopes``."""
    status, offer = _call(Request(offer_url))  # noqa: S310 - the owner of the stand-in gives the address
    if status != 200:
        return status, offer
    made = {"key": token_hex(16), "scopes": offer["scopes"], **key}
    _call(Request(f"{account_url}/__sandbox__/keys", json.dumps(made).encode()))  # noqa: S310 - as above
    return hand_over(offer["registerUrl"], account_url, made["key"], secret)


def hand_over(register_url: str, account_url: str, key: str, secret: str) -> tuple[int, Any]:
    """The second half alone: posts address, key and token."""
    token = hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest()
    register = json.dumps({"systemUrl": account_url, "apiKey": key, "token": token})
    body = urlencode({"register": register}).encode()
    return _call(Request(register_url, body, {"Content-Type": FORM}))  # noqa: S310 - as above


def _call(request: Request) -> tuple[int, Any]:
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)
