"""``searchCriteria``: groups of filters, order, pages (Magento web API, Performing searches)."""

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
    text = str(value)
    return (0, float(text)) if re.fullmatch(r"-?\d+(\.\d+)?", text) else (1, text)


_CONDITIONS: Mapping[str, Callable[[Any, str], bool]] = {
    "eq": lambda have, want: _number(have) == _number(want),
    "neq": lambda have, want: _number(have) != _number(want),
    "gt": lambda have, want: _number(have) > _number(want),
    "gteq": lambda have, want: _number(have) >= _number(want),
    "lt": lambda have, want: _number(have) < _number(want),
    "lteq": lambda have, want: _number(have) <= _number(want),
    "in": lambda have, want: str(have) in want.split(","),
    "nin": lambda have, want: str(have) not in want.split(","),
    "like": lambda have, want: re.fullmatch(re.escape(want).replace("%", ".*"), str(have)) is not None,
}


def found(request: Request, rows: Iterable[Row], columns: Mapping[str, str], *, most: int) -> Reply | list[Row]:
    """The wanted page, or a refusal. ``columns``: names in filters that differ from those in rows. Without any
    criteria everything. ``most``: the largest page allowed, 0 for any."""
    if not any(name.startswith("searchCriteria") for name, _ in request.query):
        return refusal(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    size = _whole(request, "pageSize")
    if most and size > most:
        return refusal(400, "Maximum SearchCriteria pageSize is %max", {"max": most})
    chosen = [row for row in rows if _fits(request, row, columns)]
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


def _fits(request: Request, row: Row, columns: Mapping[str, str]) -> bool:
    groups: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in request.query:
        match = _FILTER.fullmatch(name)
        if match:
            groups.setdefault(match[1], {}).setdefault(match[2], {})[_TYPES.get(match[3], match[3])] = value
    return all(any(_holds(each, row, columns) for each in group.values()) for group in groups.values())


def _holds(wanted: Mapping[str, str], row: Row, columns: Mapping[str, str]) -> bool:
    field = wanted.get("field", "")
    have = row.get(columns.get(field, field), "")
    return _CONDITIONS[wanted.get("condition_type", "eq")](have, wanted.get("value", ""))


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
