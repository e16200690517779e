from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import (
    LABELS,
    LOCK,
    WEIGHTS,
    blob,
    commit,
    git,
    lay_out,
    manifest_text,
    safetensors,
    sha256,
)
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import StorageError
from weighbridge.model.listing import MEDIA_TYPE
from weighbridge.probes.locks import observe_locks

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench
    from weighbridge.model.release import ModelRelease


def blobs(registry: Path) -> set[str]:
    return {
        "sha256:" + path.parent.name + path.name for path in (registry / "blobs/sha256").glob("*/*")
    }


def no_trace(registry: Path) -> bool:
    """Tell whether nothing is bound and no copy lies about."""
    return not (registry / "registry.db").exists() and not list(registry.rglob("incoming/*"))


def test_the_result_is_the_digest_of_the_stored_bytes(bench: Bench) -> None:
    head = git(bench.folder, "rev-parse", "HEAD")
    found = bench("seal")
    digest = found.out.split()[0]
    assert found.out == f"{digest}  demo@1.0.0\n"
    assert (found.code, found.err) == (0, "")
    registry = bench.folder / ".weighbridge"
    data = blob(registry, digest).read_bytes()
    assert sha256(data) == digest
    manifest = json.loads(data)
    assert manifest["spec"]["source"] == {"commit": head, "dirty": False}
    assert blobs(registry) == {
        digest,
        sha256(WEIGHTS),
        sha256(LABELS),
        sha256(LOCK.encode()),
    }
    assert no_trace(registry / "nowhere")
    assert not list(registry.rglob("incoming/*"))


def test_the_json_has_the_shape_of_the_design(bench: Bench) -> None:
    found = bench("seal", "--output-format", "json").json
    assert list(found) == ["schemaVersion", "name", "version", "digest", "sections", "manifest"]
    assert (found["schemaVersion"], found["name"], found["version"]) == (1, "demo", "1.0.0")
    sections = ["artifacts", "dependencies", "environment", "metadata", "model", "source"]
    assert list(found["sections"]) == sections
    assert found["manifest"] == str(blob(bench.folder / ".weighbridge", found["digest"]))


def test_a_dry_run_says_the_digest_and_stores_nothing(bench: Bench) -> None:
    before = bench.files()
    dry = bench("seal", "--dry-run", "--output-format", "json")
    assert bench.files() == before
    assert not (bench.folder / ".weighbridge").exists()
    assert dry.json["manifest"] is None
    assert dry.err == "nothing was stored\n"
    assert bench("seal", "--output-format", "json").json["digest"] == dry.json["digest"]


def test_sealing_again_changes_nothing(bench: Bench) -> None:
    first = bench("seal")
    stored = bench.files()
    again = bench("seal")
    assert again.out == first.out
    assert again.err == "these bytes were sealed before\n"
    kept = {name: data for name, data in bench.files().items() if "registry.db" not in name}
    assert kept == {name: data for name, data in stored.items() if "registry.db" not in name}


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_name_stands_for_the_same_bytes_for_ever(dry: tuple[str, ...], bench: Bench) -> None:
    bench("seal")
    registry = bench.folder / ".weighbridge"
    before = blobs(registry)
    bench.edit("team: house", "team: other")
    commit(bench.folder)
    found = bench("seal", *dry)
    assert (found.code, found.out) == (1, "")
    assert "error[WB131]: demo@1.0.0 is sealed already, with other contents\n" in found.err
    assert "weighbridge set metadata.version NEW_VERSION" in found.err
    assert blobs(registry) == before
    assert not list(registry.rglob("incoming/*"))


def refused(bench: Bench, *said: str) -> None:
    found = bench("seal")
    assert (found.code, found.out) == (1, "")
    for text in said:
        assert text in found.err
    assert no_trace(bench.folder / ".weighbridge")


def test_what_is_still_to_do_is_refused_with_the_command_to_do_it(bench: Bench) -> None:
    bench.edit("team: house", "team: TODO")
    bench.edit("lock: requirements.lock", "lock: TODO")
    refused(
        bench,
        "error[WB140]: metadata.owner.team is TODO\n  --> release.yaml:7:17\n",
        "weighbridge set metadata.owner.team VALUE\n",
        "weighbridge set spec.dependencies.runtime.lock VALUE\n",
    )
    assert "cannot be sealed" not in bench("seal").err


def test_missing_files_are_refused_all_at_once(bench: Bench) -> None:
    (bench.folder / "labels.json").unlink()
    (bench.folder / "requirements.lock").unlink()
    refused(
        bench,
        "error[WB140]: labels.json cannot be sealed: no such file\n",
        "error[WB140]: requirements.lock cannot be sealed: no such file\n",
    )


def test_changed_files_are_refused(bench: Bench) -> None:
    (bench.folder / "weights/model.safetensors").write_bytes(safetensors(3.0, 4.0, 5.0))
    (bench.folder / "requirements.lock").write_text("# other\n")
    refused(
        bench,
        "error[WB140]: digest of weights/model.safetensors differs from the manifest\n",
        "error[WB140]: size of weights/model.safetensors differs from the manifest\n",
        "error[WB140]: digest of requirements.lock differs from the manifest\n",
        f"   | wanted  {sha256(WEIGHTS)}\n",
        "run `weighbridge capture --update` if the change is wanted\n",
    )


def test_an_artifact_elsewhere_needs_a_digest(bench: Bench) -> None:
    elsewhere = "    - {name: far, role: weights, uri: 'https://example.com/w'}\n"
    path = bench.folder / "release.yaml"
    path.write_text(path.read_text() + elsewhere)
    refused(bench, "error[WB140]: far has neither a path nor a digest\n")
    path.write_text(path.read_text().replace("/w'}", f"/w', digest: '{sha256(b'w')}'}}"))
    commit(bench.folder)
    assert bench("seal").code == 0
    assert bench("check", "demo@1.0.0", "--select", "INT001").code in {0, 3}


def test_without_git_the_help_says_what_to_do(run: Bench) -> None:
    lay_out(run.folder)
    refused(
        run,
        "error[WB140]: the source commit is not known: ",
        "   = help:  run `git init` and commit the release\n",
    )


def test_without_git_a_commit_that_is_declared_is_enough(run: Bench) -> None:
    given = f"source: {{commit: {'ab' * 20}, dirty: true}}"
    lay_out(run.folder, manifest_text().replace("source: {}", given))
    assert run("seal").code == 0
    shown = run("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    assert shown["spec"]["source"] == {"commit": "ab" * 20, "dirty": True}


def test_a_dirty_tree_is_sealed_and_says_so(bench: Bench) -> None:
    (bench.folder / "new.py").write_text("1\n")
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    assert shown["spec"]["source"]["dirty"] is True


def test_the_registry_itself_never_makes_the_tree_dirty(bench: Bench) -> None:
    digests = [
        bench("seal", "--registry", place, "--output-format", "json").json["digest"]
        for place in (".weighbridge", "store", "a/b", "../outside", ".weighbridge", "store")
    ]
    assert len(set(digests)) == 1


def test_a_folder_is_sealed_by_its_listing(bench: Bench) -> None:
    (bench.folder / "weights/.hidden").write_text("x")
    bench.edit("path: weights/model.safetensors", "path: weights")
    bench.edit(f'digest: "{sha256(WEIGHTS)}"\n', "\n")
    bench.edit("      size: 75\n", "")
    bench.edit("      format: safetensors\n", "")
    commit(bench.folder)
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    (model,) = (entry for entry in shown["spec"]["artifacts"] if entry["name"] == "model")
    assert model["mediaType"] == MEDIA_TYPE
    assert model["size"] == len(WEIGHTS) + 1
    assert bench("digest", "weights").out == f"{model['digest']}  weights\n"
    shutil.rmtree(bench.folder / "weights")
    found = bench("check", "demo@1.0.0")
    assert found.code == 0
    hidden = blob(bench.folder / ".weighbridge", sha256(b"x"))
    hidden.chmod(0o644)
    hidden.write_bytes(b"y")
    assert bench("check", "demo@1.0.0").code == 1


def test_thousands_of_files_do_not_use_up_the_descriptors(bench: Bench) -> None:
    for number in range(60):
        (bench.folder / f"weights/{number}.txt").write_text(str(number))
    bench.edit("path: weights/model.safetensors", "path: weights")
    bench.edit(f'digest: "{sha256(WEIGHTS)}"\n', "\n")
    bench.edit("      size: 75\n", "")
    commit(bench.folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = len(list(Path("/proc/self/fd").iterdir()))  # by whoever runs the tests
    resource.setrlimit(resource.RLIMIT_NOFILE, (held + 40, hard))
    try:
        found = bench("seal", "--dry-run"), bench("seal")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [ran.code for ran in found] == [0, 0]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("commit: {head}", {"dirty": True}), ("dirty: false", {"dirty": False})],
)
def test_what_is_declared_of_the_source_stays(
    given: str, wanted: dict[str, object], bench: Bench
) -> None:
    head = git(bench.folder, "rev-parse", "HEAD")
    (bench.folder / "new.py").write_text("1")
    bench.edit("source: {}", "source: {" + given.format(head=head) + "}")
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    assert shown["spec"]["source"] == {"commit": head, **wanted}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(5, "Input/output error")])
def test_what_was_copied_before_the_end_came_is_forgotten(
    error: BaseException, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        assert list(bench.folder.rglob("incoming/*"))
        raise error

    monkeypatch.setattr("weighbridge.usecases.observing.observe_python", stop)
    assert bench("seal").code in {130, 3}
    assert no_trace(bench.folder / ".weighbridge")


def test_a_lock_that_changes_meanwhile_is_not_sealed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe_and_change(root: Path, release: ModelRelease) -> object:
        found = observe_locks(root, release)
        (root / "requirements.lock").write_text("# other\n")
        return found

    monkeypatch.setattr("weighbridge.usecases.named_locks.observe_locks", observe_and_change)
    found = bench("seal")
    assert found.code == 1
    assert "requirements.lock changed while the release was sealed" in found.err
    assert no_trace(bench.folder / ".weighbridge")


def test_a_registry_left_half_made_does_not_make_the_tree_dirty(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedRegistry, "change", fail)
        assert bench("seal").code == 3
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    assert shown["spec"]["source"]["dirty"] is False
