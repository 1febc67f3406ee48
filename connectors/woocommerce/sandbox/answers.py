"""Answers in the form in which WordPress gives them: escaped JSON, its headers, its error bodies, its paging."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from connectors.toolkit.sandbox import Reply, Request

API = "/wp-json/wc/v3"
MAX_PAGE = 100
EDITABLE = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON_TYPE = "application/json; charset=UTF-8"


class Refusal(Exception):
    """An error answer of the shop. ``plain_data`` mimics the refund controller, whose ``data`` is a bare number."""

    def __init__(self, status: int, code: str, message: str, *, plain_data: bool = False, **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": message}
        self.body["data"] = status if plain_data else {"status": status, **data}


def encode(value: Any) -> bytes:
    """JSON as PHP's json_encode writes it: ASCII only, slashes escaped. Signatures are made over these bytes."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def invalid_param(name: str, message: str, code: str) -> Refusal:
    """``rest_invalid_param``, HTTP 400, with the reason both in ``params`` and in ``details``."""
    details = {name: {"code": code, "message": message, "data": None}}
    return Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: message}, details=details)


def not_in_enum(name: str, label: str, allowed: Sequence[str]) -> Refusal:
    listed = ", ".join(allowed[:-1]) + f", and {allowed[-1]}"
    return invalid_param(name, f"{label} is not one of {listed}.", "rest_not_in_enum")


@dataclass(frozen=True, slots=True)
class Paging:
    page: int
    per_page: int
    offset: int

    @property
    def end(self) -> int:
        return self.offset + self.per_page


def paging(request: Request, default: int = 10) -> Paging:
    """``page``, ``per_page`` (1 to 100) and ``offset``, which beats ``page``. Raises Refusal."""
    page = _whole_number(request, "page", 1)
    per_page = _whole_number(request, "per_page", default)
    offset = _whole_number(request, "offset", -1)
    if page < 1:
        raise invalid_param("page", "page must be greater than or equal to 1", "rest_out_of_bounds")
    if not 1 <= per_page <= MAX_PAGE:
        reason = f"per_page must be between 1 (inclusive) and {MAX_PAGE} (inclusive)"
        raise invalid_param("per_page", reason, "rest_out_of_bounds")
    return Paging(page, per_page, offset if offset >= 0 else (page - 1) * per_page)


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.one(name)
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise invalid_param(name, f"{name} is not of type integer.", "rest_invalid_type") from None


def values(request: Request, name: str) -> list[str]:
    """A list argument in any of the forms WordPress takes: ``a=1,2``, ``a[]=1&a[]=2``, ``a[0]=1&a[1]=2``."""
    found: list[str] = []
    for key, value in request.query:
        if key == name or (key.startswith(f"{name}[") and key.endswith("]")):
            found += [part.strip() for part in value.replace(" ", ",").split(",") if part.strip()]
    return found


def numbers(request: Request, name: str) -> list[int]:
    """A list argument of ids. Raises Refusal for anything that is not a whole number."""
    try:
        return [int(text) for text in values(request, name)]
    except ValueError:
        raise invalid_param(name, f"{name}[0] is not of type integer.", "rest_invalid_type") from None


def is_true(text: str) -> bool:
    return text.lower() in {"1", "true", "yes", "on"}


def json_body(request: Request) -> dict[str, Any]:
    """The JSON body as an object; a form body and an empty one count too. Raises Refusal for broken JSON."""
    if not request.body:
        return {}
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return dict(request.form())
    try:
        body = request.json()
    except ValueError:
        raise Refusal(
            400, "rest_invalid_json", "Invalid JSON body passed.", json_error_code=4, json_error_message="Syntax error"
        ) from None
    return body if isinstance(body, dict) else {}


def only_fields(request: Request, item: dict[str, Any]) -> dict[str, Any]:
    """``_fields``: trims an answer to the named top-level fields (WordPress feature); nested names keep their root."""
    wanted = {name.split(".")[0] for name in values(request, "_fields")}
    return {name: value for name, value in item.items() if name in wanted} if wanted else item


@dataclass(frozen=True, slots=True)
class Answers:
    """Builds replies for one site."""

    site: Callable[[], str]

    @property
    def url(self) -> str:
        """The site's address without a slash at the end; known once the sandbox listens."""
        return self.site()

    def one(self, request: Request, item: dict[str, Any], allow: Sequence[str] = EDITABLE, status: int = 200) -> Reply:
        return Reply(status, encode(only_fields(request, item)), self.headers(allow))

    def plain_list(self, request: Request, items: list[dict[str, Any]], allow: Sequence[str] = ("GET",)) -> Reply:
        """A list without paging headers (statuses, notes, settings, report totals)."""
        return Reply(200, encode([only_fields(request, item) for item in items]), self.headers(allow))

    def created(self, request: Request, item: dict[str, Any], path: str) -> Reply:
        headers = self.headers(("GET", "POST")) | {"location": f"{self.url}{API}{path}"}
        return Reply(201, encode(only_fields(request, item)), headers)

    def page(
        self,
        request: Request,
        items: Sequence[dict[str, Any]],
        total: int,
        where: Paging,
        *,
        allow: Sequence[str] = ("GET", "POST"),
        link_extras: Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """One page with its totals. Past the end the shop answers 200, an empty list and a total of 0."""
        total = total if items else 0
        pages = -(-total // where.per_page)
        headers = self.headers(allow) | {"x-wp-total": str(total), "x-wp-totalpages": str(pages)}
        links = []
        if where.page > 1:
            links.append(f'<{self._page_url(request, min(where.page - 1, max(pages, 1)), link_extras)}>; rel="prev"')
        if where.page < pages:
            links.append(f'<{self._page_url(request, where.page + 1, link_extras)}>; rel="next"')
        if links:
            headers["link"] = ", ".join(links)
        return Reply(200, encode([only_fields(request, item) for item in items]), headers)

    def refuse(self, refusal: Refusal, allow: Sequence[str] = ()) -> Reply:
        return Reply(refusal.status, encode(refusal.body), self.headers(allow))

    def headers(self, allow: Sequence[str]) -> dict[str, str]:
        headers = {"content-type": JSON_TYPE, "link": f'<{self.url}/wp-json/>; rel="https://api.w.org/"'}
        return headers | ({"allow": ", ".join(allow)} if allow else {})

    def links(self, path: str, allow: Sequence[str] = EDITABLE, **more: Any) -> dict[str, Any]:
        """``_links`` of an object at ``path`` (below wc/v3), whose collection is one step up."""
        collection = path.rsplit("/", 1)[0]
        self_link = {"href": f"{self.url}{API}{path}", "targetHints": {"allow": list(allow)}}
        return {"self": [self_link], "collection": [{"href": f"{self.url}{API}{collection}"}], **more}

    def href(self, path: str) -> list[dict[str, Any]]:
        return [{"href": f"{self.url}{API}{path}"}]

    def _page_url(self, request: Request, page: int, extras: Sequence[tuple[str, str]]) -> str:
        query = [(name, str(page) if name == "page" else value) for name, value in request.query]
        names = {name for name, _value in query}
        query += [] if "page" in names else [("page", str(page))]
        query += [(name, value) for name, value in extras if name.split("[")[0] not in names]
        return f"{self.url}{request.path}?{urlencode(query)}"


def merged(old: Mapping[str, str], new: Any) -> dict[str, str]:
    """An address with the sent fields replaced; unknown fields and nulls are ignored, as the shop does."""
    fields = new if isinstance(new, dict) else {}
    return {name: str(fields[name]) if fields.get(name) is not None else value for name, value in old.items()}
