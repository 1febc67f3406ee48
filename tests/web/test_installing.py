"""Installed from a vendor's marketplace, over HTTP: what comes of it, and what strangers can do with its addresses."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.contract.installing import Installation
from connectors.retailcrm.installation import Installer
from connectors.retailcrm.sandbox import make
from connectors.retailcrm.sandbox.marketplace import connect, hand_over
from connectors.toolkit.sandbox import Sandbox
from integration_hub.connections.models import Connection
from integration_hub.engine.models import Cursor, Exchange
from integration_hub.flows import actions, installing, poll
from integration_hub.watch import probe_systems
from tests.contract.hostile import BODIES

SECRET = "secret-of-the-partner-account"
CODE = "integration-hub"
OFFER = "/install/retailcrm/"
REGISTER = "/install/retailcrm/register"

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with make(sites=("main",)) as sandbox:
        yield sandbox


@pytest.fixture
def application(settings: Any) -> None:
    settings.HUB_APPLICATIONS = {"retailcrm": (CODE, SECRET)}
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def hub(application: None, settings: Any, live_server: Any) -> str:
    settings.HUB_BASE_URL = live_server.url
    return str(live_server.url)


def modules(crm: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{crm.url}/__sandbox__/modules", timeout=5).json()
    return found


def total_calls(crm: Sandbox) -> int:
    return int(requests.get(f"{crm.url}/__sandbox__/state", timeout=5).json()["total_calls"])


def press(hub: str, crm: Sandbox, **key: Any) -> tuple[int, Any]:
    return connect(crm.url, hub + OFFER, SECRET, **key)


def test_the_button_opens_a_connection_that_only_waits_for_staff(hub: str, crm: Sandbox) -> None:
    status, body = press(hub, crm)

    connection = Connection.objects.get()
    page = f"{hub}/admin/connections/crmconnection/{connection.pk}/change/"
    assert (status, body) == (200, {"success": True, "accountUrl": page})
    host = crm.url.removeprefix("http://")
    assert (connection.name, connection.kind, connection.role) == (f"RetailCRM {host}", "retailcrm", "crm")
    assert connection.settings == {"address": crm.url, "site": "main"}
    assert connection.is_paused
    assert connection.paused_reason == f"Installed from {host}. Look at the settings before you resume it."
    (module,) = modules(crm)
    assert (module["active"], module["accountUrl"], module["baseUrl"]) == (True, page, hub)
    assert connection.hook_token not in json.dumps(module)
    assert actions.verify(connection).passed
    assert Cursor.objects.filter(connection=connection).exists()


def test_nothing_is_polled_before_staff_resume(hub: str, crm: Sandbox) -> None:
    press(hub, crm)
    calls = total_calls(crm)

    waiting = poll.send_due()
    Connection.objects.get().resume()
    resumed = poll.send_due()

    assert (waiting, total_calls(crm)) == (0, calls)
    assert resumed == 1


def test_what_was_installed_is_no_fault_that_wakes_somebody(hub: str, crm: Sandbox) -> None:
    press(hub, crm)

    assert list(probe_systems.refused_connections(timezone.now())) == []


def test_whoever_is_sent_to_the_page_has_to_sign_in(hub: str, crm: Sandbox, client: Client) -> None:
    _status, body = press(hub, crm)
    page = body["accountUrl"].removeprefix(hub)

    stranger = client.get(page)
    client.force_login(User.objects.create_superuser("ann"))
    staff = client.get(page)

    assert (stranger.status_code, stranger.headers["Location"]) == (302, f"{reverse('admin:login')}?next={page}")
    assert "Look at the settings before you resume it." in staff.content.decode()
    assert Connection.objects.get().secrets["api_key"] not in staff.content.decode()


def test_the_same_call_again_and_a_new_key_change_only_what_waits(hub: str, crm: Sandbox) -> None:
    press(hub, crm)
    first = Connection.objects.get()

    again = hand_over(hub + REGISTER, crm.url, first.secrets["api_key"], SECRET)
    status, _body = press(hub, crm)

    (connection,) = Connection.objects.all()
    assert (again[0], status) == (200, 200)
    assert connection.secrets["api_key"] != first.secrets["api_key"]
    assert len(modules(crm)) == 1


def test_a_connection_in_use_keeps_its_key_whoever_presses_the_button(hub: str, crm: Sandbox) -> None:
    press(hub, crm)
    used = Connection.objects.get()
    used.resume()
    key, calls = used.secrets["api_key"], total_calls(crm)

    same = hand_over(hub + REGISTER, crm.url, key, SECRET)
    assert total_calls(crm) == calls
    other, _body = press(hub, crm)

    used.refresh_from_db()
    assert (same, other) == ((200, {"success": True, "accountUrl": _page_of(hub, used)}), 200)
    assert (used.secrets["api_key"], used.is_paused) == (key, False)
    beside = Connection.objects.exclude(pk=used.pk).get()
    assert (beside.name, beside.is_paused) == (f"{used.name} 2", True)


def test_connection_that_staff_resume_meanwhile_keeps_its_key(
    hub: str, crm: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(hub, crm)
    waiting = Connection.objects.get()
    register: Callable[..., Any] = Installer.register

    def resumed_meanwhile(*arguments: Any) -> Any:
        waiting.resume()
        return register(*arguments)

    monkeypatch.setattr(Installer, "register", resumed_meanwhile)

    status, _body = press(hub, crm)

    now = Connection.objects.get()
    assert (status, now.is_paused, now.paused_reason) == (200, False, "")
    assert now.secrets == waiting.secrets


def _page_of(hub: str, connection: Connection) -> str:
    return f"{hub}/admin/connections/crmconnection/{connection.pk}/change/"


def test_a_site_that_is_not_certain_is_left_to_staff(hub: str) -> None:
    with make(sites=("main", "second")) as crm:
        status, _body = press(hub, crm)

        connection = Connection.objects.get()
        assert status == 200
        assert "site" not in connection.settings
        assert "Sites of the account: main, second. Enter one as site code." in connection.paused_reason
        assert not Cursor.objects.exists()


def test_a_key_of_another_account_never_reaches_the_connection(hub: str, crm: Sandbox) -> None:
    press(hub, crm)
    good = Connection.objects.get().secrets["api_key"]

    status, body = hand_over(hub + REGISTER, crm.url, "key-of-somebody-else", SECRET)

    connection = Connection.objects.get()
    assert (status, body["success"]) == (400, False)
    assert 'Wrong "apiKey" value' in body["errorMsg"]
    assert connection.secrets["api_key"] == good
    assert connection.paused_reason.startswith("The installation did not end: ")
    assert "key-of-somebody-else" not in connection.paused_reason
    assert Exchange.objects.filter(connection_id=connection.pk, status=403).exists()


def test_an_account_that_is_away_is_told_and_the_next_press_goes_on(hub: str, crm: Sandbox) -> None:
    requests.post(f"{crm.url}/__sandbox__/options", json={"account_exists": False}, timeout=5)
    refused, body = press(hub, crm)
    requests.post(f"{crm.url}/__sandbox__/options", json={"account_exists": True}, timeout=5)
    status, _body = press(hub, crm)

    assert (refused, body["success"], status) == (400, False, 200)
    assert Connection.objects.get().paused_reason.startswith("Installed from ")


def test_nobody_is_promised_a_second_try_that_the_hub_does_not_make(hub: str) -> None:
    status, body = hand_over(hub + REGISTER, "http://127.0.0.1:9", "sandbox-key", SECRET)

    assert (status, body["errorMsg"]) == (400, "127.0.0.1 cannot be reached.")
    assert Connection.objects.get().paused_reason == (
        "The installation did not end: 127.0.0.1 cannot be reached. "
        "Press the button there again, or delete this connection."
    )


def test_a_call_that_is_not_the_vendors_leaves_nothing(hub: str, crm: Sandbox) -> None:
    status, body = hand_over(hub + REGISTER, crm.url, "sandbox-key", "another secret")

    assert (status, body) == (401, {"success": False, "errorMsg": "This call is not accepted."})
    assert not Connection.objects.exists()
    assert modules(crm) == []


def test_an_address_outside_retailcrm_is_never_called(hub: str, crm: Sandbox, settings: Any) -> None:
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = []

    inside = hand_over(hub + REGISTER, crm.url, "sandbox-key", SECRET)
    outside = hand_over(hub + REGISTER, "https://crm.example.com", "sandbox-key", SECRET)

    assert (inside[0], outside[0]) == (400, 400)
    assert "is no RetailCRM account" in outside[1]["errorMsg"]
    assert modules(crm) == []
    assert Connection.objects.filter(settings__address="https://crm.example.com").count() == 0


def test_no_more_wait_than_somebody_can_look_at(hub: str, crm: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "MOST_WAITING", 1)
    press(hub, crm)

    with make(sites=("main",)) as another:
        status, body = press(hub, another)

    assert (status, body["success"]) == (400, False)
    assert "Resume or delete some in the hub first." in body["errorMsg"]
    assert Connection.objects.count() == 1


def test_two_calls_at_once_make_one_connection(
    application: None, crm: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = installing.marketplace_of("retailcrm")
    assert market is not None
    wish = Installation("shop.retailcrm.ru", {"address": crm.url, "api_key": "key"})

    first, second = (installing._new(market.spec, wish) for _ in range(2))

    assert first.pk == second.pk
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_hostile_bodies_are_refused(application: None, client: Client, body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"):
        answer = client.post(REGISTER, body, content_type=kind)

        assert (answer.status_code, answer.json()["success"]) == (401 if len(body) <= 16 * 1024 else 413, False)
    assert not Connection.objects.exists()


def test_the_database_being_away_is_told_so(
    application: None, client: Client, crm: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_anything: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr("integration_hub.web.installing.install", away)

    answer = client.post(REGISTER, {"register": "{}"})

    assert (answer.status_code, answer.json()["success"]) == (503, False)


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head"])
def test_without_an_application_there_is_no_such_address(client: Client, method: str) -> None:
    for kind in ("retailcrm", "woocommerce", "nonsense", "%00"):
        assert getattr(client, method)(f"/install/{kind}/").status_code == 404
        assert getattr(client, method)(f"/install/{kind}/register").status_code == 404


def test_other_methods_are_refused(application: None, client: Client) -> None:
    assert client.put(OFFER).status_code == 405
    assert client.get(REGISTER).status_code == 405
    assert client.post(OFFER).json() == client.get(OFFER).json()
    assert client.get("/install/woocommerce/").status_code == 404
