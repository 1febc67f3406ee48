"""Talks to the control desks of the stand-ins: sends shoppers and managers, and counts what is there."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """The control desk of one running stand-in, on loopback."""

    kind: str
    url: str

    def get(self, name: str) -> Any:
        return self._call(name, None)

    def post(self, name: str, body: Any) -> Any:
        return self._call(name, json.dumps(body).encode())

    def _call(self, name: str, body: bytes | None) -> Any:
        address = f"{self.url}/__sandbox__/{name}"
        request = urllib.request.Request(address, data=body)  # noqa: S310 - an address on loopback that we made
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")
