"""Products, variations, categories and product settings over REST (WooCommerce REST API v3), and the shop's staff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.woocommerce.sandbox.answers import Answers, Refusal, is_true, numbers, paging, values
from connectors.woocommerce.sandbox.catalog import CATEGORIES, CatalogViews, Product
from connectors.woocommerce.sandbox.listing import choice, moment
from connectors.woocommerce.sandbox.shop import Shop

_ORDER_BY = ("date", "id", "include", "title", "slug", "modified", "popularity", "rating", "menu_order", "price")
_SETTINGS = (
    ("woocommerce_weight_unit", "kg", ("kg", "g", "lbs", "oz")),
    ("woocommerce_dimension_unit", "cm", ("m", "cm", "mm", "in", "yd")),
)


@dataclass(slots=True)
class GoodsDesk:
    shop: Shop
    answers: Answers

    def products(self, request: Request) -> Reply:
        """Variations are found here only by their SKU."""
        skus, include = set(values(request, "sku")), set(numbers(request, "include"))
        gmt = is_true(request.one("dates_are_gmt"))
        after, before = (moment(request, name, self.shop, gmt=gmt) for name in ("modified_after", "modified_before"))
        wanted = [
            product
            for product in self.shop.goods.values()
            if (not product.parent_id or product.sku in skus)
            and (not skus or product.sku in skus)
            and (not include or product.id in include)
            and (after is None or self._modified(product) > after)
            and (before is None or self._modified(product) < before)
        ]
        order_by = choice(request, "orderby", _ORDER_BY, "date")
        moments = {"modified": self._modified}.get(order_by, lambda _product: 0)
        descending = choice(request, "order", ("asc", "desc"), "desc") == "desc"
        wanted.sort(key=lambda product: (moments(product), product.id), reverse=descending)
        return self._goods(request, wanted, variations=False)

    def variations(self, request: Request, number: str) -> Reply:
        parent = self._product(number)
        descending = choice(request, "order", ("asc", "desc"), "desc") == "desc"
        ids = sorted(parent.variations, reverse=descending)
        return self._goods(request, [self.shop.goods[one] for one in ids], variations=True)

    def product(self, request: Request, number: str) -> Reply:
        return self.answers.one(request, self.views().product(self._product(number)))

    def categories(self, request: Request) -> Reply:
        where = paging(request)
        items = [
            {
                "id": number,
                "name": name,
                "slug": slug,
                "parent": parent,
                "description": "",
                "display": "default",
                "image": None,
                "menu_order": 0,
                "count": sum(product.category[0] == number for product in self.shop.goods.values()),
                "_links": self.answers.links(f"/products/categories/{number}"),
            }
            for number, name, slug, parent in CATEGORIES
        ]
        return self.answers.page(request, items[where.offset : where.end], len(items), where)

    def settings(self, request: Request) -> Reply:
        items = [
            {
                "id": name,
                "label": name.removeprefix("woocommerce_").replace("_", " ").capitalize(),
                "description": "",
                "type": "select",
                "default": value,
                "options": {one: one for one in options},
                "tip": "",
                "value": value,
                "_links": self.answers.links(f"/settings/products/{name}", ("GET", "POST", "PUT", "PATCH")),
            }
            for name, value, options in _SETTINGS
        ]
        return self.answers.plain_list(request, items)

    def views(self) -> CatalogViews:
        return CatalogViews(self.answers, self.shop.zone, self.shop.decimals, self.shop.opened)

    def change(self, request: Request) -> Reply:
        """``POST goods`` of the control desk: ``{"id", "name"?, "price"?, "stock"?}`` changes, ``{"id", "gone": true}``
        deletes, ``{"more": n}`` adds n simple products. Prices are in smallest units."""
        wanted = request.json()
        goods = self.shop.goods
        first = max(goods) + 1
        for number in range(first, first + int(wanted.get("more", 0))):
            goods[number] = Product(
                number, f"Plato {number}", f"PLATO-{number}", 500 + number % 1000, stock=number % 50
            )
        if "id" in wanted and wanted.get("gone"):
            del goods[int(wanted["id"])]
            self.shop.emit("product", "deleted", int(wanted["id"]))
        elif "id" in wanted:
            old = goods[int(wanted["id"])]
            changes = {name: wanted[name] for name in ("name", "price", "stock") if name in wanted}
            goods[old.id] = replace(old, **changes, modified=self.shop.now())
            self.shop.emit("product", "updated", old.id)
        return Reply(body={"goods": len(goods)})

    def _modified(self, product: Product) -> int:
        return product.modified or self.shop.opened

    def _goods(self, request: Request, goods: Sequence[Product], *, variations: bool) -> Reply:
        where, views = paging(request), self.views()
        show = views.variation if variations else views.product
        shown: list[dict[str, Any]] = [show(one) for one in goods[where.offset : where.end]]
        return self.answers.page(request, shown, len(goods), where)

    def _product(self, number: str) -> Product:
        product = self.shop.goods.get(int(number))
        if product is None:
            raise Refusal(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        return product
