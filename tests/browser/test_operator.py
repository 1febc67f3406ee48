"""What an operator does all day, in a real browser."""

import pytest
from playwright.sync_api import expect

from integration_hub.connections.models import Route
from integration_hub.engine.models import OutboxItem
from tests.web import factories as make

from .conftest import NARROW, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_cover, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Route:
    return make.route(name="Shop to CRM", store=make.store(name="Garden shop"), crm=make.crm(name="Main CRM"))


def test_operator_finds_an_order_reads_its_story_and_sends_it_again(sign_in: OpenPage, shop: Route) -> None:
    order = make.order_story(shop, number="4711", name="Erika Muster")
    item = make.item(route=shop, object_id=order.object_id, label="4711", state="dead", reason="No such payment type.")
    page = sign_in("operator", is_typed=True)

    page.get_by_role("searchbox", name="Find an order: number, e-mail or phone").fill("4711")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order 4711", exact=True)).to_be_visible()
    expect(page.get_by_text("No such payment type.").first).to_be_visible()
    page.get_by_text("Translation: before and after").last.click()
    expect(page.get_by_role("cell", name="courier")).to_be_visible()
    page.get_by_role("link", name="Details and repair").click()
    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_text("Sent again: the next try begins at once.")).to_be_visible()
    item.refresh_from_db()
    assert (item.state, item.trigger) == ("waiting", "by hand: operator")


def test_dead_letter_is_sent_again_from_its_row_by_keyboard(sign_in: OpenPage, shop: Route) -> None:
    make.item(route=shop, state="dead")
    page = sign_in("operator")

    page.get_by_role("link", name="Dead letters").first.click()
    button = page.get_by_role("button", name="Send again")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Sent again: the next try begins at once.")).to_be_visible()
    assert page.url.endswith("?state__exact=dead")
    assert OutboxItem.objects.get().state == "waiting"


def test_viewer_sees_the_dead_letter_and_no_button(sign_in: OpenPage, shop: Route) -> None:
    make.item(route=shop, state="dead", label="4711")
    page = sign_in("viewer")

    page.get_by_role("link", name="Dead letters").first.click()

    expect(page.get_by_text("order 4711")).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)


def test_integrator_adds_a_shop_and_its_secret_is_not_shown_again(sign_in: OpenPage) -> None:
    page = sign_in("integrator")

    page.get_by_role("link", name="Connect a store").click()
    page.get_by_role("link", name="WooCommerce").click()
    page.wait_for_load_state()  # the page then puts the cursor into its first box, and would take our words along
    page.get_by_label("Name").fill("Garden shop")
    page.get_by_label("Site address").fill("https://garden.example")
    page.get_by_label("Consumer key").fill("ck_typed_in")
    page.get_by_label("Consumer secret").fill("cs_typed_in")
    page.get_by_role("button", name="Save and continue editing").click()

    expect(page.get_by_text("Set-up steps in the other system")).to_be_visible()
    assert page.get_by_label("Consumer secret").input_value() == ""
    assert page.get_by_label("Consumer secret").get_attribute("placeholder") == "Stored; leave empty to keep it"
    assert "cs_typed_in" not in page.content()
    assert "ck_typed_in" not in page.content()


PAGES = (
    "/admin/",
    "/admin/records/orderrecord/",
    "/admin/engine/outboxitem/",
    "/admin/engine/attempt/",
    "/admin/engine/lane/",
    "/admin/engine/backfill/",
    "/admin/connections/route/",
    "/admin/connections/storeconnection/",
    "/admin/connections/storeconnection/add/",
)


TOO_WIDE_BY = "document.documentElement.scrollWidth - window.innerWidth"
DARKEN = "document.documentElement.classList.add('dark')"
"""As the theme does when a page loads in a browser that prefers it: one load shows both."""


def test_no_page_scrolls_sideways_on_a_phone_be_it_light_or_dark(sign_in: OpenPage, shop: Route) -> None:
    order = make.order_story(shop, name="A name as long as names of people and companies can be")
    make.item(route=shop, state="dead", reason="x" * 300)
    make.backfill(route=shop)
    page = sign_in("integrator", size=NARROW)
    base = page.url.removesuffix("/admin/")
    own = (
        f"/admin/records/orderrecord/{order.pk}/change/",
        f"/admin/connections/route/{shop.pk}/change/",
        f"/admin/connections/storeconnection/{shop.store_id}/change/",
        f"/admin/engine/outboxitem/{OutboxItem.objects.get(state='dead').pk}/change/",
    )

    too_wide = {}
    for path in (*PAGES, *own):
        page.goto(base + path)
        light = page.evaluate(TOO_WIDE_BY)
        page.emulate_media(color_scheme="dark")
        page.evaluate(DARKEN)
        dark = page.evaluate(TOO_WIDE_BY)
        page.emulate_media(color_scheme="light")
        if max(light, dark) > 0:
            too_wide[path] = (light, dark)

    assert too_wide == {}
