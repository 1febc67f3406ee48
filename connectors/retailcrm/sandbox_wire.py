"""How RetailCRM API v5 reads parameters and pages its answers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from connectors.retailcrm.sandbox_account import DATE_TIME, Account, Json, Key, Refusal
from connectors.toolkit.sandbox import Request

FORM = "application/x-www-form-urlencoded"
LIMITS = (20, 50, 100)
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
                    raise Refusal(400, BAD_INPUT, {key.removeprefix("filter"): "This form should not contain extra fields."})
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


def page_of(call: Call, rows: Sequence[Any], name: str) -> Json:
    """One page of rows with the pagination block. Limits: 20 (default), 50, 100."""
    limit, page = _whole(call, "limit", LIMITS[0]), _whole(call, "page", 1)
    if limit not in LIMITS:
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


def _whole(call: Call, name: str, default: int) -> int:
    text = call.request.one(name) or str(default)
    if not text.isdigit():
        raise Refusal(400, BAD_INPUT, {f"children[{name}]": BAD_VALUE})
    return int(text)
