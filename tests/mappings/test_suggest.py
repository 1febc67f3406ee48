"""Suggestions: known meanings in three languages, and no misleading ones."""

import pytest

from mappings.models import CodeKind
from mappings.suggest import SHOW_FROM, Candidate, likeness, suggest, words
from mappings.synonyms import SYNONYMS

PAYMENTS = (
    Candidate("cash", "Наличные"),
    Candidate("bank-card", "Банковская карта"),
    Candidate("bank-transfer", "Банковский перевод"),
    Candidate("cash-on-delivery", "Наложенный платёж"),
)
DELIVERIES = (
    Candidate("courier", "Доставка курьером"),
    Candidate("self-delivery", "Самовывоз"),
    Candidate("russian-post", "Почта России"),
)
STATUSES = (
    Candidate("new", "Новый"),
    Candidate("assembling", "Комплектуется"),
    Candidate("send-to-delivery", "Передан в доставку"),
    Candidate("complete", "Выполнен"),
    Candidate("cancel-other", "Отменен"),
    Candidate("return", "Возврат"),
    Candidate("hold", "Отложен"),
)


@pytest.mark.parametrize(
    ("kind", "code", "name", "candidates", "expected"),
    [
        ("payment", "cod", "Cash on delivery", PAYMENTS, "cash-on-delivery"),
        ("payment", "cashondelivery", "", PAYMENTS, "cash-on-delivery"),
        ("payment", "contra_reembolso", "Contra reembolso", PAYMENTS, "cash-on-delivery"),
        ("payment", "bacs", "Direct bank transfer", PAYMENTS, "bank-transfer"),
        ("payment", "banktransfer", "Transferencia bancaria", PAYMENTS, "bank-transfer"),
        ("payment", "stripe", "Credit card", PAYMENTS, "bank-card"),
        ("payment", "tarjeta", "Tarjeta de crédito", PAYMENTS, "bank-card"),
        ("payment", "paypal", "PayPal", PAYMENTS, None),
        ("delivery", "flat_rate:3", "Курьер по городу", DELIVERIES, "courier"),
        ("delivery", "local_pickup:1", "Local pickup", DELIVERIES, "self-delivery"),
        ("delivery", "storepickup", "Recogida en tienda", DELIVERIES, "self-delivery"),
        ("delivery", "flatrate_flatrate", "Flat Rate", DELIVERIES, None),
        ("delivery", "cashondelivery", "", DELIVERIES, None),
        ("status", "processing", "Processing", STATUSES, "assembling"),
        ("status", "completed", "Completed", STATUSES, "complete"),
        ("status", "shipped", "Enviado", STATUSES, "send-to-delivery"),
        ("status", "cancelled", "Cancelled", STATUSES, "cancel-other"),
        ("status", "canceled", "", STATUSES, "cancel-other"),
        ("status", "refunded", "Reembolsado", STATUSES, "return"),
        ("status", "partially_refunded", "Partially refunded", STATUSES, None),
        ("status", "on-hold", "On hold", STATUSES, "hold"),
        ("status", "holded", "", STATUSES, "hold"),
    ],
)
def test_a_code_is_suggested_by_its_meaning(
    kind: str, code: str, name: str, candidates: tuple[Candidate, ...], expected: str | None
) -> None:
    found = suggest(kind, code, name, candidates)

    assert (found.code if found else None) == expected


def test_an_equal_code_or_name_is_certain() -> None:
    assert likeness("delivery", ("cdek-courier", ""), ("CDEK courier", "")) == 100
    assert likeness("delivery", ("x9", "Special Van"), ("y8", "special van")) == 100


def test_unknown_words_count_by_their_letters() -> None:
    assert likeness("delivery", ("novaposhta", ""), ("nova-poshta2", "")) >= SHOW_FROM
    assert likeness("delivery", ("novaposhta", ""), ("balloon", "")) < SHOW_FROM


def test_different_meanings_are_never_suggested_however_alike_their_letters_are() -> None:
    assert likeness("payment_status", ("paid", ""), ("unpaid", "")) == 0
    assert likeness("status", ("Оплачен", ""), ("Не оплачен", "")) == 0


def test_nothing_is_suggested_for_codes_without_words() -> None:
    assert suggest("status", "—", "", [Candidate("...", "")]) is None


def test_spelling_does_not_matter() -> None:
    assert words("BankTransfer") == words("bank_transfer") == words(" Bank-transfer ") == "bank transfer"


@pytest.mark.parametrize("kind", CodeKind.values)
def test_every_kind_has_synonyms_and_no_phrase_stands_in_two_meanings(kind: str) -> None:
    phrases = [words(phrase) for group in SYNONYMS[kind] for phrase in {words(each) for each in group}]

    assert sorted(phrases) == sorted(set(phrases))
