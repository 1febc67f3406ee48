"""What every test may use, and what no test may do."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests import network

RecordedFolder = Callable[[str], Path]

_DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_reset_sequences", "live_server"})
_NOT_RUN = pytest.StashKey[dict[str, int]]()


def recorded_root() -> Path | None:
    """The folder of recorded payloads, one sub-folder per system; None when HUB_FIXTURES is not set."""
    name = os.environ.get("HUB_FIXTURES", "")
    return Path(name).resolve() if name else None


def chromium_path() -> str | None:
    """An installed Chromium or Chrome: CHROMIUM, else the usual names on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@cache
def has_php() -> bool:
    """A PHP on the path that can run the plug-ins of companions/."""
    php = shutil.which("php")
    if php is None:
        return False
    code = 'exit((int) !(extension_loaded("pdo_sqlite") && extension_loaded("curl")));'
    return subprocess.run([php, "-r", code], check=False).returncode == 0


# --- Options ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hub")
    group.addoption("--browser", action="store_true", help="browser tests must run; fail when there is no Chromium")
    group.addoption("--no-browser", action="store_true", help="leave the browser tests out")
    group.addoption("--only-database", action="store_true", help="only the tests that use the database")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_NOT_RUN] = {}
    network.guard()
    if config.getoption("browser") and chromium_path() is None:
        message = "--browser: no Chromium found. Install one, or set CHROMIUM to its path."
        raise pytest.UsageError(message)


def pytest_unconfigure() -> None:
    network.unguard()


# --- Which tests run --------------------------------------------------------------------------------------------------


def _uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") or item.get_closest_marker("database"):
        return True
    return not _DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def _is_the_same_on_all(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("any_database", "browser"))


def _why_not(item: pytest.Item, config: pytest.Config) -> str | None:
    """Why this test does not run, in the words of the closing summary; an empty text needs no mention."""
    if config.getoption("only_database") and (not _uses_database(item) or _is_the_same_on_all(item)):
        return ""
    names = getattr(item, "fixturenames", ())
    if ("recorded" in names or "recorded_file" in names) and recorded_root() is None:
        return "against recorded fixtures not run: HUB_FIXTURES is not set"
    callspec = getattr(item, "callspec", None)
    if callspec is not None and callspec.params.get("recorded_file", item) is None:
        return "against recorded fixtures not run: HUB_FIXTURES holds no such file"
    if item.get_closest_marker("browser"):
        if config.getoption("no_browser"):
            return "in a browser not run: --no-browser"
        if chromium_path() is None:
            return "in a browser not run: no Chromium found; install one or set CHROMIUM"
    if item.get_closest_marker("php") and not has_php():
        return "against the PHP plug-ins not run: no php with curl and pdo_sqlite found"
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    counts = config.stash[_NOT_RUN]
    for item in items:
        reason = _why_not(item, config)
        (kept if reason is None else left_out).append(item)
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def pytest_begin_with_the_long_ones(config: pytest.Config, items: list[pytest.Item]) -> None:
    """At the start of each worker's share: a test that mostly waits must not be the last, with nothing beside it.

    After pytest-django, which sorts by what a test does to the database; here none leaves anything behind."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if not item.get_closest_marker("long")]
    size = -(-len(rest) // workers)
    shares = [long[n::workers] + rest[n * size : (n + 1) * size] for n in range(workers)]
    items[:] = [item for share in shares for item in share]


# --- And that nobody overlooks the ones that do not -------------------------------------------------------------------


def pytest_report_header(config: pytest.Config) -> list[str]:
    lines = [f"database: {config.getoption('db')}"]
    if chromium_path() is None and not config.getoption("no_browser"):
        lines.append("browser tests will not run: no Chromium found; install one or set CHROMIUM")
    return lines


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist hands its counts to the process that writes the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        counts = session.config.stash[_NOT_RUN]
        output["not_run"] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects the same tests, so the counts are the same, not to be added up."""
    counts: dict[str, int] = getattr(node, "workeroutput", {}).get("not_run", {})
    node.config.stash[_NOT_RUN].update(counts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in sorted(config.stash[_NOT_RUN].items()):
        terminalreporter.write_line(f"{count} tests {reason}", yellow=True)
    if "HUB_NOT_RUN_FILE" in os.environ:  # ./hub test repeats it after its last run
        Path(os.environ["HUB_NOT_RUN_FILE"]).write_text(json.dumps(config.stash[_NOT_RUN]))


# --- Fixtures ---------------------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``recorded_file`` with the marker ``recorded_files(kind, pattern)``: one run for each file that is there."""
    if "recorded_file" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("recorded_files")
    if marker is None:
        message = (
            f"{metafunc.function.__name__} asks for recorded_file without the marker recorded_files(kind, pattern)"
        )
        raise pytest.UsageError(message)
    kind, pattern = marker.args
    root = recorded_root()
    files = sorted((root / kind).glob(pattern)) if root else []
    metafunc.parametrize("recorded_file", files or [None], ids=[path.name for path in files] or ["none"])


@pytest.fixture
def recorded() -> RecordedFolder:
    """``recorded("woocommerce")`` is the folder of that system's recorded payloads."""
    root = recorded_root()
    assert root is not None, "tests that use this fixture are left out when HUB_FIXTURES is not set"

    def folder(kind: str) -> Path:
        path = root / kind
        assert path.is_dir(), f"HUB_FIXTURES has no folder {kind}"
        return path

    return folder


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """In place of pytest-django's, which migrates a database for each worker."""
    from tests import templates

    with django_db_blocker.unblock():
        templates.use_a_copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda _test: templates.empty())
        yield
    with django_db_blocker.unblock():
        templates.drop_the_copy()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser that playwright drives (``executable_path``)."""
    path = chromium_path()
    assert path is not None, "no Chromium found; install one or set CHROMIUM"
    return path
