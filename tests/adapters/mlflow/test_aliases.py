"""Aliases of MLflow's follow the pointers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mlflow_stores import Tracking, tracking_server
from weighbridge.adapters.notifying.opening import open_channel
from weighbridge.model.errors import NotFoundError, UnavailableError
from weighbridge.model.event import Event, Kind
from weighbridge.model.notification import Notice, Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTES = {"mlflow.org/registered_model": "iris", "mlflow.org/version": "2"}


class Manifests:
    """The blobs of a registry: one manifest, whatever is asked for."""

    def __init__(self, notes: Mapping[str, str] | None) -> None:
        more = {} if notes is None else {"annotations": dict(notes)}
        self._data = json.dumps({"metadata": {"name": "iris", **more}}).encode()

    def read(self, digest: str) -> bytes:
        if digest != "sha256:release":
            raise NotFoundError("there is no such blob")
        return self._data


@pytest.fixture
def server() -> Iterator[Tracking]:
    with tracking_server() as here:
        yield here


def notice(kind: Kind = Kind.PROMOTION_DONE, **more: Any) -> Notice:  # noqa: ANN401 - as entries
    body = {
        "environment": "staging",
        "name": "iris",
        "release": "sha256:release",
        "version": "2.0.0",
        **more,
    }
    event = Event(kind=kind, time="2026-02-01T00:00:00Z", control=0, body=body)
    return Notice(origin="weighbridge.dev/abc", index=7, event=event, text="")


def send(
    server: Tracking,
    sent: Notice,
    *,
    notes: Mapping[str, str] | None = NOTES,
    folder: Path = Path(),
    **more: str,
) -> str | None:
    url = f"{server.address}/"
    sink = Sink(name="models", kind="mlflow", url=url, **more)  # type: ignore[arg-type] # texts all
    channel = open_channel(sink, folder, blobs=Manifests(notes))
    return channel.send(sent)


@pytest.mark.parametrize("kind", [Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE])
def test_the_alias_of_an_environment_follows_its_pointer(server: Tracking, kind: Kind) -> None:
    assert send(server, notice(kind)) == "staging is iris 2 now"
    assert server.aliases == [{"name": "iris", "alias": "staging", "version": "2"}]
    assert server.credentials == [""]


def test_an_alias_may_be_called_otherwise(server: Tracking) -> None:
    assert send(server, notice(), alias="on-{environment}") == "on-staging is iris 2 now"
    assert server.aliases[0]["alias"] == "on-staging"


@pytest.mark.parametrize(
    ("secret", "credential"), [("abc", "Bearer abc"), ("ada:x", "Basic YWRhOng=")]
)
def test_mlflow_lets_in_who_has_a_secret(
    server: Tracking, tmp_path: Path, secret: str, credential: str
) -> None:
    path = tmp_path / "mlflow.secret"
    path.write_text(f"{secret}\n")
    path.chmod(0o400)
    send(server, notice(), folder=tmp_path, secret_file="mlflow.secret")  # noqa: S106 - its file
    assert server.credentials == [credential]


@pytest.mark.parametrize("notes", [None, {}, {"mlflow.org/version": "2"}])
def test_of_a_release_from_elsewhere_nothing_is_to_be_done(
    server: Tracking, notes: Mapping[str, str] | None
) -> None:
    said = send(server, notice(), notes=notes)
    assert said == "iris@2.0.0 was not imported from MLflow: the alias staging stays where it is"
    assert server.aliases == []


@pytest.mark.parametrize("status", [302, 401, 404, 500])
def test_what_is_refused_is_tried_again(server: Tracking, status: int) -> None:
    server.status = status
    with pytest.raises(UnavailableError, match="does not make staging an alias of iris 2") as found:
        send(server, notice())
    assert found.value.faults[0].seen.startswith(str(status))


def test_what_moves_no_pointer_is_nothing_to_mlflow(server: Tracking) -> None:
    assert send(server, notice(Kind.PROMOTION_OBSERVED)) is None
    assert send(server, notice(Kind.ACT_SAID, act="warn")) is None
    assert server.credentials == []


def test_a_manifest_that_is_gone_holds_nobody_up_for_ever(server: Tracking) -> None:
    with pytest.raises(UnavailableError, match="is not there"):
        send(server, notice(release="sha256:gone"))


def test_a_try_sets_no_alias(server: Tracking) -> None:
    said = send(server, notice(Kind.ACT_SAID, act="test"))
    assert (said, server.aliases) == ("MLflow answers; no alias was set", [])
    server.status = 401
    with pytest.raises(UnavailableError, match="answers with 401"):
        send(server, notice(Kind.ACT_SAID, act="test"))
