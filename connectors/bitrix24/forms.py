"""Calls of the portal: forms with bracketed keys (``auth[domain]``) as nested values, within bounds."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from connectors.toolkit.lenient import clean

MAX_FIELDS = 500
"""An event has 15 fields; a robot's call as many as staff typed."""

MAX_DEPTH = 6
MAX_KEY = 200
MAX_VALUE = 4_000

Values = dict[str, Any]


def values_in(body: bytes, content_type: str) -> Values:
    """The nested values of a form or a JSON object; empty for anything else."""
    said = body.decode("utf-8", "replace").strip()
    if "json" in content_type or said.startswith("{"):
        return _json_object(said)
    try:
        pairs = parse_qsl(said, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return nested(pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> Values:
    """``data[FIELDS][ID]=7`` as ``{"data": {"FIELDS": {"ID": "7"}}}``; ``x[]`` counts up. What contradicts an earlier
    field, is too deep or too long is left out."""
    root: Values = {}
    for name, value in pairs:
        keys = _keys(name)
        if keys:
            _put(root, keys, clean(value)[:MAX_VALUE])
    return root


def _keys(name: str) -> list[str]:
    """The parts of a bracketed name; none when it is no such name."""
    if not name or len(name) > MAX_KEY or name.startswith("["):
        return []
    head, *rest = name.split("[")
    if not all(part.endswith("]") for part in rest):
        return []
    keys = [clean(head), *(clean(part[:-1]) for part in rest)]
    return keys if len(keys) <= MAX_DEPTH else []


def _put(root: Values, keys: list[str], value: str) -> None:
    holder: Any = root
    for key in keys[:-1]:
        holder = holder.setdefault(key or str(len(holder)), {})
        if not isinstance(holder, dict):
            return
    last = keys[-1] or str(len(holder))
    if not isinstance(holder.get(last), dict):
        holder[last] = value


def _json_object(said: str) -> Values:
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A list, also as PHP's form writes it: an object with the places as keys."""
    if isinstance(value, list):
        return value[:MAX_FIELDS]
    return list(value.values())[:MAX_FIELDS] if isinstance(value, dict) else []
