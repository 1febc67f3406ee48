"""Who the RetailCRM stand-in lets in, and the form in which it wants to be asked."""

import pytest

from .client import Crm, order, refusal


@pytest.mark.parametrize(("key", "message"), [("", '"apiKey" is missing.'), ("other", 'Wrong "apiKey" value.')])
def test_a_call_without_a_known_key_is_refused(crm: Crm, key: str, message: str) -> None:
    crm.key = key

    assert refusal(crm.post("orders/create", order=order())) == (403, message)
    assert crm.state()["orders"] == 0


def test_the_key_may_travel_in_query_or_form(crm: Crm) -> None:
    crm.key = ""

    assert crm.get("orders", apiKey="sandbox-key").status_code == 200
    assert crm.post("orders/create", order=order(), apiKey="sandbox-key").status_code == 201


def test_a_key_without_the_scope_is_denied(crm: Crm) -> None:
    crm.desk("keys", {"key": "reader", "scopes": ["order_read"]})
    crm.key = "reader"

    assert crm.get("orders").status_code == 200
    assert refusal(crm.post("orders/create", order=order())) == (403, "Access denied.")
    assert crm.state()["orders"] == 0


def test_credentials_tell_scopes_and_sites_of_a_selective_key(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "scopes": ["order_read"], "sites": ["second"]})

    full = crm.call("GET", "/api/credentials").json()
    crm.key = "narrow"
    narrow = crm.call("GET", "/api/credentials").json()

    assert full["siteAccess"] == "access_full"
    assert "sitesAvailable" not in full
    assert (narrow["siteAccess"], narrow["sitesAvailable"], narrow["scopes"]) == (
        "access_selective",
        ["second"],
        ["order_read"],
    )


def test_site_must_be_named_when_the_key_reaches_several(crm: Crm) -> None:
    assert refusal(crm.post("orders/create", site="", order=order())) == (400, "Parameter 'site' is missing")
    assert refusal(crm.get("orders/1001")) == (400, "Parameter 'site' is missing")


def test_site_may_be_left_out_when_the_key_reaches_one(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    assert crm.post("orders/create", site="", order=order()).json()["order"]["site"] == "second"


def test_an_unknown_site_and_one_out_of_reach_are_refused(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    unknown = crm.post("orders/create", site="third", order=order())
    beyond = crm.post("orders/create", site="main", order=order())

    assert unknown.json()["errors"] == {"site": '"Site" with "code"="third" does not exist.'}
    assert refusal(beyond) == (403, "Access denied.")
    assert crm.state()["orders"] == 0


def test_a_selective_key_does_not_see_the_other_sites(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    assert crm.get("orders").json()["orders"] == []
    assert crm.get("orders/history").json()["history"] == []
    assert crm.get("orders/5001", by="id").status_code == 404
    assert list(crm.get("reference/sites").json()["sites"]) == ["second"]


def test_unknown_methods_are_told(crm: Crm) -> None:
    assert refusal(crm.get("nonsense")) == (404, "API method not found")
    assert refusal(crm.get("reference/nonsense")) == (404, "API method not found")


def test_a_gone_account_answers_posts_with_an_html_page(crm: Crm) -> None:
    crm.desk("options", {"account_exists": False})

    answer = crm.post("orders/create", order=order())

    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert refusal(crm.get("orders")) == (404, "Account does not exist.")


def test_a_json_body_is_not_read(crm: Crm) -> None:
    answer = crm.call("POST", "/api/v5/orders/create", json={"site": "main", "order": order()})

    assert refusal(answer) == (400, "Parameter 'site' is missing")
    assert crm.state()["orders"] == 0


def test_a_structured_parameter_must_be_a_json_text_of_the_right_kind(crm: Crm) -> None:
    for sent in ("no json", "[]", '"text"'):
        answer = crm.post("orders/create", order=sent)

        assert answer.json()["errors"] == {"order": "This value is not valid."}
    assert refusal(crm.post("orders/create")) == (400, "Parameter 'order' is missing")
    assert crm.state()["orders"] == 0


@pytest.mark.parametrize("limit", ["20", "50", "100"])
def test_three_page_sizes_are_allowed(crm: Crm, limit: str) -> None:
    assert crm.get("orders", limit=limit).json()["pagination"]["limit"] == int(limit)


@pytest.mark.parametrize("params", [{"limit": "30"}, {"limit": "x"}, {"page": "0"}, {"filter[nonsense]": "1"}])
def test_other_page_sizes_and_unknown_filters_are_refused(crm: Crm, params: dict[str, str]) -> None:
    assert refusal(crm.get("orders", **params)) == (400, "Errors in the input parameters")


def test_pages_cover_all_rows_once(crm: Crm) -> None:
    crm.post("orders/upload", orders=[order(str(number)) for number in range(45)])

    pages = [crm.get("orders", limit=20, page=page).json() for page in (1, 2, 3, 4)]

    assert pages[0]["pagination"] == {"limit": 20, "totalCount": 45, "currentPage": 1, "totalPageCount": 3}
    assert [len(page["orders"]) for page in pages] == [20, 20, 5, 0]
    assert len({row["id"] for page in pages for row in page["orders"]}) == 45


def test_the_vendors_rate_limit_is_ten_a_second_for_each_key(crm: Crm) -> None:
    crm.desk("keys", {"key": "other"})
    crm.desk("faults", {"rate_limit": "vendor"})

    answers = [crm.get("orders").status_code for _ in range(10)]
    eleventh = crm.get("orders")
    crm.key = "other"

    assert answers == [200] * 10
    assert refusal(eleventh) == (503, "Rate limit exceeded")
    assert crm.get("orders").status_code == 200


def test_the_rate_limit_may_answer_with_html(crm: Crm) -> None:
    crm.desk("options", {"rate_limit_body": "html"})
    crm.desk("faults", {"rate_limit": "vendor"})

    answers = [crm.get("orders") for _ in range(11)]

    assert (answers[-1].status_code, answers[-1].text[:6]) == (503, "<html>")
