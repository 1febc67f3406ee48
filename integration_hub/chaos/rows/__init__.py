"""The rows, by the module that holds them. A literal list, imported at first use."""

from collections.abc import Sequence
from importlib import import_module

from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL

from ..row import Row

MODULES = {
    "F1": "workers",
    "F2": "workers",
    "F3": "target",
    "F4": "target",
    "F5": "target",
    "F6": "target",
    "F7": "limits",
    "F8": "limits",
    "F9": "limits",
    "F10": "limits",
    "F11": "limits",
    "F12": "sender",
    "F13": "sender",
    "F14": "sender",
    "F15": "both_ways",
    "F16": "both_ways",
    "F22": "target",
    "F23": "mapping",
    "F28": "tokens",
    "F17": "clock",
    "F18": "databases",
    "F19": "databases",
    "F20": "databases",
    "F21": "databases",
    "F24": "strangers",
    "F25": "slow",
    "F26": "strangers",
    "F27": "strangers",
    "F29": "history",
    "F30": "history",
    "F31": "update",
    "F32": "history",
    "F33": "history",
    "F34": "sizes",
}

NAMES: Sequence[str] = tuple(sorted(MODULES, key=lambda name: int(name[1:])))


PAIRS: Sequence[str] = tuple(kinds.name for kinds in (WOO_RETAIL, MAGENTO_BITRIX))
"""Between which rows may run, by name."""


def row_of(name: str) -> Row:
    """The row of that name. Raises KeyError for an unknown one."""
    module = import_module(f"{__name__}.{MODULES[name]}")
    rows: Sequence[Row] = module.ROWS
    return next(row for row in rows if row.name == name)
