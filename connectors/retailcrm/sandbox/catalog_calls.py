"""Prices, stock and offers over the API (API v5, store/*)."""

from collections.abc import Iterable
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.wire import BAD_INPUT, LIMITS, Call, page_of
from connectors.toolkit.sandbox import Reply

OFFER_LIMIT = 250
"""Offers a call; the same number is the largest page of ``GET store/inventories``."""

_NAMES = ("id", "externalId", "xmlId")


class CatalogCalls:
    def __init__(self, account: Account) -> None:
        self._account = account

    def prices_upload(self, call: Call) -> Reply:
        """Each row names its site; offers that are not there are listed and do not stop the others."""
        sent = _rows(call, "prices")
        errors: dict[str, str] = {}
        for index, row in enumerate(sent):
            if row.get("site") not in call.key.sites:
                errors[f"prices[{index}].site"] = f'"Site" with "code"="{row.get("site")}" does not exist.'
            for place, price in enumerate(row.get("prices") or ()):
                if price.get("code") not in self._account.book("price-types"):
                    code = price.get("code")
                    errors[f"prices[{index}].prices[{place}].code"] = (
                        f'"PriceType" with "code"="{code}" does not exist.'
                    )
        if errors:
            raise Refusal(400, "Errors in the entity format", errors)
        return self._answer(sent, self._set_prices)

    def inventories_upload(self, call: Call) -> Reply:
        call.site(self._account)
        sent = _rows(call, "offers")
        stores = self._account.book("stores")
        errors = {
            f"offers[{index}].stores[{place}].code": f'"Store" with "code"="{store.get("code")}" does not exist.'
            for index, row in enumerate(sent)
            for place, store in enumerate(row.get("stores") or ())
            if store.get("code") not in stores
        }
        if errors:
            raise Refusal(400, "Errors in the entity format", errors)
        return self._answer(sent, self._set_stock)

    def inventories(self, call: Call) -> Reply:
        filters = call.filters(("details", "offerExternalId", "sites"))
        wanted = set(filters.get("offerExternalId", ()))
        offers = [each for each in self._account.offers if not wanted or str(each.get("externalId")) in wanted]
        has_details = filters.get("details") == ["1"]
        shown = [_inventory(offer, has_details=has_details) for offer in offers]
        return Reply(body=page_of(call, shown, "offers", limits=(*LIMITS, OFFER_LIMIT)))

    def _answer(self, sent: list[Json], write: Any) -> Reply:
        missing = [{name: row[name] for name in _NAMES if name in row} for row in sent if not write(row)]
        self._account.counters["offer_uploads"] += 1
        body: Json = {"success": True, "processedOffersCount": len(sent) - len(missing)}
        return Reply(body=body | {"notFoundOffers": missing})

    def _set_prices(self, row: Json) -> bool:
        offer = self._account.offer(row)
        if offer is None:
            return False
        kept = offer.setdefault("prices", {})
        for price in row.get("prices") or ():
            if price.get("remove"):
                kept.pop(price["code"], None)
            else:
                kept[price["code"]] = float(price["price"])
        return True

    def _set_stock(self, row: Json) -> bool:
        offer = self._account.offer(row)
        if offer is None:
            return False
        for store in row.get("stores") or ():
            offer.setdefault("stores", {})[store["code"]] = {
                "quantity": float(store.get("available") or 0),
                "purchasePrice": float(store.get("purchasePrice") or 0),
            }
        return True


def _rows(call: Call, name: str) -> list[Json]:
    sent: list[Json] = call.structure(name, list)
    if not sent or len(sent) > OFFER_LIMIT:
        raise Refusal(400, BAD_INPUT, {name: f"The list must hold 1 to {OFFER_LIMIT} elements."})
    return sent


def _inventory(offer: Json, *, has_details: bool) -> Json:
    stores: dict[str, Json] = offer.get("stores", {})
    row: Json = {name: offer[name] for name in (*_NAMES, "site") if name in offer}
    row["quantity"] = _sum(store["quantity"] for store in stores.values()) if stores else offer.get("quantity", 0)
    if has_details:
        row["stores"] = [{"store": code, **store} for code, store in stores.items()]
    return row


def _sum(values: Iterable[float]) -> float:
    return float(sum(values))
