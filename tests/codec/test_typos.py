from __future__ import annotations

import json
import sys
from collections import Counter

import pytest

from tests.codec.samples import MINIMAL, faults_of, place
from tests.codec.typos import KINDS, typos, whole
from weighbridge.codec import faults
from weighbridge.codec.suggesting import advice
from weighbridge.model.release import ModelRelease

TYPOS = typos(200)
AMOUNTS = "spec.environment.resources"
MODEL = "family, format, formatVersion, framework, frameworkVersion, license, name, task, version"


def told(text: str | bytes, at: str) -> tuple[str, ...]:
    """Say what is advised about a key that is not known."""
    (found,) = [
        fault
        for fault in faults_of(text)
        if fault.code == faults.UNKNOWN_KEY and fault.location and fault.location.pointer == at
    ]
    return found.help


def test_the_manifest_they_are_made_of_is_whole_and_valid() -> None:
    data = whole()
    assert faults_of(json.dumps(data, default=str)) == ()
    assert len(data["spec"]) == 20


def test_typos_are_of_every_kind_and_at_every_depth() -> None:
    assert {one.kind for one in TYPOS} == set(KINDS)
    assert min(Counter(one.depth for one in TYPOS).values()) >= 15
    assert len({one.at for one in TYPOS}) == 200


@pytest.mark.slow
def test_every_typo_is_refused_and_nine_of_ten_are_answered_with_what_was_meant() -> None:
    refused = [one for one in TYPOS if faults_of(one.text)]
    advised = [told(one.text, one.at) for one in refused]
    right = [
        one
        for one, help_ in zip(refused, advised, strict=True)
        if help_[0] == f"did you mean `{one.meant}`?"
    ]
    sys.stdout.write(f"{len(TYPOS)} typos: {len(refused)} refused, {len(right)} answered right\n")
    assert len(refused) == len(TYPOS)
    assert len(right) >= 0.9 * len(TYPOS)


@pytest.mark.parametrize(
    ("before", "after", "at", "expected"),
    [
        ("spec:\n", "spec:\n  steps: []\n", "/spec/steps", ("it belongs to spec.rollout",)),
        ("spec:\n", "spec:\n  targets: []\n", "/spec/targets",
         ("it belongs to spec.compatibility",)),
        ("spec:\n", "spec:\n  min_samples: 1\n", "/spec/min_samples",
         ("it belongs to a member of spec.rollout.analysis",)),
        ("kind:", "owner: {team: x}\nkind:", "/owner", ("it belongs to metadata",)),
        ("kind:", "artifacts: []\nkind:", "/artifacts", ("it belongs to spec",)),
        ("    runtime: {impl", "    cpu: 1\n    runtime: {impl", "/spec/environment/cpu",
         (f"it belongs to {AMOUNTS}.limits or {AMOUNTS}.requests",)),
        ("    name: file-type-detector\n  env", "    name: x\n    dirty: false\n  env",
         "/spec/model/dirty", ("it belongs to spec.source",)),
        ("    name: file-type-detector\n  env", "    name: x\n    Framework_Version: '1'\n  env",
         "/spec/model/Framework_Version", ("did you mean `frameworkVersion`?",)),
        ("    name: file-type-detector\n  env", "    name: x\n    digest: '1'\n  env",
         "/spec/model/digest", (f"known here: {MODEL}",)),
        ("spec:\n", "spec:\n  strategie: canary\n", "/spec/strategie",
         ("keys like it belong to spec.rollout",)),
        ("    runtime: {impl", "    python: '3'\n    runtime: {impl", "/spec/environment/python",
         ("today it is `runtime`",)),
        ("spec:\n", "spec:\n  card: {path: a, ref: a}\n", "/spec/card/ref",
         ("today it is `path`",)),
        ("spec:\n", "spec:\n  rollouts: {}\n  rollout: {strategy: canary}\n", "/spec/rollouts",
         ("did you mean `rollout`?",)),
        ("spec:\n", "spec:\n  zzzzzzz: 1\n", "/spec/zzzzzzz", ()),
    ],
)  # fmt: skip
def test_a_key_is_taken_for_a_neighbour_or_sent_to_where_it_belongs(
    before: str, after: str, at: str, expected: tuple[str, ...]
) -> None:
    assert before in MINIMAL
    found = told(MINIMAL.replace(before, after, 1), at)
    assert found == expected or (not expected and found[0].startswith("known here: artifacts, "))


def test_of_two_that_are_as_like_the_one_that_is_missing_is_meant() -> None:
    known = ["minimum", "maximum"]
    for missing, beside in ((known[0], known[1]), (known[1], known[0])):
        assert advice(("spec", "mximum"), known, {beside}, ModelRelease)[0] in {
            f"did you mean `{missing}`?", "did you mean `maximum`?"
        }  # fmt: skip
    assert advice(("a", "xinimum"), known, {"maximum"}, ModelRelease) == (
        "did you mean `minimum`?",
    )
    assert advice(("a", "minimumm"), known, {"minimum"}, ModelRelease)[0].startswith("did you mean")


@pytest.mark.parametrize(
    ("key", "written"),
    [("apiVersion", "api_version"), ("kind", "kimd"), ("apiVersion", "apiversion")],
)
def test_what_a_document_is_can_be_misspelt_too(key: str, written: str) -> None:
    text = MINIMAL.replace(f"{key}:", f"{written}:", 1)
    (found,) = faults_of(text)
    assert (found.code, found.help) == (faults.UNKNOWN_KEY, (f"did you mean `{key}`?",))
    line = text[: text.index(f"{written}:")].count("\n") + 1
    assert place(found) == f"{line}:1 /{written}"


def test_both_keys_that_say_what_a_document_is_are_told_at_once() -> None:
    text = MINIMAL.replace("apiVersion:", "apiVersions:").replace("kind:", "Kind:")
    assert [place(fault) for fault in faults_of(text)] == ["1:1 /apiVersions", "2:1 /Kind"]


def test_a_path_that_is_misspelt_is_told_as_what_it_is() -> None:
    at = "/spec/artifacts/0/paht"
    found = faults_of(MINIMAL.replace("path:", "paht:"))
    assert [(fault.code, place(fault).split()[1]) for fault in found] == [(faults.UNKNOWN_KEY, at)]
    assert found[0].help == ("did you mean `path`?",)
