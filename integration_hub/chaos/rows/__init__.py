"""The rows, by the module that holds them. A literal list, imported at first use."""

from collections.abc import Sequence
from importlib import import_module

from ..row import Row

MODULES = {
    "F1": "workers",
    "F3": "target",
    "F12": "sender",
    "F18": "databases",
    "F19": "databases",
    "F20": "databases",
    "F21": "databases",
}

NAMES: Sequence[str] = tuple(sorted(MODULES, key=lambda name: int(name[1:])))


def row_of(name: str) -> Row:
    """The row of that name. Raises KeyError for an unknown one."""
    module = import_module(f"{__name__}.{MODULES[name]}")
    rows: Sequence[Row] = module.ROWS
    return next(row for row in rows if row.name == name)
