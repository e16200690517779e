from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.folders import BENTO, STORED_MODEL, write_bento, write_stored_model
from tests.usecases.proposing.places import folder_of, metadata, spec
from tests.usecases.workshop import WEIGHTS
from weighbridge.usecases.proposing.bentoml import recognise
from weighbridge.usecases.proposing.images import image

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0" * 64
OLD = """\
service: service:svc
name: Old One
version: abc
bentoml_version: 1.1.0
creation_time: '2023-03-04T05:06:07+00:00'
labels: {owner: team, count: 3, list: [1]}
runners:
- {name: r, runnable_type: ONNXRunnable, models: ['a:1']}
models:
- {tag: 'a:1', module: bentoml.sklearn}
- {tag: 'b:2', module: bentoml.picklable_model}
docker: {distro: debian, python_version: '3.9', base_image: null}
"""


def test_a_bento_says_what_it_is(tmp_path: Path) -> None:
    write_bento(tmp_path, WEIGHTS)
    folder = folder_of(tmp_path, {})
    found = recognise(folder)
    assert found is not None
    assert found.looks_like == "a bento"
    assert metadata(found) == {
        "name": "summarisation",
        "version": "o5smnagbncigycvj",
        "releasedAt": "2026-03-04T05:06:07.123456+00:00",
        "owner": {"team": "language-team"},
        "labels": {"stage": "demo"},
    }
    assert spec(found) == {
        "model": {
            "name": "summariser",
            "version": "3n6ogmqb2wzc4ctv",
            "framework": "onnx",
            "frameworkVersion": "1.16.0",
        },
        "environment": {
            "runtime": {"version": "3.11.9"},
            "image": {
                "ref": "TODO",
                "digest": "TODO",
                "base": {"ref": "python:3.11-slim", "digest": "TODO"},
            },
        },
    }
    assert found.roles == {
        "bento.yaml": "schema",
        "models/summariser/3n6ogmqb2wzc4ctv/model.yaml": "schema",
        "src/service.py": "code",
    }
    assert found.artifacts == ()
    assert found.locks == (("env/python/requirements.txt", "requirements"),)
    assert folder.unread == []


def test_no_environment_variable_of_a_bento_is_taken(tmp_path: Path) -> None:
    write_bento(tmp_path, WEIGHTS)
    found = recognise(folder_of(tmp_path, {}))
    assert found is not None
    assert "swordfish" not in str(found)
    line = "environment variables: bento.yaml; not taken, they may hold secrets"
    assert line in found.found


def test_a_bento_of_the_first_kind_is_read_too(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"bento.yaml": OLD, "env/python/requirements.lock.txt": "x"}
    found = recognise(folder_of(tmp_path, files))
    assert found is not None
    assert metadata(found)["name"] == "old-one"
    assert metadata(found)["labels"] == {"count": "3"}
    assert spec(found)["model"] == {}
    assert spec(found)["environment"] == {"runtime": {"version": "TODO"}, "image": {}}
    assert found.locks == (("env/python/requirements.lock.txt", "requirements"),)
    assert found.artifacts == (
        {"name": "a", "role": "weights", "uri": "TODO", "version": "1"},
        {"name": "b", "role": "weights", "uri": "TODO", "version": "2"},
    )


def test_a_model_on_the_hub_is_listed_by_its_address(tmp_path: Path) -> None:
    model = "- {tag: 'org/name:0f3c', registry: huggingface}\n- {tag: 'org/name'}\n- {x: 1}\n- 3\n"
    bento = f"name: x\nbentoml_version: 1.4.0\nmodels:\n{model}"
    found = recognise(folder_of(tmp_path, {"bento.yaml": bento}))
    assert found is not None
    assert found.artifacts == (
        {"name": "org-name", "role": "weights", "uri": "hf://org/name@0f3c", "version": "0f3c"},
        {"name": "org-name", "role": "weights", "uri": "TODO"},
    )


@pytest.mark.parametrize(
    ("module", "framework"),
    [
        ("bentoml.onnx", "onnx"),
        ("bentoml.sklearn", "scikit-learn"),
        ("bentoml._internal.frameworks.pytorch", "torch"),
        ("bentoml.picklable_model", ""),
        ("own.module", ""),
        ("", ""),
    ],
)
def test_the_module_of_the_one_model_says_the_framework(
    module: str, framework: str, tmp_path: Path
) -> None:
    bento = f"name: x\nbentoml_version: 1.4.0\nmodels: [{{tag: 'a:1', module: '{module}'}}]\n"
    model = spec(recognise(folder_of(tmp_path, {"bento.yaml": bento})))["model"]
    assert model == {"name": "a", "version": "1", "framework": framework, "frameworkVersion": ""}


@pytest.mark.parametrize(
    ("noted", "asked", "version"),
    [
        ("3.11.9", "'3.11'", "3.11.9"),
        ("3.11.9\n", "'3.11'", "3.11.9"),
        ("\xff", "3.11.4", "3.11.4"),
        ("3.11", "'3.11'", "TODO"),
        (None, "3.10", "TODO"),
        (None, "null", None),
    ],
)
def test_the_build_knows_the_python_better_than_the_image(
    noted: str | None, asked: str, version: str | None, tmp_path: Path
) -> None:
    bento = f"name: x\nbentoml_version: 1.4.0\nimage: {{python_version: {asked}}}\n"
    files: dict[str, str | bytes] = {"bento.yaml": bento}
    if noted is not None:
        files["env/python/version.txt"] = noted.encode("latin-1")
    runtime = spec(recognise(folder_of(tmp_path, files)))["environment"]["runtime"]
    assert runtime == ({} if version is None else {"version": version})


def test_a_stored_model_says_what_it_is(tmp_path: Path) -> None:
    write_stored_model(tmp_path, WEIGHTS)
    found = recognise(folder_of(tmp_path, {}))
    assert found is not None
    assert found.looks_like == "a model of BentoML"
    assert metadata(found) == {"name": "summariser", "owner": {"team": "language-team"}}
    assert spec(found) == {
        "model": {
            "name": "summariser",
            "version": "3n6ogmqb2wzc4ctv",
            "framework": "onnx",
            "frameworkVersion": "1.16.0",
        },
        "environment": {"runtime": {"version": "3.11.7"}},
    }
    assert found.roles == {"model.yaml": "schema"}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"bento.yaml": ""},
        {"bento.yaml": "name: x\n"},
        {"bento.yaml": "[]"},
        {"model.yaml": "name: x\n"},
        {"model.yaml": "context: {python_version: 3.11.7}\n"},
        {"model.yaml": STORED_MODEL.replace("bentoml_version", "other")},
        {"bento.yaml": "\0" + BENTO},
    ],
)
def test_other_folders_are_none_of_bentoml(files: dict[str, str | bytes], tmp_path: Path) -> None:
    assert recognise(folder_of(tmp_path, files)) is None


@pytest.mark.parametrize(
    ("reference", "base"),
    [
        ("python:3.11", {"ref": "python:3.11", "digest": "TODO"}),
        (f"python:3.11@{DIGEST}", {"ref": "python:3.11", "digest": DIGEST}),
        (f"python@sha512:{'0' * 128}", {"ref": "python", "digest": "TODO"}),
        ("me:swordfish@host/python", {"ref": "TODO", "digest": "TODO"}),
    ],
)
def test_a_base_keeps_the_digest_it_was_given(reference: str, base: dict[str, str]) -> None:
    assert image(reference) == {"ref": "TODO", "digest": "TODO", "base": base}
    assert image("") == {}
