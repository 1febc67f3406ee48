"""Reading the history of orders and customers (API v5, ``orders/history`` and ``customers/history``)."""

import json
from bisect import bisect_right
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.wire import BAD_INPUT, BAD_VALUE, Call, check_moments, page_of
from connectors.toolkit.sandbox import Reply


def history_page(account: Account, call: Call, records: list[Json], kind: str) -> Reply:
    """Records with a larger id than ``sinceId``, oldest first; ``kind`` is order or customer."""
    wanted = call.filters(("sinceId", "startDate", "endDate", f"{kind}Id", f"{kind}ExternalId"))
    check_moments(wanted)
    one = {name: values[-1] for name, values in wanted.items()}
    if not one.get("sinceId", "0").isdigit():
        raise Refusal(400, BAD_INPUT, {"children[sinceId]": BAD_VALUE})
    start = bisect_right(records, int(one.get("sinceId", "0")), key=lambda record: int(record["id"]))
    rows = [record for record in records[start:] if _matches(record, kind, one, call.key.sites)]
    body = page_of(call, rows, "history")
    body["history"] = [_view(record, kind, call.key.value) for record in body["history"]]
    return Reply(body={"success": True, "generatedAt": account.now()} | body)


def _matches(record: Json, kind: str, one: dict[str, str], sites: tuple[str, ...]) -> bool:
    if record["_site"] not in sites or not one.keys() - {"sinceId"}:
        return record["_site"] in sites
    stub: Any = record[kind]
    stub = json.loads(stub) if isinstance(stub, str) else stub
    return (
        one.get("startDate", "") <= record["createdAt"] <= one.get("endDate", "9")
        and one.get(f"{kind}Id", str(stub["id"])) == str(stub["id"])
        and one.get(f"{kind}ExternalId", stub.get("externalId")) == stub.get("externalId")
    )


def _view(record: Json, kind: str, reader: str) -> Json:
    view = {name: value for name, value in record.items() if not name.startswith("_")}
    if isinstance(view[kind], str):
        view[kind] = json.loads(view[kind])
    if record["source"] == "api":
        view["apiKey"] = {"current": record["_key"] == reader}
    return view
