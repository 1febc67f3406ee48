"""``manage.py rotate_keys``: stores every secret anew with the first of FIELD_KEYS."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from integration_hub.connections.models import Connection, ConnectionToken
from integration_hub.connections.secrets import WrongKeyError, cipher, rotated
from integration_hub.web.management.answers import add_json_option, answer

ROWS_AT_ONCE = 100


@dataclass(slots=True)
class _Count:
    rotated: int = 0
    up_to_date: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A secret as it stands in the database: ciphertext."""

    rows: QuerySet[Any]
    pk: int
    name: str
    text: str


class Command(BaseCommand):
    help = (
        "Encrypts all secrets with the first of FIELD_KEYS, one row at a time: may be interrupted and repeated, also "
        "while the hub runs. What no key opens is named and left as it is; exit code 1 then. Afterwards the other "
        "keys can be taken out of FIELD_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            cipher()
        except (ImproperlyConfigured, ValueError) as problem:
            message = f"FIELD_KEYS cannot be used: {problem}"
            raise CommandError(message) from None
        count = _Count()
        for stored in _all_secrets():
            _renew(stored, count)
        answer(self, asdict(count), _lines(count), as_json=options["json"], passed=not count.unreadable)


def _all_secrets() -> Iterator[_Stored]:
    yield from _stored(Connection, "secrets", "name")
    yield from _stored(ConnectionToken, "value", "connection__name", "name")


def _stored(model: type[Model], column: str, *names: str) -> Iterator[_Stored]:
    """The rows in small portions. The cast goes around the field, which would decrypt, or fail to."""
    rows = model._default_manager.annotate(_ciphertext=Cast(column, TextField())).exclude(_ciphertext="").order_by("pk")
    last = 0
    while found := list(rows.filter(pk__gt=last).values_list("pk", "_ciphertext", *names)[:ROWS_AT_ONCE]):
        for pk, text, *parts in found:
            yield _Stored(rows, pk, ": ".join(parts), text)
        last = found[-1][0]


def _renew(stored: _Stored, count: _Count) -> None:
    """Replaces the text only where it is still the one that was read: staff may be saving a new secret just now."""
    text: str | None = stored.text
    column = "secrets" if stored.rows.model is Connection else "value"
    while text is not None:
        try:
            new = rotated(text)
        except WrongKeyError:
            count.unreadable.append(stored.name)
            return
        if new == text:
            count.up_to_date += 1
            return
        same = stored.rows.order_by().filter(pk=stored.pk, _ciphertext=text)
        if same.update(**{column: Value(new, output_field=TextField())}):
            count.rotated += 1
            return
        text = stored.rows.filter(pk=stored.pk).values_list("_ciphertext", flat=True).first()


def _lines(count: _Count) -> list[str]:
    lines = [f"{count.rotated} secrets stored anew, {count.up_to_date} were up to date already."]
    if count.unreadable:
        lines.append(f"No key in FIELD_KEYS opens: {', '.join(count.unreadable)}. Nothing was changed there.")
        lines.append("Put the key they were stored with back, or enter these secrets again on the connection's page.")
    return lines
