"""Reading and writing records in bulk, and what makes two states of an object differ."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.contract.canonical import Canonical, Customer, Lead, ObjectKind, Order, Product
from connectors.contract.canonical import Record as CanonicalRecord

from .models import Record

MODELS: Mapping[str, type[Canonical]] = {
    ObjectKind.ORDER.value: Order,
    ObjectKind.CUSTOMER.value: Customer,
    ObjectKind.LEAD.value: Lead,
    ObjectKind.PRODUCT.value: Product,
}

_ASPECT_KEYS = {"status": ("status",), "payments": ("payments", "paid_at", "refunds")}
"""Aspects of an order beside its content. A status change comes with new times, so those are no content either."""

_VOLATILE_KEYS = frozenset({"updated_at", "completed_at", "url"})

_UPDATED_FIELDS = (
    "number",
    "status",
    "email",
    "phone",
    "name",
    "total",
    "content",
    "fingerprints",
    "version",
    "created_there_at",
    "is_gone",
    "seen_at",
)


def load(connection_id: int, kind: str, object_ids: Collection[str]) -> dict[str, Record]:
    """The records of those objects, by id."""
    if not object_ids:
        return {}
    rows = Record.objects.filter(connection_id=connection_id, kind=kind, object_id__in=set(object_ids))
    return {row.object_id: row for row in rows}


def numbers(connection_id: int, kind: str, object_ids: Collection[str]) -> dict[str, str]:
    """The numbers by which people know those objects, by id; one query that reads no contents."""
    rows = Record.objects.filter(connection_id=connection_id, kind=kind, object_id__in=set(object_ids))
    return dict(rows.values_list("object_id", "number"))


def canonical(row: Record) -> Any:
    """The canonical record that the row holds."""
    return MODELS[row.kind].model_validate(row.content)


def fingerprints(content: Mapping[str, Any], kind: str) -> dict[str, str]:
    """A hash per aspect of a canonical record's JSON. Equal hashes: nothing that flows has changed."""
    if kind != ObjectKind.ORDER.value:
        return {"content": _hash({key: value for key, value in content.items() if key not in _VOLATILE_KEYS})}
    apart = {key for keys in _ASPECT_KEYS.values() for key in keys} | _VOLATILE_KEYS
    prints = {aspect: _hash([content.get(key) for key in keys]) for aspect, keys in _ASPECT_KEYS.items()}
    prints["content"] = _hash({key: value for key, value in content.items() if key not in apart})
    return prints


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def row_for(
    connection_id: int,
    kind: str,
    object_id: str,
    record: CanonicalRecord,
    *,
    content: dict[str, Any],
    prints: dict[str, str],
    version: datetime | None,
    now: datetime,
) -> Record:
    """An unsaved row with the columns that lists and searches need."""
    person = record if isinstance(record, Customer) else getattr(record, "customer", None)
    billing = getattr(record, "billing", None)
    email = (person.email if person else "") or (billing.email if billing else "")
    phone = (person.phone if person else "") or (billing.phone if billing else "")
    name = (person.full_name if person else "") or getattr(record, "name", "")
    return Record(
        connection_id=connection_id,
        kind=kind,
        object_id=object_id,
        number=(getattr(record, "number", "") or getattr(record, "sku", ""))[:200],
        status=getattr(record, "status", "")[:200],
        email=email.lower()[:320],
        phone=searchable_phone(phone),
        name=name[:300],
        total=_total(record),
        content=content,
        fingerprints=prints,
        version=version,
        created_there_at=getattr(record, "created_at", None),
        is_gone=False,
        first_seen_at=now,
        seen_at=now,
    )


def _total(record: CanonicalRecord) -> str:
    match record:
        case Order():
            return f"{record.total} {record.currency}"
        case Product() if record.price is not None:
            return f"{record.price.amount} {record.price.currency}"[:60]
    return ""


def searchable_phone(phone: str) -> str:
    """Digits only, so that a number is found however it was typed."""
    return "".join(character for character in phone if character.isdigit())[:60]


def save(rows: Iterable[Record]) -> None:
    """Insert or replace rows, in one statement."""
    Record.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "kind", "object_id"],
        update_fields=_UPDATED_FIELDS,
        batch_size=200,
    )
