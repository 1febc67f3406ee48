"""What becomes of a customer account."""

from datetime import UTC, datetime

import pytest

from connectors.contract.errors import Unreadable
from connectors.woocommerce.people import read_customer
from tests.connectors.woocommerce.shop import sample


def test_account_address_wins_and_gaps_come_from_billing() -> None:
    read = read_customer(sample("customer.json"))

    assert (read.id, read.is_guest, read.email) == ("7", False, "olga.account@example.com")
    assert (read.first_name, read.last_name, read.company) == ("Ольга", "Ким", "ООО Ромашка")
    assert read.phone == "+7 900 000-00-01"
    assert read.groups == ("wholesale",)
    assert read.custom_fields == {"loyalty_no": "L-9"}
    assert read.shipping is None


def test_times_are_gmt_and_an_unchanged_account_has_no_change_time() -> None:
    read = read_customer(sample("customer.json"))

    assert read.created_at == datetime(2025, 12, 1, 9, tzinfo=UTC)
    assert read.updated_at is None


@pytest.mark.parametrize("account", [0, None, ""])
def test_account_without_id_is_unreadable(account: object) -> None:
    with pytest.raises(Unreadable, match="id: is missing"):
        read_customer({**sample("customer.json"), "id": account})


@pytest.mark.parametrize("payload", [None, [], "x"])
def test_what_is_no_object_is_unreadable(payload: object) -> None:
    with pytest.raises(Unreadable, match="is not an object"):
        read_customer(payload)
