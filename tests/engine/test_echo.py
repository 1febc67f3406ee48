"""Whether a state that comes back is our own write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_hub.engine.echo import (
    Mark,
    Verdict,
    after_seeing,
    after_writing,
    fingerprint,
    judge,
    mark_of,
    with_mark,
)

A, B, C = "a", "b", "c"


@pytest.mark.parametrize(
    ("mark", "incoming", "verdict"),
    [
        (Mark(), A, Verdict.NEWS),
        (Mark(written=A), A, Verdict.ECHO),
        (Mark(written=A), B, Verdict.NEWS),
        (Mark(seen=A), A, Verdict.KNOWN),
        (Mark(seen=A), B, Verdict.NEWS),
        (Mark(written=A, seen=B), A, Verdict.NEWS),
        (Mark(written=A, seen=B), B, Verdict.KNOWN),
        (Mark(written=A, seen=A), A, Verdict.KNOWN),
    ],
)
def test_truth_table(mark: Mark, incoming: str, verdict: Verdict) -> None:
    assert judge(mark, incoming) is verdict


def test_a_of_ours_then_b_then_a_of_theirs_is_news_both_times() -> None:
    mark = after_writing(A)
    heard = []

    for incoming in (A, B, A, A):
        heard.append(judge(mark, incoming))
        mark = after_seeing(mark, incoming)

    assert heard == [Verdict.ECHO, Verdict.NEWS, Verdict.NEWS, Verdict.KNOWN]


def test_our_next_write_makes_the_same_state_an_echo_again() -> None:
    mark = after_seeing(after_writing(A), B)

    mark = after_writing(B)

    assert judge(mark, B) is Verdict.ECHO


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([A, B, C]))))
def test_nothing_that_others_set_is_ever_lost(steps: list[tuple[bool, str]]) -> None:
    """Whatever happened before: a state that differs from what the side last held is news."""
    mark, holds = Mark(), ""

    for ours, state in steps:
        if ours:
            mark, holds = after_writing(state), state
            continue
        verdict = judge(mark, state)
        assert (verdict is Verdict.NEWS) == (state != holds)
        mark, holds = after_seeing(mark, state), state


def test_marks_survive_being_stored() -> None:
    stored = with_mark({"other": {"seen": C}}, "status", after_writing(A))

    assert stored == {"other": {"seen": C}, "status": {"written": A, "seen": None}}
    assert mark_of(stored, "status") == Mark(written=A)
    assert mark_of(stored, "absent") == Mark()
    assert mark_of({"status": None}, "status") == Mark()


def test_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint("lone \ud800 surrogate") == fingerprint("lone \ud800 surrogate")
