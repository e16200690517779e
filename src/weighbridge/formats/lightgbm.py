"""LightGBM's model: text, with a header, a block a tree, and what it was trained with.

The header says how many bytes each tree has; LightGBM finds the trees by that, and so it is held
against where they lie (src/boosting/gbdt_model_text.cpp). Nothing of a tree is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.lightgbm_tree import LightgbmTree
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_BEGINS: Final = re.compile(rb"tree\nversion=v[0-9]{1,3}\n")
_LONGEST: Final = 8 << 20
_FILLED: Final = 64 << 10
_NEEDED: Final = ("version", "num_class", "num_tree_per_iteration", "max_feature_idx")
_END: Final = b"end of trees"
_PARAMETERS: Final = re.compile(rb"\[[a-z_0-9]+: .*\]")
_IMPORTANCE: Final = re.compile(rb"[^=]+=[0-9.e+-]+")
_WITH_PARAMETERS: Final = 3
_COUNT: Final = re.compile(rb"[0-9]{1,9}")


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the first two lines."""
    return "lightgbm" if _BEGINS.match(head) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read every line and weigh the trees."""
    record = Record(format="lightgbm", size=size)
    reading = _Reading(record, limits)
    try:
        yield from reading.run()
    except BudgetExceededError as error:
        record.unread(str(error))
    record.coverage = reading.reached
    return record.structure()


class _Reading:
    """One model while it is being read.

    Attributes:
        reached: Offset of the line being read.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        self.reached = 0
        self._record = record
        self._limits = limits
        self._cursor = Cursor(0, record.size)
        self._line: bytes | None = None
        self._header: dict[str, bytes] = {}
        self._trees = 0
        self._due = 0
        self._sizes: list[int] = []

    def run(self) -> Generator[Request, bytes, None]:
        """Read the header, the trees, and what follows them."""
        yield from self._next()
        yield from self._next()
        yield from self._head()
        self._weigh_header()
        yield from self._all_trees()
        yield from self._behind()

    def _next(self) -> Generator[Request, bytes, None]:
        """Step to the next line; None behind the last one."""
        cursor = self._cursor
        self.reached = cursor.position
        end = cursor.buffer.find(b"\n", cursor.index)
        while end < 0 and cursor.left > len(cursor.buffer) - cursor.index:
            at_hand = len(cursor.buffer) - cursor.index
            if at_hand > _LONGEST:
                break
            yield from cursor.fill(max(_FILLED, 2 * at_hand))
            end = cursor.buffer.find(b"\n", cursor.index)
        stop = len(cursor.buffer) if end < 0 else end
        if stop - cursor.index > _LONGEST:
            raise BudgetExceededError(f"a line has more than {_LONGEST} bytes")
        line = cursor.buffer[cursor.index : stop]
        self._line = line if line or end >= 0 else None
        cursor.index = stop if end < 0 else end + 1
        if b"\0" in line:
            self._record.corrupt("a line holds a NUL", self.reached)

    # Header -------------------------------------------------------------------------------------

    def _head(self) -> Generator[Request, bytes, None]:
        while self._line:
            key, _, value = self._line.partition(b"=")
            name = decoded(key[: self._limits.text])
            if name in self._header:
                self._record.corrupt(f"the header says {shown(name)} twice", self.reached)
            if len(self._header) >= self._limits.entries:
                raise BudgetExceededError("the header has too many lines")
            self._header[name] = value
            yield from self._next()
        self._due = self._cursor.position
        yield from self._next()

    def _weigh_header(self) -> None:
        record, header = self._record, self._header
        for name in _NEEDED:
            if name not in header:
                record.corrupt(f"the header does not say {shown(name)}", 0)
        record.version = decoded(header.get("version", b"")[:8])
        features = self._number("max_feature_idx") + 1
        for name in ("feature_names", "feature_infos"):
            if name in header and header[name].count(b" ") + 1 != features:
                record.corrupt(f"`{name}` does not hold {features} values", 0)
        record.metadata.append(("features", str(features)))
        record.metadata.append(("classes", str(self._number("num_class"))))
        if "objective" in header:
            objective = header["objective"][: self._limits.text]
            record.metadata.append(("objective", decoded(objective)))
        else:
            record.metadata.append(("custom-objective", "not named"))
        sizes = header.get("tree_sizes", b"").split()
        self._sizes = [int(size) for size in sizes if _COUNT.fullmatch(size)]
        if len(self._sizes) < len(sizes):
            record.corrupt("`tree_sizes` holds what is no size", 0)

    def _number(self, name: str) -> int:
        value = self._header.get(name, b"0")
        if _COUNT.fullmatch(value):
            return int(value)
        self._record.corrupt(f"`{name}` is no number", 0)
        return 0

    # Trees --------------------------------------------------------------------------------------

    def _all_trees(self) -> Generator[Request, bytes, None]:
        record = self._record
        features = self._number("max_feature_idx") + 1
        while self._line is not None and self._line != _END:
            if not self._line:
                yield from self._next()
                continue
            self._begin()
            tree = LightgbmTree(f"tree {self._trees}", features)
            yield from self._next()
            while self._line:
                tree.hear(self._line)
                yield from self._next()
            for fault in tree.faults():
                record.corrupt(fault, self.reached)
            self._trees += 1
        self._conclude_trees()

    def _begin(self) -> None:
        """Weigh where a tree begins against where the sizes of those before it put it."""
        record = self._record
        if self._line != b"Tree=%d" % self._trees:
            text = (
                f"{shown(decoded((self._line or b'')[:80]))} stands where tree {self._trees} should"
            )
            record.corrupt(text, self.reached)
        if self._trees < len(self._sizes):
            if self.reached != self._due:
                text = f"tree {self._trees} does not begin where `tree_sizes` has it"
                record.corrupt(text, self.reached, f"at byte {self._due}")
            self._due += self._sizes[self._trees]

    def _conclude_trees(self) -> None:
        record = self._record
        record.metadata.append(("trees", str(self._trees)))
        if self._line is None:
            record.corrupt("it ends before `end of trees`", self.reached)
            return
        if "tree_sizes" in self._header and len(self._sizes) != self._trees:
            record.corrupt(f"`tree_sizes` holds {len(self._sizes)} sizes", 0, str(self._trees))
        elif self._sizes and self._due != self.reached:
            text = "the trees do not end where `tree_sizes` has it"
            record.corrupt(text, self.reached, f"at byte {self._due}")
        if self._trees % max(1, self._number("num_tree_per_iteration")):
            record.corrupt("the trees are no whole number of iterations", self.reached)

    # Behind the trees ---------------------------------------------------------------------------

    def _behind(self) -> Generator[Request, bytes, None]:
        """Read the importances, the parameters, and what the Python package appends."""
        record = self._record
        section, ended = b"", False
        while self._line is not None:
            yield from self._next()
            line = self._line
            if not line:
                continue
            if line in (b"feature_importances:", b"parameters:"):
                section = line
            elif line == b"end of parameters" and section == b"parameters:":
                section, ended = b"", True
            elif not _belongs(line, section):
                text = f"{shown(decoded(line[:80]))} stands behind the trees"
                record.problem(HIDDEN, text, self.reached, "importances and parameters")
                record.unread(text)
                return
        version = record.version[1:]
        if not ended and version.isdigit() and int(version) >= _WITH_PARAMETERS:
            record.unread("it ends before `end of parameters`")


def _belongs(line: bytes, section: bytes) -> bool:
    if section == b"feature_importances:" and _IMPORTANCE.fullmatch(line):
        return True
    if section == b"parameters:" and _PARAMETERS.fullmatch(line):
        return True
    return line.startswith(b"pandas_categorical:") and section != b"parameters:"
