"""Wheels: every file against RECORD, and what the dist-info folder says of the whole.

The binary distribution format (https://packaging.python.org/specifications/binary-distribution-format/).
A file that RECORD vouches for belongs in the wheel whatever its format; those of a format known
here are read all the same. Installers compare none of these digests: whoever changes a wheel on
its way is found here or nowhere.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import path_configuration, python_source
from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import RECORDED, Record
from weighbridge.formats.text import decoded, mended, shown
from weighbridge.formats.wheel_texts import Row, RowError, entry_points, headers, rows
from weighbridge.formats.zip_kind import NATIVE, ZipFamily
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.structure import CodeUse
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

DIST_INFO: Final = ".dist-info"
_MARKS: Final = ("RECORD", "WHEEL")
_TEXTS: Final = frozenset({"RECORD", "METADATA", "WHEEL", "entry_points.txt"})
_SIGNATURES: Final = frozenset({"RECORD.jws", "RECORD.p7s"})
_LONGEST_TEXT: Final = 4 << 20
_MOST_NOTES: Final = 10_000
_LONGEST_NOTE: Final = 200
_WEAK: Final = frozenset({"md5", "sha1", "sha224"})
_COMPUTED: Final = "sha256"
_VERSION: Final = re.compile(r"1\.[0-9]+")
_OUTSIDE: Final = re.compile(r"/|[A-Za-z]:|(.*/)?\.\.(/|\Z)|.*[\\\0]", re.DOTALL)
_START_UP: Final = re.compile(
    r"([^/]*\.data/(?:purelib|platlib|data(/.*)?)/)?"
    r"([^/]+\.pth|(site|user)customize(\.py|/__init__\.py))"
)
_IMPORTED: Final = re.compile(r"([^/]*\.data/(purelib|platlib)/)?([^/]+|(.+/)?__init__)\.py")
_COMMANDS: Final = frozenset({"console_scripts", "gui_scripts"})
_MODULES: Final = re.compile(r".*\.(so|pyd|dll|dylib)(\.[0-9.]+)?")
"""Native code that is loaded into the process; programs are only run by name."""
_SCRIPT: Final = re.compile(r"[^/]*\.data/scripts/.+")
_METADATA: Final = (
    "metadata-version",
    "name",
    "version",
    "requires-python",
    "requires-dist",
    "license",
    "license-expression",
)
_VERSION_KEY: Final = "wheel-version"
_WHEEL: Final = (_VERSION_KEY, "generator", "root-is-purelib", "tag", "build")
_ONCE: Final = frozenset({"metadata-version", "name", "version", _VERSION_KEY})


def claim(names: Sequence[str]) -> Wheel | None:
    """Tell a wheel by the one dist-info folder that has both RECORD and WHEEL."""
    folders: dict[str, set[str]] = {}
    for name in names:
        folder, _, rest = name.partition("/")
        if folder.endswith(DIST_INFO):
            folders.setdefault(folder, set()).add(rest)
    found = [folder for folder, rest in folders.items() if rest.issuperset(_MARKS)]
    if len(found) != 1:
        return None
    return Wheel(names, found[0], more=sorted(folders.keys() - set(found)))


class Wheel:
    """One wheel."""

    format = "wheel"
    digests: MemberDigest = "sha256"

    def __init__(self, names: Sequence[str], folder: str, *, more: Sequence[str] = ()) -> None:
        """Remember the names, the dist-info folder and those beside it."""
        self._names = [name for name in names if not name.endswith("/")]
        self._folder = folder
        self._more = more
        self._texts: dict[str, str] = {}
        self._limits = DEFAULT_LIMITS

    def reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read the texts of the dist-info folder, and keep them."""
        folder, _, name = entry.name.partition("/")
        self._limits = limits
        if folder != self._folder or name not in _TEXTS:
            return None
        if name != "RECORD":
            limits = replace(limits, header=min(limits.header, _LONGEST_TEXT))
        return self._text(name, entry.size, limits)

    def text_reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read what runs when Python starts, or the package is imported."""
        if entry.name.endswith(".pth") and _START_UP.fullmatch(entry.name):
            return path_configuration.read(entry.size, limits=limits)
        if _IMPORTED.fullmatch(entry.name):
            return python_source.read(entry.size, limits=limits)
        return None

    def explains(self, name: str) -> bool:
        """Whether it is a file: RECORD vouches for it, or is found not to."""
        return not name.endswith("/")

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Weigh the files against RECORD, and note what the wheel says of itself."""
        self._note(record, "dist-info", [mended(self._folder)])
        for folder in self._more:
            record.corrupt(f"there is another dist-info folder, {shown(folder)}", 0, "one")
        if len(set(self._names)) < len(self._names):
            record.corrupt("two members have one name", 0, "as many names as members")
        self._note_metadata(record)
        self._note_files(record, members)
        text = self._texts.get("RECORD")
        if text is None or text.count("\n") > self._limits.entries:
            record.unread("RECORD was not read, or has too many rows")
        else:
            _Weighing(record, members, self._names, self._folder).weigh(text)

    def _text(self, name: str, size: int, limits: Limits) -> Reader:
        record = Record(format="text", size=size)
        try:
            raw = yield from fetch(0, size, limits)
            record.coverage = len(raw)
            self._texts[name] = decoded(raw)
        except BudgetExceededError as error:
            record.unread(str(error))
        return record.structure()

    # What it says of itself ---------------------------------------------------------------------

    def _note(self, record: Record, key: str, values: Sequence[str]) -> None:
        if len(values) > _MOST_NOTES:
            record.unread(f"of {len(values)} notes of {key} the first {_MOST_NOTES} are kept")
        longest = self._limits.text
        record.metadata += [(key, value[:longest]) for value in values[:_MOST_NOTES]]

    def _note_metadata(self, record: Record) -> None:
        if f"{self._folder}/METADATA" not in self._names:
            record.corrupt("METADATA is missing", 0)
        for file, wanted in (("METADATA", _METADATA), ("WHEEL", _WHEEL)):
            found = headers(self._texts.get(file, ""), wanted)
            for key in wanted:
                values = [value for name, value in found if name == key]
                self._note(record, key, values)
                if key in _ONCE and len(values) != 1 and file in self._texts:
                    text = f"{file} has the header {key} {len(values)} times"
                    record.corrupt(text, 0, "once")
                if key == _VERSION_KEY and values:
                    record.version = values[0]
        if not _VERSION.fullmatch(record.version):
            record.unread(f"the wheel version is {shown(record.version)}, not 1.x")
        points = entry_points(self._texts.get("entry_points.txt", ""))
        self._note(record, "entry-point", points)
        groups: dict[str, str] = {}
        for point in points:
            group, _, rest = point.partition(": ")
            groups.setdefault(group, rest[:_LONGEST_NOTE])
        for group, rest in groups.items():
            if group not in _COMMANDS:
                detail = f"entry points such as {rest}"
                record.uses(CodeUse(kind="start-up-hook", name=group, detail=detail))

    def _note_files(self, record: Record, members: Mapping[str, Member]) -> None:
        """Note what runs at start-up or is installed as a command, and what no reader read."""
        hooks = [name for name in self._names if _START_UP.fullmatch(name)]
        self._note(record, "start-up-file", hooks)
        for name in hooks:
            if name.endswith(".py"):
                detail = "imported when Python starts"
                record.uses(CodeUse(kind="start-up-hook", name=name, detail=detail))
        self._note_native(record, members)
        scripts = [name for name in self._names if _SCRIPT.fullmatch(name)]
        self._note(record, "script", scripts)
        alone = sum(members[name].structure is None for name in members.keys() & set(self._names))
        self._note(record, "by-record-alone", [plural(alone, "file")] if alone else [])

    def _note_native(self, record: Record, members: Mapping[str, Member]) -> None:
        """Note how much native code there is, and for which platforms the wheel is said to be."""
        found = [
            name
            for name, member in members.items()
            if member.structure is not None and member.structure.format in NATIVE
        ]
        modules = [name for name in found if _MODULES.fullmatch(name)]
        tags = [value for key, value in headers(self._texts.get("WHEEL", ""), {"tag"})]
        portable = bool(tags) and all(tag.endswith("-none-any") for tag in tags)
        for name in (modules or found)[:1]:
            place = "any platform" if modules and portable else "its platform"
            detail = f"{plural(len(found), 'file')}, in a wheel for {place}"
            offset = members[name].entry.offset
            record.uses(CodeUse(kind="native-code", name=name, offset=offset, detail=detail))


class _Weighing:
    """The files of a wheel while they are weighed against RECORD."""

    def __init__(
        self, record: Record, members: Mapping[str, Member], names: Sequence[str], folder: str
    ) -> None:
        self._record = record
        self._members = members
        self._names = set(names)
        self._own = f"{folder}/RECORD"
        self._excepted = {self._own, *(f"{folder}/{name}" for name in _SIGNATURES)}

    def weigh(self, text: str) -> None:
        seen: set[str] = set()
        missing: list[str] = []
        other: dict[str, int] = {}
        try:
            for row in rows(text):
                path = mended(row.path)
                if path in seen:
                    self._problem(f"{shown(path)} stands twice in RECORD", path)
                seen.add(path)
                if _OUTSIDE.match(path):
                    self._problem(f"{shown(path)} in RECORD leads out of the wheel", path)
                elif path not in self._names:
                    missing.append(path)
                elif path == self._own:
                    self._weigh_own(row)
                elif path not in self._excepted:
                    self._weigh_row(row, path, other)
        except RowError as error:
            self._problem(f"RECORD cannot be read: {error}", self._own, "path, digest, size")
        self._sum_up("RECORD lists {} that {} not there: {}", missing)
        self._sum_up("{} {} not in RECORD: {}", sorted(self._names - seen - self._excepted))
        if other:
            count = plural(sum(other.values()), "digest")
            names = some_of([shown(algorithm) for algorithm in other], 3)
            self._record.unread(f"{count} in RECORD cannot be computed here: {names}")

    def _weigh_own(self, row: Row) -> None:
        if row.algorithm or row.size:
            text = "RECORD states a digest or size of itself"
            self._problem(text, self._own, "a row with a path alone")

    def _weigh_row(self, row: Row, path: str, other: dict[str, int]) -> None:
        member = self._members.get(path)
        if not row.algorithm or not row.digest:
            self._problem(f"RECORD states no digest of {shown(path)}", path, "sha256 or better")
        elif row.algorithm in _WEAK:
            text = f"RECORD states the {row.algorithm} of {shown(path)}"
            self._problem(text, path, "sha256 or better")
        elif row.algorithm != _COMPUTED:
            algorithm = mended(row.algorithm)
            other[algorithm] = other.get(algorithm, 0) + 1
        elif member is not None and _written(member.digest) != row.digest:
            text = f"{shown(path)} has the digest sha256={_written(member.digest)}"
            self._problem(text, path, f"{shown('sha256=' + mended(row.digest))} by RECORD")
        if member is not None and row.size and row.size != str(member.entry.size):
            text = f"{shown(path)} has {member.entry.size} bytes"
            self._problem(text, path, f"{shown(mended(row.size))} by RECORD")

    def _sum_up(self, message: str, paths: list[str]) -> None:
        if paths:
            names = some_of([shown(path) for path in paths], 3)
            verb = "is" if len(paths) == 1 else "are"
            self._problem(message.format(plural(len(paths), "file"), verb, names), paths[0])

    def _problem(self, message: str, path: str, wanted: str = "") -> None:
        member = self._members.get(path)
        offset = 0 if member is None else member.entry.offset
        self._record.problem(RECORDED, message, offset, wanted)


def _written(digest: str) -> str:
    """Write a hexadecimal digest as RECORD does: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


FAMILY: Final = ZipFamily(format=Wheel.format, mark=DIST_INFO.encode() + b"/", claim=claim)
