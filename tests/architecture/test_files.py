"""What may stand in a file of the project."""

import re
from pathlib import Path

import pytest

from .source import TOP, project_files, text_of

MAX_LINES = 400
"""More cannot be read in one sitting."""

MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.-])/(wor[k]|far[m]|hom[e]/[a-z]+|Use[r]s/[A-Za-z]+)/", re.MULTILINE)
REGISTRY_HOST = re.compile(r"://[a-z.-]*(pyp[i]|pythonhoste[d]|npmj[s]|debia[n])[a-z]*\.|--index-ur[l]|--find-link[s]")
"""Where packages come from is each machine's own affair. The brackets keep these lines from matching themselves."""

BLANKET = re.compile(r"#\s*type:\s*ignor[e]($|[^\[])|#\s*noq[a]($|[^:])", re.MULTILINE)
SLEEP = re.compile(r"\btime\.slee[p]\(")


def faults(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        text = text_of(path) or ""
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start() + 1) + 1
            found.append(f"{path}:{line}: {match.group().strip()}")
    return found


def python_files() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and "migrations" not in path.parts]


def test_no_module_is_too_long_for_one_sitting() -> None:
    too_long = {str(path): len((TOP / path).read_text().splitlines()) for path in python_files()}

    assert {path: lines for path, lines in too_long.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["machine path", "package registry"])
def test_no_file_names_a_machine(pattern: re.Pattern[str]) -> None:
    assert faults(pattern, list(project_files())) == []


def test_every_exception_to_a_rule_names_the_rule() -> None:
    assert faults(BLANKET, python_files()) == []


def test_no_test_sleeps() -> None:
    assert faults(SLEEP, [path for path in python_files() if path.parts[0] == "tests"]) == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in python_files() if path.parts[0] == "tests"}

    assert [str(folder) for folder in sorted(folders) if not (TOP / folder / "__init__.py").exists()] == []
