"""Orders of companies: the corporate customer, its company and its contact, found or made before the order.

As the vendor's own WooCommerce module does it: searched by contact and company name, then by company name alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.contract.canonical import Order
from connectors.contract.errors import Retryable

from .client import Client
from .people import address, without_empty
from .wire import text


@dataclass(frozen=True, slots=True)
class Corporate:
    """Ids over there; ``company_id`` empty: RetailCRM takes the main one."""

    id: str
    company_id: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    tax_number: str = ""
    body: Mapping[str, Any] | None = None


def company_of(order: Order) -> Company | None:
    """The company that buys, None for a private person."""
    customer, billing = order.customer, order.billing
    name = (billing.company if billing else "").strip() or (customer.company if customer else "").strip()
    if not name:
        return None
    place = billing if billing is not None and not billing.is_empty else customer.billing if customer else None
    return Company(name, customer.tax_number.strip() if customer else "", address(place))


def contragent(company: Company) -> dict[str, str]:
    """``legal-entity`` is one of RetailCRM's three kinds; the tax number has one field, whatever the country."""
    body = {"contragentType": "legal-entity", "legalName": company.name, "INN": company.tax_number}
    return {key: value for key, value in body.items() if value}


class Corporates:
    """Up to four calls for a company that is new, two for one that is known; none within a batch for the same again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: dict[tuple[str, str], Corporate] = {}

    def ensure(self, person_id: str, company: Company) -> Corporate:
        """Raises ConnectorError. Safe to call again: what was made before is found by its name."""
        key = (person_id, company.name.casefold())
        if key not in self._found:
            self._found[key] = self._find(person_id, company) or self._create(person_id, company)
        return self._found[key]

    def _find(self, person_id: str, company: Company) -> Corporate | None:
        for contact in (person_id, ""):
            for row in self._client.corporate_customers(company.name, contact):
                companies = self._companies(text(row.get("id")))
                if company.name.casefold() not in companies:
                    continue  # a filter may match a part of a name
                found = Corporate(text(row.get("id")), companies[company.name.casefold()])
                if not contact:
                    self._client.create_corporate_contact(found.id, _contact(person_id, found.company_id))
                return found
        return None

    def _create(self, person_id: str, company: Company) -> Corporate:
        body: dict[str, Any] = {
            "nickName": company.name,
            "customerContacts": [{"isMain": True, "customer": {"id": _number(person_id)}}],
            "companies": [{"name": company.name, "isMain": True, "contragent": contragent(company)}],
            "addresses": [{"isMain": True, "name": company.name, **company.body}] if company.body else [],
        }
        id = self._client.create_corporate(without_empty(body))
        if not id:
            message = "RetailCRM made a corporate customer without telling its id. The hub looks for it again."
            raise Retryable(message, code="no_id")
        return Corporate(id, self._companies(id).get(company.name.casefold(), ""))

    def _companies(self, id: str) -> dict[str, str]:
        """Ids by name, upper and lower case alike."""
        return {text(row.get("name")).casefold(): text(row.get("id")) for row in self._client.companies_of(id)}


def order_fields(person_id: str, corporate: Corporate, company: Company) -> dict[str, Any]:
    """What an order of a company carries in place of a plain customer."""
    body: dict[str, Any] = {
        "customer": {"id": _number(corporate.id), "type": "customer_corporate"},
        "contact": {"id": _number(person_id)},
        "company": {"id": _number(corporate.company_id)} if corporate.company_id else {},
        "contragent": contragent(company),
    }
    return {key: value for key, value in body.items() if value}


def _contact(person_id: str, company_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"isMain": False, "customer": {"id": _number(person_id)}}
    if company_id:
        body["companies"] = [{"isMain": True, "company": {"id": _number(company_id)}}]
    return body


def _number(id: str) -> Any:
    return int(id) if id.isdigit() else id
