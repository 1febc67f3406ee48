"""Calls about orders and their payments, answered from the pretended account."""

from dataclasses import dataclass

from connectors.retailcrm.sandbox import orders, payments
from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.history import history_page
from connectors.retailcrm.sandbox.order_search import FILTERS, newest_first, order_matches
from connectors.retailcrm.sandbox.wire import (
    BAD_INPUT,
    Call,
    author,
    batch,
    check_moments,
    ids_of,
    page_of,
    take_each,
    where_to_look,
    whole,
)
from connectors.toolkit.sandbox import Reply

STATUSES_LIMIT = 500
"""orders/statuses; the vendor's figure is not confirmed."""


@dataclass(frozen=True, slots=True)
class OrderCalls:
    """Handlers by call; each takes the call and the parts of its path."""

    account: Account

    def order_create(self, call: Call) -> Reply:
        site, sent = call.site(self.account), call.structure("order", dict)
        order = orders.create_order(self.account, site, sent, author(call))
        view = orders.order_view(self.account, order, payments_as_list=True)
        return Reply(201, {"success": True, "id": order["id"], "order": view})

    def order_edit(self, call: Call, name: str) -> Reply:
        order = self._order(call, name)
        order = orders.edit_order(self.account, order, call.structure("order", dict), author(call))
        return Reply(body={"success": True, "id": order["id"], "order": orders.order_view(self.account, order)})

    def order_upload(self, call: Call) -> Reply:
        site, rows = call.site(self.account), batch(call, "orders")
        done, failed, faults = take_each(rows, lambda row: orders.create_order(self.account, site, row, author(call)))
        is_lenient = self.account.options.orders_partial == "success"
        body: Json = {"success": not failed or is_lenient, "uploadedOrders": [ids_of(order) for order in done]}
        body["orders"] = [orders.order_view(self.account, order, payments_as_list=True) for order in done]
        body |= {"failedOrders": failed} if failed else {}
        if body["success"]:
            return Reply(body=body)
        texts = [f"{path}: {text}" if path else text for fault in faults for path, text in fault.items()]
        return Reply(460, body | {"errorMsg": "Orders are loaded with errors", "errors": texts})

    def order_get(self, call: Call, name: str) -> Reply:
        view = orders.order_view(self.account, self._order(call, name))
        return Reply(body={"success": True, "order": view})

    def order_list(self, call: Call) -> Reply:
        wanted = call.filters(FILTERS)
        check_moments(wanted)
        rows = [order for order in newest_first(self.account, wanted) if order["site"] in call.key.sites]
        rows = [order for order in rows if order_matches(self.account, order, wanted)]
        body = page_of(call, rows, "orders")
        return Reply(body=body | {"orders": [orders.order_view(self.account, order) for order in body["orders"]]})

    def order_statuses(self, call: Call) -> Reply:
        ids, external_ids = call.names("ids"), call.names("externalIds")
        if not ids and not external_ids:
            raise Refusal(400, "Parameter 'ids' is missing")
        if len(ids) + len(external_ids) > STATUSES_LIMIT:
            raise Refusal(400, BAD_INPUT, {"ids": f"No more than {STATUSES_LIMIT} ids are allowed."})
        found = [order for value in ids if (order := self.account.orders.get(whole(value))) is not None]
        for site in call.key.sites:
            numbers = [self.account.order_ids.get((site, value)) for value in external_ids]
            found += [self.account.orders[number] for number in numbers if number is not None]
        groups = self.account.book("statuses")
        rows = [
            ids_of(order) | {"status": order["status"], "group": groups[order["status"]]["group"]}
            for order in {order["id"]: order for order in found if order["site"] in call.key.sites}.values()
        ]
        return Reply(body={"success": True, "orders": rows})

    def order_history(self, call: Call) -> Reply:
        return history_page(self.account, call, self.account.order_history, "order")

    def order_fix_ids(self, call: Call) -> Reply:
        for row in batch(call, "orders"):
            order = orders.find_order(self.account, call.key.sites, "id", str(row.get("id", "")))
            orders.edit_order(self.account, order, {"externalId": row.get("externalId")}, author(call))
        return Reply(body={"success": True})

    def payment_create(self, call: Call) -> Reply:
        site, sent = call.site(self.account), call.structure("payment", dict)
        payment = payments.create_payment(self.account, site, sent, author(call))
        return Reply(201, {"success": True, "id": payment["id"]})

    def payment_edit(self, call: Call, name: str) -> Reply:
        found = payments.find_payment(self.account, *where_to_look(self.account, call, "id"), name)
        payment = payments.edit_payment(self.account, found, call.structure("payment", dict), author(call))
        return Reply(body={"success": True, "id": payment["id"]})

    def payment_delete(self, call: Call, name: str) -> Reply:
        found = payments.find_payment(self.account, call.key.sites, "id", name)
        payments.delete_payment(self.account, found, author(call))
        return Reply(body={"success": True})

    def _order(self, call: Call, name: str) -> Json:
        return orders.find_order(self.account, *where_to_look(self.account, call), name)
