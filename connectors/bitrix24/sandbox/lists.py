"""Lists: filters with prefixes, 50 rows a page, with ``total`` and ``next`` unless ``start`` is -1."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.bitrix24.sandbox import data
from connectors.bitrix24.sandbox.items import entity_of, shown
from connectors.bitrix24.sandbox.portal import Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal, as_list, as_map, number

PAGE = 50
_PREFIXES = (">=", "<=", "!@", "!=", "=%", "%", ">", "<", "@", "=", "!")
_COMMON = frozenset(
    {"id", "createdTime", "updatedTime", "movedTime", "createdBy", "updatedBy", "assignedById", "opened"}
)


def item_list(portal: Portal, params: Json) -> tuple[Json, Json]:
    """The answer and what stands beside it."""
    entity = entity_of(params)
    known = {*_COMMON, *data.FIELDS[entity], *portal.fields_of(entity)} - {"fm"}
    rows = [row for row in portal.items[entity].values() if _fits(row, as_map(params.get("filter")), known)]
    _sort(rows, as_map(params.get("order")))
    page, beside = paged(rows, params)
    select = [str(name) for name in as_list(params.get("select")) or ["*"]]
    full = "*" in select
    chosen = {"id", *select}
    answer = [
        {key: value for key, value in shown(portal, entity, row, full=full).items() if full or key in chosen}
        for row in page
    ]
    return {"items": answer}, beside


def history_list(portal: Portal, params: Json) -> tuple[Json, Json]:
    known = {"ID", "TYPE_ID", "OWNER_ID", "CREATED_TIME", "CATEGORY_ID", "STAGE_SEMANTIC_ID", "STAGE_ID"}
    rows = [row for row in portal.history if _fits(row, as_map(params.get("filter")), known)]
    _sort(rows, as_map(params.get("order")))
    page, beside = paged(rows, params)
    return {"items": [{**row} for row in page]}, beside


def paged(rows: Sequence[Json], params: Mapping[str, Any]) -> tuple[Sequence[Json], Json]:
    start = number(params.get("start") or 0)
    if start < 0:
        return rows[:PAGE], {}
    beside: Json = {"total": len(rows)}
    if start + PAGE < len(rows):
        beside["next"] = start + PAGE
    return rows[start : start + PAGE], beside


def _sort(rows: list[Json], order: Mapping[str, Any]) -> None:
    for name, direction in reversed(list(order.items())):
        rows.sort(key=lambda row: _comparable(row.get(name)), reverse=str(direction).upper() == "DESC")


def _fits(row: Mapping[str, Any], condition: Mapping[str, Any], known: set[str]) -> bool:
    return all(_fits_one(row, name, wanted, known) for name, wanted in condition.items())


def _fits_one(row: Mapping[str, Any], name: str, wanted: Any, known: set[str]) -> bool:
    prefix = next((each for each in _PREFIXES if name.startswith(each)), "")
    field = name.removeprefix(prefix)
    if field not in known:
        raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid filter: field '{field}' is not allowed in filter")
    value = row.get(field)
    choices = [_text(each) for each in as_list(wanted)]
    tests: dict[str, Callable[[], bool]] = {
        ">": lambda: _comparable(value) > _comparable(wanted),
        "<": lambda: _comparable(value) < _comparable(wanted),
        ">=": lambda: _comparable(value) >= _comparable(wanted),
        "<=": lambda: _comparable(value) <= _comparable(wanted),
        "!": lambda: _text(value) not in choices,
        "!=": lambda: _text(value) not in choices,
        "!@": lambda: _text(value) not in choices,
        "%": lambda: choices[0].lower() in _text(value).lower(),
        "=%": lambda: _text(value).lower().startswith(choices[0].rstrip("%").lower()),
    }
    return tests.get(prefix, lambda: _text(value).lower() in [each.lower() for each in choices])()


def _comparable(value: Any) -> tuple[int, float, str]:
    text = _text(value)
    return (0, float(text), "") if text.lstrip("-").isdigit() else (1, 0.0, text.replace("T", " "))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
