"""Functions of the installation that change a record before it is translated.

Which ones may be used stands in ``HUB_TRANSFORMS``; which one a route uses is chosen on its page. A function gets the
canonical record and gives one back; whatever it does wrong ends as a refusal of that one record.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string
from pydantic import ValidationError

from connectors.contract.canonical import Customer, Lead, Order, Record
from connectors.contract.push import told
from integration_hub.connections.models import Route

R = TypeVar("R", Order, Customer)

TRANSFORM = "transform"
"""The code of a dead letter whose transform failed."""


class TransformError(Exception):
    """Why the record cannot be sent, in words for staff; nothing of the record is quoted."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def transformed(route: Route, record: Record) -> Record:
    """The record as the route's functions want it sent: the customer first, then the order that holds it.

    Raises TransformError.
    """
    match record:
        case Order():
            return _applied(route.transform_order, _with_customer(route, record))
        case Customer():
            return _applied(route.transform_customer, record)
        case Lead() if route.transform_customer:
            return record.model_copy(update={"customer": _applied(route.transform_customer, record.customer)})
        case _:
            return record


def _with_customer(route: Route, order: Order) -> Order:
    if not route.transform_customer or order.customer is None:
        return order
    return order.model_copy(update={"customer": _applied(route.transform_customer, order.customer)})


def _applied(path: str, record: R) -> R:
    if not path:
        return record
    function = _allowed(path)
    try:
        made = function(record)
    except (Exception, SystemExit) as fault:
        message = f"The transform “{path}” failed: {_place(fault)}. Correct it, then send the object again."
        raise TransformError(message) from fault
    kind = type(record)
    if not isinstance(made, kind):
        message = (
            f"The transform “{path}” gave back {_a(made)} instead of {_a(record)}. Correct it, then send it again."
        )
        raise TransformError(message)
    if made.id != record.id:
        message = f"The transform “{path}” changed the object's id, which the hub knows it by. Leave it as it is."
        raise TransformError(message)
    return _checked(path, made)


def _checked(path: str, made: R) -> R:
    """A copy with changed fields is not checked by itself: it may hold anything."""
    try:
        return type(made).model_validate(made.model_dump(warnings=False))
    except ValidationError as error:
        faults = "; ".join(f"{fault.path}: {fault.message}" for fault in told(error, type(made).__name__.lower())[:5])
    message = f"The transform “{path}” gave back something that cannot be sent: {faults}."
    raise TransformError(message)


def _allowed(path: str) -> Callable[[Any], Any]:
    if path not in settings.HUB_TRANSFORMS:
        message = (
            f"The transform “{path}” is not in HUB_TRANSFORMS. Add it there and restart the hub, or choose another one "
            "on the route's page."
        )
        raise TransformError(message)
    try:
        return loaded(path)
    except (Exception, SystemExit) as fault:
        message = f"The transform “{path}” could not be loaded: {_place(fault)}."
        raise TransformError(message) from fault


@lru_cache(maxsize=64)
def loaded(path: str) -> Callable[[Any], Any]:
    """The function; raises whatever its module raises, TypeError when it is no function."""
    found = import_string(path)
    if not callable(found):
        message = f"{path} cannot be called"
        raise TypeError(message)
    function: Callable[[Any], Any] = found
    return function


def _place(fault: BaseException) -> str:
    """Kind and place of a fault. Its text is left out: it may quote the record."""
    own = [frame for frame in extract_tb(fault.__traceback__) if frame.filename != __file__]
    said = f": {fault}" if isinstance(fault, ImportError) else ""
    where = f", {Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""
    return f"{type(fault).__name__}{said}{where}"


def _a(value: Any) -> str:
    if value is None:
        return "nothing"
    name = type(value).__name__
    return f"{'an' if name[:1].upper() in 'AEIOU' else 'a'} {name}"


def traceback_of(error: TransformError) -> str:
    """Where the function broke, for its developer; without source lines' values or texts of faults."""
    cause = error.__cause__
    if cause is None:
        return ""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in extract_tb(cause.__traceback__)]
    return "\n".join([*frames[-12:], type(cause).__name__])
