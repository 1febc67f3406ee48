"""The forms and pages of backfills and comparisons."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.connections.models import Route
from integration_hub.engine.models import Backfill, ReconcileRun
from tests.web import factories as make

pytestmark = pytest.mark.django_db

START = {"flow": "orders", "since_0": "2026-03-01", "since_1": "00:00:00", "until_0": "", "until_1": ""}
NONE = {"since_0": "", "since_1": "", "until_0": "", "until_1": ""}


@pytest.fixture
def integrator(client: Client) -> Client:
    client.force_login(make.staff("integrator"))
    return client


@pytest.fixture
def route() -> Route:
    return make.route(name="Shop → CRM")


def submit(client: Client, name: str, **fields: Any) -> Any:
    return client.post(reverse(f"admin:engine_{name}_add"), fields)


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_backfill_of_a_time_is_started(integrator: Client, route: Route) -> None:
    answer = submit(integrator, "backfill", route=route.pk, **START)

    row = Backfill.objects.get()
    assert answer.headers["Location"] == reverse("admin:engine_backfill_change", args=(row.pk,))
    assert (row.route, row.state, str(row.since), row.ids) == (route, "running", "2026-03-01 00:00:00+00:00", [])
    assert row.started_by is not None


def test_day_without_a_time_is_its_first_moment(integrator: Client, route: Route) -> None:
    submit(integrator, "backfill", route=route.pk, **{**START, "since_1": "", "until_0": "2026-04-01"})

    row = Backfill.objects.get()
    assert (str(row.since), str(row.until)) == ("2026-03-01 00:00:00+00:00", "2026-04-01 00:00:00+00:00")


def test_backfill_of_numbers_needs_no_dates(integrator: Client, route: Route) -> None:
    submit(integrator, "backfill", route=route.pk, **{**START, **NONE}, number_from="SO-1001", number_to="SO-1050")

    row = Backfill.objects.get()
    assert (row.since, row.number_from, row.number_to) == (None, "SO-1001", "SO-1050")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (NONE, "since"),
        ({"ids": "7\n8"}, "ids"),
        ({**NONE, "ids": "7", "number_from": "1"}, "ids"),
        ({"until_0": "2026-02-01", "until_1": "00:00:00"}, "until"),
        ({"since_0": "2999-01-01"}, "since"),
        ({"since_0": "", "since_1": "10:00"}, "since"),
        ({"number_from": "1050", "number_to": "1001"}, "number_to"),
        ({"number_from": "SO-1", "number_to": "PO-9"}, "number_to"),
        ({"number_from": "abc"}, "number_from"),
        ({"flow": "customers", "number_from": "1"}, "number_from"),
    ],
)
def test_impossible_backfill_is_refused_at_its_field(
    integrator: Client, route: Route, fields: dict[str, str], field: str
) -> None:
    answer = submit(integrator, "backfill", route=route.pk, **{**START, **fields})

    assert list(errors_of(answer)) == [field]
    assert not Backfill.objects.exists()


def test_boxes_of_a_time_say_which_they_are(integrator: Client) -> None:
    page = integrator.get(reverse("admin:engine_backfill_add")).content.decode()

    for name in ("Created from, date", "Created from, time", "Created before, date", "Created before, time"):
        assert f'aria-label="{name}"' in page


@pytest.mark.parametrize("name", ["backfill", "reconcilerun"])
def test_form_of_a_job_offers_to_start_it_and_nothing_else(integrator: Client, route: Route, name: str) -> None:
    page = integrator.get(reverse(f"admin:engine_{name}_add")).content.decode()
    started = integrator.post(reverse(f"admin:engine_{name}_add"), {"route": route.pk, **START}, follow=True)

    buttons = [
        " ".join(text.split())
        for text in re.findall(r"<button[^>]*form=\"\w+_form\"[^>]*>(.*?)</button>", page, re.DOTALL)
    ]
    assert buttons == ["Start"]
    assert ("_addanother" in page, "_continue" in page, 'name="_save"' in page) == (False, False, True)
    assert "Started. This page shows how far it is." in started.content.decode()


@pytest.mark.parametrize("name", ["backfill", "reconcilerun"])
def test_route_that_is_off_is_refused(integrator: Client, route: Route, name: str) -> None:
    Route.objects.update(mode="off")

    answer = submit(integrator, name, route=route.pk, **START)

    assert list(errors_of(answer)) == ["route"]
    assert not Backfill.objects.exists()
    assert not ReconcileRun.objects.exists()


def test_button_of_the_route_begins_a_comparison_and_leads_to_it(client: Client, route: Route) -> None:
    client.force_login(make.staff("operator"))

    answer = client.post(reverse("admin:connections_route_press", args=(route.pk, "reconcile")))

    row = ReconcileRun.objects.get()
    assert answer.headers["Location"] == reverse("admin:engine_reconcilerun_change", args=(row.pk,))
    assert (row.state, row.source, row.heals) == ("running", "hand", True)


def test_viewer_starts_nothing(client: Client, route: Route) -> None:
    client.force_login(make.staff("viewer"))

    answers = [
        submit(client, "reconcilerun", route=route.pk, **START),
        submit(client, "backfill", route=route.pk, **START),
        client.post(reverse("admin:connections_route_press", args=(route.pk, "reconcile"))),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not ReconcileRun.objects.exists()


def test_page_of_a_job_at_work_loads_itself_anew_and_one_that_is_done_does_not(integrator: Client) -> None:
    from django.utils import timezone

    for make_row, name in ((make.backfill, "backfill"), (make.comparison, "reconcilerun")):
        at_work: Any = make_row(state="running", due_at=timezone.now())
        done: Any = make_row(state="done")

        pages = [integrator.get(reverse(f"admin:engine_{name}_change", args=(row.pk,))) for row in (at_work, done)]

        assert [page.headers.get("Refresh") for page in pages] == ["5", None]


def test_page_of_a_backfill_lists_what_failed_and_what_to_do(integrator: Client) -> None:
    row = make.backfill(state="done")
    for number in range(30):
        make.backfill_fault(backfill=row, object_id=f"77{number:02}", code="absent")
    make.item(route=row.route, state="dead", label="1007", reason="No such site.", trigger=f"backfill {row.pk}")
    make.item(route=row.route, state="dead", label="1008", reason="Another's.", trigger="order.updated")

    page = integrator.get(reverse("admin:engine_backfill_change", args=(row.pk,))).content.decode()
    everything = integrator.get(reverse("admin:engine_backfillfault_changelist"), {"backfill__id__exact": row.pk})

    assert "the id is wrong" in page
    assert ("7719" in page, "7720" in page, "Show all 30" in page) == (True, False, True)
    assert ("No such site." in page, "Another" in page) == (True, False)
    assert everything.content.decode().count("7729") == 1


def test_failed_ones_are_run_again_by_a_button(integrator: Client) -> None:
    row = make.backfill(state="done")
    make.backfill_fault(backfill=row, object_id="77")

    answer = integrator.post(reverse("admin:engine_backfill_press", args=(row.pk, "repeat")))

    again = Backfill.objects.get(repeats=row)
    assert again.ids == ["77"]
    assert answer.headers["Location"] == reverse("admin:engine_backfill_change", args=(again.pk,))


def test_comparison_after_a_backfill_sends_nothing_and_is_shown_on_its_page(integrator: Client) -> None:
    row = make.backfill(state="done")

    integrator.post(reverse("admin:engine_backfill_press", args=(row.pk, "compare")))

    comparison = ReconcileRun.objects.get()
    assert (comparison.heals, comparison.backfill, comparison.since) == (False, row, row.since)
    page = integrator.get(reverse("admin:engine_backfill_change", args=(row.pk,))).content.decode()
    assert reverse("admin:engine_reconcilerun_change", args=(comparison.pk,)) in page


def test_page_of_a_comparison_leads_to_the_orders_and_to_all_differences(integrator: Client) -> None:
    row = make.comparison(drifts_found=60)
    record = make.record(connection=row.route.store, object_id="5001")
    make.drift(run=row)
    for number in range(59):
        make.drift(run=row, object_id=str(6000 + number), label=f"N{number}", kind="status", result="healed")

    page = integrator.get(reverse("admin:engine_reconcilerun_change", args=(row.pk,))).content.decode()

    assert reverse("admin:records_orderrecord_change", args=(record.pk,)) in page
    assert "Show all 60" in page
    assert ("Status differs: 59" in page, "Healed: 59" in page, "On its way: 1" in page) == (True, True, True)
