"""Calendars others publish, as rows of ours: endoflife.date's product files, Debian's distro-info.

Only products the rules ask about are taken. What a row says is theirs; the words are not copied.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.reading import read_document
from weighbridge.model.dated import is_day
from weighbridge.model.errors import DocumentError, UsageError
from weighbridge.model.lifecycle import Cycle, LifecycleData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PRODUCTS: Final = {
    "/alpine-linux": "alpine",
    "/alpine": "alpine",
    "/almalinux": "almalinux",
    "/amazon-linux": "amzn",
    "/containerd": "containerd",
    "/debian": "debian",
    "/django": "pypi/django",
    "/kubernetes": "kubernetes",
    "/nodejs": "nodejs",
    "/numpy": "pypi/numpy",
    "/nvidia-driver": "nvidia-driver",
    "/postgresql": "postgresql",
    "/python": "python",
    "/rhel": "rhel",
    "/rocky-linux": "rocky",
    "/ubuntu": "ubuntu",
}
_FRONT_MATTER: Final = re.compile(r"\A---\r?\n(.*?)\r?\n---\s*(?:\r?\n|\Z)", re.DOTALL)
_SERIES: Final = re.compile(r"R?([0-9]+(?:\.[0-9]+)*)(?: LTS)?")
_DISTRO_INFO: Final = "https://salsa.debian.org/debian/distro-info-data"
_GOOD_FOR: Final = timedelta(days=180)
_LARGEST: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A newer calendar, and how it differs.

    Attributes:
        data: The calendar.
        changes: One line for each row that is new or says something else.
    """

    data: LifecycleData
    changes: tuple[str, ...]


def is_source(path: Path) -> bool:
    """Whether a file is a calendar this can read."""
    try:
        return bool(list(_cycles(path, "2000-01-01")))
    except (OSError, ValueError, DocumentError, csv.Error):
        return False


def update_lifecycles(paths: Iterable[Path], current: LifecycleData, *, today: str) -> Updated:
    """Take what calendars say into the one that counts.

    Args:
        paths: Product files of endoflife.date (`*.md`), `debian.csv` and `ubuntu.csv` of
            distro-info.
        current: The calendar that counts.
        today: The day, which is the version of the newer one.

    Raises:
        UsageError: One of them cannot be read, or says what contradicts itself.
    """
    rows = {(row.product, row.cycle): row for row in current.rows}
    changes: list[str] = []
    for path in sorted(paths):
        try:
            for cycle in _cycles(path, today):
                key = (cycle.product, cycle.cycle)
                changes.extend(_difference(rows.get(key), cycle))
                rows[key] = cycle
        except (OSError, ValueError, DocumentError, csv.Error) as error:
            message = f"{path.name} is no calendar of endoflife.date or distro-info"
            raise UsageError(message, cause=str(error)) from error
    version = today if today > current.version else f"{current.version}.1"
    data = LifecycleData(version=version, rows=tuple(rows[key] for key in sorted(rows)))
    faults = data.faults()
    if faults:
        raise UsageError("the newer calendar contradicts itself", cause="; ".join(faults[:5]))
    return Updated(data=data, changes=tuple(changes))


def _difference(before: Cycle | None, after: Cycle) -> Iterator[str]:
    name = f"{after.product} {after.cycle}"
    if before is None:
        yield f"+ {name}: ends {after.eol or 'on no day yet'}"
        return
    for one in ("released", "eol", "extended"):
        old, new = getattr(before, one), getattr(after, one)
        if old != new:
            yield f"~ {name}: {one} {old or 'nothing'} -> {new or 'nothing'}"


def _cycles(path: Path, today: str) -> Iterator[Cycle]:
    if path.stat().st_size > _LARGEST:
        raise ValueError("it is longer than any calendar is")
    text = path.read_bytes().decode()
    found = _of_product_file(text, path.name) if path.suffix == ".md" else _of_distro_info(text)
    until = (date.fromisoformat(today) + _GOOD_FOR).isoformat()
    for cycle in found:
        yield replace(cycle, id=f"{cycle.product}/{cycle.cycle}", checked=today, valid_until=until)


def _cycle(product: str, series: str, source: str, **days: str) -> Iterator[Cycle]:
    """Make a row; a series that is no number is none the rules can find."""
    match = _SERIES.fullmatch(series)
    if match:
        names = {field.name for field in fields(Cycle)}
        yield Cycle(
            id="",
            product=product,
            cycle=match[1],
            source=source,
            checked="",
            valid_until="",
            **{name: value for name, value in days.items() if name in names},
        )


# endoflife.date ---------------------------------------------------------------------------------


def _of_product_file(text: str, name: str) -> Iterator[Cycle]:
    """Read the front matter of a product file: https://endoflife.date/."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        raise ValueError("it has no front matter")
    data = read_document(match[1].encode(), name).data
    releases = data.get("releases")
    if not isinstance(releases, list):
        raise ValueError("its front matter lists no releases")  # noqa: TRY004 - one error to readers
    permalink = str(data.get("permalink"))
    product = _PRODUCTS.get(permalink)
    for release in releases if product else ():
        if not isinstance(release, dict) or product is None:
            raise ValueError("one of its releases is none")
        eol = _day(release.get("eol"))
        if release.get("eol") is True:
            continue  # it has ended, and nobody recorded when
        extended = _day(release.get("eoes") or release.get("extendedSupport"))
        yield from _cycle(
            product,
            str(release.get("releaseCycle")),
            f"https://endoflife.date{permalink}",
            released=_day(release.get("releaseDate") or release.get("release")),
            eol=eol,
            extended=extended if eol and extended > eol else "",
            extended_by="extended support" if eol and extended > eol else "",
        )


def _day(value: Any) -> str:  # noqa: ANN401 - whatever stands there
    return value if isinstance(value, str) and is_day(value) else ""


# distro-info ------------------------------------------------------------------------------------


def _of_distro_info(text: str) -> Iterator[Cycle]:
    """Read a table of distro-info-data: `debian.csv`, `ubuntu.csv`."""
    reader = csv.DictReader(text.splitlines(), strict=True)
    columns = reader.fieldnames or ()
    product, extra, by = (
        ("debian", "eol-lts", "Debian LTS")
        if "eol-lts" in columns
        else ("ubuntu", "eol-esm", "Ubuntu Pro (ESM)")
    )
    if extra not in columns or "version" not in columns:
        raise ValueError("it has not the columns of distro-info")
    for line in reader:
        eol, extended = _day(line.get("eol")), _day(line.get(extra))
        longer = bool(eol and extended > eol)
        if eol:
            yield from _cycle(
                product,
                line["version"] or "",
                _DISTRO_INFO,
                released=_day(line.get("release")),
                eol=eol,
                extended=extended if longer else "",
                extended_by=by if longer else "",
            )
