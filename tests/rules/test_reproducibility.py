from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import SourceState
from weighbridge.model.finding import Verdict
from weighbridge.rules import sample


def test_many_changed_files_are_counted() -> None:
    state = SourceState(commit=sample.COMMIT, changed=tuple("abcdefg"))

    (finding,) = ask("REP004", replace(sample.release(), source=state))
    assert finding.message == "7 files differ from the commit: a, b, c, d, e and 2 more"


def test_the_commit_that_is_named_is_the_one_checked_out() -> None:
    release = sample.release({"/spec/source/commit": sample.COMMIT})

    assert ask("REP004", replace(release, source=SourceState(commit=sample.COMMIT))) == ()
    (finding,) = ask("REP004", replace(release, source=SourceState(commit="0" * 40)))
    assert finding.location.pointer == "/spec/source/commit"


def test_another_commit_and_changes_are_two_findings() -> None:
    release = sample.release({"/spec/source/commit": sample.COMMIT})
    state = SourceState(commit="0" * 40, changed=("a",))

    found = messages(ask("REP004", replace(release, source=state)))
    assert len(found) == 2
    assert "1 file differs from the commit: a" in found


@pytest.mark.parametrize(
    ("dirty", "wanted"),
    [(False, Verdict.PASS), (True, Verdict.FAIL), (None, Verdict.INCONCLUSIVE)],
)
def test_a_sealed_release_is_judged_by_what_it_says(wanted: Verdict, *, dirty: bool | None) -> None:
    release = sample.release({"/spec/source/dirty": dirty}, sealed=True)

    assert verdict(ask("REP004", release)) is wanted
