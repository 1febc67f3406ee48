"""The page that describes the push API is readable in a browser, under the policy of all pages."""

from typing import Any

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.no_cover, pytest.mark.django_db(transaction=True)]


def test_the_page_shows_in_a_browser_under_the_policy_of_all_pages(live_server: Any, browser: Browser) -> None:
    complaints: list[str] = []
    outside: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("request", lambda call: outside.append(call.url) if not call.url.startswith(live_server.url) else None)

    answer = page.goto(f"{live_server.url}/api/docs/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    page.get_by_text("Orders: one, or up to 500").click()
    page.get_by_text("Nothing of the body was stored").or_(page.get_by_text("Stored.")).first.wait_for()
    shown = page.inner_text("body")
    context.close()

    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert "webhook-signature" in shown
    assert "/api/v1/push/{token}/orders" in shown
    assert [url for url in outside if not url.startswith("data:")] == []
    assert complaints == []
