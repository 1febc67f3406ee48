"""What manager rules ask of the products in an order: platforms tell it with the product, not with the order."""

from collections.abc import Collection, Mapping

from connectors.contract.canonical import ObjectKind, Order, OrderLine, Product
from integration_hub.connections.models import Route
from integration_hub.records import store


def described(route: Route, orders: Collection[Order]) -> dict[str, Order]:
    """The orders by id, their lines with the categories and the brand of their products; in one query.

    What a line tells by itself stays. A line whose product the hub has not read is left as it is.
    """
    wanted = {line.product_id for order in orders for line in order.lines if not (line.category_ids and line.brand)}
    rows = store.load(route.store_id, ObjectKind.PRODUCT, wanted - {""})
    products: dict[str, Product] = {id: store.canonical(row) for id, row in rows.items()}
    return {order.id: _with_products(order, products) for order in orders}


def _with_products(order: Order, products: Mapping[str, Product]) -> Order:
    return order.model_copy(update={"lines": tuple(_line(line, products) for line in order.lines)})


def _line(line: OrderLine, products: Mapping[str, Product]) -> OrderLine:
    product = products.get(line.product_id)
    if product is None:
        return line
    # A rule for bicycles is meant for the folding ones as well, so the categories above count too.
    categories = dict.fromkeys([*product.category_ids, *(each.id for each in product.categories)])
    told = {"category_ids": line.category_ids or tuple(categories), "brand": line.brand or product.brand}
    return line.model_copy(update=told)
