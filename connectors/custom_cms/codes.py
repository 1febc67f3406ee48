"""Code books of a shop that has no API to ask: staff type its codes into the connection's settings."""

from collections.abc import Sequence

from connectors.contract.canonical import PaymentStatus
from connectors.contract.results import Book, BookEntry

from .config import CodeList, Config


class CodeSource:
    def __init__(self, config: Config) -> None:
        self._config = config

    def read_books(self) -> Sequence[Book]:
        """Every book, empty ones too, so that a code that was taken out of the list is seen to be gone.

        Payment statuses are the contract's own: a push can name no others.
        """
        return (
            _book("status", self._config.status_codes),
            _book("delivery", self._config.delivery_codes),
            _book("payment", self._config.payment_codes),
            Book("payment_status", [BookEntry(status, _words(status)) for status in PaymentStatus]),
        )


def _words(status: PaymentStatus) -> str:
    return status.replace("_", " ").capitalize()


def _book(kind: str, listed: CodeList) -> Book:
    return Book(kind, [BookEntry(code, name) for code, name in listed.codes])
