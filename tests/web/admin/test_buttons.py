"""What the buttons and list actions do, who may press them, and what they say when a row has moved on meanwhile."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from integration_hub.connections.models import Connection
from integration_hub.engine.models import Backfill, InboxEvent, Lane, OutboxItem
from tests.web import factories as make

pytestmark = pytest.mark.django_db


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def press(client: Client, name: str, pk: int, button: str) -> Any:
    return client.post(reverse(f"admin:{name}_press", args=(pk, button)))


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make.staff("operator"))
    return client


# --- who may ---------------------------------------------------------------------------------------------------------

EVERYBODY = ("viewer", "operator", "integrator", "administrator")
BUTTONS = (
    ("engine_outboxitem", "send-again", lambda: make.item(state="dead"), EVERYBODY[1:]),
    ("engine_outboxitem", "cancel", lambda: make.item(state="dead"), EVERYBODY[1:]),
    ("engine_inboxevent", "replay", lambda: make.event(state="failed"), EVERYBODY[1:]),
    ("engine_lane", "pause", make.lane, EVERYBODY[1:]),
    ("engine_lane", "resume", lambda: make.lane(paused_at="2026-11-20T10:00Z"), EVERYBODY[1:]),
    ("engine_backfill", "pause", make.backfill, EVERYBODY[1:]),
    ("records_orderrecord", "send-again", lambda: make.record(connection=make.route().store), EVERYBODY[1:]),
    ("records_orderrecord", "read-again", lambda: make.record(connection=make.route().store), EVERYBODY[1:]),
    ("connections_storeconnection", "pause", make.store, EVERYBODY[2:]),
    ("connections_crmconnection", "pause", make.crm, EVERYBODY[2:]),
)


@pytest.mark.any_database
@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize(("name", "button", "row", "allowed"), BUTTONS)
def test_button_is_shown_to_and_obeys_only_who_may(
    client: Client, name: str, button: str, row: Any, allowed: tuple[str, ...], role: str
) -> None:
    client.force_login(make.staff(role))
    pk = row().pk

    page = client.get(reverse(f"admin:{name}_change", args=(pk,))).content.decode()
    answer = press(client, name, pk, button)

    assert (f"/press/{button}/" in page) is (role in allowed)
    assert answer.status_code == (302 if role in allowed else 403)


def test_button_is_no_link_that_another_site_could_follow(operator: Client) -> None:
    item = make.item(state="dead")

    answer = operator.get(reverse("admin:engine_outboxitem_press", args=(item.pk, "send-again")))

    assert answer.status_code == 405
    assert OutboxItem.objects.get().state == "dead"


def test_button_needs_the_token_of_the_page() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.staff("operator"))
    item = make.item(state="dead")

    answer = press(client, "engine_outboxitem", item.pk, "send-again")

    assert answer.status_code == 403
    assert OutboxItem.objects.get().state == "dead"


def test_way_back_leads_to_no_other_site(operator: Client) -> None:
    item = make.item(state="dead")
    url = reverse("admin:engine_outboxitem_press", args=(item.pk, "send-again"))

    answer = operator.post(url, {"next": "https://evil.example/"})

    assert answer.headers["Location"] == reverse("admin:engine_outboxitem_change", args=(item.pk,))


@pytest.mark.parametrize(
    "name", ["engine_outboxitem", "engine_attempt", "engine_inboxevent", "engine_lane", "records_orderrecord"]
)
def test_log_rows_can_be_neither_added_nor_deleted_even_by_a_superuser(client: Client, name: str) -> None:
    client.force_login(make.staff(superuser=True))
    row = make.order_story(make.route())

    added = client.get(reverse(f"admin:{name}_add"))
    deleted = client.post(reverse(f"admin:{name}_delete", args=(row.pk,)), {"post": "yes"})

    assert (added.status_code, deleted.status_code) in {(403, 403), (403, 302)}
    assert OutboxItem.objects.count() == 2


def test_viewer_cannot_save_a_connection(client: Client) -> None:
    store = make.store(name="Shop")
    client.force_login(make.staff("viewer"))

    answer = client.post(reverse("admin:connections_storeconnection_change", args=(store.pk,)), {"name": "Mine"})

    assert answer.status_code == 403
    assert Connection.objects.get().name == "Shop"


# --- what they do ----------------------------------------------------------------------------------------------------


def test_dead_letter_is_sent_again_at_once(operator: Client) -> None:
    item = make.item(state="dead", tries=3, reason="Refused")

    answer = press(operator, "engine_outboxitem", item.pk, "send-again")

    item.refresh_from_db()
    assert (item.state, item.tries, item.trigger) == ("waiting", 0, "by hand: operator")
    assert said(answer) == ["Sent again: the next try begins at once."]
    assert OrmQ.objects.count() == 1


def test_item_that_was_delivered_meanwhile_is_left_alone_and_staff_are_told(operator: Client) -> None:
    item = make.item(state="done")

    answer = press(operator, "engine_outboxitem", item.pk, "send-again")

    item.refresh_from_db()
    assert item.state == "done"
    assert said(answer) == ["It has moved on meanwhile: it is being sent, or was delivered."]


def test_many_are_sent_again_and_those_that_moved_on_are_counted(operator: Client) -> None:
    route = make.route()
    dead = [make.item(route=route, state="dead") for _number in range(3)]
    moved = make.item(route=route, state="in_flight")

    answer = operator.post(
        reverse("admin:engine_outboxitem_changelist"),
        {"action": "send_again", "_selected_action": [item.pk for item in (*dead, moved)]},
    )

    assert said(answer) == ["3 sent again. 1 had moved on meanwhile."]
    assert OutboxItem.objects.filter(state="waiting").count() == 3
    assert OutboxItem.objects.get(pk=moved.pk).state == "in_flight"


def test_cancelled_item_stays_in_the_log_with_the_name_of_who_did_it(operator: Client) -> None:
    item = make.item(state="parked", blocked_on="to_crm:delivery:x")

    press(operator, "engine_outboxitem", item.pk, "cancel")

    item.refresh_from_db()
    assert (item.state, item.reason) == ("cancelled", "Cancelled by operator.")


def test_viewer_is_offered_no_list_action(client: Client) -> None:
    item = make.item(state="dead")
    client.force_login(make.staff("viewer"))

    client.post(reverse("admin:engine_outboxitem_changelist"), {"action": "send_again", "_selected_action": [item.pk]})

    assert OutboxItem.objects.get().state == "dead"


def test_failed_event_is_read_again(operator: Client) -> None:
    event = make.event(state="failed", tries=8, reason="The shop did not answer.")

    answer = press(operator, "engine_inboxevent", event.pk, "replay")

    event.refresh_from_db()
    assert (event.state, event.tries, event.reason) == (InboxEvent.State.NEW, 0, "")
    assert said(answer) == ["The event is read again in a moment."]


def test_lane_is_paused_and_resumed(operator: Client) -> None:
    lane = make.lane()

    press(operator, "engine_lane", lane.pk, "pause")
    paused = Lane.objects.get(pk=lane.pk)
    press(operator, "engine_lane", lane.pk, "resume")

    assert paused.paused_reason == "Paused by operator."
    assert Lane.objects.get(pk=lane.pk).paused_at is None


def test_connection_is_resumed_from_the_dashboard_and_leads_back_there(client: Client) -> None:
    client.force_login(make.staff("integrator"))
    crm = make.crm()
    crm.pause("The key was refused.")
    url = reverse("admin:connections_crmconnection_press", args=(crm.pk, "resume"))
    dashboard = client.get("/admin/").content.decode()

    answer = client.post(url, {"next": "/admin/"})

    assert url in dashboard
    assert "The key was refused." in dashboard
    assert answer.headers["Location"] == "/admin/"
    assert not Connection.objects.get(pk=crm.pk).is_paused


def test_backfill_is_started_by_the_form_and_named_after_who_did_it(client: Client) -> None:
    client.force_login(make.staff("integrator"))
    route = make.route()

    answer = client.post(
        reverse("admin:engine_backfill_add"),
        {"route": route.pk, "flow": "orders", "since_0": "2026-10-01", "since_1": "00:00:00", "ids": ""},
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    backfill = Backfill.objects.get()
    assert (backfill.state, str(backfill.started_by)) == ("running", "integrator")


def test_backfill_without_a_range_is_not_started(client: Client) -> None:
    client.force_login(make.staff("integrator"))
    route = make.route()

    answer = client.post(reverse("admin:engine_backfill_add"), {"route": route.pk, "flow": "orders", "ids": ""})

    assert list(answer.context["adminform"].form.errors) == ["since"]
    assert not Backfill.objects.exists()


def test_second_store_of_a_crm_gets_a_prefix_of_its_own(client: Client) -> None:
    client.force_login(make.staff("integrator"))
    first = make.route()
    second = make.store(name="Tools outlet")

    answer = client.post(
        reverse("admin:connections_route_add"),
        {
            "name": "Second",
            "store": second.pk,
            "crm": first.crm_id,
            "mode": "dry_run",
            "pilot_share": "10",
            "sync_orders": "on",
            "status_flow": "both",
            "status_owner": "crm",
            "start_at_0": "2026-11-21",
            "start_at_1": "10:00:00",
            "id_prefix": "",
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert second.routes_out.get().id_prefix == "TOOLSO-"
