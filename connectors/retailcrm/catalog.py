"""Prices and stock into RetailCRM as they change, between two loads of the catalog file."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connectors.contract.canonical import Offer
from connectors.contract.results import Outcome, ProductDraft, Refused, Written

from .client import OFFER_BATCH, Client
from .config import Config, OfferId
from .offers import number, offers_of

MAX_NAMED = 5

NOT_SET_UP = Refused(
    "Neither prices nor stock can be sent: enter a price type or a warehouse in the settings of the RetailCRM "
    "connection, then send this again.",
    code="not_set_up",
)


class CatalogSink:
    """``catalog_sink`` capability. RetailCRM makes no offers from these calls: it only changes those it has loaded.

    An offer that it does not know yet is no fault: the file brings it, price and stock with it. The sync log names it.
    """

    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    @property
    def max_batch(self) -> int:
        return OFFER_BATCH

    def put_products(self, drafts: Sequence[ProductDraft]) -> Sequence[Outcome]:
        """Both uploads may be repeated: each sets what is so now."""
        if not self._config.price_type and not self._config.warehouse:
            return [NOT_SET_UP] * len(drafts)
        offers = [self._named(draft) for draft in drafts]
        rows = [pair for named in offers for pair in named]
        unknown = self._upload(rows, self._price_row, self._client.upload_prices) if self._config.price_type else set()
        if self._config.warehouse:
            unknown |= self._upload(rows, self._stock_row, self._client.upload_stock)
        return [self._outcome(draft, named, unknown) for draft, named in zip(drafts, offers, strict=True)]

    def _named(self, draft: ProductDraft) -> list[tuple[str, Offer]]:
        """The product's offers by the id under which RetailCRM has them."""
        rule, product = self._config.offer_id, draft.product
        offers = offers_of(product, rule)
        named = ((offer.sku if rule in {OfferId.SKU, OfferId.SKU_AS_XML_ID} else offer.id, offer) for offer in offers)
        return [(id, offer) for id, offer in named if id]

    def _upload(
        self,
        offers: Iterable[tuple[str, Offer]],
        row_of: Callable[[str, Offer], dict[str, Any] | None],
        upload: Callable[[Sequence[dict[str, Any]]], set[str]],
    ) -> set[str]:
        """Ids that RetailCRM does not know."""
        rows = [row for id, offer in offers if (row := row_of(id, offer)) is not None]
        unknown: set[str] = set()
        for start in range(0, len(rows), OFFER_BATCH):
            unknown |= upload(rows[start : start + OFFER_BATCH])
        return unknown

    def _price_row(self, id: str, offer: Offer) -> dict[str, Any] | None:
        price, currency = offer.price, self._config.currency
        if price is None or (currency and price.currency != currency):
            return None
        prices = [{"code": self._config.price_type, "price": _json_number(price.amount)}]
        return {self._key: id, "site": self._config.site, "prices": prices}

    def _stock_row(self, id: str, offer: Offer) -> dict[str, Any] | None:
        if offer.stock is None:
            return None
        store: dict[str, Any] = {"code": self._config.warehouse, "available": max(int(offer.stock), 0)}
        if offer.purchase_price is not None:
            store["purchasePrice"] = _json_number(offer.purchase_price.amount)
        return {self._key: id, "stores": [store]}

    @property
    def _key(self) -> str:
        return "xmlId" if self._config.offer_id is OfferId.SKU_AS_XML_ID else "externalId"

    def _outcome(self, draft: ProductDraft, named: Sequence[tuple[str, Offer]], unknown: set[str]) -> Outcome:
        missing = [id for id, _offer in named if id in unknown]
        if not missing:
            return Written(draft.target_id or draft.external_id)
        shown = ", ".join(missing[:MAX_NAMED]) + (" …" if len(missing) > MAX_NAMED else "")
        note = f"RetailCRM has not loaded these offers yet: {shown}. They come with the next load of the catalog file."
        return Written(draft.target_id or draft.external_id, note=note)


def _json_number(value: Any) -> float:
    return float(number(value))
