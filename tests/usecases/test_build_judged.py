"""Where records of builds are kept, and what `check` and `attest` make of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.builds import MAKE, built, path_with_strace, script
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_strace())


def test_a_record_can_be_attested_as_it_is(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")
    bench("seal")

    done = bench("attest", "demo@1.0.0", "--predicate", "record.json", "--dry-run")

    assert done.code == 0, done.err
    assert json.loads(done.out)["predicateType"] == "https://slsa.dev/provenance/v1"


def test_check_judges_the_build_that_made_the_release(bench: Bench) -> None:
    model = "weights/model.safetensors"
    data = (bench.folder / model).read_bytes()
    (bench.folder / "extra.csv").write_text("1")
    script(bench, f"open('extra.csv').read()\nopen({model!r}, 'wb').write({data!r})\n")
    bench.edit("artifacts:", "build: {inputs: [{path: never.csv}]}\n  artifacts:")
    built(bench, "--output", model)
    commit(bench.folder)

    done = bench("check", "--output-format", "json")

    found = {(one["code"], one["subject"], one["verdict"]) for one in done.json["findings"]}
    assert ("REP007", "extra.csv", "fail") in found
    assert ("REP007", "train.py", "fail") in found
    assert ("REP010", "never.csv", "fail") in found
    assert ("REP001", "spec.build", "fail") in found
    assert "build" in {one["name"] for one in done.json["inputs"]}


def test_check_says_nothing_of_a_build_that_made_other_bytes(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")

    done = bench("check", "--output-format", "json")

    assert not {one["code"] for one in done.json["findings"]} & {"REP001", "REP007"}


def test_a_damaged_record_is_inconclusive(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")
    (kept,) = (bench.folder / ".weighbridge/builds").rglob("*.json")
    kept.write_bytes(kept.read_bytes().replace(b"model.txt", b"other.txt"))

    done = bench("check", "--output-format", "json")

    found = {(one["code"], one["verdict"]) for one in done.json["findings"]}
    assert {("REP001", "inconclusive"), ("REP007", "inconclusive")} <= found


def test_the_record_is_kept_beside_the_registry_and_is_no_change_of_the_project(
    run: Bench,
) -> None:
    script(run, MAKE)
    commit(run.folder)

    built(run, "--output", "model.txt")

    (kept,) = (run.folder / ".weighbridge/builds").rglob("*.json")
    assert kept.read_bytes() == (run.folder / "record.json").read_bytes()
    assert (run.folder / ".weighbridge/.gitignore").read_text() == "*\n"
