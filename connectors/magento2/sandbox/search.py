"""``searchCriteria``: groups of filters, order, pages (Magento web API, Performing searches)."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.magento2.sandbox.auth import refusal
from connectors.toolkit.sandbox import Reply, Request

Row = Mapping[str, Any]

_FILTER = re.compile(r"searchCriteria\[filter_?[gG]roups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(\w+)\]")
_ORDER = re.compile(r"searchCriteria\[sort_?[oO]rders\]\[(\d+)\]\[(\w+)\]")
_TYPES = {"conditionType": "condition_type"}


def _number(value: Any) -> Any:
    """Columns of numbers are compared as numbers."""
    if isinstance(value, int):
        return (0, float(value))
    text = str(value)
    return (0, float(text)) if re.fullmatch(r"-?\d+(\.\d+)?", text) else (1, text)


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}


def _test(condition: str, wanted: str) -> Callable[[Any], bool]:
    """Whether a value meets the condition; what is wanted is worked out once for all rows. Raises KeyError."""
    if condition in {"in", "nin"}:
        those, is_in = frozenset(wanted.split(",")), condition == "in"
        return lambda have: (str(have) in those) == is_in
    if condition == "like":
        shape = re.compile(re.escape(wanted).replace("%", ".*"))
        return lambda have: shape.fullmatch(str(have)) is not None
    compare, limit = _COMPARED[condition], _number(wanted)
    return lambda have: compare(_number(have), limit)


def found(request: Request, rows: Iterable[Row], columns: Mapping[str, str], *, most: int) -> Reply | list[Row]:
    """The wanted page, or a refusal. ``columns``: names in filters that differ from those in rows. Without any
    criteria everything. ``most``: the largest page allowed, 0 for any."""
    if not any(name.startswith("searchCriteria") for name, _ in request.query):
        return refusal(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    size = _whole(request, "pageSize")
    if most and size > most:
        return refusal(400, "Maximum SearchCriteria pageSize is %max", {"max": most})
    groups = [[_filter(each, columns) for each in group] for group in _asked(request)]
    chosen = [row for row in rows if all(any(is_met(row) for is_met in group) for group in groups)]
    for field, direction in reversed(_orders(request)):
        chosen.sort(key=lambda row: _number(row.get(columns.get(field, field), "")), reverse=direction != "ASC")
    total = len(chosen)
    if size:
        # Beyond the last page the last one comes again (magento2#3787).
        page = min(max(_whole(request, "currentPage"), 1), max(-(-total // size), 1))
        chosen = chosen[(page - 1) * size : page * size]
    return [*chosen, {"__total__": total}]


def answer(request: Request, rows: Reply | list[Row], show: Callable[[Row], Any]) -> Reply:
    if isinstance(rows, Reply):
        return rows
    total = rows.pop()["__total__"]
    items = [show(row) for row in rows]
    wanted = request.one("fields")
    if wanted:
        # Fields outside items[...] leave nothing of a list (magento2#23609).
        names = _top_names(wanted.removeprefix("items[")) if wanted.startswith("items[") else set()
        items = [{name: value for name, value in item.items() if name in names} for item in items if names]
    return Reply(body={"items": items, "search_criteria": {"filter_groups": []}, "total_count": total})


def _top_names(text: str) -> set[str]:
    """The names up to the closing bracket that are not inside further brackets."""
    names, depth, name = set(), 0, ""
    for character in text:
        if character in ",[]" and depth == 0 and name:
            names.add(name)
            name = ""
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth < 0:
            break
        name += character if depth == 0 and (character.isalnum() or character == "_") else ""
    return names


def named(request: Request, rows: Mapping[int, Row]) -> Iterable[Row]:
    """Only those that a filter names by ``entity_id``, where one does: what ``found`` would keep of all, sooner."""
    for group in _asked(request):
        for wanted in group:
            if len(group) == 1 and wanted.get("field") == "entity_id" and wanted.get("condition_type") in {"in", "eq"}:
                ids = sorted({int(id) for id in wanted.get("value", "").split(",") if id.isdecimal()})
                return [rows[id] for id in ids if id in rows]
    return rows.values()


def _asked(request: Request) -> list[list[dict[str, str]]]:
    """The filters, group by group."""
    groups: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in request.query:
        match = _FILTER.fullmatch(name)
        if match:
            groups.setdefault(match[1], {}).setdefault(match[2], {})[_TYPES.get(match[3], match[3])] = value
    return [list(group.values()) for group in groups.values()]


def _filter(wanted: Mapping[str, str], columns: Mapping[str, str]) -> Callable[[Row], bool]:
    field = wanted.get("field", "")
    column = columns.get(field, field)
    test = _test(wanted.get("condition_type", "eq"), wanted.get("value", ""))
    return lambda row: test(row.get(column, ""))


def _orders(request: Request) -> Sequence[tuple[str, str]]:
    orders: dict[str, dict[str, str]] = {}
    for name, value in request.query:
        match = _ORDER.fullmatch(name)
        if match:
            orders.setdefault(match[1], {})[match[2]] = value
    return [(each.get("field", ""), each.get("direction", "DESC").upper()) for each in orders.values()]


def _whole(request: Request, name: str) -> int:
    text = request.one(f"searchCriteria[{name}]") or request.one(
        f"searchCriteria[{'page_size' if name == 'pageSize' else 'current_page'}]"
    )
    return int(text) if text.isdigit() else 0
