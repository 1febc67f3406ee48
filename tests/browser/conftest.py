"""A real Chromium against Django's live server: only loopback, no sleeping, one context per test."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.web import factories as make

WIDE = (1280, 900)
NARROW = (390, 844)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for these tests; closed before this worker runs any others.

    Playwright's driver runs an event loop in this thread, which Django takes for asynchronous code while it lives.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            yield started
            started.close()


@pytest.fixture
def sign_in(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """``sign_in("operator", size=NARROW, scheme="dark")`` is a page that shows the dashboard to such a person.

    The test fails when the browser reports an error or a refused resource, or asks another host for anything.
    """
    contexts = []
    problems: list[str] = []

    def keep_local(route: Route) -> None:
        if route.request.url.startswith(live_server.url):
            route.continue_()
        else:
            problems.append(f"asked for {route.request.url}")
            route.abort()

    def open_page(role: str, *, size: tuple[int, int] = WIDE, scheme: Any = "light") -> Page:
        make.staff(role)
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", keep_local)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if is_complaint(said) else None)
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill("secret-pass-1")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{live_server.url}/admin/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def is_complaint(said: Any) -> bool:
    """An error of ours: the browser asks for /favicon.ico of its own accord, and a hub has none."""
    return said.type == "error" and "favicon" not in str(said.location.get("url", ""))
