"""Calls about customers, answered from the pretended account."""

from dataclasses import dataclass

from connectors.retailcrm.sandbox import customers
from connectors.retailcrm.sandbox.account import Account, Json
from connectors.retailcrm.sandbox.history import history_page
from connectors.retailcrm.sandbox.wire import (
    Call,
    author,
    batch,
    check_moments,
    ids_of,
    page_of,
    sites_for,
    take_each,
    where_to_look,
)
from connectors.toolkit.sandbox import Reply

FILTERS = ("ids", "externalIds", "email", "name", "sites", "dateFrom", "dateTo")


@dataclass(frozen=True, slots=True)
class CustomerCalls:
    """Handlers by call; each takes the call and the parts of its path."""

    account: Account

    def customer_create(self, call: Call) -> Reply:
        site, sent = call.site(self.account), call.structure("customer", dict)
        customer = customers.create_customer(self.account, site, sent, author(call))
        return Reply(201, {"success": True, "id": customer["id"]})

    def customer_edit(self, call: Call, name: str) -> Reply:
        sent = call.structure("customer", dict)
        found = customers.find_customer(self.account, *where_to_look(self.account, call), name)
        customer = customers.edit_customer(self.account, found, sent, author(call))
        return Reply(body={"success": True, "id": customer["id"]})

    def customer_upload(self, call: Call) -> Reply:
        site, rows = call.site(self.account), batch(call, "customers")
        done, failed, faults = take_each(
            rows, lambda row: customers.create_customer(self.account, site, row, author(call))
        )
        is_lenient = self.account.options.customers_partial == "success"
        body: Json = {"success": not failed or is_lenient, "uploadedCustomers": [ids_of(row) for row in done]}
        body |= {"failedCustomers": failed} if failed else {}
        if body["success"]:
            return Reply(body=body)
        errors = {str(index): "; ".join(fault.values()) for index, fault in enumerate(faults)}
        return Reply(460, body | {"errorMsg": "Customers are loaded with errors", "errors": errors})

    def customer_get(self, call: Call, name: str) -> Reply:
        customer = customers.find_customer(self.account, *where_to_look(self.account, call), name)
        return Reply(body={"success": True, "customer": customers.customer_view(customer)})

    def customer_list(self, call: Call) -> Reply:
        wanted = call.filters(FILTERS)
        check_moments(wanted)
        rows = [row for row in reversed(self.account.customers.values()) if row["site"] in call.key.sites]
        body = page_of(call, [row for row in rows if customers.matches(row, wanted)], "customers")
        return Reply(body=body | {"customers": [customers.customer_view(row) for row in body["customers"]]})

    def customer_history(self, call: Call) -> Reply:
        return history_page(self.account, call, self.account.customer_history, "customer")

    def customer_fix_ids(self, call: Call) -> Reply:
        for row in batch(call, "customers"):
            customer = customers.find_customer(self.account, call.key.sites, "id", str(row.get("id", "")))
            customers.fix_external_id(self.account, customer, str(row.get("externalId", "")), author(call))
        return Reply(body={"success": True})

    def note_create(self, call: Call) -> Reply:
        sent = call.structure("note", dict)
        named = sent.get("customer") or {}
        key = "externalId" if named.get("externalId") else "id"
        sites = sites_for(self.account, call, key)
        customer = customers.find_customer(self.account, sites, key, str(named.get(key, "")))
        note = {"id": self.account.next_id("note"), "text": str(sent.get("text", "")), "createdAt": self.account.now()}
        self.account.log("customers/notes/create", id=note["id"], site=customer["site"])
        self.account.notes.append(note | {"customer": ids_of(customer) | {"site": customer["site"]}})
        return Reply(201, {"success": True, "id": note["id"]})

    def note_list(self, call: Call) -> Reply:
        wanted = call.filters(("ids", "customerIds", "customerExternalIds", "text"))
        rows = [note for note in reversed(self.account.notes) if note["customer"]["site"] in call.key.sites]
        rows = [
            note
            for note in rows
            if str(note["customer"]["id"]) in wanted.get("customerIds", [str(note["customer"]["id"])])
        ]
        rows = [note for note in rows if all(part in note["text"] for part in wanted.get("text", ()))]
        return Reply(body=page_of(call, rows, "notes"))
