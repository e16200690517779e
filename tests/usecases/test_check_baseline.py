"""`check --baseline`: old findings do not fail, new ones do, and the gate knows none of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.usecases.stage import FIRST
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench

RECORD = ("check", "--write-baseline", "baseline.json")
HELD = ("check", "--baseline", "baseline.json")


def leave_todo(bench: Bench, key: str = "house@example.com") -> None:
    """Leave something for a person to say: two errors."""
    bench.edit(key, "TODO")
    commit(bench.folder)


def start(bench: Bench) -> None:
    leave_todo(bench)
    assert bench("check").code == 1
    assert bench(*RECORD).code == 0
    commit(bench.folder)


def test_only_new_findings_fail(bench: Bench) -> None:
    start(bench)
    found = bench(*HELD)
    assert found.code == 0
    assert "3 findings of baseline.json do not count (CFG009 1, GOV001 1, GOV007 1)" in found.out
    assert "error[" not in found.out
    assert "pass: 3 baselined (" in found.out
    bench.edit("team: house", "team: TODO")
    commit(bench.folder)
    found = bench(*HELD)
    assert found.code == 1
    assert found.out.count("error[") == 2
    assert "fail: 2 errors, 3 baselined (" in found.out


def test_an_edit_above_makes_no_finding_new(bench: Bench) -> None:
    start(bench)
    bench.edit("# A comment that must stay.\n", "# One.\n# Two.\n# Three.\n")
    commit(bench.folder)
    assert bench(*HELD).code == 0


def test_what_is_gone_is_named_and_taken_out(bench: Bench) -> None:
    start(bench)
    bench.edit("contact: TODO", "contact: house@example.com")
    commit(bench.folder)
    found = bench(*HELD)
    assert (
        "2 of baseline.json are gone: CFG009 metadata.owner.contact, GOV001 metadata.owner.contact;"
        " `weighbridge check --baseline baseline.json --prune-baseline` takes them out"
    ) in found.out
    pruned = bench(*HELD, "--prune-baseline")
    assert "2 findings taken out of baseline.json" in pruned.err
    assert "gone" not in pruned.out
    kept = json.loads((bench.folder / "baseline.json").read_text())
    assert [one["code"] for one in kept["findings"]] == ["GOV007"]


def test_a_rule_that_was_not_asked_leaves_its_entries(bench: Bench) -> None:
    start(bench)
    assert "gone" not in bench(*HELD, "--ignore", "CFG,GOV").out


def test_taking_out_puts_nothing_in(bench: Bench) -> None:
    start(bench)
    before = (bench.folder / "baseline.json").read_bytes()
    bench.edit("team: house", "team: TODO")
    assert bench(*HELD, "--prune-baseline").code == 1
    assert (bench.folder / "baseline.json").read_bytes() == before


def test_programs_are_told_which_are_old(bench: Bench) -> None:
    start(bench)
    found = bench(*HELD, "--output-format", "json").json
    assert {one["baselined"] for one in found["findings"]} == {True}
    assert found["summary"]["baselined"] == 3
    assert found["baseline"]["file"] == "baseline.json"
    assert found["baseline"]["gone"] == []
    (run,) = bench(*HELD, "--output-format", "sarif").json["runs"]
    assert {one["baselineState"] for one in run["results"]} == {"unchanged"}
    (run,) = bench("check", "--output-format", "sarif").json["runs"]
    assert not any("baselineState" in one for one in run["results"])
    assert "baselined" not in bench("check", "--output-format", "json").out
    assert "::error" not in bench(*HELD, "--output-format", "github").out
    assert "CFG009" not in bench(*HELD, "--output-format", "markdown").out.split("do not count")[0]
    junit = ET.fromstring(bench(*HELD, "--output-format", "junit").out)  # noqa: S314 - our own
    assert (junit.get("failures"), junit.get("errors")) == ("0", "0")


def test_the_comment_says_that_there_is_a_baseline(bench: Bench) -> None:
    start(bench)
    assert bench(*HELD, "--comment", "comment.md").code == 0
    said = (bench.folder / "comment.md").read_text()
    assert "3 findings of baseline.json do not count" in said
    assert "What would pass" not in said


def test_the_settings_may_name_it(bench: Bench) -> None:
    start(bench)
    (bench.folder / "weighbridge.toml").write_text('baseline = "baseline.json"\n')
    commit(bench.folder)
    assert bench("check").code == 0
    assert bench("check", "--baseline", "other.json").code == 2
    assert bench("config", "--output-format", "json").json["settings"][4]["name"] == "baseline"


@pytest.mark.parametrize("where", [("--sign", "--key", "carl"), ("--for-env", "production")])
@pytest.mark.parametrize(
    "words", [("--baseline", "b.json"), ("--write-baseline", "b.json"), ("--prune-baseline",)]
)
def test_the_gate_knows_no_baseline(
    where: tuple[str, ...], words: tuple[str, ...], bench: Bench
) -> None:
    found = bench("check", *where, *words)
    assert found.code == 2
    assert f"{words[0]} does not go with {where[0]}: the gate knows no baseline" in found.err
    assert not (bench.folder / "b.json").exists()


def test_a_baseline_of_the_settings_is_no_matter_of_a_gate(stage: Stage) -> None:
    (stage.folder / "weighbridge.toml").write_text('baseline = "not-there.json"\n')
    assert stage("check", FIRST, "--sign", by="carl").code == 0
    found = stage("check", FIRST, "--for-env=staging")
    assert found.code == 0
    assert "the baseline of the settings is not read: the gate knows none" in found.err
    assert stage("check", FIRST).code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--baseline", "b.json"), "`weighbridge check --write-baseline b.json`"),
        (("--baseline", "release.yaml"), "release.yaml is not a baseline of findings"),
        (("--write-baseline", "release.yaml"), "release.yaml is not a baseline of findings"),
        (("--write-baseline", "b.json", "--baseline", "b.json"), "does not go with --baseline"),
        (("--write-baseline", "b.json", "--diff"), "--write-baseline does not go with --diff"),
        (("--prune-baseline",), "--prune-baseline is for --baseline"),
        (("--write-baseline", "b.json", "--for-target", "x"), "does not go with --for-target"),
    ],
)
def test_what_does_not_fit_is_a_usage_error(
    words: tuple[str, ...], said: str, bench: Bench
) -> None:
    before = bench.files()
    found = bench("check", *words)
    assert (found.code, found.out) == (2, "")
    assert said in " ".join(found.err.split())
    assert bench.files() == before
