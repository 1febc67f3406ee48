"""The customer endpoints. Guests have no account and are never listed; there is no ``modified_after`` here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.woocommerce.sandbox.answers import Answers, Refusal, is_true, json_body, merged, numbers, paging
from connectors.woocommerce.sandbox.listing import choice
from connectors.woocommerce.sandbox.records import BILLING, SHIPPING, Customer, blank
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import Views
from connectors.woocommerce.sandbox.writes import with_meta

ROLES = (
    "all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager",
)  # fmt: skip
ORDER_BY = ("id", "include", "name", "registered_date")


@dataclass(slots=True)
class CustomerDesk:
    shop: Shop
    views: Views
    answers: Answers
    log: Callable[..., None]

    def listed(self, request: Request) -> Reply:
        where = paging(request)
        role = choice(request, "role", ROLES, "customer")
        order_by = choice(request, "orderby", ORDER_BY, "name")
        descending = choice(request, "order", ("asc", "desc"), "asc") == "desc"
        email, text = request.one("email").lower(), request.one("search").lower()
        include, exclude = numbers(request, "include"), set(numbers(request, "exclude"))
        everyone = self.shop.customers
        pool = [everyone[number] for number in include if number in everyone] if include else everyone.values()
        found = [
            customer
            for customer in pool
            if role in {"all", customer.role}
            and (not email or customer.email.lower() == email)
            and (not text or text in _searchable(customer))
            and customer.id not in exclude
        ]
        if order_by != "include":
            found.sort(key=_SORTS[order_by], reverse=descending)
        items = [self.views.customer(customer) for customer in found[where.offset : where.end]]
        return self.answers.page(request, items, len(found), where)

    def one(self, request: Request, number: str) -> Reply:
        return self.answers.one(request, self.views.customer(self._found(number, 404)))

    def create(self, request: Request) -> Reply:
        body = json_body(request)
        email = str(body.get("email") or "")
        if not email:
            raise Refusal(400, "rest_missing_callback_param", "Missing parameter(s): email", params=["email"])
        self._refuse_taken(email, None)
        username = str(body.get("username") or email.split("@", maxsplit=1)[0])
        customer = self.shop.add_customer(email, "", "", username, blank(BILLING), blank(SHIPPING), announce=False)
        self._apply(customer, body)
        self.shop.emit("customer", "created", customer.id)
        self.log("customers", id=customer.id)
        return self.answers.created(request, self.views.customer(customer), f"/customers/{customer.id}")

    def update(self, request: Request, number: str) -> Reply:
        customer, body = self._found(number, 400), json_body(request)
        if body.get("email"):
            self._refuse_taken(str(body["email"]), customer.id)
        self._apply(customer, body)
        customer.modified = self.shop.now()
        self.shop.emit("customer", "updated", customer.id)
        self.log("customers/id", id=customer.id, fields=sorted(body))
        return self.answers.one(request, self.views.customer(customer))

    def delete(self, request: Request, number: str) -> Reply:
        """Accounts have no bin. The orders of the account stay, as orders of a guest."""
        if not is_true(request.one("force") or str(json_body(request).get("force", ""))):
            raise Refusal(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
        customer = self._found(number, 400)
        shown = self.views.customer(customer)
        del self.shop.customers[customer.id]
        self.shop.accounts = {person: one for person, one in self.shop.accounts.items() if one != customer.id}
        for order in self.shop.orders.values():
            if order.customer_id == customer.id:
                order.customer_id = 0
        self.shop.version += 1
        self.shop.emit("customer", "deleted", customer.id)
        self.log("customers/delete", id=customer.id)
        return self.answers.one(request, shown)

    def _found(self, number: str, status: int) -> Customer:
        customer = self.shop.customers.get(int(number))
        if customer is None:
            raise Refusal(status, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        return customer

    def _refuse_taken(self, email: str, by: int | None) -> None:
        if any(one.email.lower() == email.lower() and one.id != by for one in self.shop.customers.values()):
            if by is not None:
                raise Refusal(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
            reason = f"An account is already registered with {email}. Please log in or use a different email address."
            raise Refusal(400, "registration-error-email-exists", reason)

    def _apply(self, customer: Customer, body: dict[str, Any]) -> None:
        for name in ("email", "first_name", "last_name"):
            if body.get(name) is not None:
                setattr(customer, name, str(body[name]))
        customer.billing = merged(customer.billing, body.get("billing"))
        customer.shipping = merged(customer.shipping, body.get("shipping"))
        customer.meta = with_meta(self.shop, customer.meta, body.get("meta_data"))


_SORTS: dict[str, Callable[[Customer], Any]] = {
    "id": lambda customer: customer.id,
    "name": lambda customer: (customer.username, customer.id),
    "registered_date": lambda customer: (customer.created, customer.id),
}


def _searchable(customer: Customer) -> str:
    return f"{customer.email} {customer.username} {customer.first_name} {customer.last_name}".lower()
