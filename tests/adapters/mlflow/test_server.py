"""MLflow behind a server: its pages, its files, and a server that means harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mlflow_stores import CREATED, Tracking, tracking_server
from weighbridge.adapters.mlflow.asking import TrackingServer
from weighbridge.adapters.mlflow.opening import open_mlflow
from weighbridge.adapters.mlflow.server import ServerRegistry
from weighbridge.adapters.servers.patience import Patience
from weighbridge.model.errors import LoginError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VERSION = {
    "name": "iris",
    "version": "1",
    "creation_timestamp": CREATED,
    "current_stage": "Production",
    "source": "models:/m-1",
    "tags": [{"key": "a", "value": "b"}],
}


@pytest.fixture
def server() -> Iterator[Tracking]:
    with tracking_server() as here:
        here.models = [
            {"name": "iris", "aliases": [{"alias": "champion", "version": "1"}]},
            {"name": "other"},
        ]
        here.versions = [VERSION]
        here.files = {"MLmodel": b"flavors: {}\n", "data/model.pkl": b"weights"}
        yield here


def registry(server: Tracking, environ: Mapping[str, str] | None = None) -> ServerRegistry:
    asked = TrackingServer(server.address, environ=environ or {}, patience=Patience(tries=1))
    return ServerRegistry(asked, names=["iris"], artifacts=None)


def read(server: Tracking) -> dict[str, bytes]:
    found = registry(server)
    ((version,),) = (model.versions for model in found.models())
    return {file.path: b"".join(file.read()) for file in found.files(version)}


def test_models_come_page_by_page_and_files_from_the_server(server: Tracking) -> None:
    (model,) = registry(server).models()
    (version,) = model.versions
    assert (version.version, version.stage, version.created) == (1, "Production", CREATED)
    assert (version.aliases, version.tags) == (("champion",), {"a": "b"})
    assert read(server) == server.files
    assert any("page_token=1" in path for path in server.asked)
    assert not any("name%3D%27other" in path for path in server.asked)


def test_who_asks_is_said_as_mlflow_has_it(server: Tracking) -> None:
    [*registry(server, {"MLFLOW_TRACKING_TOKEN": "abc"}).models()]
    assert {*server.credentials} == {"Bearer abc"}
    server.credentials.clear()
    named = {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "x"}
    [*registry(server, named).models()]
    assert {*server.credentials} == {"Basic YWRhOng="}


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, LoginError), (403, LoginError), (302, UnavailableError), (500, UnavailableError)],
)
def test_a_server_that_does_not_answer_so(
    server: Tracking, status: int, error: type[Exception]
) -> None:
    server.status = status
    with pytest.raises(error):
        [*registry(server).models()]
    assert all("elsewhere" not in path for path in server.asked)


def test_pages_in_a_circle_end(server: Tracking) -> None:
    server.circle = True
    with pytest.raises(UnavailableError, match="circle"):
        [*registry(server).models()]


@pytest.mark.parametrize("name", ["..", "", "."])
def test_a_name_that_leads_elsewhere_is_refused(server: Tracking, name: str) -> None:
    server.names["MLmodel"] = name
    with pytest.raises(UnavailableError, match="cannot be those of a model"):
        read(server)


@pytest.mark.parametrize("location", ["/data/mlruns/1", "s3://bucket/x", "mlflow-artifacts:/", ""])
def test_files_the_server_does_not_serve_are_named(server: Tracking, location: str) -> None:
    server.location = location
    with pytest.raises(UnavailableError, match="does not"):
        read(server)


def test_a_proxy_of_another_server_is_not_asked(server: Tracking) -> None:
    server.location = "mlflow-artifacts://elsewhere.example.com/0/model"
    with pytest.raises(UnavailableError, match="does not serve"):
        read(server)


def test_the_network_is_left_alone_where_that_is_said(tmp_path: Path) -> None:
    for address, offline in (
        ("https://mlflow.example.com", True),
        ("http://mlflow.example.com", False),
        ("https://ada:secret@mlflow.example.com", False),
    ):
        with pytest.raises(UsageError) as caught:
            open_mlflow(address, start=tmp_path, environ={}, offline=offline)
        assert "secret" not in str(caught.value)
