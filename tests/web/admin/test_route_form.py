"""The route's page: what comes back, and which functions may be chosen."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.connections.models import Route
from integration_hub.web.admin.routes import RouteForm
from mappings.models import BookEntry
from tests.web import factories as make

pytestmark = pytest.mark.django_db

GIFT = "tests.flows.own_functions.mark_gift"


def choices(form: Any, name: str) -> list[str]:
    return [value for value, _label in form.fields[name].choices]


def test_transforms_are_chosen_from_the_allow_list(settings: Any) -> None:
    settings.HUB_TRANSFORMS = [GIFT]

    form = RouteForm(instance=make.route())

    assert choices(form, "transform_order") == ["", GIFT]
    assert choices(form, "transform_customer") == ["", GIFT]


def test_transform_that_was_taken_off_the_list_stays_visible(settings: Any) -> None:
    settings.HUB_TRANSFORMS = []
    route = make.route(transform_order=GIFT)

    form = RouteForm(instance=route)

    assert choices(form, "transform_order") == ["", GIFT]
    assert "not in HUB_TRANSFORMS" in str(dict(form.fields["transform_order"].choices)[GIFT])
    assert choices(form, "transform_customer") == [""]


def test_page_offers_the_allow_list_and_what_comes_back(client: Client, settings: Any) -> None:
    settings.HUB_TRANSFORMS = [GIFT]
    route = make.route()
    client.force_login(make.staff(superuser=True))

    page = client.get(reverse("admin:connections_route_change", args=[route.pk])).content.decode()

    for name in ("transform_order", "transform_customer", "paid_back", "number_back", "noted_fields"):
        assert f'name="{name}"' in page
    assert page.count(f'value="{GIFT}"') == 2


def test_codes_of_the_crm_are_offered_beside_the_fields_that_take_them() -> None:
    route = make.route()
    for kind, code in (("order_method", "phone"), ("field:order", "coupon"), ("status", "new")):
        BookEntry.objects.create(connection=route.crm, kind=kind, code=code)

    form = RouteForm(instance=route)

    assert str(form.fields["lead_order_method"].help_text).endswith("Known: phone.")
    assert str(form.fields["back_order_methods"].help_text).endswith("Known: phone.")
    assert str(form.fields["noted_fields"].help_text).endswith("Known: coupon.")


def test_paid_marks_and_numbers_do_not_come_back_unless_staff_say_so() -> None:
    route = Route()

    assert (route.paid_back, route.number_back) == (False, False)
