"""The spec says all that the admin shows: form, limits, doors; and opening a connector costs nothing."""

import re
import socket
from typing import Any

import pytest

from connectors.contract.capabilities import Adapter
from connectors.contract.spec import FieldType, Role
from connectors.registry import spec_for

from .kinds import KINDS, Hub, adapter, sample_settings

pytestmark = pytest.mark.parametrize("kind", KINDS)

KEY = re.compile(r"[a-z][a-z0-9_]*")
SOUNDS_SECRET = re.compile(r"secret|token|password|api_key|private_key")


class CallError(AssertionError):
    """No OSError, which a connector is meant to survive."""


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> Any:
        raise CallError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_kind_is_the_name_in_the_registry_and_the_words_are_there(kind: str) -> None:
    spec = spec_for(kind)

    assert spec.kind == kind
    assert spec.title.strip()
    assert spec.description.strip().endswith(".")
    assert spec.roles
    assert spec.roles <= set(Role)


def test_every_setting_is_explained(kind: str) -> None:
    unexplained = [each.key for each in spec_for(kind).settings if not each.label.strip() or len(each.help) < 15]

    assert unexplained == []


def test_keys_of_settings_are_plain_and_unique(kind: str) -> None:
    keys = [each.key for each in spec_for(kind).settings]

    assert len(keys) == len(set(keys))
    assert [key for key in keys if not KEY.fullmatch(key)] == []


def test_what_sounds_like_a_secret_is_one(kind: str) -> None:
    bare = [each.key for each in spec_for(kind).settings if SOUNDS_SECRET.search(each.key) and not each.is_secret]

    assert bare == []


def test_no_secret_has_a_default_or_an_example(kind: str) -> None:
    given = [each.key for each in spec_for(kind).settings if each.is_secret and (each.default or each.example)]

    assert given == []


def test_choices_hold_their_default_and_only_choices_have_any(kind: str) -> None:
    for each in spec_for(kind).settings:
        codes = [code for code, _label in each.choices]
        assert bool(codes) == (each.type is FieldType.CHOICE), each.key
        assert len(codes) == len(set(codes)), each.key
        assert each.default is None or not codes or each.default in codes, each.key


def test_limits_are_possible_and_name_their_source(kind: str) -> None:
    limits = spec_for(kind).limits

    assert limits.per_second is None or limits.per_second > 0
    assert limits.burst >= 1
    assert limits.concurrency >= 1
    assert limits.source or limits.per_second is None


def test_topics_are_named_exactly_when_the_system_calls_the_hub(kind: str) -> None:
    topics = list(spec_for(kind).wire_topics)

    assert bool(topics) == (adapter(kind).webhooks is not None)
    assert len(topics) == len(set(topics))


def test_opening_with_sample_settings_calls_nobody(kind: str, no_network: None) -> None:
    hub = Hub()

    opened = hub.open(kind, sample_settings(spec_for(kind)))

    assert isinstance(opened, Adapter)
    assert opened.account is not None, "every system can be verified"
    assert hub.calls == []
    assert hub.exchanges == []


def test_set_up_steps_are_told_without_a_secret(kind: str, no_network: None) -> None:
    spec = spec_for(kind)
    secrets = {each.key: f"not-to-be-shown-{each.key}" for each in spec.settings if each.is_secret}
    address = "https://hub.example/hooks/token-of-the-door/"

    steps = spec.setup_steps({**sample_settings(spec), **secrets}, address)

    shown = " ".join(f"{step.title} {step.text} {step.rows}" for step in steps)
    assert all(step.title and step.text for step in steps)
    assert [secret for secret in secrets.values() if secret in shown] == []
    assert "token-of-the-door" in shown or adapter(kind).webhooks is None


def test_address_of_an_order_is_a_web_page_or_nothing(kind: str, no_network: None) -> None:
    spec = spec_for(kind)
    if_any = spec.order_url(sample_settings(spec), "10/01?x=<b>") if spec.order_url is not None else ""

    assert if_any == "" or if_any.startswith("https://")
