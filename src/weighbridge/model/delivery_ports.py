"""What drives a delivery asks of a target: interfaces alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.delivery import (
        Answer,
        Cause,
        Desired,
        Health,
        Measured,
        Order,
        Phase,
        Serving,
    )
    from weighbridge.model.ports import Progress
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import RenderedFile


class Cargo(Protocol):
    """A release that is delivered: what it is, how it is rendered, where its bytes are."""

    @property
    def digest(self) -> str:
        """The release digest."""

    @property
    def release(self) -> ModelRelease:
        """The manifest."""

    @property
    def files(self) -> tuple[RenderedFile, ...]:
        """What it is rendered as for the target, by path."""

    def lay_out(self, write: Callable[[str, Iterator[bytes]], None]) -> None:
        """Write every artifact and lock, verified while it is read, by its path.

        Raises:
            RegistryError: Bytes are not what was sealed.
        """


class Meter(Protocol):
    """Answers queries of metrics (PromQL)."""

    def ask(self, query: str) -> Answer:
        """Ask for the values now; what goes wrong is in the answer."""


class Driven(Protocol):
    """A target we drive ourselves. Each call may be repeated: what is done already is left."""

    def prepare(self, cargo: Cargo, progress: Progress) -> None:
        """Lay a release out so that it can be started; takes its time.

        Raises:
            WeighbridgeError: It cannot be.
        """

    def converge(self, release: Cargo, previous: Cargo | None, desired: Desired) -> None:
        """Make it so: what is to run is started, what is not is stopped, requests are shared.

        Does not wait until something is ready; shares are set before anything is stopped.

        Raises:
            UnmeasuredError: Nothing measures what runs; all else was done.
            WeighbridgeError: It cannot be made so.
        """

    def health(self, digest: str) -> Health:
        """Look how a release runs."""

    def watched(self, digest: str) -> bool:
        """Tell whether a release's metrics are read: nobody gives requests to what is not seen."""

    def firing(self, digest: str) -> Mapping[str, str] | None:
        """Return failure modes whose alerts fire for a release, each with what fires.

        None if that cannot be told.
        """

    @property
    def meter(self) -> Meter:
        """Where its metrics are."""


class OfOurs(Protocol):
    """A target whose processes are ours."""

    def serving(self, digest: str) -> Serving | None:
        """Say which process serves a release, and by which Python; None if none does."""

    def stop_all(self) -> None:
        """End every process of it, by its pid."""

    def close(self) -> None:
        """Let another driver work on it; what runs goes on."""


class Followed(Protocol):
    """A target whose controller does the work: it is given the files, and looked at."""

    def apply(self, cargo: Cargo) -> None:
        """Hand over what a release is rendered as (again, if need be).

        Raises:
            WeighbridgeError: It was not taken.
        """

    def look(self, cargo: Cargo) -> Sighting:
        """Look how far the controller has come.

        Raises:
            UnavailableError: That cannot be told.
        """

    def order(self, cargo: Cargo, order: Order) -> None:
        """Pass on what a person orders.

        Raises:
            UsageError: The controller cannot do that; says what would do.
        """


class Sighting(Protocol):
    """How far a controller has come with a release."""

    @property
    def phase(self) -> Phase:
        """Where it stands: preparing, rolling out, rolling back, delivered, rolled back, failed."""

    @property
    def step(self) -> int:
        """Index of the step."""

    @property
    def weight(self) -> int:
        """Share of requests the release gets, in percent."""

    @property
    def paused(self) -> Cause | None:
        """Why it waits for a person."""

    @property
    def cause(self) -> Cause | None:
        """What turned it round."""

    @property
    def measured(self) -> tuple[Measured, ...]:
        """Measurements it has taken, oldest first."""
