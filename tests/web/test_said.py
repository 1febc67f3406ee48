"""A message that a row keeps is said again in the reader's language, sentence by sentence."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils.translation import override

from integration_hub.web.said import said
from tests.web import factories as make

UNMAPPED = "No rule for delivery “pickup”. Add one under Mappings."


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in Russian leaves that language on in this thread; the tests after it must not see it."""
    with override("en"):
        yield


def test_english_reader_sees_what_was_kept() -> None:
    assert said(UNMAPPED) == UNMAPPED


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("", ""),
        (UNMAPPED, "Нет правила для кода «pickup» (доставка). Добавьте его в разделе «Сопоставления»."),
        (
            "shop.example cannot be reached. The hub tries again by itself.",
            "shop.example недоступен. Хаб повторит сам.",
        ),
        ("Dry run: translated, not sent.", "Пробный режим: коды переведены, ничего не отправлено."),
        (
            "Given up after 8 repeats. Last answer: shop.example cannot be reached.",
            "Попытки прекращены после 8 повторов. Последний ответ: shop.example недоступен.",
        ),
        ("Order 12: The shop refuses a value.", "Заказ 12: Магазин не принимает значение."),
    ],
)
def test_known_sentences_are_said_in_russian(kept: str, shown: str) -> None:
    with override("ru"):
        assert said(kept) == shown


def test_words_of_another_system_stay_as_they_are() -> None:
    kept = "RetailCRM: Wrong “site” (50% done). The hub tries again by itself."

    with override("ru"):
        assert said(kept) == "RetailCRM: Wrong “site” (50% done). Хаб повторит сам."


def test_names_within_a_sentence_are_not_taken_for_placeholders() -> None:
    with override("ru"):
        assert said("Not in the pilot share of “100%(all)s”.") == "Не входит в долю пилота маршрута «100%(all)s»."


@pytest.mark.django_db
def test_sync_log_tells_the_reason_in_the_readers_language(client: Client) -> None:
    client.force_login(make.staff("viewer"))
    attempt = make.attempt(outcome="parked", message=UNMAPPED)

    pages = [
        client.get(address, headers={"accept-language": "ru"}).content.decode()
        for address in ("/admin/engine/attempt/", f"/admin/engine/attempt/{attempt.pk}/change/")
    ]

    for page in pages:
        assert "Нет правила для кода «pickup» (доставка)." in page
        assert "No rule for" not in page
