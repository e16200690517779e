from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.tools import tool, tool_environment
from tests.usecases.stage import FIRST, STAGING, condition
from weighbridge.model.predicates import REPLAY

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench

SUMS = "open('model.txt', 'w').write('%d' % (3 * 7))\n"
ASKS = "  evidence:\n    - {type: replay, atLeast: bitwise, signedBy: {role: checker}}\n"
ALONE = ("replay", "--perturb", "--only=hash-seed", "--only=umask", "--output-format=json")


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LD_LIBRARY_PATH", tool_environment()["LD_LIBRARY_PATH"])


def built(run: Bench, script: str) -> None:
    """Record a build that makes `model.txt`."""
    (run.folder / "train.py").write_text(script)
    assert run("build", "--output=model.txt", "--", "python", "train.py").code == 0


def test_the_last_build_here_is_made_again(run: Bench) -> None:
    built(run, SUMS)
    found = run("replay")
    assert (found.code, found.err.splitlines()[0]) == (0, "record: the last build in this folder")
    assert "  model.txt  bitwise" in found.out.splitlines()
    told = run("replay", "--output-format=json").json
    assert (told["schemaVersion"], told["verdict"], told["guilty"]) == (1, "bitwise", [])
    assert told["outputs"] == [
        {"path": "model.txt", "verdict": "bitwise", "stabilisers": [], "difference": None}
    ]


def test_what_its_outputs_depend_on_fails_it(run: Bench) -> None:
    built(run, "open('model.txt', 'w').write(str({'a', 'b', 'c', 'd', 'e', 'f'}))\n")
    found = run(*ALONE)
    assert found.code == 1
    assert found.json["guilty"] == ["hash-seed"]
    assert found.json["factors"] == [
        {"name": "hash-seed", "canary": "arrived"},
        {"name": "umask", "canary": "arrived"},
    ]
    assert run("replay").code == 1


def test_what_cannot_be_made_again_is_inconclusive(run: Bench) -> None:
    built(run, SUMS)
    (run.folder / "train.py").write_text("other")
    found = run("replay")
    assert found.code == 3
    # Files of the interpreter that no package lists are inputs, too: some machines have them.
    assert re.search(r"1 of \d+ inputs are not to be had as recorded: train.py\n", found.out)


def test_without_a_record_there_is_nothing_to_make_again(run: Bench) -> None:
    found = run("replay")
    assert (found.code, found.out) == (3, "")
    assert "no build is recorded in this folder" in found.err
    assert run("replay", "--record=nowhere.json").code == 2


@pytest.mark.parametrize(
    "words", [("--only=umask",), ("--key=ann",), ("--sign",), ("--timeout=soon",)]
)
def test_options_that_mean_nothing_are_refused(words: tuple[str, ...], run: Bench) -> None:
    built(run, SUMS)
    assert run("replay", *words).code == 2


def weights(stage: Stage) -> str:
    """Name the file of the first release whose bytes are still in the folder."""
    shown = stage("show", FIRST, "--output-format=json").out
    found: str = re.findall(r'"path": "([^"]+\.safetensors)"', shown)[0]
    return found


def recorded(stage: Stage) -> str:
    """Record a build that makes a file of the first release, and return the record's name."""
    path = weights(stage)
    (stage.folder / f"{path}.part").write_bytes((stage.folder / path).read_bytes()[1:])
    first = (stage.folder / path).read_bytes()[:1]
    script = f"open({path!r}, 'wb').write({first!r} + open({path + '.part'!r}, 'rb').read())\n"
    (stage.folder / "train.py").write_text(script)
    words = ("build", f"--output={path}", "--record=build.json", "--", "python", "train.py")
    assert stage(*words).code == 0
    return "--record=build.json"


def test_a_checker_signs_it_and_a_policy_is_met_by_that(stage: Stage) -> None:
    record = recorded(stage)
    stage.rule(ASKS)
    assert condition(stage.ask(FIRST, "staging"), "evidence:replay").outcome == "unmet"
    stage.apply(STAGING)
    assert stage("replay", FIRST, record, "--sign", by="max").code == 4
    signed = stage.done("replay", FIRST, record, "--sign", by="carl")
    entry = stage.last()
    assert f"signed by carl as evidence, entry {entry['index']}" in signed.err
    said = stage.predicate(entry["body"]["bundle"])["https://weighbridge.dev/v1"]
    assert (entry["body"]["predicateType"], said["verdict"]) == (REPLAY, "bitwise")
    assert sorted(said["dependsOn"]) == [
        *("artifacts", "build", "dependencies", "environment", "source")
    ]
    stage.apply(STAGING.replace("staging@1", "own@1"))
    assert condition(stage.ask(FIRST, "staging"), "evidence:replay").outcome == "met"


def test_a_difference_is_explained_by_who_did_not_make_it(stage: Stage) -> None:
    name = weights(stage)
    before = (stage.folder / name).read_bytes()
    script = (
        f"open({name!r}, 'wb').write({before!r} if __import__('os').getcwd() != '/build' else b'')"
    )
    (stage.folder / "train.py").write_text(script)
    record = "--record=build.json"
    assert stage("build", f"--output={name}", record, "--", "python", "train.py").code == 0
    assert stage("replay", FIRST, record, "--sign", by="carl").code == 1
    stage.rule(ASKS.replace("atLeast", "explained: allow, atLeast"))
    assert condition(stage.ask(FIRST, "staging"), "evidence:replay").outcome == "unmet"
    stage.apply(STAGING)
    words = ("replay", FIRST, f"--explain={name}", "--reason=another kernel")
    assert stage(*words, "--bound=0.1", by="carl").code == 2
    explained = stage.done(*words, by="carl")
    assert "explained by carl, entry " in explained.err
    said = stage.predicate(stage.last()["body"]["bundle"])
    assert (said["path"], said["why"], said["bound"]) == (name, "another kernel", "")
    stage.apply(STAGING.replace("staging@1", "own@1"))
    found = condition(stage.ask(FIRST, "staging"), "evidence:replay")
    assert (found.outcome, found.why) == ("met", "what differs was explained")


def test_an_explanation_is_of_something(stage: Stage) -> None:
    words = ("replay", FIRST, "--explain=model.bin", "--reason=why not")
    refused = stage(*words, by="carl")
    assert (refused.code, "no replay of this release was signed" in refused.err) == (2, True)
    assert stage("replay", FIRST, "--bound=1", by="carl").code == 2
    assert stage(*words, "--perturb", by="carl").code == 2
    assert stage("replay", *words[2:], by="carl").code == 2


def test_a_build_of_other_files_says_nothing_of_a_release(stage: Stage) -> None:
    (stage.folder / "train.py").write_text(SUMS)
    words = ("build", "--output=model.txt", "--record=other.json", "--", "python", "train.py")
    assert stage(*words).code == 0
    refused = stage("replay", FIRST, "--record=other.json", "--sign", by="carl")
    assert refused.code == 2
    assert "is no file of the release" in refused.err
    assert stage("replay", FIRST).code == 3


def test_signed_provenance_is_the_record_of_a_release(stage: Stage) -> None:
    recorded(stage)
    stage.done(*("attest", FIRST, "--predicate=build.json"), by="ann")
    found = stage("replay", FIRST, "--output-format=json")
    assert (found.code, found.json["verdict"]) == (0, "bitwise"), found.err
    assert "record: signed provenance of the release" in found.err
    assert json.loads((stage.folder / "build.json").read_text())
