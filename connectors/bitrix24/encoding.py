"""How a command stands in a batch: method, ``?``, and its parameters as PHP's query strings nest them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

MAX_VARIABLES = 900
"""PHP reads no more than 1000 variables out of a query string and drops the rest without a word (max_input_vars); a
larger command is sent alone, as JSON."""


@dataclass(frozen=True, slots=True)
class Ref:
    """What an earlier command of the same batch answered: ``Ref("c1", "item", "id")``."""

    key: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"$result[{self.key}]" + "".join(f"[{part}]" for part in self.path)

    def read(self, results: Mapping[str, Any]) -> Any:
        """The value that the answer holds; None when it is not there."""
        value = results.get(self.key)
        for part in self.path:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True)
class Command:
    """One call. ``key`` is its name in a batch: never a number, which PHP would renumber among the errors."""

    key: str
    method: str
    params: Mapping[str, Any]

    @property
    def is_read(self) -> bool:
        return self.method.rpartition(".")[2] in {"list", "get", "fields", "findbycomm", "current"} or (
            self.method in {"profile", "scope", "methods"}
        )

    @property
    def variables(self) -> int:
        return sum(1 for _ in _pairs(self.params))

    @property
    def needs(self) -> set[str]:
        """Keys of the commands that it refers to."""
        return {ref.key for ref in _refs(self.params)}

    def with_results(self, results: Mapping[str, Any]) -> "Command":
        """What earlier calls answered, put in place of the references to it."""
        return Command(self.key, self.method, _resolved(self.params, results))

    def encoded(self) -> str:
        query = urlencode(list(_pairs(self.params)), quote_via=quote, safe="")
        return f"{self.method}?{query}" if query else self.method


def unfolded(commands: Mapping[str, Any]) -> dict[str, Any]:
    """Encoded commands as names and values, for the log."""
    return {key: _unfolded(text) for key, text in commands.items() if isinstance(text, str)}


def _unfolded(text: str) -> dict[str, Any]:
    method, _mark, query = text.partition("?")
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        # The innermost name comes last, so that a log finds the key it has to mask.
        values[_last_name(name)] = value
    return {"method": method, **values}


def _last_name(name: str) -> str:
    """The innermost name that is no place in a list."""
    names = [part.rstrip("]") for part in name.split("[")]
    return next((part for part in reversed(names) if part and not part.isdigit()), name)


def _pairs(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _pairs(inner, f"{prefix}[{key}]" if prefix else str(key))
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from _pairs(inner, f"{prefix}[{place}]")
        case None:
            yield prefix, ""
        case bool():
            yield prefix, "1" if value else "0"
        case Decimal():
            yield prefix, f"{value:f}"
        case _:
            yield prefix, str(value)


def _refs(value: Any) -> Iterator[Ref]:
    match value:
        case Ref():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _refs(inner)
        case list() | tuple():
            for inner in value:
                yield from _refs(inner)


def _resolved(value: Any, results: Mapping[str, Any]) -> Any:
    match value:
        case Ref() if value.key in results:
            return value.read(results)
        case Mapping():
            return {key: _resolved(inner, results) for key, inner in value.items()}
        case list() | tuple():
            return [_resolved(inner, results) for inner in value]
        case _:
            return value
