"""The connection's settings: what is taken, what is refused with the field's name, and the link to an order."""

from typing import Any

import pytest

from connectors.contract.errors import Misconfigured
from connectors.minishop2.config import ORDER_PAGE, config_from, order_url, pairs, shop_address
from connectors.minishop2.spec import SPEC

from .world import OLD_SECRET, SECRET, SETTINGS


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("shop.example", "https://shop.example"),
        ("https://shop.example/store/?x=1", "https://shop.example/store"),
        ("http://127.0.0.1:9100", "http://127.0.0.1:9100"),
    ],
)
def test_usual_ways_to_type_the_shops_address(typed: str, address: str) -> None:
    assert shop_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "ftp://shop.example", "https://", "https://user:word@shop.example", "https://a:b"]
)
def test_other_addresses_are_refused(typed: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        shop_address(typed)

    assert caught.value.code == "shop"


def test_currency_of_a_wrong_form_is_refused() -> None:
    with pytest.raises(Misconfigured) as caught:
        config_from({**SETTINGS, "currency": "roubles"})

    assert (caught.value.code, "RUB" in caught.value.message) == ("currency", True)


def test_only_secrets_of_the_right_form_are_used() -> None:
    config = config_from({**SETTINGS, "signing_secret": SECRET, "previous_signing_secret": "whsec_short"})

    assert list(config.secrets) == [SECRET]
    assert list(config_from({**SETTINGS, "previous_signing_secret": OLD_SECRET}).secrets) == [SECRET, OLD_SECRET]


def test_defaults_of_the_form_are_those_of_a_new_shop() -> None:
    form = {field.key: field.default for field in SPEC.settings if field.default is not None}

    config = config_from({**form, "shop": "https://shop.example"})

    assert (config.external_id, config.offer_naming, config.name_order) == ("id", "mod", "whole")
    assert (config.is_discount_in_prices, config.skip_generated_emails) == (True, True)
    assert (config.silent, config.rewrite_number, config.currency, config.weight_unit) == (False, False, "", None)


def test_switch_that_is_off_stays_off() -> None:
    config = config_from({**SETTINGS, "discount_in_prices": False, "skip_generated_emails": False})

    assert (config.is_discount_in_prices, config.skip_generated_emails) == (False, False)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("", "https://shop.example/store/manager/?a=mgr/orders&namespace=minishop2&order=15"),
        (ORDER_PAGE, "https://shop.example/store/manager/?a=mgr/orders&namespace=minishop2&order=15"),
        ("/backoffice/?order={id}", "https://shop.example/store/backoffice/?order=15"),
        ("https://office.example/{id}", "https://office.example/15"),
        ("https://office.example/", ""),
        ("javascript://{id}", ""),
    ],
)
def test_order_is_linked_to_its_page_in_the_manager(page: str, address: str) -> None:
    assert order_url({**SETTINGS, "order_page": page}, "15") == address


def test_order_of_a_shop_without_a_usable_address_is_not_linked() -> None:
    assert order_url({"shop": "ftp://x"}, "15") == ""


@pytest.mark.parametrize(
    ("typed", "found"),
    [("a = b\nc=d\nnonsense\n= x\ny =", {"a": "b", "c": "d"}), (["a = 1", "a = 2"], {"a": "1"}), (None, {})],
)
def test_lists_of_names_skip_what_says_nothing(typed: Any, found: dict[str, str]) -> None:
    assert pairs(typed) == found
