"""Who may not push."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from connectors.toolkit.standard_webhooks import new_secret
from integration_hub.connections.models import Connection
from integration_hub.web.push_examples import ORDER

from .pushing import ACCESS_TOKEN, assert_refused, bearer, post, signature

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("token", ["unknown-token-of-nobody-0123456789", "x", "%00" * 30, "%D0%B6" * 30, "a" * 3_000])
def test_an_unknown_address_gets_the_answer_of_a_wrong_signature(hub: Client, shop: Connection, token: str) -> None:
    assert_refused(post(hub, shop, {"order": ORDER}, token=token))


def test_a_connection_of_another_system_takes_no_pushes(hub: Client, shop: Connection) -> None:
    Connection.objects.filter(pk=shop.pk).update(kind="woocommerce")

    assert_refused(post(hub, shop, {"order": ORDER}))


@pytest.mark.parametrize(
    "how",
    [
        {"headers": {}},
        {"headers": bearer("wrong-token-0123456789-0123")},
        {"headers": {"Authorization": f"Basic {ACCESS_TOKEN}"}},
        {"secret": "whsec_YW5vdGhlciBzaG9wJ3Mgc2VjcmV0LCBhcyBsb25n"},
        {"at": datetime.now(UTC) - timedelta(minutes=6)},
        {"at": datetime.now(UTC) + timedelta(days=1)},
    ],
    ids=["unsigned", "wrong token", "basic", "secret of another", "old", "from the future"],
)
def test_a_push_that_is_not_genuine_is_refused(hub: Client, shop: Connection, how: dict[str, Any]) -> None:
    assert_refused(post(hub, shop, {"order": ORDER}, **how))


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "x", "v1", "v1,", "v1,a,b", "\x00", "9" * 4_000])
def test_hostile_headers_are_refused(hub: Client, shop: Connection, header: str, value: str) -> None:
    raw = json.dumps({"order": ORDER}).encode()

    assert_refused(post(hub, shop, raw, headers=signature(shop, raw) | {header: value}))


def test_one_changed_byte_is_refused(hub: Client, shop: Connection) -> None:
    raw = json.dumps({"order": ORDER}).encode()

    assert_refused(post(hub, shop, raw.replace(b"54.00", b"14.00"), headers=signature(shop, raw)))


def test_the_secret_of_another_shop_opens_nothing(hub: Client, shop: Connection) -> None:
    secret = new_secret()
    Connection.objects.create(kind="custom_cms", role="store", name="Other", secrets={"signing_secret": secret})

    assert_refused(post(hub, shop, {"order": ORDER}, secret=secret))


def test_during_a_rotation_both_secrets_hold_and_afterwards_one(hub: Client, shop: Connection) -> None:
    old, new = new_secret(), new_secret()
    shop.secrets = {"signing_secret": new, "previous_signing_secret": old}
    shop.save()
    assert [post(hub, shop, {"order": ORDER}, secret=secret).status_code for secret in (old, new)] == [202, 202]

    shop.secrets = {"signing_secret": new}
    shop.save()

    assert [post(hub, shop, {"order": ORDER}, secret=secret).status_code for secret in (old, new)] == [401, 202]
