"""The mapping grid: what it shows, and what one POST changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors.contract.canonical import PaymentStatus
from integration_hub.connections.models import Route
from mappings.admin.grid_forms import ROWS_PER_PAGE
from mappings.models import CodeRule

from .factories import BookEntryFactory, CodeRuleFactory, RouteFactory, SeenCodeFactory

pytestmark = pytest.mark.django_db

MaxQueries = Callable[[int], Any]


@pytest.fixture
def route() -> Route:
    route = RouteFactory.create(name="Web shop → CRM")
    for position, name in enumerate(("Pending", "On hold", "Completed")):
        code = name.lower().replace(" ", "-")
        BookEntryFactory.create(connection=route.store, kind="status", code=code, name=name, ordering=position)
    for code, name in (("new", "New"), ("complete", "Done")):
        BookEntryFactory.create(connection=route.crm, kind="status", code=code, name=name)
    BookEntryFactory.create(connection=route.crm, kind="delivery", code="courier", name="Courier")
    BookEntryFactory.create(connection=route.crm, kind="delivery", code="drone", name="Drone", is_active=False)
    return route


def url(route: Route, kind: str = "status") -> str:
    return reverse("admin:mappings_coderule_grid", args=[route.pk, kind])


def fields_of(page: Any, **changes: dict[str, str]) -> dict[str, str]:
    """What a browser would send back. ``changes``: table -> {row's code: new value of the drop-down}, ``_way_back``
    for the third column."""
    sent: dict[str, str] = {}
    tables = page.context["tables"]
    for formset in filter(None, (tables.outward, tables.backward)):
        for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
            sent[f"{formset.prefix}-{name}"] = str(formset.management_form[name].value())
        for form in formset:
            code = form["code"].value() or ""
            for field in form:
                value = str(field.value() or "")
                sent[field.html_name] = value
                if field.field.show_hidden_initial:
                    sent[field.html_initial_name] = value
            wanted = changes.get(formset.prefix, {})
            if code in wanted:
                sent[form["target"].html_name] = wanted[code]
            ways = changes.get(f"{formset.prefix}_way_back", {})
            if code in ways:
                sent[form["way_back"].html_name] = ways[code]
    return sent


def save(client: Client, route: Route, kind: str = "status", **changes: dict[str, str]) -> Any:
    page = client.get(url(route, kind))
    return client.post(url(route, kind), fields_of(page, **changes))


def rules_of(route: Route) -> set[tuple[str, str, str, str, bool]]:
    return {
        (rule.store_code, rule.crm_code, rule.action, rule.direction, rule.is_way_back)
        for rule in CodeRule.objects.filter(route=route)
    }


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# --- what it shows --------------------------------------------------------------------------------------------------


def test_the_grid_shows_codes_of_the_book_of_the_traffic_and_of_rules(integrator: Client, route: Route) -> None:
    SeenCodeFactory.create(route=route, kind="status", code="custom", label="Own status")
    CodeRuleFactory.create(route=route, kind="status", store_code="old", crm_code="gone")

    page = integrator.get(url(route))

    shown = [row.code for row in page.context["grid"].outward]
    assert shown == ["custom", "pending", "on-hold", "completed", "old"]
    assert "1 of 1 codes seen is not mapped." in page.text
    assert "Own status" in page.text
    assert "Not in the code book" in page.text


def test_a_suggestion_stands_beside_a_code_without_a_rule_and_is_not_applied(integrator: Client, route: Route) -> None:
    page = integrator.get(url(route))

    assert 'data-suggest="code:complete"' in page.text
    assert not CodeRule.objects.exists()


def test_a_code_that_is_out_of_use_is_marked_and_never_suggested(integrator: Client, route: Route) -> None:
    SeenCodeFactory.create(route=route, code="drone", label="Drone")

    page = integrator.get(url(route, "delivery"))

    assert "Drone (drone), inactive" in page.text
    assert "data-suggest" not in page.text


def test_the_states_of_a_payment_are_always_offered(integrator: Client, route: Route) -> None:
    page = integrator.get(url(route, "payment_status"))

    assert [row.code for row in page.context["grid"].outward] == [status.value for status in PaymentStatus]


def test_the_grid_costs_the_same_for_few_and_many_codes(
    integrator: Client, route: Route, django_assert_max_num_queries: MaxQueries
) -> None:
    for number in range(50):
        BookEntryFactory.create(connection=route.store, kind="status", code=f"s{number}")
        CodeRuleFactory.create(route=route, kind="status", store_code=f"s{number}", crm_code=f"c{number}")
        SeenCodeFactory.create(route=route, kind="status", code=f"s{number}")

    with django_assert_max_num_queries(12):  # session, user, rights and language included
        assert integrator.get(url(route)).status_code == 200


def test_a_long_list_of_codes_is_paged_below_the_limit_of_one_request(integrator: Client, route: Route) -> None:
    for number in range(150):
        BookEntryFactory.create(connection=route.store, kind="status", code=f"s{number:03}", ordering=9)

    first = integrator.get(url(route))
    third = integrator.get(url(route) + "?page=3")

    assert len(first.context["tables"].outward.forms) == ROWS_PER_PAGE + 1
    assert len(fields_of(first)) < 1_000
    assert [form["code"].value() for form in third.context["tables"].outward][-2:] == ["s149", None]


def test_an_unknown_kind_or_route_is_not_found(integrator: Client, route: Route) -> None:
    assert integrator.get(url(route, "colour")).status_code == 404
    assert integrator.get(reverse("admin:mappings_coderule_grid", args=[10**6, "status"])).status_code == 404


def test_the_overview_links_every_kind_of_every_route(
    integrator: Client, route: Route, django_assert_max_num_queries: MaxQueries
) -> None:
    RouteFactory.create()
    SeenCodeFactory.create(route=route, code="flat_rate")

    with django_assert_max_num_queries(11):
        page = integrator.get(reverse("admin:mappings_coderule_grids"))

    assert "1 of 1 codes seen not mapped" in page.text
    assert url(route, "delivery") in page.text


# --- saving ---------------------------------------------------------------------------------------------------------


def test_one_post_adds_changes_and_deletes_rules(integrator: Client, route: Route) -> None:
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="complete")
    CodeRuleFactory.create(route=route, kind="status", store_code="on-hold", crm_code="new")

    answer = save(integrator, route, out={"pending": "code:new", "on-hold": "", "completed": "ignore"})

    assert answer.status_code == 302
    assert "3 rules saved. Whatever waits for these codes goes on within a second." in said(answer)
    assert rules_of(route) == {
        ("pending", "new", "translate", "both", False),
        ("completed", "", "ignore", "to_crm", False),
    }


def test_saving_is_recorded_with_its_author(integrator: Client, route: Route) -> None:
    save(integrator, route, out={"pending": "code:new"})

    record = CodeRule.history.get()
    assert (record.crm_code, record.history_type) == ("new", "+")
    assert record.history_user.username == "staff-with-16-rights"


def test_nothing_is_written_when_nothing_was_changed(integrator: Client, route: Route) -> None:
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new")

    answer = save(integrator, route)

    assert "Nothing was changed." in said(answer)
    assert CodeRule.history.count() == 1


def test_what_a_colleague_saved_meanwhile_is_not_undone(integrator: Client, route: Route) -> None:
    rule = CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new")
    page = integrator.get(url(route))
    rule.crm_code = "complete"
    rule.save()

    integrator.post(url(route), fields_of(page, out={"on-hold": "code:new"}))

    assert rules_of(route) == {
        ("pending", "complete", "translate", "both", False),
        ("on-hold", "new", "translate", "both", False),
    }


def test_a_code_that_the_book_lacks_can_be_typed(integrator: Client, route: Route) -> None:
    sent = fields_of(integrator.get(url(route)), out={"pending": "other"})
    name = next(key for key, value in sent.items() if value == "pending" and key.endswith("-code"))
    sent[name.replace("-code", "-other")] = " brand-new "

    integrator.post(url(route), sent)

    assert rules_of(route) == {("pending", "brand-new", "translate", "both", False)}


def test_another_code_without_text_is_asked_for_and_nothing_is_saved(integrator: Client, route: Route) -> None:
    answer = save(integrator, route, out={"pending": "other", "on-hold": "code:new"})

    assert answer.status_code == 200
    assert "Type the code, or choose one from the list." in answer.text
    assert not CodeRule.objects.exists()


def test_a_store_code_that_is_not_listed_can_be_added(integrator: Client, route: Route) -> None:
    sent = fields_of(integrator.get(url(route)))
    last = int(sent["out-TOTAL_FORMS"]) - 1
    sent |= {f"out-{last}-code": "unheard-of", f"out-{last}-target": "code:new"}

    integrator.post(url(route), sent)

    assert rules_of(route) == {("unheard-of", "new", "translate", "both", False)}


def test_a_code_without_its_other_half_is_asked_for(integrator: Client, route: Route) -> None:
    page = integrator.get(url(route))
    last = int(fields_of(page)["out-TOTAL_FORMS"]) - 1

    only_target = integrator.post(url(route), {**fields_of(page), f"out-{last}-target": "code:new"})
    only_code = integrator.post(url(route), {**fields_of(page), f"out-{last}-code": "unheard-of"})

    assert "Which code is it?" in only_target.text
    assert "Choose what it becomes." in only_code.text
    assert not CodeRule.objects.exists()


def test_the_mark_for_the_way_back_moves_in_one_post(integrator: Client, route: Route) -> None:
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new", is_way_back=True)
    CodeRuleFactory.create(route=route, kind="status", store_code="on-hold", crm_code="complete", is_way_back=True)

    save(integrator, route, out={"pending": "code:complete", "on-hold": "code:new"})

    assert rules_of(route) == {
        ("pending", "complete", "translate", "both", True),
        ("on-hold", "new", "translate", "both", True),
    }


def test_two_ways_back_from_one_code_are_refused_and_nothing_is_saved(integrator: Client, route: Route) -> None:
    answer = save(
        integrator,
        route,
        out={"pending": "code:new", "on-hold": "code:new"},
        out_way_back={"pending": "yes", "on-hold": "yes"},
    )

    assert "More than one way back is chosen for these CRM codes: new." in said(answer)
    assert not CodeRule.objects.exists()


def test_a_status_can_be_sent_one_way_only(integrator: Client, route: Route) -> None:
    save(integrator, route, out={"pending": "code:new"}, out_way_back={"pending": "never"})

    assert rules_of(route) == {("pending", "new", "translate", "to_crm", False)}


def test_the_second_table_rules_the_way_back(integrator: Client, route: Route) -> None:
    save(integrator, route, back={"complete": "code:completed", "new": "ignore"})

    assert rules_of(route) == {
        ("completed", "complete", "translate", "to_store", True),
        ("", "new", "ignore", "to_store", True),
    }

    save(integrator, route, back={"complete": "", "new": "code:pending"})

    assert rules_of(route) == {("pending", "new", "translate", "to_store", True)}


def test_the_second_table_says_what_a_status_becomes_now(integrator: Client, route: Route) -> None:
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new")

    page = integrator.get(url(route))

    assert "now: Pending" in page.text
    assert "now: not mapped" in page.text


def test_the_second_table_says_when_the_way_back_is_not_clear(integrator: Client, route: Route) -> None:
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new")
    CodeRuleFactory.create(route=route, kind="status", store_code="on-hold", crm_code="new")

    page = integrator.get(url(route))

    assert page.text.count("now: not clear, several store codes become this one. Choose one.") == 1


def test_other_kinds_have_no_way_back(integrator: Client, route: Route) -> None:
    BookEntryFactory.create(connection=route.store, kind="delivery", code="flat_rate")

    page = integrator.get(url(route, "delivery"))
    save(integrator, route, "delivery", out={"flat_rate": "code:courier"})

    assert page.context["tables"].backward is None
    assert "way_back" not in page.text
    assert rules_of(route) == {("flat_rate", "courier", "translate", "both", False)}


# --- rights ---------------------------------------------------------------------------------------------------------


def test_a_viewer_sees_the_grid_and_cannot_save(viewer: Client, integrator: Client, route: Route) -> None:
    page = viewer.get(url(route))
    sent = fields_of(integrator.get(url(route)), out={"pending": "code:new"})

    answer = viewer.post(url(route), sent)

    assert page.status_code == 200
    assert 'type="submit" class="map-button' not in page.text
    assert answer.status_code == 403
    assert not CodeRule.objects.exists()


def test_who_has_no_right_to_see_rules_does_not_see_the_grids(sign_in: Callable[..., Client], route: Route) -> None:
    stranger = sign_in()

    assert stranger.get(url(route)).status_code == 403
    assert stranger.get(reverse("admin:mappings_coderule_grids")).status_code == 403
    assert stranger.get(reverse("admin:mappings_seencode_todo")).status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_sign_in(route: Route) -> None:
    assert Client().get(url(route)).status_code == 302


def test_names_from_outside_cannot_carry_markup_into_the_page(integrator: Client, route: Route) -> None:
    nasty = '"><script>alert(1)</script>'
    SeenCodeFactory.create(route=route, kind="status", code=nasty, label=nasty)
    BookEntryFactory.create(connection=route.crm, kind="status", code=nasty, name=nasty, group=nasty)

    for address in (url(route), reverse("admin:mappings_seencode_todo")):
        assert "<script>alert" not in integrator.get(address).text
