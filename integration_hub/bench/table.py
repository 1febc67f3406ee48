"""Runs the rows one after another, each in processes of its own, and puts them side by side."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integration_hub.web.processes import manage

from . import calls
from .databases import DATABASES, fresh

Row = dict[str, Any]

SIZES = {
    "burst": 5_000,
    "baseline": 1_000,
    "reflect": 1_500,
    "backfill": 100_000,
    "archive": 20_000,
    "calls": 1_000,
    "icml": 100_000,
}
"""Orders (offers) per row. The baseline gets fewer, because its rate is what is compared and it is slow."""

AIMS: Mapping[str, Mapping[str, float]] = {
    "burst": {"cpu_ms_per_order": 4.0, "crm_calls_per_order": 0.25, "lost": 0, "duplicated": 0},
    "reflect": {"reflect_p99_ms": 300, "door_p99_ms": 50, "lost": 0},
    "backfill": {"crm_calls_per_order": 0.021, "memory_growth": 0.10, "lost": 0},
    "archive": {
        "crm_calls_per_order": 0.022,
        "crm_calls_per_customer": 0.021,
        "memory_growth": 0.10,
        "progress_astray": 0,
        "troubles": 0,
        "lost": 0,
        "duplicated": 0,
    },
    "calls": {
        "retailcrm_live_calls_per_order": 0.5,
        "retailcrm_backfill_calls_per_order": 0.05,
        "bitrix24_live_calls_per_order": 0.25,
        "bitrix24_backfill_calls_per_order": 0.1,
        "refused_calls": 0,
        "lost": 0,
    },
    "icml": {"seconds": 5.0, "peak_memory_mb": 64, "lost": 0},
}
"""Highest wanted figure; for the burst there is also the ratio to the baseline, wanted at 5 or more."""

WANTED_RATIO = 5.0
ROW_TIMEOUT_SECONDS = 1_200


def run(names: Sequence[str], say: Callable[[str], None], *, scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` shrinks every row for a quick look."""
    rows: list[Row] = []
    for database in DATABASES:
        for name in names:
            size = max(int(SIZES[name] * scale), 100)
            say(f"{name} on {database}, {size} orders …")
            rows.append({"name": name, "database": database, **_measure(name, database, size)})
    _compare(rows)
    return rows


def _measure(name: str, database: str, size: int) -> Row:
    with fresh(database) as environment:
        share = calls.RATE_SHARE if name == "calls" else "1000"
        settings = {"DJANGO_SETTINGS_MODULE": "integration_hub.settings.bench", "HUB_RATE_SHARE": share}
        done = subprocess.run(  # noqa: S603 - our own command
            manage("bench", "--row", name, "--size", str(size)),
            env={**os.environ, **environment, **settings},
            stdout=subprocess.PIPE,
            text=True,
            timeout=ROW_TIMEOUT_SECONDS,
            check=False,
        )
    if done.returncode:
        return {"error": f"ended with code {done.returncode}"}
    figures: Row = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _compare(rows: Sequence[Row]) -> None:
    """Ratios, and which aims were met."""
    for row in rows:
        if "error" in row:
            row["met"] = False
            continue
        quantiles: Row = dict(row.get("reflect_ms", {}))
        flat = row | {f"reflect_{name}_ms": value for name, value in quantiles.items()}
        missed = [name for name, most in AIMS.get(row["name"], {}).items() if flat[name] > most]
        if row["name"] == "burst":
            row["ratio_to_baseline"] = _ratio(rows, row)
            missed += ["ratio_to_baseline"] if 0 < row["ratio_to_baseline"] < WANTED_RATIO else []
        row["missed"] = missed
        row["met"] = not missed


def _ratio(rows: Sequence[Row], row: Row) -> float:
    for other in rows:
        if other["name"] == "baseline" and other["database"] == row["database"] and "error" not in other:
            return round(float(row["orders_per_second"]) / float(other["orders_per_second"]), 1)
    return 0.0
