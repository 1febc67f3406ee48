"""Rules on imports that import-linter's contracts cannot say, and that the contracts hold."""

import subprocess
import sys
from pathlib import Path

from connectors.registry import CONNECTORS

from .source import ROOT_PACKAGES, TOP, import_graph

NOT_SYSTEMS = {"contract", "toolkit", "registry"}
FRAME = "connectors.toolkit.sandbox"
"""What every sandbox is built on."""

PURE = {"pydantic"} | set(sys.stdlib_module_names)
OPEN_TO_ALL = ("connectors.contract", "connectors.registry", "connectors.toolkit.announce")
"""The common language, the one door (whom it is open to is a contract of its own), and the hub's own messages."""


def is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def imports_of(module: str) -> set[str]:
    return set(import_graph().find_modules_directly_imported_by(module))


def modules_of(package: str) -> list[str]:
    return sorted(module for module in import_graph().modules if is_inside(module, package))


def test_the_contracts_of_pyproject_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_outside_knows_a_system_by_name() -> None:
    faults = [
        f"{module} imports {imported}"
        for package in ROOT_PACKAGES
        if package != "connectors"
        for module in modules_of(package)
        for imported in imports_of(module)
        if is_inside(imported, "connectors") and not any(is_inside(imported, door) for door in OPEN_TO_ALL)
    ]

    assert faults == []


def test_a_sandbox_knows_nothing_of_the_client_it_stands_in_for() -> None:
    faults = [
        f"{module} imports {imported}"
        for module in modules_of("connectors")
        if is_sandbox(module)
        for imported in imports_of(module)
        if is_inside(imported, "connectors") and not is_allowed_in_sandbox(module, imported)
    ]

    assert faults == []


def is_sandbox(module: str) -> bool:
    parts = module.split(".")
    return len(parts) > 2 and parts[1] not in NOT_SYSTEMS and parts[2] == "sandbox"


def is_allowed_in_sandbox(module: str, imported: str) -> bool:
    """The frame of all sandboxes and the sandbox's own modules."""
    own = f"connectors.{module.split('.')[1]}.sandbox"
    return is_inside(imported, FRAME) or is_inside(imported, own)


def test_the_contract_needs_the_standard_library_and_pydantic_alone() -> None:
    faults = [
        f"{module} imports {imported}"
        for module in modules_of("connectors.contract")
        for imported in imports_of(module)
        if not is_inside(imported, "connectors.contract") and imported.split(".")[0] not in PURE
    ]

    assert faults == []


def test_every_connector_folder_is_registered_and_every_registered_one_is_there() -> None:
    folders = {path.parent.name for path in (TOP / "connectors").glob("*/spec.py")} - NOT_SYSTEMS

    assert folders == set(CONNECTORS)
    assert all(target == f"connectors.{kind}.spec" for kind, target in CONNECTORS.items())


def test_every_connector_has_a_folder_of_tests() -> None:
    missing = [kind for kind in CONNECTORS if not list((TOP / "tests" / "connectors" / kind).glob("test_*.py"))]

    assert missing == []


def test_the_engine_names_no_system() -> None:
    named = [
        f"{path.name}: {kind}"
        for path in (TOP / "integration_hub" / "engine").rglob("*.py")
        for kind in CONNECTORS
        if kind in path.read_text().lower()
    ]

    assert named == []
