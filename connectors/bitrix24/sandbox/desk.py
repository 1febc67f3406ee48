"""The control desk: managers at work, events, and lists for checkers."""

from typing import Any

from connectors.bitrix24.sandbox import books, items
from connectors.bitrix24.sandbox.data import COMPANY, CONTACT, DEAL, LEAD
from connectors.bitrix24.sandbox.events import WEBHOOK_TOKEN, Events
from connectors.bitrix24.sandbox.oauth import Application
from connectors.bitrix24.sandbox.portal import Portal
from connectors.bitrix24.sandbox.wire import Json
from connectors.toolkit.sandbox import Reply, Request, Sandbox

MANAGER = 11


class Desk:
    def __init__(self, sandbox: Sandbox, portal: Portal, events: Events, application: Application) -> None:
        self._sandbox = sandbox
        self._portal = portal
        self._events = events
        self._application = application

    def open(self) -> None:
        for method, name, handler in (
            ("POST", "set_status", self._set_status),
            ("POST", "edit_deal", self._edit_deal),
            ("POST", "delete_deal", self._delete_deal),
            ("POST", "contact", self._add_contact),
            ("POST", "company", self._add_company),
            ("POST", "user_field", self._add_user_field),
            ("POST", "dismiss", self._dismiss),
            ("POST", "options", self._set_options),
            ("POST", "events", self._listen),
            ("POST", "triggers", self._add_trigger),
            ("POST", "install", self._install),
            ("POST", "expire_token", self._expire),
            ("GET", "orders", lambda _request: Reply(body=[self._deal(each) for each in self._all(DEAL)])),
            ("GET", "customers", lambda _request: Reply(body=[_contact(each) for each in self._all(CONTACT)])),
            ("GET", "leads", lambda _request: Reply(body=self._all(LEAD))),
            ("GET", "companies", lambda _request: Reply(body=self._all(COMPANY))),
            ("GET", "history", lambda _request: Reply(body=self._portal.history)),
        ):
            self._sandbox.control(method, name, handler)
        self._sandbox.add_state(self._state)

    def _state(self) -> dict[str, Any]:
        portal = self._portal
        return {
            "orders": len(portal.items[DEAL]),
            "customers": len(portal.items[CONTACT]),
            "leads": len(portal.items[LEAD]),
            "companies": len(portal.items[COMPANY]),
            "methods": dict(portal.methods),
            "refreshes": self._application.refreshes,
            "refused_refreshes": self._application.refused_refreshes,
            **{name: portal.counters[name] for name in ("events_sent", "events_lost", "blocked")},
        }

    def _all(self, entity: int) -> list[Json]:
        return list(self._portal.items[entity].values())

    def _find(self, wanted: Json) -> Json:
        """By our id (``order``) or the portal's (``id``)."""
        for deal in self._portal.items[DEAL].values():
            if str(deal["id"]) == str(wanted.get("id")) or deal["originId"] == str(wanted.get("order")):
                return deal
        raise ValueError("there is no such deal")

    def _set_status(self, request: Request) -> Reply:
        """A manager moves a deal, to another pipeline too."""
        wanted = request.json()
        deal = self._find(wanted)
        stage = str(wanted["status"])
        head, colon, _rest = stage.partition(":")
        category = int(head[1:]) if colon else 0
        items.change(
            self._portal, DEAL, deal, {"stageId": stage, "categoryId": category}, int(wanted.get("user", MANAGER))
        )
        return Reply(body=self._deal(deal))

    def _edit_deal(self, request: Request) -> Reply:
        wanted = request.json()
        deal = self._find(wanted)
        items.change(self._portal, DEAL, deal, dict(wanted["fields"]), MANAGER)
        return Reply(body=self._deal(deal))

    def _delete_deal(self, request: Request) -> Reply:
        deal = self._find(request.json())
        items.delete(self._portal, {"entityTypeId": DEAL, "id": deal["id"]})
        return Reply(body={"deleted": deal["id"]})

    def _add_contact(self, request: Request) -> Reply:
        return Reply(body=items.create(self._portal, CONTACT, request.json(), MANAGER, {}))

    def _add_company(self, request: Request) -> Reply:
        return Reply(body=items.create(self._portal, COMPANY, request.json(), MANAGER, {}))

    def _add_user_field(self, request: Request) -> Reply:
        wanted = request.json()
        id = books.add_user_field(
            self._portal, "CRM_DEAL", wanted["name"], wanted.get("type", "string"), choices=wanted.get("choices", ())
        )
        return Reply(body={"id": id})

    def _dismiss(self, request: Request) -> Reply:
        wanted = str(request.json()["user"])
        for user in self._portal.users:
            user["ACTIVE"] = user["ACTIVE"] and user["ID"] != wanted
        return Reply(body={"dismissed": wanted})

    def _set_options(self, request: Request) -> Reply:
        wanted = dict(request.json())
        if wanted.pop("refuses_copies", False):
            raise ValueError("a portal keeps no two deals of one origin apart")
        self._portal.options.set(wanted)
        return Reply(body={})

    def _listen(self, request: Request) -> Reply:
        """Staff make an outgoing webhook."""
        wanted = request.json()
        for event in wanted.get("events", ("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")):
            self._events.add_webhook(event, wanted["address"], wanted.get("token", WEBHOOK_TOKEN))
        return Reply(body={})

    def _add_trigger(self, request: Request) -> Reply:
        """In the words of other stand-ins: tell of every change of a status, whoever made it."""
        wanted = request.json()
        if wanted.get("event", "status") != "status":
            raise ValueError("the only event is 'status'")
        self._events.add_webhook("ONCRMDEALUPDATE", wanted["address"], WEBHOOK_TOKEN)
        return Reply(201, {})

    def _install(self, request: Request) -> Reply:
        self._events.install(request.json()["address"])
        return Reply(body={})

    def _expire(self, _request: Request) -> Reply:
        self._application.expire()
        return Reply(body={})

    def _deal(self, deal: Json) -> Json:
        rows = self._portal.rows.get(("D", deal["id"]), [])
        return {
            **deal,
            "externalId": deal["originId"],
            "site": "",
            "status": deal["stageId"],
            "totalSumm": deal["opportunity"],
            "rows": rows,
        }


def _contact(contact: Json) -> Json:
    """With ``email`` and ``phones``, as in the lists of other stand-ins."""
    comms = contact.get("fm") or []
    emails = [each["value"] for each in comms if each["typeId"] == "EMAIL"]
    phones = [each["value"] for each in comms if each["typeId"] == "PHONE"]
    return {**contact, "externalId": contact["originId"], "email": emails[0] if emails else "", "phones": phones}
