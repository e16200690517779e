"""The four verbs that take a lock or a release tell the two apart alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.advisories import record, write
from weighbridge.usecases.named_locks import kind_of

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

VERBS = ("audit", "graph", "matrix", "sbom")
PYLOCK = 'lock-version = "1.0"\ncreated-by = "by hand"\npackages = []\n'
UV = 'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "a"\nversion = "1"\n'
UV += 'source = { registry = "https://packages.example.com/simple" }\n'
CONDA = "version: 1\nmetadata:\n  channels: []\npackage: []\n"
MANIFEST = "apiVersion: weighbridge.dev/v1\nkind: ModelRelease\n"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("pylock.toml", "whatever stands there", "pylock"),
        ("uv.lock", "", "uv"),
        ("requirements-gpu.txt", "", "requirements"),
        ("conda-lock.yml", "", "conda"),
        ("a.toml", PYLOCK, "pylock"),
        ("a.toml", "\ufeff" + PYLOCK.replace("\n", "\r\n"), "pylock"),
        ("a", UV, "uv"),
        ("a.yaml", CONDA, "conda"),
        ("a.yml", "package: []\nversion: '1'\n", "conda"),
        ("a", "@EXPLICIT\n", "conda"),
        ("requirements.in", "numpy>=1\n", "requirements"),
        ("a.txt", "numpy==1.0\n", "requirements"),
        ("release.yaml", MANIFEST, None),
        ("manifest", MANIFEST, None),
        ("release.json", '{"apiVersion": 1}', None),
        ("bill", ' {"bomFormat": "CycloneDX"}', None),
        ("a.yaml", "version: 10\npackage: []\n", None),
        ("a.yml", "", None),
    ],
)
def test_a_lock_is_told_by_its_name_or_else_by_its_content(
    name: str, text: str, kind: str | None
) -> None:
    assert kind_of(name, text.encode()) == kind


@pytest.fixture
def loaded(bench: Bench) -> Bench:
    """Run commands where there are advisories, so that all four verbs have an answer."""
    write(bench.folder / "osv", record("PYSEC-1", "other", ("introduced", "0")))
    assert bench("advisories", "update", "--from=osv").code == 0
    return bench


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_reads_what_it_is_given_as_the_others_do(verb: str, loaded: Bench) -> None:
    folder = loaded.folder
    manifest = json.dumps({"text": (folder / "release.yaml").read_text()})
    (folder / "sub").mkdir()
    for name, text in (("odd.name", PYLOCK), ("odd.yaml", CONDA), ("sub/uv.lock", UV)):
        (folder / name).write_text(text)
        assert loaded(verb, name).code in (0, 1, 3), name
    assert loaded(verb, ".").code == 0
    assert loaded(verb, "release.yaml").code == 0
    (folder / "release.json").write_text(manifest.replace("text", "apiVersion"))
    (folder / "odd.toml").write_text("lock-version = 1\nbroken")
    (folder / "large.txt").write_bytes(b"#" * ((16 << 20) + 1))
    for name, said in (
        ("release.json", "release.json"),
        ("odd.toml", "odd.toml cannot be read: odd.toml:2: is not TOML"),
        ("large.txt", "large.txt cannot be read: large.txt:1: is larger than 16 MiB"),
        ("od.toml", "there is no file od.toml"),
        ("sub", "there is no manifest sub/release.yaml"),
        ("gone", "there is no manifest gone"),
    ):
        found = loaded(verb, name)
        assert (found.code, said in found.err) == (2, True), (name, found.err)
    assert "did you mean odd.toml?" in loaded(verb, "od.toml").err
