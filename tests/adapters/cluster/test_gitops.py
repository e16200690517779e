from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from tests.adapters.cluster.controllers import Argo, Flagger
from weighbridge.adapters.cluster.followed import ArgoTarget, FlaggerTarget
from weighbridge.adapters.cluster.gitops import RECORD, GitOpsFolder, GitOpsTarget
from weighbridge.model.delivery import Order, Phase
from weighbridge.model.errors import GitOpsError, StorageError, UsageError, WeighbridgeError
from weighbridge.model.rendering import RenderedFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.cluster.conftest import Cluster, Load

OLD, NEW = load("argo"), load("argo", "1.5.0")
FEWER = replace(NEW, files=NEW.files[:4])


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = (one for one in folder.rglob("*") if one.is_file() and ".git" not in one.parts)
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in found}


def rendered_of(one: Load) -> dict[str, bytes]:
    return {file.path: file.content for file in one.files}


def written(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in bytes_of(folder).items() if path != RECORD}


def test_files_are_put_in_the_place_of_those_before(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    target = GitOpsTarget(out, None)
    target.apply(OLD)
    assert written(out) == rendered_of(OLD)
    target.apply(FEWER)
    assert written(out) == rendered_of(FEWER)
    before = {path: (out / path).stat().st_ino for path in written(out)}
    target.apply(FEWER)
    assert {path: (out / path).stat().st_ino for path in written(out)} == before
    target.apply(OLD)
    assert written(out) == rendered_of(OLD)


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    others = {"kustomization.yaml": b"resources: []\n", "rules/mine.yaml": b"groups: []\n"}
    (tmp_path / "rules").mkdir()
    for path, content in others.items():
        (tmp_path / path).write_bytes(content)
    target = GitOpsTarget(tmp_path, None)
    for one in (OLD, FEWER, OLD):
        target.apply(one)
        assert written(tmp_path) == {**rendered_of(one), **others}
    assert (tmp_path / ".git").is_dir()


def test_nothing_is_written_over_what_is_not_ours_or_was_changed(tmp_path: Path) -> None:
    target = GitOpsTarget(tmp_path, None)
    (tmp_path / "rollout.yaml").write_bytes(b"kind: Rollout\n")
    with pytest.raises(GitOpsError, match=r"rollout\.yaml stays as it is: it is not ours"):
        target.apply(OLD)
    assert list(bytes_of(tmp_path)) == ["rollout.yaml"]
    (tmp_path / "rollout.yaml").write_bytes(rendered_of(OLD)["rollout.yaml"])
    target.apply(OLD)
    (tmp_path / "rollout.yaml").write_bytes(b"kind: Rollout\n")
    before = bytes_of(tmp_path)
    for one in (OLD, NEW, FEWER):
        with pytest.raises(GitOpsError, match="it was changed since it was written"):
            target.apply(one)
        assert bytes_of(tmp_path) == before
    (tmp_path / "rollout.yaml").unlink()
    target.apply(NEW)
    assert written(tmp_path) == rendered_of(NEW)


def test_a_folder_is_for_one_name(tmp_path: Path) -> None:
    GitOpsTarget(tmp_path, None).apply(OLD)
    meta = OLD.release.metadata.model_copy(update={"name": "another"})
    other = replace(NEW, release=OLD.release.model_copy(update={"metadata": meta}))
    with pytest.raises(GitOpsError, match="holds the files of file-type-detector, not of another"):
        GitOpsTarget(tmp_path, None).apply(other)


class KilledError(BaseException):
    """The process ends here."""


def test_killed_between_any_two_files_each_is_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rename = os.rename
    old, new = rendered_of(OLD), rendered_of(FEWER)
    for survived in range(12):
        out = tmp_path / str(survived)
        target = GitOpsTarget(out, None)
        target.apply(OLD)
        left = survived

        def dying(*words: object, **names: object) -> None:
            nonlocal left
            if not left:
                raise KilledError
            left -= 1
            whole(*words, **names)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "rename", dying)
        try:
            target.apply(FEWER)
            ended = True
        except KilledError:
            ended = False
        monkeypatch.setattr(os, "rename", rename)
        for path, content in written(out).items():
            assert content in (old.get(path), new.get(path))
        again = OLD if survived % 2 else NEW
        target.apply(again)
        assert written(out) == rendered_of(again)
        if ended:
            return
    raise AssertionError("it was never left to end")


@pytest.mark.parametrize("name", ["rollout.yaml", "rules", RECORD, "SHA256SUMS"])
def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (elsewhere / "file").write_bytes(b"precious")
    (out / name).symlink_to(elsewhere if name == "rules" else elsewhere / "file")
    with pytest.raises((GitOpsError, StorageError)):
        GitOpsTarget(out, None).apply(OLD)
    assert bytes_of(elsewhere) == {"file": b"precious"}


@pytest.mark.parametrize(
    "path", ["../precious", "/precious", "a/../../precious", ".git/config", "", "a//b", RECORD]
)
def test_a_record_that_names_files_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    out = tmp_path / "out"
    (out / ".git").mkdir(parents=True)
    for one in (tmp_path / "precious", out / ".git" / "config"):
        one.write_bytes(b"x")
    files = {path: [hashlib.sha256(b"x").hexdigest()]}
    record = {"name": "", "release": "", "mark": "", "schemaVersion": "1", "files": files}
    (out / RECORD).write_text(json.dumps(record))
    with pytest.raises(GitOpsError, match="does not say which files are ours"):
        GitOpsTarget(out, None).apply(OLD)
    assert (tmp_path / "precious").read_bytes() == (out / ".git" / "config").read_bytes() == b"x"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "null", "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass")),
        '{"files": {"a": "b"}, "name": "", "release": "", "mark": "", "schemaVersion": "1"}',
        '{"files": {"a": [1]}, "name": "", "release": "", "mark": "", "schemaVersion": "1"}',
        '{"files": {"a": [[]]}, "name": "", "release": "", "mark": "", "schemaVersion": "1"}',
        '{"files": {}, "name": 1, "release": "", "mark": "", "schemaVersion": "1"}',
        '{"files": {}, "name": "", "release": "", "mark": "", "schemaVersion": "2"}',
    ],
)
def test_a_record_that_cannot_be_read_stops_everything(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / RECORD).write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(GitOpsError):
        GitOpsTarget(tmp_path, None).apply(OLD)
    assert list(bytes_of(tmp_path)) == [RECORD]


def test_a_rendered_path_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    bad = replace(OLD, files=(RenderedFile(path="../x", content=b""),))
    with pytest.raises(GitOpsError):
        GitOpsFolder(tmp_path / "out").replace(bad, "")
    assert not list(tmp_path.iterdir())


def test_without_a_cluster_it_is_handed_over_and_no_more(tmp_path: Path) -> None:
    target = GitOpsTarget(tmp_path, None)
    target.apply(NEW)
    seen = target.look(NEW)
    assert (seen.phase, seen.weight) == (Phase.PREPARING, 0)
    assert seen.paused is not None
    assert "handed over" in seen.paused.text
    with pytest.raises(UsageError, match="no kubectl"):
        target.order(NEW, Order.PAUSE)


def test_once_the_cluster_shows_the_release_it_is_followed(
    cluster: Cluster, tmp_path: Path
) -> None:
    out, pipeline = tmp_path / "out", ArgoTarget(cluster.kubectl)
    target = GitOpsTarget(out, ArgoTarget(cluster.kubectl))
    target.apply(NEW)
    assert "apply" not in {one["verb"] for one in cluster.calls}
    assert "shows nothing" in getattr(target.look(NEW).paused, "text", "")
    pipeline.apply(NEW)
    Argo(cluster).tick()
    assert target.look(NEW).phase is Phase.DELIVERED
    target.order(NEW, Order.PAUSE)
    assert cluster.get("Rollout")["spec"]["paused"] is True
    cluster.fault("get", "Unable to connect to the server: EOF")
    seen = target.look(NEW)
    assert seen.phase is Phase.PREPARING
    assert "cannot be reached" in getattr(seen.paused, "text", "")


def test_a_failure_that_was_there_before_is_not_that_of_the_release(
    cluster: Cluster, tmp_path: Path
) -> None:
    routed = {"provider": "istio", "gateway": "web/main", "host": "a.example.com"}
    first, bad, third = (load("flagger", f"1.{one}.0", options=routed) for one in (4, 5, 6))
    pipeline, flagger = FlaggerTarget(cluster.kubectl), Flagger(cluster, 1)
    pipeline.apply(first)
    flagger.tick()
    pipeline.apply(bad)
    flagger.tick(3)
    target = GitOpsTarget(tmp_path / "out", FlaggerTarget(cluster.kubectl))
    target.apply(third)
    target.apply(third)
    for name, kind in (("Canary", "canary"), ("Deployment", "deployment")):
        found = cluster.get(name)
        new = next(f for f in third.files if f.path == f"{kind}.yaml")
        assert third.digest.encode() in new.content
        about = {**found["metadata"]["annotations"], "weighbridge.dev/release": third.digest}
        about.pop("weighbridge.dev/before", None)  # a pipeline applies what is written, no more
        found["metadata"]["annotations"] = about
        if kind == "deployment":
            inner = found["spec"]["template"]["metadata"]["annotations"]
            inner["weighbridge.dev/release"] = third.digest
        cluster.put(found)
    assert cluster.get("Canary")["status"]["phase"] == "Failed"
    assert target.look(third).phase is Phase.PREPARING
    flagger.tick(3)
    assert cluster.get("Canary")["status"]["phase"] == "Failed"
    assert target.look(third).phase is Phase.ROLLED_BACK


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WeighbridgeError):
        GitOpsTarget(tmp_path / "file", None).apply(OLD)
