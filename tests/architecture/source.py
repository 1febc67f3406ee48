"""The files that belong to the project, and who imports whom in them."""

import subprocess
from functools import cache
from pathlib import Path

import grimp

TOP = Path(__file__).resolve().parents[2]
ROOT_PACKAGES = ("integration_hub", "connectors", "mappings")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that git knows or would take, relative to the top; without git, all that is not generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = {Path(line) for line in listed.stdout.splitlines()}
    else:
        found = {path.relative_to(TOP) for path in TOP.rglob("*")}
        found = {path for path in found if not {".hub", ".git", ".venv", "__pycache__"} & set(path.parts)}
    return tuple(sorted(path for path in found if (TOP / path).is_file()))


def text_of(path: Path) -> str | None:
    """None for what is not text, e.g. pictures."""
    try:
        return (TOP / path).read_text("utf-8")
    except UnicodeDecodeError:
        return None


@cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOT_PACKAGES, include_external_packages=True, cache_dir=None)
