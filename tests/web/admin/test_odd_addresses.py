"""Whatever stands in an address, a page answers: a list, a way back or "there is no such page", never a fault."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.test import Client
from django.urls import reverse

from integration_hub import urls
from integration_hub.web import navigation
from tests.web import factories as make

assert urls.urlpatterns  # loading them registers the pages

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # the same pages count their lines in test_pages

OURS = ("catalog", "connections", "engine", "mappings", "records", "watch")
HUGE = "9" * 30
ODD = (HUGE, "%00", "²")


def names() -> Iterator[str]:
    for model in admin.site._registry:
        if model._meta.app_label in OURS:
            yield f"{model._meta.app_label}_{model._meta.model_name}"


def parameters_of(name: str) -> Iterator[str]:
    """What the list of this name can be asked for."""
    model = next(m for m in admin.site._registry if f"{m._meta.app_label}_{m._meta.model_name}" == name)
    filters: Sequence[Any] = admin.site._registry[model].list_filter or ()
    for listed in filters:
        field = listed[0] if isinstance(listed, tuple) else listed
        yield from (f"{field}__id__exact", str(field)) if isinstance(field, str) else (field.parameter_name,)
    yield from ("q", "p", "o")


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(make.staff(superuser=True))
    return client


def rows_alone(page: TemplateResponse) -> str:
    """In place of a page: its rows are fetched, and not drawn."""
    listed = (page.context_data or {}).get("cl")
    return str(len(listed.result_list)) if listed is not None else ""


@pytest.fixture
def bare(root: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Sees no side bar, which is half the work of a page and the same on all of them. On PostgreSQL, where only the
    questions to the database differ, pages are not drawn at all."""
    monkeypatch.setattr(navigation, "items", lambda request: [])
    if connection.vendor == "postgresql":
        monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", property(rows_alone))
    return root


def answers_to_odd_questions(client: Client, name: str) -> dict[str, int]:
    make.order_story(make.route())
    url = reverse(f"admin:{name}_changelist")
    asked = [f"{url}?{parameter}={value}" for parameter in parameters_of(name) for value in ODD]

    return {address: client.get(address).status_code for address in asked}


@pytest.mark.parametrize("name", list(names()))
def test_list_answers_whatever_it_is_asked_for(bare: Client, name: str) -> None:
    answers = answers_to_odd_questions(bare, name)

    assert {address: status for address, status in answers.items() if status not in {200, 302}} == {}


def test_side_bar_answers_whatever_a_list_is_asked_for(root: Client) -> None:
    """Beside the list whose question decides which of its links is the open one."""
    answers = answers_to_odd_questions(root, "engine_outboxitem")

    assert {address: status for address, status in answers.items() if status not in {200, 302}} == {}


@pytest.mark.parametrize("name", list(names()))
def test_page_of_nothing_is_not_found(bare: Client, name: str) -> None:
    base = reverse(f"admin:{name}_changelist")
    asked = [f"{base}{value}/{page}/" for value in ODD for page in ("change", "history", "delete")]

    answers = {address: bare.get(address).status_code for address in asked}

    assert {address: status for address, status in answers.items() if status not in {302, 403, 404}} == {}


@pytest.mark.parametrize("value", [HUGE, "%00", "²", "Заказ"])
def test_search_box_finds_nothing_by_what_is_nothing(root: Client, value: str) -> None:
    answer = root.get(f"{reverse('admin:records_orderrecord_find')}?q={value}")

    assert answer.status_code == 302


@pytest.mark.parametrize("value", ODD)
def test_forms_open_with_odd_choices_in_their_address(root: Client, value: str) -> None:
    asked = [
        f"{reverse('admin:engine_backfill_add')}?route={value}&since={value}",
        f"{reverse('admin:engine_reconcilerun_add')}?route={value}&since={value}",
        f"{reverse('admin:mappings_coderule_add')}?route={value}&kind={value}",
        f"{reverse('admin:connections_route_add')}?store={value}",
        f"{reverse('admin:connections_storeconnection_add')}?kind={value}",
    ]

    assert {address: root.get(address).status_code for address in asked} == dict.fromkeys(asked, 200)


def test_address_of_the_hub_itself_leads_to_the_admin(client: Client) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))


def test_page_that_is_not_there_says_so_with_a_way_back(client: Client) -> None:
    answer = client.get("/no/such/page")

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert f'href="{reverse("admin:index")}"' in answer.content.decode()


def test_who_may_not_see_a_page_reads_whom_to_ask(client: Client) -> None:
    client.force_login(make.staff("viewer"))

    answer = client.get(reverse("admin:auth_user_changelist"))

    assert answer.status_code == 403
    assert "administrator" in answer.content.decode()
