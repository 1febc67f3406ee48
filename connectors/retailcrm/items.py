"""Lines and fees of an order as RetailCRM's items."""

from decimal import Decimal
from typing import assert_never

from connectors.contract.canonical import Order, OrderLine
from connectors.contract.results import OrderDraft

from .config import Config, OfferId
from .offers import property_code
from .prices import Part, number, parts, whole_cents
from .wire import WireItem, WireProperty

ITEM_CODE = "hub"
"""Under this code our line ids stand in ``items[].externalIds``."""


def items_of(draft: OrderDraft, config: Config, decimals: int) -> list[WireItem]:
    """Every line and every fee that is to be paid, in the shop's order."""
    order, items = draft.order, list[WireItem]()
    lines = [(line, f"{line.id or position}") for position, line in enumerate(order.lines, start=1) if _counts(line)]
    fees = [(fee, f"fee_{fee.id or position}") for position, fee in enumerate(order.fees, start=1)]
    fees = [(fee, id) for fee, id in fees if fee.total_gross > 0]
    totals = whole_cents([line.total_gross for line, _ in lines] + [fee.total_gross for fee, _ in fees], decimals)
    for (line, id), total in zip(lines, totals, strict=False):
        shape = _shape(line, config)
        # A charge without a quantity would divide by zero; it is one piece of what it costs.
        quantity = line.quantity if line.quantity > 0 else Decimal(1)
        items += _priced(shape, f"{draft.external_id}_{id}", parts(line.subtotal_gross, total, quantity, decimals))
    for (fee, id), total in zip(fees, totals[len(lines) :], strict=True):
        named: WireItem = {"productName": fee.name or "Fee"}
        items += _priced(named, f"{draft.external_id}_{id}", parts(total, total, Decimal(1), decimals))
    return items


def credits_of(order: Order) -> Decimal:
    """Negative fees and lines: RetailCRM has no negative price, so they lower the whole order."""
    charges = [fee.total_gross for fee in order.fees] + [line.total_gross for line in order.lines]
    return sum((-charge for charge in charges if charge < 0), Decimal(0))


def _counts(line: OrderLine) -> bool:
    return line.total_gross >= 0 and (line.quantity > 0 or line.total_gross > 0)


def _priced(shape: WireItem, id: str, found: list[Part]) -> list[WireItem]:
    """The item once for each part; the first bears the line's own id, so that an edit finds it again."""
    return [
        {
            **shape,
            "initialPrice": number(part.initial),
            "discountManualAmount": number(part.discount),
            "quantity": number(part.quantity),
            "externalIds": [{"code": ITEM_CODE, "value": id if position == 1 else f"{id}_{position}"}],
        }
        for position, part in enumerate(found, start=1)
    ]


def _shape(line: OrderLine, config: Config) -> WireItem:
    return {
        "offer": offer_of(line, config),
        "productName": line.name or line.sku or line.product_id,
        "vatRate": f"{line.tax_rate.normalize():f}" if line.tax_rate is not None else "",
        "properties": _properties(line),
    }


def _properties(line: OrderLine) -> list[WireProperty]:
    """What was chosen, under the codes that the catalog file uses; the first one of a code counts."""
    found: dict[str, WireProperty] = {}
    for option in line.options:
        code = property_code(option.code or option.name)
        if code and option.value:
            found.setdefault(code, {"code": code, "name": option.name or option.code, "value": option.value})
    return list(found.values())


def offer_of(line: OrderLine, config: Config) -> dict[str, str]:
    """How RetailCRM finds the offer; empty for a product that the shop deleted: then it is a free line."""
    if not config.offers_known:
        return {}
    match config.offer_id:
        case OfferId.VARIANT:
            return {"externalId": line.variant_id or line.product_id}
        case OfferId.PRODUCT:
            return {"externalId": line.product_id}
        case OfferId.SKU:
            return {"externalId": line.sku}
        case OfferId.SKU_AS_XML_ID:
            return {"xmlId": line.sku}
        case unreachable:
            assert_never(unreachable)
