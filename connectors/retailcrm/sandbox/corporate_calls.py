"""Calls about corporate customers, answered from the pretended account."""

from dataclasses import dataclass

from connectors.retailcrm.sandbox import corporate
from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.wire import BAD_INPUT, BAD_VALUE, Call, page_of
from connectors.toolkit.sandbox import Reply

FILTERS = ("companyName", "contactIds", "sites", "ids")


@dataclass(frozen=True, slots=True)
class CorporateCalls:
    """Handlers by call; each takes the call and the parts of its path."""

    account: Account

    def create(self, call: Call) -> Reply:
        made = corporate.create_corporate(
            self.account, call.site(self.account), call.structure("customerCorporate", dict)
        )
        return Reply(201, {"success": True, "id": made["id"]})

    def list(self, call: Call) -> Reply:
        rows = [row for row in corporate.matching(self.account, call.filters(FILTERS)) if row["site"] in call.key.sites]
        body = page_of(call, rows, "customersCorporate")
        return Reply(
            body=body | {"customersCorporate": [corporate.corporate_view(row) for row in body["customersCorporate"]]}
        )

    def companies(self, call: Call, name: str) -> Reply:
        return Reply(body=page_of(call, self._named(call, name)["companies"], "companies"))

    def contact_create(self, call: Call, name: str) -> Reply:
        made = corporate.add_contact(self.account, self._named(call, name), call.structure("contact", dict))
        return Reply(201, {"success": True, "id": made["id"]})

    def _named(self, call: Call, name: str) -> Json:
        if call.value("by", "externalId") != "id":
            raise Refusal(400, BAD_INPUT, {"by": BAD_VALUE})
        return corporate.find_corporate(self.account, call.key.sites, name)
