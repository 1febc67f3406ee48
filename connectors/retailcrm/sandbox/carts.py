"""Carts of registered customers (API v5, ``customer-interaction/{site}/cart/*``): one for each customer and site."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.customers import find_customer
from connectors.retailcrm.sandbox.wire import BAD_INPUT, BAD_VALUE, Call
from connectors.toolkit.sandbox import Reply

_MOMENTS = ("createdAt", "updatedAt", "droppedAt", "clearedAt")


@dataclass(frozen=True, slots=True)
class CartCalls:
    """Handlers by call; each takes the call and the parts of its path."""

    account: Account

    def cart_set(self, call: Call, site: str) -> Reply:
        cart = call.structure("cart", dict)
        customer = self._customer(call, site, cart)
        errors = _faults(cart) | _item_faults(cart.get("items"))
        if errors:
            raise Refusal(400, "Errors in the entity format", errors)
        self.account.carts[site, customer["id"]] = cart
        self.account.log("cart/set", cart=str(cart.get("externalId", "")), id=customer["id"], site=site)
        return Reply(body={"success": True})

    def cart_clear(self, call: Call, site: str) -> Reply:
        cart = call.structure("cart", dict)
        customer = self._customer(call, site, cart)
        if errors := _faults(cart):
            raise Refusal(400, "Errors in the entity format", errors)
        self.account.carts.pop((site, customer["id"]), None)
        order = str((cart.get("order") or {}).get("externalId", ""))
        self.account.log("cart/clear", order=order, id=customer["id"], site=site)
        return Reply(body={"success": True})

    def cart_get(self, call: Call, site: str, name: str) -> Reply:
        self._check_site(call, site)
        cart = self.account.carts.get((site, int(name) if name.isdigit() else 0))
        if cart is None:
            raise Refusal(404, "Not found")
        return Reply(body={"success": True, "cart": cart})

    def _customer(self, call: Call, site: str, cart: Json) -> Json:
        """Guests have no cart: the customer must be there, with the shop's id."""
        self._check_site(call, site)
        named = cart.get("customer") or {}
        by = "externalId" if named.get("externalId") else "id"
        customer = find_customer(self.account, (site,), by, str(named.get(by, "")))
        if not customer.get("externalId"):
            raise Refusal(400, "Errors in the entity format", {"customer": "The customer is not registered."})
        return customer

    def _check_site(self, call: Call, site: str) -> None:
        if site not in call.key.sites:
            raise Refusal(403, "Access denied.")


def _faults(cart: Json) -> dict[str, str]:
    return {name: BAD_VALUE for name in _MOMENTS if name in cart and not _has_offset(cart[name])}


def _item_faults(items: Any) -> dict[str, str]:
    if not isinstance(items, list) or not items:
        raise Refusal(400, BAD_INPUT, {"items": "This value should not be blank."})
    return {
        f"items[{index}].offer": BAD_VALUE
        for index, item in enumerate(items)
        if not any((item.get("offer") or {}).get(name) for name in ("id", "externalId", "xmlId"))
    }


def _has_offset(value: Any) -> bool:
    """``Y-m-d H:i:sP``, for example 2026-01-05 10:00:00+03:00."""
    try:
        moment = datetime.strptime(value, "%Y-%m-%d %H:%M:%S%z")
    except (TypeError, ValueError):
        return False
    return moment.tzinfo is not None and "T" not in value
