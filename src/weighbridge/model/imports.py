"""Another registry of models, as it is imported: what it says of versions, and their files.

All of it is said by somebody else: texts are as they came, and nobody has looked at them yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MLFLOW = "mlflow.org/"
"""What annotations of MLflow begin with."""

MLFLOW_MODEL = f"{MLFLOW}registered_model"
MLFLOW_VERSION = f"{MLFLOW}version"
"""Annotations by which a release is found again in the registry it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredVersion:
    """One version of a registered model.

    Attributes:
        model: Name of the model.
        version: Its number, from 1 on.
        created: When it was made: milliseconds since 1970; None if that is not said.
        updated: When something said of it was changed last, likewise.
        user: Who made it.
        description: What is said of it.
        stage: The stage it is in; empty or `None` for none.
        status: Whether it is complete.
        source: Where it came from, as whoever registered it named that.
        location: Where its files lie; empty where only the source says.
        run_id: The run that made it.
        aliases: Names that point to it now.
        tags: Its tags.
    """

    model: str
    version: int
    created: int | None = None
    updated: int | None = None
    user: str = ""
    description: str = ""
    stage: str = ""
    status: str = ""
    source: str = ""
    location: str = ""
    run_id: str = ""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A registered model.

    Attributes:
        name: Its name.
        description: What is said of it.
        created: When it was registered: milliseconds since 1970.
        tags: Its tags.
        versions: Its versions in their order.
    """

    name: str
    description: str = ""
    created: int | None = None
    tags: Mapping[str, str]
    versions: tuple[RegisteredVersion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one version.

    Attributes:
        model: Name of the model.
        version: Its number.
        outcome: `imported`; `kept`, since it lies there already; `updated`: its history was
            written anew; `outdated`: the other registry says other things of it now; `failed`.
        path: Its folder, beneath the one that was named.
        why: Why it failed.
        todos: Paths of what its author has yet to say.
        left_out: Values that were not taken over, a line each.
    """

    model: str
    version: int
    outcome: str
    path: str = ""
    why: str = ""
    todos: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """A file of a version.

    Attributes:
        path: Where it lies among the others, as the other side says.
        size: Its bytes.
        read: Reads them from the first to the last.
    """

    path: str
    size: int
    read: Callable[[], Iterator[bytes]]


class ForeignRegistry(Protocol):
    """A registry of models that somebody else keeps; it is read, never written to."""

    @property
    def address(self) -> str:
        """Its address on the network; empty for one that lies on this machine."""

    def models(self) -> Iterable[RegisteredModel]:
        """List its models by name.

        Raises:
            WeighbridgeError: It cannot be read, or not whole.
        """

    def passed_over(self) -> Iterable[str]:
        """Say what else it holds and is no model to import, a line each, once models were read."""

    def files(self, version: RegisteredVersion) -> Iterable[ForeignFile]:
        """List the files of a version.

        Raises:
            UnavailableError: They are not to be had.
        """

    def close(self) -> None:
        """Let go of it."""
