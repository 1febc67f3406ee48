"""Buyers: free text in every field, made-up e-mails, managers who order for others."""

from typing import Any

import pytest

from connectors.contract.canonical import Customer
from connectors.contract.errors import Unreadable
from connectors.minishop2.config import config_from
from connectors.minishop2.countries import Countries
from connectors.minishop2.names import Name, NameOrder, split_name
from connectors.minishop2.reader import Reader

from .world import SETTINGS, bent, order, sample


def reader(**settings: Any) -> Reader:
    return Reader(config_from({**SETTINGS, **settings}))


def buyer(**changes: Any) -> Customer | None:
    return reader().order(order(**changes)).customer


def test_customer_of_the_shop_is_known_by_id() -> None:
    found = buyer()

    assert found is not None
    assert (found.id, found.is_guest, found.email, found.phone) == ("77", False, "ann@example.com", "+79005550011")
    assert (found.first_name, found.last_name) == ("Ann Petrova", "")
    assert found.shipping is not None


def test_guest_is_who_the_address_names() -> None:
    found = buyer(customer={"id": 0, "email": "", "phone": "", "full_name": ""}, address={"receiver": "Boris Weber"})

    assert found is not None
    assert (found.id, found.is_guest, found.email, found.first_name) == (None, True, "ann@example.com", "Boris Weber")


def test_manager_who_entered_the_order_is_not_its_buyer() -> None:
    manager = {"id": 1, "email": "boss@shop.example", "full_name": "The boss", "is_manager": True}
    found = reader().order(order(customer=manager, address={"receiver": "Ann Petrova"}))

    assert found.customer is not None
    assert (found.customer.id, found.customer.is_guest, found.customer.email) == (None, True, "ann@example.com")
    assert (found.customer.first_name, found.order_method) == ("Ann Petrova", "manager")


MADE_UP = {"email": "ann@shop.example", "email_is_generated": True}


def test_made_up_email_goes_nowhere() -> None:
    found = reader().order(order(customer=MADE_UP, address={"email": "ann@shop.example"}))

    assert found.customer is not None
    assert found.customer.email == ""
    assert "ann@shop.example" not in found.model_dump_json()


def test_made_up_email_is_kept_when_staff_want_it() -> None:
    found = reader(skip_generated_emails=False).order(order(customer=MADE_UP, address={"email": ""})).customer

    assert found is not None
    assert found.email == "ann@shop.example"


def test_email_that_the_buyer_typed_is_taken_when_the_profile_has_a_made_up_one() -> None:
    found = buyer(customer=MADE_UP, address={"email": "Ann@Example.com"})

    assert found is not None
    assert found.email == "ann@example.com"


def test_buyer_without_email_and_phone_is_still_a_name() -> None:
    nothing = {"email": "", "phone": ""}
    found = buyer(customer={"id": 0, **nothing, "full_name": ""}, address={**nothing, "receiver": "Somebody"})

    assert found is not None
    assert (found.first_name, found.email, found.phone, found.is_guest) == ("Somebody", "", "", True)


def test_phone_stays_as_it_was_typed() -> None:
    found = buyer(customer={"phone": ""}, address={"phone": "8 (900) 555-00-11, after six"})

    assert found is not None
    assert found.phone == "8 (900) 555-00-11, after six"


def test_minishop3_keeps_names_apart_and_they_are_taken_as_they_are() -> None:
    address = {"receiver": "", "first_name": "Ann", "last_name": "Petrova"}
    found = buyer(customer={"full_name": "", "first_name": "Ann", "last_name": "Petrova"}, address=address)

    assert found is not None
    assert (found.first_name, found.last_name) == ("Ann", "Petrova")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "full", "name"),
    [
        (NameOrder.WHOLE, "Петрова Анна Сергеевна", Name("Петрова Анна Сергеевна")),
        (NameOrder.LAST_FIRST, "Петрова Анна Сергеевна", Name("Анна", "Петрова", "Сергеевна")),
        (NameOrder.FIRST_LAST, "Петрова Анна Сергеевна", Name("Анна", "Петрова", "Сергеевна")),
        (NameOrder.LAST_FIRST, "Анна Сергеевна Петрова", Name("Анна", "Петрова", "Сергеевна")),
        (NameOrder.FIRST_LAST, "Анна Сергеевна", Name("Анна", "", "Сергеевна")),
        (NameOrder.LAST_FIRST, "Petrova Anna", Name("Anna", "Petrova")),
        (NameOrder.FIRST_LAST, "Anna Petrova", Name("Anna", "Petrova")),
        (NameOrder.FIRST_LAST, "Ana García López", Name("Ana", "García López")),
        (NameOrder.LAST_FIRST, "García Ana María", Name("Ana María", "García")),
        (NameOrder.FIRST_LAST, "Anna", Name("Anna")),
        (NameOrder.FIRST_LAST, "  ", Name()),
    ],
)
def test_name_is_split_only_as_staff_say(order: NameOrder, full: str, name: Name) -> None:
    assert split_name(full, order) == name


# --- countries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Россия", "RU"), ("россия ", "RU"), ("РФ", "RU"), ("Russia", "RU"), ("Российская Федерация", "RU"),
        ("Беларусь", "BY"), ("Белоруссия", "BY"), ("Республика Казахстан", "KZ"), ("Қазақстан", "KZ"),
        ("España", "ES"), ("Moldova", "MD"), ("Молдова", "MD"), ("Молдавия", "MD"), ("Україна", "UA"),
        ("U.S.A.", ""), ("USA", "US"), ("uk", "GB"), ("de", "DE"), ("DE", "DE"), ("XX", ""), ("", ""), ("Урал", ""),
        ("Deutschland", "DE"), ("Côte d’Ivoire", "CI"),
    ],
)  # fmt: skip
def test_country_is_found_by_its_name_in_many_languages(written: str, code: str) -> None:
    assert Countries().code(written) == code


def test_own_names_of_countries_win() -> None:
    own = Countries({"Приднестровье": "md", "Россия": "KZ", "Nowhere": "nonsense"})

    assert [own.code(each) for each in ("приднестровье", "Россия", "Nowhere")] == ["MD", "KZ", ""]


def test_unknown_country_stays_in_the_address_as_text() -> None:
    place = reader().order(order(address={"country": "Приднестровье"})).deliveries[0].address

    assert place is not None
    assert (place.country, place.extra) == ("", {"country_name": "Приднестровье"})
    assert place.text == "Приднестровье, 101000, Moscow region, Moscow, Central, Lenina, 1, 2, 3, 5"


# --- customers --------------------------------------------------------------------------------------------------------


def test_customer_is_read_with_profile_and_extended_fields() -> None:
    found = reader(name_order="first_last").customer(sample("customer_saved")["customer"])

    assert (found.id, found.email, found.phone) == ("77", "ann@example.com", "+79005550011")
    assert (found.first_name, found.last_name, found.gender, str(found.birthday)) == (
        "Ann", "Petrova", "female", "1990-05-17",
    )  # fmt: skip
    assert (found.groups, found.custom_fields) == (("Buyers",), {"bonus": 10})
    assert found.shipping is not None
    assert found.shipping.city == "Moscow"


def test_customer_without_an_id_is_none() -> None:
    with pytest.raises(Unreadable) as caught:
        reader().customer(bent(sample("customer_saved")["customer"], {"id": 0}))

    assert [fault.path for fault in caught.value.faults] == ["id"]


def test_two_phones_are_both_kept() -> None:
    found = reader().customer(bent(sample("customer_saved")["customer"], {"phone": "+79005550099"}))

    assert (found.phone, found.more_phones) == ("+79005550099", ("+79005550011",))
