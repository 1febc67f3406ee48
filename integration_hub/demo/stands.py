"""Serves stand-ins until it is told to stop; ``python -m integration_hub.demo.stands KIND...`` does so without Django,
which takes longer to load than they do."""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from threading import Event
from typing import Any


class StandError(Exception):
    """There is no such stand-in."""


def made(text: str, port: int = 0) -> Any:
    """What ``KIND[:option=value,...]`` means; port 0 lets the system choose."""
    kind, _, rest = text.partition(":")
    pairs = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    values = {name: int(value) if value.isdigit() else value for name, value in pairs.items()}
    try:
        module = import_module(f"connectors.{kind}.sandbox")
    except ModuleNotFoundError:
        message = f"There is no stand-in for “{kind}”."
        raise StandError(message) from None
    try:
        return module.make(port=port, **values)
    except TypeError as problem:
        message = f"{kind}: {problem}"
        raise StandError(message) from None


def serve(boxes: Sequence[Any], say: Callable[[Sequence[Any]], None]) -> None:
    """Returns when a signal has ended them. ``say`` is called with them once they listen."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for box in boxes:
        box.start()
    say(boxes)
    stopping.wait()
    for box in boxes:
        box.stop()


def as_json(boxes: Sequence[Any]) -> str:
    return json.dumps([{"kind": box.kind, "url": box.url} for box in boxes])


def main(kinds: Sequence[str]) -> None:
    """Prints where they listen as one line of JSON."""

    def say(boxes: Sequence[Any]) -> None:
        sys.stdout.write(as_json(boxes) + "\n")
        sys.stdout.flush()

    serve([made(kind) for kind in kinds], say)


if __name__ == "__main__":
    main(sys.argv[1:])
