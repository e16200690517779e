"""`status --waivers`: what is waived and what is asked to be, and whether anything needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.exceptions import ends_soon
from weighbridge.gate.waivers import Waivers, barred, expired
from weighbridge.model.decision import Exceptional, WaiverState
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    found: list[WaiverState] = []
    with registry.reading() as view:
        gathering = Gathering(view, registry)
        if environment is not None:
            gathering.environment(environment)
        names = sorted({known for known, _, _ in view.releases() if name in {None, known}})
        at = max(now, gathering.log.time)
        for place in sorted(gathering.state.environments):
            for known in names if environment in {None, place} else ():
                found.extend(_at(gathering, place, known, at))
    return sorted(found, key=lambda one: (one.expires, one.entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What the releases a waiver could be for make of it.

    Attributes:
        found: Versions in which something it is for was found, by its entry.
        lapsed: Entries of those that ended while something needs them.
        subjects: What findings are called.
        cases: The case of each release.
    """

    found: dict[int, list[str]] = field(default_factory=dict)
    lapsed: set[int] = field(default_factory=set)
    subjects: dict[Covered, str] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)


def _at(gathering: Gathering, place: str, name: str, now: str) -> Iterator[WaiverState]:
    """List those of one environment and release name."""
    said = gathering.waivers(place, name)
    if not said:
        return
    here = gathering.pointer(place, name).release
    releases = sorted({one.release for one in said} | ({here} if here else set()))
    use, standing = _Use(), dict[int, tuple[Waiver, list[Covered]]]()
    for release in releases:
        case = use.cases[release] = gathering.case(place, release, now=now)
        waivers = Waivers(case)
        decide(case, program_of(case.bundle), waivers=waivers)
        use.subjects.update((covered, named) for (_, covered), named in waivers.found.items())
        if release == here:
            use.lapsed.update(one.entry for one, _ in waivers.lapsed)
        for words in (waivers.words.given, waivers.words.asked):
            for key, people in words.items():
                for one in people.values():
                    covers = standing.setdefault(one.entry, (one, []))[1]
                    covers.append(key[1])
                    if key in waivers.found:
                        use.found.setdefault(one.entry, []).append(_version(case))
    for entry in sorted(standing):
        one, covers = standing[entry]
        if not expired(one, use.cases[one.release]) or entry in use.lapsed:
            yield _state(one, sorted(set(covers)), use)


def _state(one: Waiver, covers: list[Covered], use: _Use) -> WaiverState:
    case = use.cases[one.release]
    used_by = tuple(sorted(set(use.found.get(one.entry, ()))))
    why = barred(one, case) if one.act is Act.WAIVE else ""
    return WaiverState(
        state=_standing(one, case, why=why, is_used=bool(used_by)),
        why=why,
        entry=one.entry,
        environment=one.environment,
        name=str(case.manifest["metadata"]["name"]),
        rule=one.rule,
        findings=tuple(
            {"subject": use.subjects.get(covered, covered.told), **covered.paper}
            for covered in covers
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


def _version(case: Case) -> str:
    return str(case.manifest["metadata"]["version"])
