"""Code books of a shop: order statuses, payment methods, delivery methods, and where orders come from."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.canonical import PaymentStatus
from connectors.contract.results import Book, BookEntry
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, identifier, plain, text
from connectors.woocommerce.lines import delivery_code
from connectors.woocommerce.reader import DRAFT_STATUSES
from connectors.woocommerce.transport import Transport

_ORDER_METHODS = (
    BookEntry("checkout", "Check-out"),
    BookEntry("store-api", "Check-out (blocks)"),
    BookEntry("admin", "Entered by staff"),
    BookEntry("rest-api", "Created by another program"),
    BookEntry("subscription", "Renewal of a subscription"),
)
"""``created_via`` is free text; these are core's and the subscriptions plugin's."""

_PAYMENT_STATUSES = (
    BookEntry(PaymentStatus.PENDING.value, "Not paid"),
    BookEntry(PaymentStatus.PAID.value, "Paid"),
    BookEntry(PaymentStatus.PARTIALLY_REFUNDED.value, "Partly refunded"),
    BookEntry(PaymentStatus.REFUNDED.value, "Refunded"),
    BookEntry(PaymentStatus.FAILED.value, "Failed"),
    BookEntry(PaymentStatus.CANCELLED.value, "Cancelled"),
)
"""What the reader makes of date_paid, refunds and status."""


class CodeSource:
    """``codes`` capability. Old orders may carry codes that the shop lists no more."""

    def __init__(self, shop: Transport) -> None:
        self._shop = shop

    def read_books(self) -> Sequence[Book]:
        return (
            Book("status", self._statuses()),
            Book("payment", self._payments()),
            Book("delivery", self._deliveries()),
            Book("order_method", _ORDER_METHODS),
            Book("payment_status", _PAYMENT_STATUSES),
        )

    def _statuses(self) -> tuple[BookEntry, ...]:
        statuses = client.order_statuses(self._shop)
        return tuple(
            BookEntry(slug, name or slug, is_active=slug not in DRAFT_STATUSES) for slug, name in statuses.items()
        )

    def _payments(self) -> tuple[BookEntry, ...]:
        gateways = map(as_map, client.payment_gateways(self._shop))
        return tuple(
            BookEntry(
                text(gateway.get("id")),
                plain(gateway.get("title")) or plain(gateway.get("method_title")) or text(gateway.get("id")),
                is_active=gateway.get("enabled") is True,
            )
            for gateway in gateways
            if text(gateway.get("id"))
        )

    def _deliveries(self) -> tuple[BookEntry, ...]:
        """Kinds of shipping first (``flat_rate``), then every zone's methods (``flat_rate:1``)."""
        entries: dict[str, BookEntry] = {}
        for method in map(as_map, client.shipping_methods(self._shop)):
            if code := text(method.get("id")):
                entries[code] = BookEntry(code, plain(method.get("title")) or code)
        for zone_id, zone_name in self._zones().items():
            for method in map(as_map, client.zone_methods(self._shop, zone_id)):
                entry = _zone_entry(method, zone_name)
                if entry.code:
                    entries[entry.code] = entry
        return tuple(entries.values())

    def _zones(self) -> dict[str, str]:
        rows = [row for row in map(as_map, client.shipping_zones(self._shop)) if "id" in row]
        zones = {text(row["id"]): plain(row.get("name")) for row in rows}
        return {**zones, "0": zones.get("0") or "Rest of the world"}


def _zone_entry(method: Mapping[str, Any], zone: str) -> BookEntry:
    instance = identifier(method.get("instance_id")) or identifier(method.get("id"))
    title = plain(method.get("title")) or plain(method.get("method_title"))
    return BookEntry(
        delivery_code({"method_id": method.get("method_id"), "instance_id": instance}),
        f"{zone}: {title}",
        is_active=method.get("enabled") is True,
        group=zone,
    )
