"""The Magento shop of the demo. Its stand-in sends nothing by itself: the companion module's part is played here."""

import json
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module

from integration_hub.connections.models import Connection
from integration_hub.flows import actions

from .desk import TIMEOUT_SECONDS, Desk

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "signing_secret")


def magento_connection(desk: Desk, name: str) -> Connection:
    fitting = import_module("connectors.magento2.sandbox").settings_for(desk.url)
    return Connection.objects.create(
        kind="magento2",
        role="store",
        name=name,
        settings={"shop": fitting["shop"]},
        secrets={key: fitting[key] for key in SECRETS},
    )


def shop(desk: Desk, connection: Connection, orders: int, seed: int) -> None:
    """People buy, and the module tells of each order."""
    if orders:
        _tell(connection, [row["id"] for row in desk.post("shop", {"orders": orders, "seed": seed})["orders"]])


def pay(desk: Desk, connection: Connection, orders: int) -> None:
    """Staff invoice the oldest open orders, and the module tells of each."""
    rows = [row for row in desk.get("orders") if row["state"] == "new"][:orders]
    for row in rows:
        lines = [line | {"qty_invoiced": line["qty_ordered"]} for line in row["items"]]
        paid = {"items": lines, "total_paid": row["grand_total"], "total_due": 0}
        desk.post("change", {"id": row["entity_id"], "state": "processing", "status": "processing", **paid})
    _tell(connection, [row["entity_id"] for row in rows])


def _tell(connection: Connection, ids: Iterable[int]) -> None:
    """An event names the order, nothing more."""
    sandbox = import_module("connectors.magento2.sandbox")
    for id in ids:
        now = datetime.now(UTC)
        body = json.dumps({"entity": {"type": "order", "id": id}, "at": now.isoformat()}).encode()
        headers = sandbox.hook_headers("", "", body, now)
        request = urllib.request.Request(actions.hook_address(connection), body, headers)  # noqa: S310 - our own door
        urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310 - as above
