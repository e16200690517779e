"""`deliver`: from what a pointer holds to what runs, and back if it fails; gone on with if it must.

What is on its way is finished first. Then what the pointer holds is weighed once more and takes
the place of what runs, unless it runs already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.delivery import DRIVEN, LOCAL, Delivery, Phase, Position
from weighbridge.model.errors import DeliveryError, UsageError
from weighbridge.model.event import Kind
from weighbridge.rollout.plan import strategy_of
from weighbridge.usecases.delivering import weighing
from weighbridge.usecases.delivering.beginning import (
    Departure,
    begin,
    begin_sandbox,
    check_allowed,
    previous_of,
    strategy_now,
)
from weighbridge.usecases.delivering.book import SANDBOX, Book
from weighbridge.usecases.delivering.cargo import SealedCargo, cargo_of
from weighbridge.usecases.delivering.driving import Driver, Load, Means
from weighbridge.usecases.delivering.ended import keep_evidence
from weighbridge.usecases.delivering.following import Follower, is_end
from weighbridge.usecases.delivering.foreseeing import Foreseen
from weighbridge.usecases.delivering.planning import asked_of, planned
from weighbridge.usecases.delivering.settling import Settler
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.pointers import pointed_release
from weighbridge.usecases.signing import holder
from weighbridge.usecases.unverified import unverify

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.delivery import Cause, Place, Serving, Strategy
    from weighbridge.model.delivery_ports import Driven, Followed, OfOurs
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.verification import Problem
    from weighbridge.rollout.machine import Sight
    from weighbridge.usecases.references import Named

PREVIOUS = "previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """Who delivers what where, and what with.

    Attributes:
        name: Name of the release.
        environment: Where to; `local` for a sandbox.
        registry: The registry.
        signer: Key of who delivers; None for a sandbox.
        open_target: Opens a target of ours to drive, or of a controller to follow.
        look: Observes a process that serves a release, as plain values; None to look at nothing.
        clock: Tells the time as ledgers have it.
        milliseconds: Tells it in milliseconds of Unix time.
        wait: Waits for some seconds.
        told: Is told of each look.
        progress: Who watches bytes being read.
    """

    name: str
    environment: str
    registry: Registry
    signer: AnySigner | None
    open_target: Callable[[Place], Driven | Followed]
    look: Callable[[Named, Serving], dict[str, Any]] | None
    clock: Callable[[], str]
    milliseconds: Callable[[], int]
    wait: Callable[[float], None]
    told: Callable[[Delivery, Sight | None], None]
    progress: Progress

    def book(self) -> Book:
        """Open what the ledger says of deliveries there."""
        return Book(self.registry, self.environment, self.name)

    def deliver(self, place: Place) -> Delivery:
        """Bring about that what the pointer holds runs, and nothing else.

        Args:
            place: The target of the environment.

        Returns:
            The delivery as it ended.

        Raises:
            DeliveryError: What is there is not what was weighed, or may not run.
            NotAllowedError: Whoever delivers may not deploy there.
            NotFoundError: The pointer holds nothing.
        """
        book = self.book()
        while True:
            pointer = weighing.pointer_of(self.name, self.environment, self.registry)
            last = book.read()
            if last is not None and not last.over:
                last = self._gone_on(book, last)
            elif last is not None and last.serving == pointer.release:
                return self._gone_on(book, last)
            else:
                last = self._begun(book, last, pointer, place)
            if last is None:
                continue  # somebody else was faster: what he did is looked at
            pointer = weighing.pointer_of(self.name, self.environment, self.registry)
            if is_end(last) or last.serving == pointer.release:
                return last
            if last.position.phase is Phase.ROLLED_BACK and last.release == pointer.release:
                return last

    def _gone_on(self, book: Book, last: Delivery) -> Delivery:
        """Drive what was begun before, perhaps by another: for whoever could have begun it."""
        if self.signer is not None:
            check_allowed(self.name, self.environment, signer=self.signer, registry=self.registry)
        return self._drive(book, last)

    def _begun(
        self, book: Book, last: Delivery | None, pointer: Pointer, place: Place
    ) -> Delivery | None:
        """Begin with what the pointer holds, and drive it; None if another was faster."""
        cargo = self._weighed(pointer, place)
        wanted = strategy_now(pointer, strategy_of(cargo.release))
        departure = self._departure(cargo, place, wanted, last)
        planned(cargo, departure.strategy, place, previous=departure.previous)
        if self.signer is None:
            raise UsageError("whoever delivers says so", help=["give --key NAME"])
        entered = begin(
            departure,
            self.environment,
            pointer,
            book=book,
            signer=self.signer,
            registry=self.registry,
        )
        begun = book.read()
        return self._drive(book, begun) if entered and begun is not None else None

    def sandbox(self, release: str, place: Place) -> Delivery:
        """Run a release here that nobody promoted; what it is, is said wherever it is spoken of.

        Raises:
            DeliveryError: Its bytes are not what was sealed.
        """
        book = self.book()
        last = book.read()
        if last is not None and release in {last.serving, "" if last.over else last.release}:
            _refuse_other_options(last, place)
        if last is not None and not last.over:
            last = self._drive(book, last)
            if last.release == release:
                return last
        if last is not None and last.serving == release:
            return self._drive(book, last)
        cargo = self._whole(release, place)
        departure = self._departure(cargo, place, strategy_of(cargo.release), last)
        planned(cargo, departure.strategy, place, previous=departure.previous)
        begin_sandbox(departure, book=book, registry=self.registry)
        begun = book.read()
        if begun is None:
            raise AssertionError("a sandbox was entered and is not there")
        return self._drive(book, begun)

    def foresee(self, place: Place) -> Foreseen:
        """Say what would be delivered, and by which steps; nothing is entered but a refusal.

        Raises:
            DeliveryError: It would be refused.
        """
        pointer = weighing.pointer_of(self.name, self.environment, self.registry)
        cargo = self._weighed(pointer, place)
        wanted = strategy_now(pointer, strategy_of(cargo.release))
        return self._foreseen(cargo, place, wanted)

    def foresee_sandbox(self, release: str, place: Place) -> Foreseen:
        """Say what would be run here; nothing is entered but a refusal.

        Raises:
            DeliveryError: It would be refused.
        """
        cargo = self._whole(release, place)
        return self._foreseen(cargo, place, strategy_of(cargo.release))

    def _foreseen(self, cargo: SealedCargo, place: Place, strategy: Strategy) -> Foreseen:
        last = self.book().read()
        departure = self._departure(cargo, place, strategy, last)
        runs = last is not None and last.over and last.serving == cargo.digest
        plan = planned(cargo, strategy, place, previous=departure.previous)
        return Foreseen(
            environment=self.environment,
            unpromoted=self.environment == SANDBOX,
            departure=departure,
            plan=None if runs else plan,
        )

    def _departure(
        self, cargo: SealedCargo, place: Place, strategy: Strategy, last: Delivery | None
    ) -> Departure:
        return Departure(
            cargo=cargo,
            place=place,
            strategy=strategy,
            previous=previous_of(last),
            now=self.milliseconds(),
        )

    def _whole(self, release: str, place: Place) -> SealedCargo:
        """Read every byte of a release that a sandbox is to run."""
        self.open_target(place)
        cargo = cargo_of(release, place, self.registry)
        self._refuse(weighing.weigh_bytes(release, self.registry.blobs, self.progress), cargo)
        return cargo

    def stoppable(self, book: Book | None = None) -> Delivery:
        """Return the delivery whose processes can be ended.

        Raises:
            UsageError: Nothing runs, or a controller runs it.
        """
        last = (book or self.book()).read()
        if last is not None and last.place.kind == LOCAL:
            return last
        message = f"nothing of {self.name} runs on this machine for {self.environment}"
        if last is None:
            raise UsageError(message, help=["weighbridge status"])
        raise UsageError(
            message,
            seen=f"it is delivered to a target {last.place.kind}, whose controller runs it",
            help=[f"go back: weighbridge rollback {self.name} --in {self.environment}"],
        )

    def stop(self) -> Delivery:
        """End what runs on this machine, and enter that.

        Raises:
            UsageError: Nothing runs, or a controller runs it.
        """
        book = self.book()
        last = self.stoppable(book)
        target = self.open_target(last.place)
        position = Position(phase=Phase.STOPPED, since=self.milliseconds())
        if last.position.phase is not Phase.STOPPED and not book.move(last, position):
            raise UsageError("somebody else is at it", help=["run it again"])
        cast("OfOurs", target).stop_all()
        return book.read() or last

    def _weighed(self, pointer: Pointer, place: Place) -> SealedCargo:
        """Weigh what the pointer holds once more.

        Raises:
            DeliveryError: It is not what was weighed, or may not run.
            UsageError: Nothing delivers to such a target; told before anything is entered.
            UnavailableError: What such a target takes is not there, likewise.
        """
        self.open_target(place)
        against = weighing.said_against(
            self.name, self.environment, registry=self.registry, now=self.clock()
        )
        cargo = cargo_of(pointer.release, place, self.registry)
        blobs = self.registry.blobs
        problems = weighing.weigh_bytes(pointer.release, blobs, self.progress)
        problems = problems or weighing.weigh_decision(self.name, self.environment, self.registry)
        self._refuse(problems, cargo)
        cause = against or weighing.weigh_parameters(cargo.named)
        if cause is not None:
            self._log_refusal(cargo, cause.why.value, cause.text)
            raise DeliveryError(
                f"{cargo.title} is not delivered: {cause.text}",
                seen=cause.name,
                help=[f"weighbridge status {self.name} --in {self.environment}"],
            )
        return cargo

    def _refuse(self, problems: list[Problem], cargo: SealedCargo) -> None:
        if not problems:
            return
        first, metadata = problems[0], cargo.release.metadata
        unverify(
            *(metadata.name, metadata.version, cargo.digest),
            found=problems,
            by=self._person(),
            registry=self.registry,
        )
        self._log_refusal(cargo, "verification", f"{first.subject}: {first.message}")
        raise weighing.refuse(problems, cargo.title)

    def _person(self) -> str:
        """Name who delivers, or nobody."""
        if self.signer is None:
            return ""
        with self.registry.reading() as view:
            return holder(self.signer, Gathering.of(view, self.registry).state.trust)

    def _log_refusal(self, cargo: SealedCargo, reason: str, text: str) -> None:
        metadata = cargo.release.metadata
        body = {
            "environment": self.environment,
            "name": metadata.name,
            "person": self._person(),
            "reason": reason,
            "release": cargo.digest,
            "text": text[:1000],
            "version": metadata.version,
        }
        self.registry.change(lambda transaction: transaction.append(Kind.DELIVERY_REFUSED, body))

    def _drive(self, book: Book, delivery: Delivery) -> Delivery:
        """Drive a delivery from where it stands; one that has ended is only made so again."""
        cargo = cargo_of(delivery.release, delivery.place, self.registry)
        load = Load(cargo=cargo, before=None)
        if delivery.previous:
            before = cargo_of(delivery.previous, book.place_before(delivery), self.registry)
            load = Load(cargo=cargo, before=before, own=asked_of(before, delivery.place))
        target = self.open_target(delivery.place)
        means = self._means(delivery, cargo, target)
        try:
            if delivery.place.kind in DRIVEN:
                plan = planned(cargo, delivery.strategy, delivery.place, previous=delivery.previous)
                done = Driver(book, plan, load, cast("Driven", target), means).run()
            else:
                done = Follower(book, load, cast("Followed", target), means).run()
        finally:
            if delivery.place.kind == LOCAL:
                cast("OfOurs", target).close()  # the next delivery opens it anew
        if self.signer is not None and done.over and not done.unpromoted:
            keep_evidence(done, signer=self.signer, registry=self.registry)
        return done

    def _observed(self, delivery: Delivery, cargo: SealedCargo, target: Driven | Followed) -> str:
        """Keep what is seen of what runs, and return its digest; empty if nothing can be."""
        if self.look is None or delivery.place.kind != LOCAL:
            return ""
        serving = cast("OfOurs", target).serving(delivery.release)
        if serving is None:
            return ""
        seen = self.look(cargo.named, serving)
        if isinstance(seen.get("arguments"), list):
            seen["arguments"] = [serving.plain(str(one)) for one in seen["arguments"]]
        return self.registry.blobs.put(canonical_bytes(seen))

    def _means(self, delivery: Delivery, cargo: SealedCargo, target: Driven | Followed) -> Means:
        settler = Settler(registry=self.registry, signer=self.signer, progress=self.progress)
        rollback = cargo.release.spec.rollback
        named = PREVIOUS if rollback is None else rollback.to
        back_to = delivery.previous if named == PREVIOUS else named
        where = (delivery.name, delivery.environment)

        def pointed() -> str:
            return "" if delivery.unpromoted else pointed_release(*where, registry=self.registry)

        def said_against() -> Cause | None:
            if delivery.unpromoted:
                return None
            return weighing.said_against(*where, registry=self.registry, now=self.clock())

        return Means(
            clock=self.milliseconds,
            wait=self.wait,
            said_against=said_against,
            pointed=pointed,
            settle=lambda one: settler.settle(one, back_to),
            observe=lambda one: self._observed(one, cargo, target),
            told=self.told,
            progress=self.progress,
        )


def _refuse_other_options(running: Delivery, place: Place) -> None:
    if dict(running.place.options) != dict(place.options):
        raise UsageError(
            f"{running.name}@{running.version} runs here already, with other options",
            seen=_written(running.place),
            wanted=_written(place),
            help=["end it first: the same command with --stop"],
        )


def _written(place: Place) -> str:
    return " ".join(f"{name}={text}" for name, text in sorted(place.options.items())) or "none"
