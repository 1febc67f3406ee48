"""``errors.py``: a literal table, every row of which is reached, and no answer that ends elsewhere."""

import ast
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer

from .hostile import BODIES, unstorable
from .kinds import KINDS, folder, module

pytestmark = pytest.mark.parametrize("kind", KINDS)

STATUSES = (200, 204, 302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503, 504, 599)


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "")


def error_for(kind: str, given: Answer) -> Any:
    return module(kind, "errors").error_for(given)


def reaching(kind: str) -> Any:
    """``REACHING`` of the system's own test: an answer for each row of the table."""
    return import_module(f"tests.connectors.{kind}.test_errors").REACHING


def test_table_is_literal(kind: str) -> None:
    tree = ast.parse((folder(kind) / "errors.py").read_text("utf-8"))
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "TABLE"
    ]

    (table,) = values
    assert isinstance(table, ast.Tuple)
    assert all(isinstance(row, ast.Call) for row in table.elts)
    assert len(table.elts) == len(module(kind, "errors").TABLE)


def test_every_row_yields_its_class(kind: str) -> None:
    table = module(kind, "errors").TABLE

    found = [type(error_for(kind, each)) for each in reaching(kind)]

    assert found == [row.error for row in table]


def test_every_side_that_may_have_to_act_is_in_the_table(kind: str) -> None:
    classes = {row.error for row in module(kind, "errors").TABLE}

    assert {Misconfigured, RateLimited, Rejected, Retryable} <= classes


@pytest.mark.parametrize("name", BODIES)
def test_any_answer_whatever_its_body_is_an_error_that_staff_can_read(kind: str, name: str) -> None:
    for status in STATUSES:
        found = error_for(kind, answer(status, BODIES[name]))

        assert isinstance(found, ConnectorError)
        assert found.message
        assert found.code
        assert len(found.message) <= 1_500
        assert unstorable([found.message, found.code]) == []


def test_pause_that_is_asked_for_is_kept(kind: str) -> None:
    found = error_for(kind, answer(429, retry_after="7"))

    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_that_fails_is_tried_again(kind: str, status: int) -> None:
    assert isinstance(error_for(kind, answer(status)), Retryable)


@pytest.mark.parametrize("status", [401, 403])
def test_server_that_does_not_let_us_in_is_a_matter_of_the_connection(kind: str, status: int) -> None:
    assert isinstance(error_for(kind, answer(status)), Misconfigured)
