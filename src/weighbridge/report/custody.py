"""Where the files of releases are, in words and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.wording import human_size, plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from weighbridge.model.custody import Custody

    class Named(Protocol):
        """A release by its names."""

        @property
        def title(self) -> str:
            """What people call it."""

        @property
        def digest(self) -> str:
            """Its release digest."""

    class Held(Protocol):
        """Why and since when a release is held."""

        @property
        def reason(self) -> str:
            """Why."""

        @property
        def at(self) -> str:
            """Since when."""

    class Added(Protocol):
        """What came of archiving."""

        @property
        def place(self) -> str:
            """The archive."""

        @property
        def archived(self) -> tuple[Named, ...]:
            """Releases that are there now."""

        @property
        def staying(self) -> tuple[tuple[Named, str], ...]:
            """Those that stay, and why."""

        @property
        def copied(self) -> int:
            """Bytes that were copied."""

        @property
        def removed(self) -> int:
            """Blobs that were removed."""

        @property
        def young(self) -> int:
            """Blobs that stay for now."""

        @property
        def unsure(self) -> tuple[str, ...]:
            """Blobs no archive holds."""

    class Restored(Protocol):
        """What came of restoring."""

        @property
        def release(self) -> Named:
            """The release."""

        @property
        def place(self) -> str:
            """The archive, or empty."""

        @property
        def files(self) -> int:
            """How many files it has."""

        @property
        def copied(self) -> int:
            """Bytes that came back."""

    class Kept(Protocol):
        """Where the files of a release are."""

        @property
        def release(self) -> Named:
            """The release."""

        @property
        def custody(self) -> Custody:
            """Where they are."""

        @property
        def hold(self) -> Held | None:
            """What holds them there."""

        @property
        def serving(self) -> str:
            """Who needs them."""

        @property
        def since(self) -> str:
            """Since when nobody does."""


def custody_line(custody: Custody) -> str:
    """Say where the files of a release are."""
    if custody.where is Whereabouts.ARCHIVED:
        return f"archived in {visible(custody.place)} since {custody.at}"
    if custody.where is Whereabouts.ERASED:
        by = ", ".join(map(visible, custody.by))
        return f"erased by {by} at {custody.at}: {visible(custody.reason)}"
    return "here"


def hold_line(hold: Held) -> str:
    """Say that the files of a release are held."""
    return f"held since {hold.at}: {visible(hold.reason)}"


def custody_json(custody: Custody, hold: Held | None) -> dict[str, object]:
    """Turn where the files of a release are into plain values."""
    return {
        "where": custody.where.value,
        "since": custody.at or None,
        "place": custody.place or None,
        "reason": custody.reason or None,
        "by": list(custody.by),
        "hold": None if hold is None else {"reason": hold.reason, "since": hold.at},
    }


def render_added(found: Added, *, grace: str, dry_run: bool) -> str:
    """Write what was archived."""
    return "\n".join(_added_lines(found, grace, dry_run=dry_run)) + "\n"


def _added_lines(found: Added, grace: str, *, dry_run: bool) -> Iterator[str]:
    word = "would archive" if dry_run else "archived"
    yield from (f"{word} {visible(one.title)}  {one.digest}" for one in found.archived)
    yield from (f"stays {visible(one.title)}: {visible(why)}" for one, why in found.staying)
    count = plural(len(found.archived), "release")
    if dry_run:
        yield f"{word}: {count} to {visible(found.place)}"
        return
    size = human_size(found.copied)
    yield f"{word}: {count} to {visible(found.place)}, {size} copied"
    yield f"removed here: {plural(found.removed, 'blob')}"
    if found.young:
        yield f"left for the next run: {plural(found.young, 'blob')} put within the last {grace}"
    if found.unsure:
        yield f"left here, since no archive holds them: {plural(len(found.unsure), 'blob')}"
        yield from (f"  {digest}" for digest in found.unsure)


def added_json(found: Added, *, dry_run: bool) -> dict[str, object]:
    """Turn what was archived into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "dryRun": dry_run,
        "place": found.place,
        "archived": [{"name": one.title, "release": one.digest} for one in found.archived],
        "staying": [
            {"name": one.title, "release": one.digest, "reason": why} for one, why in found.staying
        ],
        "copied": found.copied,
        "removed": found.removed,
        "young": found.young,
        "unsure": list(found.unsure),
    }


def render_restored(found: Iterable[Restored], *, dry_run: bool) -> str:
    """Write what came back."""
    lines = []
    for one in found:
        what = f"{visible(one.release.title)}  {one.release.digest}"
        size = f"{plural(one.files, 'file')}, {human_size(one.copied)} copied"
        if not one.place:
            lines.append(f"here already {what}")
        elif dry_run:
            lines.append(f"would restore {what}: {plural(one.files, 'file')}, all there")
        else:
            lines.append(f"restored {what}: {size}")
    return "".join(f"{line}\n" for line in lines)


def restored_json(found: Iterable[Restored], *, dry_run: bool) -> dict[str, object]:
    """Turn what came back into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "dryRun": dry_run,
        "restored": [
            {
                "name": one.release.title,
                "release": one.release.digest,
                "place": one.place or None,
                "files": one.files,
                "copied": one.copied,
            }
            for one in found
        ],
    }


def render_kept(found: Iterable[Kept], *, styled: bool = False) -> str:
    """Write where the files of every release are."""
    lines: list[str] = []
    for one in found:
        title = paint(visible(one.release.title), "strong", styled=styled)
        lines.append(f"{title}  {custody_line(one.custody)}")
        if one.hold is not None:
            lines.append(f"  {hold_line(one.hold)}")
        if one.serving:
            lines.append(f"  {visible(one.serving)}")
    return "".join(f"{line}\n" for line in lines)


def kept_json(found: Iterable[Kept]) -> dict[str, object]:
    """Turn where the files of every release are into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "releases": [
            {
                "name": one.release.title,
                "release": one.release.digest,
                **custody_json(one.custody, one.hold),
                "serving": one.serving or None,
                "unusedSince": one.since or None,
            }
            for one in found
        ],
    }
