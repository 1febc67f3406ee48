"""The Verify button: who is there, which resources the integration lacks, which store views count."""

from collections.abc import Callable
from functools import partial
from typing import Any

from connectors.contract.errors import Misconfigured, Rejected
from connectors.contract.results import AccountReport, Check
from connectors.toolkit.lenient import text

from .client import Client
from .codes import info
from .config import Config
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
        attribute = f"products/attributes/{self._config.brand_attribute}/options"
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
        shown = ", ".join(views[id] for id in chosen) if chosen else f"all ({', '.join(views.values())})"
        return Check("Store views", True, f"Orders of {shown}.")

    def _may(self, name: str, resource: str, call: Callable[[], Any]) -> Check:
        """A missing right is a 401 like any other; the answer names the resource and both causes."""
        try:
            call()
        except Misconfigured as problem:
            if problem.code not in {"not_authorized", "blocked"}:
                raise
            return Check(name, False, problem.message, f"Tick {resource} ({_WHERE}), then save and reauthorize.")
        except Rejected as problem:
            return Check(name, True, f"Nothing to read: {problem.message}")
        return Check(name, True, "May be read.")


_READS = (
    ("Orders", "Sales > Operations > Orders > Actions > View", "orders"),
    ("Customers", "Customers > All Customers", "customers/search"),
    ("Products", "Catalog > Inventory > Products", "products"),
)
