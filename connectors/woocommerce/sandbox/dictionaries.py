"""What staff map codes from, and what a set-up reads: gateways, shipping, settings, totals, discovery."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.woocommerce.sandbox.answers import Answers, Paging, Refusal
from connectors.woocommerce.sandbox.history import PATTERN
from connectors.woocommerce.sandbox.records import CURRENCIES
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.shoppers import CARD, CASH, COURIER, FLAT, FREE, PICKUP, TRANSFER, WALLET
from connectors.woocommerce.sandbox.views import VERSION

GATEWAYS = ((*TRANSFER, True), ("cheque", "Cheque", False), (*CASH, True), (*CARD, True), (*WALLET, True))
METHOD_TYPES = (
    ("flat_rate", "Flat rate"),
    ("free_shipping", "Free shipping"),
    ("local_pickup", "Local pickup"),
    ("pickup_location", "Local pickup"),
    ("courier_express", "Courier"),
)
ZONES = {0: "Locations not covered by your other zones", 1: "Península"}
ZONE_METHODS = {0: [], 1: [FLAT, FREE, PICKUP, COURIER]}
_ENTITIES = {"€": "&euro;", "$": "&#36;", "£": "&pound;", "¥": "&yen;", "₽": "&#8381;"}


@dataclass(slots=True)
class DictionaryDesk:
    shop: Shop
    answers: Answers

    def discovery(self, request: Request) -> Reply:
        """``GET /wp-json/``: public."""
        settings, url = self.shop.settings, self.answers.url
        offset = datetime.fromtimestamp(self.shop.now(), self.shop.zone).utcoffset()
        hours = offset.total_seconds() / 3600 if offset else 0
        site = {
            "name": settings.name,
            "description": "",
            "url": url,
            "home": url,
            "gmt_offset": int(hours) if hours == int(hours) else hours,
            "timezone_string": settings.zone,
            "page_for_posts": 0,
            "page_on_front": 0,
            "show_on_front": "posts",
            "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc/store/v1", "wp/v2"],
            "authentication": [],
            "routes": {"/wc/v3": {"namespace": "wc/v3", "methods": ["GET"]}},
            "_links": {},
        }
        return self.answers.one(request, site, ())

    def namespace(self, request: Request) -> Reply:
        """``GET /wp-json/wc/v3``: public."""
        return self.answers.one(request, {"namespace": "wc/v3", "routes": {}, "_links": {}}, ("GET",))

    def gateways(self, request: Request) -> Reply:
        return self._listed(request, [self._gateway(*gateway) for gateway in GATEWAYS], ("GET",))

    def _gateway(self, code: str, title: str, enabled: bool) -> dict[str, Any]:
        tip = "This controls the title which the user sees during checkout."
        setting = {"id": "title", "label": "Title", "description": tip, "type": "safe_text", "value": title}
        admin = f"{self.answers.url}/wp-admin/admin.php?page=wc-settings&tab=checkout&path=/offline/{code}"
        return {
            "id": code,
            "title": title,
            "description": "",
            "order": "",
            "enabled": enabled,
            "method_title": title,
            "method_description": f"Take payments by {title}.",
            "method_supports": ["products"],
            "settings": {"title": setting | {"default": title, "tip": tip, "placeholder": ""}},
            "needs_setup": False,
            "post_install_scripts": [],
            "settings_url": admin,
            "connection_url": None,
            "setup_help_text": None,
            "required_settings_keys": [],
            "_links": self.answers.links(f"/payment_gateways/{code}", ("GET", "POST", "PUT", "PATCH")),
        }

    def zones(self, request: Request) -> Reply:
        items = [
            {
                "id": number,
                "name": name,
                "order": 0,
                "_links": self.answers.links(
                    f"/shipping/zones/{number}", describedby=self.answers.href(f"/shipping/zones/{number}/locations")
                ),
            }
            for number, name in ZONES.items()
        ]
        return self._listed(request, items)

    def zone_methods(self, request: Request, zone: str) -> Reply:
        number = int(zone)
        if number not in ZONES:
            raise Refusal(404, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")
        items = [self._zone_method(number, place, *row) for place, row in enumerate(ZONE_METHODS[number], 1)]
        return self._listed(request, items)

    def _zone_method(self, zone: int, place: int, code: str, instance: str, title: str, price: int) -> dict[str, Any]:
        name = {"id": "title", "label": "Name", "type": "text", "value": title, "default": title}
        cost = {"id": "cost", "label": "Cost", "type": "text", "value": f"{price / 100:.2f}", "default": ""}
        rest = {"description": "", "tip": "", "placeholder": ""}
        path = f"/shipping/zones/{zone}/methods/{instance}"
        return {
            "id": int(instance),
            "instance_id": int(instance),
            "title": title,
            "order": place,
            "enabled": True,
            "method_id": code,
            "method_title": dict(METHOD_TYPES)[code],
            "method_description": f"<p>{title}</p>\n",
            "settings": {"title": name | rest, "cost": cost | rest},
            "_links": self.answers.links(path, describes=self.answers.href(f"/shipping/zones/{zone}")),
        }

    def methods(self, request: Request) -> Reply:
        items = [
            {
                "id": code,
                "title": title,
                "description": f"{title}.",
                "_links": self.answers.links(f"/shipping_methods/{code}", ("GET",)),
            }
            for code, title in METHOD_TYPES
        ]
        return self._listed(request, items, ("GET",))

    def settings(self, request: Request) -> Reply:
        rows = (
            ("woocommerce_default_country", "select", "ES:M"),
            ("woocommerce_calc_taxes", "checkbox", "yes"),
            ("woocommerce_currency", "select", self.shop.settings.currency),
            ("woocommerce_price_num_decimals", "number", str(self.shop.decimals)),
        )
        items = [
            {
                "id": name,
                "label": name.removeprefix("woocommerce_").replace("_", " ").capitalize(),
                "description": "",
                "type": kind,
                "default": value,
                "tip": "",
                "value": value,
                **({"options": {value: value}} if kind == "select" else {}),
                "_links": self.answers.links(f"/settings/general/{name}", ("GET", "POST", "PUT", "PATCH")),
            }
            for name, kind, value in rows
        ]
        return self.answers.plain_list(request, items)

    def currency(self, request: Request) -> Reply:
        code = self.shop.settings.currency
        name, symbol, _decimals = CURRENCIES[code]
        links = self.answers.links(f"/data/currencies/{code}", ("GET",))
        item = {"code": code, "name": name, "symbol": _ENTITIES.get(symbol, symbol), "_links": links}
        return self.answers.one(request, item, ("GET",))

    def totals(self, request: Request) -> Reply:
        sums = Counter(order.shown_status for order in self.shop.orders.values())
        if history := self.shop.history:
            hundreds, rest = divmod(history.count, len(PATTERN))
            sums.update({status: hundreds * each for status, each in Counter(PATTERN).items()})
            sums.update(PATTERN[:rest])
            sums.subtract(history.status(place) for place in history.taken)
        items = [{"slug": slug, "name": name, "total": sums[slug]} for slug, name in self.shop.statuses.items()]
        return self.answers.plain_list(request, items)

    def system(self, request: Request) -> Reply:
        settings = self.shop.settings
        environment = {"home_url": self.answers.url, "site_url": self.answers.url, "version": VERSION}
        environment |= {"wp_version": "6.8.7", "php_version": "8.2.36", "default_timezone": "UTC", "language": "en_US"}
        body = {
            "environment": environment,
            "database": {"wc_database_version": VERSION, "database_prefix": "wp_"},
            "active_plugins": [],
            "settings": {"api_enabled": False, "currency": settings.currency, "HPOS_enabled": True},
            "security": {"secure_connection": False, "hide_errors": True},
        }
        return self.answers.one(request, body, ("GET",))

    def _listed(self, request: Request, items: list[dict[str, Any]], allow: tuple[str, ...] = ("GET", "POST")) -> Reply:
        """These lists are never cut into pages, yet carry the totals of one."""
        return self.answers.page(request, items, len(items), Paging(1, max(len(items), 1), 0), allow=allow)
