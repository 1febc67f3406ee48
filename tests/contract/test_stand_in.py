"""Every system has a stand-in that starts, says what fits it, and can be told to misbehave."""

import inspect

import pytest
import requests

from connectors.toolkit.sandbox import Sandbox

from .bench import THINGS, Bench
from .kinds import KINDS, kinds_with, module

EVERY = pytest.mark.parametrize("kind", KINDS)


@EVERY
def test_stand_in_is_not_started_by_making_it_and_can_be_started_on_a_port(kind: str) -> None:
    box = module(kind, "sandbox").make()
    assert (isinstance(box, Sandbox), box.kind, box.url) == (True, kind, "")

    with box:
        assert requests.get(f"{box.url}/__sandbox__/state", timeout=10).json()["kind"] == kind


@EVERY
def test_every_option_of_a_stand_in_may_be_left_out(kind: str) -> None:
    options = inspect.signature(module(kind, "sandbox").make).parameters.values()

    assert [option.name for option in options if option.default is inspect.Parameter.empty] == []


@EVERY
def test_two_stand_ins_stand_side_by_side(kind: str, bench: Bench) -> None:
    with module(kind, "sandbox").make() as other:
        assert other.url != bench.box.url
        assert requests.get(f"{other.url}/__sandbox__/state", timeout=10).json()["total_calls"] == 0


@EVERY
def test_stand_in_tells_what_exists_there(kind: str, bench: Bench) -> None:
    assert "orders" in bench.things()
    assert set(bench.things()) <= set(THINGS)
    assert isinstance(bench.desk("orders"), list)


@pytest.mark.parametrize("kind", sorted({*kinds_with("status_sink"), *kinds_with("orders")}))
def test_shoppers_buy_in_the_stand_in_of_a_store(kind: str, bench: Bench) -> None:
    rows = bench.shop(2)

    assert len({str(row["id"]) for row in rows}) == 2
    assert bench.things()["orders"] == 2


@EVERY
def test_fault_is_switched_on_and_off(kind: str, bench: Bench) -> None:
    account = bench.adapter.account
    assert account is not None

    bench.faults(error_rate=1)
    calls = bench.box.state()["total_calls"]
    requests.get(f"{bench.box.url}/anything", timeout=10)
    bench.faults()

    assert bench.box.state()["total_calls"] == calls + 1
    assert account.verify().passed
