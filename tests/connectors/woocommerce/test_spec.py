"""What the admin gets to know."""

from pathlib import Path

import pytest
import responses

from connectors.contract.results import Accepted, HookRequest
from connectors.contract.spec import FieldType, Role
from connectors.toolkit.signing import hmac_sha256_base64
from connectors.woocommerce import client
from connectors.woocommerce.spec import SETTINGS, SPEC
from tests.connectors.woocommerce.shop import SECRET, Hub, settings

README = Path(client.__file__).parent / "README.md"


def test_shop_is_opened_without_a_call() -> None:
    with responses.RequestsMock():
        adapter = SPEC.open(settings(), Hub().services())

    assert SPEC.roles == {Role.STORE}
    present = {name for name in adapter.__slots__ if getattr(adapter, name) is not None}
    assert present == {
        "account",
        "codes",
        "orders",
        "orders_changed",
        "customers",
        "products",
        "products_changed",
        "paid_sink",
        "status_sink",
        "webhooks",
        "webhook_manager",
    }


def test_least_settings_are_enough() -> None:
    least = {field.key: "https://shop.example.com" for field in SETTINGS if field.required}

    assert set(least) == {"site", "consumer_key", "consumer_secret"}
    SPEC.open(least, Hub().services())


def test_secrets_are_marked_as_such_and_every_field_explains_itself() -> None:
    secrets = {field.key for field in SETTINGS if field.type is FieldType.SECRET}

    assert secrets == {"consumer_key", "consumer_secret", "webhook_secret", "previous_webhook_secret"}
    assert all(len(field.help) > 20 for field in SETTINGS)


@pytest.mark.parametrize(("wanted", "used"), [(None, 100), ("", 100), (50, 50), (1, 10), (1000, 100)])
def test_page_size_stays_between_ten_and_a_hundred(wanted: object, used: int) -> None:
    orders = SPEC.open(settings(page_size=wanted), Hub().services()).orders

    assert orders is not None
    assert orders.max_fetch == used


@pytest.mark.parametrize("sources", ["http://a.example\nhttp://b.example\n", ["http://b.example"], ("b.example",)])
def test_further_sources_come_as_a_list_or_as_lines(sources: object) -> None:
    webhooks = SPEC.open(settings(accepted_sources=sources), Hub().services()).webhooks
    headers = {
        "x-wc-webhook-source": "https://b.example/",
        "x-wc-webhook-topic": "order.deleted",
        "x-wc-webhook-signature": hmac_sha256_base64(SECRET, b'{"id":1}'),
    }

    assert webhooks is not None
    assert isinstance(webhooks.accept(HookRequest("POST", headers, b'{"id":1}')), Accepted)


def test_order_opens_in_the_admin_of_a_shop_in_a_folder() -> None:
    assert SPEC.order_url is not None
    assert (
        SPEC.order_url(settings(site="https://shop.example.com/store/"), "18")
        == "https://shop.example.com/store/wp-admin/admin.php?page=wc-orders&action=edit&id=18"
    )


def test_steps_name_the_address_and_never_a_secret() -> None:
    steps = SPEC.setup_steps(settings(), "https://hub.example.com/hooks/t")

    rows = [row for step in steps for row in step.rows]
    assert ("Address the shop will call", "https://hub.example.com/hooks/t") in rows
    assert SECRET not in repr(steps)


def test_readme_tells_what_a_shop_owner_has_to_know() -> None:
    text = README.read_text(encoding="utf-8")

    for heading in ("## Set-up", "## Rights", "## Endpoints", "## Limits", "## Known gaps", "## Versions tried"):
        assert heading in text
