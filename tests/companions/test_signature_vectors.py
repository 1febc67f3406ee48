"""companions/signature-vectors.json binds both sides: the plug-ins' PHP tests read the same file.

Whoever changes the algorithm on one side makes that side's tests fail; whoever changes the file makes the other's.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from connectors.contract.errors import Forged
from connectors.toolkit.standard_webhooks import is_secret, sign, verify

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "companions" / "signature-vectors.json").read_text("utf-8")
)


def named(group: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in VECTORS[group]]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.mark.parametrize("vector", named("sign"))
def test_the_hub_makes_the_signature_of_the_vectors(vector: dict[str, Any]) -> None:
    headers = sign(vector["secrets"], vector["id"], moment(vector["timestamp"]), vector["body"].encode())

    assert headers == vector["headers"]


@pytest.mark.parametrize("vector", named("accept"))
def test_the_hub_accepts_what_the_plugins_accept(vector: dict[str, Any]) -> None:
    with time_machine.travel(moment(vector["now"]), tick=False):
        id = verify(vector["secrets"], vector["headers"], vector["body"].encode())

    assert id == vector["headers"]["webhook-id"]


@pytest.mark.parametrize("vector", named("refuse"))
def test_the_hub_refuses_what_the_plugins_refuse(vector: dict[str, Any]) -> None:
    with time_machine.travel(moment(vector["now"]), tick=False), pytest.raises(Forged):
        verify(vector["secrets"], vector["headers"], vector["body"].encode())


@pytest.mark.parametrize("secret", VECTORS["bad_secrets"])
def test_the_hub_takes_no_secret_that_the_plugins_would_not(secret: str) -> None:
    assert not is_secret(secret)
