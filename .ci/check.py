"""`./hub check`: everything that can be said about the code without running it. All steps run; any fault fails."""

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

TOP = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
EXAMPLE_FIELD_KEY = "ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZS0="
"""Has the right form for the deployment check; nothing is ever encrypted with it."""

LINE_OF_ONE_MACHINE = re.compile(r"://|^\s*-(-index|-extra-index|-find|i |f )", re.MULTILINE)
"""A lock file holds names, versions and hashes; where packages come from is the machine's own affair."""


@dataclass(frozen=True, slots=True)
class Finding:
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    step: str
    ok: bool
    seconds: float
    text: str


def run(*command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | dict(env or {})
    return subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)


def tool(*command: str, env: Mapping[str, str] | None = None) -> Callable[[], Finding]:
    """A step that is one command of the environment's bin folder, or one module (``-m``) or script of Python."""
    first = str(Path(PYTHON).with_name(command[0]))
    whole = (PYTHON, *command[1:]) if command[0] == "python" else (first, *command[1:])

    def step() -> Finding:
        done = run(*whole, env=env)
        return Finding(done.returncode == 0, (done.stdout + done.stderr).strip())

    return step


def manage(folder: Path, *command: str) -> Callable[[], Finding]:
    """A command of manage.py under the settings of a real installation behind HTTPS."""
    environment = folder / "env"
    environment.write_text(
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        f"FIELD_KEYS={EXAMPLE_FIELD_KEY}\n"
        "HUB_BASE_URL=https://hub.example.com\n"
        f"HUB_DATA_DIR={folder / 'data'}\n"
        f"STATIC_ROOT={folder / 'static'}\n"
        "LOG_LEVEL=WARNING\n"
    )
    return tool(
        "python",
        "-W",
        "error::DeprecationWarning:integration_hub",
        "manage.py",
        *command,
        env={"HUB_ENV_FILE": str(environment)},
    )


def check_lock_files() -> Finding:
    faults = [
        f"{path.relative_to(TOP)} names where packages come from: {match.group().strip()}"
        for path in sorted((TOP / "requirements").glob("*.txt"))
        if (match := LINE_OF_ONE_MACHINE.search(path.read_text()))
    ]
    return Finding(not faults, "\n".join(faults))


def audit() -> Finding:
    """Known vulnerabilities of what a running hub needs. An unreachable service says nothing of our code."""
    done = run(
        PYTHON, "-m", "pip_audit", "-r", "requirements/base.txt", "--require-hashes", "--disable-pip",
        "--progress-spinner", "off", "--timeout", "15", "-f", "json",
    )  # fmt: skip
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        unreachable = re.search(r"ConnectionError|ServiceError|Max retries|timed out|HTTPError|resolve", done.stderr)
        prefix = "NOT CHECKED, the advisory service could not be reached: " if unreachable else ""
        return Finding(bool(unreachable), prefix + last[:300])
    found = [
        f"{package['name']} {package['version']}: {fault['id']}, fixed in: {', '.join(fault['fix_versions'])}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    return Finding(not found, "\n".join(found) or f"{len(packages)} packages, none with a known vulnerability")


def timed(name: str, step: Callable[[], Finding]) -> Result:
    started = monotonic()
    finding = step()
    return Result(name, finding.ok, round(monotonic() - started, 1), finding.text)


def print_result(result: Result) -> None:
    print(f"{'ok    ' if result.ok else 'FAILED'} {result.step} ({result.seconds} s)", flush=True)
    if not result.ok or result.text.startswith("NOT CHECKED"):
        print("       " + result.text.replace("\n", "\n       "), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./hub check", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-check-") as name:
        folder = Path(name)
        steps = {
            "format": tool("ruff", "format", "--check", "--output-format", "concise", "."),
            "lint": tool("ruff", "check", "--output-format", "concise", "."),
            "types": tool("mypy"),
            "import rules": tool("lint-imports"),
            "migrations": manage(folder, "makemigrations", "--check", "--dry-run"),
            "deployment": manage(folder, "check", "--deploy", "--fail-level", "WARNING"),
            "lock files": check_lock_files,
            "known vulnerabilities": audit,
        }
        results: list[Result] = []
        with ThreadPoolExecutor(max_workers=4) as pool:
            for future in [pool.submit(timed, step, function) for step, function in steps.items()]:
                results.append(future.result())
                if not options.json:
                    print_result(results[-1])
    ok = all(result.ok for result in results)
    if options.json:
        rows = [{"step": r.step, "ok": r.ok, "seconds": r.seconds, "text": r.text} for r in results]
        print(json.dumps({"ok": ok, "steps": rows}, indent=2))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
