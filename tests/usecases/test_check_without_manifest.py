"""`check DIR` where nobody wrote a manifest: what can be told is told, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import EVIL_PICKLE, LABELS, LOCK, WEIGHTS

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

NOTE = "there is no manifest: weighed against what `weighbridge init` would write"
SKIPPED = {"CFG009", "GOV001", "GOV007", "DEP003", "INT001", "INT002", "REP004"}


@pytest.fixture
def model(run: Bench) -> Bench:
    """A folder with a model, and no papers."""
    (run.folder / "model.safetensors").write_bytes(WEIGHTS)
    (run.folder / "labels.json").write_bytes(LABELS)
    (run.folder / "requirements.lock").write_text(LOCK)
    return run


def test_a_sound_model_passes_and_nothing_is_written(model: Bench) -> None:
    before = model.files()
    found = model("check", ".")
    assert (found.code, found.err) == (0, "")
    assert NOTE in found.out
    assert model.files() == before


def test_what_a_person_has_to_say_is_skipped_by_name(model: Bench) -> None:
    found = model("check", ".", "--output-format", "json").json
    assert found["proposed"] is True
    assert found["release"]["digest"] is None
    left_out = {one["code"] for one in found["skipped"] if one["by"] == "no manifest"}
    assert left_out == SKIPPED
    assert "release.yaml" not in {one["name"] for one in found["inputs"]}


def test_a_threat_fails_and_points_into_no_file_that_is_not_there(model: Bench) -> None:
    (model.folder / "old.pkl").write_bytes(EVIL_PICKLE)
    found = model("check", ".")
    assert found.code == 1
    assert "error[SEC001]" in found.out
    assert "release.yaml:" not in found.out


def test_a_folder_elsewhere_is_weighed_too(model: Bench) -> None:
    found = model("check", str(model.folder), "--output-format", "json")
    assert (found.code, found.json["verdict"]) == (0, "pass")


def test_a_baseline_goes_without_a_manifest(model: Bench) -> None:
    (model.folder / "old.pkl").write_bytes(EVIL_PICKLE)
    assert model("check", ".", "--write-baseline", "baseline.json").code == 0
    assert model("check", ".", "--baseline", "baseline.json").code == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("release.yaml",),
        (".", "--sign"),
        (".", "--fix"),
        (".", "--diff"),
        (".", "--for-env", "production"),
    ],
    ids=["nothing-named", "the-manifest", "sign", "fix", "diff", "for-env"],
)
def test_where_a_manifest_is_needed_it_is_missed(words: tuple[str, ...], model: Bench) -> None:
    before = model.files()
    found = model("check", *words)
    assert (found.code, found.out) == (2, "")
    assert "there is no " in found.err
    assert model.files() == before


def test_a_folder_without_a_model_has_nothing_to_weigh(run: Bench) -> None:
    found = run("check", ".")
    assert found.code == 2
    assert "weighbridge init" in found.err
