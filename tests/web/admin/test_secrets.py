"""A secret goes into the hub and never comes out on a page, except on the one that is asked for by a button."""

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.connections.models import Connection
from tests.web import factories as make

pytestmark = pytest.mark.django_db

SECRETS = (make.CONSUMER_SECRET, make.WEBHOOK_SECRET, make.API_KEY)
WOO = {
    "name": "New shop",
    "setting_site": "https://new.example",
    "setting_consumer_key": "ck_new",
    "setting_consumer_secret": "cs_new",
    "setting_per_page": "100",
    "setting_timeout_seconds": "60",
}


@pytest.fixture
def integrator(client: Client) -> Client:
    client.force_login(make.staff("integrator"))
    return client


def form_of(client: Client, url: str, **values: str) -> dict[str, str]:
    """What a browser would post from that page: every field's initial value, then the given ones."""
    form = client.get(url).context["adminform"].form
    filled = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        value = field.prepare_value(value)
        if value not in (None, False):
            filled[name] = str(value)
    return {**filled, **values}


@pytest.mark.parametrize("role", ["viewer", "operator", "integrator", "administrator"])
def test_no_page_of_a_connection_holds_its_secrets(client: Client, role: str) -> None:
    route = make.route()
    client.force_login(make.staff(role))

    pages = [
        client.get(reverse(name, args=args)).content.decode()
        for name, args in (
            ("admin:connections_storeconnection_changelist", ()),
            ("admin:connections_storeconnection_change", (route.store_id,)),
            ("admin:connections_storeconnection_history", (route.store_id,)),
            ("admin:connections_crmconnection_change", (route.crm_id,)),
            ("admin:connections_crmconnection_history", (route.crm_id,)),
        )
    ]

    assert [secret for secret in SECRETS for page in pages if secret in page] == []


def test_empty_secret_field_keeps_what_is_stored(integrator: Client) -> None:
    store = make.store(secrets={"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "w_1"})
    url = reverse("admin:connections_storeconnection_change", args=(store.pk,))

    answer = integrator.post(url, form_of(integrator, url, name="Renamed"))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    kept = Connection.objects.get(pk=store.pk)
    assert kept.name == "Renamed"
    assert kept.secrets == {"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "w_1"}


def test_filled_secret_field_replaces_it_and_asks_for_a_new_verification(integrator: Client) -> None:
    store = make.store(secrets={"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "w_1"})
    url = reverse("admin:connections_storeconnection_change", args=(store.pk,))

    integrator.post(url, form_of(integrator, url, setting_consumer_secret="cs_2"))

    kept = Connection.objects.get(pk=store.pk)
    assert kept.secrets["consumer_secret"] == "cs_2"
    assert kept.secrets["consumer_key"] == "ck_1"
    assert kept.verified_at is None


def test_optional_secret_is_removed_by_its_box(integrator: Client) -> None:
    crm = make.crm(secrets={"api_key": "k", "trigger_secret": "t"})
    url = reverse("admin:connections_crmconnection_change", args=(crm.pk,))

    integrator.post(url, form_of(integrator, url, clear_trigger_secret="on"))

    assert Connection.objects.get(pk=crm.pk).secrets == {"api_key": "k"}


def test_saving_a_form_does_not_undo_a_pause_that_came_meanwhile(integrator: Client) -> None:
    store = make.store(secrets={"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "w_1"})
    url = reverse("admin:connections_storeconnection_change", args=(store.pk,))
    posted = form_of(integrator, url, name="Renamed")
    store.pause("The key was refused.")

    integrator.post(url, posted)

    kept = Connection.objects.get(pk=store.pk)
    assert kept.name == "Renamed"
    assert kept.paused_reason == "The key was refused."


def test_new_connection_gets_a_webhook_secret_and_a_line_in_its_history(integrator: Client) -> None:
    url = reverse("admin:connections_storeconnection_add") + "?kind=woocommerce"

    answer = integrator.post(url, form_of(integrator, url, **WOO))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    made = Connection.objects.get()
    assert (made.kind, made.role, made.settings["site"]) == ("woocommerce", "store", "https://new.example")
    assert made.secrets["consumer_key"] == "ck_new"
    assert len(made.secrets["webhook_secret"]) == 48
    assert "previous_webhook_secret" not in made.secrets
    assert [line.history_user.username for line in made.history.all()] == ["integrator"]


def test_required_secret_is_asked_for_on_a_new_connection(integrator: Client) -> None:
    url = reverse("admin:connections_storeconnection_add") + "?kind=woocommerce"

    answer = integrator.post(url, {**form_of(integrator, url, **WOO), "setting_consumer_secret": ""})

    assert list(answer.context["adminform"].form.errors) == ["setting_consumer_secret"]
    assert not Connection.objects.exists()


def test_new_shop_of_ones_own_gets_a_signing_secret_in_the_published_form(integrator: Client) -> None:
    url = reverse("admin:connections_storeconnection_add") + "?kind=custom_cms"

    integrator.post(url, form_of(integrator, url, name="Own shop"))

    assert Connection.objects.get().secrets["signing_secret"].startswith("whsec_")


def test_choosing_a_system_comes_first_and_offers_only_stores(integrator: Client) -> None:
    page = integrator.get(reverse("admin:connections_storeconnection_add")).content.decode()

    assert "?kind=woocommerce" in page
    assert "?kind=retailcrm" not in page


def test_shared_secret_is_shown_by_its_button_only_and_leaves_a_trace(integrator: Client) -> None:
    store = make.store()
    url = reverse("admin:connections_storeconnection_press", args=(store.pk, "shared-secret"))

    answer = integrator.post(url)

    assert make.WEBHOOK_SECRET in answer.content.decode()
    assert make.CONSUMER_SECRET not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    history = integrator.get(reverse("admin:connections_storeconnection_history", args=(store.pk,)))
    assert make.WEBHOOK_SECRET not in history.content.decode()


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_shared_secret_is_refused_to_who_may_not_edit(client: Client, role: str) -> None:
    store = make.store()
    client.force_login(make.staff(role))

    answer = client.post(reverse("admin:connections_storeconnection_press", args=(store.pk, "shared-secret")))

    assert answer.status_code == 403
    assert make.WEBHOOK_SECRET not in answer.content.decode()
