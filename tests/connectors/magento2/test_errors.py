"""What the shop's answers mean, row by row."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import Misconfigured, RateLimited, Rejected, Retryable
from connectors.magento2.errors import PAGE_SIZE, STATUS_REFUSED, TABLE, error_for, largest_page
from connectors.toolkit.http import Answer


def answer(status: int, message: str = "", parameters: Any = None, *, html: bool = False) -> Answer:
    if html:
        return Answer(status, {"content-type": "text/html"}, b"<!doctype html><html><body>Oops</body></html>", "")
    body = {"message": message} | ({} if parameters is None else {"parameters": parameters})
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode(), "")


NOT_PART = 'Unable to add comment: The status "%1" is not part of the order status history.'

REACHING = (
    answer(429, "Too Many Requests"),
    answer(503, html=True),
    answer(500, "Internal Error. Details are available in Magento log file. Report ID: webapi-65a0f1c2d3e4f"),
    answer(502, html=True),
    answer(401, "The nonce is already being used by the consumer with ID %1.", [1]),
    answer(400, "Incorrect timestamp value in the oauth_timestamp parameter"),
    answer(401, "The consumer isn't authorized to access %resources.", {"resources": "Magento_Sales::actions_view"}),
    answer(401, "The signature is invalid. Verify and try again."),
    answer(401, "The account sign-in was incorrect or your account is disabled temporarily."),
    answer(403, html=True),
    answer(400, "Please use the 2fa provider-specific endpoints to obtain a token."),
    answer(404, "Request does not match any route."),
    answer(404, html=True),
    answer(404, "The entity that was requested doesn't exist. Verify the entity and try again."),
    answer(400, "Maximum SearchCriteria pageSize is %max", {"max": 300}),
    answer(400, NOT_PART, ["sent"]),
    answer(400, "Invoice Document Validation Error(s):\nThe order does not allow an invoice to be created."),
    answer(301, ""),
    answer(200, html=True),
)
"""An answer for each row of the table, in its order."""


def test_every_row_is_reached_by_its_code() -> None:
    assert [error_for(each).code for each in REACHING] == [row.code for row in TABLE]


def test_missing_right_and_refused_bare_token_look_alike_so_both_are_named() -> None:
    error = error_for(REACHING[6])

    assert isinstance(error, Misconfigured)
    assert "Magento_Sales::actions_view" in error.message
    assert "lacks that resource" in error.message
    assert "standalone Bearer tokens" in error.message


@pytest.mark.parametrize(
    ("message", "parameters", "shown"),
    [
        (NOT_PART, ["sent"], 'The status "sent" is not'),
        ("Maximum is %max, not %maximum", {"max": 300}, "Maximum is 300, not 300imum"),
        ("Nothing to fill %1", {}, "Nothing to fill %1"),
        ("%1 and %12", ["a"], "a and a2"),
        ("Write to %mail", {"mail": "ann@example.com"}, "Write to •••"),
    ],
)
def test_placeholders_are_filled_in_and_people_kept_out(message: str, parameters: Any, shown: str) -> None:
    assert shown in error_for(answer(400, message, parameters)).message


def test_page_size_that_the_shop_allows_is_found() -> None:
    assert largest_page(answer(400, "Maximum SearchCriteria pageSize is %max", {"max": 300})) == 300
    assert largest_page(answer(400, "Maximum SearchCriteria pageSize is %max", ["x"])) == 0
    assert largest_page(answer(200, html=True)) == 0


EXPECTED = {
    "400_2fa_required": (Misconfigured, "two_factors"),
    "400_page_size": (Rejected, PAGE_SIZE),
    "400_positional_parameter": (Rejected, STATUS_REFUSED),
    "401_admin_login": (Misconfigured, "sign_in"),
    "401_not_authorized": (Misconfigured, "not_authorized"),
    "404_no_entity": (Rejected, "not_found"),
    "404_no_route": (Misconfigured, "no_route"),
    "429_too_many": (RateLimited, "too_many"),
    "500_masked": (Retryable, "crashed"),
    "503_maintenance_html": (Retryable, "maintenance"),
}


@pytest.mark.recorded_files("magento", "errors/*.json")
def test_recorded_errors_are_understood(recorded_file: Path) -> None:
    recorded = json.loads(recorded_file.read_text(encoding="utf-8"))
    body = recorded.get("body_text") or json.dumps(recorded.get("body"))
    headers = {name.lower(): value for name, value in recorded.get("headers", {}).items()}

    error = error_for(Answer(recorded["status"], headers, body.encode(), ""))

    known = EXPECTED.get(recorded_file.stem)
    if known is not None:
        assert (type(error), error.code) == known
    assert error.message
    assert "%" not in error.message
