"""`status --waivers`: what is waived and what is asked to be, and whether anything needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.exceptions import ends_soon
from weighbridge.gate.waivers import Waivers, barred, expired
from weighbridge.model.decision import Exceptional, WaiverState
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.case import Case, Waiver
    from weighbridge.gate.covers import Covered
    from weighbridge.model.ports import Registry


def list_waivers(
    registry: Registry, *, name: str | None, environment: str | None, now: str
) -> list[WaiverState]:
    """List every waiver that is not over and every open request, what ends first before the rest.

    One that ended is listed while the release it let pass is still there.

    Args:
        registry: The registry.
        name: For this release name only.
        environment: For this environment only.
        now: The time.

    Raises:
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        return waivers_in(gathering, name=name, environment=environment, now=now)


def waivers_in(
    gathering: Gathering, *, name: str | None, environment: str | None, now: str
) -> list[WaiverState]:
    """List them as `list_waivers` does, from one moment of a registry.

    Raises:
        NotFoundError: There is no such environment.
    """
    found: list[WaiverState] = []
    if environment is not None:
        gathering.environment(environment)
    known_versions = gathering.log.view.versions
    names = gathering.names if name is None else [name] * bool(known_versions(name))
    at = max(now, gathering.log.time)
    for place in sorted(gathering.state.environments):
        for known in names if environment in {None, place} else ():
            found.extend(_at(gathering, place, known, at))
    return sorted(found, key=lambda one: (one.expires, one.entry))


def _at(gathering: Gathering, place: str, name: str, now: str) -> Iterator[WaiverState]:
    """List those of one environment and release name."""
    said = gathering.waivers(place, name)
    if said:
        here = gathering.pointer(place, name).release
        releases = {one.release for one in said} | ({here} if here else set())
        cases = {release: gathering.case(place, release, now=now) for release in releases}
        yield from _Listing(cases, here).states()


class _Listing:
    """The waivers of one place, held against every release they could be for."""

    def __init__(self, cases: Mapping[str, Case], here: str) -> None:
        """Ask the gate about each of the releases; `here` is the one now there."""
        self._cases = cases
        self._words: dict[int, Waiver] = {}
        self._covers: dict[int, set[Covered]] = {}
        self._found: dict[int, set[str]] = {}
        self._subjects: dict[Covered, str] = {}
        self._needed: set[int] = set()
        for release, case in cases.items():
            waivers = Waivers(case)
            decide(case, program_of(case.bundle), waivers=waivers)
            self._look(case, waivers)
            if release == here:
                self._needed.update(one.entry for one, _ in waivers.lapsed)

    def _look(self, case: Case, waivers: Waivers) -> None:
        self._subjects.update((covered, named) for (_, covered), named in waivers.found.items())
        version = str(case.manifest["metadata"]["version"])
        for key, people in (*waivers.words.given.items(), *waivers.words.asked.items()):
            for one in people.values():
                self._words[one.entry] = one
                self._covers.setdefault(one.entry, set()).add(key[1])
                if key in waivers.found:
                    self._found.setdefault(one.entry, set()).add(version)

    def states(self) -> Iterator[WaiverState]:
        """Tell each that is not over, or ended while something needs it."""
        for entry, one in sorted(self._words.items()):
            if entry in self._needed or not expired(one, self._cases[one.release]):
                yield self._state(one)

    def _state(self, one: Waiver) -> WaiverState:
        case = self._cases[one.release]
        used_by = tuple(sorted(self._found.get(one.entry, ())))
        why = barred(one, case) if one.act is Act.WAIVE else ""
        return WaiverState(
            state=_standing(one, case, why=why, is_used=bool(used_by)),
            why=why,
            entry=one.entry,
            environment=one.environment,
            name=str(case.manifest["metadata"]["name"]),
            rule=one.rule,
            findings=tuple(
                {"subject": self._subjects.get(covered, covered.told), **covered.paper}
                for covered in sorted(self._covers[one.entry])
            ),
            person=one.person,
            owner=one.owner,
            requested_by=one.requested_by,
            reason=one.reason,
            expires=one.expires,
            used_by=used_by,
        )


def _standing(one: Waiver, case: Case, *, why: str, is_used: bool) -> Exceptional:
    if one.act is Act.REQUEST_WAIVER:
        return Exceptional.REQUESTED
    if expired(one, case):
        return Exceptional.EXPIRED
    if why:
        return Exceptional.VOID
    if not is_used:
        return Exceptional.UNUSED
    return Exceptional.EXPIRING if ends_soon(one, case) else Exceptional.IN_FORCE
