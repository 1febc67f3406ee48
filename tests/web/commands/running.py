"""Runs a command as a person or a script would, and keeps what it said."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass(frozen=True, slots=True)
class Ran:
    """Exit code, stdout, and the message of an error that stopped the command."""

    code: int
    out: str
    error: str = ""

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        assert len(self.lines) == 1, "--json prints one line"
        return json.loads(self.out)


def run(*arguments: str) -> Ran:
    out = io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=io.StringIO())
    except CommandError as problem:
        return Ran(problem.returncode, out.getvalue(), str(problem))
    except SystemExit as end:
        return Ran(int(end.code or 0), out.getvalue())
    return Ran(0, out.getvalue())


def give_stdin(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
