"""One function per endpoint of RetailCRM's API v5. Knows paths and encoding; knows no canonical record.

GET parameters are PHP-style arrays; a POST is a form whose structured parameters are one JSON string each.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from connectors.contract.errors import RateLimited
from connectors.toolkit.http import Answer, HttpClient

from .errors import RATE_LIMIT_PAUSE, body_of, error_for, words
from .wire import WireCustomer, WireHistoryRecord, WireOrder, WirePayment, amount, as_map, rows, text, texts

BATCH = 50
"""orders/upload, customers/upload: what the vendor's own modules send at once. Lists are asked for as many ids."""

PAGE = 100
"""The largest page that every list method accepts (20, 50 or 100)."""

OFFER_BATCH = 250
"""store/prices/upload and store/inventories/upload."""

PARTLY_FAILED = 460
"""orders/upload and customers/upload: a part of the batch did not go in; the body lists what did."""

Body = dict[str, Any]
Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What a batch call did. ``ids`` by external id; ``loose_ids`` belong to rows without one, in no promised order.

    ``totals`` is the sum of each order as RetailCRM worked it out and ``numbers`` what it calls the order, by external
    id, where the answer tells.
    """

    ids: Mapping[str, str]
    loose_ids: Sequence[str]
    totals: Mapping[str, float]
    numbers: Mapping[str, str]
    words: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    records: Sequence[WireHistoryRecord]
    has_more: bool


class Client:
    """Calls one account and one of its sites. Raises what ``errors.TABLE`` says."""

    def __init__(self, http: HttpClient, site: str, slow_down: Callable[[timedelta], None]) -> None:
        self._http = http
        self._site = site
        self._slow_down = slow_down

    # --- account -----------------------------------------------------------------------------------------------------

    def api_versions(self) -> list[str]:
        return texts(self._get("api/api-versions").get("versions"))

    def credentials(self) -> Body:
        return self._get("api/credentials")

    def settings(self) -> Body:
        found = self._get("api/v5/settings").get("settings")
        return found if isinstance(found, dict) else {}

    def reference(self, book: str, key: str) -> list[Body]:
        """A reference book; ``key`` is its name in the body (``payment-types`` comes as ``paymentTypes``)."""
        return rows(self._get(f"api/v5/reference/{book}").get(key))

    def custom_fields(self, entity: str) -> list[Body]:
        found: list[Body] = []
        page, last = 1, 1
        while page <= last:
            query = [("filter[entity]", entity), ("limit", str(PAGE)), ("page", str(page))]
            body = self._get("api/v5/custom-fields", query)
            found += rows(body.get("customFields"))
            page, last = page + 1, _page_count(body)
        return found

    def edit_module(self, code: str, module: Body) -> None:
        """Makes or changes an entry on the account's page of integrations."""
        path = f"api/v5/integration-modules/{quote(code, safe='')}/edit"
        self._send("POST", path, form={"integrationModule": _json(module)})

    # --- customers ---------------------------------------------------------------------------------------------------

    def create_customer(self, customer: WireCustomer) -> str:
        return text(self._post("api/v5/customers/create", {"customer": customer}).get("id"))

    def edit_customer(self, id: str, customer: WireCustomer) -> str:
        body = self._post(f"api/v5/customers/{quote(id, safe='')}/edit", {"customer": customer}, by="id")
        return text(body.get("id")) or id

    def upload_customers(self, customers: Sequence[WireCustomer]) -> Uploaded:
        return self._upload("api/v5/customers/upload", "customers", customers, "uploadedCustomers")

    def customers_by_external_ids(self, external_ids: Sequence[str]) -> list[WireCustomer]:
        return self._customers([("filter[externalIds][]", external_id) for external_id in external_ids])

    def customers_by_ids(self, ids: Sequence[str]) -> list[WireCustomer]:
        return self._customers([("filter[ids][]", id) for id in ids])

    def customers_by_email(self, email: str) -> list[WireCustomer]:
        return self._customers([("filter[email]", email)])

    def customers_by_name(self, name: str) -> list[WireCustomer]:
        """``filter[name]``: looks at names and at the digits of phones."""
        return self._customers([("filter[name]", name)])

    def _customers(self, query: Query) -> list[WireCustomer]:
        found = self._get("api/v5/customers", [*query, ("filter[sites][]", self._site), ("limit", str(PAGE))])
        return rows(found.get("customers"))  # type: ignore[return-value]  # a TypedDict of what we read from it

    def create_note(self, customer_id: str, said: str) -> str:
        note = {"text": said, "customer": {"id": int(customer_id) if customer_id.isdigit() else customer_id}}
        return text(self._post("api/v5/customers/notes/create", {"note": note}).get("id"))

    def notes_of(self, customer_id: str) -> list[Body]:
        """The newest notes of a customer."""
        query = [("filter[customerIds][]", customer_id), ("limit", str(PAGE))]
        return rows(self._get("api/v5/customers/notes", query).get("notes"))

    # --- companies ---------------------------------------------------------------------------------------------------

    def corporate_customers(self, company: str, contact_id: str = "") -> list[Body]:
        """By the name of one of their companies, and by a contact when one is given."""
        query = [("filter[companyName]", company), ("filter[sites][]", self._site), ("limit", str(PAGE))]
        query += [("filter[contactIds][]", contact_id)] if contact_id else []
        return rows(self._get("api/v5/customers-corporate", query).get("customersCorporate"))

    def create_corporate(self, corporate: Body) -> str:
        return text(self._post("api/v5/customers-corporate/create", {"customerCorporate": corporate}).get("id"))

    def companies_of(self, corporate_id: str) -> list[Body]:
        path = f"api/v5/customers-corporate/{quote(corporate_id, safe='')}/companies"
        query = [("by", "id"), ("site", self._site), ("limit", str(PAGE))]
        return rows(self._get(path, query).get("companies"))

    def create_corporate_contact(self, corporate_id: str, contact: Body) -> None:
        path = f"api/v5/customers-corporate/{quote(corporate_id, safe='')}/contacts/create"
        self._post(path, {"contact": contact}, by="id")

    # --- carts -------------------------------------------------------------------------------------------------------

    def set_cart(self, cart: Body) -> None:
        self._send("POST", f"{self._carts}/set", form={"cart": _json(cart)})

    def clear_cart(self, cart: Body) -> None:
        self._send("POST", f"{self._carts}/clear", form={"cart": _json(cart)})

    @property
    def _carts(self) -> str:
        """Carts name the site in their path."""
        return f"api/v5/customer-interaction/{quote(self._site, safe='')}/cart"

    # --- orders ------------------------------------------------------------------------------------------------------

    def create_order(self, order: WireOrder) -> tuple[str, WireOrder]:
        """The new id, and the order as it stands there (empty where the account does not send it back)."""
        return _id_and_order(self._post("api/v5/orders/create", {"order": order}))

    def edit_order(self, id: str, order: WireOrder, *, by: str = "id") -> tuple[str, WireOrder]:
        return _id_and_order(self._post(f"api/v5/orders/{quote(id, safe='')}/edit", {"order": order}, by=by))

    def upload_orders(self, orders: Sequence[WireOrder]) -> Uploaded:
        return self._upload("api/v5/orders/upload", "orders", orders, "uploadedOrders")

    def order(self, id: str) -> WireOrder:
        body = self._get(f"api/v5/orders/{quote(id, safe='')}", [("by", "id"), ("site", self._site)])
        return _id_and_order(body)[1]

    def orders_by_ids(self, ids: Sequence[str]) -> list[WireOrder]:
        return self._orders([("filter[ids][]", id) for id in ids])

    def orders_by_external_ids(self, external_ids: Sequence[str]) -> list[WireOrder]:
        return self._orders([("filter[externalIds][]", external_id) for external_id in external_ids])

    def _orders(self, query: Query) -> list[WireOrder]:
        body = self._get("api/v5/orders", [*query, ("filter[sites][]", self._site), ("limit", str(PAGE))])
        found = rows(body.get("orders"))
        return [row for row in found if text(row.get("site")) in {"", self._site}]  # type: ignore[misc]  # as above

    def orders_history(self, *, since_id: int | None = None, start_date: str = "") -> HistoryPage:
        """The next records, oldest first: always page 1, because ``sinceId`` moves with every page."""
        start = ("filter[startDate]", start_date) if since_id is None else ("filter[sinceId]", str(since_id))
        body = self._get("api/v5/orders/history", [start, ("limit", str(PAGE)), ("page", "1")])
        records: list[WireHistoryRecord] = rows(body.get("history"))  # type: ignore[assignment]  # as above
        return HistoryPage(records, has_more=bool(records) and _page_count(body) > 1)

    # --- payments ----------------------------------------------------------------------------------------------------

    def create_payment(self, payment: WirePayment) -> str:
        return text(self._post("api/v5/orders/payments/create", {"payment": payment}).get("id"))

    def edit_payment(self, id: str, payment: WirePayment) -> None:
        self._post(f"api/v5/orders/payments/{quote(id, safe='')}/edit", {"payment": payment}, by="id")

    def delete_payment(self, id: str) -> None:
        self._send("POST", f"api/v5/orders/payments/{quote(id, safe='')}/delete", form={})

    # --- catalog -----------------------------------------------------------------------------------------------------

    def upload_prices(self, prices: Sequence[Body]) -> set[str]:
        """Prices of offers, at most ``OFFER_BATCH``; returns the ids that RetailCRM does not know. The site stands in
        each row, not beside them."""
        return _not_found(self._send("POST", "api/v5/store/prices/upload", form={"prices": _json(prices)}))

    def upload_stock(self, offers: Sequence[Body]) -> set[str]:
        """Stock of offers by warehouse; limit and answer as for prices."""
        return _not_found(self._post("api/v5/store/inventories/upload", {"offers": offers}))

    # --- the wire ----------------------------------------------------------------------------------------------------

    def _get(self, path: str, query: Query = ()) -> Body:
        return self._send("GET", path, query=query)

    def _post(self, path: str, structured: Mapping[str, Any], *, by: str = "") -> Body:
        form = {"by": by} if by else {}
        form["site"] = self._site
        form |= {name: _json(value) for name, value in structured.items()}
        return self._send("POST", path, form=form)

    def _upload(self, path: str, name: str, objects: Sequence[Any], uploaded: str) -> Uploaded:
        answer = self._call("POST", path, form={"site": self._site, name: _json(objects)})
        body = body_of(answer)
        # Part failure comes as 460, or as success with failed rows; a 400 that lists what went in is one as well.
        if not (_is_success(answer, body) or (answer.status < 500 and uploaded in body)):
            raise self._error(answer, is_write=True)
        done = rows(body.get(uploaded))
        return Uploaded(
            ids={text(row["externalId"]): text(row.get("id")) for row in done if text(row.get("externalId"))},
            loose_ids=[text(row.get("id")) for row in done if not text(row.get("externalId"))],
            totals={
                text(row.get("externalId")): row["totalSumm"]
                for row in rows(body.get(name))
                if text(row.get("totalSumm"))
            },
            numbers={text(row.get("externalId")): text(row.get("number")) for row in rows(body.get(name))},
            words=words(body),
        )

    def _send(self, method: str, path: str, *, query: Query = (), form: Mapping[str, str] | None = None) -> Body:
        answer = self._call(method, path, query=query, form=form)
        body = body_of(answer)
        if not _is_success(answer, body):
            raise self._error(answer, is_write=method != "GET")
        return body

    def _call(self, method: str, path: str, *, query: Query = (), form: Mapping[str, str] | None = None) -> Answer:
        return self._http.request(method, path, params=query, form=form)

    def _error(self, answer: Answer, *, is_write: bool) -> Exception:
        error = error_for(answer, is_write=is_write)
        if isinstance(error, RateLimited):
            self._slow_down(error.retry_after or RATE_LIMIT_PAUSE)
        return error


def _is_success(answer: Answer, body: Body) -> bool:
    return answer.status < 300 and bool(body) and body.get("success") is not False


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _id_and_order(body: Body) -> tuple[str, WireOrder]:
    found = body.get("order")
    order: WireOrder = found if isinstance(found, dict) else {}  # type: ignore[assignment]  # what we read from it
    return text(body.get("id") or order.get("id")), order


def _not_found(body: Body) -> set[str]:
    """The list is absent when every offer was found."""
    return {text(row.get("externalId") or row.get("xmlId")) for row in rows(body.get("notFoundOffers"))} - {""}


def _page_count(body: Body) -> int:
    return int(amount(as_map(body.get("pagination")).get("totalPageCount")))
