"""MLflow's database and folder, as they are and as somebody might make them to harm."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.mlflow_stores import CREATED, Database, folder_store, iris
from weighbridge.adapters.mlflow.opening import open_mlflow
from weighbridge.model.errors import UnavailableError, UnreadableError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.imports import RegisteredVersion


def versions(folder: Path, source: str = "mlflow.db") -> list[RegisteredVersion]:
    registry = open_mlflow(source, start=folder, environ={})
    return [one for model in registry.models() for one in model.versions]


def paths(folder: Path, source: str = "mlflow.db", artifacts: str | None = None) -> list[str]:
    registry = open_mlflow(source, start=folder, environ={}, artifacts=artifacts)
    (version,) = (one for model in registry.models() for one in model.versions)
    return [file.path for file in registry.files(version)]


def test_a_database_says_what_mlflow_knows(tmp_path: Path) -> None:
    iris(tmp_path)
    registry = open_mlflow(f"sqlite:///{tmp_path}/mlflow.db", start=tmp_path, environ={})
    (model,) = registry.models()
    assert (model.name, model.description) == ("iris", "Tells three flowers apart.")
    assert (model.created, model.tags) == (CREATED, {"team": "vision"})
    first, second = model.versions
    assert (first.version, first.user, first.stage, first.aliases) == (1, "ada", "Archived", ())
    assert (second.version, second.aliases) == (2, ("champion",))
    assert second.tags == {"dataset": "iris-2026"}
    assert second.source == "models:/m-iris-2"
    files = {file.path: b"".join(file.read()) for file in registry.files(second)}
    assert {"MLmodel", "model.pkl", "requirements.txt"} <= files.keys()
    assert all(file.size == len(files[file.path]) for file in registry.files(second))
    registry.close()


def test_reading_leaves_nothing_beside_a_database(tmp_path: Path) -> None:
    store = iris(tmp_path)
    before = store.path.read_bytes(), sorted(one.name for one in tmp_path.iterdir())
    assert len(versions(tmp_path)) == 2
    assert (store.path.read_bytes(), sorted(one.name for one in tmp_path.iterdir())) == before


def test_a_database_with_a_log_beside_it_is_read_with_its_log(tmp_path: Path) -> None:
    store = iris(tmp_path)
    writer = sqlite3.connect(store.path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO model_versions(name, version) VALUES ('iris', 3)")
    writer.commit()
    assert [one.version for one in versions(tmp_path)] == [1, 2, 3]
    writer.close()


def test_an_older_database_lacks_aliases_and_places(tmp_path: Path) -> None:
    store = iris(tmp_path)
    source = str(store.folder / "mlruns/1/models/m-iris-2/artifacts")
    store.change("DROP TABLE registered_model_aliases")
    store.change("ALTER TABLE model_versions DROP COLUMN storage_location")
    store.change("ALTER TABLE model_versions DROP COLUMN workspace")
    store.change("DELETE FROM model_versions WHERE version = 1")
    store.change("DELETE FROM model_versions WHERE version = 2")
    store.add("model_versions(name, version, source)", "iris", 2, source)
    assert "MLmodel" in paths(tmp_path)
    assert versions(tmp_path)[0].aliases == ()


def test_prompts_other_workspaces_and_deleted_versions_are_no_models(tmp_path: Path) -> None:
    store = iris(tmp_path)
    store.add("registered_models(name)", "greeting")
    store.add(
        "registered_model_tags(key, value, name)", "mlflow.prompt.is_prompt", "true", "greeting"
    )
    store.add("registered_models(name, workspace)", "theirs", "team-b")
    store.version("iris", 3, current_stage="Deleted_Internal")
    registry = open_mlflow(".", start=tmp_path, environ={})
    (model,) = registry.models()
    assert [one.version for one in model.versions] == [1, 2]
    assert sorted(registry.passed_over()) == [
        "1 of workspaces other than `default`",
        "greeting (a prompt)",
    ]


def test_what_is_no_registry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE a(b)")
    (tmp_path / "broken.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    for name in ("text.db", "other.db", "broken.db", "missing.db", "."):
        with pytest.raises(UnreadableError):
            versions(tmp_path, name)
    with pytest.raises(UsageError, match="not read"):
        versions(tmp_path, "postgresql://host/mlflow")


def test_a_view_is_no_table(tmp_path: Path) -> None:
    store = iris(tmp_path)
    endless = "WITH RECURSIVE n(name) AS (SELECT 'a' UNION ALL SELECT name FROM n) SELECT * FROM n"
    store.change(f"DROP TABLE model_versions; CREATE VIEW model_versions AS {endless}")
    with pytest.raises(UnreadableError, match="no registry"):
        versions(tmp_path)


def test_a_version_without_a_number_is_refused(tmp_path: Path) -> None:
    store = iris(tmp_path)
    store.change("UPDATE model_versions SET version = '../../x' WHERE version = 1")
    with pytest.raises(UnreadableError, match="has no number"):
        versions(tmp_path)


@pytest.mark.parametrize(
    "location",
    [
        "/etc",
        "../outside",
        "mlruns/../../outside",
        "file:///etc",
        "s3://bucket/mlruns/1",
        "mlflow-artifacts:/../../outside",
        "src",
        "",
        "mlruns/\x00",
        "mlruns/linked",
    ],
)
def test_files_outside_the_artifacts_are_not_to_be_had(tmp_path: Path, location: str) -> None:
    project = tmp_path / "project"
    store = Database(project)
    store.model("iris")
    store.version("iris", 1, storage_location=location, source="")
    for place in (tmp_path / "outside", project / "src"):
        place.mkdir()
        (place / "model.pkl").write_bytes(b"theirs")
    (project / "mlruns" / "linked").symlink_to(tmp_path / "outside")
    with pytest.raises(UnavailableError):
        paths(project)


def test_a_link_among_the_files_is_not_followed(tmp_path: Path) -> None:
    store = Database(tmp_path / "project")
    store.model("iris")
    place = store.version("iris", 1)
    (tmp_path / "secret").write_text("secret")
    (place / "extra").symlink_to(tmp_path / "secret")
    with pytest.raises(UnavailableError, match="link"):
        paths(store.folder)


@pytest.mark.parametrize(
    ("location", "lies"),
    [
        ("/srv/ada/iris/mlruns/1/m/artifacts", "mlruns/1/m/artifacts"),
        ("mlruns/1/m/artifacts", "mlruns/1/m/artifacts"),
        ("file:///data/mlartifacts/1/m%20a", "mlartifacts/1/m a"),
        ("mlflow-artifacts:/1/m/artifacts", "mlartifacts/1/m/artifacts"),
    ],
)
def test_a_folder_that_was_moved_is_found(tmp_path: Path, location: str, lies: str) -> None:
    store = Database(tmp_path)
    store.model("iris")
    store.version("iris", 1, files=False, storage_location=location)
    place = tmp_path / lies
    place.mkdir(parents=True)
    (place / "model.pkl").write_bytes(b"weights")
    assert paths(tmp_path) == ["model.pkl"]


def test_artifacts_may_lie_elsewhere(tmp_path: Path) -> None:
    store = Database(tmp_path / "project")
    store.model("iris")
    store.version("iris", 1, files=False, storage_location="mlflow-artifacts:/1/m")
    (tmp_path / "store/1/m").mkdir(parents=True)
    (tmp_path / "store/1/m/model.pkl").write_bytes(b"weights")
    assert paths(store.folder, artifacts=str(tmp_path / "store")) == ["model.pkl"]
    with pytest.raises(UnreadableError, match="not a folder"):
        paths(store.folder, artifacts="nowhere")


def test_a_folder_store_says_the_same(tmp_path: Path) -> None:
    folder_store(tmp_path / "mlruns")
    for source in (".", "mlruns", f"file://{tmp_path}/mlruns"):
        registry = open_mlflow(source, start=tmp_path, environ={})
        (model,) = registry.models()
        assert (model.description, model.tags) == ("Tells three flowers apart.", {"team": "vision"})
        (version,) = model.versions
        assert (version.version, version.stage, version.user) == (2, "Staging", "ada")
        assert (version.aliases, version.tags) == (("champion",), {"data/set": "iris-2026"})
        assert version.created == CREATED
        assert "model.pkl" in [file.path for file in registry.files(version)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/iris/meta.yaml", "name: other\n"),
        ("models/iris/meta.yaml", "name: [\n"),
        ("models/iris/version-2/meta.yaml", "a: &a [1]\nb: [*a, *a, *a]\nversion: {x: 1, x: 2}\n"),
    ],
)
def test_a_folder_store_that_is_not_whole_is_refused(tmp_path: Path, path: str, text: str) -> None:
    folder_store(tmp_path)
    (tmp_path / path).write_text(text)
    with pytest.raises((UnreadableError, UnavailableError)):
        versions(tmp_path, ".")


def test_links_in_a_folder_store_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "mlruns"
    folder_store(root)
    (tmp_path / "secret").write_text("secret")
    (root / "models/iris/tags/stolen").symlink_to(tmp_path / "secret")
    with pytest.raises(UnreadableError, match="link"):
        versions(tmp_path, "mlruns")
