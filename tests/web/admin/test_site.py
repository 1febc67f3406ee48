"""The list of all models, which Django's admin makes for every page and ours shows on few."""

from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.test import Client

from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.staff("viewer"))
    return client


def test_list_of_all_models_is_made_for_no_page_that_does_not_show_it(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str | None] = []

    def note(_site: AdminSite, _request: Any, label: str | None = None) -> dict[str, Any]:
        made.append(label)
        return {}

    monkeypatch.setattr(AdminSite, "_build_app_dict", note)

    statuses = [viewer.get(path).status_code for path in ("/admin/", "/admin/engine/lane/", "/admin/password_change/")]

    assert statuses == [200, 200, 200]
    assert made == []


def test_page_of_an_app_lists_what_this_person_may_see_there(viewer: Client) -> None:
    page = viewer.get("/admin/engine/").content.decode()

    assert 'href="/admin/engine/lane/"' in page
    assert viewer.get("/admin/auth/").status_code == 404
