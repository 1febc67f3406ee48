"""The Verify button: who is there, which resources the integration lacks, which store views count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.contract.errors import Misconfigured, Rejected, Retryable
from connectors.contract.results import AccountReport, Check
from connectors.toolkit.lenient import text

from .client import Client
from .codes import info
from .config import Config
from .errors import CRASHED
from .shop import Shop

_WHERE = "System > Extensions > Integrations > the integration > API"


class Account:
    def __init__(self, client: Client, config: Config, shop: Shop) -> None:
        self._client, self._config, self._shop = client, config, shop

    def verify(self) -> AccountReport:
        """Raises Misconfigured when the address is wrong or the sign-in fails as a whole."""
        checks = [self._views()]
        views_are_readable = checks[0].passed or bool(self._shop.__dict__.get("views"))
        for name, resource, path in _READS:
            checks.append(self._may(name, resource, partial(self._client.search, path, [], [], size=1)))
        if not views_are_readable and not any(check.passed for check in checks):
            raise Misconfigured(checks[0].message, code="not_authorized")
        checks += self._writes()
        attribute = f"products/attributes/{self._config.brand_attribute}/options"
        categories = partial(self._client.get, "categories", [("depth", "1")])
        checks.append(self._may("Categories", "Catalog > Inventory > Categories", categories))
        checks.append(self._may("Brands", "Stores > Attributes > Product", lambda: self._client.get(attribute)))
        told = info(self._client)
        if told is None:
            message = "Not installed (or not allowed): orders are polled, and codes are learnt from orders."
            checks.append(Check("Companion module", True, message))
        else:
            checks.append(Check("Companion module", True, f"Version {text(told.get('module_version'))}."))
        version = text((told or {}).get("magento_version"))
        return AccountReport(account=self._config.base_url, version=version, checks=checks)

    def _views(self) -> Check:
        try:
            views, chosen = self._shop.views, self._shop.chosen
        except Misconfigured as problem:
            cure = (
                "Correct “Only these store views”."
                if problem.code == "store_views"
                else f"Tick Stores > Settings > All Stores ({_WHERE})."
            )
            if problem.code not in {"store_views", "not_authorized"}:
                raise
            return Check("Store views", False, problem.message, cure)
        named = ", ".join(f"{id} ({views[id]})" for id in chosen or views)
        return Check("Store views", True, f"Orders of {'' if chosen else 'all: '}{named}.")

    def _writes(self) -> list[Check]:
        """Each way to a status is asked for with order 0, which no shop has: Magento looks at the right first, and then
        finds no such order, so nothing is changed. The resource of refunds only where they are allowed."""
        rights = [right for right in _WRITES if right.resource != REFUNDS or self._config.allow_refunds]
        return [self._may_write(right) for right in rights]

    def _may_write(self, right: "_Write") -> Check:
        resource = f"Sales > Operations > Orders > Actions > {right.resource}"
        try:
            return self._may(right.name, resource, partial(self._client.post, right.path, right.body))
        except Retryable as problem:
            if problem.code != CRASHED:
                raise
            return Check(right.name, True, "Allowed.")

    def _may(self, name: str, resource: str, call: Callable[[], Any]) -> Check:
        """A missing right is a 401 like any other; the answer names the resource and both causes."""
        try:
            call()
        except Misconfigured as problem:
            if problem.code not in {"not_authorized", "blocked"}:
                raise
            return Check(name, False, problem.message, f"Tick {resource} ({_WHERE}), then save and reauthorize.")
        except Rejected:
            return Check(name, True, "Allowed.")
        return Check(name, True, "Allowed.")


_READS = (
    ("Orders", "Sales > Operations > Orders > Actions > View", "orders"),
    ("Customers", "Customers > All Customers", "customers/search"),
    ("Products", "Catalog > Inventory > Products", "products"),
)


REFUNDS = "Credit Memos"


@dataclass(frozen=True, slots=True)
class _Write:
    name: str
    resource: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


_NOTHING = {"comment": "", "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": 0}
_WRITES = (
    _Write("Comment on orders", "Comment", "orders/0/comments", {"statusHistory": _NOTHING}),
    _Write("Cancel orders", "Cancel", "orders/0/cancel"),
    _Write("Hold orders", "Hold", "orders/0/hold"),
    _Write("Release orders", "Unhold", "orders/0/unhold"),
    _Write("Invoice orders", "Invoice", "order/0/invoice"),
    _Write("Ship orders", "Ship", "order/0/ship"),
    _Write("Refund orders", REFUNDS, "order/0/refund"),
)
"""OrderRepository::get: an order without an id is refused before anything is looked up."""
