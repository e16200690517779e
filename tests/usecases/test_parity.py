from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.probes.environments import SITE, environment, install
from tests.usecases.stage import FIRST, PRODUCTION, STAGING, condition
from tests.usecases.workshop import LOCK, Bench, commit, manifest_text, sha256
from weighbridge.model.predicates import PARITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.usecases.stage import Stage

OTHER = "demo@2.0.0"
RUNTIME = "environment/runtime/version"
ENV = "environment/system/env/MODE"
SETS = "    system: {env: {MODE: fast}}\n"
ASKS = "  evidence:\n    - {type: parity, signedBy: {role: checker}}\n"
WAIVES = "  waivers:\n    - {rules: [REP008], roles: [ml-lead], longest: 30d}\n"
ALLOWS = """\
  parity:
    allowed:
      - {entries: ["environment/system/env/MODE"], reason: staging is told that it is}
"""
TOKEN = "ghp_" + "a1B2" * 9


def seal_other(stage: Stage, version: str = "2.0.0") -> None:
    """Seal a release that sets a variable, and have it signed and checked."""
    text = manifest_text().replace('"1.0.0"', f'"{version}"')
    text = text.replace("  dependencies:\n", SETS + "  dependencies:\n")
    (stage.folder / "release.yaml").write_text(text)
    (stage.folder / "labels.json").write_bytes(b'["cat", "dog"]\n')
    commit(stage.folder)
    stage.done("seal")
    stage.done("sign", f"demo@{version}", by="bea")
    stage.done("check", f"demo@{version}", "--sign", by="carl")


@pytest.fixture
def apart(stage: Stage) -> Stage:
    """Have one release in production, and another in staging that sets a variable."""
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    seal_other(stage)
    assert stage.promote(OTHER, "staging").code == 0
    return stage


def test_environments_with_the_same_release_are_at_parity(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    found = stage("parity", "staging", "production")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("demo@staging (1.0.0) and demo@production (1.0.0)\n")
    assert "at parity: 3 match\n" in found.out


def test_drift_between_environments_is_named_and_exits_with_1(apart: Stage) -> None:
    found = apart("parity", "staging", "production")
    assert found.code == 1
    assert f"  drift    {ENV}  fast | -  (the second has none)\n" in found.out
    told = apart("parity", "staging", "production", "--output-format=json")
    assert told.code == 1
    assert list(told.json) == ["schemaVersion", "verdict", "releases", "entries"]
    (release,) = told.json["releases"]
    assert release["left"]["digest"] == apart.release(OTHER)
    assert release["right"] == {
        "name": "demo@production",
        "version": "1.0.0",
        "digest": apart.release(FIRST),
    }
    (entry,) = (one for one in told.json["entries"] if one["outcome"] != "match")
    assert entry == {
        "name": ENV,
        "outcome": "drift",
        "left": "fast",
        "right": None,
        "release": "demo",
        "why": "the second has none",
        "allowedBy": None,
    }
    assert apart("parity", "demo@production", "demo@staging").code == 1
    assert apart("parity", FIRST, OTHER).out.splitlines()[0] == f"{FIRST} and {OTHER}"


def test_what_owners_allow_counts_wherever_the_environment_is_named(apart: Stage) -> None:
    apart.apply(STAGING + ALLOWS)
    for words in (("staging", "production"), ("demo@staging", FIRST), (FIRST, "demo@staging")):
        found = apart("parity", *words)
        assert found.code == 0
        assert f"  allowed  {ENV}  " in found.out
        assert "(staging allows it: staging is told that it is)" in found.out
    assert apart("parity", OTHER, FIRST).code == 1
    refused = apart.folder / "env.yaml"
    refused.write_text(STAGING + ALLOWS.replace("environment/", "enviroment/"))
    assert apart("env", "apply", "env.yaml", by="ann ben").code == 2


def test_a_name_that_is_in_one_environment_alone_cannot_be_compared(stage: Stage) -> None:
    assert stage("parity", "staging", "production").code == 2
    stage.arrive(FIRST)
    found = stage("parity", "staging", "production")
    assert found.code == 3
    assert "there is nothing of that name to compare with" in found.out
    assert stage("parity", "staging", "production", "--output-format=json").json["releases"] == [
        {
            "name": "demo",
            "left": {"name": "demo@staging", "version": "1.0.0", "digest": stage.release(FIRST)},
            "right": None,
            "verdict": "inconclusive",
            "counts": {"drift": 0, "unknown": 0, "allowed": 0, "match": 0},
            "notCompared": [],
        }
    ]
    assert "signed" in stage("parity", "staging", "production", "--sign", by="carl").err
    nobody = stage("parity", "staging", "production", "--name=other")
    assert nobody.code == 2
    assert "neither staging nor production points to a release of other" in nobody.err


def test_what_cannot_be_compared_is_refused(stage: Stage) -> None:
    for words, said in (
        (("staging",), "name two sides"),
        (("staging", "production", "--live"), "name two sides"),
        (("staging", "productoin"), "staging is an environment, and productoin is none"),
        ((FIRST, "staging"), "staging is an environment, and demo@1.0.0 is none"),
        ((FIRST, FIRST, "--name=demo"), "--name is for two environments"),
        ((FIRST, "--live", "--name=demo"), "--name is for two environments"),
        ((FIRST, FIRST, "--target=prod"), "--target is for --live"),
        ((FIRST, FIRST, "--process=1"), "--process is for --live"),
        ((FIRST, FIRST, "--key=carl"), "--key is for --sign"),
        ((FIRST, "--live", "--target=prod"), "the release declares no target prod"),
        ((FIRST, "--live", "--process=4194303"), "there is no process 4194303"),
    ):
        found = stage("parity", *words)
        assert (found.code, found.out) == (2, "")
        assert said in found.err


def test_a_checker_signs_parity_and_the_gate_judges_entry_by_entry(apart: Stage) -> None:
    apart.rule(ASKS + WAIVES, environment=PRODUCTION)
    words = ("parity", OTHER, "demo@production", "--sign")
    missing = condition(apart.ask(OTHER, "production"), "evidence:parity")
    assert missing.outcome == "unmet"
    assert missing.remedy == ["weighbridge parity demo@2.0.0 demo@production --sign --key NAME"]
    assert apart(*words, by="max").code == 4
    signed = apart(*words, by="carl")
    assert signed.code == 1
    entry = apart.last()
    assert f"signed by carl as evidence, entry {entry['index']}" in signed.err
    said = apart.predicate(entry["body"]["bundle"])
    assert entry["body"]["predicateType"] == PARITY
    assert entry["body"]["subjects"] == [apart.release(OTHER)]
    assert said["result"] == "FAILED"
    assert said["right"] == {"name": "demo@production", "digest": apart.release(FIRST)}
    assert {"name": ENV, "outcome": "drift", "left": "fast", "why": "the second has none"} in said[
        "entries"
    ]
    decision = apart.ask(OTHER, "production")
    drifted = condition(decision, "evidence:parity")
    assert (drifted.outcome, drifted.seen) == ("unmet", f"{ENV} drift")
    waived = apart(
        "waive", "REP008", OTHER, "--to=production", "--reason=tried", "--expires=7d", by="mia"
    )
    assert waived.code == 0
    assert condition(apart.ask(OTHER, "production"), "evidence:parity").outcome == "waived"


def test_what_owners_allow_is_evidence_that_passes_with_a_warning(apart: Stage) -> None:
    apart.apply(PRODUCTION + ALLOWS)
    apart.done("parity", "staging", "production", "--sign", by="carl")
    said = apart.predicate(apart.last()["body"]["bundle"])
    assert said["result"] == "WARNED"
    (entry,) = (one for one in said["entries"] if one["outcome"] != "match")
    assert entry["allowedBy"] == "production"
    apart.rule(ASKS, environment=PRODUCTION + ALLOWS)
    assert condition(apart.ask(OTHER, "production"), "evidence:parity").outcome == "met"


def test_a_manifest_is_compared_as_it_would_be_sealed_and_not_signed(bench: Bench) -> None:
    bench("seal")
    assert bench("parity", ".", "demo@1.0.0").code == 0
    (bench.folder / "requirements.lock").write_text("six==1.17.0\n")
    found = bench("parity", ".", "demo@1.0.0")
    assert found.code == 1
    assert "  drift    dependencies/runtime/packages/six  1.17.0 | -" in found.out
    assert "  drift    dependencies/runtime/digest  " in found.out
    (bench.folder / "requirements.lock").unlink()
    found = bench("parity", ".", "demo@1.0.0")
    assert "  unknown  dependencies/runtime/packages  " in found.out
    refused = bench("parity", ".", "demo@1.0.0", "--sign")
    assert refused.code == 2
    assert "not sealed" in refused.err


LIVE_LOCK = "demo-lib==1.0\n"


@pytest.fixture
def lived(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Run commands beside a release whose Python environment is just what it says."""
    from weighbridge.probes.host.variables import SHOWN  # noqa: PLC0415 - here alone

    for name in os.environ:
        if name in SHOWN or name.startswith(("LC_", "OMP_", "MKL_", "OPENBLAS_")):
            monkeypatch.delenv(name)
    site = environment(bench.folder / ".venv")
    install(site, name="demo-lib")
    (bench.folder / ".gitignore").write_text(".venv\n.weighbridge\n")
    (bench.folder / "requirements.lock").write_text(LIVE_LOCK)
    text = manifest_text().replace(sha256(LOCK.encode()), sha256(LIVE_LOCK.encode()))
    version = text.split('runtime: {implementation: cpython, version: "')[1].split('"')[0]
    text = text.replace(f'version: "{version}"}}', 'version: "3.11.7"}')
    text = text.replace("  dependencies:\n", SETS + "  dependencies:\n")
    (bench.folder / "release.yaml").write_text(text)
    monkeypatch.setenv("MODE", "fast")
    commit(bench.folder)
    assert bench("seal").code == 0
    return bench


def test_a_release_is_held_against_the_machine_it_runs_on(lived: Bench) -> None:
    found = lived("parity", "demo@1.0.0", "--live")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("demo@1.0.0 and this machine\n")
    assert "at parity: 4 match\n" in found.out
    assert lived("parity", ".", "--live").code == 0
    assert lived("parity", "demo@1.0.0", "--live", "--environment=.venv").code == 0


def test_drift_of_the_machine_is_found(lived: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "slow and not shown")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", TOKEN)
    (lived.folder / ".venv" / SITE / "demo/__init__.py").write_bytes(b"EVIL = 1\n")
    (lived.folder / ".venv" / SITE / "evil.pth").write_text("import os\n")
    for words in ((), ("--output-format=json",)):
        found = lived("parity", "demo@1.0.0", "--live", *words)
        assert found.code == 1
        for name in (
            ENV,
            "environment/system/env/TZ",
            "environment/system/env/LC_ALL",
            "dependencies/runtime/packages/demo-lib",
            "dependencies/runtime/files",
        ):
            assert name in found.out
        assert "slow" not in found.out
        assert TOKEN not in found.out


def test_the_python_that_merely_runs_weighbridge_is_not_the_release_s(lived: Bench) -> None:
    (lived.folder / ".venv").rename(lived.folder / "elsewhere")
    found = lived("parity", "demo@1.0.0", "--live")
    assert found.code == 3
    assert "name the release's with --environment" in found.out
    assert lived("parity", "demo@1.0.0", "--live", "--environment=elsewhere").code == 0
    assert lived("parity", "demo@1.0.0", "--live", "--environment=nowhere").code == 2


@pytest.fixture
def serving(lived: Bench) -> Iterator[int]:
    """Start a process that waits, with a variable and arguments, and stop it."""
    lived.edit("system: {env: {MODE: fast}}", 'system: {env: {MODE: fast}, args: [--log, ""]}')
    commit(lived.folder)
    lived.edit('"1.0.0"', '"1.1.0"')
    assert lived("seal").code == 0
    program = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-I", "-c", program, "--log", ""],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"MODE": "slow"},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate()


def test_the_process_that_serves_says_its_own_variables_and_arguments(
    lived: Bench, serving: int
) -> None:
    unasked = lived("parity", "demo@1.1.0", "--live")
    assert unasked.code == 3
    assert "nobody said which process serves it" in unasked.out
    found = lived("parity", "demo@1.1.0", "--live", f"--process={serving}", "--output-format=json")
    assert found.code == 1
    outcomes = {one["name"]: one["outcome"] for one in found.json["entries"]}
    assert outcomes["environment/system/args"] == "match"
    assert outcomes[ENV] == "drift"


def test_what_was_observed_goes_by_the_digest_of_what_capture_writes(lived: Bench) -> None:
    written = lived("capture", "--environment", "--output-format=json").out
    found = lived("parity", "demo@1.0.0", "--live", "--output-format=json").json
    digest = f"sha256:{hashlib.sha256(written.encode()).hexdigest()}"
    assert found["releases"][0]["right"] == {
        "name": "this machine",
        "version": None,
        "digest": digest,
    }
