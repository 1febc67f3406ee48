"""Batches: up to 50 commands in one call, of which later ones may use what earlier ones answered.

A batch is no transaction. With ``halt`` it stops at the first error, what came before stays done. So commands come in
groups, one group per object; what is done is never sent again, the group that failed is told, and the run goes on with
the next group.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import (
    ConnectorError,
    MethodLimited,
    Misconfigured,
    NotTried,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from connectors.toolkit.lenient import as_map, text

from .encoding import MAX_VARIABLES, Command
from .errors import OPERATION_TIME, error_in
from .portal import Portal

MAX_COMMANDS = 50
"""Bitrix24, batch: at most 50 commands."""

Group = Sequence[Command]


@dataclass(slots=True)
class Run:
    """What commands answered (their ``result``) and what kept others from it, by their keys."""

    results: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, ConnectorError] = field(default_factory=dict)

    def error_of(self, group: Group) -> ConnectorError | None:
        return next((self.errors[each.key] for each in group if each.key in self.errors), None)

    def result(self, key: str) -> Any:
        return self.results.get(key)


def ask(portal: Portal, commands: Sequence[Command]) -> Run:
    """Reads, as few calls as possible; an error of one leaves the others. Raises when a whole call failed."""
    run = Run()
    free = [each for each in commands if not _is_held(portal, [each], run)]
    for start in range(0, len(free), MAX_COMMANDS):
        _send(portal, free[start : start + MAX_COMMANDS], run, halt=False)
    return run


def _is_held(portal: Portal, group: Group, run: Run) -> bool:
    """A group of which one method must not be called now is not begun; others are none the worse for it."""
    errors = (portal.held(each.method) for each in group if each.key not in run.results)
    held = next((error for error in errors if error is not None), None)
    if held is not None:
        _mark(run, [group], held)
    return held is not None


def carry_out(
    portal: Portal,
    groups: Sequence[Group],
    before: Mapping[str, Any] | None = None,
    *,
    optional: Collection[str] = (),
) -> Run:
    """Writes, group by group in the given order. Raises nothing: what failed stands in ``errors``.

    ``before`` holds answers of earlier runs that commands refer to. An ``optional`` command stops nothing.
    """
    run = Run(dict(before or {}))
    waiting = deque(group for group in groups if group)
    while waiting:
        chunk = _chunk(portal, waiting, run)
        if not chunk:
            continue
        commands = [each for group in chunk for each in group if each.key not in run.results]
        try:
            _send(portal, commands, run, halt=True, optional=optional)
        except ConnectorError as error:
            _mark(run, chunk, error)
            _mark(run, waiting, not_tried(error))
            break
        _settle(run, chunk, waiting)
        stopped = _stopping(run, chunk, optional)
        if stopped is not None:
            _mark(run, waiting, not_tried(stopped))
            break
    return run


def not_tried(error: ConnectorError) -> ConnectorError:
    """What ``error`` means for objects that were not sent any more: their outcome is known, and no try of theirs is
    used up by another's failed call."""
    if isinstance(error, Retryable) and not isinstance(error, RateLimited):
        message = "Not sent, because the call before it failed. The hub sends it with the next batch."
        return NotTried(message, code="not_tried", retry_after=error.retry_after)
    return error


def _chunk(portal: Portal, waiting: deque[Group], run: Run) -> list[Group]:
    """The next groups that fit into one call; a command that PHP would cut goes alone."""
    chunk: list[Group] = []
    size = 0
    while waiting:
        group = [each for each in waiting[0] if each.key not in run.results]
        failed = next((run.errors[key] for each in group for key in each.needs if key in run.errors), None)
        if failed is not None:
            _mark(run, [waiting.popleft()], failed)
            continue
        if _is_held(portal, group, run):
            waiting.popleft()
            continue
        heavy = next((place for place, each in enumerate(group) if each.variables > MAX_VARIABLES), None)
        if heavy is not None:
            if chunk:
                return chunk
            waiting.popleft()
            if len(group) > 1:
                # What comes before it in its group is done first, then it alone, then the rest.
                first, rest = (group[:heavy], group[heavy:]) if heavy else (group[:1], group[1:])
                waiting.appendleft(rest)
                return [first]
            return [group]
        if chunk and size + len(group) > MAX_COMMANDS:
            return chunk
        chunk.append(group)
        size += len(group)
        waiting.popleft()
    return chunk


def _send(portal: Portal, commands: Sequence[Command], run: Run, *, halt: bool, optional: Collection[str] = ()) -> None:
    resolved = [each.with_results(run.results) for each in commands]
    is_read = all(each.is_read for each in resolved)
    if len(resolved) == 1:
        _send_alone(portal, resolved[0], run, optional)
        return
    body = {"halt": 1 if halt else 0, "cmd": {each.key: each.encoded() for each in resolved}}
    answer = as_map(portal.call("batch", body, is_read=is_read).get("result"))
    results, errors = as_map(answer.get("result")), as_map(answer.get("result_error"))
    times = as_map(answer.get("result_time"))
    for each in resolved:
        time = as_map(times.get(each.key))
        if each.key in errors:
            error = error_in(errors[each.key], is_write=not each.is_read)
            portal.note_cost(each.method, time, is_blocked=error.code == OPERATION_TIME)
            run.errors[each.key] = error
        elif each.key in results:
            portal.note_cost(each.method, time)
            run.results[each.key] = results[each.key]
    if not any(each.key in run.results or each.key in run.errors for each in resolved):
        message = "Bitrix24 answered a batch without a word about its commands. The hub looks before it writes again."
        raise OutcomeUnknown(message, code="short_answer")


def _send_alone(portal: Portal, command: Command, run: Run, optional: Collection[str]) -> None:
    try:
        body = portal.call(command.method, command.params, is_read=command.is_read)
    except (Rejected, Misconfigured, MethodLimited) as error:
        if isinstance(error, Misconfigured) and command.key not in optional:
            raise
        run.errors[command.key] = error
        return
    run.results[command.key] = body["result"]


def _settle(run: Run, chunk: Sequence[Group], waiting: deque[Group]) -> None:
    """Groups that the halt kept from being done come again, before all others."""
    for group in reversed(chunk):
        if run.error_of(group) is None and any(each.key not in run.results for each in group):
            waiting.appendleft(group)


def _stopping(run: Run, chunk: Sequence[Group], optional: Collection[str]) -> ConnectorError | None:
    """A fault that the next call would meet as well, whatever it is about."""
    found = (run.errors.get(each.key) for group in chunk for each in group if each.key not in optional)
    stopping = (each for each in found if isinstance(each, (Retryable, Misconfigured)))
    return next((each for each in stopping if not isinstance(each, MethodLimited)), None)


def _mark(run: Run, groups: Iterable[Group], error: ConnectorError) -> None:
    for group in groups:
        for each in group:
            if each.key not in run.results:
                run.errors.setdefault(each.key, error)


def new_id(result: Any) -> str:
    """The id in the answer of ``crm.item.add`` (an item) or of an older method (a number)."""
    if isinstance(result, Mapping):
        return text(as_map(result.get("item")).get("id"))
    return text(result)
