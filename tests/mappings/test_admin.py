"""The ordinary pages of the mappings."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from factory.django import DjangoModelFactory

from mappings.models import CodeRule, FieldRule, SeenCode

from .factories import (
    BookEntryFactory,
    CodeRuleFactory,
    FieldRuleFactory,
    RouteFactory,
    SeenCodeFactory,
)

pytestmark = pytest.mark.django_db

MaxQueries = Callable[[int], Any]
FACTORIES: dict[str, type[DjangoModelFactory[Any]]] = {
    "coderule": CodeRuleFactory,
    "fieldrule": FieldRuleFactory,
    "seencode": SeenCodeFactory,
    "bookentry": BookEntryFactory,
}


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_opens_and_costs_the_same_for_few_and_many_rows(
    integrator: Client, model: str, django_assert_max_num_queries: MaxQueries
) -> None:
    for _number in range(20):
        FACTORIES[model].create()

    with django_assert_max_num_queries(14):
        page = integrator.get(reverse(f"admin:mappings_{model}_changelist"), {"q": "o"})

    assert page.status_code == 200


@pytest.mark.parametrize("model", FACTORIES)
def test_a_row_opens_with_its_history(viewer: Client, integrator: Client, model: str) -> None:
    row = FACTORIES[model].create()

    for client in (viewer, integrator):
        for page in ("change", "history"):
            assert client.get(reverse(f"admin:mappings_{model}_{page}", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", ["coderule", "fieldrule"])
def test_a_viewer_cannot_add_change_delete_or_import_rules(viewer: Client, model: str) -> None:
    rule = FACTORIES[model].create()

    answers = [
        viewer.post(reverse(f"admin:mappings_{model}_add"), {}),
        viewer.post(reverse(f"admin:mappings_{model}_change", args=[rule.pk]), {"store_code": "x"}),
        viewer.post(reverse(f"admin:mappings_{model}_delete", args=[rule.pk]), {"post": "yes"}),
        viewer.get(reverse(f"admin:mappings_{model}_import")),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert type(rule).objects.filter(pk=rule.pk).exists()


@pytest.mark.parametrize("model", ["bookentry", "seencode"])
def test_what_systems_told_us_cannot_be_changed_by_hand(integrator: Client, model: str) -> None:
    row = FACTORIES[model].create()

    assert integrator.get(reverse(f"admin:mappings_{model}_add")).status_code == 403
    assert integrator.post(reverse(f"admin:mappings_{model}_change", args=[row.pk]), {}).status_code == 403


# --- code rules -----------------------------------------------------------------------------------------------------


def rule_fields(**values: Any) -> dict[str, Any]:
    return {"kind": "delivery", "action": "translate", "direction": "both", "store_code": "", "crm_code": "", **values}


def test_a_rule_is_added_by_the_form_and_its_orders_go_on(integrator: Client) -> None:
    route = RouteFactory.create()

    answer = integrator.post(
        reverse("admin:mappings_coderule_add"),
        rule_fields(route=route.pk, store_code="flat_rate", crm_code="courier"),
    )

    assert answer.status_code == 302
    assert "goes on within a second" in said(answer)
    assert CodeRule.objects.get().crm_code == "courier"


def test_a_faulty_rule_is_explained_in_the_form(integrator: Client) -> None:
    rule = CodeRuleFactory.create(store_code="flat_rate")

    twice = integrator.post(
        reverse("admin:mappings_coderule_add"),
        rule_fields(route=rule.route_id, store_code="flat_rate", crm_code="post"),
    )
    half = integrator.post(reverse("admin:mappings_coderule_add"), rule_fields(route=rule.route_id, store_code="x"))

    assert "This store code has a rule towards the CRM already. Change that one." in twice.text
    assert "Choose the CRM code, or “ignore on purpose”." in half.text
    assert CodeRule.objects.count() == 1


def test_the_form_offers_the_code_books_of_its_route_and_kind(integrator: Client) -> None:
    rule = CodeRuleFactory.create(kind="delivery")
    BookEntryFactory.create(connection=rule.route.crm, kind="delivery", code="courier", name="By courier")
    BookEntryFactory.create(connection=rule.route.store, kind="delivery", code="flat", name="Flat", is_active=False)
    BookEntryFactory.create(connection=rule.route.crm, kind="payment", code="cash", name="Cash")

    page = integrator.get(reverse("admin:mappings_coderule_change", args=[rule.pk])).text

    assert '<option value="courier">By courier (courier)</option>' in page
    assert '<option value="flat">Flat (flat), inactive</option>' in page
    assert "Cash" not in page


@pytest.mark.parametrize("query", ["route=abc", "route=999999&kind=delivery", "kind=nonsense", "route=1&kind="])
def test_the_form_opens_whatever_its_address_says(integrator: Client, query: str) -> None:
    assert integrator.get(reverse("admin:mappings_coderule_add") + f"?{query}").status_code == 200


# --- to do ----------------------------------------------------------------------------------------------------------


def test_a_seen_code_is_mapped_from_the_to_do_list_with_the_suggestion_filled_in(integrator: Client) -> None:
    route = RouteFactory.create()
    BookEntryFactory.create(connection=route.crm, kind="payment", code="cash-on-delivery", name="Наложенный платёж")
    SeenCodeFactory.create(route=route, kind="payment", code="cod", label="Cash on delivery")

    todo = integrator.get(reverse("admin:mappings_seencode_todo")).context["todos"]
    form = integrator.get(todo[0].map_url).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}
    answer = integrator.post(todo[0].map_url, sent, follow=True)

    rule = CodeRule.objects.get()
    assert (rule.route, rule.kind, rule.store_code, rule.crm_code) == (route, "payment", "cod", "cash-on-delivery")
    assert answer.redirect_chain[-1][0] == reverse("admin:mappings_seencode_todo")
    assert answer.context["todos"] == []
    assert "Every code that was seen is mapped." in answer.text


def test_a_crm_code_on_the_to_do_list_is_named_by_the_code_book(integrator: Client) -> None:
    route = RouteFactory.create()
    BookEntryFactory.create(connection=route.crm, kind="status", code="C1:WON", name="Deal won")
    SeenCodeFactory.create(route=route, kind="status", side="crm", code="C1:WON")

    page = integrator.get(reverse("admin:mappings_seencode_todo"))

    assert page.context["todos"][0].name == "Deal won"
    assert "direction=to_store" in page.context["todos"][0].map_url


def test_the_to_do_list_costs_the_same_for_few_and_many_codes(
    integrator: Client, django_assert_max_num_queries: MaxQueries
) -> None:
    for _number in range(30):
        SeenCodeFactory.create()

    with django_assert_max_num_queries(11):
        page = integrator.get(reverse("admin:mappings_seencode_todo"))

    assert len(page.context["todos"]) == 30


def test_a_long_to_do_list_has_pages(viewer: Client) -> None:
    route = RouteFactory.create()
    SeenCode.objects.bulk_create(
        SeenCode(route=route, side="store", kind="delivery", code=f"c{number}") for number in range(101)
    )
    url = reverse("admin:mappings_seencode_todo")

    pages = [viewer.get(f"{url}?page={number}") for number in ("1", "2", "many")]

    assert [len(page.context["todos"]) for page in pages] == [100, 1, 100]
    assert 'href="?page=2" aria-current="page"' in pages[1].text


def test_a_viewer_is_not_offered_to_map(viewer: Client) -> None:
    SeenCodeFactory.create()

    page = viewer.get(reverse("admin:mappings_seencode_todo"))

    assert page.status_code == 200
    assert "coderule/add" not in page.text


# --- field rules ----------------------------------------------------------------------------------------------------


def field_fields(**values: Any) -> dict[str, Any]:
    return {"custom_field": "", "constant": "", "write_mode": "always", "ordering": "0", **values}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"source_choice": "order:coupons"}, ("order", "coupons", "")),
        ({"source_choice": "customer:groups"}, ("customer", "groups", "")),
        ({"source_choice": "order:custom", "custom_field": " gift wrap "}, ("order", "custom:gift wrap", "")),
        ({"source_choice": "lead:constant", "constant": "web"}, ("lead", "constant", "web")),
    ],
)
def test_a_source_is_chosen_from_the_catalogue(
    integrator: Client, sent: dict[str, str], stored: tuple[str, str, str]
) -> None:
    route = RouteFactory.create()

    answer = integrator.post(
        reverse("admin:mappings_fieldrule_add"), field_fields(route=route.pk, target="note", **sent)
    )

    assert answer.status_code == 302
    rule = FieldRule.objects.get()
    assert (rule.object, rule.source, rule.constant) == stored


@pytest.mark.parametrize(
    ("sent", "said_in_form"),
    [
        ({"source_choice": "order:custom"}, "Which field of the shop?"),
        ({"source_choice": "order:constant"}, "Which text shall be written?"),
        ({"source_choice": "order:nonsense"}, "Select a valid choice."),
    ],
)
def test_an_incomplete_source_is_asked_for(integrator: Client, sent: dict[str, str], said_in_form: str) -> None:
    route = RouteFactory.create()

    answer = integrator.post(reverse("admin:mappings_fieldrule_add"), field_fields(route=route.pk, target="n", **sent))

    assert answer.status_code == 200
    assert said_in_form in answer.text
    assert not FieldRule.objects.exists()


def test_a_field_rule_opens_with_its_source_chosen_and_offers_the_crm_fields(integrator: Client) -> None:
    rule = FieldRuleFactory.create(source="custom:gift")
    BookEntryFactory.create(connection=rule.route.crm, kind="field:order", code="gift_note", name="Gift note")

    page = integrator.get(reverse("admin:mappings_fieldrule_change", args=[rule.pk]))

    form = page.context["adminform"].form
    assert form["source_choice"].value() == "order:custom"
    assert form["custom_field"].value() == "gift"
    assert '<option value="gift_note">Gift note (gift_note)</option>' in page.text
