"""What a call does, in words that the fault switches of every stand-in share: one address serves all methods here."""

from collections.abc import Iterator
from typing import Any

from connectors.bitrix24.sandbox.data import CONTACT, DEAL
from connectors.bitrix24.sandbox.wire import as_map, number, php_query
from connectors.toolkit.sandbox import Request

_WORDS = {
    ("crm.item.add", DEAL): "orders/create",
    ("crm.item.batchImport", DEAL): "orders/upload",
    ("crm.item.update", DEAL): "orders/edit",
    ("crm.item.list", DEAL): "orders/list",
    ("crm.item.add", CONTACT): "customers/create",
    ("crm.item.update", CONTACT): "customers/edit",
    ("crm.item.list", CONTACT): "customers/list",
}


def named(request: Request) -> list[str]:
    """Of every command its method and what it does: ``crm.item.add``, ``orders/create``."""
    return [
        name for method, entity in _commands(request) for name in (method, _WORDS.get((method, entity), "")) if name
    ]


def _commands(request: Request) -> Iterator[tuple[str, int]]:
    method = request.path.rpartition("/")[2].removesuffix(".json")
    try:
        body: Any = request.json()
    except ValueError:
        return
    if method != "batch":
        yield method, number(as_map(body).get("entityTypeId"))
        return
    for text in as_map(as_map(body).get("cmd")).values():
        inner, _, query = str(text).partition("?")
        # The first of a command's parameters names the type; the rest may be long.
        yield inner, number(php_query(query.partition("&")[0]).get("entityTypeId"))
