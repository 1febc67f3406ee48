"""What plugins and staff hang on orders, lines and customers: ``meta_data``."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.canonical import LineOption, Source
from connectors.woocommerce.lenient import MAX_CODE, MAX_LONG_TEXT, plain, simple, text

ATTRIBUTION = "_wc_order_attribution_"
"""Core's order attribution: hidden keys such as ``_wc_order_attribution_utm_source``."""

_SOURCE_PARTS = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "keyword": "utm_term",
    "content": "utm_content",
    "referrer": "referrer",
}
_MAX_FIELDS = 200
_MAX_LIST = 20
"""Beyond these a plugin keeps its own data in the order, not what staff defined."""


def entries(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of ``meta_data`` that have a key; anything else in there belongs to a plugin and is passed over."""
    value = holder.get("meta_data")
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict) and text(item.get("key"))]


def custom_fields(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Visible scalars and short lists of scalars by key; of a repeated key the last one."""
    fields: dict[str, Any] = {}
    for item in entries(holder):
        key = text(item["key"], MAX_CODE)
        value = simple(item.get("value"), _MAX_LIST)
        if key.startswith("_") or key in _SOURCE_PARTS.values() or value is None:
            continue
        if key in fields or len(fields) < _MAX_FIELDS:
            fields[key] = value
    return fields


def source(holder: Mapping[str, Any]) -> Source | None:
    """Where the buyer came from: core's attribution first, plain ``utm_*`` keys of plugins next."""
    values = {text(item["key"]): text(item.get("value"), MAX_LONG_TEXT) for item in entries(holder)}
    parts: dict[str, str] = {}
    for part, name in _SOURCE_PARTS.items():
        found = values.get(ATTRIBUTION + name) or values.get(name) or ""
        parts[part] = found if part == "referrer" else found[:1_000]
    return Source(**parts) if any(parts.values()) else None


def options(holder: Mapping[str, Any]) -> tuple[LineOption, ...]:
    """Choices of a line (size, colour, engraving), as the buyer saw them."""
    found: Sequence[LineOption | None] = [_option(item) for item in entries(holder)]
    return tuple(option for option in found if option is not None)


def _option(item: Mapping[str, Any]) -> LineOption | None:
    key = text(item["key"])
    value = plain(item.get("display_value")) or _joined(item.get("value"))
    if key.startswith("_") or not value:
        return None
    return LineOption(code=key, name=plain(item.get("display_key")) or key, value=value)


def _joined(value: object) -> str:
    found = simple(value, _MAX_LIST)
    if isinstance(found, list):
        return ", ".join(plain(part) for part in found)[:1_000]
    return plain(found)
