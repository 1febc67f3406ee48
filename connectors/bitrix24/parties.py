"""Contacts and companies that have to be made on the way, each once however many orders name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.results import CustomerDraft, WrittenAlso

from .batch import Run, new_id
from .config import Config
from .encoding import Command, Ref
from .entities import COMPANY, CONTACT, add
from .people import company_fields, contact_fields

NEW_ID = ("item", "id")
"""Where ``crm.item.add`` puts the id of what it made."""


@dataclass(slots=True)
class Made:
    """``ids`` of what is known; ``keys`` of the commands that make the others, by what they are recognised by."""

    prefix: str
    ids: dict[str, str]
    keys: dict[str, str] = field(default_factory=dict)

    def id_of(self, name: str) -> str | Ref:
        if name in self.ids:
            return self.ids[name]
        return Ref(self.keys[name], NEW_ID)

    def claim(self, name: str) -> str:
        """The key of the command that is to make it; empty when it is known or another order makes it."""
        if name in self.ids or name in self.keys:
            return ""
        self.keys[name] = f"{self.prefix}{len(self.keys)}"
        return self.keys[name]

    def found(self, name: str, run: Run) -> str:
        """Its id now; empty when it could not be made."""
        return self.ids.get(name) or new_id(run.result(self.keys.get(name, "")))


class Parties:
    """Of one run: who has to be made, and where the ids stand."""

    def __init__(self, config: Config, contacts: Mapping[str, str], companies: Mapping[str, str]) -> None:
        self._config = config
        self.people = Made("c", dict(contacts))
        self._companies = Made("f", dict(companies))

    def commands(self, person: str, customer: CustomerDraft | None, company: str, order: Order | None) -> list[Command]:
        """What has to be made first for an order of this person and this company."""
        commands: list[Command] = []
        if company and order is not None and (key := self._companies.claim(company.casefold())):
            commands.append(add(key, COMPANY, company_fields(company, order, self._config)))
        if person and customer is not None and (key := self.people.claim(person)):
            fields = contact_fields(customer, self._config)
            if company:
                fields["companyId"] = self._companies.id_of(company.casefold())
            commands.append(add(key, CONTACT, fields))
        return commands

    def fields(self, person: str, company: str) -> dict[str, str | Ref]:
        """How a deal names them."""
        named: dict[str, str | Ref] = {}
        if person:
            named["contactId"] = self.people.id_of(person)
        if company:
            named["companyId"] = self._companies.id_of(company.casefold())
        return named


def also(customer: CustomerDraft | None, id: str) -> tuple[WrittenAlso, ...]:
    """The contact as something that came to be with an order, under the name by which the hub finds it again."""
    if customer is None or not id or not customer.key or customer.target_id == id:
        return ()
    return (WrittenAlso(ObjectKind.CUSTOMER, customer.key, id),)
