"""Translation as a pure function: a route's rules and a record in, the target's codes and fields out.

No Django here and no database; ``rules.py`` loads the rules. Nothing is guessed: a code without a rule raises
``Unmapped``, and a code that staff ignore on purpose becomes None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order
from connectors.contract.errors import Unmapped

from .catalogue import CONSTANT, read_source

TO_CRM = "to_crm"
TO_STORE = "to_store"

OPTIONAL_KINDS = frozenset({"order_method", "payment_status"})
"""Kinds that a route may leave alone altogether: without a single rule of the kind nothing of it is sent."""

APPEND_SEPARATOR = "; "
"""Between the parts when several rules write into one field; one line, because most CRM fields are one line."""


@dataclass(frozen=True, slots=True)
class CodeMapEntry:
    """A code rule as data. ``direction`` is ``both``, ``to_crm`` or ``to_store``; an ignored code has one side only."""

    kind: str
    store_code: str = ""
    crm_code: str = ""
    is_ignored: bool = False
    direction: str = "both"
    is_way_back: bool = False


@dataclass(frozen=True, slots=True)
class FieldMapEntry:
    """A field rule as data. ``write_mode`` is ``always``, ``only_new`` or ``append``."""

    object: str
    source: str
    target: str
    constant: str = ""
    write_mode: str = "always"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A route's rules, indexed by (kind, code). A value of None: ignored on purpose.

    ``ambiguous`` holds the CRM codes that several store codes lead to while none is marked for the way back.
    ``optional`` are kinds that this CRM can do without, beside those of every CRM. ``kinds`` are those of which any
    store code has a rule.
    """

    outward: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    backward: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    ambiguous: frozenset[tuple[str, str]] = frozenset()
    fields: Sequence[FieldMapEntry] = ()
    optional: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CodeUse:
    """A code that a record uses. ``label`` is the name that the shop shows for it."""

    kind: str
    code: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class OrderTranslation:
    """An order's codes in the target's vocabulary, shaped as ``OrderDraft`` takes them."""

    status: str | None = None
    delivery_codes: tuple[str | None, ...] = ()
    payment_codes: tuple[str | None, ...] | None = None
    payment_statuses: tuple[str | None, ...] = ()
    order_method: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def rule_set(
    codes: Iterable[CodeMapEntry], fields: Iterable[FieldMapEntry] = (), optional: frozenset[str] = frozenset()
) -> RuleSet:
    """Index the rules. On the way back a marked rule wins; an unmarked one counts when it is the only one."""
    outward: dict[tuple[str, str], str | None] = {}
    marked: dict[tuple[str, str], str | None] = {}
    candidates: dict[tuple[str, str], list[str]] = {}
    for entry in codes:
        result = None if entry.is_ignored else entry.crm_code
        if entry.direction != TO_STORE:
            outward[entry.kind, entry.store_code] = result
        if entry.direction == TO_STORE or (entry.is_way_back and not entry.is_ignored):
            marked[entry.kind, entry.crm_code] = None if entry.is_ignored else entry.store_code
        elif entry.direction != TO_CRM and not entry.is_ignored:
            candidates.setdefault((entry.kind, entry.crm_code), []).append(entry.store_code)
    single = {key: found[0] for key, found in candidates.items() if len(found) == 1}
    ambiguous = frozenset(key for key, found in candidates.items() if len(found) > 1 and key not in marked)
    kinds = frozenset(kind for kind, _code in outward)
    return RuleSet(outward, {**single, **marked}, ambiguous, tuple(fields), optional, kinds)


def to_crm(rules: RuleSet, kind: str, code: str, label: str = "") -> str | None:
    """The CRM code of a store code; None when it is empty, ignored on purpose, or of an unused optional kind.

    Without a rule of its own ``flat_rate:3`` uses the rule of ``flat_rate``: shops number the instances of one
    delivery method. Raises Unmapped.
    """
    if not code:
        return None
    for known in _spellings(kind, code):
        if (kind, known) in rules.outward:
            return rules.outward[kind, known]
    if (kind in OPTIONAL_KINDS or kind in rules.optional) and kind not in rules.kinds:
        return None
    raise Unmapped(kind, code, label=label)


def _spellings(kind: str, code: str) -> Iterator[str]:
    yield code
    while kind == "delivery" and ":" in code:
        code = code.rpartition(":")[0]
        yield code


def to_store(rules: RuleSet, kind: str, code: str, families: Iterable[str] = ()) -> str | None:
    """The store code of a CRM code; None when it is empty or ignored on purpose.

    A code without a rule of its own uses that of the first of its ``families`` that has one. Raises Unmapped, also when
    several store codes lead to it and none is marked for the way back.
    """
    if not code:
        return None
    for known in (code, *families):
        if (kind, known) in rules.backward:
            return rules.backward[kind, known]
    raise Unmapped(kind, code)


def translate_status_back(rules: RuleSet, crm_status: str, families: Iterable[str] = ()) -> str | None:
    """The store's status for a CRM status; None: ignored on purpose. Raises Unmapped."""
    return to_store(rules, "status", crm_status, families)


def translate_order(
    rules: RuleSet, order: Order, *, with_status: bool, with_payments: bool, is_new: bool = False
) -> OrderTranslation:
    """Raises Unmapped for the first code without a rule; ``missing_codes`` lists them all.

    A payment whose method is ignored on purpose is left out, so its status is not looked up either. ``is_new``: the
    target does not have this order yet.
    """
    status = to_crm(rules, "status", order.status) if with_status else None
    delivery_codes = tuple(to_crm(rules, "delivery", each.code, each.name) for each in order.deliveries)
    payment_codes: tuple[str | None, ...] | None = None
    payment_statuses: tuple[str | None, ...] = ()
    if with_payments:
        payment_codes = tuple(to_crm(rules, "payment", each.code, each.name) for each in order.payments)
        payment_statuses = tuple(
            None if code is None else to_crm(rules, "payment_status", payment.status.value)
            for payment, code in zip(order.payments, payment_codes, strict=True)
        )
    return OrderTranslation(
        status=status,
        delivery_codes=delivery_codes,
        payment_codes=payment_codes,
        payment_statuses=payment_statuses,
        order_method=to_crm(rules, "order_method", order.order_method),
        fields=apply_fields(rules, ObjectKind.ORDER.value, order, is_new=is_new),
    )


def order_codes(order: Order, *, with_status: bool = True, with_payments: bool = True) -> tuple[CodeUse, ...]:
    """Every code that the order uses, each once, in the order in which ``translate_order`` looks them up."""
    uses = [CodeUse("status", order.status)] if with_status else []
    uses += [CodeUse("delivery", each.code, each.name) for each in order.deliveries]
    if with_payments:
        uses += [CodeUse("payment", each.code, each.name) for each in order.payments]
        uses += [CodeUse("payment_status", each.status.value) for each in order.payments if each.code]
    uses.append(CodeUse("order_method", order.order_method))
    return tuple({(use.kind, use.code): use for use in uses if use.code}.values())


def missing_codes(rules: RuleSet, order: Order, *, with_status: bool, with_payments: bool) -> tuple[CodeUse, ...]:
    """Every code of the order that has no rule, so that staff see them all at once; empty when it can be translated."""
    kept = tuple(each for each in order.payments if not _is_ignored(rules, "payment", each.code))
    without_ignored = order.model_copy(update={"payments": kept})
    used = order_codes(without_ignored, with_status=with_status, with_payments=with_payments)
    return tuple(use for use in used if is_missing(rules, use))


def _is_ignored(rules: RuleSet, kind: str, code: str) -> bool:
    return not is_missing(rules, CodeUse(kind, code)) and to_crm(rules, kind, code) is None


def is_missing(rules: RuleSet, use: CodeUse, direction: str = TO_CRM, families: Iterable[str] = ()) -> bool:
    """Whether the code would park an item. ``families``: wider codes that hold for a CRM's code too."""
    try:
        if direction == TO_STORE:
            to_store(rules, use.kind, use.code, families)
        else:
            to_crm(rules, use.kind, use.code)
    except Unmapped:
        return True
    return False


def apply_fields(rules: RuleSet, kind: str, record: Order | Customer | Lead, *, is_new: bool) -> dict[str, Any]:
    """The target's own fields for an ``order``, ``customer`` or ``lead``; values are plain JSON data.

    An empty source writes nothing. *Append* joins its text to what earlier rules gave the same field.
    """
    fields: dict[str, Any] = {}
    for entry in rules.fields:
        if entry.object != kind or (entry.write_mode == "only_new" and not is_new):
            continue
        value = entry.constant if entry.source == CONSTANT else read_source(kind, entry.source, record)
        if value is None or value in ("", [], {}):
            continue
        if entry.write_mode == "append" and entry.target in fields:
            fields[entry.target] = f"{fields[entry.target]}{APPEND_SEPARATOR}{value}"
        else:
            fields[entry.target] = value
    return fields
