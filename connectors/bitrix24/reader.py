"""What Bitrix24's answers say, in the hub's words: present stages of deals, and code books."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, Rejected
from connectors.contract.results import Book, BookEntry, StatusSeen
from connectors.toolkit.dates import parse_utc
from connectors.toolkit.lenient import Reading, as_map, is_blank, text

from .batch import Run, ask
from .config import Config
from .desk import is_active, raise_needed, stage_list
from .encoding import Command
from .entities import DEAL, PAGE, chunks, items, listed, rows_of, sort_of
from .portal import Portal
from .stages import FAMILY_NAMES, families_of

FIELDS = (
    "id", "stageId", "categoryId", "stageSemanticId", "originId", "originatorId", "updatedTime", "movedTime", "closed",
    "opportunity", "currencyId",
)  # fmt: skip


class StatusSource:
    max_fetch = PAGE

    def __init__(self, portal: Portal, config: Config) -> None:
        self._portal = portal
        self._config = config

    def statuses(self, ids: Sequence[str], external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Deals that do not exist any more are absent."""
        numbers = [id for id in ids if id.isdigit()]
        commands = [
            listed(f"id{place}", DEAL, FIELDS, {"@id": list(part)}) for place, part in enumerate(chunks(numbers, PAGE))
        ]
        commands += [
            listed(f"origin{place}", DEAL, FIELDS, {"=originatorId": self._config.originator, "@originId": list(part)})
            for place, part in enumerate(chunks(external_ids, PAGE))
        ]
        run = ask(self._portal, commands)
        raise_needed(run)
        found = [row for result in run.results.values() for row in items(result)]
        return list({seen.id: seen for seen in statuses_seen(found, self._config)}.values())


def statuses_seen(found: Iterable[Mapping[str, Any]], config: Config) -> list[StatusSeen]:
    return [
        StatusSeen(
            id=text(row.get("id")),
            status=text(row.get("stageId")),
            external_id=text(row.get("originId")) if text(row.get("originatorId")) == config.originator else "",
            changed_at=_moment(row.get("movedTime")) or _moment(row.get("updatedTime")),
            families=families_of(text(row.get("stageSemanticId"))),
            total=_total(row, config),
            currency=text(row.get("currencyId")).upper(),
        )
        for row in found
        if text(row.get("id")) and text(row.get("stageId"))
    ]


def _total(row: Mapping[str, Any], config: Config) -> Decimal | None:
    """The deal's amount, where the shop's is the one that counts: what managers may set themselves is not compared."""
    reading = Reading()
    amount = reading.amount(row, "opportunity", "")
    is_told = not is_blank(row.get("opportunity")) and not reading.faults
    return amount if is_told and config.edits.follows(is_open=text(row.get("closed")) != "Y") else None


def _moment(value: Any) -> Any:
    try:
        return parse_utc(text(value)) if value else None
    except ValueError:
        return None


class CodeSource:
    """Stages of every pipeline, managers, sources, currencies, and user fields with their lists."""

    def __init__(self, portal: Portal, config: Config) -> None:
        self._portal = portal
        self._config = config

    def read_books(self) -> Sequence[Book]:
        run = ask(
            self._portal,
            [
                Command("pipelines", "crm.category.list", {"entityTypeId": DEAL}),
                Command("sources", "crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}, "order": {"SORT": "ASC"}}),
                Command("currencies", "crm.currency.list", {}),
                Command("deals", "crm.item.fields", {"entityTypeId": DEAL, "useOriginalUfNames": "Y"}),
                Command("contacts", "crm.item.fields", {"entityTypeId": 3, "useOriginalUfNames": "Y"}),
            ],
        )
        _raise_unless(run, allowed=("sources", "currencies", "deals", "contacts"))
        pipelines = pipelines_in(run.result("pipelines"))
        stages = ask(self._portal, [stage_list(f"stages{id}", id) for id in pipelines])
        _raise_unless(stages, allowed=())
        deal_fields = as_map(as_map(run.result("deals")).get("fields"))
        return [
            Book("status", [*_stage_entries(pipelines, stages), *_family_entries()]),
            *self._lists(deal_fields),
            Book("manager", self._managers()),
            Book("pipeline", [BookEntry(id, name) for id, name in pipelines.items()]),
            Book("source", dictionary_entries(run.result("sources"))),
            Book("currency", currency_entries(run.result("currencies"))),
            Book("field:order", field_entries(deal_fields)),
            Book("field:customer", field_entries(as_map(as_map(run.result("contacts")).get("fields")))),
        ]

    def _lists(self, fields: Mapping[str, Any]) -> list[Book]:
        """Delivery and payment codes are the entries of the lists that staff made for them, if they did."""
        named = (
            ("delivery", self._config.delivery_field),
            ("payment", self._config.payment_field),
            ("payment_status", self._config.payment_status_field),
        )
        return [Book(kind, list_entries(as_map(fields.get(name)))) for kind, name in named if name]

    def _managers(self) -> list[BookEntry]:
        entries: list[BookEntry] = []
        start = 0
        while True:
            params = {"FILTER": {"ACTIVE": True, "USER_TYPE": "employee"}, "SORT": "ID", "ORDER": "ASC", "start": start}
            try:
                body = self._portal.call("user.get", params, is_read=True)
            except (Rejected, Misconfigured) as refusal:
                if refusal.code not in {"no_scope", "no_right", "no_method"}:
                    raise
                return entries  # Verify names the missing scope
            found = rows_of(body.get("result"))
            entries += manager_entries(found)
            following = body.get("next")
            if not isinstance(following, int) or following <= start or not found:
                return entries
            start = following


def pipelines_in(result: Any) -> dict[str, str]:
    """Names by id, in the portal's order."""
    found = as_map(result).get("categories")
    rows = rows_of(found)
    rows.sort(key=lambda row: sort_of(row, "sort"))
    return {text(row.get("id")): text(row.get("name")) or text(row.get("id")) for row in rows if text(row.get("id"))}


def dictionary_entries(result: Any, group: str = "") -> list[BookEntry]:
    return [
        BookEntry(text(row.get("STATUS_ID")), text(row.get("NAME")) or text(row.get("STATUS_ID")), group=group)
        for row in rows_of(result)
        if text(row.get("STATUS_ID"))
    ]


def currency_entries(result: Any) -> list[BookEntry]:
    """Each currency once: a portal may list one twice."""
    named = {text(row.get("CURRENCY")): text(row.get("FULL_NAME")) for row in reversed(rows_of(result))}
    return [BookEntry(code, name or code) for code, name in sorted(named.items()) if code]


def manager_entries(found: Iterable[Mapping[str, Any]]) -> list[BookEntry]:
    entries = []
    for row in found:
        name = " ".join(part for part in (text(row.get("NAME")), text(row.get("LAST_NAME"))) if part)
        code = text(row.get("ID"))
        if code:
            entries.append(BookEntry(code, name or f"User {code}", is_active=is_active(row)))
    return entries


def field_entries(fields: Mapping[str, Any]) -> list[BookEntry]:
    """User fields that a rule may fill."""
    return [
        BookEntry(name, text(about.get("title")) or name, group=text(about.get("type")))
        for name, about in fields.items()
        if isinstance(about, dict) and name.upper().startswith("UF_") and about.get("isReadOnly") is not True
    ]


def list_entries(about: Mapping[str, Any]) -> list[BookEntry]:
    """Entries of a field of type list; a text field has none, and then rules may name any text."""
    return [
        BookEntry(text(row.get("ID")), text(row.get("VALUE")) or text(row.get("ID")))
        for row in rows_of(about.get("items"))
        if text(row.get("ID"))
    ]


def _family_entries() -> list[BookEntry]:
    return [BookEntry(code, name, group="All pipelines") for code, name in FAMILY_NAMES.items()]


def _stage_entries(pipelines: Mapping[str, str], stages: Run) -> list[BookEntry]:
    return [
        entry
        for id, name in pipelines.items()
        for entry in dictionary_entries(stages.result(f"stages{id}"), group=name)
    ]


def _raise_unless(run: Run, *, allowed: Sequence[str]) -> None:
    error: ConnectorError | None = next((each for name, each in run.errors.items() if name not in allowed), None)
    if error is not None:
        raise error
