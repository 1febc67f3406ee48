"""The buttons of a connection's page, against a connector without a network."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors import registry
from connectors.contract.capabilities import Adapter
from integration_hub.connections.models import Connection
from integration_hub.web.admin.connection_buttons import ABILITIES
from mappings.models import BookEntry
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fake_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.CONNECTORS, "fake", "tests.web.admin.fake_connector")


@pytest.fixture
def integrator(client: Client) -> Client:
    client.force_login(make.staff("integrator"))
    return client


def fake(key: str) -> Connection:
    return make.store(kind="fake", settings={}, secrets={"api_key": key}, verified_at=None)


def press(client: Client, store: Connection, button: str) -> list[str]:
    answer = client.post(reverse("admin:connections_storeconnection_press", args=(store.pk, button)))
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def page_of(client: Client, store: Connection) -> Any:
    return client.get(reverse("admin:connections_storeconnection_change", args=(store.pk,)))


def test_verification_that_passes_makes_the_connection_active(integrator: Client) -> None:
    store = fake("all")

    said = press(integrator, store, "verify")

    assert said == ["Verified: Fake account, everything the hub needs is there."]
    assert page_of(integrator, store).context["connection_state"] == "active"


def test_missing_right_is_listed_first_with_its_cure(integrator: Client) -> None:
    store = fake("some")

    said = press(integrator, store, "verify")

    assert said == ["Verified, but something is missing: Write orders. The cures are below."]
    page = page_of(integrator, store)
    assert [check["name"] for check in page.context["checks"]] == ["Write orders", "Read orders"]
    assert "Tick it." in page.content.decode()


def test_refused_key_is_told_in_the_connectors_words(integrator: Client) -> None:
    store = fake("wrong")

    said = press(integrator, store, "verify")

    assert said == ["The key is refused. Make a new one under Settings."]
    assert Connection.objects.get().verified_at is None


@pytest.mark.parametrize(
    ("language", "told"), [("en", "fake.example cannot be reached."), ("ru", "fake.example недоступен.")]
)
def test_button_promises_no_second_try_and_says_so_in_the_readers_language(
    integrator: Client, language: str, told: str
) -> None:
    integrator.cookies["django_language"] = language

    assert press(integrator, fake("away"), "verify") == [told]


def test_code_books_are_pulled(integrator: Client) -> None:
    store = fake("all")

    said = press(integrator, store, "pull-codes")

    assert said == ["2 codes pulled."]
    assert sorted(BookEntry.objects.values_list("code", flat=True)) == ["done", "new"]


def test_state_of_webhooks_is_shown_and_then_repaired(integrator: Client) -> None:
    store = fake("all")

    checked = press(integrator, store, "check-webhooks")
    shown = page_of(integrator, store).context["webhooks"]
    repaired = press(integrator, store, "ensure-webhooks")

    assert checked == ["1 of 2 webhooks point at this hub and are switched on."]
    assert [(row["topic"], row["state"]) for row in shown.rows] == [("order", "active"), ("customer", "disabled")]
    assert repaired == ["2 of 2 webhooks point at this hub and are switched on."]


def test_button_of_a_missing_capability_is_not_shown(integrator: Client) -> None:
    page = page_of(integrator, fake("all")).content.decode()

    assert "/press/verify/" in page
    assert "/press/poll-now/" not in page


def test_secret_in_a_careless_set_up_step_is_masked(integrator: Client) -> None:
    page = page_of(integrator, fake("key-that-must-not-show")).content.decode()

    assert "A step that names the key." in page
    assert "key-that-must-not-show" not in page


def test_palette_finds_an_order_for_who_may_see_it(client: Client) -> None:
    make.record(number="4711", name="Erika Muster", connection=make.route().store)
    client.force_login(make.staff("viewer"))

    found = client.get(reverse("admin:search"), {"s": "4711", "extended": "1"}).content.decode()

    assert "Order 4711 (Erika Muster)" in found


@pytest.mark.parametrize(("kind", "role", "is_asked"), [("woocommerce", "store", True), ("retailcrm", "crm", False)])
def test_repair_of_webhooks_is_asked_where_the_hub_makes_them_and_kept_elsewhere(
    client: Client, kind: str, role: str, *, is_asked: bool
) -> None:
    """A switch that is not on the page comes back as off, which must not be taken for somebody's wish."""
    client.force_login(make.staff("integrator"))
    row = (make.store if role == "store" else make.crm)()
    url = reverse(f"admin:connections_{role}connection_change", args=(row.pk,))
    form = client.get(url).context["adminform"].form
    posted = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    posted = {name: value for name, value in posted.items() if not isinstance(value, bool | list)}

    answer = client.post(url, {**posted, "name": "Renamed", "setting_consumer_key": "ck_1"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert ("repairs_webhooks" in form.fields, row.name) == (is_asked, "Renamed")
    assert row.repairs_webhooks is (not is_asked)


def test_every_capability_of_the_contract_has_words() -> None:
    assert set(Adapter.__dataclass_fields__) - ABILITIES.keys() == set()
