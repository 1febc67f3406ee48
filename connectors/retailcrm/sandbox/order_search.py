"""Which orders a list call means (API v5, ``filter[...]`` of ``orders``)."""

from connectors.retailcrm.sandbox import orders, payments
from connectors.retailcrm.sandbox.account import Account, Json
from connectors.retailcrm.sandbox.wire import whole

FILTERS = (
    "ids",
    "externalIds",
    "numbers",
    "customer",
    "customerId",
    "customerExternalId",
    "email",
    "sites",
    "orderMethods",
    "orderTypes",
    "extendedStatus",
    "createdAtFrom",
    "createdAtTo",
    "statusUpdatedAtFrom",
    "statusUpdatedAtTo",
    "deliveryTypes",
    "paymentStatuses",
    "paymentTypes",
    "managers",
    "minPrice",
    "maxPrice",
    "trackNumber",
)


def newest_first(account: Account, wanted: dict[str, list[str]]) -> list[Json]:
    """All orders, newest first; named ones are looked up instead of searched."""
    if "externalIds" in wanted:
        keys = [(site, value) for site in account.sites for value in wanted["externalIds"]]
        ids = {account.order_ids[key] for key in keys if key in account.order_ids}
    elif "ids" in wanted:
        ids = {whole(value) for value in wanted["ids"]} & account.orders.keys()
    else:
        return list(reversed(account.orders.values()))
    return [account.orders[number] for number in sorted(ids, reverse=True)]


def order_matches(account: Account, order: Json, wanted: dict[str, list[str]]) -> bool:
    """Whether the order passes all filters; dates have been checked before."""
    if not wanted:
        return True
    customer = account.customers[order["customer"]]
    paid = payments.payments_of(account, order)
    held: dict[str, set[str]] = {
        "ids": {str(order["id"])},
        "externalIds": {order.get("externalId", "")},
        "numbers": {order["number"]},
        "customerId": {str(customer["id"])},
        "customerExternalId": {customer.get("externalId", "")},
        "email": {order.get("email", "").lower()},
        "sites": {order["site"]},
        "orderMethods": {order.get("orderMethod", "")},
        "orderTypes": {order.get("orderType", "")},
        "extendedStatus": {order["status"]},
        "deliveryTypes": {order["delivery"].get("code", "")},
        "paymentStatuses": {payment["status"] for payment in paid},
        "paymentTypes": {payment["type"] for payment in paid},
        "managers": {str(order["managerId"])},
        "trackNumber": {(order["delivery"].get("data") or {}).get("trackNumber", "")},
    }
    if "email" in wanted:
        wanted = wanted | {"email": [value.lower() for value in wanted["email"]]}
    return all(held[key] & set(wanted[key]) for key in wanted if key in held) and _in_ranges(order, wanted)


def _in_ranges(order: Json, wanted: dict[str, list[str]]) -> bool:
    one = {name: values[-1] for name, values in wanted.items()}
    name = " ".join(order.get(part, "") for part in ("firstName", "lastName", "patronymic", "phone")).lower()
    total = orders.order_total(order)
    return (
        one.get("customer", "").lower() in name
        and one.get("createdAtFrom", "") <= order["createdAt"] <= one.get("createdAtTo", "9")
        and one.get("statusUpdatedAtFrom", "") <= order["statusUpdatedAt"] <= one.get("statusUpdatedAtTo", "9")
        and float(one.get("minPrice", "-inf")) <= total <= float(one.get("maxPrice", "inf"))
    )
