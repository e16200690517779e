"""`registry import`: what is laid out, what is left alone, and what strangers may not do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.mlflow_stores import Database, Tracking, folder_store, iris, tracking_server
from weighbridge.codec.predicates import shape_fault
from weighbridge.codec.predicates.recognising import UnrecognisedError, recognise
from weighbridge.model.predicates import IMPORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.workshop import Bench, Ran

WORDS = ("registry", "import", "--from", "mlflow", "../mlflow", "--into", "releases")


@pytest.fixture
def store(run: Bench) -> Database:
    return Database(run.folder.parent / "mlflow")


@pytest.fixture
def server() -> Iterator[Tracking]:
    with tracking_server() as here:
        here.models = [{"name": "iris"}]
        here.versions = [{"name": "iris", "version": "1"}]
        here.files = {"MLmodel": b"flavors: {python_function: {}}\n", "model.pkl": b"\x80\x04N."}
        yield here


def manifest(run: Bench, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((run.folder / folder / "release.yaml").read_text())
    return found


def history(run: Bench, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / folder / "mlflow-history.json").read_text())
    return found


def outcomes(ran: Ran) -> list[tuple[str, int, str, str]]:
    listed = ran.json["versions"]
    return [(one["model"], one["version"], one["outcome"], one["why"]) for one in listed]


def as_json(run: Bench, *more: str) -> Ran:
    return run(*WORDS, "--output-format", "json", *more)


def test_each_version_becomes_a_folder_with_its_papers(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    done = run(*WORDS)
    assert (done.code, done.out) == (
        0,
        "imported  iris 1  iris/1\nimported  iris 2  iris/2\n2 versions: 2 imported\n",
    )
    assert done.err.startswith("each has its own TODOs; the first:\nyours to fill in:\n")
    assert done.err.endswith("\nthen: weighbridge check releases/iris/1/release.yaml\n")
    document = manifest(run, "releases/iris/2")
    metadata = document["metadata"]
    assert (metadata["name"], metadata["version"]) == ("iris", "2.0.0")
    notes = metadata["annotations"]
    assert {
        key: notes[f"mlflow.org/{key}"] for key in ("registered_model", "version", "aliases")
    } == {
        "registered_model": "iris",
        "version": "2",
        "aliases": "champion",
    }
    assert notes["mlflow.org/tags"] == '{"dataset": "iris-2026"}'
    assert document["spec"]["model"]["framework"] == "scikit-learn"
    files = {one["path"] for one in document["spec"]["artifacts"]}
    assert files == {"model.pkl", "MLmodel"}


def test_what_mlflow_said_is_a_predicate_that_can_be_signed(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    run(*WORDS)
    assert history(run, "releases/iris/2") == {
        "from": "mlflow",
        "model": {
            "created": "2026-01-01T00:00:00Z",
            "description": "Tells three flowers apart.",
            "name": "iris",
            "tags": {"team": "vision"},
        },
        "version": {
            "aliases": ["champion"],
            "created": "2026-01-01T00:00:00Z",
            "description": "Trained on all rows.\nTwice.",
            "runId": "5c0f3f6d2b7a4e0c8d1e2f3a4b5c6d7e",
            "source": "models:/m-iris-2",
            "status": "READY",
            "tags": {"dataset": "iris-2026"},
            "updated": "2026-01-01T00:00:00Z",
            "version": "2",
        },
    }
    first = history(run, "releases/iris/1")["version"]
    assert (first["user"], first["stage"]) == ("ada", "Archived")
    data = (run.folder / "releases/iris/2/mlflow-history.json").read_bytes()
    assert recognise(data).predicate_type == IMPORT
    with pytest.raises(UnrecognisedError, match="nobody knows: verdict"):
        recognise(data.replace(b'"from"', b'"verdict": "pass", "from"'), IMPORT)


def test_what_lies_there_is_left_as_it_is(run: Bench) -> None:
    store = iris(run.folder.parent / "mlflow")
    run(*WORDS, "--model", "iris")
    run.edit("team: TODO", "team: vision", "releases/iris/1/release.yaml")
    before = run.files()
    store.version("iris", 3)
    store.alias("iris", "challenger", 1)
    done = run(*WORDS)
    assert done.out == (
        "outdated  iris 1  iris/1\nkept      iris 2  iris/2\nimported  iris 3  iris/3\n"
        "3 versions: 1 imported, 1 outdated, 1 kept\n"
    )
    after = run.files()
    assert {path: after[path] for path in before} == before
    assert run(*WORDS, "--update").code == 0
    changed = {path for path, data in run.files().items() if after[path] != data}
    assert changed == {"releases/iris/1/mlflow-history.json"}
    assert history(run, "releases/iris/1")["version"]["aliases"] == ["challenger"]


def test_nothing_is_written_in_a_dry_run(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    done = run(*WORDS, "--dry-run")
    assert done.out.endswith("2 versions: 2 imported (nothing was written)\n")
    assert run.files() == {}


def test_a_dry_run_names_what_is_not_to_be_had(run: Bench, store: Database) -> None:
    store.model("iris")
    store.version("iris", 1, storage_location="s3://bucket/1")
    assert run(*WORDS, "--dry-run").code == 3


@pytest.mark.parametrize("source", ["mlflow.db", "mlruns"])
def test_one_model_is_asked_for_alone(run: Bench, store: Database, source: str) -> None:
    for name in ("iris", "rose"):
        store.model(name)
        store.version(name, 1)
    folder_store(store.folder / "mlruns")
    done = run(*WORDS[:4], f"../mlflow/{source}", *WORDS[5:], "--model", "iris")
    assert done.code == 0
    assert {path.split("/")[1] for path in run.files()} == {"iris"}


def test_the_same_registry_gives_the_same_bytes(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    run(*WORDS)
    run(*WORDS[:-1], "again")
    files = run.files()
    first, second = (
        {path.partition("/")[2]: data for path, data in files.items() if path.startswith(folder)}
        for folder in ("releases/", "again/")
    )
    assert first == second


def test_a_version_without_its_files_is_named_and_the_others_are_there(
    run: Bench, store: Database
) -> None:
    store.model("iris")
    store.version("iris", 1, storage_location="s3://bucket/1", source="")
    store.version("iris", 2)
    done = as_json(run)
    assert done.code == 3
    (_, _, _, why), second = outcomes(done)
    assert why.startswith("its files do not lie beneath")
    assert why.endswith("s3://bucket/1")
    assert second == ("iris", 2, "imported", "")
    assert not (run.folder / "releases/iris/1").exists()
    assert [path.name for path in (run.folder / "releases/iris").iterdir()] == ["2"]


def test_a_model_nobody_registered_is_not_found(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    done = run(*WORDS, "--model", "rose")
    assert (done.code, "no registered model rose" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["../../evil", "/etc", "..", "a/b", ".git"])
def test_a_name_never_leads_out_of_the_folder(run: Bench, store: Database, name: str) -> None:
    store.model(name)
    store.version(name, 1, storage_location=str(store.version("plain", 1)))
    before = {path.name for path in run.folder.parent.iterdir()}
    assert run(*WORDS).code == 0
    assert {path.name for path in run.folder.parent.iterdir()} == before
    assert {path.split("/")[0] for path in run.files()} == {"releases"}
    assert all("/." not in path for path in run.files())


def test_two_models_do_not_share_a_folder(run: Bench, store: Database) -> None:
    for name in ("My Model", "my-model"):
        store.model(name)
        store.version(name, 1)
    done = as_json(run)
    assert done.code == 3
    assert [one[2:] for one in outcomes(done)] == [
        ("imported", ""),
        ("failed", "my-model is the folder of the model My Model already"),
    ]
    other = as_json(run, "--model", "my-model")
    assert outcomes(other) == [("my-model", 1, "failed", "my-model/1 is of the model My Model")]


def test_what_cannot_be_written_down_is_left_out_and_named(run: Bench, store: Database) -> None:
    store.model("iris", "x" * 70_000)
    store.version(
        "iris", 1, description="red\x1b[31m", source="models:/m\u202e1", user_id="y" * 600
    )
    store.tag("iris", 1, "huge", "z" * 70_000)
    store.tag("iris", 1, "a\nb", "two lines")
    store.tag("iris", 1, "good", "")
    store.alias("iris", "be\x07ll", 1)
    assert run(*WORDS).code == 0
    said = history(run, "releases/iris/1")
    assert said["leftOut"] == [
        "model.description (longer than 65536 characters)",
        "aliases.0 (not one line)",
        "description (characters that cannot be printed)",
        "source (not one line)",
        "tags.0 (its key is not one line)",
        "tags.huge (longer than 65536 characters)",
        "user (longer than 500 characters)",
    ]
    assert said["version"]["tags"] == {"good": ""}
    assert shape_fault(IMPORT, said) == ""
    done = run(*WORDS[:-1], "again")
    assert "not taken over of iris/1: user (longer than 500 characters)\n" in done.err


def test_a_link_in_the_way_is_not_followed(run: Bench) -> None:
    iris(run.folder.parent / "mlflow")
    outside = run.folder.parent / "outside"
    outside.mkdir()
    (run.folder / "releases").mkdir()
    (run.folder / "releases/iris").symlink_to(outside)
    assert as_json(run).code == 3
    assert [*outside.iterdir()] == []
    (run.folder / "releases/iris").unlink()
    run(*WORDS)
    place: Path = run.folder / "releases/iris/1/mlflow-history.json"
    place.unlink()
    place.symlink_to(outside / "stolen")
    assert as_json(run, "--update").code == 3
    assert [*outside.iterdir()] == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".git/config", "what no file may be"),
        ("sub/.GIT ", "what no file may be"),
        (".weighbridge/registry.db", "what no file may be"),
        ("weighbridge.toml", "what no file may be"),
        ("a\\b", "what no file may be"),
        ("x" * 256, "what no file may be"),
        ("be\x07ll", "what no file may be"),
        ("release.yaml", "of its own"),
        ("mlflow-history.json", "of its own"),
    ],
)
def test_a_server_cannot_plant_what_others_obey(
    run: Bench, server: Tracking, path: str, why: str
) -> None:
    server.files[path] = b"x"
    words = (*WORDS[:4], server.address, *WORDS[5:])
    done = run(*words, "--output-format", "json")
    assert done.code == 3
    ((_, _, outcome, reason),) = outcomes(done)
    assert (outcome, why in reason) == ("failed", True)
    assert run.files() == {}


def test_two_files_of_one_name_are_refused(run: Bench, server: Tracking) -> None:
    server.files["other"] = server.files["MLmodel"]
    server.names["other"] = "MLmodel"
    done = run(*WORDS[:4], server.address, *WORDS[5:])
    assert (done.code, "the same name: MLmodel" in done.out) == (3, True)
    assert run.files() == {}


@pytest.mark.parametrize("size", [0, 3, 5])
def test_a_server_sends_what_it_announced(run: Bench, server: Tracking, size: int) -> None:
    server.sizes["model.pkl"] = size
    words = (*WORDS[:4], server.address, *WORDS[5:])
    done = run(*words)
    assert (done.code, "bytes that were announced" in done.out) == (3, True)
    assert run.files() == {}


def test_a_server_is_named_in_what_it_said(run: Bench, server: Tracking) -> None:
    words = (*WORDS[:4], server.address, *WORDS[5:])
    assert run(*words).code == 0
    assert history(run, "releases/iris/1")["address"] == server.address
    assert run(*words, "--offline").code == 2
