"""What the mapping grid shows: one row per code, from the code book, the traffic and the rules. Three queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.contract.canonical import PaymentStatus
from integration_hub.connections.models import Route

from ..models import BookEntry, CodeKind, CodeRule, SeenCode, Side
from ..resolve import TO_CRM, TO_STORE, CodeUse, RuleSet, is_missing, rule_set
from ..rules import code_entry, is_seen_code_missing, optional_kinds
from ..suggest import Candidate, Suggestion, suggest
from .choices import book_entries


@dataclass(slots=True)
class Row:
    """A code of one side. ``rule`` is the rule of its own; a code may be covered without one (``flat_rate:3``).

    ``is_ambiguous``: several store codes lead to this CRM code and none is marked for the way back.
    """

    code: str
    name: str = ""
    is_inactive: bool = False
    seen: SeenCode | None = None
    rule: CodeRule | None = None
    is_covered: bool = False
    suggestion: Suggestion | None = None
    becomes: str = ""
    is_ambiguous: bool = False

    @property
    def needs_rule(self) -> bool:
        return self.seen is not None and not self.is_covered


@dataclass(slots=True)
class KindCoverage:
    """``unmapped`` of ``seen`` codes of a kind, both directions together."""

    kind: CodeKind
    seen: int = 0
    unmapped: int = 0


@dataclass(slots=True)
class Grid:
    route: Route
    kind: str
    rules: RuleSet
    outward: list[Row] = field(default_factory=list)
    backward: list[Row] = field(default_factory=list)
    store_book: Sequence[BookEntry] = ()
    crm_book: Sequence[BookEntry] = ()
    store_codes: set[str] = field(default_factory=set)
    crm_codes: set[str] = field(default_factory=set)
    coverage: list[KindCoverage] = field(default_factory=list)

    @property
    def this_coverage(self) -> KindCoverage:
        return next(each for each in self.coverage if each.kind == self.kind)


def build_grid(route: Route, kind: str) -> Grid:
    rules = list(CodeRule.objects.filter(route=route))
    seen = list(SeenCode.objects.filter(route=route))
    store_book, crm_book = book_entries(route, [kind])
    indexed = rule_set(map(code_entry, rules), (), optional_kinds(route))
    of_kind = [rule for rule in rules if rule.kind == kind]
    grid = Grid(route, kind, indexed, store_book=store_book, crm_book=crm_book)
    grid.store_codes = {rule.store_code for rule in of_kind}
    grid.crm_codes = {rule.crm_code for rule in of_kind}
    grid.coverage = _coverage(indexed, seen)
    grid.outward = _outward_rows(grid, of_kind, [each for each in seen if each.kind == kind])
    if kind == CodeKind.STATUS:
        grid.backward = _backward_rows(grid, of_kind, [each for each in seen if each.kind == kind])
    return grid


def _coverage(rules: RuleSet, seen: Iterable[SeenCode]) -> list[KindCoverage]:
    found = {kind: KindCoverage(kind) for kind in CodeKind}
    for code in seen:
        entry = found[CodeKind(code.kind)]
        entry.seen += 1
        entry.unmapped += is_seen_code_missing(rules, code)
    return list(found.values())


def _outward_rows(grid: Grid, rules: Iterable[CodeRule], seen: Iterable[SeenCode]) -> list[Row]:
    rows = _rows_of_book(grid.store_book)
    if grid.kind == CodeKind.PAYMENT_STATUS:
        for status in PaymentStatus:  # every shop's payment states are read as these
            rows.setdefault(status.value, Row(status.value))
    _add_seen(rows, (each for each in seen if each.side == Side.STORE))
    for rule in rules:
        if rule.direction != TO_STORE:
            rows.setdefault(rule.store_code, Row(rule.store_code)).rule = rule
    candidates = [Candidate(entry.code, entry.name) for entry in grid.crm_book if entry.is_active]
    for row in rows.values():
        row.is_covered = not is_missing(grid.rules, CodeUse(grid.kind, row.code), TO_CRM)
        if row.rule is None:
            row.suggestion = suggest(grid.kind, row.code, row.name, candidates)
    return _in_order(rows)


def _backward_rows(grid: Grid, rules: Iterable[CodeRule], seen: Iterable[SeenCode]) -> list[Row]:
    rows = _rows_of_book(grid.crm_book)
    _add_seen(rows, (each for each in seen if each.side == Side.CRM))
    for rule in rules:
        if rule.crm_code:
            row = rows.setdefault(rule.crm_code, Row(rule.crm_code))
            if rule.direction == TO_STORE:
                row.rule = rule
    names = {entry.code: entry.name for entry in grid.store_book}
    candidates = [Candidate(entry.code, entry.name) for entry in grid.store_book if entry.is_active]
    for row in rows.values():
        row.is_covered = not is_missing(grid.rules, CodeUse(grid.kind, row.code), TO_STORE)
        store_code = grid.rules.backward.get((grid.kind, row.code)) or ""
        row.is_ambiguous = (grid.kind, row.code) in grid.rules.ambiguous
        row.becomes = names.get(store_code) or store_code
        if not row.is_covered:
            row.suggestion = suggest(grid.kind, row.code, row.name, candidates)
    return _in_order(rows)


def _rows_of_book(entries: Iterable[BookEntry]) -> dict[str, Row]:
    return {entry.code: Row(entry.code, entry.name, is_inactive=not entry.is_active) for entry in entries}


def _add_seen(rows: dict[str, Row], seen: Iterable[SeenCode]) -> None:
    for code in seen:
        row = rows.setdefault(code.code, Row(code.code))
        row.seen = code
        row.name = row.name or code.label


def _in_order(rows: dict[str, Row]) -> list[Row]:
    """First what holds orders up, then the book's own order; a code out of use is shown only while it matters."""
    shown = [row for row in rows.values() if row.rule or row.seen or not row.is_inactive]
    return sorted(shown, key=lambda row: not row.needs_rule)
