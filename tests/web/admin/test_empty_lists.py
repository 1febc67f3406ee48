"""An empty list says where its rows would come from, and invites nobody to do what they may not."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.web import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

OURS = {"catalog", "connections", "engine", "mappings", "records", "watch"}
FILTER = {"q": "nothing-is-called-so"}


def test_every_list_of_ours_says_where_its_rows_come_from(client: Client) -> None:
    client.force_login(make.staff(superuser=True))
    silent = []
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        text = client.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ).content.decode()
        words = str(getattr(page, "when_empty", ""))
        if not words or words.replace("'", "&#x27;") not in text:
            silent.append(model._meta.label)

    assert silent == []


def test_a_search_that_finds_nothing_offers_the_whole_list(client: Client) -> None:
    client.force_login(make.staff(superuser=True))

    text = client.get(reverse("admin:connections_storeconnection_changelist"), FILTER).content.decode()

    assert "Nothing fits the search and the filters" in text
    assert 'href="?"' in text
    assert "Connect the first store" not in text


def test_only_who_may_add_is_invited_to(client: Client) -> None:
    address = reverse("admin:connections_route_changelist")
    client.force_login(make.staff("viewer"))
    looked = client.get(address).content.decode()
    client.force_login(make.staff("integrator"))
    offered = client.get(address).content.decode()

    assert ("A route joins one store to one CRM" in looked, "Add route" in looked) == (True, False)
    assert ("A route joins one store to one CRM" in offered, "Add route" in offered) == (True, True)
