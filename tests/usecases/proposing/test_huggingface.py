from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.folders import CARD, CONFIG, write_hugging_face
from tests.usecases.proposing.places import folder_of, metadata, spec
from weighbridge.usecases.proposing import model_card
from weighbridge.usecases.proposing.huggingface import recognise

if TYPE_CHECKING:
    from pathlib import Path


def card(front: str) -> str:
    return f"---\n{front}\n---\n\n# Title\n"


def test_a_folder_of_the_hub_says_what_it_is(tmp_path: Path) -> None:
    write_hugging_face(tmp_path)
    folder = folder_of(tmp_path, {})
    found = recognise(folder)
    assert found is not None
    assert found.looks_like == "a Hugging Face model"
    assert spec(found) == {
        "model": {
            "family": "bert",
            "task": "sentence-similarity",
            "framework": "sentence-transformers",
            "frameworkVersion": "2.0.0",
            "license": "Apache-2.0",
        },
        "evaluation": {
            "metrics": [
                {"name": "cosine_spearman", "value": "82.03", "dataset": "mteb/stsbenchmark-sts"}
            ]
        },
        "lineage": {
            "baseModel": {"ref": "hf://nreimers/MiniLM-L6-H384-uncased"},
            "datasets": [{"ref": "hf://datasets/s2orc"}, {"ref": "hf://datasets/ms_marco"}],
        },
        "card": {"path": "README.md"},
    }
    assert metadata(found)["annotations"] == {
        "huggingface.co/architectures": "BertModel",
        "huggingface.co/dtype": "float32",
    }
    assert found.roles == {"config.json": "schema", "model.safetensors.index.json": "schema"}
    assert found.found == ("metrics: README.md", "lineage: README.md")
    assert folder.unread == ["README.md (metrics without a name or a number: 1)"]


@pytest.mark.parametrize(
    ("files", "framework", "version"),
    [
        ({"config.json": json.dumps(CONFIG)}, "transformers", "4.8.2"),
        ({"config.json": '{"model_type": "bert"}'}, "", ""),
        ({"config.json": '{"model_type": "x", "transformers_version": {}}'}, "", ""),
        ({"config.json": json.dumps(CONFIG), "README.md": card("library_name: peft")}, "peft", ""),
        (
            {"config.json": json.dumps(CONFIG), "config_sentence_transformers.json": "{}"},
            "transformers",
            "4.8.2",
        ),
    ],
)
def test_the_framework_is_the_one_a_file_names(
    files: dict[str, str | bytes], framework: str, version: str, tmp_path: Path
) -> None:
    model = spec(recognise(folder_of(tmp_path, files)))["model"]
    assert (model["framework"], model["frameworkVersion"]) == (framework, version)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"config.json": "{}"},
        {"config.json": "[]"},
        {"config.json": '{"name": "a web site"}', "README.md": "# A project\n"},
        {"README.md": card("title: A page\nlicense: mit\ntags: [a]")},
        {"README.md": "---\n"},
        {"README.md": "---\n---\n"},
    ],
)
def test_other_folders_are_none_of_the_hub(files: dict[str, str | bytes], tmp_path: Path) -> None:
    assert recognise(folder_of(tmp_path, files)) is None


@pytest.mark.parametrize(
    ("front", "licence"),
    [
        ("license: mit", "MIT"),
        ("license: [mit]", "MIT"),
        ("license: [mit, apache-2.0]", ""),
        ("license: other\nlicense_name: my-own", "LicenseRef-my-own"),
        ("license: 3", ""),
        ("license:", ""),
    ],
)
def test_the_licence_is_the_cards(front: str, licence: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"README.md": card(f"library_name: x\n{front}")})
    found = recognise(folder)
    assert spec(found)["model"]["license"] == licence
    assert found is not None
    assert any("several licences" in line for line in found.found) is ("[mit, a" in front)


def test_several_base_models_are_parents(tmp_path: Path) -> None:
    front = "base_model:\n- a/b\n- a/b\n- ./local folder\n- {x: 1}"
    found = spec(recognise(folder_of(tmp_path, {"README.md": card(front)})))
    assert found["lineage"] == {"parents": [{"ref": "hf://a/b"}, {"ref": "./local folder"}]}


@pytest.mark.parametrize(
    "front",
    ["datasets: {a: b}", "base_model: [[a]]", "model-index: 3", "model-index: [[{results: 1}]]"],
)
def test_what_is_of_another_shape_says_nothing(front: str, tmp_path: Path) -> None:
    found = spec(recognise(folder_of(tmp_path, {"README.md": card(f"library_name: x\n{front}")})))
    assert (found["lineage"], found["evaluation"]) == ({}, {})


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0.5", "0.5"),
        ('"0.50"', "0.50"),
        ("1e-3", "0.001"),
        ("7", "7"),
        ("-3", "-3"),
        (".inf", None),
        ("true", None),
        ("", None),
        ("[1]", None),
        ('"1e999"', None),
        ("9" * 30, None),
    ],
)
def test_a_metric_is_a_number(value: str, number: str | None, tmp_path: Path) -> None:
    front = (
        "model-index:\n- results:\n  - dataset: {name: d}\n    metrics:\n"
        f"    - name: accuracy\n      value: {value}"
    )
    found = spec(recognise(folder_of(tmp_path, {"README.md": card(front)})))
    wanted = [{"name": "accuracy", "value": number, "dataset": "d"}] if number else None
    assert found["evaluation"].get("metrics") == wanted


def test_of_many_metrics_the_first_are_taken(tmp_path: Path) -> None:
    metrics = "".join(f"    - {{type: m{n}, value: {n}}}\n" for n in range(60))
    front = f"model-index:\n- results:\n  - metrics:\n{metrics}"
    folder = folder_of(tmp_path, {"README.md": card(front)})
    assert len(spec(recognise(folder))["evaluation"]["metrics"]) == model_card.MOST_METRICS
    assert folder.unread == ["README.md (metrics left out behind the first 50: 10)"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_front_matter_is_read_however_it_was_saved(
    mark: str, line_break: str, tmp_path: Path
) -> None:
    text = mark + CARD.replace("\n", line_break)
    folder = folder_of(tmp_path, {"README.md": text.encode()})
    assert model_card.front_matter(folder)["license"] == "apache-2.0"
    assert folder.unread == []


def test_front_matter_without_an_end_is_not_read(tmp_path: Path) -> None:
    endless = b"---\n" + b"a: b # x\n" * 150_000
    folder = folder_of(tmp_path, {"README.md": endless})
    assert model_card.front_matter(folder) == {}
    assert folder.unread == ["README.md (no end of its front matter in 1048576 bytes)"]


def test_a_shard_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    write_hugging_face(tmp_path)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    folder = folder_of(tmp_path, {})
    assert recognise(folder) is not None
    assert "model.safetensors.index.json (1 of its 2 shards are not there)" in folder.unread


def test_code_that_would_be_run_is_part_of_the_release(tmp_path: Path) -> None:
    auto_map = {
        "AutoConfig": "configuration_own.OwnConfig",
        "AutoModel": ["modeling_own.Own", None],
        "AutoProcessor": "else/where--processing.Own",
        "AutoTokenizer": "../outside.Own",
        "Gone": "gone.Own",
    }
    files = {
        "config.json": json.dumps({"model_type": "own", "auto_map": auto_map}),
        "configuration_own.py": "",
        "modeling_own.py": "",
    }
    found = recognise(folder_of(tmp_path, {**files}))
    assert found is not None
    code = [path for path, role in found.roles.items() if role == "code"]
    assert code == ["configuration_own.py", "modeling_own.py"]
