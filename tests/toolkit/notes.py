"""Calls to the sandbox of notes."""

from typing import Any

import requests

from connectors.toolkit.sandbox import Sandbox

Box = tuple[Sandbox, list[str]]
"""A running sandbox, and the notes that were written into it."""


def set_faults(http: requests.Session, sandbox: Sandbox, **switches: Any) -> requests.Response:
    return http.post(f"{sandbox.url}/__sandbox__/faults", json=switches, timeout=5)


def write(http: requests.Session, sandbox: Sandbox, text: str = "milk", **more: Any) -> requests.Response:
    return http.post(f"{sandbox.url}/notes", data={"text": text}, **({"timeout": 5} | more))


def state_of(http: requests.Session, sandbox: Sandbox) -> dict[str, Any]:
    state: dict[str, Any] = http.get(f"{sandbox.url}/__sandbox__/state", timeout=5).json()
    return state
