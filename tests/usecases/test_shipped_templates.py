"""A release of every family: a model, the smallest manifest over the template, sealed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.usecases.families import families
from tests.usecases.workshop import commit
from weighbridge.bootstrap import load_settings, open_catalogues
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.templates import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.usecases.families import Family
    from tests.usecases.workshop import Bench
    from weighbridge.model.catalogue import Catalogue

MADE = {
    "batch-scoring@1": "a job around a linear model the onnx package made",
    "gradient-boosting@1": "a booster written by hand as XGBoost's JSON has it",
    "onnx-audio@1": "a listener with state the onnx package made",
    "onnx-classifier@1": "the real model magika is released with",
    "sentence-embedding@1": "an encoder the safetensors package wrote",
    "sklearn-tabular@1": "a classifier pickled by hand as joblib does",
    "tensorflow-savedmodel@1": "a SavedModel written by hand",
    "vllm-generation@1": "a language model in bfloat16 written by hand as safetensors",
}

every_family = pytest.mark.parametrize(
    "family", families(), ids=lambda family: f"{family.name}, {MADE[family.reference]}"
)


def shipped(folder: Path) -> Sequence[Catalogue]:
    settings = load_settings(folder, start=folder, environ={}, flags={})
    return open_catalogues(settings, start=folder, environ={})


def captured(family: Family, run: Bench) -> None:
    """Lay a family out and have its digests captured."""
    family.lay_out(run.folder)
    commit(run.folder)
    assert run("capture", "--update").code == 0
    commit(run.folder)


def test_there_is_a_model_for_every_shipped_template(run: Bench) -> None:
    references = [found.file.reference for found in listed(shipped(run.folder))]
    assert references == [family.reference for family in families()] == list(MADE)


@every_family
def test_a_release_over_the_template_passes_and_is_sealed(family: Family, run: Bench) -> None:
    captured(family, run)
    found = run("check", "--output-format=json").json
    assert (found["findings"], found["verdict"]) == ([], "pass")
    sealed = run("seal")
    assert (sealed.code, sealed.err) == (0, "")
    release = f"{family.name}@{family.version}"
    again = run("check", release, "--output-format=json").json
    assert (again["findings"], again["verdict"]) == ([], "pass")
    assert again["release"]["digest"] in sealed.out


@every_family
def test_a_manifest_over_the_template_is_the_one_written_out(
    family: Family, run: Bench, tmp_path: Path
) -> None:
    captured(family, run)
    named, _ = find_authored(None, start=run.folder, catalogues=shipped)
    whole = resolved(named.release)
    assert "extends" not in whole
    for text in (json.dumps(whole), yaml.safe_dump(whole)):
        written, _ = read_release(text.encode(), "release.yaml")
        assert digest(canonical_bytes(resolved(written))) == digest(canonical_bytes(whole))
    sealed = run("seal").out.split()[0]
    (run.folder / "release.yaml").write_text(json.dumps(whole))
    assert run("seal", f"--registry={tmp_path / 'other'}").out.split()[0] == sealed


@every_family
def test_what_the_family_needs_is_asked_for(family: Family, run: Bench) -> None:
    captured(family, run)
    manifest = json.loads((run.folder / "release.yaml").read_text())
    manifest["spec"].pop("signature", None)
    (run.folder / "release.yaml").write_text(json.dumps(manifest))
    found = run("check")
    if family.name == "vllm-generation":
        assert found.code == 0
    else:
        assert found.code == 2
        assert f"{family.name} asks for spec.signature" in found.err
        assert "release.yaml:1:" in found.err


@pytest.mark.parametrize(
    ("reference", "wrong", "said"),
    [
        ("batch-scoring@1", "1.0.0", "is not a calendar version"),
        ("onnx-audio@1", "2026.11", "is not a SemVer 2 version"),
    ],
)
def test_the_versioning_a_family_suggests_is_checked_and_can_be_changed(
    reference: str, wrong: str, said: str, run: Bench
) -> None:
    (family,) = (family for family in families() if family.reference == reference)
    captured(family, run)
    run.edit(f'"version": "{family.version}"', f'"version": "{wrong}"')
    found = run("check")
    assert found.code == 2
    assert said in found.err
    run.edit(f'"version": "{wrong}"', f'"version": "{wrong}", "versioning": null')
    assert run("check").code == 0


def test_explain_tells_which_file_a_value_comes_from(run: Bench) -> None:
    (family,) = (family for family in families() if family.reference == "vllm-generation@1")
    captured(family, run)
    found = run("explain", "spec.parameters.max_num_seqs.value")
    assert "spec.parameters.max_num_seqs.value = 128\n  from    vllm-generation@1:" in found.out
    assert "(template)" in found.out
    assert "(manifest)" in run("explain", "spec.model.license").out
