"""Calls to the RetailCRM stand-in as plain HTTP, without the connector."""

import json
from dataclasses import dataclass
from typing import Any

import requests

from connectors.toolkit.sandbox import Sandbox

KEY = "sandbox-key"


@dataclass
class Crm:
    """``get`` and ``post`` speak to API v5; structured parameters travel as JSON strings inside the form."""

    sandbox: Sandbox
    http: requests.Session
    key: str = KEY

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", f"/api/v5/{path}", params=params)

    def post(self, path: str, *, site: str = "main", **parts: Any) -> requests.Response:
        form = {name: part if isinstance(part, str) else json.dumps(part) for name, part in parts.items()}
        return self.call("POST", f"/api/v5/{path}", data=({"site": site} if site else {}) | form)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"X-API-KEY": self.key} if self.key else {}
        return self.http.request(method, self.sandbox.url + path, timeout=5, headers=headers, **more)

    def desk(self, name: str, body: Any = None) -> Any:
        """The control desk: GET without a body, POST with one."""
        method = "GET" if body is None else "POST"
        answer = self.http.request(method, f"{self.sandbox.url}/__sandbox__/{name}", json=body, timeout=5)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.desk("state")


def refusal(answer: requests.Response) -> tuple[int, str]:
    """HTTP status and message of an answer that must be a refusal."""
    body = answer.json()
    assert body["success"] is False
    return answer.status_code, body["errorMsg"]


def history(crm: Crm, **filters: Any) -> list[dict[str, Any]]:
    """The records of the orders' history, oldest first."""
    rows: list[dict[str, Any]] = crm.get("orders/history", limit=100, **filters).json()["history"]
    return rows


def order(external_id: str = "1001", **more: Any) -> dict[str, Any]:
    """A small sound order."""
    return {
        "externalId": external_id,
        "createdAt": "2026-03-01 10:00:00",
        "orderMethod": "shopping-cart",
        "status": "new",
        "firstName": "Ann",
        "lastName": "Petrova",
        "email": "ann@example.com",
        "delivery": {"code": "courier", "cost": 300, "address": {"city": "Moscow", "text": "Lenina 1"}},
        "items": [
            {
                "productName": "T-shirt",
                "initialPrice": 1500,
                "discountManualAmount": 50,
                "quantity": 2,
                "properties": [{"code": "size", "name": "Size", "value": "M"}],
                "externalIds": [{"code": "hub", "value": f"{external_id}_1"}],
            }
        ],
        "payments": [{"externalId": f"{external_id}-1", "type": "bank-card", "status": "not-paid"}],
    } | more
