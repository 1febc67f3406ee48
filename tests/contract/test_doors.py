"""The system's calls to the hub: forged ones stay outside, hostile ones become nothing worse than unreadable."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
import time_machine

from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import Accepted, Acknowledged, Change, HookEvent, HookRequest
from connectors.registry import spec_for

from .hostile import BODIES, twisted, unstorable
from .kinds import KINDS, NOWHERE, Hub, adapter, module, samples, secrets_in, settings_for

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GENUINE = b'{"id": 1001, "status": "processing"}'

CALLING = [kind for kind in KINDS if adapter(kind).webhooks is not None]
SIGNING = [kind for kind in CALLING if spec_for(kind).signs_calls]
TOPICS = [pytest.param(kind, topic, id=f"{kind}-{topic}") for kind in CALLING for topic in spec_for(kind).wire_topics]
SECONDS_FOR_ANY_BODY = 5.0
"""Far above what one takes; a pattern that runs away takes minutes."""


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """Signatures are made and checked at the same moment."""
    with time_machine.travel(NOW):
        yield


def receiver(kind: str, **changes: Any) -> Any:
    hub = Hub(clock=lambda: NOW)
    return hub.open(kind, settings_for(kind, NOWHERE) | changes).webhooks


def call(kind: str, body: bytes = GENUINE, **headers: str) -> HookRequest:
    """A genuine call, as the stand-in says the vendor makes it."""
    topic = spec_for(kind).wire_topics[0]
    return HookRequest("POST", module(kind, "sandbox").hook_headers(NOWHERE, topic, body, NOW) | headers, body)


# --- accept -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CALLING)
def test_genuine_call_is_kept_under_a_key_that_fits(kind: str) -> None:
    found = receiver(kind).accept(call(kind))

    assert isinstance(found, Accepted)
    assert 1 <= len(found.dedup_key) <= 200
    assert len(found.topic) <= 200
    assert unstorable([found.topic, found.dedup_key, dict(found.headers)]) == []


@pytest.mark.parametrize("kind", SIGNING)
def test_repeat_of_a_signed_call_is_the_same_event_and_another_body_another(kind: str) -> None:
    door = receiver(kind)

    first, again, other = (door.accept(call(kind, body)) for body in (GENUINE, GENUINE, GENUINE + b" "))

    assert first == again
    assert first.dedup_key != other.dedup_key


@pytest.mark.parametrize("kind", SIGNING)
@pytest.mark.parametrize("body", [GENUINE, b"", b"{}", b"\xff"])
def test_unsigned_call_is_forged(kind: str, body: bytes) -> None:
    signed = call(kind, body)
    bare = {name: value for name, value in signed.headers.items() if "signature" not in name}

    for headers in ({}, {"content-type": "application/json"}, bare):
        with pytest.raises(Forged):
            receiver(kind).accept(HookRequest("POST", headers, body))


@pytest.mark.parametrize("kind", SIGNING)
def test_no_byte_of_a_signed_body_can_be_changed(kind: str) -> None:
    genuine = call(kind)

    for place in range(len(GENUINE)):
        body = GENUINE[:place] + bytes([GENUINE[place] ^ 1]) + GENUINE[place + 1 :]
        with pytest.raises(Forged):
            receiver(kind).accept(HookRequest("POST", genuine.headers, body))
    for body in (GENUINE + b" ", GENUINE[:-1], b""):
        with pytest.raises(Forged):
            receiver(kind).accept(HookRequest("POST", genuine.headers, body))


@pytest.mark.parametrize("kind", SIGNING)
def test_no_character_of_a_signature_can_be_changed(kind: str) -> None:
    genuine = call(kind)
    (name,) = [name for name in genuine.headers if "signature" in name]
    signature = genuine.headers[name]
    hostile = [
        "",
        "x",
        "v1,",
        ",",
        "\ud800",
        "\x00",
        signature[:-4],
        signature[::-1],
        signature.swapcase(),
        "v1," * 999,
    ]

    for value in hostile:
        with pytest.raises(Forged):
            receiver(kind).accept(HookRequest("POST", {**genuine.headers, name: value}, GENUINE))


@pytest.mark.parametrize("kind", SIGNING)
def test_without_a_secret_nothing_is_genuine(kind: str) -> None:
    """An empty secret signs for everybody."""
    emptied = dict.fromkeys(secrets_in(kind, settings_for(kind, NOWHERE)), "")

    with pytest.raises(Forged):
        receiver(kind, **emptied).accept(call(kind))


@pytest.mark.parametrize("kind", CALLING)
@pytest.mark.parametrize("name", BODIES)
def test_any_genuine_body_is_kept_acknowledged_or_forged(kind: str, name: str) -> None:
    """Quickly, without being read more than that needs, and with nothing a database would refuse."""
    begin = time.perf_counter()
    try:
        found = receiver(kind).accept(call(kind, BODIES[name]))
    except Forged as refusal:
        found = Acknowledged(refusal.message)

    assert isinstance(found, (Accepted, Acknowledged))
    assert unstorable(found) == []
    assert time.perf_counter() - begin < SECONDS_FOR_ANY_BODY


@pytest.mark.parametrize("kind", CALLING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_without_credentials_bring_no_more_than_an_acknowledgement(kind: str, method: str) -> None:
    try:
        found = receiver(kind).accept(HookRequest(method, {}, b""))
    except Forged:
        return

    assert isinstance(found, Acknowledged)


# --- read -------------------------------------------------------------------------------------------------------------


def read(kind: str, topic: str, body: bytes) -> list[Any]:
    """What the connector makes of it: changes, or an Unreadable whose faults can be stored; empty: neither."""
    webhooks = adapter(kind).webhooks
    assert webhooks is not None
    headers = module(kind, "sandbox").hook_headers(NOWHERE, topic, body, NOW)
    try:
        changes = list(webhooks.read(HookEvent(topic, headers, body, NOW)))
    except Unreadable as problem:
        return [problem] if problem.faults and not unstorable(problem.faults) else []
    assert all(isinstance(change, get_args(Change)) for change in changes)
    assert unstorable(changes) == []
    return changes


@pytest.mark.parametrize(("kind", "topic"), TOPICS)
@pytest.mark.parametrize("name", BODIES)
def test_hostile_body_becomes_a_change_or_is_unreadable(kind: str, topic: str, name: str) -> None:
    begin = time.perf_counter()

    found = read(kind, topic, BODIES[name])

    assert found
    assert time.perf_counter() - begin < SECONDS_FOR_ANY_BODY


@pytest.mark.no_cover  # thousands of times the lines that the tests above count
@pytest.mark.parametrize(("kind", "topic"), TOPICS)
def test_value_of_a_wrong_kind_becomes_a_change_or_is_unreadable(kind: str, topic: str) -> None:
    assert samples(kind), "the system's tests keep a sample payload"

    for sample in samples(kind):
        for body in twisted(sample):
            assert read(kind, topic, body)


@pytest.mark.parametrize(("kind", "topic"), TOPICS)
def test_topic_is_understood(kind: str, topic: str) -> None:
    """At least one of the samples is neither unreadable nor a surprise."""
    found = [change for sample in samples(kind) for change in read(kind, topic, sample.read_bytes())]

    assert any(not isinstance(each, Unreadable) for each in found)


@pytest.mark.parametrize("kind", CALLING)
def test_topic_that_nobody_knows_becomes_a_change_or_is_unreadable(kind: str) -> None:
    for topic in ("", "x", "order.exploded", "order.", ".", "a" * 10_000):
        for sample in samples(kind):
            assert read(kind, topic, sample.read_bytes())
