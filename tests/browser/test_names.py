"""Whoever hears a page is told what each box, link and button is for."""

import pytest
from playwright.sync_api import expect

from tests.web import factories as make

from .conftest import NARROW, WIDE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_cover, pytest.mark.django_db(transaction=True)]

NAMELESS = """() => {
  const words = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll('.material-symbols-outlined, [aria-hidden="true"]').forEach((one) => one.remove());
    const said = [...copy.querySelectorAll('[alt], [title], [aria-label]')];
    return copy.textContent.trim() || said.some((one) => one.getAttribute('aria-label') || one.alt || one.title);
  };
  const text = (id) => document.getElementById(id)?.textContent.trim();
  const named = (node) => node.getAttribute('aria-label') || node.title
    || (node.getAttribute('aria-labelledby') || '').split(' ').some(text)
    || [...(node.labels || [])].some(words)
    || (node.matches('a, button, summary, [role]') && words(node))
    || (node.matches('input[type=submit], input[type=button]') && node.value);
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]';
  return [...document.querySelectorAll(controls)]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest('[aria-hidden="true"]'))
    .filter((node) => !named(node))
    .map((node) => node.outerHTML.replace(/\\s+/g, ' ').slice(0, 160));
}"""
"""Neither the text of a placeholder nor the ligature of an icon is a name."""

PATHS = (
    "/admin/records/orderrecord/",
    "/admin/engine/outboxitem/?state__exact=dead",
    "/admin/connections/storeconnection/add/?kind=woocommerce",
    "/admin/mappings/coderule/",
)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_everything_that_is_typed_into_or_pressed_has_a_name(sign_in: OpenPage, size: tuple[int, int]) -> None:
    route = make.route(name="Shop to CRM")
    order = make.order_story(route)
    make.item(route=route, state="dead")
    page = sign_in("integrator", size=size)
    base = page.url.removesuffix("/admin/")
    own = (
        f"/admin/records/orderrecord/{order.pk}/change/",
        f"/admin/connections/route/{route.pk}/change/",
    )

    nameless = {}
    for path in (*PATHS, *own):
        page.goto(base + path)
        if found := page.evaluate(NAMELESS):
            nameless[path] = found

    assert nameless == {}


def test_what_the_theme_draws_as_an_icon_is_called_by_words(sign_in: OpenPage) -> None:
    page = sign_in("integrator")
    base = page.url.removesuffix("/admin/")

    page.goto(f"{base}/admin/engine/backfill/add/")
    for name, count in (("Choose a Date", 2), ("Choose a Time", 2), ("Go back", 1), ("Dashboard", 2)):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(count)
    expect(page.get_by_role("searchbox", name="Find a page", exact=True)).to_be_visible()
    page.goto(f"{base}/admin/records/orderrecord/")

    expect(page.get_by_role("searchbox", name="Search: Number, e-mail, phone or name", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible()


def test_menu_of_a_phone_is_opened_and_closed_by_keyboard(sign_in: OpenPage) -> None:
    page = sign_in("viewer", size=NARROW)
    routes = page.get_by_role("link", name="Routes", exact=True).first

    page.get_by_role("button", name="Show or hide the menu").press("Enter")
    expect(page.get_by_role("searchbox", name="Find a page")).to_be_in_viewport()
    page.get_by_role("button", name="Close the menu").press("Enter")

    expect(routes).not_to_be_in_viewport()


def test_what_else_a_page_offers_is_behind_a_button_on_a_phone(sign_in: OpenPage) -> None:
    route = make.route()
    page = sign_in("integrator", size=NARROW)
    page.goto(f"{page.url}connections/route/{route.pk}/change/")

    history = page.get_by_role("link", name="History", exact=True)
    expect(history).to_be_hidden()
    page.get_by_role("button", name="More actions").press("Enter")

    expect(history).to_be_visible()
