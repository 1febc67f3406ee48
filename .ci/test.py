"""`./hub test`: the suite on SQLite, then whatever uses the database once more on PostgreSQL, and one closing line.

Arguments go to pytest. Without any that choose tests it is a full run, which looks at the plug-ins of companions/ as
well. With --coverage it must also reach the coverage floor; only the build server asks for that, because counting lines
makes a run a quarter longer. Lines are counted on SQLite alone, where every test runs.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TextIO
from xml.etree import ElementTree as ET

TOP = Path(__file__).resolve().parents[1]
FULL_RUN_FLAGS = {"--browser", "--no-browser", "-q", "-v", "-vv"}
NO_TESTS = 5
"""pytest's exit code when nothing was collected, e.g. none of the chosen tests uses the database."""


NOT_INSTALLED = 3
"""companions/check's exit code without PHP."""


@dataclass(frozen=True, slots=True)
class Outcome:
    passed: int
    failed: int
    skipped: int
    exit_code: int
    not_run: dict[str, int]


def read_outcome(report: Path, not_run: Path, exit_code: int) -> Outcome:
    """Counts from pytest's JUnit report; a run that died before it wrote one counts as one failure."""
    reasons = json.loads(not_run.read_text()) if not_run.exists() else {}
    if not report.exists():
        return Outcome(0, 1, 0, exit_code, reasons)
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314  # written by our own pytest a moment ago
    counts = {name: int(suite.get(name, 0)) if suite is not None else 0 for name in ("tests", "failures", "skipped")}
    failed = counts["failures"] + (int(suite.get("errors", 0)) if suite is not None else 0)
    passed = counts["tests"] - failed - counts["skipped"]
    return Outcome(passed, failed, counts["skipped"], exit_code, reasons)


def _cores() -> int:
    """Those that we may use. The suite has two workers more, because tests of whole processes wait for these."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_suite(database: str, args: list[str], folder: Path, *, coverage: bool, out: TextIO) -> Outcome:
    report, not_run = folder / f"{database}.xml", folder / f"{database}.json"
    command = [sys.executable, "-m", "pytest", "--db", database, f"--junitxml={report}", *args]
    environment = {"PYTEST_XDIST_AUTO_NUM_WORKERS": str(_cores() + 2)} | os.environ
    environment |= {"COVERAGE_FILE": str(folder / ".coverage"), "HUB_NOT_RUN_FILE": str(not_run)}
    if coverage:
        command += ["--cov", "--cov-report=", "--cov-fail-under=0"]
        if sys.version_info >= (3, 12):  # which count lines almost for nothing
            environment.setdefault("COVERAGE_CORE", "sysmon")
    done = subprocess.run(command, cwd=TOP, env=environment, stdout=out, check=False)
    return read_outcome(report, not_run, done.returncode)


def reaches_coverage_floor(folder: Path, out: TextIO) -> bool:
    """The floor stands in pyproject.toml."""
    command = [sys.executable, "-m", "coverage", "report", f"--data-file={folder / '.coverage'}"]
    report = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    print(report.stdout if report.returncode else report.stdout.splitlines()[-1], file=out)
    print(report.stderr, end="", file=out)
    if report.returncode:
        print("Coverage is below the floor.", file=out)
    return report.returncode == 0


def plugins_are_sound(out: TextIO) -> bool:
    """The PHP of companions/, where PHP and PHPUnit are installed; where not, one line of the script says so."""
    done = subprocess.run([TOP / "companions" / "check"], cwd=TOP, stdout=out, stderr=out, check=False)
    return done.returncode in {0, NOT_INSTALLED}


def main(args: list[str]) -> int:
    as_json = "--json" in args
    counts_lines = "--coverage" in args
    args = [arg for arg in args if arg not in {"--json", "--coverage"}]
    is_full = FULL_RUN_FLAGS.issuperset(args)
    out = sys.stderr if as_json else sys.stdout
    started = monotonic()
    with tempfile.TemporaryDirectory(prefix="hub-test-") as name:
        folder = Path(name)
        sqlite = run_suite("sqlite", args, folder, coverage=counts_lines, out=out)
        postgresql = run_suite("postgresql", [*args, "--only-database"], folder, coverage=False, out=out)
        covered = not counts_lines or reaches_coverage_floor(folder, out)
    sound = not is_full or plugins_are_sound(out)

    nothing_for_postgresql = postgresql.exit_code == NO_TESTS and not is_full
    runs = [sqlite] if nothing_for_postgresql else [sqlite, postgresql]
    passed, failed, skipped = (sum(getattr(run, key) for run in runs) for key in ("passed", "failed", "skipped"))
    seconds = round(monotonic() - started, 1)
    succeeded = covered and sound and all(run.exit_code == 0 for run in runs)

    for reason, count in sorted((postgresql.not_run | sqlite.not_run).items()):
        print(f"{count} tests {reason}", file=out)
    if as_json:
        print(json.dumps({"passed": passed, "failed": failed, "skipped": skipped, "seconds": seconds}))
    else:
        print(f"SQLite and PostgreSQL together, in {seconds} s:")
        print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # ours and pytest's lines keep their order
    sys.exit(main(sys.argv[1:]))
