"""A real Chromium against Django's live server: only loopback, no sleeping, one context per test."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright._impl._api_structures import SetCookieParam  # which the public module does not name
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.web import factories as make

WIDE = (1280, 900)
NARROW = (390, 844)

ARGS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1")
"""No host but our own is found. Holding each request up to look at it would do so, too, but then nothing is cached."""

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for these tests; closed before this worker runs any others.

    Playwright's driver runs an event loop in this thread, which Django takes for asynchronous code while it lives.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=chromium, args=ARGS)
            yield started
            started.close()


@pytest.fixture
def sign_in(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """``sign_in("operator", size=NARROW)`` is a page that shows the dashboard to such a person.
    With ``is_typed`` name and password are typed in, which loads two pages more.

    The test fails when the browser reports an error or a refused resource, or asks another host for anything.
    """
    contexts = []
    problems: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            problems.append(f"asked for {request.url}")

    def open_page(role: str, *, size: tuple[int, int] = WIDE, is_typed: bool = False) -> Page:
        person = make.staff(role)
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("request", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if is_complaint(said) else None)
        if not is_typed:
            context.add_cookies([session_of(person, live_server.url)])
        page.goto(f"{live_server.url}/admin/")
        if is_typed:
            page.get_by_label("Username").fill(role)
            page.get_by_label("Password").fill("secret-pass-1")
            page.keyboard.press("Enter")
            page.wait_for_url(f"{live_server.url}/admin/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def session_of(person: Any, url: str) -> SetCookieParam:
    """The cookie of somebody who has signed in."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def is_complaint(said: Any) -> bool:
    """An error of ours: the browser asks for /favicon.ico of its own accord, and a hub has none."""
    return said.type == "error" and "favicon" not in str(said.location.get("url", ""))
