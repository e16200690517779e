"""Parity of what was delivered: two environments, and one before the next gets it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.probes.environments import environment, install
from tests.usecases.stage import FIRST, PRODUCTION, SECOND, STAGING, condition
from tests.usecases.workshop import commit, manifest_text
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Kind
from weighbridge.model.parity import ROOTS
from weighbridge.model.predicates import PARITY
from weighbridge.probes.reading.files import Reading
from weighbridge.usecases.capture_environment import Verification
from weighbridge.usecases.parity.documents import (
    SET,
    record,
    rendering_document,
)
from weighbridge.usecases.parity.observing import Looked
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.render import render_release, where_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.stage import Stage

IMAGE = "sha256:8ee89711330c1ccf39a2e65ad12bbd7df4a4a2ee857f53b4823f00fecb7bd252"
PLACED = "demo@2.0.0"
EXTRA = f"""\
  parameters:
    batch: {{type: integer, value: 32, mapsTo: {{env: BATCH}}}}
  environment:
    image: {{ref: registry.example.com/m, digest: '{IMAGE}'}}
"""
TARGET = '  target: {kind: kubernetes, version: "1.35", namespace: ml, options: {port: "9000"}}\n'
ELSEWHERE = TARGET.replace("namespace: ml", "namespace: prod")
ALLOWS = """\
  parity:
    allowed:
      - {entries: [delivery/target/namespace, delivery/files], reason: a namespace of its own}
"""
DEMANDS = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: own, version: "2", owner: {team: platform}}
spec:
  evidence: [{type: parity, signedBy: {role: checker}}]
  conditions:
    - id: as-delivered
      title: What was delivered before is what would be delivered here
      expr: evidence.exists(e, e.type == "URI" && has(e.predicate.of) && e.predicate.of == "before")
      message: '"nobody compared what was delivered"'
      tests:
        pass: [{evidence: [{type: "URI", predicate: {of: before}}]}]
        fail: [{evidence: [{type: "URI", predicate: {}}]}]
"""
OBSERVED: dict[str, Any] = {
    "python": {"implementation": "cpython", "version": "3.11.7"},
    "packages": {"numpy": "2.1.0"},
    "variables": {"BATCH": "32"},
    "settings": {},
    "limits": {"nofile": {"soft": 1024, "hard": -1}},
    "arguments": ["serve"],
    "unknown": {},
}
BOTH = ("parity", "demo@staging", "demo@production", "--delivered")
AHEAD = ("parity", "demo@staging", "--before", "production")
TOKEN = "ghp_" + "a1B2" * 9


def put(stage: Stage, document: object) -> str:
    registry = stage.registry
    try:
        return registry.blobs.put(canonical_bytes(document))
    finally:
        registry.close()


def rendered(stage: Stage, where: str, release: str = PLACED) -> dict[str, Any]:
    registry = stage.registry
    try:
        named = sealed_release(stage.release(release), registry)
        done = render_release(named, where_of(where, registry))
        return rendering_document(done.rendering, named.release)
    finally:
        registry.close()


def deliver(
    stage: Stage,
    environment: str,
    *,
    release: str = PLACED,
    rendering: dict[str, Any] | None = None,
    observed: dict[str, Any] | None = OBSERVED,
    phase: str = "delivered",
    previous: str | None = None,
) -> tuple[str, str]:
    """Enter a delivery from beginning to end, as `deliver` does; return both papers' digests."""
    document = rendered(stage, environment, release) if rendering is None else rendering
    paper = put(stage, document)
    about = {
        "environment": environment,
        "name": "demo",
        "release": stage.release(release),
        "version": release.partition("@")[2],
    }
    begun = stage.append(
        Kind.DELIVERY_STARTED,
        about
        | {
            "at": 1,
            "bundle": "",
            "generation": 1,
            "person": "dora",
            "previous": previous,
            "rendering": paper,
            "strategy": "canary",
            "target": document["target"],
        },
    )
    moved = about | {"at": 2, "delivery": begun, "phase": phase, "step": 0, "weight": 100}
    seen = "" if observed is None else put(stage, observed)
    stage.append(Kind.DELIVERY_MOVED, moved | ({"observed": seen} if seen else {}))
    return paper, seen


@pytest.fixture
def placed(stage: Stage) -> Stage:
    """Have two environments with targets, and a release that can be delivered to them."""
    stage.rule("  include: [baseline]\n", environment=STAGING + TARGET)
    stage.apply(PRODUCTION + TARGET)
    text = manifest_text().replace('"1.0.0"', '"2.0.0"').replace("  environment:\n", EXTRA)
    (stage.folder / "release.yaml").write_text(text)
    (stage.folder / "labels.json").write_bytes(b'["cat", "dog"]\n')
    commit(stage.folder)
    stage.done("seal")
    stage.done("sign", PLACED, by="bea")
    assert stage.promote(PLACED, "staging").code == 0
    return stage


def drifts(stage: Stage, *words: str) -> dict[str, str]:
    found = stage(*(words or BOTH), "--output-format=json").json
    return {one["name"]: one["outcome"] for one in found["entries"] if one["outcome"] != "match"}


def test_two_environments_delivered_alike_are_at_parity(placed: Stage) -> None:
    deliver(placed, "staging")
    deliver(placed, "production")
    found = placed(*BOTH)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("demo@staging (2.0.0) and demo@production (2.0.0)\n")
    told = placed(*BOTH, "--output-format=json").json
    names = {one["name"] for one in told["entries"]}
    assert {"environment/image/digest", "parameters/batch/value"} <= names
    assert {"delivery/target/options/port", "delivery/files/deployment.yaml"} <= names
    assert {name.partition("/")[0] for name in names} <= {*ROOTS, "delivery"}
    assert told["releases"][0]["of"] == "delivered"


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("parameters", "batch"), 64, "parameters/batch/value"),
        (("files", 0, "digest"), IMAGE, "delivery/files/"),
        (("target", "options", "port"), "1", "delivery/target/options/port"),
        (("flags", "fast"), {"state": "ENABLED"}, "flags/fast/state"),
    ],
)
def test_one_rendered_otherwise_drifts_in_just_that(
    placed: Stage, path: tuple[str | int, ...], value: object, name: str
) -> None:
    document = rendered(placed, "production")
    at: Any = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    deliver(placed, "staging")
    deliver(placed, "production", rendering=document)
    ((drifted, outcome),) = drifts(placed).items()
    assert (drifted.startswith(name), outcome) == (True, "drift")
    assert placed(*BOTH).code == 1


@pytest.mark.parametrize(
    ("group", "value", "name"),
    [
        ("packages", {"numpy": "2.1.1"}, "dependencies/runtime/packages/numpy"),
        ("variables", {"BATCH": "64"}, "environment/system/env/BATCH"),
    ],
)
def test_one_that_runs_otherwise_drifts_in_just_that(
    placed: Stage, group: str, value: object, name: str
) -> None:
    deliver(placed, "staging")
    deliver(placed, "production", observed=OBSERVED | {group: value})
    assert drifts(placed) == {name: "drift"}


def test_what_was_never_delivered_or_not_looked_at_is_unknown(placed: Stage) -> None:
    deliver(placed, "staging")
    found = placed(*BOTH)
    assert found.code == 3
    assert "there is nothing of that name to compare with" in found.out
    assert "(production: nothing was delivered)" in found.out
    assert set(drifts(placed).values()) == {"unknown"}
    deliver(placed, "production", observed=None)
    found = placed(*BOTH)
    assert found.code == 3
    assert set(drifts(placed).values()) == {"unknown"}
    assert "delivery/target/kind" not in drifts(placed)
    deliver(placed, "production", phase="rolling-out")
    assert "has not ended)" in placed(*BOTH).out
    deliver(placed, "production", phase="failed")
    assert "failed)" in placed(*BOTH).out


def test_what_owners_allow_counts_of_either_side(placed: Stage) -> None:
    placed.apply(PRODUCTION + ELSEWHERE)
    deliver(placed, "staging")
    deliver(placed, "production")
    found = drifts(placed)
    assert {name.rpartition("/")[0] for name in found} == {"delivery/target", "delivery/files"}
    placed.apply(PRODUCTION + ELSEWHERE + ALLOWS)
    assert placed(*BOTH).code == 0
    assert set(drifts(placed).values()) == {"allowed"}


def test_papers_that_were_tampered_with_are_an_error(placed: Stage) -> None:
    deliver(placed, "staging")
    own = rendered(placed, "production") | {"x": 1}
    for paper in deliver(placed, "production", rendering=own, observed=OBSERVED | {"x": 1}):
        data = placed.blob(paper).read_bytes()
        for spoilt in (b"{}", None):
            placed.overwrite(paper, spoilt or b"")
            if spoilt is None:
                placed.blob(paper).unlink()
            found = placed(*BOTH)
            assert (found.code, found.out) == (2, "")
            assert found.err.startswith("error[")
            placed.blob(paper).unlink(missing_ok=True)
            put(placed, json.loads(data))
    assert placed(*BOTH).code == 0


def test_papers_of_another_form_are_an_error(placed: Stage) -> None:
    deliver(placed, "staging")
    deliver(placed, "production")
    begun = next(one["body"] for one in reversed(placed.entries()) if "rendering" in one["body"])
    end = {key: begun[key] for key in ("environment", "name", "release", "version")}
    documents: tuple[object, ...] = (
        [],
        {"target": {}},
        {"target": {}, "files": [{"name": "x"}]},
        {"target": {"options": []}, "files": []},
        {"target": {}, "files": [], "flags": []},
    )
    for document in documents:
        paper = put(placed, document)
        entry = placed.append(Kind.DELIVERY_STARTED, begun | {"rendering": paper})
        placed.append(Kind.DELIVERY_MOVED, end | {"delivery": entry, "phase": "delivered"})
        found = placed(*BOTH)
        assert found.code == 1
        assert "what was delivered cannot be told: its rendering cannot be read" in found.err


def test_before_a_promotion_it_is_held_against_what_would_be_rendered(placed: Stage) -> None:
    unknown = placed(*AHEAD)
    assert unknown.code == 3
    assert "(staging: nothing was delivered)" in unknown.out
    deliver(placed, "staging")
    found = placed(*AHEAD)
    assert (found.code, found.err) == (0, "")
    assert "not compared: what runs there, before it is delivered" in found.out
    placed.apply(PRODUCTION + TARGET.replace("9000", "9001"))
    drifted = drifts(placed, *AHEAD)
    assert drifted["delivery/target/options/port"] == "drift"
    placed.apply(PRODUCTION)
    assert set(drifts(placed, *AHEAD).values()) == {"unknown"}
    assert "names no target" in placed(*AHEAD).out


def test_it_is_about_the_release_that_is_to_be_promoted(placed: Stage) -> None:
    deliver(placed, "staging")
    placed.arrive(FIRST)
    found = placed(*AHEAD)
    assert found.code == 3
    assert "staging points to demo@1.0.0, which was not delivered there" in found.out
    refused = placed(*AHEAD, "--sign", by="carl")
    assert refused.code == 2
    assert "nothing was compared that could be signed" in refused.err


def test_a_policy_can_demand_it(placed: Stage) -> None:
    named = DEMANDS.replace("URI", PARITY)
    placed.publish(named)
    owned = (PRODUCTION + TARGET).replace("production@1", "own@2")
    placed.apply(owned)
    deliver(placed, "staging")
    placed.done("parity", "demo@staging", PLACED, "--sign", by="carl")
    declared = placed.ask(PLACED, "production")
    assert condition(declared, "as-delivered").outcome == "unmet"
    placed.done(*AHEAD, "--sign", by="carl")
    entry = placed.last()
    assert entry["body"]["subjects"] == [placed.release(PLACED)]
    said = placed.predicate(entry["body"]["bundle"])
    assert (said["result"], said["of"]) == ("PASSED", "before")
    assert said["right"] == {"name": "demo@production", "digest": placed.release(PLACED)}
    decision = placed.ask(PLACED, "production")
    assert condition(decision, "as-delivered").outcome == "met"
    assert condition(decision, "evidence:parity").outcome == "met"
    placed.apply(owned.replace("9000", "9001"))
    assert placed(*AHEAD, "--sign", by="carl").code == 1
    worse = condition(placed.ask(PLACED, "production"), "evidence:parity")
    assert worse.outcome == "unmet"
    assert "delivery/target/options/port drift" in worse.seen


def test_what_does_not_fit_together_is_refused(placed: Stage) -> None:
    for words, said in (
        (("demo@staging", "--delivered"), "name two sides"),
        (("demo@staging", PLACED, "--delivered"), "demo@2.0.0 names no release in an environment"),
        (("staging", "production", "--delivered"), "staging names no release in an environment"),
        (("demo@staging", "other@production", "--delivered"), "releases of different names"),
        (("demo@staging", "--delivered", "--live"), "go without --live and --name"),
        (("demo@staging", "--before=production", "--name=demo"), "go without --live and --name"),
        (("demo@staging", "demo@production", "--before=production"), "takes the place of B"),
        (("demo@staging", "--before=production", "--process=1"), "--process is for --live"),
        (("demo@staging", "--before=nowhere"), "there is no environment nowhere"),
        (("other@staging", "--before=production"), "staging points to no release of other"),
    ):
        found = placed("parity", *words)
        assert (found.code, found.out) == (2, ""), words
        assert said in found.err, words


def test_a_process_that_serves_is_recorded(placed: Stage, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    install(environment(home), name="demo-lib")
    program = "import sys, time; print(1, flush=True); time.sleep(60)"
    environ = {"BATCH": "32", "API_TOKEN": TOKEN, "TZ": "UTC", "UNRELATED": "x"}
    command = [sys.executable, "-c", program, "--token", TOKEN]
    registry = placed.registry
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            found = record(
                sealed_release(placed.release(PLACED), registry),
                Looked(start=tmp_path, environ={}, environment=str(home), process=process.pid),
                Verification(reader=Reading(examine=False)),
                blobs=registry.blobs,
            )
        finally:
            process.kill()
            registry.close()
    assert found["variables"] == {"BATCH": "32", "TZ": "UTC"}
    assert found["packages"] == {"demo-lib": "1.0"}
    assert found["python"]["version"] == "3.11.7"
    assert found["arguments"][-2:] == ["--token", SET]
    assert found["limits"]["nofile"].keys() == {"soft", "hard"}
    assert SECOND not in json.dumps(found)
