from __future__ import annotations

import os
import pickle
import zipfile
from typing import TYPE_CHECKING

import onnx
import pytest
import yaml
from onnx import TensorProto, helper

from tests.usecases.workshop import WEIGHTS, commit, git, sha256
from weighbridge.usecases import surveying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.workshop import Bench


def write_onnx(folder: Path) -> str:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [])
    graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1]))
    onnx.save(helper.make_model(graph), folder / "model.onnx")
    return "model.onnx"


def write_safetensors(folder: Path) -> str:
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    return "model.safetensors"


def write_pickle(folder: Path) -> str:
    (folder / "model.joblib").write_bytes(pickle.dumps({"coefficients": [1.0, 2.0]}))
    return "model.joblib"


def write_torch(folder: Path) -> str:
    with zipfile.ZipFile(folder / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
    return "model.pt"


def written(run: Bench, folder: str = ".") -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((run.folder / folder / "release.yaml").read_text())
    return found


def spec(run: Bench, folder: str = ".") -> dict[str, object]:
    found = written(run, folder)["spec"]
    assert isinstance(found, dict)
    return found


def artifacts(run: Bench, folder: str = ".") -> dict[str, tuple[str, str]]:
    """Return path and role of each artifact, by name."""
    listed = spec(run, folder)["artifacts"]
    assert isinstance(listed, list)
    return {entry["name"]: (entry["path"], entry["role"]) for entry in listed}


@pytest.mark.parametrize(
    ("write", "format_name"),
    [
        (write_onnx, "onnx"),
        (write_safetensors, "safetensors"),
        (write_pickle, "pickle"),
        (write_torch, "torch-zip"),
    ],
)
def test_a_model_of_each_format_is_found_by_content(
    write: Callable[[Path], str], format_name: str, run: Bench
) -> None:
    name = write(run.folder)
    # The name says nothing; the bytes do.
    (run.folder / name).rename(run.folder / "model.data")
    found = run("init")
    assert found.code == 0
    assert found.out.startswith("wrote release.yaml\n  found weights: model.data\n")
    content = (run.folder / "model.data").read_bytes()
    assert spec(run)["artifacts"] == [
        {
            "name": "model",
            "role": "weights",
            "path": "model.data",
            "format": format_name,
            "size": len(content),
            "digest": sha256(content),
        }
    ]
    checked = run("check", "--select", "INT,SEC")
    assert (checked.code, checked.out.splitlines()[-1][:4]) == (0, "pass")


def test_what_is_left_to_say_is_said_in_commands_that_work(run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / "requirements.lock").write_text("# none\n")
    said = run("init").err.splitlines()
    assert said[0] == "yours to fill in:"
    assert said[-1] == "then: weighbridge check"
    commit(run.folder)
    for line in said[1:-1]:
        words = line.split()
        assert words[0] == "weighbridge"
        assert run(*words[1:-1], "a@example.com").code == 0
    assert run("check").code == 0
    assert run("seal").code == 0


def test_from_another_folder_the_commands_say_where(run: Bench) -> None:
    folder = run.folder / "my model"
    folder.mkdir()
    write_safetensors(folder)
    found = run("init", "my model")
    assert found.out.startswith("wrote my model/release.yaml\n")
    where = "'my model/release.yaml'"
    assert f"  weighbridge set metadata.owner.team VALUE --manifest {where}\n" in found.err
    assert found.err.endswith(f"then: weighbridge check {where}\n")


def test_a_hugging_face_folder_is_known(run: Bench) -> None:
    write_safetensors(run.folder)
    companions = {
        "1_Pooling/config.json": "schema",
        "config.json": "schema",
        "generation_config.json": "schema",
        "merges.txt": "tokenizer",
        "preprocessor_config.json": "preprocessing",
        "README.md": "card",
        "special_tokens_map.json": "tokenizer",
        "spiece.model": "tokenizer",
        "tokenizer.json": "tokenizer",
        "tokenizer_config.json": "tokenizer",
        "vocab.txt": "tokenizer",
    }
    for name in (*companions, "notes.md", "train.py", "data/config.json"):
        (run.folder / name).parent.mkdir(exist_ok=True)
        (run.folder / name).write_text("{}\n")
    found = run("init")
    assert found.code == 0
    listed = "list in spec.artifacts what the release needs"
    assert f"not listed: notes.md, train.py; {listed}\n" in found.err
    assert dict(artifacts(run).values()) == {"model.safetensors": "weights", **companions}
    assert run("check", "--select", "INT").code == 0


def test_models_in_nested_folders_have_names_of_their_own(run: Bench) -> None:
    for folder in ("a", "b", "b/c", "B!/c", "a/x"):
        (run.folder / folder).mkdir(parents=True)
        write_safetensors(run.folder / folder)
    write_onnx(run.folder / "a/x")
    (run.folder / "b/config.json").write_text("{}\n")
    (run.folder / "config.json").write_text("{}\n")
    assert run("init").code == 0
    found = artifacts(run)
    assert len(found) == 7
    assert ("b/config.json", "schema") in found.values()
    assert "config.json" not in {path for path, _ in found.values()}
    assert run("check", "--select", "INT").code == 0


@pytest.mark.parametrize(
    ("folder", "code"),
    [(".venv", 2), (".git", 2), ("node_modules", 2), ("src/build", 2), ("build2", 0)],
)
def test_folders_of_other_tools_are_left_alone(folder: str, code: int, run: Bench) -> None:
    (run.folder / folder).mkdir(parents=True)
    write_safetensors(run.folder / folder)
    assert run("init").code == code


def test_an_empty_folder_holds_no_model(run: Bench) -> None:
    found = run("init")
    assert (found.code, found.out) == (2, "")
    assert "error[WB102]: . holds no model file\n" in found.err
    assert "formats known by content: catboost, coreml, fasttext, gguf" in found.err
    assert list(run.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_folder_is_wanted(name: str, run: Bench) -> None:
    (run.folder / "file").write_text("x")
    found = run("init", name)
    assert found.code == 2
    assert f"error[WB102]: {name} is not a folder\n" in found.err


@pytest.mark.parametrize("dangling", [False, True])
def test_a_manifest_that_exists_is_left_as_it_is(
    dangling: bool,  # noqa: FBT001 - a column of the table
    run: Bench,
) -> None:
    write_safetensors(run.folder)
    manifest = run.folder / "release.yaml"
    if dangling:
        manifest.symlink_to("nowhere")
    else:
        manifest.write_text("mine\n")
    found = run("init")
    assert found.code == 2
    assert "error[WB100]: release.yaml exists already; it is left as it is\n" in found.err
    assert manifest.is_symlink() is dangling
    assert dangling or manifest.read_text() == "mine\n"
    assert not (run.folder / ".gitignore").exists()


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("pylock.toml", "pylock"),
        ("pylock.prod.toml", "pylock"),
        ("uv.lock", "uv"),
        ("requirements.lock", "requirements"),
        ("requirements-prod.txt", "requirements"),
        ("conda-lock.yml", "conda"),
        ("conda-linux-64.lock", "conda"),
    ],
)
def test_each_kind_of_lock_is_found(name: str, format_name: str, run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / name).write_text("# x\n")
    assert run("init").out.endswith(f"  found lock: {name}\n")
    runtime = {"lock": name, "format": format_name, "digest": sha256(b"# x\n")}
    assert spec(run)["dependencies"] == {"runtime": runtime}


def test_the_more_exact_lock_is_taken(run: Bench) -> None:
    write_safetensors(run.folder)
    for name in ("requirements.txt", "requirements.lock", "uv.lock"):
        (run.folder / name).write_text("# x\n")
    assert "lock: uv.lock" in run("init").out


def test_a_lock_that_leads_out_is_not_taken(run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder.parent / "outside").write_text("secret\n")
    (run.folder / "uv.lock").symlink_to("../outside")
    run("init")
    assert spec(run)["dependencies"] == {"runtime": {"lock": "TODO", "format": "TODO"}}


@pytest.mark.parametrize(
    ("project", "name", "metadata"),
    [
        ('name = "My Model"\nversion = "1.2.3"', "my-model", {"versioning": "semver"}),
        ('name = "m"\nversion = "2026.1"', "m", {}),
        ('name = "m"\nversion = "1.0rc1"', "m", {}),
        ('name = "m"\ndynamic = ["version"]', "m", {"version": "0.1.0", "versioning": "semver"}),
        ('name = "m"\nversion = "no such"', "m", {"version": "0.1.0"}),
        ("name = 7\nversion = 3", "7", {"version": "3"}),
        ("", "project", {"version": "0.1.0"}),
    ],
)
def test_name_and_version_come_from_the_project(
    project: str, name: str, metadata: dict[str, str], run: Bench
) -> None:
    write_safetensors(run.folder)
    (run.folder / "pyproject.toml").write_text(f"[project]\n{project}\n")
    assert run("init").code == 0
    found = written(run)["metadata"]
    assert isinstance(found, dict)
    assert found["name"] == name
    assert metadata.items() <= found.items()
    if 'version = "' in project and "no such" not in project:
        assert f'version = "{found["version"]}"' in project


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('license = "Apache-2.0 OR MIT"', "Apache-2.0 OR MIT"),
        ('license = {text = "MIT"}', "TODO"),
        ('license = "see\\nLICENSE"', "TODO"),
        ("", "TODO"),
    ],
)
def test_the_licence_comes_from_the_project(text: str, wanted: str, run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / "pyproject.toml").write_text(f"[project]\n{text}\n")
    assert run("init").code == 0
    model = spec(run)["model"]
    assert isinstance(model, dict)
    assert model["license"] == wanted


@pytest.mark.parametrize(
    "content", [b"not toml", b"\xff", b"project = 3\n", b"x = " + b"[" * 5000, b""]
)
def test_a_broken_project_file_is_no_project_file(content: bytes, run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / "pyproject.toml").write_bytes(content)
    assert run("init").code == 0


def test_the_origin_is_written_without_credentials(run: Bench) -> None:
    write_safetensors(run.folder)
    commit(run.folder)
    git(run.folder, "remote", "set-url", "origin", "https://me:secret@git.example.com/m")
    assert run("init").code == 0
    assert spec(run)["source"] == {"repo": "https://git.example.com/m"}


def test_git_ignores_the_registry_after_any_number_of_runs(run: Bench) -> None:
    write_safetensors(run.folder)
    ignore = run.folder / ".gitignore"
    for before, after in (
        (b"", b".weighbridge/\n"),
        (b"*.pyc", b"*.pyc\n.weighbridge/\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\n.weighbridge/\r\n"),
        (b"\xff\n.weighbridge/\n", b"\xff\n.weighbridge/\n"),
    ):
        ignore.write_bytes(before)
        for _ in range(2):
            (run.folder / "release.yaml").unlink(missing_ok=True)
            assert run("init").code == 0
            assert ignore.read_bytes() == after


def test_an_unreadable_gitignore_leaves_nothing_written(run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / ".gitignore").mkdir()
    found = run("init")
    assert found.code == 2
    assert "is a directory" in found.err
    assert not (run.folder / "release.yaml").exists()


def test_a_dry_run_prints_the_manifest_and_writes_nothing(run: Bench) -> None:
    write_safetensors(run.folder)
    before = run.files()
    found = run("init", "--dry-run")
    assert found.code == 0
    assert run.files() == before
    assert run("init").code == 0
    assert (run.folder / "release.yaml").read_text() == found.out


def test_what_could_not_be_read_is_named(run: Bench) -> None:
    write_safetensors(run.folder)
    os.mkfifo(run.folder / "pipe")
    (run.folder / "lost.onnx").symlink_to("nowhere")
    (run.folder / "out.onnx").symlink_to("/dev/null")
    (run.folder / "a\nb.onnx").write_text("x")
    (run.folder / "sub").mkdir()
    (run.folder / "sub/loop").symlink_to("../sub")
    (run.folder / os.fsdecode(b"\xff.onnx")).write_text("x")
    found = run("init")
    assert found.code == 0
    for name in ("pipe", "sub/loop", "lost.onnx", "out.onnx", "a\\nb.onnx", "\\xff.onnx"):
        assert f"not read: {name} (" in found.err.replace("\\udcff", "\\xff")


def test_a_folder_of_more_files_than_a_release_has_is_refused(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "MOST_FILES", 2)
    write_safetensors(run.folder)
    (run.folder / ".cache").mkdir()
    for number in range(4):
        (run.folder / f".cache/{number}").write_text("x")
    assert run("init", "--dry-run").code == 0
    (run.folder / "more").mkdir()
    for number in range(4):
        (run.folder / f"more/{number}").write_text("x")
    found = run("init")
    assert found.code == 2
    assert "holds more than 2 files" in found.err


def test_names_of_files_are_kept_to_the_byte(run: Bench) -> None:
    names = ["é ß.bin", "- x: y.bin", "'q\".bin", "#.bin", "x" * 200 + ".bin", "NO", "1.5", "@a"]
    for name in names:
        (run.folder / name).write_bytes(WEIGHTS)
    assert run("init").code == 0
    assert {path for path, _ in artifacts(run).values()} == set(names)
    assert run("check", "--select", "INT001,INT002").code == 0


def test_an_environment_that_says_no_version_is_left_to_do(run: Bench) -> None:
    write_safetensors(run.folder)
    (run.folder / ".venv").mkdir()
    (run.folder / ".venv/pyvenv.cfg").write_text("home = nowhere\n")
    assert run("init").code == 0
    runtime = {"implementation": "cpython", "version": "TODO"}
    assert spec(run)["environment"] == {"runtime": runtime}
