"""Calls about the account itself: versions, rights, settings, reference books, custom fields."""

from dataclasses import dataclass

from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.data import settings
from connectors.retailcrm.sandbox.wire import BAD_INPUT, BAD_VALUE, Call, page_of
from connectors.toolkit.sandbox import Reply

_PATHS = (
    "/api/orders",
    "/api/orders/create",
    "/api/orders/{externalId}",
    "/api/orders/{externalId}/edit",
    "/api/orders/upload",
    "/api/customers",
    "/api/customers/create",
    "/api/customers/{externalId}/edit",
    "/api/reference/statuses",
)
_MODULE_PARTS = ("code", "integrationCode", "name", "clientId", "baseUrl", "accountUrl")


@dataclass(frozen=True, slots=True)
class AccountCalls:
    """Handlers by call; each takes the call and the parts of its path."""

    account: Account

    def versions(self, _call: Call) -> Reply:
        return Reply(body={"success": True, "versions": ["3.0", "4.0", "5.0"]})

    def credentials(self, call: Call) -> Reply:
        body: Json = {"success": True, "scopes": sorted(call.key.scopes), "credentials": list(_PATHS)}
        if call.key.has_all_sites:
            return Reply(body=body | {"siteAccess": "access_full"})
        return Reply(body=body | {"siteAccess": "access_selective", "sitesAvailable": list(call.key.sites)})

    def system_info(self, _call: Call) -> Reply:
        return Reply(body={"success": True, "systemVersion": "8.0.0", "publicUrl": "", "technicalUrl": ""})

    def settings(self, _call: Call) -> Reply:
        first = next(iter(self.account.currencies.values()))
        return Reply(body={"success": True, "settings": settings(first, self.account.zone)})

    def reference(self, call: Call, book: str) -> Reply:
        if book not in self.account.books:
            raise Refusal(404, "API method not found")
        name, content = self.account.books[book]
        if book == "sites" and isinstance(content, dict):
            content = {code: site for code, site in content.items() if code in call.key.sites}
        return Reply(body={"success": True, name: content})

    def custom_fields(self, call: Call) -> Reply:
        wanted = call.filters(("entity", "code", "name", "type"))
        rows = [item for item in self.account.custom_fields if all(item[name] in wanted[name] for name in wanted)]
        return Reply(body=page_of(call, rows, "customFields"))

    def module_edit(self, call: Call, name: str) -> Reply:
        """Makes or changes; the code in the path and the one inside are one."""
        sent = call.structure("integrationModule", dict)
        missing = [part for part in _MODULE_PARTS if not sent.get(part)]
        if missing:
            raise Refusal(400, BAD_INPUT, {f"children[{part}]": "This value should not be blank." for part in missing})
        if sent["code"] != name or not name.startswith(sent["integrationCode"]):
            raise Refusal(400, BAD_INPUT, {"children[code]": BAD_VALUE})
        self.account.modules[name] = {"active": True, "freeze": False, **self.account.modules.get(name, {}), **sent}
        return Reply(body={"success": True, "info": {}})

    def module_get(self, _call: Call, name: str) -> Reply:
        if name not in self.account.modules:
            raise Refusal(404, "Not found")
        return Reply(body={"success": True, "integrationModule": self.account.modules[name]})
