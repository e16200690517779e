"""`init` on folders that were made to break it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.usecases.folders import onnx_bytes, put, write_bento, write_hugging_face, write_mlflow
from tests.usecases.workshop import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.workshop import Bench


def document(run: Bench) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((run.folder / "release.yaml").read_text())
    return found


def bento(folder: Path) -> None:
    write_bento(folder, onnx_bytes())


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "nul": b"\0" * 100,
    "binary": bytes(range(256)) * 10,
    "not utf-8": b"a: \xff\n",
    "deep": b"[" * 200_000,
    "deep json": b'{"a":' * 200_000,
    "deep flow": b"flavors: " + b"{a: " * 100_000,
    "alias bomb": b"a: &a [x,x,x,x,x,x,x,x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a"] * 8)) for n in range(50)),
    "duplicate": b"flavors: {}\nflavors: {x: {}}\nname: a\nname: b\n",
    "tags": b"flavors: !!python/object/apply:os.system ['touch touched']\n",
    "front matter": b"---\nlicense: !!python/name:os.system\nbase_model: *x\n---\n",
    "endless front": b"---\n" + b"a" * (2 << 20),
    "second document": b"a: 1\n---\nb: 2\n",
    "wrong kinds": b"flavors: [1]\nsignature: 3\nlabels: []\nmodels: x\nname: [a]\ncontext: 1\n",
    "controls": b'flavors: {"\\u001b[31m": {"data": "\\u001b[0m"}}\nrun_id: "\\u0007"\n',
    "long": b"flavors: {x: {data: " + b"a" * 100_000 + b"}}\nname: " + b"n" * 100_000 + b"\n",
    "paths": b"flavors: {x: {data: ../../etc, a: /etc/passwd, b: '~', c: ''}}\n",
    "numbers": b'{"model_type": 1e400, "transformers_version": 1e999999999, "architectures": [-0]}',
    "nan": b'{"model_type": NaN, "architectures": Infinity}',
    "huge integer": b'{"model_type": ' + b"9" * 10_000 + b"}",
    "surrogates": b'{"model_type": "\\ud800", "architectures": ["\\udfff"]}',
    "nfd": "flavors: {x: {}}\nrun_id: e\u0301\n".encode(),
    "todo": b"flavors: {TODO: {TODO_version: TODO}}\nname: TODO\nbentoml_version: TODO\n",
}
READ = (
    "MLmodel",
    "README.md",
    "config.json",
    "bento.yaml",
    "model.yaml",
    "Dockerfile",
    "pyproject.toml",
    "config_sentence_transformers.json",
    "model.safetensors.index.json",
    "env/python/version.txt",
)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_no_content_of_a_file_that_is_read_breaks_init(content: bytes, run: Bench) -> None:
    put(run.folder, "model.safetensors", WEIGHTS)
    for name in READ:
        put(run.folder, name, content)
    found = run("init")
    assert (found.code, "\x1b" in found.out + found.err) == (0, False)
    checked = run("check", "--select", "INT,CFG009")
    assert checked.code == 1
    assert "error[CFG009]" in checked.out
    assert not (run.folder / "touched").exists()


@pytest.mark.parametrize("kind", ["nul", "deep json", "alias bomb", "wrong kinds", "paths"])
@pytest.mark.parametrize(
    ("lay_out", "name"),
    [
        (write_mlflow, "Dockerfile"),
        (write_hugging_face, "config_sentence_transformers.json"),
        (write_hugging_face, "model.safetensors.index.json"),
        (write_hugging_face, "config.json"),
        (write_hugging_face, "README.md"),
        (bento, "models/summariser/3n6ogmqb2wzc4ctv/model.yaml"),
        (bento, "env/python/version.txt"),
    ],
)
def test_one_broken_file_spoils_nothing_else(
    lay_out: Callable[[Path], None], name: str, kind: str, run: Bench
) -> None:
    lay_out(run.folder)
    put(run.folder, name, HOSTILE[kind])
    found = run("init")
    assert found.code == 0
    assert "  looks like " in found.out
    broken = {finding["subject"] for finding in checked(run) if finding["code"] == "INT008"}
    assert broken <= ({name} if name.endswith(".json") else set())


def checked(run: Bench) -> list[dict[str, Any]]:
    findings = run("check", "--select", "INT", "--output-format", "json").json["findings"]
    assert isinstance(findings, list)
    return findings


def test_what_a_manifest_does_not_take_is_told_of_by_its_place(run: Bench) -> None:
    write_mlflow(run.folder)
    put(run.folder, "Dockerfile", "FROM host/Swordfish:1\n")
    found = run("init")
    assert found.code == 0
    at = "spec.environment.image.base.ref"
    assert f"not read: {at} (not a value a manifest takes)\n" in found.err
    assert "Swordfish" not in found.out + found.err + (run.folder / "release.yaml").read_text()


def test_a_card_of_any_size_is_read_at_its_start(run: Bench) -> None:
    write_hugging_face(run.folder)
    with (run.folder / "README.md").open("r+b") as card:
        card.truncate(64 << 20)
    found = run("init")
    assert found.code == 0
    assert document(run)["spec"]["model"]["license"] == "Apache-2.0"


def test_nothing_outside_of_the_folder_is_read(run: Bench) -> None:
    outside = run.folder.parent / "outside"
    write_hugging_face(outside)
    put(run.folder, "model.safetensors", WEIGHTS)
    for name in ("config.json", "README.md", "MLmodel", "Dockerfile", "pyproject.toml"):
        (run.folder / name).symlink_to(Path("../outside") / "README.md")
    found = run("init")
    assert found.code == 0
    assert "looks like" not in found.out
    assert "Apache-2.0" not in (run.folder / "release.yaml").read_text()
    assert json.dumps(document(run)["spec"]["artifacts"]).count("path") == 1
