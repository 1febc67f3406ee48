"""Bodies that no vendor would send, and a check that nothing of them gets further than it may."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

DEEP = 100_000

BODIES: dict[str, bytes] = {
    "empty": b"",
    "space": b" \r\n\t",
    "truncated": b'{"id": 1001, "status": "proces',
    "deep list": b"[" * DEEP,
    "deep object": b'{"id":' * DEEP,
    "closed deep object": b'{"id":' * DEEP + b"1" + b"}" * DEEP,
    "deep list in an object": b'{"id": 1, "order": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "null": b"null",
    "a number": b"17",
    "a text": b'"order"',
    "a list": b"[1, 2]",
    "an empty object": b"{}",
    "NaN": b'{"id": NaN, "total": Infinity}',
    "a huge whole number": b'{"id": ' + b"9" * 5_000 + b"}",
    "a huge exponent": b'{"id": 1e999, "total": -1e999}',
    "not UTF-8": b'{"id": "\xff\xfe\x80"}',
    "UTF-16": '{"id": 1001}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + b'{"id": 1001}',
    "half a character": b'{"id": "\\ud800", "type": "\\udfff", "status": "\\ud800", "data": {"id": "\\ud800"}}',
    "half a character as a key": b'{"\\ud800": 1, "id": 5}',
    "half a character in words": b'{"error": "\\ud800", "message": "\\ud800", "errorMsg": "\\udfff", "code": "a"}',
    "NUL in words": b'{"error": "\\u0000", "message": "\\u0000", "errorMsg": "\\u0000", "code": "a\\u0000b"}',
    "words that are none": b'{"error": [1], "message": {"a": 1}, "errorMsg": {"a": [1]}, "code": [], "errors": 17}',
    "nested words": b'{"errors": '
    + b"[" * 400
    + b"1"
    + b"]" * 400
    + b', "message": '
    + b'{"message":' * 400
    + b"1"
    + b"}" * 401,
    "long words": b'{"errorMsg": "' + b"x" * 50_000 + b'", "message": "' + b"<b>" * 50_000 + b'"}',
    "NUL": b"\x00",
    "NUL in a text": b'{"id": "1\\u0000", "type": "order.upserted\\u0000", "status": "\\u0000"}',
    "a web page": b"<!DOCTYPE html><html><body>Error</body></html>",
    "markup": b'{"id": "<script>alert(1)</script>", "number": "=cmd()"}',
    "a form": b"id=%00%ff&external_id=%ED%A0%80&status=x",
    "many fields": b"&".join(b"f%d=1" % n for n in range(20_000)),
    "repeated keys": b'{"id": 1, "id": {"id": 2}}',
}

_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "x",
    "\x00",
    "\ud800",
    10**400,
    [],
    [[]],
    {},
    {"id": []},
    ["\ud800"],
)


def twisted(sample: Path) -> Iterator[bytes]:
    """The sample with one value, at the top or one level below, replaced by something of another kind."""
    whole = json.loads(sample.read_text("utf-8"))
    inner = [whole, *(each for each in whole.values() if isinstance(each, dict))]
    inner += [each[0] for each in whole.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
    for holder in inner:
        for key, kept in list(holder.items()):
            for value in _VALUES:
                holder[key] = value
                yield json.dumps(whole).encode()
            holder[key] = kept


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def unstorable(value: Any) -> list[str]:
    """Texts in it that no database takes: NUL and halves of characters."""
    match value:
        case str():
            return [value] if _UNSTORABLE.search(value) else []
        case BaseModel():
            return unstorable(dict(value))
        case dict():
            return [text for key, each in value.items() for text in [*unstorable(key), *unstorable(each)]]
        case list() | tuple():
            return [text for each in value for text in unstorable(each)]
        case _ if dataclasses.is_dataclass(value):
            return [text for each in dataclasses.fields(value) for text in unstorable(getattr(value, each.name))]
    return []
