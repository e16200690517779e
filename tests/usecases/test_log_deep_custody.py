"""`log verify --deep` holds entries that move, hold and erase files against what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import LABELS, sha256
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.usecases.cast import Cast

ARCHIVE = ("registry", "archive")
BOTH = "ann ben"


def told(cast: Cast, *entries: int) -> list[str]:
    """List what deep verification says of some entries, after which there is nothing else."""
    document = cast("log", "verify", "--deep", "--output-format=json").json
    subjects = [one["subject"] for one in document["problems"]]
    assert set(subjects) <= {f"entry {index}" for index in entries}
    return [one["message"] for one in document["problems"]]


def newest(cast: Cast, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = [one["body"] for one in cast.entries() if one["kind"] == kind][-1]
    return found


def test_files_are_moved_from_where_they_were(cast: Cast) -> None:
    place = str(cast.folder.parent / "archive")
    cast.done(*ARCHIVE, "add", RELEASE, f"--to={place}", "--grace=0s")
    cast.done(*ARCHIVE, "restore", RELEASE)
    assert cast(*ARCHIVE, "add", "demo@2", f"--to={place}").code == 2
    assert told(cast) == []
    away, back = (newest(cast, kind) for kind in (Kind.RELEASE_ARCHIVED, Kind.RELEASE_RESTORED))
    again = cast.append(Kind.RELEASE_RESTORED, back)
    cast.append(Kind.RELEASE_ARCHIVED, away)
    twice = cast.append(Kind.RELEASE_ARCHIVED, away)
    elsewhere = cast.append(Kind.RELEASE_RESTORED, back | {"place": "s3://other"})
    other = cast.append(Kind.RELEASE_ARCHIVED, away | {"version": "9"})
    refused = cast.append(
        Kind.ARCHIVE_REFUSED, away | {"act": "add", "reason": "held", "digest": sha256(LABELS)}
    )
    silent = cast.append(Kind.RELEASE_ERASED, away)
    assert told(cast, again, twice, elsewhere, other, refused, silent) == [
        "it moves files that were active by then",
        "it moves files that were archived by then",
        "the files were in another archive",
        "no release is bound as it says",
        "no release is bound as it says",
        "release.erased says no reason",
    ]


def test_what_is_held_stays_and_what_is_erased_was_signed_for(cast: Cast) -> None:
    reason = "--reason=a lawsuit"
    cast.done(*ARCHIVE, "hold", RELEASE, reason, by=BOTH)
    named = {"name": "demo", "version": "1.0.0", "digest": cast.digest}
    words = {"reason": "a request", "signers": ["ann", "ben"]}
    held = cast.append(Kind.RELEASE_ARCHIVED, {**named, "place": "s3://archive"})
    hold = held - 1
    assert told(cast, held) == [f"its files were held by entry {hold}"]
    back = cast.append(Kind.RELEASE_RESTORED, {**named, "place": ""})
    cast.done(*ARCHIVE, "lift", RELEASE, reason, by=BOTH)
    assert told(cast, held) == [f"its files were held by entry {hold}"]
    assert back == held + 1
    unsigned = cast.append(Kind.RELEASE_ERASED, {**named, **words})
    assert "no owner had these files erased" in told(cast, held, unsigned)


def test_an_erasure_says_who_signed_for_it_and_why(cast: Cast) -> None:
    words = (*ARCHIVE, "erase", RELEASE, "--reason=a request", "--grace=0s")
    cast.done(*words, by=BOTH)
    assert told(cast) == []
    body, entry = newest(cast, Kind.RELEASE_ERASED), len(cast.entries()) - 1
    cast.rewrite(entry, body=body | {"reason": "another", "signers": ["ann"]})
    assert told(cast, entry) == [
        f"`reason` is not what entry {entry - 1} says",
        f"`signers` is not what entry {entry - 1} says",
    ]
    twice = cast.append(Kind.RELEASE_ERASED, body)
    assert "it moves files that were erased by then" in told(cast, entry, twice)
