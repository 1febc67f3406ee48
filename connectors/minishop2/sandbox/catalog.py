"""What the shop sells. T-shirts come in modifications (msOptionsPrice2), the rest as it is."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Modification:
    id: int
    name: str
    article: str
    price: Decimal
    stock: int
    options: dict[str, str]


@dataclass(slots=True)
class Product:
    id: int
    name: str
    article: str
    price: Decimal
    weight: Decimal
    category_ids: tuple[int, ...]
    old_price: Decimal = Decimal(0)
    options: dict[str, list[str]] = field(default_factory=dict)
    modifications: tuple[Modification, ...] = ()
    is_active: bool = True
    is_deleted: bool = False


CATEGORIES = ((2, 0, "Catalogue"), (12, 2, "Clothes"), (13, 2, "For the kitchen"), (15, 12, "T-shirts"))
"""Id, parent, name."""

VENDOR = "Acme"


def goods() -> dict[int, Product]:
    """A fresh shelf, by id."""
    shirts = tuple(
        Modification(
            21 + place,
            f"{colour}, {size}",
            f"TS-137-{colour[0].upper()}{size}",
            Decimal("1450.00") + 50 * (size == "L"),
            3 + place,
            {"color": colour, "size": size},
        )
        for place, (colour, size) in enumerate((colour, size) for colour in ("red", "blue") for size in ("M", "L"))
    )
    colours = {"color": ["red", "blue"], "size": ["M", "L"]}
    shelf = (
        Product(
            137,
            "T-shirt “Summer & Sun”",
            "TS-137",
            Decimal("1450.00"),
            Decimal("0.2"),
            (15, 12),
            Decimal("1600.00"),
            colours,
            shirts,
        ),
        Product(140, "Mug", "MUG-140", Decimal("590.00"), Decimal("0.35"), (13,)),
        Product(141, "Teapot", "TP-141", Decimal("2390.50"), Decimal("0.9"), (13,), options={"material": ["glass"]}),
        Product(142, "Set of spoons", "SP-142", Decimal("999.99"), Decimal("0.25"), (13,)),
        Product(150, "Voucher", "V-150", Decimal("1000.00"), Decimal(0), (2,)),
    )
    return {product.id: product for product in shelf}
