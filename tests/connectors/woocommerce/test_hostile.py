"""Bodies that nobody thought of: the readers answer with a record or with Unreadable, and with nothing else."""

import copy
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract.canonical import Customer, Order
from connectors.contract.errors import Unreadable
from connectors.contract.results import HookEvent
from connectors.woocommerce.hooks import HookReceiver
from connectors.woocommerce.people import read_customer
from connectors.woocommerce.reader import read_order
from tests.connectors.woocommerce.shop import SITE, sample

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        [
            "\x00",
            "\ud800",
            "NaN",
            "1e999999",
            "-0.00",
            "9" * 400,
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59-14:00",
            "0",
        ]
    )
    | st.sampled_from([10**400, -(10**30), 10**4000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, inner in items:
        found += _paths(inner, (*path, key))
    return found


def _mutated(data: st.DataObject, payload: Any) -> Any:
    changed = copy.deepcopy(payload)
    for path in data.draw(st.lists(st.sampled_from(_paths(payload)), min_size=1, max_size=4)):
        holder: Any = changed
        try:
            for key in path[:-1]:
                holder = holder[key]
            if data.draw(st.booleans()):
                holder[path[-1]] = data.draw(ODD)
            else:
                del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return changed


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_order_is_read_or_unreadable(data: st.DataObject) -> None:
    payload = _mutated(data, sample("order.json"))

    try:
        read = read_order(payload)
    except Unreadable as problem:
        faults = problem.faults
    else:
        assert isinstance(read, Order)
        assert read.model_dump_json()
        return
    assert faults


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_customer_is_read_or_unreadable(data: st.DataObject) -> None:
    payload = _mutated(data, sample("customer.json"))

    try:
        read = read_customer(payload)
    except Unreadable as problem:
        faults = problem.faults
    else:
        assert isinstance(read, Customer)
        assert read.model_dump_json()
        return
    assert faults


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_at_the_door_are_changes_or_unreadable(body: bytes) -> None:
    receiver = HookReceiver(SITE, [], ["secret"])
    event = HookEvent("order.updated", {}, body, datetime(2026, 1, 1, tzinfo=UTC))

    try:
        changes = receiver.read(event)
    except Unreadable as problem:
        faults = problem.faults
    else:
        assert len(changes) == 1
        return
    assert faults
