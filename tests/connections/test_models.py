"""Connections, routes, and the settings that a connector is opened with."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from connectors.contract.errors import Misconfigured
from connectors.contract.spec import Role
from integration_hub.connections import adapters
from integration_hub.connections.models import Connection, CrmConnection, Route, StoreConnection
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.flows.services import services_for


def store(name: str = "Shop", **fields: object) -> Connection:
    return Connection.objects.create(kind="woocommerce", role="store", name=name, **fields)


def crm(name: str = "CRM", **fields: object) -> Connection:
    return Connection.objects.create(kind="retailcrm", role="crm", name=name, **fields)


def faults_of(a_route: Route) -> str:
    with pytest.raises(ValidationError) as raised:
        a_route.full_clean()
    return " ".join(raised.value.messages)


@pytest.mark.django_db
def test_hook_tokens_are_long_and_never_the_same() -> None:
    tokens = {store(f"Shop {number}").hook_token for number in range(50)}

    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43


@pytest.mark.django_db
def test_pause_keeps_the_first_reason_and_resume_closes_the_breaker() -> None:
    connection = store()
    assert (connection.pause("The key is wrong."), connection.pause("Something else.")) == (True, False)
    assert (connection.is_paused, connection.paused_reason) == (True, "The key is wrong.")
    Connection.objects.update(breaker_failures=7, breaker_open_until=timezone.now())

    assert (connection.resume(), connection.resume()) == (True, False)

    connection.refresh_from_db()
    assert (connection.is_paused, connection.paused_reason) == (False, "")
    assert (connection.breaker_failures, connection.breaker_open_until) == (0, None)


@pytest.mark.django_db
def test_stores_and_crms_are_listed_apart() -> None:
    a_store, a_crm = store(), crm()

    assert [row.pk for row in StoreConnection.objects.all()] == [a_store.pk]
    assert [row.pk for row in CrmConnection.objects.all()] == [a_crm.pk]


@pytest.mark.django_db
def test_two_routes_to_one_crm_with_the_same_prefix_are_refused_in_words() -> None:
    target = crm()
    Route.objects.create(name="Shop", store=store(), crm=target)

    words = faults_of(Route(name="Outlet", store=store("Outlet"), crm=target))

    assert "Another route to this CRM uses the same prefix" in words
    Route(name="Outlet", store=store("Outlet 2"), crm=target, id_prefix="outlet-").full_clean()


@pytest.mark.django_db
def test_same_pair_twice_is_refused_in_words() -> None:
    shop, target = store(), crm()
    Route.objects.create(name="Shop", store=shop, crm=target)

    words = faults_of(Route(name="Again", store=shop, crm=target, id_prefix="b-"))

    assert "This store and this CRM are joined already." in words


@pytest.mark.django_db
def test_sides_in_the_wrong_role_and_half_a_window_are_refused_in_words() -> None:
    words = faults_of(Route(name="Odd", store=crm(), crm=store(), window_from=timezone.now().time()))

    assert "This connection is not a store." in words
    assert "This connection is not a CRM." in words
    assert "Give both ends of the daily window, or none." in words


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["a b", "a/b", "ж", "a;b"])
def test_prefix_is_made_of_plain_characters(prefix: str) -> None:
    assert "Letters, digits" in faults_of(Route(name="Odd", store=store(), crm=crm(), id_prefix=prefix))


@pytest.mark.django_db
@pytest.mark.parametrize("share", [0, 101])
def test_pilot_share_is_a_share(share: int) -> None:
    assert faults_of(Route(name="Odd", store=store(), crm=crm(), pilot_share=share))


@pytest.mark.parametrize(
    ("mode", "collects", "sends"),
    [("off", False, False), ("dry_run", True, False), ("pilot", True, True), ("live", True, True)],
)
def test_modes(mode: str, collects: bool, sends: bool) -> None:
    a_route = Route(mode=mode)

    assert (a_route.collects, a_route.sends) == (collects, sends)


@pytest.mark.django_db
def test_settings_come_with_the_connectors_defaults_and_the_secrets() -> None:
    connection = crm(settings={"address": "https://crm.example", "site": ""}, secrets={"api_key": "k"})

    values = adapters.values_of(connection)

    assert (values["address"], values["api_key"], values["transfer_number"]) == ("https://crm.example", "k", True)
    assert "site" not in values


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["woocommerce", "retailcrm"])
def test_connection_that_was_never_filled_in_says_what_is_missing(kind: str) -> None:
    connection = Connection.objects.create(kind=kind, role="store", name="Empty")

    with pytest.raises(Misconfigured) as raised:
        adapters.open_adapter(connection, services_for(connection, ExchangeLog(connection.pk)))

    assert raised.value.code == "settings_missing"
    assert "“Empty”" in raised.value.message
    required = [field.label for field in adapters.spec_of(connection).settings if field.required]
    assert all(label in raised.value.message for label in required)


def test_every_system_of_a_role_is_offered() -> None:
    assert {"woocommerce", "custom_cms"} <= {spec.kind for spec in adapters.specs(Role.STORE)}
    assert {"retailcrm"} <= {spec.kind for spec in adapters.specs(Role.CRM)}
