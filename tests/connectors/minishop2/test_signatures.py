"""The stand-in against the vectors that the plug-in's own tests and the hub's read, too."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.minishop2.sandbox.signing import headers, refusal

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[3] / "companions" / "signature-vectors.json").read_text("utf-8")
)
BLANK_IN_ID = "an id with a blank"
"""The stand-in is laxer there: it asks only that there is one."""


def named(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=lambda each: str(each["name"]))


@named(VECTORS["sign"])
def test_stand_in_signs_as_the_plug_in_does(vector: dict[str, Any]) -> None:
    signed = headers(vector["secrets"], vector["id"], vector["timestamp"], vector["body"].encode())

    assert signed == {"content-type": "application/json", **vector["headers"]}


@named(VECTORS["accept"])
def test_genuine_call_is_taken(vector: dict[str, Any]) -> None:
    assert refusal(vector["secrets"], vector["headers"], vector["body"].encode(), vector["now"]) == ""


@named([vector for vector in VECTORS["refuse"] if vector["name"] != BLANK_IN_ID])
def test_other_call_is_refused_under_the_code_of_the_protocol(vector: dict[str, Any]) -> None:
    found = refusal(vector["secrets"], vector["headers"], vector["body"].encode(), vector["now"])

    assert found == vector["code"]
