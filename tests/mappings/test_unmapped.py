"""The codes that wait for a rule: the list and its length."""

from collections.abc import Callable
from typing import Any

import pytest

from integration_hub.connections.models import Connection
from mappings.rules import count_unmapped, unmapped_codes

from .factories import CodeRuleFactory, RouteFactory, SeenCodeFactory

pytestmark = pytest.mark.django_db

MaxQueries = Callable[[int], Any]


def test_the_to_do_list_holds_seen_codes_without_a_rule_of_all_routes(django_assert_num_queries: MaxQueries) -> None:
    first, second = RouteFactory.create(name="A"), RouteFactory.create(name="B")
    SeenCodeFactory.create(route=first, code="mapped")
    SeenCodeFactory.create(route=first, code="missing")
    SeenCodeFactory.create(route=second, code="mapped")
    CodeRuleFactory.create(route=first, store_code="mapped")

    with django_assert_num_queries(3):
        found = [(code.route.name, code.route.crm.name, code.code) for code in unmapped_codes()]

    assert found == [("A", first.crm.name, "missing"), ("B", second.crm.name, "mapped")]


def test_the_count_of_unmapped_codes_is_the_length_of_the_to_do_list(django_assert_max_num_queries: MaxQueries) -> None:
    first, second = RouteFactory.create(), RouteFactory.create()
    for route in (first, second):
        for code in ("flat_rate:1", "post", "bike"):
            SeenCodeFactory.create(route=route, code=code)
        SeenCodeFactory.create(route=route, kind="order_method", code="web")
        for code in ("done", "twice", "off"):
            SeenCodeFactory.create(route=route, kind="status", side="crm", code=code)
    CodeRuleFactory.create(route=first, store_code="flat_rate")
    CodeRuleFactory.create(route=first, store_code="post", action="ignore", direction="to_crm", crm_code="")
    CodeRuleFactory.create(route=first, kind="status", store_code="completed", crm_code="done")
    for store_code in ("sent", "posted"):
        CodeRuleFactory.create(route=first, kind="status", store_code=store_code, crm_code="twice")
    CodeRuleFactory.create(
        route=first,
        kind="status",
        action="ignore",
        direction="to_store",
        store_code="",
        crm_code="off",
        is_way_back=True,
    )

    with django_assert_max_num_queries(3):
        counted = count_unmapped(100)

    assert counted == len(unmapped_codes()) == 2 + 6
    assert count_unmapped(5) == 5


def test_nothing_seen_is_nothing_unmapped(django_assert_num_queries: MaxQueries) -> None:
    with django_assert_num_queries(1):
        assert count_unmapped(100) == 0


def test_codes_of_a_crm_that_is_not_installed_any_more_are_listed_and_counted() -> None:
    route = RouteFactory.create()
    Connection.objects.filter(pk=route.crm_id).update(kind="gone")
    SeenCodeFactory.create(route=route, code="post")

    assert [code.code for code in unmapped_codes()] == ["post"]
    assert count_unmapped(100) == 1
