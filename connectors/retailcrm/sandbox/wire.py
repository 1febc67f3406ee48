"""How RetailCRM API v5 reads parameters and pages its answers."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from connectors.retailcrm.sandbox.account import DATE_TIME, Account, Author, Json, Key, Refusal
from connectors.toolkit.sandbox import Request

FORM = "application/x-www-form-urlencoded"
LIMITS = (20, 50, 100)
BATCH_LIMIT = 50
"""API v5: orders/upload and customers/upload, 50 a call; fix-external-ids is assumed to be the same."""

BAD_INPUT = "Errors in the input parameters"
BAD_VALUE = "This value is not valid."
_FILTER = re.compile(r"filter\[(\w+)\](.*)")
_LIST = re.compile(r"(\w+)\[\d*\]")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a key that has been let in."""

    request: Request
    key: Key
    form: Mapping[str, str]

    def value(self, name: str, default: str = "") -> str:
        """A scalar parameter: from the form in a POST, else from the query."""
        return self.form.get(name) or self.request.one(name, default)

    def structure(self, name: str, kind: type) -> Any:
        """A structured parameter: one JSON string inside the form."""
        if name not in self.form:
            raise Refusal(400, f"Parameter '{name}' is missing")
        try:
            content = json.loads(self.form[name])
        except ValueError:
            content = None
        if not isinstance(content, kind):
            raise Refusal(400, BAD_INPUT, {name: BAD_VALUE})
        return content

    def names(self, name: str) -> list[str]:
        """A repeated parameter, ``ids[]=1&ids[]=2``."""
        return [value for key, value in self.request.query if (m := _LIST.fullmatch(key)) and m[1] == name]

    def filters(self, known: Sequence[str]) -> dict[str, list[str]]:
        """``filter[...]`` parameters; an unknown one is refused."""
        found: dict[str, list[str]] = {}
        for key, value in self.request.query:
            if key.startswith("filter"):
                match = _FILTER.fullmatch(key)
                if match is None or match[1] not in known:
                    raise Refusal(
                        400, BAD_INPUT, {key.removeprefix("filter"): "This form should not contain extra fields."}
                    )
                found.setdefault(match[1], []).append(value)
        return found

    def site(self, account: Account, *, is_needed: bool = True) -> str:
        """The site of the call. May be left out when the key reaches only one, or when it is not needed (empty)."""
        site = self.value("site")
        if not site:
            if len(self.key.sites) == 1:
                return self.key.sites[0]
            if is_needed:
                raise Refusal(400, "Parameter 'site' is missing")
            return ""
        if site not in account.sites:
            raise Refusal(400, BAD_INPUT, {"site": f'"Site" with "code"="{site}" does not exist.'})
        if site not in self.key.sites:
            raise Refusal(403, "Access denied.", {"site": f"The key does not reach the site {site}."})
        return site


def page_of(call: Call, rows: Sequence[Any], name: str, limits: Sequence[int] = LIMITS) -> Json:
    """One page of rows with the pagination block. Limits: 20 (default), 50, 100; for offers also 250."""
    limit, page = _whole(call, "limit", LIMITS[0]), _whole(call, "page", 1)
    if limit not in limits:
        raise Refusal(400, BAD_INPUT, {"children[limit]": BAD_VALUE})
    if page < 1:
        raise Refusal(400, BAD_INPUT, {"children[page]": BAD_VALUE})
    pagination = {
        "limit": limit,
        "totalCount": len(rows),
        "currentPage": page,
        "totalPageCount": ceil(len(rows) / limit),
    }
    return {"success": True, "pagination": pagination, name: list(rows[(page - 1) * limit : page * limit])}


def moment(text: str, name: str, *, is_end: bool = False) -> str:
    """A date or date-time of a filter as comparable text; a bare end date means its last second."""
    for form in (DATE_TIME, "%Y-%m-%d"):
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - the account's zone is implied
        except ValueError:
            continue
        if form == DATE_TIME:
            return text
        return text + (" 23:59:59" if is_end else " 00:00:00")
    raise Refusal(400, BAD_INPUT, {f"children[{name}]": BAD_VALUE})


def is_moment(value: Any) -> bool:
    """True for ``Y-m-d H:i:s``; an ISO time with T or an offset is not one."""
    try:
        datetime.strptime(value, DATE_TIME)  # noqa: DTZ007 - the account's zone is implied
    except (TypeError, ValueError):
        return False
    return True


def empty_as_list(mapping: Mapping[Any, Any]) -> Any:
    """PHP turns an empty map into ``[]``."""
    return dict(mapping) or []


def author(call: Call) -> Author:
    return Author("api", key=call.key.value)


def where_to_look(account: Account, call: Call, default: str = "externalId") -> tuple[tuple[str, ...], str]:
    """Sites to search, and whether the name in the path is our external id or the CRM's id (``by``)."""
    by = call.value("by", default)
    if by not in {"id", "externalId"}:
        raise Refusal(400, BAD_INPUT, {"by": BAD_VALUE})
    return sites_for(account, call, by), by


def sites_for(account: Account, call: Call, by: str) -> tuple[str, ...]:
    """An external id means something only within a site, an id everywhere."""
    site = call.site(account, is_needed=by != "id")
    return (site,) if site else call.key.sites


def batch(call: Call, name: str) -> list[Json]:
    rows: list[Json] = call.structure(name, list)
    if len(rows) > BATCH_LIMIT:
        raise Refusal(400, BAD_INPUT, {name: f"This collection should contain {BATCH_LIMIT} elements or less."})
    if not all(isinstance(row, dict) for row in rows):
        raise Refusal(400, BAD_INPUT, {name: BAD_VALUE})
    return rows


def take_each(rows: list[Json], create: Callable[[Json], Json]) -> tuple[list[Json], list[Json], list[dict[str, str]]]:
    """Take each by itself: what went in, the names of what did not, and why."""
    done, failed, faults = [], [], []
    for row in rows:
        try:
            done.append(create(row))
        except Refusal as refusal:
            failed.append({"externalId": row["externalId"]} if row.get("externalId") else {})
            faults.append(refusal.errors or {"": refusal.message})
    return done, failed, faults


def ids_of(row: Json) -> Json:
    return {name: row[name] for name in ("id", "externalId") if row.get(name)}


def whole(value: str) -> int:
    return int(value) if value.isdigit() else 0


def check_moments(wanted: dict[str, list[str]]) -> None:
    """Turn the dates of filters into comparable text, or refuse them."""
    for name, values in wanted.items():
        if name.endswith(("From", "To", "Date")):
            wanted[name] = [moment(value, name, is_end=name.endswith("To") or name == "endDate") for value in values]


def _whole(call: Call, name: str, default: int) -> int:
    text = call.request.one(name) or str(default)
    if not text.isdigit():
        raise Refusal(400, BAD_INPUT, {f"children[{name}]": BAD_VALUE})
    return int(text)
