"""Bodies that are broken, or meant to break something."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

MARKS = ("<script>chaos(1)</script>", '"><img src=x onerror=chaos(2)>', "'-chaos(3)-'", "<svg/onload=chaos(4)>")
"""Inert as long as ``<`` and quotes are escaped where they are shown."""

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")

_ACTS = ("<script>chaos(", "<img src=x onerror=chaos(", "<svg/onload=chaos(")

_NAMES = ("first_name", "last_name", "company", "address_1", "city", "email", "phone")


def raw_markup(page: str) -> bool:
    """Whether a browser would run something of ours: the marks stand in the page as they came."""
    return any(mark in page for mark in _ACTS)


def bodies(order: Mapping[str, Any], *, first_id: int) -> Iterator[tuple[str, bytes]]:
    """Name and body; those that are orders have ids of their own, from ``first_id``."""
    yield from _broken()
    whole = json.dumps(dict(order)).encode()
    yield "truncated", whole[: len(whole) // 2]
    yield "utf-16", json.dumps(dict(order)).encode("utf-16")
    yield "latin-1", '{"id": 1, "note": "café"}'.encode("latin-1")
    yield "too large", b'{"id": 1, "note": "' + b"x" * 10_000_000 + b'"}'
    for number, (name, changes) in enumerate(_changes()):
        changed = {**order, "id": first_id + number, "number": str(first_id + number), **changes}
        yield name, json.dumps(changed, ensure_ascii=True, allow_nan=True).encode()


def _broken() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    for text in (
        b"null",
        b"[]",
        b"0",
        b'"x"',
        b"true",
        b"{}",
        b"{",
        b"}{",
        b"\x00",
        b"\xff\xfe",
        b"<xml/>",
        b"a=b&c=d",
    ):
        yield f"body {text!r}", text
    yield "deep list", b"[" * 100_000 + b"]" * 100_000
    yield "deep object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    yield "deep in a field", b'{"id": 7, "line_items": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    yield "endless number", b'{"id": ' + b"9" * 100_000 + b"}"
    yield "huge exponent", b'{"id": 1e999999999, "total": 1e999999999}'
    yield "raw NUL", b'{"id": 1, "status": "a\x00b"}'
    yield "raw control characters", b'{"id": 1, "status": "a\x01\x1f"}'
    yield "byte order mark", b"\xef\xbb\xbf{}"
    yield "the same key twice", b'{"id": 1, "id": 2, "status": "x", "status": "y"}'


_ODD: tuple[Any, ...] = (None, 0, -1, True, "x", "", [], {}, [[]], {"a": 1}, [None], "NaN", 1e308)


def _changes() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("total", "line_items", "billing", "shipping", "date_created_gmt", "status", "meta_data", "currency"):
        for value in _ODD:
            yield f"{name} = {value!r}", {name: value}
    for number in (float("nan"), float("inf"), -float("inf")):
        yield f"total = {number}", {"total": number}
    for text in ("1e999", "-0", "0x10", "١٢٣", "1,5", " 1 ", "9" * 400, "1.0000000000000000000000000001"):
        yield f"total = {text[:20]!r}", {"total": text}
    yield "NUL", {"customer_note": "a\x00b", "billing": {"first_name": "\x00", "email": "\x00@example.com"}}
    yield "lone surrogates", {"customer_note": "\ud800", "billing": {"first_name": "\udfff", "last_name": "\ud83d"}}
    yield "right to left", {"customer_note": "\u202e\u2066 gpj.exe", "billing": {"first_name": "\ufeff\u200b"}}
    yield "far away", {"date_created_gmt": "9999-12-31T23:59:59", "date_modified_gmt": "0001-01-01T00:00:00"}
    yield "long", {"customer_note": "x" * 900_000}
    yield "long code", {"payment_method": "p" * 5_000, "status": "s" * 5_000}
    for text in (*MARKS, *FORMULAS):
        people = dict.fromkeys(_NAMES, text)
        yield (
            f"everywhere {text[:12]!r}",
            {
                "status": text,
                "customer_note": text,
                "payment_method": text,
                "payment_method_title": text,
                "number": text,
                "billing": people,
                "shipping": people,
            },
        )
