from __future__ import annotations

import hashlib
import json
import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.probes.repositories import git
from weighbridge.bootstrap import open_repository
from weighbridge.model.errors import SettingsError, UnreadableError, UsageError
from weighbridge.probes.catalogues import open_catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.catalogue import Catalogue

TITLE = "org.opencontainers.image.title"
ONE, TWO = b"one\n", b"two\n"


def opened(
    name: str, base: Path, *, start: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Catalogue:
    opener = partial(open_repository, base=base)
    return open_catalogue(name, base=base, start=start or base, environ=environ, opener=opener)


def held(name: str, base: Path) -> dict[str, bytes]:
    """Read all a catalogue holds."""
    catalogue = opened(name, base)
    return {reference: catalogue.read(reference).data for reference in catalogue.references()}


def unreadable(name: str, base: Path, reference: str | None = None) -> str:
    """Say why a catalogue, or a template of it, cannot be read."""
    catalogue = opened(name, base)
    with pytest.raises(UnreadableError) as caught:
        catalogue.references() if reference is None else catalogue.read(reference)
    return str(caught.value)


def refused(name: str, base: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        opened(name, base)
    return str(caught.value)


# Folders ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "ours"
    (inside / "sub@1.yaml.d").mkdir(parents=True)
    (inside / "b.c-d@2.0+x.yaml").write_bytes(TWO)
    (inside / "a@1.yaml").write_bytes(ONE)
    for name in ("README.md", "a.yaml", "A@1.yaml", "a@1.yml", "a@.yaml", "@1.yaml", ".a@1.yaml"):
        (inside / name).write_bytes(b"no template")
    return tmp_path


def test_a_folder_holds_what_is_called_like_a_template(folder: Path) -> None:
    assert held("ours", folder) == {"a@1": ONE, "b.c-d@2.0+x": TWO}
    assert held(str(folder / "ours"), folder) == held("ours", folder)
    found = opened("ours", folder).read("a@1")
    assert (found.reference, found.file, found.catalogue) == ("a@1", "ours/a@1.yaml", "ours")


def test_files_are_named_from_where_the_user_is(folder: Path) -> None:
    def seen(start: Path) -> str:
        return opened("ours", folder, start=start).read("a@1").file

    assert seen(folder / "ours") == "a@1.yaml"
    assert seen(folder / "elsewhere") == str(folder / "ours/a@1.yaml")


def test_a_folder_that_is_not_there_is_no_empty_catalogue(folder: Path) -> None:
    assert "the templates in gone cannot be read: no such file" in unreadable("gone", folder)
    assert "not a directory" in unreadable("ours/a@1.yaml", folder)
    assert "no such file" in unreadable("ours", folder, "gone@1")


def test_what_is_no_file_is_never_waited_for(folder: Path) -> None:
    (folder / "ours/d@1.yaml").mkdir()
    os.mkfifo(folder / "ours/p@1.yaml")
    for reference in ("d@1", "p@1"):
        assert f"ours/{reference}.yaml cannot be read: not a file" in unreadable(
            "ours", folder, reference
        )


# Git --------------------------------------------------------------------------------------------


@pytest.fixture
def kept(repository: Path) -> Path:
    """Make a repository with templates at its top in `v1` and in a folder in `main`."""
    (repository / "a@1.yaml").write_bytes(ONE)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=templates")
    git(repository, "tag", "v1")
    git(repository, "tag", "--annotate", "--message=x", "v1-annotated")
    (repository / "ml/templates").mkdir(parents=True)
    (repository / "ml/templates/b@1.yaml").write_bytes(TWO)
    (repository / "a@1.yaml").unlink()
    (repository / "ml/templates/d@1.yaml").mkdir()
    (repository / "ml/templates/d@1.yaml/x").write_bytes(b"x")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=moved")
    (repository / "ml/templates/b@1.yaml").write_bytes(b"not committed")
    return repository.parent


@pytest.mark.parametrize("bare", [False, True])
def test_a_revision_holds_what_was_committed(kept: Path, *, bare: bool) -> None:
    name = "repository"
    commit = git(kept / name, "rev-parse", "v1")
    if bare:
        git(kept, "clone", "--quiet", "--bare", name, "bare.git")
        name = "bare.git"
    for revision in ("v1", "v1-annotated", commit, commit[:10], "main~1", "refs/tags/v1"):
        assert held(f"git+{name}@{revision}", kept) == {"a@1": ONE}
    folder = f"git+{name}@main#ml/templates"
    assert opened(folder, kept).read("b@1").data == TWO
    assert held(f"git+{name}@main", kept) == {}
    assert opened(folder + "/", kept).references() == ["b@1", "d@1"]
    found = opened(folder, kept).read("b@1")
    assert (found.file, found.catalogue) == (f"{folder}/b@1.yaml", folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("git+repository@v9", "`git ls-tree` failed"),
        ("git+repository@main#gone", "`git ls-tree` failed"),
        ("git+repository@main#../..", "`git ls-tree` failed"),
        ("git+repository@main:ml", "`git ls-tree` failed"),
        ("git+gone@main", "git cannot be run"),
        ("git+repository/ml@main", "there is no git repository"),
        ("git+home@main", "there is no git repository"),
    ],
)
def test_what_git_does_not_hold_is_said(name: str, said: str, kept: Path) -> None:
    found = unreadable(name, kept)
    assert f"the templates in {name} cannot be read: " in found
    assert said in found
    assert "manifest" not in found


def test_a_folder_of_git_that_is_called_like_a_template_cannot_be_read(kept: Path) -> None:
    assert "`git cat-file` failed" in unreadable("git+repository@main#ml/templates", kept, "d@1")


@pytest.mark.parametrize(
    "name", ["git+repository", "git+@v1", "git+repository@", "git+repository@--output=x", "git+@-x"]
)
def test_a_revision_is_a_revision_and_no_option(name: str, kept: Path) -> None:
    assert "names no revision" in refused(name, kept)
    assert not (kept / "x").exists()


def test_a_hostile_repository_runs_nothing(kept: Path) -> None:
    git(kept / "repository", "config", "core.fsmonitor", "touch pwned")
    git(kept / "repository", "config", "core.pager", "touch pwned")
    git(kept / "repository", "config", "alias.ls-tree", "!touch pwned")
    assert held("git+repository@v1", kept) == {"a@1": ONE}
    assert not list(kept.rglob("pwned"))


def test_without_git_it_is_said(kept: Path) -> None:
    catalogue = opened("git+repository@v1", kept, environ={"PATH": ""})
    with pytest.raises(UnreadableError, match="git is not installed"):
        catalogue.references()


# OCI repositories --------------------------------------------------------------------------------


def stored(layout: Path, data: bytes) -> str:
    """Put a blob into a layout, and make that if need be."""
    digest = hashlib.sha256(data).hexdigest()
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digest).write_bytes(data)
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text('{"schemaVersion": 2, "manifests": []}')
    return f"sha256:{digest}"


def layer(layout: Path, title: str, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"mediaType": "application/yaml", "digest": stored(layout, data)}
    return {**found, "size": len(data), "annotations": {TITLE: title}}


def manifest(layout: Path, *layers: object) -> str:
    """Write a manifest as `oras push --oci-layout` does, and name the catalogue."""
    config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": stored(layout, b"{}")}
    document = {"schemaVersion": 2, "config": {**config, "size": 2}, "layers": list(layers)}
    return f"oci:{layout.name}@{stored(layout, json.dumps(document).encode())}"


def test_a_layout_holds_titled_layers(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    name = manifest(
        layout,
        layer(layout, "b@1.yaml", TWO),
        layer(layout, "a@1.yaml", ONE),
        layer(layout, "README.md", b"no template"),
    )
    assert held(name, tmp_path) == {"a@1": ONE, "b@1": TWO}
    found = opened(name, tmp_path).read("a@1")
    assert (found.file, found.catalogue) == (f"{name}/a@1", name)
    assert "it holds no c@1" in unreadable(name, tmp_path, "c@1")


def test_bytes_of_another_digest_are_refused(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    good = layer(layout, "a@1.yaml", ONE)
    name = manifest(layout, good)
    (layout / "blobs/sha256" / good["digest"][7:]).write_bytes(TWO)
    assert f"the bytes of {good['digest']} have another digest" in unreadable(name, tmp_path, "a@1")
    path = layout / "blobs/sha256" / name.rpartition(":")[2]
    path.write_bytes(path.read_bytes() + b" ")
    assert "are others" in unreadable(name, tmp_path)


def test_a_template_twice_is_refused(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    twice = [layer(layout, "a@1.yaml", data) for data in (ONE, TWO)]
    assert "it holds a template twice" in unreadable(manifest(layout, *twice), tmp_path)


@pytest.mark.parametrize("digest", ["sha512:00", "sha256:../../secret", "sha256:" + "A" * 64, "7"])
def test_a_layer_of_no_digest_leads_nowhere(digest: str, tmp_path: Path) -> None:
    bad = {**layer(tmp_path / "layout", "a@1.yaml", ONE), "digest": digest}
    name = manifest(tmp_path / "layout", bad)
    assert f"layers[0] has the digest {digest!r}" in unreadable(name, tmp_path)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"schemaVersion": 2, "layers": 3}']
)
def test_what_is_no_manifest_is_refused(data: bytes, tmp_path: Path) -> None:
    name = f"oci:layout@{stored(tmp_path / 'layout', data)}"
    assert "is no manifest" in unreadable(name, tmp_path)


def test_an_index_is_no_catalogue(tmp_path: Path) -> None:
    data = b'{"schemaVersion": 2, "manifests": []}'
    name = f"oci:layout@{stored(tmp_path / 'layout', data)}"
    assert "it is no manifest of titled layers" in unreadable(name, tmp_path)


def test_a_layout_without_that_manifest_is_refused(tmp_path: Path) -> None:
    stored(tmp_path / "layout", b"another")
    absent = "sha256:" + "0" * 64
    assert f"does not hold {absent}" in unreadable(f"oci:layout@{absent}", tmp_path)
    assert f"does not hold {absent}" in unreadable(f"oci:gone@{absent}", tmp_path)


@pytest.mark.parametrize("name", ["oci:layout", "oci:layout@latest", "oci://example.com/a:1"])
def test_a_catalogue_is_named_by_its_digest(name: str, tmp_path: Path) -> None:
    assert "names no manifest by its digest" in refused(name, tmp_path)


def test_a_registry_is_asked_unless_the_network_is_forbidden(tmp_path: Path) -> None:
    name = "oci://example.com/a@sha256:" + "0" * 64
    opener = partial(open_repository, base=tmp_path, offline=True)
    catalogue = open_catalogue(name, base=tmp_path, start=tmp_path, environ={}, opener=opener)
    with pytest.raises(UsageError, match="which --offline forbids"):
        catalogue.references()


# Addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "https://example.com/templates",
        "git+https://git.example.com/ml/templates@v1",
        "git+ssh://git@git.example.com/ml/templates@v1",
        "file:///srv/templates",
    ],
)
def test_addresses_are_not_fetched(name: str, tmp_path: Path) -> None:
    assert "templates are not read from there" in refused(name, tmp_path)
