"""The shoppers' names and addresses, made up from a number: the same number is always the same person."""

from dataclasses import dataclass

from connectors.toolkit.sandbox.traffic import GUESTS_FROM
from connectors.woocommerce.sandbox.records import SHIPPING, blank

_FIRST = (
    "Ana", "José", "Núria", "Лев", "Zoë", "Iñaki", "Мария", "Ștefan", "Jürgen", "François", "Åsa", "Ольга",
    "Łukasz", "Ελένη", "Beatriz", "健", "Marta", "Óscar", "Ирина", "Đorđe",
)  # fmt: skip
_LAST = (
    "Gómez", "Peña Ruiz", "Иванова", "Müller", "O'Brien", "Țurcanu", "Ковалёв", "García-Márquez", "Strauß", "Ødegård",
    "López 🌸", "Смирнов", "van der Berg", "Nowak", "Çelik", "山田", "Ibáñez",
)  # fmt: skip
_PLACES = (
    ("Madrid", "M", "28013", "ES", "Calle Mayor", "+34600"),
    ("Barcelona", "B", "08002", "ES", "Carrer de Ferran", "+34611"),
    ("A Coruña", "C", "15001", "ES", "Rúa Real", "+34622"),
    ("Sevilla", "SE", "41001", "ES", "Calle Sierpes", "+34633"),
    ("València", "V", "46001", "ES", "Plaça de la Reina", "+34644"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A shopper. ``tag`` keeps the e-mail addresses of two shops apart when they must differ."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str

    def billing(self) -> dict[str, str]:
        city, state, postcode, country, street, _prefix = _PLACES[self.number % len(_PLACES)]
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company": "Талисман & Co. «Ñ»" if self.number % 11 == 3 else "",
            "address_1": f"{street} {self.number % 97 + 1}",
            "address_2": "2º B" if self.number % 3 == 0 else "",
            "city": city,
            "state": state,
            "postcode": postcode,
            "country": country,
            "email": self.email,
            "phone": self.phone,
        }

    def shipping(self) -> dict[str, str]:
        billing = self.billing()
        return {name: billing[name] for name in SHIPPING}


def person(number: int, tag: str = "") -> Person:
    """The person with this number; below ``GUESTS_FROM`` an account holder, else a guest."""
    email = f"{email_name(number)}{tag}@example.test"
    first, last = full_name(number)
    return Person(number, first, last, email, f"{_PLACES[number % len(_PLACES)][5]}{number % 1_000_000:06d}")


def email_name(number: int) -> str:
    return f"guest{number - GUESTS_FROM}" if number >= GUESTS_FROM else f"buyer{number}"


def full_name(number: int) -> tuple[str, str]:
    return _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]


def nobody() -> dict[str, str]:
    return blank(SHIPPING)
