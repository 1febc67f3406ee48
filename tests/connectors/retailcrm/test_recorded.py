"""Every recorded exchange is understood: its answer is given back, and the function that makes such a call reads it.

Exchanges of methods that the connector never calls are sorted into success or an error of the table all the same.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import responses

from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.contract.results import Gone, Hint, NotRelevant
from connectors.retailcrm.client import Client, Uploaded
from connectors.retailcrm.errors import error_for
from connectors.retailcrm.facts import Facts, currency_of, timezone_of
from connectors.retailcrm.history import changes_in
from connectors.retailcrm.payments import steps
from connectors.retailcrm.reader import entries, statuses_seen
from connectors.retailcrm.wire import rows
from connectors.toolkit.http import Answer, HttpClient

from .world import BASE, World, draft, order

Read = Callable[[Client, Mapping[str, str], Any], None]


def api_versions(client: Client, path: Mapping[str, str], body: Any) -> None:
    assert client.api_versions() == body["versions"]


def credentials(client: Client, path: Mapping[str, str], body: Any) -> None:
    assert client.credentials()["scopes"] == body["scopes"]


def settings(client: Client, path: Mapping[str, str], body: Any) -> None:
    found = client.settings()
    assert timezone_of(found) == body["settings"]["timezone"]["value"]
    assert currency_of(found) == body["settings"]["default_currency"]["value"]


def book(client: Client, path: Mapping[str, str], body: Any) -> None:
    (key,) = (key for key, value in body.items() if isinstance(value, (dict, list)) and key != "pagination")
    found = client.reference(path["book"], key)
    assert len(found) == len(body[key])
    assert all(entry.code and entry.name for entry in entries(found))


def site_facts(client: Client, path: Mapping[str, str], body: Any) -> None:
    for site in rows(body["sites"]):
        assert Facts(client, site["code"]).currency == site["currency"]


def customer_written(client: Client, path: Mapping[str, str], body: Any) -> None:
    new = path.get("id") is None
    assert (client.create_customer({}) if new else client.edit_customer(path["id"], {})) == str(body["id"])


def customers(client: Client, path: Mapping[str, str], body: Any) -> None:
    assert [row["id"] for row in client.customers_by_email("a@example.com")] == [r["id"] for r in body["customers"]]


def uploaded(read: Uploaded, done: Any) -> None:
    assert {**read.ids, **dict.fromkeys(read.loose_ids)}.keys() >= {row["externalId"] for row in done}
    assert [*read.ids.values(), *read.loose_ids] == [str(row["id"]) for row in done]


def customers_uploaded(client: Client, path: Mapping[str, str], body: Any) -> None:
    uploaded(client.upload_customers([]), body["uploadedCustomers"])


def orders_uploaded(client: Client, path: Mapping[str, str], body: Any) -> None:
    uploaded(client.upload_orders([]), body["uploadedOrders"])


def order_created(client: Client, path: Mapping[str, str], body: Any) -> None:
    id, created = client.create_order({})
    assert id == str(body["id"])
    payments_are_read(created)


def order_edited(client: Client, path: Mapping[str, str], body: Any) -> None:
    id, edited = client.edit_order(path["id"], {})
    assert id == str(body["id"])
    payments_are_read(edited)


def order_read(client: Client, path: Mapping[str, str], body: Any) -> None:
    payments_are_read(client.order(path["id"]))


def payments_are_read(found: Any) -> None:
    """Whatever the shape: a payment of ours that is there with another type is replaced by its id."""
    for row in rows(found.get("payments")):
        wanted = draft("own", order=order("own"), payment_codes=("another",))
        renamed = [{**row, "externalId": "own-1"}]
        assert steps(wanted, renamed, Facts(None, "", timezone="UTC")).delete == (str(row["id"]),)  # type: ignore[arg-type]  # is not asked


def orders_listed(client: Client, path: Mapping[str, str], body: Any) -> None:
    """Those of our site; another one's are passed over."""
    ours = [row for row in rows(body["orders"]) if row.get("site", "main") == "main"]
    seen = statuses_seen(client.orders_by_external_ids(["x"]))
    assert [(found.id, found.status) for found in seen] == [(str(row["id"]), row["status"]) for row in ours]


def history(client: Client, path: Mapping[str, str], body: Any) -> None:
    read = client.orders_history(since_id=1)
    assert len(read.records) == len(body["history"])
    for site in {record["order"].get("site", "") for record in body["history"]}:
        changes = changes_in(read.records, site)
        touched = [change.id for change in changes if isinstance(change, (Hint, Gone))]
        assert len(touched) == len(set(touched))
        assert sum(isinstance(change, NotRelevant) for change in changes) <= 1


def payment_written(client: Client, path: Mapping[str, str], body: Any) -> None:
    if path.get("id") is None:
        assert client.create_payment({}) == str(body["id"])
    else:
        client.edit_payment(path["id"], {})


READERS: tuple[tuple[str, str, Read], ...] = (
    ("GET", r"/api/api-versions", api_versions),
    ("GET", r"/api/credentials", credentials),
    ("GET", r"/api/v5/settings", settings),
    ("GET", r"/api/v5/reference/(?P<book>sites)", site_facts),
    ("GET", r"/api/v5/reference/(?P<book>[\w-]+)", book),
    ("POST", r"/api/v5/customers/create", customer_written),
    ("POST", r"/api/v5/customers/(?P<id>[^/]+)/edit", customer_written),
    ("POST", r"/api/v5/customers/upload", customers_uploaded),
    ("GET", r"/api/v5/customers", customers),
    ("POST", r"/api/v5/orders/create", order_created),
    ("POST", r"/api/v5/orders/upload", orders_uploaded),
    ("POST", r"/api/v5/orders/payments/create", payment_written),
    ("POST", r"/api/v5/orders/payments/(?P<id>[^/]+)/edit", payment_written),
    ("POST", r"/api/v5/orders/(?P<id>[^/]+)/edit", order_edited),
    ("GET", r"/api/v5/orders", orders_listed),
    ("GET", r"/api/v5/orders/history", history),
    ("GET", r"/api/v5/orders/(?P<id>(?!statuses)[^/]+)", order_read),
)


def reader_of(request: Mapping[str, Any]) -> tuple[Read, Mapping[str, str]] | None:
    for method, pattern, read in READERS:
        found = re.fullmatch(pattern, request["path"])
        if request["method"] == method and found:
            return read, found.groupdict()
    return None


def test_every_reader_has_its_own_path() -> None:
    assert len({(method, pattern) for method, pattern, _ in READERS}) == len(READERS)


@pytest.mark.recorded_files("retailcrm", "*.json")
def test_recorded_answer_is_understood(recorded_file: Path, world: World) -> None:
    exchange = json.loads(recorded_file.read_text("utf-8"))
    request, response = exchange["request"], exchange.get("response") or {}
    body, status = response.get("body"), response.get("status", 200)
    raw = response.get("text") or json.dumps(body)
    is_part = any(key in (body or {}) for key in ("uploadedOrders", "uploadedCustomers"))
    known = reader_of(request)

    if (status >= 300 or (body or {}).get("success") is False) and not is_part:
        error = error_for(Answer(status, response.get("headers") or {}, raw.encode(), BASE))
        assert isinstance(error, (Misconfigured, RateLimited, Rejected, Retryable))
        assert error.code
    elif known is not None and body is not None:
        read, path = known
        with responses.mock as mock:
            mock.add(request["method"], re.compile(re.escape(BASE) + r"/api/.*"), raw, status=status)
            client = Client(HttpClient(world.services(), BASE, bucket="recorded"), "main", lambda pause: None)
            read(client, path, body)
    else:
        assert (body or {}).get("success", True) is not False


@pytest.mark.recorded_files("retailcrm", "error_*.json")
def test_recorded_error_is_raised_by_the_client(recorded_file: Path, world: World) -> None:
    response = json.loads(recorded_file.read_text("utf-8"))["response"]
    raw = response.get("text") or json.dumps(response["body"])

    with responses.mock as mock:
        mock.add("GET", f"{BASE}/api/v5/orders", raw, status=response["status"])
        client = Client(HttpClient(world.services(), BASE, bucket="recorded"), "main", lambda pause: None)
        with pytest.raises(ConnectorError) as caught:
            client.orders_by_ids(["1"])

    assert caught.value.message.startswith("RetailCRM: ")
