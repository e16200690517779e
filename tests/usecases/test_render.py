from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import yaml

from tests.usecases.stage import FIRST, STAGING, condition
from tests.usecases.workshop import LABELS, sha256
from weighbridge.codec.predicates.table import shape_fault
from weighbridge.model.predicates import RENDERING

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench

IMAGE = "sha256:8ee89711330c1ccf39a2e65ad12bbd7df4a4a2ee857f53b4823f00fecb7bd252"
WITH_IMAGE = f"  environment:\n    image: {{ref: registry.example.com/m, digest: '{IMAGE}'}}\n"
SOURCE = "{repo: 'https://git.example.com/m', commit: '" + "1" * 40 + "', dirty: false}"
KUBERNETES = ("--target", "kubernetes")


def give_image(bench: Bench) -> None:
    bench.edit("  environment:\n", WITH_IMAGE)


def test_a_sealed_release_is_rendered_and_what_is_written_proves_itself(bench: Bench) -> None:
    give_image(bench)
    digest = bench("seal").out.split()[0]
    found = bench("render", "demo@1.0.0", *KUBERNETES, "--output", "out", "--namespace", "ml")
    assert found.code == 0, found.err
    assert f"release {digest}\ntarget kubernetes " in found.out
    folder = bench.folder / "out"
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    assert len(checked.stdout.splitlines()) == len(list(folder.iterdir())) - 1
    for path in folder.glob("*.yaml"):
        one = yaml.safe_load(path.read_text())
        assert one["metadata"]["annotations"]["weighbridge.dev/release"] == digest
        assert one["metadata"]["namespace"] == "ml"
    (pod,) = (yaml.safe_load((folder / "deployment.yaml").read_text())["spec"]["template"],)
    assert pod["spec"]["containers"][0]["image"] == f"registry.example.com/m@{IMAGE}"


def test_nothing_is_written_without_a_folder_and_programs_get_all_digests(bench: Bench) -> None:
    give_image(bench)
    digest = bench("seal").out.split()[0]
    before = bench.files().keys()
    found = bench("render", "demo@1.0.0", *KUBERNETES, "--output-format", "json")
    assert {path for path in bench.files().keys() - before if "registry.db-" not in path} == set()
    told = json.loads(found.out)
    assert (told["release"], told["sealed"], told["folder"]) == (digest, True, None)
    assert told["target"]["kind"] == "kubernetes"
    bench("render", "demo@1.0.0", *KUBERNETES, "--output", "out")
    for one in told["files"]:
        data = (bench.folder / "out" / one["path"]).read_bytes()
        assert (one["digest"], one["size"]) == (
            f"sha256:{hashlib.sha256(data).hexdigest()}",
            len(data),
        )


def test_a_manifest_that_leaves_nothing_open_is_previewed_as_it_would_be_sealed(
    bench: Bench,
) -> None:
    give_image(bench)
    bench.edit("source: {}", f"source: {SOURCE}")
    bench.edit("path: labels.json,", f"path: labels.json, size: {len(LABELS)},")
    seen = bench("render", *KUBERNETES, "--output", "preview")
    assert seen.code == 0, seen.err
    sealed = bench("seal").out.split()[0]
    assert seen.out.startswith(f"preview of {sealed}\n")
    assert bench("render", sealed, *KUBERNETES, "--output", "final").code == 0
    shown = [
        {path.name: path.read_bytes() for path in (bench.folder / name).iterdir()}
        for name in ("preview", "final")
    ]
    assert shown[0] == shown[1]


def test_what_a_manifest_leaves_open_is_refused_all_at_once(bench: Bench) -> None:
    give_image(bench)
    bench.edit(f', digest: "{sha256(LABELS)}"', "")
    found = bench("render", *KUBERNETES, "--output", "out")
    assert found.code == 1
    assert "spec.artifacts.1 has no digest yet" in found.err
    assert "spec.source names no commit" in found.err
    assert not (bench.folder / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(bench: Bench) -> None:
    give_image(bench)
    bench("seal")
    (bench.folder / "out").mkdir()
    (bench.folder / "out" / "mine").write_text("mine")
    found = bench("render", "demo@1.0.0", *KUBERNETES, "--output", "out")
    assert found.code == 3
    assert "is not an empty folder" in found.err
    assert [path.name for path in (bench.folder / "out").iterdir()] == ["mine"]


def test_what_a_target_cannot_do_is_refused_with_what_would_do_and_its_place(bench: Bench) -> None:
    bench("seal")
    found = bench("render", "demo@1.0.0", *KUBERNETES, "--output", "out")
    assert found.code == 2
    assert "error[WB220]: the release names no image" in found.err
    assert "help:  name it: spec.environment.image.{ref, digest}" in found.err
    assert not (bench.folder / "out").exists()


def test_unknown_targets_versions_and_options_are_said_with_what_there_is(bench: Bench) -> None:
    give_image(bench)
    bench("seal")
    release = ("render", "demo@1.0.0")
    for words, said in (
        (("--target", "nomad"), "there is no target nomad"),
        ((), "--target says for what"),
        ((*KUBERNETES, "--target-version", "0.9"), "version 0.9 of kubernetes is not known"),
        ((*KUBERNETES, "--option", "prot=1"), "did you mean port?"),
        ((*KUBERNETES, "--option", "port=high"), "wanted  a port"),
        ((*KUBERNETES, "--option", "port"), "--option is NAME=VALUE"),
        ((*KUBERNETES, "--key", "ann"), "--key is for --sign"),
        (("--in", "nowhere"), "WB134"),
    ):
        found = bench(*release, *words)
        assert (found.code, said in found.err) == (2, True), (words, found.err)


TARGET = """\
  target: {kind: kubernetes, version: "1.35", namespace: ml, options: {port: "9000"}}
"""


def test_an_environment_says_what_it_is_delivered_to(stage: Stage) -> None:
    give_image(stage)
    stage.edit('"1.2.0"', '"2.0.0"')
    stage.done("seal")
    bare = stage("render", "demo@2.0.0", "--in", "staging")
    assert (bare.code, "names no target" in bare.err) == (2, True)
    stage.apply(STAGING + TARGET)
    found = stage.done("render", "demo@2.0.0", "--in", "staging", "--output-format", "json").json
    assert found["target"] == {
        "kind": "kubernetes",
        "version": "1.35",
        "namespace": "ml",
        "options": {"port": "9000"},
    }
    found = stage.done(
        *("render", "demo@2.0.0", "--in", "staging", "--output-format", "json"),
        *("--target-version", "1.36", "--option", "port=9001", "--namespace", "other"),
    ).json
    assert (found["target"]["version"], found["target"]["namespace"]) == ("1.36", "other")
    assert found["target"]["options"] == {"port": "9001"}
    assert stage("render", "demo@2.0.0", "--in", "nowhere").code == 2


def test_the_digests_of_the_files_are_evidence_a_policy_can_demand(stage: Stage) -> None:
    give_image(stage)
    stage.edit('"1.2.0"', '"2.0.0"')
    stage.done("seal")
    release = "demo@2.0.0"
    stage.rule("  evidence:\n    - {type: rendering, signedBy: {role: checker}}\n")
    stage.apply(STAGING.replace("staging@1", "own@1"))
    stage.done("sign", release, by="bea")
    unmet = condition(stage.ask(release, "staging"), "evidence:rendering")
    assert unmet.outcome == "unmet"
    assert "weighbridge render" in str(unmet), unmet
    words = ("render", release, *KUBERNETES, "--option", "port=9000", "--output-format", "json")
    done = stage.done(*words, "--sign", by="carl")
    entry = stage.last()
    assert entry["body"]["predicateType"] == RENDERING
    said = stage.predicate(entry["body"]["bundle"])
    assert shape_fault(RENDERING, said) == ""
    told = {one["path"]: one["digest"] for one in done.json["files"]}
    assert {one["name"]: one["digest"] for one in said["files"]} == told
    assert said["target"]["options"] == {"port": "9000"}
    assert condition(stage.ask(release, "staging"), "evidence:rendering").outcome == "met"
    assert stage("render", FIRST, *KUBERNETES, "--sign", by="bea").code in {2, 4}
