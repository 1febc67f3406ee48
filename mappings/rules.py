"""Rules, seen codes and code books in the database: what the flows call, with the number of queries it costs."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connectors.contract.errors import Misconfigured, Unmapped
from connectors.contract.results import Book
from integration_hub.connections.adapters import spec_of
from integration_hub.connections.models import Connection, Route

from .memory import RecentlyNoted
from .models import CODE_LENGTH, BookEntry, CodeKind, CodeRule, FieldRule, SeenCode, Side
from .resolve import (
    TO_CRM,
    TO_STORE,
    CodeMapEntry,
    CodeUse,
    FieldMapEntry,
    RuleSet,
    is_missing,
    rule_set,
)

DIRECTION_OF_SIDE = {Side.STORE.value: TO_CRM, Side.CRM.value: TO_STORE}
"""A code that came from the store is translated towards the CRM, and the other way round."""

_KINDS = frozenset(CodeKind.values)
_FAMILY = "\t"

_noted = RecentlyNoted()


def code_entry(rule: CodeRule) -> CodeMapEntry:
    return CodeMapEntry(
        kind=rule.kind,
        store_code=rule.store_code,
        crm_code=rule.crm_code,
        is_ignored=rule.action == CodeRule.Action.IGNORE,
        direction=rule.direction,
        is_way_back=rule.is_way_back,
    )


def _field_entry(rule: FieldRule) -> FieldMapEntry:
    return FieldMapEntry(
        object=rule.object,
        source=rule.source,
        target=rule.target,
        constant=rule.constant,
        write_mode=rule.write_mode,
    )


def load_rules(route_id: int, *, optional: frozenset[str] = frozenset()) -> RuleSet:
    """All rules of a route as they are now. ``optional``: kinds that its CRM can do without. Two queries."""
    codes = CodeRule.objects.filter(route_id=route_id)
    fields = FieldRule.objects.filter(route_id=route_id).order_by("object", "ordering", "id")
    return rule_set(map(code_entry, codes), map(_field_entry, fields), optional)


def optional_kinds(route: Route) -> frozenset[str]:
    """Kinds of codes that the route's CRM can do without; none for a system that is not installed any more."""
    try:
        return spec_of(route.crm).optional_kinds
    except Misconfigured:
        return frozenset()


# --- parked items ---------------------------------------------------------------------------------------------------


def blocked_key(direction: str, unmapped: Unmapped, families: Sequence[str] = ()) -> str:
    """What a parked item waits for: ``to_crm:delivery:flat_rate``. ``direction`` is ``to_crm`` or ``to_store``.

    A rule for one of the code's ``families`` releases it as well; they follow after tabs, which no code holds.
    """
    return _FAMILY.join([f"{direction}:{unmapped.kind}:{unmapped.value}", *families])


def parse_blocked_key(blocked_on: str) -> tuple[str, CodeUse] | None:
    """The direction and the code of a key that ``blocked_key`` made; None for anything else."""
    direction, _colon, rest = blocked_on.partition(":")
    kind, _colon, codes = rest.partition(":")
    code = codes.partition(_FAMILY)[0]
    if direction not in {TO_CRM, TO_STORE} or kind not in _KINDS or not code:
        return None
    return direction, CodeUse(kind, code)


def released(blocked: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the pairs (route id, blocked_on) whose code would be translated now. One query for all of them."""
    wanted = {pair: parsed for pair in blocked if (parsed := parse_blocked_key(pair[1])) is not None}
    if not wanted:
        return set()
    entries: dict[int, list[CodeMapEntry]] = {}
    rules = CodeRule.objects.filter(
        route_id__in={route_id for route_id, _key in wanted}, kind__in={use.kind for _direction, use in wanted.values()}
    )
    for rule in rules:
        entries.setdefault(rule.route_id, []).append(code_entry(rule))
    sets = {route_id: rule_set(entries.get(route_id, ())) for route_id, _key in wanted}
    return {
        pair
        for pair, (direction, use) in wanted.items()
        if not is_missing(sets[pair[0]], use, direction, pair[1].split(_FAMILY)[1:])
    }


# --- codes that traffic brought -------------------------------------------------------------------------------------

_UPSERT_SEEN = """
    INSERT INTO {table} (route_id, side, kind, code, label, count, first_seen, last_seen)
    VALUES {rows}
    ON CONFLICT (route_id, side, kind, code) DO UPDATE SET
        count = {table}.count + excluded.count,
        last_seen = excluded.last_seen,
        label = CASE WHEN excluded.label <> '' THEN excluded.label ELSE {table}.label END
"""
# Django's bulk_create can replace a counter on conflict but not add to it.

ROWS_PER_STATEMENT = 100
"""Eight parameters a row: below the 999 that the oldest SQLite builds allow."""


def note_seen(route_id: int, side: str, codes: Iterable[tuple[str, str, str]], *, even_if_recent: bool = False) -> None:
    """Record (kind, code, label) that came from ``side`` (``store`` or ``crm``). One upsert, or no query at all.

    Codes that this process noted in the last minutes are skipped; ``even_if_recent`` writes them all (for unmapped
    codes, which staff must see). The count tells how often a code was noted, not how many orders had it.
    """
    counts: Counter[tuple[str, str]] = Counter()
    labels: dict[tuple[str, str], str] = {}
    for kind, code, label in codes:
        if kind in _KINDS and code:
            counts[kind, code] += 1
            labels[kind, code] = label[:300] or labels.get((kind, code), "")
    keys = [key for key in counts if even_if_recent or not _noted.has((route_id, side, *key))]
    if not keys:
        return
    rows = [
        SeenCode(route_id=route_id, side=side, kind=key[0], code=key[1], label=labels[key], count=counts[key])
        for key in sorted(keys)
    ]
    # Sorted: two workers that note the same codes lock the rows in the same order.
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        _upsert_seen(rows[start : start + ROWS_PER_STATEMENT])
    transaction.on_commit(lambda: _noted.add((route_id, side, *key) for key in keys))


def _upsert_seen(rows: Sequence[SeenCode]) -> None:
    table = database.ops.quote_name(SeenCode._meta.db_table)
    now = database.ops.adapt_datetimefield_value(timezone.now())
    parameters: list[str | int | None] = []
    for row in rows:
        parameters += [row.route_id, row.side, row.kind, row.code, row.label, row.count, now, now]
    statement = _UPSERT_SEEN.format(table=table, rows=", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows)))
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)


# --- code books -----------------------------------------------------------------------------------------------------


def store_books(connection: Connection, books: Sequence[Book]) -> None:
    """Keep the pulled books. A code that is gone from its book becomes inactive, never deleted.

    A kind that was not pulled keeps its codes as they are. One upsert and one update, in one transaction.
    """
    now = timezone.now()
    rows: dict[tuple[str, str], BookEntry] = {}
    for book in books:
        for position, entry in enumerate(book.entries):
            if not entry.code or len(entry.code) > CODE_LENGTH:
                continue
            rows[book.kind, entry.code] = BookEntry(
                connection=connection,
                kind=book.kind,
                code=entry.code,
                name=entry.name[:300],
                group=entry.group[:200],
                is_active=entry.is_active,
                ordering=position,
                pulled_at=now,
            )
    with transaction.atomic():
        BookEntry.objects.bulk_create(
            [rows[key] for key in sorted(rows)],
            update_conflicts=True,
            unique_fields=["connection", "kind", "code"],
            update_fields=["name", "group", "is_active", "ordering", "pulled_at"],
            batch_size=500,
        )
        BookEntry.objects.filter(
            connection=connection, kind__in={book.kind for book in books}, pulled_at__lt=now, is_active=True
        ).update(is_active=False)


# --- coverage -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what came from one side is mapped."""

    side: str
    kind: str
    seen: int
    mapped: int

    @property
    def unmapped(self) -> int:
        return self.seen - self.mapped


def coverage(route: Route) -> list[Coverage]:
    """Per side and kind: codes seen and codes with a rule. Two queries."""
    rules = rule_set(map(code_entry, CodeRule.objects.filter(route=route)), (), optional_kinds(route))
    seen: Counter[tuple[str, str]] = Counter()
    mapped: Counter[tuple[str, str]] = Counter()
    for code in SeenCode.objects.filter(route=route):
        seen[code.side, code.kind] += 1
        mapped[code.side, code.kind] += not is_seen_code_missing(rules, code)
    order = {kind: position for position, kind in enumerate(CodeKind.values)}
    keys = sorted(seen, key=lambda key: (key[0] != Side.STORE, order.get(key[1], 99)))
    return [Coverage(side, kind, seen[side, kind], mapped[side, kind]) for side, kind in keys]


def is_seen_code_missing(rules: RuleSet, code: SeenCode) -> bool:
    return is_missing(rules, CodeUse(code.kind, code.code), DIRECTION_OF_SIDE[code.side])


def unmapped_codes() -> list[SeenCode]:
    """Every seen code without a rule, of all routes: the to-do list. Three queries."""
    codes = list(
        SeenCode.objects.select_related("route__store", "route__crm")
        .defer("route__store__secrets", "route__crm__secrets")  # it would decrypt two for each code
        .order_by("route__name", "side", "kind", "-last_seen", "pk")
    )
    rules = _all_rules()
    return [code for code in codes if code.route_id in rules and is_seen_code_missing(rules[code.route_id], code)]


def count_unmapped(most: int) -> int:
    """How long that list is, counted no further than ``most``. For a badge on every page, so it makes no objects of
    rows. At most three queries."""
    codes = list(SeenCode.objects.order_by().values_list("route_id", "side", "kind", "code"))
    rules = _all_rules() if codes else {}
    missing = (
        1
        for route_id, side, kind, code in codes
        if route_id in rules and is_missing(rules[route_id], CodeUse(kind, code), DIRECTION_OF_SIDE[side])
    )
    return sum(islice(missing, most))


def _all_rules() -> dict[int, RuleSet]:
    """The code rules of each route."""
    entries: dict[int, list[CodeMapEntry]] = {}
    rows = CodeRule.objects.order_by().values_list(
        "route_id", "kind", "store_code", "crm_code", "action", "direction", "is_way_back"
    )
    for route_id, kind, store_code, crm_code, action, direction, is_way_back in rows:
        is_ignored = action == CodeRule.Action.IGNORE
        entry = CodeMapEntry(kind, store_code, crm_code, is_ignored, direction, is_way_back)
        entries.setdefault(route_id, []).append(entry)
    routes = Route.objects.order_by().select_related("crm").only("crm__kind", "crm__name")
    return {route.pk: rule_set(entries.get(route.pk, ()), (), optional_kinds(route)) for route in routes}
