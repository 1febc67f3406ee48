"""What the sandbox shop keeps. Money is in the smallest unit of the currency, moments are whole epoch seconds (the
shop's own resolution: one second)."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
BILLING = (*ADDRESS, "email", "phone")
SHIPPING = (*ADDRESS, "phone")

CURRENCIES = {
    "EUR": ("Euro", "€", 2),
    "USD": ("United States (US) dollar", "$", 2),
    "GBP": ("Pound sterling", "£", 2),
    "RUB": ("Russian ruble", "₽", 2),
    "RON": ("Romanian leu", "lei", 2),
    "MDL": ("Moldovan leu", "MDL", 2),
    "JPY": ("Japanese yen", "¥", 0),
}
"""Code -> name, symbol, decimals."""

PAYABLE = frozenset({"pending", "failed", "checkout-draft"})
EDITABLE_STATUSES = frozenset({"pending", "on-hold", "auto-draft"})
HIDDEN_STATUSES = frozenset({"trash", "auto-draft", "checkout-draft"})
"""What ``status=any`` leaves out."""


@dataclass(slots=True)
class ItemLine:
    id: int
    name: str
    product_id: int
    variation_id: int
    quantity: int
    subtotal: int
    subtotal_tax: int
    total: int
    total_tax: int
    rate_id: int
    tax_class: str
    sku: str | None
    parent_name: str | None
    is_virtual: bool
    meta: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class ChargeLine:
    """A shipping line (``code`` = method_id) or a fee line (``code`` empty; the amount may be negative)."""

    id: int
    title: str
    code: str
    instance_id: str
    total: int
    total_tax: int
    rate_id: int
    meta: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class CouponLine:
    id: int
    code: str
    discount: int
    discount_tax: int
    kind: str
    amount: int


@dataclass(frozen=True, slots=True)
class Refund:
    id: int
    order_id: int
    created: int
    amount: int
    reason: str
    lines: tuple[ItemLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    created: int
    text: str
    for_customer: bool


@dataclass(slots=True)
class Order:
    id: int
    number: str
    status: str
    currency: str
    created: int
    modified: int
    customer_id: int
    order_key: str
    billing: dict[str, str]
    shipping: dict[str, str]
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    created_via: str = "checkout"
    customer_note: str = ""
    ip_address: str = ""
    user_agent: str = ""
    cart_hash: str = ""
    paid: int | None = None
    completed: int | None = None
    kind: str = ""
    trashed: bool = False
    stock_reduced: bool = False
    items: list[ItemLine] = field(default_factory=list)
    shipping_lines: list[ChargeLine] = field(default_factory=list)
    fees: list[ChargeLine] = field(default_factory=list)
    coupons: list[CouponLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    meta: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown_status(self) -> str:
        return "trash" if self.trashed else self.status

    @property
    def cart_tax(self) -> int:
        return sum(line.total_tax for line in self.items) + sum(fee.total_tax for fee in self.fees)

    @property
    def shipping_tax(self) -> int:
        return sum(line.total_tax for line in self.shipping_lines)

    @property
    def shipping_total(self) -> int:
        return sum(line.total for line in self.shipping_lines)

    @property
    def total(self) -> int:
        """What the buyer owes, tax included; refunds do not reduce it."""
        goods = sum(line.total for line in self.items) + sum(fee.total for fee in self.fees)
        return goods + self.shipping_total + self.cart_tax + self.shipping_tax

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds)

    @property
    def needs_processing(self) -> bool:
        return any(line.product_id and not line.is_virtual for line in self.items)


@dataclass(slots=True)
class Customer:
    id: int
    email: str
    first_name: str
    last_name: str
    username: str
    role: str
    created: int
    modified: int | None
    billing: dict[str, str]
    shipping: dict[str, str]
    is_paying: bool = False
    meta: list[dict[str, Any]] = field(default_factory=list)


def blank(names: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(names, "")


def shipping_of(billing: dict[str, str]) -> dict[str, str]:
    return {name: billing[name] for name in SHIPPING}


def decimals_of(currency: str) -> int:
    return CURRENCIES.get(currency, ("", "", 2))[2]


def money(amount: int, decimals: int) -> str:
    """Smallest units as the shop prints them: ``1250`` -> ``"12.50"``."""
    if decimals == 0:
        return str(amount)
    whole, part = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{decimals}d}"


def units(text: Any, decimals: int) -> int:
    """The reverse of ``money``, rounding half away from zero. Raises ValueError for what is not a number."""
    try:
        return int(Decimal(str(text)).scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))
    except InvalidOperation:
        message = f"not an amount: {text!r}"
        raise ValueError(message) from None


def tax_part(gross: int, basis_points: int) -> int:
    """The tax inside a gross amount, half away from zero: 1210 at 2100 basis points -> 210."""
    net = (abs(gross) * 20_000 // (10_000 + basis_points) + 1) // 2
    return gross - net if gross >= 0 else gross + net


def gmt_text(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def local_text(moment: int | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%dT%H:%M:%S")


def negative(line: ItemLine, new_id: int, quantity: int, total: int, tax: int) -> ItemLine:
    """The line of a refund that gives back this much of an order's line."""
    return replace(
        line,
        id=new_id,
        quantity=-quantity,
        subtotal=-total,
        subtotal_tax=-tax,
        total=-total,
        total_tax=-tax,
        meta=[{"key": "_refunded_item_id", "value": str(line.id)}],
    )
