"""Which method does what, and one batch of many of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.bitrix24.sandbox import books, items, lists
from connectors.bitrix24.sandbox.events import Events
from connectors.bitrix24.sandbox.limits import Meter
from connectors.bitrix24.sandbox.portal import Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal, as_map, empty_as_list, php_query, with_references

MAX_COMMANDS = 50


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the user whose rights count, and whether an application does."""

    user: int
    credential: str
    is_application: bool = False


Answer = Callable[[Json, Caller], Any]


class Methods:
    """Answers calls. A method gives its result, or its result and what stands beside it (``total``, ``next``)."""

    def __init__(self, portal: Portal, meter: Meter, events: Events) -> None:
        self._portal = portal
        self._meter = meter
        self._events = events
        self._known: Mapping[str, Answer] = {
            "profile": self._profile,
            "scope": lambda _params, _who: portal.options.scopes,
            "methods": lambda _params, _who: self.names,
            "crm.item.add": lambda params, who: items.add(portal, params, who.user),
            "crm.item.update": lambda params, who: items.update(portal, params, who.user),
            "crm.item.get": lambda params, _who: items.get(portal, params),
            "crm.item.delete": lambda params, _who: items.delete(portal, params),
            "crm.item.fields": lambda params, _who: items.fields(portal, params),
            "crm.item.list": lambda params, _who: lists.item_list(portal, params),
            "crm.item.batchImport": lambda params, who: items.batch_import(portal, params, who.user),
            "crm.item.productrow.set": lambda params, _who: books.set_rows(portal, params),
            "crm.stagehistory.list": lambda params, _who: lists.history_list(portal, params),
            "crm.category.list": lambda params, _who: books.category_list(portal, params),
            "crm.status.list": lambda params, _who: books.status_list(portal, params),
            "crm.currency.list": lambda _params, _who: (portal.currencies, {"total": 0}),
            "crm.settings.mode.get": lambda _params, _who: portal.options.mode,
            "crm.duplicate.findbycomm": lambda params, _who: books.find_by_comm(portal, params),
            "crm.deal.userfield.add": lambda params, _who: books.user_field_add(portal, params, "CRM_DEAL"),
            "crm.deal.userfield.list": lambda params, _who: books.user_field_list(portal, params, "CRM_DEAL"),
            "user.get": self._users,
            "event.bind": self._bind,
            "event.get": self._bound,
            "event.unbind": self._unbind,
        }

    @property
    def names(self) -> list[str]:
        known = [*self._known, "batch"]
        return known if self._portal.options.has_import else [name for name in known if "Import" not in name]

    def call(self, method: str, params: Json, who: Caller) -> Json:
        """The body of a success; raises Refusal."""
        start = self._portal.clock().timestamp()
        result: Any
        beside: Json = {}
        if method == "batch":
            self._meter.admit(who.credential, method)
            result = self._batch(params, who)
            spent = self._meter.figures(who.credential, "batch")
        else:
            result, beside = self._one(method, params, who)
            spent = self._meter.figures(who.credential, method)
        return {"result": result, **beside, "time": self._time(start, spent)}

    def _one(self, method: str, params: Json, who: Caller) -> tuple[Any, Json]:
        if method == "batch":
            raise Refusal(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
        if method not in self.names:
            raise Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
        if method.startswith("crm.") and "crm" not in self._portal.options.scopes:
            text = "The request requires higher privileges than provided by the webhook token"
            raise Refusal(403, "insufficient_scope", text)
        self._meter.spend(who.credential, method)
        self._portal.methods[method] += 1
        answer = self._known[method](params, who)
        return answer if isinstance(answer, tuple) else (answer, {})

    def _batch(self, params: Json, who: Caller) -> Json:
        """Commands in their order. With ``halt`` the first error ends the run; what was done stays done."""
        commands = as_map(params.get("cmd"))
        if len(commands) > MAX_COMMANDS:
            raise Refusal(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
        results: Json = {}
        errors: Json = {}
        totals: Json = {}
        following: Json = {}
        times: Json = {}
        for key, text in commands.items():
            parts = urlsplit(str(text))
            try:
                start = self._portal.clock().timestamp()
                sent = with_references(php_query(parts.query), results)
                results[key], beside = self._one(parts.path, sent, who)
            except Refusal as refusal:
                errors[key] = refusal.body
                if str(params.get("halt")) in {"1", "True", "true"}:
                    break
                continue
            times[key] = self._time(start, self._meter.figures(who.credential, parts.path))
            totals |= {key: beside["total"]} if "total" in beside else {}
            following |= {key: beside["next"]} if "next" in beside else {}
        answer = {
            "result": results,
            "result_error": errors,
            "result_total": totals,
            "result_next": following,
            "result_time": times,
        }
        return {name: empty_as_list(value) for name, value in answer.items()}

    def _time(self, start: float, spent: Json) -> Json:
        finish = self._portal.clock().timestamp()
        now = self._portal.now()
        figures = {"start": start, "finish": finish, "duration": finish - start, "processing": 0.01}
        return {**figures, "date_start": now, "date_finish": now, **spent}

    # --- methods of the portal itself ---------------------------------------------------------------------------------

    def _profile(self, _params: Json, who: Caller) -> Json:
        user = next((row for row in self._portal.users if row["ID"] == str(who.user)), {"ID": str(who.user)})
        shown = {name: user[name] for name in ("ID", "NAME", "LAST_NAME") if name in user}
        return {**shown, "ADMIN": self._portal.options.is_admin, "TIME_ZONE": "Europe/Moscow"}

    def _users(self, params: Json, _who: Caller) -> Any:
        if not {"user", "user_basic", "user_brief"} & set(self._portal.options.scopes):
            raise Refusal(403, "insufficient_scope", "The request requires higher privileges than provided")
        return books.user_get(self._portal, params)

    def _bind(self, params: Json, who: Caller) -> bool:
        _need_application(who)
        self._events.bind(str(params.get("event") or "").upper(), str(params.get("handler") or ""))
        return True

    def _bound(self, _params: Json, who: Caller) -> Any:
        _need_application(who)
        return self._events.bound()

    def _unbind(self, params: Json, who: Caller) -> Json:
        _need_application(who)
        return {"count": self._events.unbind(str(params.get("event") or "").upper(), str(params.get("handler") or ""))}


def _need_application(who: Caller) -> None:
    if not who.is_application:
        raise Refusal(403, "ACCESS_DENIED", "Application context required")
