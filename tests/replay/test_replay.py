"""A build made again from its record: what is found, what is missing, what is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.codec.build_records import digest
from tests.replay.builds import laid_out
from weighbridge.adapters.replaying import sandboxed
from weighbridge.model.build_record import BuildOutput, PythonPackage, Witness
from weighbridge.model.rebuilding import Factor, arrived
from weighbridge.model.release.build import Tolerance
from weighbridge.model.replay import Difference, OutputVerdict
from weighbridge.model.replayed_build import Drift, Guilty, Replay, TriedFactor, UntriedFactor
from weighbridge.report.replay import render_replay
from weighbridge.usecases.replaying.comparing import Originals, behaviour
from weighbridge.usecases.replaying.materials import Places

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.rebuilding import Rebuilt

COPY = "from pathlib import Path\nPath('model.txt').write_text(Path('data/text.txt').read_text())"
SUMS = "from pathlib import Path\nPath('model.txt').write_text('%d' % (3 * 7))"


def test_an_input_that_was_changed_since_is_looked_for_elsewhere(tmp_path: Path) -> None:
    project = laid_out(tmp_path, "ngrams.py")
    record = project.record("out/pairs.json")
    text = project.folder / "data" / "text.txt"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(text, elsewhere / "text.txt")
    text.write_text("other words")
    done = project.replay(record)
    assert (done.verdict, done.builds) == ("could-not-replay", 0)
    assert done.reason == "1 of 2 inputs are not to be had as recorded: data/text.txt"
    there = project.replay(record, places=Places(root=project.folder, inputs=elsewhere))
    assert there.verdict == "bitwise"


def test_a_build_that_makes_nothing_is_no_replay(tmp_path: Path) -> None:
    project = laid_out(tmp_path, COPY)
    done = project.replay(project.record("model.txt"))
    assert (done.verdict, done.outcome) == ("could-not-replay", "inconclusive")
    assert done.reason == "each output is one of the inputs: nothing was made"
    assert [(one.kind, one.what) for one in done.deeds] == [("copied-output", "model.txt")]


def test_another_environment_is_said(tmp_path: Path) -> None:
    project = laid_out(tmp_path, SUMS)
    record = project.record("model.txt")
    assert record.interpreter is not None
    other = replace(
        record,
        interpreter=replace(record.interpreter, version="3.2.1"),
        packages=(PythonPackage(name="no-such-package", version="1.0", read=3),),
        usable=4_096,
    )
    done = project.replay(other)
    assert [one.name for one in done.drift] == [
        "interpreter",
        "no-such-package",
        "processors it may use",
    ]
    assert done.verdict == "bitwise"


def test_a_recorded_output_whose_bytes_are_gone_is_compared_by_digest_alone(
    tmp_path: Path,
) -> None:
    project = laid_out(tmp_path, SUMS)
    record = project.record("model.txt")
    gone = replace(record, outputs=(replace(record.outputs[0], digest=digest("b")),))
    done = project.replay(gone)
    assert done.verdict == "different"
    assert done.outputs[0].difference is not None
    assert "not to be had" in done.outputs[0].difference.what


def test_a_factor_whose_change_does_not_arrive_is_not_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandboxed, "find_faketime", lambda _: None)
    project = laid_out(tmp_path, SUMS)
    done = project.replay(project.record("model.txt"), perturbed=True)
    assert (done.verdict, done.guilty, done.undecided) == ("bitwise", (), ("clock",))
    assert done.outcome == "inconclusive"
    named = {one.name: one.canary for one in done.factors}
    assert named[Factor.CLOCK] == "lost"
    assert set(named.values()) == {"arrived", "lost"}


def test_what_the_record_fixes_is_not_changed(tmp_path: Path) -> None:
    project = laid_out(tmp_path, "fault_set_order.py")
    record = project.record("vocabulary.json", environ={"PYTHONHASHSEED": "3"})
    only = (Factor.HASH_SEED, Factor.UMASK)
    done = project.replay(record, perturbed=True, only=only)
    assert (done.verdict, done.guilty) == ("bitwise", ())
    because = {one.name: (one.because, one.decided) for one in done.untried}
    assert because == {Factor.HASH_SEED: ("the record sets PYTHONHASHSEED=3", True)}
    assert done.outcome == "pass"


def test_order_arrives_only_where_every_listing_has_another() -> None:
    before = {"file-order": '[["a", "b"], ["c", "d"]]'}
    assert arrived(Factor.FILE_ORDER, before, {"file-order": '[["b", "a"], ["d", "c"]]'})
    assert not arrived(Factor.FILE_ORDER, before, {"file-order": '[["b", "a"], ["c", "d"]]'})
    assert not arrived(Factor.FILE_ORDER, before, {"file-order": '[["b", "a"]]'})
    assert not arrived(Factor.UMASK, {"umask": "18"}, {})


def test_a_partial_record_is_said_to_be_one(tmp_path: Path) -> None:
    project = laid_out(tmp_path, SUMS)
    record = replace(project.record("model.txt"), witness=Witness.AUDIT_HOOK)
    assert "the record is partial: its witness was audit-hook" in project.replay(record).untold


@pytest.mark.parametrize(
    ("expected", "seen", "near"),
    [
        ("[[0.5, 0.5]]", "[[0.5000001, 0.4999999]]", "predictions-within-tolerance"),
        ("[[0.5, 0.5]]", "[[0.9, 0.1]]", None),
        ('{"accuracy": "0.91"}', '{"accuracy": "0.91000001"}', "metrics-within-tolerance"),
        ('{"accuracy": "0.91"}', '{"accuracy": "0.5"}', None),
        ("{}", "{}", None),
        ("[]", "[]", None),
        ("no JSON", "no JSON", None),
    ],
)
def test_predictions_and_metrics_that_are_near_lift_an_output_that_differs(
    expected: str, seen: str, near: str | None, tmp_path: Path
) -> None:
    from weighbridge.model.rebuilding import Rebuilt as Made  # noqa: PLC0415 - its name is a type

    before, after = tmp_path / "told.json", tmp_path / "made"
    before.write_text(expected)
    after.write_text(seen)
    from weighbridge.usecases.replaying.comparing import digest_of  # noqa: PLC0415 - see above

    told = BuildOutput(path="told.json", digest=digest_of(str(before)), size=1)
    rebuilt: Rebuilt = Made(code=0, outputs={"told.json": str(after)})
    outputs = (OutputVerdict(path="model.bin", verdict="different"),)
    originals = Originals(places=Places(root=tmp_path), folder=tmp_path)
    tolerance = Tolerance(absolute="0.001")
    found = behaviour(outputs, [told], rebuilt, originals=originals, tolerance=tolerance)
    assert found.get("model.bin") == near
    assert behaviour(outputs, [told], rebuilt, originals=originals, tolerance=None) == {}


def test_a_replay_is_told_with_its_causes_and_what_nobody_knows() -> None:
    difference = Difference(place="", what="its numbers differ", tensor="w", tensors=1, of=2)
    done = Replay(
        title="demo@1",
        release=None,
        record=digest("a"),
        verdict="different",
        outputs=(OutputVerdict(path="m", verdict="different", difference=difference),),
        perturbed=True,
        factors=(
            TriedFactor(name=Factor.THREADS, canary="arrived"),
            TriedFactor(name=Factor.CLOCK, canary="lost"),
        ),
        untried=(UntriedFactor(name=Factor.BLAS_KERNEL, because="none was loaded", decided=True),),
        guilty=(Guilty(name="threads", path="m", difference=difference),),
        builds=6,
        drift=(Drift(name="numpy", recorded="1", here=""),),
        untold=("the record is partial",),
    )
    text = render_replay(done)
    for line in (
        "    = seen:  w its numbers differ; 1 of 2 tensors differ",
        "  threads: m: w its numbers differ; 1 of 2 tensors differ",
        "  numpy: 1 is recorded, nothing is here",
        "  clock: the change did not arrive in the sandbox",
        "  the record is partial",
        "made again, and different",
        "  demo@1: 6 builds, 1 factor changed",
        "  not changed: blas-kernel (none was loaded)",
    ):
        assert line in text.splitlines()
