"""Commands of ``crm.item.*``: the universal methods for deals, leads, contacts and companies."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.toolkit.lenient import as_map, text

from .encoding import Command

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
"""Bitrix24, Data types: ``entityTypeId``."""

PAGE = 50
"""Bitrix24, lists: 50 rows a page, not to be changed."""

IMPORT = 20
"""crm.item.batchImport: at most 20 objects."""

ORIGINAL_NAMES = "Y"
"""``useOriginalUfNames``: user fields keep their names UF_CRM_..., whose camel case follows two rules (CRM 25.0)."""

Fields = Mapping[str, Any]


def add(key: str, entity: int, fields: Fields) -> Command:
    return Command(
        key, "crm.item.add", {"entityTypeId": entity, "useOriginalUfNames": ORIGINAL_NAMES, "fields": dict(fields)}
    )


def update(key: str, entity: int, id: Any, fields: Fields) -> Command:
    params = {"entityTypeId": entity, "id": id, "useOriginalUfNames": ORIGINAL_NAMES, "fields": dict(fields)}
    return Command(key, "crm.item.update", params)


def batch_import(key: str, entity: int, data: Sequence[Fields]) -> Command:
    """Keeps dates and starts no automation; the objects have to come in the order of ``createdTime``."""
    params = {"entityTypeId": entity, "useOriginalUfNames": ORIGINAL_NAMES, "data": [dict(each) for each in data]}
    return Command(key, "crm.item.batchImport", params)


def listed(key: str, entity: int, select: Sequence[str], filter: Mapping[str, Any]) -> Command:  # noqa: A002 - its name there
    """The first page by id, without counting (``start`` -1: counting made such a read 500 times slower)."""
    params = {
        "entityTypeId": entity,
        "useOriginalUfNames": ORIGINAL_NAMES,
        "select": list(select),
        "filter": dict(filter),
        "order": {"id": "ASC"},
        "start": -1,
    }
    return Command(key, "crm.item.list", params)


def set_rows(key: str, owner_type: str, owner: Any, rows: Sequence[Fields]) -> Command:
    """Replaces all rows of the object: safe to repeat."""
    params = {"ownerType": owner_type, "ownerId": owner, "productRows": [dict(row) for row in rows]}
    return Command(key, "crm.item.productrow.set", params)


def items(result: Any) -> list[dict[str, Any]]:
    """``result.items`` of a list or an import."""
    return rows_of(as_map(result).get("items"))


def rows_of(result: Any) -> list[dict[str, Any]]:
    """A list of objects, or a map when PHP kept other keys."""
    return [each for each in values_of(result) if isinstance(each, dict)]


def values_of(result: Any) -> list[Any]:
    """A list, also where PHP writes one with gaps as a map."""
    return list(result.values()) if isinstance(result, dict) else result if isinstance(result, list) else []


def sort_of(row: Fields, key: str) -> float:
    """A place in an order of rows, which comes as number or text; 0 where it is neither."""
    try:
        return float(text(row.get(key)) or 0)
    except ValueError:
        return 0.0


def chunks(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
