"""Puts the pretended RetailCRM together: its account, who gets in and how often, and which call is answered where."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic

from connectors.retailcrm.sandbox.account import Account, Key, Refusal
from connectors.retailcrm.sandbox.account_calls import AccountCalls
from connectors.retailcrm.sandbox.carts import CartCalls
from connectors.retailcrm.sandbox.catalog_calls import CatalogCalls
from connectors.retailcrm.sandbox.corporate_calls import CorporateCalls
from connectors.retailcrm.sandbox.customer_calls import CustomerCalls
from connectors.retailcrm.sandbox.data import SCOPES
from connectors.retailcrm.sandbox.desk import Desk
from connectors.retailcrm.sandbox.order_calls import OrderCalls
from connectors.retailcrm.sandbox.wire import FORM, Call
from connectors.toolkit.sandbox import Reply, Request, Sandbox

CALLS_A_SECOND = 10
"""API v5 rules: 10 requests a second (40 for telephony, which the sandbox does not have)."""

Answer = Callable[..., Reply]
Route = tuple[str, str, str, Answer]

NAME = r"(?P<name>[^/]+)"
SITE = r"(?P<site>[^/]+)"

_HTML_405 = "<html><head><title>405 Not Allowed</title></head><body><h1>405 Not Allowed</h1></body></html>"
_HTML_503 = "<html><head><title>503 Service Unavailable</title></head><body>503 Service Unavailable</body></html>"


def make(
    port: int = 0,
    *,
    sites: Sequence[str] = ("main", "second"),
    key: str = "sandbox-key",
    currency: str | Mapping[str, str] = "RUB",
    zone: str = "Europe/Moscow",
    scopes: Sequence[str] = SCOPES,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Sandbox:
    """A RetailCRM account with default books, one key that reaches all sites, and no orders."""
    currencies = {site: currency if isinstance(currency, str) else currency[site] for site in sites}
    sandbox = Sandbox("retailcrm", port=port)
    account = Account(currencies, zone, clock)
    account.keys[key] = Key(key, frozenset(scopes), tuple(sites))
    account.refuses = sandbox.faults.refuses
    account.log = sandbox.log_write
    desk = Desk(sandbox, account)
    account.status_changed = desk.fire_triggers
    gate = _Gate(sandbox, account)
    for method, path, scope, answer in _routes(account):
        sandbox.route(method, f"/api/{path}", _handler(gate, scope, answer))
    sandbox.fallback = lambda _request: Refusal(404, "API method not found").reply()
    sandbox.before(gate.check)
    desk.open()
    return sandbox


def _routes(account: Account) -> tuple[Route, ...]:
    """Method, path below /api/, the right it needs ("" = any key), handler. Order matters: names before patterns."""
    books, orders, people = AccountCalls(account), OrderCalls(account), CustomerCalls(account)
    goods = CatalogCalls(account)
    companies, carts = CorporateCalls(account), CartCalls(account)
    return (
        ("GET", "api-versions", "", books.versions),
        ("GET", "credentials", "", books.credentials),
        ("GET", "system-info", "", books.system_info),
        ("GET", "v5/settings", "", books.settings),
        ("GET", "v5/reference/(?P<book>[a-z-]+)", "reference_read", books.reference),
        ("GET", "v5/custom-fields", "custom_fields_read", books.custom_fields),
        ("POST", f"v5/integration-modules/{NAME}/edit", "integration_write", books.module_edit),
        ("GET", f"v5/integration-modules/{NAME}", "integration_read", books.module_get),
        ("POST", "v5/orders/create", "order_write", orders.order_create),
        ("POST", "v5/orders/upload", "order_write", orders.order_upload),
        ("POST", "v5/orders/fix-external-ids", "order_write", orders.order_fix_ids),
        ("POST", "v5/orders/payments/create", "order_write", orders.payment_create),
        ("POST", f"v5/orders/payments/{NAME}/edit", "order_write", orders.payment_edit),
        ("POST", f"v5/orders/payments/{NAME}/delete", "order_write", orders.payment_delete),
        ("POST", f"v5/orders/{NAME}/edit", "order_write", orders.order_edit),
        ("GET", "v5/orders/statuses", "order_read", orders.order_statuses),
        ("GET", "v5/orders/history", "order_read", orders.order_history),
        ("GET", "v5/orders", "order_read", orders.order_list),
        ("GET", f"v5/orders/{NAME}", "order_read", orders.order_get),
        ("POST", "v5/customers/create", "customer_write", people.customer_create),
        ("POST", "v5/customers/upload", "customer_write", people.customer_upload),
        ("POST", "v5/customers/fix-external-ids", "customer_write", people.customer_fix_ids),
        ("POST", "v5/customers/notes/create", "customer_write", people.note_create),
        ("POST", f"v5/customers/{NAME}/edit", "customer_write", people.customer_edit),
        ("POST", "v5/customers-corporate/create", "customer_write", companies.create),
        ("POST", f"v5/customers-corporate/{NAME}/contacts/create", "customer_write", companies.contact_create),
        ("GET", f"v5/customers-corporate/{NAME}/companies", "customer_read", companies.companies),
        ("GET", "v5/customers-corporate", "customer_read", companies.list),
        ("POST", f"v5/customer-interaction/{SITE}/cart/set", "customer_write", carts.cart_set),
        ("POST", f"v5/customer-interaction/{SITE}/cart/clear", "customer_write", carts.cart_clear),
        ("GET", f"v5/customer-interaction/{SITE}/cart/{NAME}", "customer_read", carts.cart_get),
        ("GET", "v5/customers/history", "customer_read", people.customer_history),
        ("GET", "v5/customers/notes", "customer_read", people.note_list),
        ("GET", "v5/customers", "customer_read", people.customer_list),
        ("GET", f"v5/customers/{NAME}", "customer_read", people.customer_get),
        ("POST", "v5/store/prices/upload", "store_write", goods.prices_upload),
        ("POST", "v5/store/inventories/upload", "store_write", goods.inventories_upload),
        ("GET", "v5/store/inventories", "store_read", goods.inventories),
    )


def _handler(gate: "_Gate", scope: str, answer: Answer) -> Callable[..., Reply]:
    def handle(request: Request, **parts: str) -> Reply:
        form = _form(request)
        key = gate.key_of(request, form)
        if key is None or (scope and scope not in key.scopes):
            return Refusal(403, "Access denied.").reply()
        try:
            return answer(Call(request, key, form), **parts)
        except Refusal as refusal:
            return refusal.reply()

    return handle


class _Gate:
    """Who gets in, and how often."""

    def __init__(self, sandbox: Sandbox, account: Account) -> None:
        self._faults = sandbox.faults
        self._account = account
        self._calls: dict[str, deque[float]] = {}

    def key_of(self, request: Request, form: Mapping[str, str]) -> Key | None:
        sent = request.headers.get("x-api-key") or request.one("apiKey") or form.get("apiKey", "")
        return self._account.keys.get(sent)

    def check(self, request: Request) -> Reply | None:
        if not self._account.options.account_exists:
            is_post = request.method == "POST"
            return Reply(405, _HTML_405) if is_post else Refusal(404, "Account does not exist.").reply()
        form = _form(request)
        if not (request.headers.get("x-api-key") or request.one("apiKey") or form.get("apiKey")):
            return Refusal(403, '"apiKey" is missing.').reply()
        key = self.key_of(request, form)
        if key is None:
            return Refusal(403, 'Wrong "apiKey" value.').reply()
        return self._too_often(key.value) if self._faults.rate_limit == "vendor" else None

    def _too_often(self, key: str) -> Reply | None:
        calls, now = self._calls.setdefault(key, deque(maxlen=CALLS_A_SECOND)), monotonic()
        if len(calls) == CALLS_A_SECOND and now - calls[0] < 1:
            is_html = self._account.options.rate_limit_body == "html"
            return Reply(503, _HTML_503) if is_html else Refusal(503, "Rate limit exceeded").reply()
        calls.append(now)
        return None


def _form(request: Request) -> dict[str, str]:
    """The form of a POST. A body of another type is not read: its parameters are missing, as with the vendor."""
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM):
        return request.form()
    return {}
