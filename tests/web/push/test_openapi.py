"""The description of the push API: valid, complete, silent about the installation. In a browser: tests/browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from connectors.contract.push import faults_in
from integration_hub.connections.models import Connection
from integration_hub.web import push_examples
from integration_hub.web.push_answers import PushAccepted, PushInvalid
from integration_hub.web.push_schema import CUSTOMERS, LEADS, ORDERS, PRODUCTS, STATUS_CHANGES, PushKind, objects_in

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "push-api.md"
KINDS = (ORDERS, CUSTOMERS, LEADS, PRODUCTS, STATUS_CHANGES)
SECRET_NAME = "Confidential Shop"


@pytest.fixture
def schema(db: None, client: Client) -> dict[str, Any]:
    Connection.objects.create(kind="custom_cms", role="store", name=SECRET_NAME)
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


def operations(schema: dict[str, Any]) -> dict[str, Any]:
    return {path: next(iter(methods.values())) for path, methods in schema["paths"].items()}


def test_the_schema_is_valid_openapi_and_made_without_warnings(
    schema: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]  # untyped there

    assert schema["openapi"].startswith("3.1")
    assert not GENERATOR_STATS
    assert capsys.readouterr().err == ""


def test_it_describes_exactly_the_addresses_of_the_push_api(schema: dict[str, Any]) -> None:
    base = "/api/v1/push/{token}"

    assert {path: list(methods) for path, methods in schema["paths"].items()} == {
        f"{base}/customers": ["post"],
        f"{base}/leads": ["post"],
        f"{base}/orders": ["post"],
        f"{base}/ping": ["get"],
        f"{base}/products": ["post"],
        f"{base}/status-changes": ["post"],
    }


def test_it_names_nothing_of_the_installation(schema: dict[str, Any]) -> None:
    text = json.dumps(schema)

    assert "servers" not in schema
    assert SECRET_NAME not in text
    assert Connection.objects.get().hook_token not in text
    assert "testserver" not in text


def test_every_address_wants_the_three_headers_or_the_token(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]

    for operation in operations(schema).values():
        assert operation["security"] == [
            {"webhookId": [], "webhookTimestamp": [], "webhookSignature": []},
            {"accessToken": []},
        ]
    assert [schemes[name]["name"] for name in ("webhookId", "webhookTimestamp", "webhookSignature")] == [
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ]
    assert schemes["accessToken"]["scheme"] == "bearer"


def test_amounts_may_be_written_as_number_or_text(schema: dict[str, Any]) -> None:
    quantity = schema["components"]["schemas"]["OrderLine"]["properties"]["quantity"]

    assert {choice["type"] for choice in quantity["anyOf"]} == {"number", "string"}
    assert schema["components"]["schemas"]["Order"]["required"] == ["id", "status", "created_at", "currency", "total"]


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**part, "components": schema["components"]})


def test_every_example_of_the_schema_fits_its_schema(schema: dict[str, Any]) -> None:
    seen = 0
    for operation in operations(schema).values():
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for body in [*bodies, *operation["responses"].values()]:
            content = body["content"]["application/json"]
            for example in content.get("examples", {}).values():
                resolved(schema, content["schema"]).validate(example["value"])
                seen += 1

    assert seen == len(KINDS) * (2 + 2)


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (ORDERS, push_examples.ORDER),
        (CUSTOMERS, push_examples.CUSTOMER),
        (LEADS, push_examples.LEAD),
        (PRODUCTS, push_examples.PRODUCT),
        (STATUS_CHANGES, push_examples.STATUS_CHANGE),
    ],
    ids=[kind.many for kind in KINDS],
)
def test_every_example_of_the_schema_would_be_accepted(kind: PushKind, example: dict[str, Any]) -> None:
    assert faults_in(kind.model, example, "") == []


def test_every_json_of_the_guide_fits_the_models() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL)]

    pushed = set()
    for block in blocks:
        if "accepted" in block:
            PushAccepted.model_validate(block)
        elif "error" in block:
            PushInvalid.model_validate(block)
        else:
            kind = next(kind for kind in KINDS if {kind.one, kind.many} & set(block))
            assert objects_in(kind, block)[1] == []
            pushed.add(kind.many)
    assert pushed == {kind.many for kind in KINDS}
    assert len(blocks) == 8


def test_the_guide_names_every_error_word() -> None:
    folder = Path(__file__).resolve().parents[3] / "integration_hub" / "web"
    sources = "".join((folder / name).read_text() for name in ("push_api.py", "push_answers.py", "push_body.py"))
    words = set(re.findall(r'Refusal\(\s*\d{3},\s*"([a-z_]+)"', sources)) | {"method_not_allowed"}

    guide = GUIDE.read_text()

    assert len(words) == 11
    assert {word for word in words if f"`{word}`" not in guide} == set()
