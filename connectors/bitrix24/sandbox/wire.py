"""How PHP reads and writes: query strings into nested values, empty maps as lists, refusals as JSON."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from connectors.toolkit.sandbox import Reply

Json = dict[str, Any]

MAX_INPUT_VARS = 1_000
"""PHP's own default: what comes beyond it in a query string is dropped without a word."""

_REFERENCE = re.compile(r"\$result((?:\[[^\]\[]+\])+)")


class Refusal(Exception):
    """An answer with ``error``."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text

    @property
    def body(self) -> Json:
        return {"error": self.code, "error_description": self.text}

    def reply(self) -> Reply:
        return Reply(self.status, self.body)


def php_query(query: str) -> Json:
    """What ``parse_str`` makes of a query string."""
    root: Json = {}
    for name, value in parse_qsl(query, keep_blank_values=True)[:MAX_INPUT_VARS]:
        head, *rest = name.replace("]", "").split("[")
        keys = [head, *rest]
        holder = root
        for key in keys[:-1]:
            inner = holder.setdefault(key or str(len(holder)), {})
            if not isinstance(inner, dict):
                inner = holder[key] = {}
            holder = inner
        holder[keys[-1] or str(len(holder))] = value
    return {key: _arrays(value) for key, value in root.items()}


def _arrays(value: Any) -> Any:
    """PHP's maps with the keys 0, 1, 2 ... are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _arrays(each) for key, each in value.items()}
    if inner and list(inner) == [str(place) for place in range(len(inner))]:
        return list(inner.values())
    return inner


def with_references(value: Any, results: Mapping[str, Any]) -> Any:
    """``$result[key][path]`` replaced by what an earlier command answered; nothing where there is no such value."""
    if isinstance(value, dict):
        return {key: with_references(each, results) for key, each in value.items()}
    if isinstance(value, list):
        return [with_references(each, results) for each in value]
    if isinstance(value, str) and "$result[" in value:
        return _REFERENCE.sub(lambda match: _looked_up(match[1], results), value)
    return value


def _looked_up(path: str, results: Mapping[str, Any]) -> str:
    found: Any = results
    for part in path.strip("[]").split("]["):
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = found.get(part) if isinstance(found, Mapping) else None
    return "" if found is None or isinstance(found, (dict, list)) else str(found)


def empty_as_list(mapping: Mapping[str, Any]) -> Any:
    """PHP turns an empty map into ``[]``, and one whose keys are 0, 1, 2 ... into a list."""
    if not mapping or list(mapping) == [str(place) for place in range(len(mapping))]:
        return list(mapping.values())
    return dict(mapping)


def as_list(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def as_map(value: Any) -> Json:
    if isinstance(value, list):
        return {str(place): each for place, each in enumerate(value)}
    return value if isinstance(value, dict) else {}


def number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.lstrip("-").isdigit() else 0
