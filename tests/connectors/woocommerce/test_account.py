"""Verification: who the shop is, and every missing right."""

from typing import Any

import pytest
import responses
from requests import PreparedRequest
from responses import matchers

from connectors.contract.errors import Misconfigured, Retryable
from connectors.contract.results import AccountReport
from connectors.woocommerce.account import Account
from tests.connectors.woocommerce.shop import API, SITE, Hub, error, transport

INDEX = {
    "name": "Shop &amp; Sons",
    "home": SITE,
    "url": f"{SITE}/wordpress",
    "namespaces": ["wp/v2", "wc/v3"],
    "timezone_string": "",
    "gmt_offset": 3,
}
VERSIONS = {"environment": {"version": "10.1.0", "wp_version": "6.8.1"}}


def verify(index: Any = None, **refusals: Any) -> AccountReport:
    """Verifies a shop that answers all calls well, except those named by the last part of their path."""
    answers: dict[str, tuple[str, str, Any]] = {
        "orders": ("GET", "orders", []),
        "customers": ("GET", "customers", []),
        "batch": ("POST", "orders/batch", []),
        "webhooks": ("GET", "webhooks", []),
        "payment_gateways": ("GET", "payment_gateways", []),
        "system_status": ("GET", "system_status", VERSIONS),
        "current": ("GET", "data/currencies/current", {"code": "EUR"}),
    }
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        web.get(f"{SITE}/wp-json/", json=INDEX if index is None else index)
        for name, (method, path, body) in answers.items():
            if name in refusals:
                web.add(method, f"{API}/{path}", **refusals[name])
            else:
                web.add(method, f"{API}/{path}", json=body)
        return Account(transport(Hub())).verify()


def refused(code: str, status: int = 401) -> dict[str, Any]:
    return {"json": error(code, status), "status": status}


def failed(report: AccountReport) -> list[str]:
    return [check.name for check in report.checks if not check.passed]


def test_shop_with_all_rights_passes_and_says_who_it_is() -> None:
    report = verify()

    assert report.passed
    assert (report.account, report.version) == ("Shop & Sons", "WooCommerce 10.1.0, WordPress 6.8.1")
    assert report.checks[-1].message == "Currency EUR, time zone UTC+3."


def test_right_to_write_is_tried_without_writing_anything() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        web.get(f"{SITE}/wp-json/", json=INDEX)
        for path in ("orders", "customers", "webhooks", "payment_gateways"):
            web.get(f"{API}/{path}", json=[])
        web.get(f"{API}/system_status", json=VERSIONS)
        web.get(f"{API}/data/currencies/current", json={"code": "EUR"})
        web.post(f"{API}/orders/batch", json=[], match=[matchers.json_params_matcher({"update": []})])

        Account(transport(Hub())).verify()

        writes = [call.request.method for call in web.calls if call.request.method != "GET"]
    assert writes == ["POST"]


def test_read_only_key_misses_only_the_right_to_write() -> None:
    report = verify(batch=refused("woocommerce_rest_authentication_error"))

    assert failed(report) == ["Change orders"]
    assert "Read/Write" in next(check.cure for check in report.checks if not check.passed)


@pytest.mark.parametrize(
    ("call", "check"),
    [
        ("customers", "Read customers"),
        ("webhooks", "Manage webhooks"),
        ("payment_gateways", "Read payment and delivery methods"),
    ],
)
def test_each_missing_right_is_listed(call: str, check: str) -> None:
    report = verify(**{call: refused("woocommerce_rest_cannot_list", 403)})

    assert failed(report) == [check]


def test_unknown_key_ends_the_list_with_the_sign_in() -> None:
    report = verify(orders=refused("woocommerce_rest_cannot_view"))

    assert failed(report) == ["Sign-in"]
    assert report.checks[-1].name == "Sign-in"


def test_sign_in_methods_are_tried_in_order() -> None:
    seen: list[str] = []

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        address = request.url or ""
        method = "oauth" if "oauth_" in address else "query" if "consumer_key=" in address else "basic"
        seen.append(method)
        return 401, {}, '{"code":"woocommerce_rest_cannot_view"}'

    with responses.RequestsMock() as web:
        web.get(f"{SITE}/wp-json/", json=INDEX)
        web.add_callback("GET", f"{API}/orders", answer)

        Account(transport(Hub())).verify()

    assert seen == ["basic", "query", "oauth"]


def test_site_that_calls_itself_otherwise_is_pointed_out() -> None:
    report = verify({**INDEX, "home": "https://www.example.com"})

    assert failed(report) == ["Site address"]
    assert "https://www.example.com" in report.checks[1].message


def test_wordpress_without_woocommerce_is_pointed_out() -> None:
    report = verify({**INDEX, "namespaces": ["wp/v2"]})

    assert "WooCommerce API" in failed(report)


def test_version_is_left_out_when_the_key_may_not_see_it() -> None:
    report = verify(system_status=refused("woocommerce_rest_cannot_view", 403), current=refused("x", 403))

    assert report.passed
    assert report.version == ""
    assert "Currency unknown" in report.checks[-1].message


@pytest.mark.parametrize("index", [[], {}, {"message": "Hello"}])
def test_address_that_is_no_wordpress_is_misconfigured(index: Any) -> None:
    with pytest.raises(Misconfigured, match="no WordPress REST API"):
        verify(index)


def test_busy_shop_is_not_reported_as_missing_rights() -> None:
    with pytest.raises(Retryable):
        verify(customers={"status": 503, "body": "<html>Maintenance</html>"})
