"""Stages of pipelines: which pipeline a stage belongs to, and the codes that stand for any stage of one kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.toolkit.lenient import text

from .entities import sort_of

FAMILIES: Mapping[str, str] = {"P": "*P", "S": "*S", "F": "*F"}
"""Semantics of a stage (P in progress, S won, F lost) and the code of the book that stands for any such stage."""

FAMILY_NAMES: Mapping[str, str] = {
    "*P": "Any stage in progress",
    "*S": "Any won stage",
    "*F": "Any lost stage",
}


def pipeline_of(stage: str) -> str:
    """``C9:NEW`` is of pipeline 9; stages of the general pipeline, 0, have no prefix."""
    head, colon, _rest = stage.partition(":")
    return head[1:] if colon and head.startswith("C") and head[1:].isdigit() else "0"


def in_pipeline(stage: str, pipeline: str, counterparts: Mapping[str, Sequence[str]]) -> str:
    """The stage that staff named for a deal of that pipeline; without one the stage itself, which moves the deal."""
    if pipeline_of(stage) == pipeline:
        return stage
    return next((each for each in counterparts.get(stage, ()) if pipeline_of(each) == pipeline), stage)


def dictionary_of(pipeline: str) -> str:
    """The dictionary that holds a pipeline's stages."""
    return "DEAL_STAGE" if pipeline in {"", "0"} else f"DEAL_STAGE_{pipeline}"


def families_of(semantics: str) -> tuple[str, ...]:
    return (FAMILIES[semantics],) if semantics in FAMILIES else ()


def semantics_in(entry: Mapping[str, Any]) -> str:
    """Of a dictionary's entry: null there means in progress."""
    return text(entry.get("SEMANTICS")).upper() or "P"


def first_of(family: str, stages: Sequence[Mapping[str, Any]]) -> str:
    """The first stage of that family, in the portal's order, or of all; empty when the pipeline has none."""
    fitting = [entry for entry in stages if not family or FAMILIES.get(semantics_in(entry)) == family]
    fitting.sort(key=lambda entry: sort_of(entry, "SORT"))
    return text(fitting[0].get("STATUS_ID")) if fitting else ""
