"""Finding an order or a customer by number, e-mail, phone or name; also what the palette (Ctrl+K) shows."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from unfold.dataclasses import SearchResult

from integration_hub.connections.models import Connection
from integration_hub.records.models import Record
from integration_hub.records.store import searchable_phone

KINDS = (Record.Kind.ORDER, Record.Kind.CUSTOMER)
SHORTEST_PHONE = 6
"""Fewer digits are an order's number."""
NEWEST_LOOKED_THROUGH = 20_000
"""A part of a name cannot be found by an index; among the newest it takes a moment, among millions a minute."""
MOST_SHOWN = 8
MOST_NAMED = 200


def exact(term: str) -> list[int]:
    """Primary keys of the records whose number, id, e-mail or phone is exactly this.

    One question per index, put together: an OR over several columns is answered by reading the whole table. The id's
    index begins with the connection and the kind, so all of them are named.
    """
    term = _clean(term).removeprefix("#")
    connections = list(Connection.objects.values_list("pk", flat=True))
    questions = [
        Q(number=term),
        Q(connection_id__in=connections, kind__in=Record.Kind.values, object_id=term),
    ]
    if "@" in term:
        questions.append(Q(email=term.lower()))
    digits = searchable_phone(term)
    if len(digits) >= SHORTEST_PHONE:
        questions.append(Q(phone=digits))
    first, *others = (Record.objects.filter(question).order_by().values_list("pk", flat=True) for question in questions)
    return list(first.union(*others)[:MOST_NAMED])


def _clean(term: str) -> str:
    """Without NULs, which PostgreSQL takes in no text."""
    return term.replace("\0", "").strip()


def find(records: QuerySet[Any], term: str) -> QuerySet[Any]:
    """The records that the term names exactly; if there are none, those among the newest that contain it."""
    term = _clean(term)
    wanted = records.filter(pk__in=exact(term))
    if wanted.exists():
        return wanted
    newest = records.order_by("-seen_at").values("pk")[:NEWEST_LOOKED_THROUGH]
    parts = Q(number__icontains=term) | Q(email__icontains=term) | Q(name__icontains=term)
    digits = searchable_phone(term)
    if len(digits) >= SHORTEST_PHONE:
        parts |= Q(phone__contains=digits)
    return records.filter(parts, pk__in=newest)


def object_ids(term: str) -> set[str]:
    """The ids that a term may stand for in logs: itself, and the objects whose number, e-mail or phone it is."""
    return {_clean(term), *Record.objects.filter(pk__in=exact(term)).values_list("object_id", flat=True)}


def page_of(record: Record) -> str:
    model = "orderrecord" if record.kind == Record.Kind.ORDER else "customerrecord"
    return reverse(f"admin:records_{model}_change", args=(record.pk,))


def palette(request: HttpRequest, term: str) -> Sequence[SearchResult]:
    """Results for Unfold's command palette."""
    user: Any = request.user
    kinds = [kind for kind in KINDS if user.has_perm(f"records.view_{kind.value}record")]
    if not kinds:
        return []
    records = Record.objects.filter(kind__in=kinds).select_related("connection").defer("content", "fingerprints")
    found = find(records, term).order_by("-seen_at")[:MOST_SHOWN]
    return [
        SearchResult(
            title=str(record),
            description=f"{gettext(record.get_kind_display())} · {record.connection}",
            link=page_of(record),
            icon="receipt_long" if record.kind == Record.Kind.ORDER else "person",
        )
        for record in found
    ]
