"""Store to CRM: the products behind claimed items, for systems that take prices and stock by call."""

from collections.abc import Sequence

from connectors.contract.canonical import ObjectKind, Product
from connectors.contract.results import ProductDraft, Written
from integration_hub.connections.models import Route
from integration_hub.engine import links
from integration_hub.engine.links import Joint
from integration_hub.engine.models import OutboxItem
from integration_hub.records import store

from .desk import Desk, Preparation, Prepared, dead, skipped

PRODUCT = ObjectKind.PRODUCT

GONE_RECORD = "The hub no longer keeps this product. Read the store's catalog again."
DELETED = "The product was deleted in the store; nothing is deleted in the CRM. It leaves the catalog file."


def prepare_products(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    """A draft per item, or the reason why there is none; same order as the items."""
    prepared: dict[int, Preparation] = {}
    for route in desk.routes.values():
        own = [item for item in items if item.route_id == route.pk]
        records = store.load(route.store_id, PRODUCT, {item.object_id for item in own})
        sides = links.sides(route.store_id, PRODUCT, records)
        targets = links.counterparts(sides.values(), route.crm_id)
        for item in own:
            row = records.get(item.object_id)
            if row is None:
                prepared[item.pk] = dead(item, GONE_RECORD, "record_pruned")
            elif row.is_gone:
                prepared[item.pk] = skipped(item, DELETED)
            else:
                side = sides.get(item.object_id)
                target = targets.get(side.group) if side is not None else None
                prepared[item.pk] = _product(item, route, store.canonical(row), target.object_id if target else "")
    return [prepared[item.pk] for item in items]


def _product(item: OutboxItem, route: Route, product: Product, target_id: str) -> Prepared:
    draft = ProductDraft(product=product, external_id=product.id, target_id=target_id)
    return Prepared(
        item=item,
        route=route,
        draft=draft,
        translation={},
        joints=lambda written: _joints(route, product, written),
    )


def _joints(route: Route, product: Product, written: Written) -> list[Joint]:
    return [Joint((route.store_id, PRODUCT, product.id), (route.crm_id, PRODUCT, written.id), right_url=written.url)]
