"""What has to be known before orders can be written, asked for in one or two batches for all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, Rejected
from connectors.contract.results import OrderDraft
from connectors.contract.spec import TokenStore
from connectors.toolkit.lenient import text

from .batch import Run, ask
from .config import Config
from .encoding import Command
from .entities import COMPANY, DEAL, PAGE, chunks, items, listed, rows_of
from .people import company_name, key_of
from .portal import Portal
from .search import Search
from .stages import dictionary_of

ORDER_FIELD = "order_field"
"""Name under which it is kept that the user field is there (``name``) or cannot be made (``-name``)."""

DEAL_FIELDS = ("id", "stageId", "categoryId", "closed", "originId", "stageSemanticId")

Deal = Mapping[str, Any]


@dataclass(slots=True)
class Known:
    """``deals`` by the draft's position; ``contacts`` by the person's key, ``unanswered`` those of whom it is not known
    whether they are there; ``companies`` by their name in lower case;
    ``managers`` that are active, None when they could not be read; ``stages`` by pipeline."""

    deals: dict[int, Deal] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, ConnectorError] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    managers: set[str] | None = None
    stages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    has_order_field: bool = False
    must_make_order_field: bool = False


class Desk:
    def __init__(self, portal: Portal, config: Config, tokens: TokenStore) -> None:
        self._portal = portal
        self._config = config
        self._tokens = tokens

    def look(self, drafts: Sequence[OrderDraft]) -> Known:
        """Raises ConnectorError when deals or contacts could not be read: then nothing may be created. Where only the
        search for people has to wait, their orders wait and the others go on."""
        people = {key: draft.customer for draft in drafts if draft.customer and (key := key_of(draft.customer))}
        search = Search(self._config, people)
        commands = [
            *self._deals(drafts), *search.first(), *self._companies(drafts), *self._managers(drafts),
            *self._order_field(),
        ]  # fmt: skip
        run = ask(self._portal, commands)
        raise_needed(run, except_for=search.put_off(run))
        known = Known(has_order_field=bool(self._config.order_field))
        self._read_deals(drafts, run, known)
        then = [*search.then(run), *self._stages(drafts, known), *self._missed_deals(drafts, run, known)]
        if then:
            later = ask(self._portal, then)
            raise_needed(later, except_for=search.put_off(later))
            run.results |= later.results
            run.errors |= later.errors
            self._read_deals(drafts, run, known)
        known.contacts, known.notes = search.found(run)
        known.unanswered = search.unanswered(run)
        known.companies = {
            _same(text(row.get("title"))): text(row.get("id"))
            for row in reversed(_listed(run, "company"))
            if text(row.get("title"))
        }
        known.managers = _active(run)
        known.stages = {
            name.removeprefix("stages"): rows_of(result)
            for name, result in run.results.items()
            if name.startswith("stages")
        }
        known.has_order_field = self._settled_order_field(run, known)
        return known

    def must_name_stage(self, draft: OrderDraft) -> bool:
        """An import answers with the id alone, so the stage that the pipeline gives has to be known before."""
        return draft.is_backfill and not draft.status and not self._config.first_stage

    # --- deals ------------------------------------------------------------------------------------------------------

    def _deals(self, drafts: Sequence[OrderDraft]) -> list[Command]:
        ours = [draft.external_id for draft in drafts]
        linked = [draft.target_id for draft in drafts if draft.target_id]
        return [*self._by_origin("origin", ours), *_by_ids(linked), *self._by_former_field(ours)]

    def _by_origin(self, name: str, external_ids: Sequence[str]) -> list[Command]:
        origin = {"=originatorId": self._config.originator}
        return [
            listed(f"{name}{place}", DEAL, DEAL_FIELDS, {**origin, "@originId": list(ids)})
            for place, ids in enumerate(chunks(external_ids, PAGE))
        ]

    def _by_former_field(self, external_ids: Sequence[str]) -> list[Command]:
        """Deals that an earlier connector made, which kept the order's id in a field of its own."""
        name = self._config.former_field
        if not name:
            return []
        return [
            listed(f"former{place}", DEAL, (*DEAL_FIELDS, name), {f"@{name}": list(ids)})
            for place, ids in enumerate(chunks(external_ids, PAGE))
        ]

    def _missed_deals(self, drafts: Sequence[OrderDraft], run: Run, known: Known) -> list[Command]:
        """A full page may have left some out: deals that were made twice by others before us."""
        full = any(len(items(run.results[name])) >= PAGE for name in run.results if name.startswith("origin"))
        if not full:
            return []
        missing = [draft.external_id for place, draft in enumerate(drafts) if place not in known.deals]
        return [
            each
            for place, id in enumerate(missing)
            for each in self._by_origin(f"originmissed{place}x", [id])
        ]  # fmt: skip

    def _read_deals(self, drafts: Sequence[OrderDraft], run: Run, known: Known) -> None:
        by_id = {text(row.get("id")): row for row in _listed(run, "linked")}
        former = self._config.former_field
        # Of several the oldest counts: the rows come by id.
        by_former = {text(row.get(former)): row for row in reversed(_listed(run, "former"))} if former else {}
        by_origin = {text(row.get("originId")): row for row in reversed(_listed(run, "origin"))}
        for place, draft in enumerate(drafts):
            found = by_id.get(draft.target_id) or by_origin.get(draft.external_id) or by_former.get(draft.external_id)
            if found is not None:
                known.deals[place] = found

    # --- the rest ---------------------------------------------------------------------------------------------------

    def _companies(self, drafts: Sequence[OrderDraft]) -> list[Command]:
        if not self._config.with_companies:
            return []
        names = list(dict.fromkeys(name for draft in drafts if (name := company_name(draft.order))))
        return [
            listed(f"company{place}", COMPANY, ["id", "title"], {"@title": list(part)})
            for place, part in enumerate(chunks(names, PAGE))
        ]

    def _managers(self, drafts: Sequence[OrderDraft]) -> list[Command]:
        ids = sorted({draft.manager for draft in drafts if draft.manager and not draft.target_id})
        if not ids:
            return []
        asked = sorted({*ids, *([self._config.default_manager] if self._config.default_manager else [])})
        return [Command("managers", "user.get", {"FILTER": {"ID": asked}})]

    def _stages(self, drafts: Sequence[OrderDraft], known: Known) -> list[Command]:
        """Stages of the pipelines in which a whole family is asked for, or the first one of an import."""
        pipelines = {
            text(known.deals[place].get("categoryId")) or "0" if place in known.deals else self._config.pipeline
            for place, draft in enumerate(drafts)
            if (draft.status or "").startswith("*") or (place not in known.deals and self.must_name_stage(draft))
        }
        return [stage_list(f"stages{pipeline}", pipeline) for pipeline in sorted(pipelines)]

    def _order_field(self) -> list[Command]:
        name = self._config.order_field
        if not name or self._tokens.get(ORDER_FIELD).lstrip("-") == name:
            return []
        return [Command("orderfield", "crm.deal.userfield.list", {"filter": {"FIELD_NAME": name}})]

    def _settled_order_field(self, run: Run, known: Known) -> bool:
        """Whether the field may be sent: it is there, or is made with these orders."""
        name = self._config.order_field
        if not name or "orderfield" not in run.results:
            return bool(name) and self._tokens.get(ORDER_FIELD) == name
        if rows_of(run.results["orderfield"]):
            self._tokens.put(ORDER_FIELD, name)
            return True
        known.must_make_order_field = True
        return True

    def note_order_field(self, run: Run) -> None:
        """What became of making it. Where that needs more rights, orders go on without it: the origin fields do the
        work, and what is sent in a field that does not exist is passed over."""
        name = self._config.order_field
        if ORDER_FIELD in run.results:
            self._tokens.put(ORDER_FIELD, name)
        elif isinstance(run.errors.get(ORDER_FIELD), (Rejected, Misconfigured)):
            self._tokens.put(ORDER_FIELD, f"-{name}")


def order_field(name: str) -> Command:
    """Makes a text field for the store's order id; Bitrix24 shows it on no card until somebody places it there."""
    fields = {
        "FIELD_NAME": name.removeprefix("UF_CRM_"),
        "USER_TYPE_ID": "string",
        "XML_ID": name,
        "LABEL": "Store order",
        "EDIT_FORM_LABEL": {"en": "Store order", "ru": "Заказ магазина"},
        "LIST_COLUMN_LABEL": {"en": "Store order", "ru": "Заказ магазина"},
        "MANDATORY": "N",
        "MULTIPLE": "N",
        "SHOW_FILTER": "Y",
        "EDIT_IN_LIST": "N",
    }
    return Command(ORDER_FIELD, "crm.deal.userfield.add", {"fields": fields})


def stage_list(key: str, pipeline: str) -> Command:
    params = {"filter": {"ENTITY_ID": dictionary_of(pipeline)}, "order": {"SORT": "ASC"}}
    return Command(key, "crm.status.list", params)


def _by_ids(ids: Sequence[str]) -> list[Command]:
    return [
        listed(f"linked{place}", DEAL, DEAL_FIELDS, {"@id": list(part)}) for place, part in enumerate(chunks(ids, PAGE))
    ]


_MAY_FAIL = ("managers", "orderfield")


def raise_needed(run: Run, *, except_for: Collection[str] = ()) -> None:
    for name, error in run.errors.items():
        if not name.startswith(_MAY_FAIL) and name not in except_for:
            raise error if not isinstance(error, Rejected) else _as_setting(error)


def _as_setting(error: Rejected) -> ConnectorError:
    """A search that the portal refuses is refused for every order: the former field, say, does not exist."""
    return Misconfigured(f"Bitrix24 cannot be searched for orders and buyers. {error.message}", code=error.code)


def _active(run: Run) -> set[str] | None:
    if "managers" not in run.results:
        return None
    return active_ids(run.results["managers"])


def active_ids(result: Any) -> set[str]:
    """Users who work there. Asked for by id alone: how a query string spells a yes to that filter is not documented."""
    return {text(row.get("ID")) for row in rows_of(result) if is_active(row)}


def is_active(row: Mapping[str, Any]) -> bool:
    """Of a user; where the portal does not tell, they work there."""
    return row.get("ACTIVE") not in (False, "N", "n", "false", "0")


def _listed(run: Run, prefix: str) -> list[dict[str, Any]]:
    return [row for name, result in run.results.items() if name.startswith(prefix) for row in items(result)]


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()
