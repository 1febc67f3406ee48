"""Verify, code books, present statuses, settings."""

from typing import Any

import pytest
from responses import CallList

from connectors.contract.capabilities import CodeSource
from connectors.contract.errors import Misconfigured
from connectors.contract.results import AccountReport, Book, BookEntry, StatusSeen
from connectors.retailcrm.account import NEEDED_SCOPES
from connectors.retailcrm.config import base_url, config_from
from connectors.retailcrm.spec import SPEC

from .world import BASE, SETTINGS, World, answers, made, query

ALL_RIGHTS = {"success": True, "scopes": [*NEEDED_SCOPES, "custom_fields_read"], "siteAccess": "access_full"}
SITES = {"success": True, "sites": {"main": {"code": "main", "name": "Main shop", "currency": "RUB"}}}
ZONE = {"success": True, "settings": {"timezone": {"value": "Europe/Moscow"}, "default_currency": {"value": "RUB"}}}


def verify(world: World, credentials: dict[str, Any] = ALL_RIGHTS, sites: Any = SITES) -> AccountReport:
    answers("GET", f"{BASE}/api/credentials", credentials)
    answers("GET", f"{BASE}/api/api-versions", {"success": True, "versions": ["3.0", "4.0", "5.0"]})
    answers("GET", "settings", ZONE)
    answers("GET", "reference/sites", sites)
    account = world.open().account
    assert account is not None
    return account.verify()


def failed(report: AccountReport) -> list[str]:
    return [check.name for check in report.checks if not check.passed]


def test_verify_passes_and_leaves_zone_and_currency_for_the_settings(world: World, calls: CallList) -> None:
    report = verify(world)

    assert report.passed
    assert report.account == "Main shop (https://shop.retailcrm.ru)"
    assert report.version == "5.0"
    assert report.facts == {"timezone": "Europe/Moscow", "currency": "RUB"}
    assert any("The site keeps RUB" in check.message for check in report.checks)
    assert set(report.facts) <= {setting.key for setting in SPEC.settings}


def test_every_missing_right_is_named(world: World, calls: CallList) -> None:
    report = verify(world, {"success": True, "scopes": ["order_read", "customer_read", "reference_read"]})

    assert failed(report) == ["Right order_write", "Right customer_write"]


def test_site_out_of_the_keys_reach_is_named(world: World, calls: CallList) -> None:
    report = verify(world, ALL_RIGHTS | {"siteAccess": "access_selective", "sitesAvailable": ["other"]})

    assert failed(report) == ["Key reaches the site"]


def test_site_that_does_not_exist_is_named(world: World, calls: CallList) -> None:
    report = verify(world, sites={"success": True, "sites": [{"code": "other", "name": "Other", "currency": "EUR"}]})

    assert failed(report) == ["Site exists"]
    assert report.facts == {"timezone": "Europe/Moscow"}


def test_wrong_key_stops_verification(world: World, calls: CallList) -> None:
    wrong = {"success": False, "errorMsg": 'Wrong "apiKey" value.'}
    answers("GET", f"{BASE}/api/credentials", wrong, 403)
    account = world.open().account
    assert account is not None

    with pytest.raises(Misconfigured, match="API key"):
        account.verify()


def codes(world: World) -> CodeSource:
    found = world.open().codes
    assert found is not None
    return found


def books(world: World, **changed: Any) -> dict[str, Book]:
    answered: dict[str, Any] = {
        "status-groups": {"statusGroups": {"new": {"code": "new", "name": "New orders"}}},
        "statuses": {
            "statuses": {
                "done": {"code": "done", "name": "Done", "ordering": 20, "active": False, "group": "complete"},
                "new": {"code": "new", "name": "New", "ordering": 10, "active": True, "group": "new"},
            }
        },
        "delivery-types": {
            "deliveryTypes": [
                {"code": "courier", "name": "Courier", "sites": {"2": "main"}},
                {"code": "elsewhere", "name": "Elsewhere", "sites": ["other"]},
                {"code": "post", "name": "Post", "sites": []},
            ]
        },
        "payment-types": {"paymentTypes": {"7": {"name": "Seven"}}},
        "payment-statuses": {"paymentStatuses": []},
        "order-methods": {"orderMethods": {}},
        "product-statuses": {"productStatuses": {}},
    }
    for book, body in answered.items():
        answers("GET", f"reference/{book}", {"success": True, **body})
    return {book.kind: book for book in codes(world).read_books()}


FIELDS = {"success": True, "customFields": [{"code": "coupon", "name": "Coupon", "type": "string"}]}


def test_books_are_read_in_both_shapes_and_for_our_site_only(world: World, calls: CallList) -> None:
    answers("GET", "custom-fields", FIELDS)
    answers("GET", "custom-fields", {"success": True, "customFields": []})

    found = books(world)

    assert found["status"].entries == [
        BookEntry("new", "New", is_active=True, group="New orders"),
        BookEntry("done", "Done", is_active=False, group="complete"),
    ]
    assert [entry.code for entry in found["delivery"].entries] == ["courier", "post"]
    assert found["payment"].entries == [BookEntry("7", "Seven")]
    assert found["field:order"].entries == [BookEntry("coupon", "Coupon", group="string")]
    assert found["field:customer"].entries == []
    assert query(calls[7])[0] == ("filter[entity]", "order")


def test_books_come_without_custom_fields_when_that_right_is_missing(world: World, calls: CallList) -> None:
    answers("GET", "custom-fields", {"success": False, "errorMsg": "Access denied."}, 403)

    assert "field:order" not in books(world)


def test_custom_fields_are_read_page_by_page(world: World, calls: CallList) -> None:
    answers("GET", "custom-fields", FIELDS | {"pagination": {"totalPageCount": 2}})
    answers(
        "GET", "custom-fields", {"success": True, "customFields": [{"code": "b"}], "pagination": {"totalPageCount": 2}}
    )
    answers("GET", "custom-fields", {"success": True, "customFields": []})

    assert [entry.code for entry in books(world)["field:order"].entries] == ["coupon", "b"]


def test_statuses_are_read_by_both_kinds_of_ids_fifty_at_a_time(world: World, calls: CallList) -> None:
    answers("GET", "orders", {"success": True, "orders": [{"id": 1, "externalId": "A", "status": "new"}]})
    answers("GET", "orders", {"success": True, "orders": {"2": {"id": 2, "status": "done", "site": "main"}}})
    answers("GET", "orders", {"success": True, "orders": []})
    source = world.open().status_source
    assert source is not None

    found = source.statuses([str(n) for n in range(51)], ["A", "B"])

    assert found == [StatusSeen("1", "new", "A"), StatusSeen("2", "done")]
    assert query(calls[0])[49] == ("filter[ids][]", "49")
    assert query(calls[1])[0] == ("filter[ids][]", "50")
    assert query(calls[2]) == [
        ("filter[externalIds][]", "A"),
        ("filter[externalIds][]", "B"),
        ("filter[sites][]", "main"),
        ("limit", "100"),
    ]
    assert made(calls) == ["GET orders"] * 3


def test_order_of_another_site_with_the_same_external_id_is_not_taken_for_ours(world: World, calls: CallList) -> None:
    foreign = {"id": 900, "externalId": "15", "status": "cancel-other", "site": "second"}
    answers("GET", "orders", {"success": True, "orders": [foreign, {**foreign, "id": 15, "site": "main"}]})
    source = world.open().status_source
    assert source is not None

    found = source.statuses([], ["15"])

    assert [seen.id for seen in found] == ["15"]


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("https://shop.retailcrm.ru", "https://shop.retailcrm.ru"),
        ("shop.simla.com", "https://shop.simla.com"),
        ("https://Shop.retailcrm.es/admin/?a=1", "https://shop.retailcrm.es"),
        ("http://127.0.0.1:9100", "http://127.0.0.1:9100"),
        ("http://sandbox:9100/", "http://sandbox:9100"),
    ],
)
def test_usual_ways_to_type_an_address(typed: str, base: str) -> None:
    assert base_url(typed) == base


@pytest.mark.parametrize(
    "typed",
    ["", "http://shop.retailcrm.ru", "https://retailcrm.ru.evil.example", "https://a:b@shop.retailcrm.ru", "ftp://x"],
)
def test_other_addresses_are_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(Misconfigured):
        base_url(typed)


@pytest.mark.parametrize(("key", "value"), [("api_key", ""), ("site", " "), ("timezone", "Moscow time")])
def test_setting_that_cannot_be_used_is_named(key: str, value: str) -> None:
    with pytest.raises(Misconfigured):
        config_from({**SETTINGS, key: value})


def test_order_link_points_to_the_crm() -> None:
    assert SPEC.order_url is not None
    assert SPEC.order_url(SETTINGS, "7146") == "https://shop.retailcrm.ru/orders/7146/edit"


def test_lists_with_gaps_are_read_as_lists(world: World, calls: CallList) -> None:
    scopes = dict(enumerate([*NEEDED_SCOPES, "custom_fields_read"], start=2))

    report = verify(
        world, ALL_RIGHTS | {"scopes": scopes, "siteAccess": "access_selective", "sitesAvailable": {"3": "main"}}
    )

    assert report.passed
