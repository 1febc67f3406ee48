"""Statuses, discovery and customers of the sandbox shop."""

from typing import Any

from .conftest import Client


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- Dictionaries -----------------------------------------------------------------------------------------------------


def test_the_statuses_are_public_and_hold_the_shops_own(client: Client) -> None:
    client.auth = None

    slugs = [status["slug"] for status in client.get("/orders/statuses").json()]

    assert slugs[-2:] == ["en-camino", "checkout-draft"]


def test_the_statuses_stand_in_the_schema_and_in_the_totals_too(client: Client) -> None:
    client.ordered(status="en-camino")

    enum = client.call("OPTIONS", "/orders").json()["schema"]["properties"]["status"]["enum"]
    totals = {row["slug"]: row["total"] for row in client.get("/reports/orders/totals").json()}

    assert enum[0] == "auto-draft"
    assert set(enum[1:]) == set(totals)
    assert totals["en-camino"] == 1


def test_an_unknown_path_is_told_in_the_words_of_the_shop(client: Client) -> None:
    assert error(client.get("/webhooks/1/deliveries")) == (404, "rest_no_route")


def test_discovery_tells_namespaces_and_time_zone(client: Client) -> None:
    site = client.session.get(f"{client.box.url}/wp-json/", timeout=5).json()

    assert "wc/v3" in site["namespaces"]
    assert (site["timezone_string"], site["gmt_offset"], site["url"]) == ("Europe/Madrid", 1, client.box.url)


# --- Customers --------------------------------------------------------------------------------------------------------


def test_customers_are_listed_by_role_and_email_and_modified_after_is_ignored(client: Client) -> None:
    created = client.post("/customers", {"email": "ana@example.test", "billing": {"city": "Madrid"}})

    assert (created.status_code, created.json()["billing"]["city"]) == (201, "Madrid")
    assert [one["email"] for one in client.get("/customers").json()] == ["ana@example.test"]
    assert len(client.get("/customers", role="all").json()) == 2
    assert len(client.get("/customers", email="ANA@example.test").json()) == 1
    assert client.get("/customers", email="guest@example.test").json() == []
    assert len(client.get("/customers", modified_after="2030-01-01T00:00:00").json()) == 1
    assert [one["id"] for one in client.get("/customers", orderby="id", order="desc", role="all").json()] == [2, 1]


def test_an_email_can_have_one_account_only(client: Client) -> None:
    client.post("/customers", {"email": "ana@example.test"})

    assert error(client.post("/customers", {"email": "ana@example.test"})) == (400, "registration-error-email-exists")
    assert error(client.post("/customers", {})) == (400, "rest_missing_callback_param")


def test_the_orders_of_a_deleted_account_become_those_of_a_guest(client: Client) -> None:
    number = client.post("/customers", {"email": "ana@example.test"}).json()["id"]
    client.ordered(customer_id=number)

    kept = client.delete(f"/customers/{number}")
    gone = client.delete(f"/customers/{number}", force="true")

    assert error(kept) == (501, "woocommerce_rest_trash_not_supported")
    assert gone.status_code == 200
    assert client.get("/orders/1001").json()["customer_id"] == 0
    assert error(client.get(f"/customers/{number}")) == (404, "woocommerce_rest_invalid_id")
    assert error(client.put(f"/customers/{number}", {})) == (400, "woocommerce_rest_invalid_id")
