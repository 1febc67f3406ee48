"""What stands around orders and products in a shop, read when it is first needed: store views, units, brands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.contract.canonical import Category, WeightUnit
from connectors.contract.errors import Misconfigured, Rejected
from connectors.toolkit.lenient import as_map, identifier, plain, text

from .client import ALL_VIEWS, Client, Filter
from .config import Config
from .sources import Filters

WEIGHT_UNITS = {"kgs": WeightUnit.KILOGRAM, "lbs": WeightUnit.POUND}
"""``general/locale/weight_unit`` knows these two."""


@dataclass(frozen=True)
class Shop:
    client: Client
    config: Config

    @cached_property
    def views(self) -> dict[str, str]:
        """Store view codes by id, without the one of the back office."""
        rows = self.client.get("store/storeViews")
        found = {identifier(row.get("id")): text(row.get("code"), 200) for row in _maps(rows)}
        return {id: code for id, code in found.items() if id and code != "admin"}

    @cached_property
    def chosen(self) -> list[str]:
        """Ids of the store views that the connection is narrowed to; empty: all. Raises Misconfigured for one that is
        not there."""
        ids = []
        for wanted in self.config.store_views:
            known = {code: id for id, code in self.views.items()}
            id = wanted if wanted in self.views else known.get(wanted)
            if id is None:
                there = ", ".join(f"{code} ({id})" for id, code in self.views.items())
                message = f"The shop has no store view “{wanted}”. It has: {there}."
                raise Misconfigured(message, code="store_views")
            ids.append(id)
        return ids

    @cached_property
    def catalog(self) -> Client:
        """For names, labels and prices: those of the store view that the connection is narrowed to, if it is one."""
        return self.client.within(self._scope)

    def _scope(self) -> str:
        return self.views[self.chosen[0]] if len(self.chosen) == 1 else ALL_VIEWS

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """Of the first store view that counts: currency, units, addresses."""
        rows = _maps(self.client.get("store/storeConfigs"))
        wanted = set(self.chosen)
        return next((row for row in rows if identifier(row.get("id")) in wanted), rows[0] if rows else {})

    @cached_property
    def currency(self) -> str:
        return text(self.settings.get("base_currency_code")).upper()

    @cached_property
    def weight_unit(self) -> WeightUnit:
        return WEIGHT_UNITS.get(text(self.settings.get("weight_unit")), WeightUnit.KILOGRAM)

    @cached_property
    def media_url(self) -> str:
        return text(self.settings.get("secure_base_media_url")) or text(self.settings.get("base_media_url"))

    @cached_property
    def link_url(self) -> str:
        return text(self.settings.get("secure_base_link_url")) or text(self.settings.get("base_link_url"))

    @cached_property
    def brands(self) -> Mapping[str, str]:
        """Option id -> label of the attribute that holds the brand; empty where it may not be read."""
        return self.labels(self.config.brand_attribute)

    def labels(self, attribute: str) -> dict[str, str]:
        try:
            rows = self.catalog.get(f"products/attributes/{attribute}/options")
        except (Rejected, Misconfigured):
            return {}
        return {
            value: label
            for row in _maps(rows)
            if (value := text(row.get("value"))) and (label := plain(row.get("label")))
        }

    @cached_property
    def _labels(self) -> dict[str, dict[str, str]]:
        return {}

    def labels_of(self, attribute: str) -> Mapping[str, str]:
        """As ``labels``, asked for once."""
        if attribute not in self._labels:
            self._labels[attribute] = self.labels(attribute)
        return self._labels[attribute]

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """The tree without its root, which is no category that buyers see."""
        found: dict[str, Category] = {}
        left = [(row, "") for row in _maps(as_map(self.catalog.get("categories")).get("children_data"))]
        while left:
            row, parent = left.pop()
            id = identifier(row.get("id"))
            if id and id not in found:
                found[id] = Category(id=id, parent_id=parent, name=plain(row.get("name")) or id)
                left += [(child, id) for child in _maps(row.get("children_data"))]
        return found


class OfViews(Filters):
    """Only what the chosen store views have."""

    def __init__(self, shop: Shop, field: str) -> None:
        self._shop, self._field = shop, field

    def all(self) -> Sequence[Filter]:
        if not self._shop.config.store_views:
            return ()
        return [(self._field, "in", ",".join(self._shop.chosen))]


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [row for row in map(as_map, value) if row] if isinstance(value, list) else []
