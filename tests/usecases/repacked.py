"""A pushed release that somebody tampered with: a layout, opened up and closed again."""

from __future__ import annotations

import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.workshop import LABELS, LOCK, WEIGHTS
from weighbridge.adapters.oci.layout import LayoutRepository
from weighbridge.cli.main import main
from weighbridge.codec.oci import read_document, write_document
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.oci import FILEPATH, MANIFEST, TITLE, Descriptor, Manifest
from weighbridge.packing.layer_tar import END, Member, member_header, padding
from weighbridge.probes.reading.in_memory import InMemory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.workshop import Bench

RELEASE_DIGEST = "dev.weighbridge.release.digest"
FORMS = {"raw": (), "tar": ("--layer-format=tar",), "image": ("--form=image",)}
FILES = {
    "weights/model.safetensors": WEIGHTS,
    "labels.json": LABELS,
    "requirements.lock": LOCK.encode(),
    "tokenizer/vocab.txt": b"a\nb\n",
    "tokenizer/deep/ä": b"",
}


def archive(files: dict[str, bytes]) -> bytes:
    parts = []
    for path, data in sorted(files.items()):
        parts += [member_header(Member(path, len(data))), data, padding(len(data))]
    return b"".join([*parts, END])


class Repacked:
    """A layout in which a release stands under a tag."""

    def __init__(self, folder: Path, tag: str) -> None:
        self.folder = folder
        self.tag = tag
        self.repository = LayoutRepository(folder, name=f"oci:{folder}")

    @property
    def manifest(self) -> Manifest:
        found = self.repository.resolve(self.tag)
        read = read_document(self.repository.manifest(found), found.media_type)
        assert isinstance(read, Manifest)
        return read

    def path(self, digest: str) -> Path:
        return self.folder / "blobs/sha256" / digest[7:]

    def layer(self, path: str) -> Descriptor:
        (found,) = [one for one in self.manifest.layers if one.annotations[FILEPATH] == path]
        return found

    def data(self, path: str) -> bytes:
        return self.path(self.layer(path).digest).read_bytes()

    def keep(self, path: str, data: bytes, *, media_type: str = "", title: str = "") -> Descriptor:
        """Keep a layer."""
        digest = f"sha256:{sha256(data).hexdigest()}"
        descriptor = Descriptor(
            media_type=media_type or "application/vnd.cncf.model.weight.v1.raw",
            digest=digest,
            size=len(data),
            annotations={FILEPATH: path, TITLE: title or path},
        )
        self.repository.push(descriptor, InMemory(data))
        return descriptor

    def put(self, manifest: Manifest) -> None:
        self.repository.put(write_document(manifest), media_type=MANIFEST, tag=self.tag)

    def change(self, path: str, data: bytes) -> None:
        """Put another layer into the place of one, with a digest of its own."""
        old = self.layer(path)
        new = self.keep(path, data, media_type=old.media_type)
        layers = [new if one == old else one for one in self.manifest.layers]
        self.put(replace(self.manifest, layers=tuple(layers)))

    def add(self, path: str, data: bytes, *, media_type: str = "") -> None:
        """Put a layer behind the others."""
        new = self.keep(path, data, media_type=media_type)
        self.put(replace(self.manifest, layers=(*self.manifest.layers, new)))

    def drop(self, path: str) -> None:
        kept = [one for one in self.manifest.layers if one.annotations[FILEPATH] != path]
        self.put(replace(self.manifest, layers=tuple(kept)))

    def reseal(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Have the pack hold another sealed manifest, whose digest it says."""
        tree = json.loads(self.data("release.yaml"))
        edit(tree)
        self.rewrite(canonical_bytes(tree))

    def rewrite(self, data: bytes) -> None:
        self.change("release.yaml", data)
        said = {**self.manifest.annotations, RELEASE_DIGEST: f"sha256:{sha256(data).hexdigest()}"}
        self.put(replace(self.manifest, annotations=said))


@pytest.fixture(scope="session")
def packed_forms(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Seal a release of which one artifact is a folder, and push it in every form."""
    folder = tmp_path_factory.mktemp("packed") / "project"
    shutil.copytree(committed, folder)
    (folder / "tokenizer/deep").mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    text = (folder / "release.yaml").read_text()
    more = "    - {name: tokenizer, role: tokenizer, path: tokenizer}\n    - {name: labels"
    (folder / "release.yaml").write_text(text.replace("    - {name: labels", more))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIGHBRIDGE_ENGINE", "here")
        patch.chdir(folder)
        with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()):
            assert main(["seal"]) == 0
            for form, words in FORMS.items():
                assert main(["push", "demo@1.0.0", f"oci:../layout:{form}", *words]) == 0
    return folder.parent / "layout", said.getvalue().split()[0]


@pytest.fixture
def layout(packed_forms: tuple[Path, str], run: Bench) -> Path:
    """Copy the layout to where commands run, beside a registry that was never used."""
    shutil.copytree(packed_forms[0], run.folder / "layout")
    return run.folder / "layout"


def pack_of(layout: Path, form: str) -> Repacked:
    return Repacked(layout, form)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def nothing_visible(run: Bench) -> None:
    """Make sure that no release is bound, and that no folder was written."""
    registry = run.folder / ".weighbridge"
    if registry.exists():
        assert run("show", "demo@1.0.0").code == 2
    assert {path.name for path in run.folder.iterdir()} <= {"layout", ".weighbridge", ".gitignore"}


def refused(run: Bench, form: str, *words: str, code: int = 1) -> str:
    """Pull what must be refused, in full and as a dry run where that can tell, and say why."""
    found = run("pull", f"oci:layout:{form}", "--output=out", *words)
    assert (found.code, found.out) == (code, ""), found.err
    nothing_visible(run)
    return found.err
