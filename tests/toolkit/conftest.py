"""A sandbox of notes to try the frame with."""

from collections.abc import Iterator

import pytest
import requests

from connectors.toolkit.sandbox import Reply, Request, Sandbox

from .notes import Box


@pytest.fixture
def box() -> Iterator[Box]:
    """A sandbox of notes, and the notes that were written."""
    notes: list[str] = []
    sandbox = Sandbox("notes")

    def write(request: Request) -> Reply:
        notes.append(request.form()["text"])
        sandbox.log_write("notes/write", text=notes[-1])
        return Reply(201, {"written": len(notes)})

    sandbox.route("GET", r"/notes/(?P<number>\d+)", lambda _request, number: Reply(body={"number": number}))
    sandbox.route("POST", "/notes", write)
    sandbox.add_state(lambda: {"notes": len(notes)})
    sandbox.on_reset(notes.clear)
    with sandbox:
        yield sandbox, notes


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session
