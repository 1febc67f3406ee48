"""The sandbox shop's goods, taxes and coupons, and their REST form (WooCommerce REST API v3, products)."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connectors.woocommerce.sandbox.answers import Answers
from connectors.woocommerce.sandbox.records import gmt_text, local_text, money


@dataclass(frozen=True, slots=True)
class TaxRate:
    id: int
    code: str
    label: str
    basis_points: int


STANDARD = TaxRate(1, "ES-IVA-1", "IVA", 2100)
REDUCED = TaxRate(2, "ES-IVA REDUCIDO-1", "IVA reducido", 1000)
NO_TAX = TaxRate(0, "", "", 0)
RATES = {rate.id: rate for rate in (STANDARD, REDUCED, NO_TAX)}
TAXED_COUNTRIES = frozenset({"ES", ""})
"""Without an address the shop taxes as for its own country."""


def rate_for(tax_class: str, country: str) -> TaxRate:
    if country not in TAXED_COUNTRIES:
        return NO_TAX
    return REDUCED if tax_class == "reduced-rate" else STANDARD


@dataclass(slots=True)
class Product:
    """A product, or with ``parent_id`` one of its variations. ``price`` includes tax, in smallest units."""

    id: int
    name: str
    sku: str
    price: int
    tax_class: str = ""
    is_virtual: bool = False
    stock: int | None = None
    parent_id: int = 0
    options: tuple[tuple[str, str, str], ...] = ()
    variations: tuple[int, ...] = ()
    category: tuple[int, str, str] = (15, "Uncategorized", "uncategorized")
    modified: int = 0
    sold: int = 0
    meta: list[dict[str, Any]] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return "-".join(self.name.lower().split())


@dataclass(frozen=True, slots=True)
class Coupon:
    id: int
    code: str
    kind: str
    amount: int
    """Percent for ``percent``, smallest units for ``fixed_cart``."""


COUPONS = {
    "bienvenida10": Coupon(60, "bienvenida10", "percent", 10),
    "menos3": Coupon(61, "menos3", "fixed_cart", 300),
    "todo-gratis": Coupon(62, "todo-gratis", "percent", 100),
}

CATEGORIES = (
    (15, "Uncategorized", "uncategorized", 0),
    (16, "Cerámica", "ceramica", 0),
    (17, "Alimentación", "alimentacion", 0),
    (18, "Ropa", "ropa", 19),
    (19, "Moda & hogar", "moda-hogar", 0),
)
"""Id, name, slug, parent."""

_CERAMICS = (16, "Cerámica", "ceramica")
_FOOD = (17, "Alimentación", "alimentacion")
_CLOTHES = (18, "Ropa", "ropa")
_SIZES = ("S", "M", "L")
_COLOURS = ("Azul", "Verde", "Rojo")


def catalog() -> dict[int, Product]:
    """A fresh catalogue: simple, reduced-rate, virtual and variable goods."""
    goods = [
        Product(20, "Jarra de barro", "JARRA-1", 1850, stock=100_000, category=_CERAMICS),
        Product(21, "Cuenco esmaltado", "CUENCO-2", 990, stock=100_000, category=_CERAMICS),
        Product(22, "Café molido 1 kg", "CAFE-1000", 1595, "reduced-rate", category=_FOOD),
        Product(23, "Aceite de oliva 5 l", "ACEITE-5", 4730, "reduced-rate", category=_FOOD),
        Product(24, "Curso de cerámica en línea", "CURSO-C", 6050, is_virtual=True),
        Product(25, "Lámpara de mesa «Luna»", "LUNA-01", 7299),
        Product(26, "Cuaderno A5", "0042", 450),
        Product(27, "Muestra gratuita", "MUESTRA", 0),
    ]
    pairs = [(size, colour) for size in _SIZES for colour in _COLOURS]
    ids = tuple(range(31, 31 + len(pairs)))
    goods.append(Product(30, "Sudadera", "SUD", 3900, variations=ids, category=_CLOTHES))
    for number, (size, colour) in zip(ids, pairs, strict=True):
        options = (("pa_talla", "Talla", size), ("color", "Color", colour))
        sku, price = f"SUD-{size}-{colour[0]}", 3900 + 200 * _SIZES.index(size)
        goods.append(Product(number, "Sudadera", sku, price, parent_id=30, options=options, category=_CLOTHES))
    return {product.id: product for product in goods}


def line_meta(product: Product) -> list[dict[str, Any]]:
    """The chosen options as the order line carries them: attribute terms by slug, own attributes as written."""
    return [
        {
            "key": key,
            "value": option.lower() if key.startswith("pa_") else option,
            "display_key": label,
            "display_value": option,
        }
        for key, label, option in product.options
    ]


def line_name(product: Product) -> str:
    options = ", ".join(option for _key, _label, option in product.options)
    return f"{product.name} - {options}" if options else product.name


@dataclass(frozen=True, slots=True)
class CatalogViews:
    answers: Answers
    zone: ZoneInfo
    decimals: int
    opened: int

    def product(self, product: Product) -> dict[str, Any]:
        """``GET /products/{id}``; also serves a variation, which the shop shows there with its ``parent_id``."""
        price = money(product.price, self.decimals)
        number, name, slug = product.category
        return {
            "id": product.id,
            "name": line_name(product),
            "slug": product.slug,
            "permalink": f"{self.answers.url}/product/{product.slug}/",
            **self._dates(product),
            "type": "variation" if product.parent_id else "variable" if product.variations else "simple",
            "status": "publish",
            "featured": False,
            "catalog_visibility": "visible",
            "description": f"<p>{product.name}</p>\n",
            "short_description": "",
            "sku": product.sku,
            "price": price,
            "regular_price": "" if product.variations else price,
            "sale_price": "",
            **_SALE_DATES,
            "on_sale": False,
            "purchasable": True,
            "total_sales": product.sold,
            "virtual": product.is_virtual,
            "downloadable": product.is_virtual,
            "downloads": [],
            "download_limit": -1,
            "download_expiry": -1,
            "external_url": "",
            "button_text": "",
            "tax_status": "taxable",
            "tax_class": product.tax_class,
            **_stock(product),
            "sold_individually": False,
            "weight": "",
            "dimensions": {"length": "", "width": "", "height": ""},
            "shipping_required": not product.is_virtual,
            "shipping_taxable": not product.is_virtual,
            "shipping_class": "",
            "shipping_class_id": 0,
            "reviews_allowed": True,
            "average_rating": "0.00",
            "rating_count": 0,
            "upsell_ids": [],
            "cross_sell_ids": [],
            "parent_id": product.parent_id,
            "purchase_note": "",
            "categories": [{"id": number, "name": name, "slug": slug}],
            "brands": [],
            "tags": [],
            "images": [],
            "attributes": _attributes(product),
            "default_attributes": [],
            "variations": list(product.variations),
            "grouped_products": [],
            "menu_order": 0,
            "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{price}</bdi></span>',
            "related_ids": [],
            "meta_data": product.meta,
            "stock_status": "instock",
            "has_options": bool(product.variations),
            "post_password": "",
            "global_unique_id": "",
            "_links": self.answers.links(f"/products/{product.id}"),
        }

    def variation(self, product: Product) -> dict[str, Any]:
        """An entry of ``GET /products/{id}/variations``."""
        full = self.product(product)
        path = f"/products/{product.parent_id}/variations/{product.id}"
        links = self.answers.links(path, up=self.answers.href(f"/products/{product.parent_id}"))
        return {name: full[name] for name in _SHARED_WITH_VARIATIONS} | {
            "image": None,
            "attributes": _attributes(product),
            "menu_order": 0,
            "meta_data": product.meta,
            "name": ", ".join(option for _key, _label, option in product.options),
            "parent_id": product.parent_id,
            "_links": links,
        }

    def _dates(self, product: Product) -> dict[str, Any]:
        modified = product.modified or self.opened
        return {
            "date_created": local_text(self.opened, self.zone),
            "date_created_gmt": gmt_text(self.opened),
            "date_modified": local_text(modified, self.zone),
            "date_modified_gmt": gmt_text(modified),
        }


_SHARED_WITH_VARIATIONS = (
    "id", "type", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "description",
    "permalink", "sku", "global_unique_id", "price", "regular_price", "sale_price", "date_on_sale_from",
    "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt", "on_sale", "status", "purchasable", "virtual",
    "downloadable", "downloads", "download_limit", "download_expiry", "tax_status", "tax_class", "manage_stock",
    "stock_quantity", "stock_status", "backorders", "backorders_allowed", "backordered", "low_stock_amount", "weight",
    "dimensions", "shipping_class", "shipping_class_id",
)  # fmt: skip

_SALE_DATES = {
    "date_on_sale_from": None,
    "date_on_sale_from_gmt": None,
    "date_on_sale_to": None,
    "date_on_sale_to_gmt": None,
}


def _stock(product: Product) -> dict[str, Any]:
    return {
        "manage_stock": product.stock is not None,
        "stock_quantity": product.stock,
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
    }


def _attributes(product: Product) -> list[dict[str, Any]]:
    if product.variations:
        talla = {"id": 1, "name": "Talla", "slug": "pa_talla", "options": list(_SIZES)}
        color = {"id": 0, "name": "Color", "slug": "Color", "options": list(_COLOURS)}
        return [one | {"position": 0, "visible": True, "variation": True} for one in (talla, color)]
    return [
        {"id": 1 if key.startswith("pa_") else 0, "name": label, "slug": key, "option": option}
        for key, label, option in product.options
    ]
