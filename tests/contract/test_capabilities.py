"""A declared capability is really there: methods and parameters are those of the contract's protocols."""

import inspect
from types import FunctionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from connectors.contract import capabilities
from connectors.contract.capabilities import Adapter
from connectors.contract.spec import Role
from connectors.registry import spec_for

from .kinds import KINDS, adapter, having

ALL = tuple(Adapter.__dataclass_fields__)


def protocol_of(capability: str) -> Any:
    """``OrderSink | None`` or ``ObjectSource[Order] | None`` without the rest."""
    hint = get_type_hints(Adapter)[capability]
    (found,) = [part for part in get_args(hint) if part is not type(None)]
    return get_origin(found) or found


def parameters(method: Any) -> list[tuple[str, bool]]:
    """Names, and whether each may be left out; without ``self``."""
    signature = inspect.signature(method)
    return [
        (each.name, each.default is not inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.name != "self"
    ]


@pytest.mark.parametrize(("kind", "capability"), having(*ALL))
def test_methods_are_those_of_the_protocol(kind: str, capability: str) -> None:
    given, wanted = getattr(adapter(kind), capability), protocol_of(capability)
    methods = {name: item for name, item in vars(wanted).items() if isinstance(item, FunctionType) and name[0] != "_"}

    assert methods
    for name, method in methods.items():
        assert parameters(getattr(given, name)) == parameters(method), f"{capability}.{name}"


@pytest.mark.parametrize(("kind", "capability"), having(*ALL))
def test_sizes_are_whole_numbers_above_nought(kind: str, capability: str) -> None:
    given, wanted = getattr(adapter(kind), capability), protocol_of(capability)
    sizes = [name for name, item in vars(wanted).items() if isinstance(item, property)]

    for name in sizes:
        assert isinstance(getattr(given, name), int), f"{capability}.{name}"
        assert getattr(given, name) >= 1, f"{capability}.{name}"


def test_every_protocol_of_the_contract_belongs_to_a_capability() -> None:
    protocols = {
        name
        for name, item in vars(capabilities).items()
        if inspect.isclass(item) and getattr(item, "_is_protocol", False) and item.__module__ == capabilities.__name__
    }

    assert {protocol_of(name).__name__ for name in ALL} == protocols


@pytest.mark.parametrize("kind", KINDS)
def test_roles_can_be_played(kind: str) -> None:
    """A store gives objects, by reading or by pushing; a CRM takes them."""
    opened, roles = adapter(kind), spec_for(kind).roles

    if Role.STORE in roles:
        assert opened.orders or opened.webhooks
    if Role.CRM in roles:
        assert opened.order_sink or opened.customer_sink or opened.lead_sink


@pytest.mark.parametrize("kind", KINDS)
def test_order_sink_can_say_what_became_of_an_order(kind: str) -> None:
    """Without it neither a reconciliation nor a trigger's hint can be answered."""
    opened = adapter(kind)

    assert opened.status_source is not None or opened.order_sink is None
