"""What stopped: an environment owners froze, bytes they blocked, a release found damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.subjects import Contents
from weighbridge.model.decision import Judged, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case
    from weighbridge.model.environment.standing import Stop

VERIFIED = "release-verified"


def judge_freeze(case: Case) -> Iterator[Judged]:
    """Judge whether the environment is frozen; a freeze that has an end is over by itself."""
    stop = case.frozen
    if stop is None:
        return
    over = stop.is_over(case.now)
    ends = f"not before {stop.until}, or the freeze lifted" if stop.until else "the freeze lifted"
    yield Judged(
        id="not-frozen",
        outcome=Outcome.MET if over else Outcome.UNMET,
        why=f"the freeze ended at {stop.until}" if over else f"frozen since {stop.at}",
        seen=stop.reason,
        wanted="" if over else ends,
        remedy=() if over else ("weighbridge freeze ENV --lift --reason TEXT, by owners",),
        waits=True,
        binds=False,
    )


def judge_blocks(case: Case) -> Iterator[Judged]:
    """Judge whether the release, or a file in it, is blocked; where nothing is, nothing is said."""
    if not case.blocks:
        return
    found = Contents(case.release, lambda digest: held(case, digest)).among(case.blocks)
    hit = {digest: case.blocks[digest] for digest in sorted(found.there)}
    if not hit and found.unread:
        yield Judged(
            id="not-blocked",
            outcome=Outcome.INCONCLUSIVE,
            why="files are blocked, and not all files of the release are known",
            seen=f"no listing {', '.join(found.unread)}",
            wanted="a listing of every directory of the release",
            remedy=("weighbridge registry fsck",),
            binds=False,
        )
        return
    yield Judged(
        id="not-blocked",
        outcome=Outcome.UNMET if hit else Outcome.MET,
        why="it is blocked" if hit else "neither it nor a file of it is blocked",
        seen="; ".join(f"{stop.about}, {stop.words}" for stop in hit.values()),
        wanted="no block by owners" if hit else "",
        remedy=tuple(_lift(digest, stop, case) for digest, stop in hit.items()),
        binds=False,
    )


def _lift(digest: str, stop: Stop, case: Case) -> str:
    what = "REF" if digest == case.release else f"--artifact {digest}"
    where = f" --in {stop.where}" if stop.where else ""
    return f"weighbridge block {what}{where} --lift --reason TEXT, by owners"


def judge_verified(case: Case) -> Iterator[Judged]:
    """Judge whether the release was found damaged; of one that never was nothing is said."""
    stop = case.unverified
    if stop is None:
        return
    by = f" by {stop.by}" if stop.by else ""
    yield Judged(
        id=VERIFIED,
        outcome=Outcome.UNMET,
        why=f"what is stored of it was found wrong at {stop.at}{by}, entry {stop.entry}",
        seen=stop.words,
        wanted="all of it read again, and nothing found",
        remedy=("weighbridge verify REF --log, once what was sealed is stored again",),
        binds=False,
    )


def held(case: Case, digest: str) -> bytes | None:
    """Return the bytes of what is known of a release, its manifest among them."""
    if digest == case.release:
        return canonical_bytes(case.manifest)
    return case.documents.get(digest)
