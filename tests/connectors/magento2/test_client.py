"""Signed calls: the recorded vectors, and what the stand-in takes."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors.contract.errors import Misconfigured
from connectors.magento2.client import criteria, signature

from .world import World, world


@pytest.mark.recorded_files("magento", "oauth1_vectors.json")
def test_recorded_signatures_are_made(recorded_file: Path) -> None:
    for vector in json.loads(recorded_file.read_text(encoding="utf-8")):
        keys = (vector["consumer_key"], vector["consumer_secret"], vector["token"], vector["token_secret"])

        header = signature(vector["method"], vector["url"], keys, nonce=vector["nonce"], timestamp=vector["timestamp"])

        assert header.startswith("OAuth ")
        assert f'oauth_signature="{quote(vector["signature"], safe="")}"' in header
        assert f'oauth_nonce="{vector["nonce"]}"' in header


def test_every_filter_stands_in_a_group_of_its_own() -> None:
    query = criteria([("status", "in", "a,b"), ("store_id", "eq", "1")], ["updated_at", "entity_id"], 50, "items[a]")

    assert query == [
        ("searchCriteria[filter_groups][0][filters][0][field]", "status"),
        ("searchCriteria[filter_groups][0][filters][0][condition_type]", "in"),
        ("searchCriteria[filter_groups][0][filters][0][value]", "a,b"),
        ("searchCriteria[filter_groups][1][filters][0][field]", "store_id"),
        ("searchCriteria[filter_groups][1][filters][0][condition_type]", "eq"),
        ("searchCriteria[filter_groups][1][filters][0][value]", "1"),
        ("searchCriteria[sortOrders][0][field]", "updated_at"),
        ("searchCriteria[sortOrders][0][direction]", "ASC"),
        ("searchCriteria[sortOrders][1][field]", "entity_id"),
        ("searchCriteria[sortOrders][1][direction]", "ASC"),
        ("searchCriteria[pageSize]", "50"),
        ("searchCriteria[currentPage]", "1"),
        ("fields", "items[a]"),
    ]


def verified(a_shop: World, **changes: Any) -> Any:
    account = a_shop.open(**changes).account
    assert account is not None
    return account.verify()


def test_bare_token_works_only_where_the_shop_takes_it(shop: World) -> None:
    refused = verified_or_refused(shop, auth="bearer")
    shop.desk("options", {"bearer": True})
    report = verified(shop, auth="bearer")

    assert "standalone Bearer tokens" in refused
    assert report.passed


def verified_or_refused(a_shop: World, **changes: Any) -> str:
    """All that Verify says."""
    try:
        report = verified(a_shop, **changes)
    except Misconfigured as problem:
        return problem.message
    assert not report.passed
    return " ".join(f"{check.message} {check.cure}" for check in report.checks if not check.passed)


def test_every_way_to_a_status_is_asked_for_and_nothing_is_done(shop: World) -> None:
    [id] = shop.shop(1)
    before = shop.order(id)
    rights = ["comment", "cancel", "hold", "unhold", "invoice", "ship", "creditmemo"]
    shop.desk("options", {"missing": [f"Magento_Sales::{right}" for right in rights] + ["Magento_Catalog::categories"]})

    failed = [check for check in verified(shop, allow_refunds=True).checks if not check.passed]

    assert [check.name for check in failed] == [
        "Comment on orders", "Cancel orders", "Hold orders", "Release orders", "Invoice orders", "Ship orders",
        "Refund orders", "Categories",
    ]  # fmt: skip
    assert all(f"Magento_Sales::{right}" in check.message for right, check in zip(rights, failed, strict=False))
    assert "Actions > Comment" in failed[0].cure
    assert (shop.order(id), shop.desk("writes")) == (before, [])


def test_right_to_refund_is_not_asked_for_where_nothing_is_refunded(shop: World) -> None:
    shop.desk("options", {"missing": ["Magento_Sales::creditmemo"]})

    assert verified(shop).passed


def test_missing_resources_are_named_one_by_one(shop: World) -> None:
    shop.desk("options", {"missing": ["Magento_Customer::customer", "Magento_Catalog::attributes_attributes"]})

    report = verified(shop)

    assert [check.name for check in report.checks if not check.passed] == ["Customers", "Brands"]
    [customers, _brands] = [check for check in report.checks if not check.passed]
    assert "Magento_Customer::customer" in customers.message
    assert "Customers > All Customers" in customers.cure


def test_proxy_that_hides_https_is_met_by_the_address_in_signatures(shop: World) -> None:
    told = verified_or_refused(shop, signed_url="https://seen.example")

    assert "Address in signatures" in told
    assert verified(shop, signed_url=shop.box.url).passed


@pytest.mark.parametrize("empty", ["consumer_key", "consumer_secret", "access_token_secret"])
def test_signed_calls_without_all_four_values_say_so(empty: str, shop: World) -> None:
    with pytest.raises(Misconfigured, match="all four values"):
        verified(shop, **{empty: ""})


def test_store_view_that_is_not_there_is_told_with_those_that_are(shop: World) -> None:
    told = verified_or_refused(shop, store_views=["nowhere"])

    assert "no store view “nowhere”. It has: default (1), es_ar (2)" in told


@pytest.mark.parametrize("address", ["/rest", "/rest/default/V1/orders", "/"])
def test_pasted_rest_address_is_understood(address: str, shop: World) -> None:
    assert verified(shop, shop=shop.box.url + address).passed


def test_codes_come_from_the_companion_module(shop: World) -> None:
    codes = shop.open().codes
    assert codes is not None

    books = {book.kind: [(entry.code, entry.group) for entry in book.entries] for book in codes.read_books()}

    assert ("packed", "processing") in books["status"]
    assert books["payment"] == [("checkmo", "")]
    assert books["delivery"] == [("flatrate_flatrate", "")]


def test_without_the_module_codes_are_learnt_from_orders() -> None:
    with world(companion=False) as shop:
        [id] = shop.shop(1)
        shop.desk("change", {"id": id, "status": "gift_wrapped"})
        codes = shop.open().codes
        assert codes is not None

        books = {book.kind: [(entry.code, entry.name) for entry in book.entries] for book in codes.read_books()}

    assert ("gift_wrapped", "Gift wrapped") in books["status"]
    assert ("complete", "Complete") in books["status"]
    assert books["payment"] == [("checkmo", "Check / Money order")]
    assert books["delivery"] == [("flatrate_flatrate", "Flat Rate - Fixed")]
