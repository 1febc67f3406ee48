"""Saving the mapping grid: the rows that staff changed, as one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from integration_hub.connections.models import Route

from ..models import CodeRule

AUTOMATIC = ""
THIS_ONE = "yes"
NEVER = "never"
"""Whether a store code is used on the way back: when it is the only one, always, or never."""


@dataclass(frozen=True, slots=True)
class CodeChange:
    """What a row shall be. ``target`` is the other side's code; without one the code is ignored or left unmapped.

    ``way_back`` None: this kind has no way back, the rule keeps its direction.
    """

    code: str
    target: str = ""
    is_ignored: bool = False
    way_back: str | None = None

    @property
    def is_cleared(self) -> bool:
        return not self.target and not self.is_ignored


def save_changes(route: Route, kind: str, outward: Sequence[CodeChange], backward: Sequence[CodeChange] = ()) -> int:
    """Apply the changes and say how many rules were added, changed or deleted.

    Raises ValidationError when a CRM code would have two ways back; then nothing is saved. IntegrityError is possible
    when somebody else saves the same code at this moment.
    """
    with transaction.atomic():
        rules = list(CodeRule.objects.select_for_update().filter(route=route, kind=kind))
        by_store_code = {rule.store_code: rule for rule in rules if rule.direction != CodeRule.Direction.TO_STORE}
        by_crm_code = {rule.crm_code: rule for rule in rules if rule.direction == CodeRule.Direction.TO_STORE}
        gone: list[CodeRule] = []
        kept: list[CodeRule] = []
        for changes, existing, apply in (
            (outward, by_store_code, _apply_outward),
            (backward, by_crm_code, _apply_backward),
        ):
            for change in changes:
                rule = existing.get(change.code)
                if not change.is_cleared:
                    rule = rule or CodeRule(route=route, kind=kind)
                    apply(rule, change)
                    kept.append(rule)
                elif rule is not None:
                    gone.append(rule)
        deleted = {rule.pk for rule in gone}
        added = [rule for rule in kept if rule.pk is None]
        _check_ways_back([*(rule for rule in rules if rule.pk not in deleted), *added])
        _write(gone, kept)
    return len(gone) + len(kept)


def _apply_outward(rule: CodeRule, change: CodeChange) -> None:
    was_ignored = rule.action == CodeRule.Action.IGNORE
    rule.store_code = change.code
    rule.crm_code = change.target
    if change.is_ignored:
        rule.action, rule.direction = CodeRule.Action.IGNORE, CodeRule.Direction.TO_CRM
    else:
        rule.action = CodeRule.Action.TRANSLATE
        if change.way_back is not None:
            rule.direction = CodeRule.Direction.TO_CRM if change.way_back == NEVER else CodeRule.Direction.BOTH
            rule.is_way_back = change.way_back == THIS_ONE
        elif was_ignored:
            rule.direction = CodeRule.Direction.BOTH
    rule.settle()


def _apply_backward(rule: CodeRule, change: CodeChange) -> None:
    rule.crm_code = change.code
    rule.store_code = change.target
    rule.action = CodeRule.Action.IGNORE if change.is_ignored else CodeRule.Action.TRANSLATE
    rule.direction = CodeRule.Direction.TO_STORE
    rule.settle()


def _check_ways_back(rules: Iterable[CodeRule]) -> None:
    ways = Counter(rule.crm_code for rule in rules if rule.is_way_back)
    doubled = sorted(code for code, count in ways.items() if count > 1)
    if doubled:
        raise ValidationError(
            _("More than one way back is chosen for these CRM codes: %(codes)s. Choose one for each.")
            % {"codes": ", ".join(doubled)}
        )


def _write(gone: Iterable[CodeRule], kept: Sequence[CodeRule]) -> None:
    for rule in gone:
        rule.delete()
    # Marks that move from one rule to another would meet on the way, so all are lifted before they are set.
    CodeRule.objects.filter(pk__in=[rule.pk for rule in kept if rule.pk], direction=CodeRule.Direction.BOTH).update(
        is_way_back=False
    )
    for rule in kept:
        rule.save()
