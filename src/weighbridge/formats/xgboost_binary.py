"""XGBoost's first form of a model: its structs in memory, one behind the other.

src/learner.cc, src/gbm/gbtree_model.h, src/tree/tree_model.cc and src/gbm/gblinear_model.h of
XGBoost 0.6 to 2.0 (https://github.com/dmlc/xgboost), which last wrote it as `.deprecated`. The size
of each part follows from those before it, so the model is weighed to its last byte; what older
versions put behind that is not known here.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.faults import FaultError
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MARK: Final = b"binf"
_BEGINS: Final = re.compile(
    rb"(?:binf)?[\s\S]{136}[\x01-\x3f]\0{7}[a-z]+:[a-z0-9]+[\x04-\x08]\0{7}(?:gbtree|gblinear|dart)"
)
_LEARNER: Final = struct.Struct("<fIiiiII108x")
_TREES: Final = struct.Struct("<ii152x")
_TREE: Final = struct.Struct("<iiiiii124x")
_NODE: Final = struct.Struct("<iiiI4x")
_STATISTICS: Final = 16
_LINEAR: Final = struct.Struct("<Ii128x")
_LENGTH: Final = struct.Struct("<Q")
_NUMBER: Final = 4
_FEATURE: Final = (1 << 31) - 1
"""What a node is split by, without the bit that says where missing values go."""

_CHUNK: Final = 4_096
_LONGEST: Final = 1 << 20


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the parameters of a learner with an objective and a booster behind them."""
    return "xgboost-binary" if _BEGINS.match(head) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read all parts, and weigh the trees."""
    record = Record(format="xgboost-binary", size=size)
    model = _Model(record, limits)
    try:
        yield from model.read()
        left = model.cursor.left
        if left:
            text = f"{left} bytes follow the model"
            record.problem(HIDDEN, text, model.cursor.position, "nothing")
            record.unread(text)
    except FaultError as fault:
        record.corrupt(str(fault), fault.offset, fault.wanted)
    except BudgetExceededError as error:
        record.unread(str(error))
    record.coverage = model.cursor.position
    return record.structure()


class _Model:
    """One model while it is being read."""

    def __init__(self, record: Record, limits: Limits) -> None:
        self.cursor = Cursor(0, record.size)
        self._record = record
        self._limits = limits
        self._features = 0

    def read(self) -> Generator[Request, bytes, None]:
        """Read the learner, its booster, and what is kept beside them."""
        record, cursor = self._record, self.cursor
        yield from cursor.fill(len(_MARK))
        if cursor.buffer.startswith(_MARK):
            yield from cursor.take(len(_MARK))
        _, features, classes, attributes, metrics, major, minor = yield from self._struct(_LEARNER)
        record.version = f"{major}.{minor}" if major else ""
        self._features = features
        objective, booster = (yield from self._text()), (yield from self._text())
        record.metadata += [
            ("booster", booster),
            ("objective", objective),
            ("features", str(features)),
            *([("classes", str(classes))] if classes else []),
        ]
        if booster == "gblinear":
            yield from self._linear(max(1, classes))
        elif booster in ("gbtree", "dart"):
            yield from self._trees(weighted=booster == "dart")
        else:
            raise FaultError(f"the booster is {shown(booster)}", cursor.position)
        yield from self._notes(attributes, metrics)

    def _notes(self, attributes: int, metrics: int) -> Generator[Request, bytes, None]:
        """Read the attributes of a model and the names of its metrics."""
        metadata = self._record.metadata
        if attributes:
            for _ in range((yield from self._count(2 * _LENGTH.size))):
                key = yield from self._text()
                metadata.append((f"attribute:{key}", (yield from self._text())))
        if metrics:
            for _ in range((yield from self._count(_LENGTH.size))):
                metadata.append(("metric", (yield from self._text())))

    # Boosters -----------------------------------------------------------------------------------

    def _linear(self, groups: int) -> Generator[Request, bytes, None]:
        features, _ = yield from self._struct(_LINEAR)
        start = self.cursor.position
        weights = yield from self._count(_NUMBER)
        if features and weights != (features + 1) * groups:
            text = f"the model has {weights} weights"
            raise FaultError(text, start, f"{(features + 1) * groups} by its features")
        yield from self._skip(weights * _NUMBER)

    def _trees(self, *, weighted: bool) -> Generator[Request, bytes, None]:
        trees, _ = yield from self._struct(_TREES)
        self._record.metadata.append(("trees", str(trees)))
        if not 0 <= trees <= self._limits.entries:
            raise FaultError(f"the model has {trees} trees", self.cursor.position)
        for number in range(trees):
            yield from self._tree(number)
        yield from self._skip(trees * _NUMBER)
        if weighted and trees:
            start = self.cursor.position
            weights = yield from self._count(_NUMBER)
            if weights != trees:
                raise FaultError(f"{weights} trees are weighted", start, f"{trees} by their number")
            yield from self._skip(weights * _NUMBER)

    def _tree(self, number: int) -> Generator[Request, bytes, None]:
        start = self.cursor.position
        _, nodes, _, _, _, vector = yield from self._struct(_TREE)
        if not 0 < nodes <= self.cursor.left // (_NODE.size + _STATISTICS):
            text = f"tree {number} has {nodes} nodes, in {self.cursor.left} bytes"
            raise FaultError(text, start)
        left = nodes
        while left:
            at = self.cursor.position
            raw = yield from self._take(min(left, _CHUNK) * _NODE.size)
            left -= len(raw) // _NODE.size
            for _, one, other, split in _NODE.iter_unpack(raw):
                if not (-1 <= one < nodes and -1 <= other < nodes):
                    raise FaultError(f"tree {number} has a child that is no node of it", at)
                feature = split & _FEATURE
                if one >= 0 and self._features <= feature < _FEATURE:
                    text = f"tree {number} splits by feature {feature}"
                    raise FaultError(text, at, f"one of {self._features}")
        yield from self._skip(nodes * _STATISTICS)
        if vector:
            yield from self._skip((yield from self._count(_NUMBER)) * _NUMBER)

    # Parts --------------------------------------------------------------------------------------

    def _struct(self, layout: struct.Struct) -> Generator[Request, bytes, tuple[int, ...]]:
        return layout.unpack((yield from self._take(layout.size)))

    def _count(self, size: int) -> Generator[Request, bytes, int]:
        """Read how many things follow, each of at least so many bytes."""
        start = self.cursor.position
        (count,) = yield from self._struct(_LENGTH)
        if count > self.cursor.left // size:
            raise FaultError(f"{count} parts do not fit into {self.cursor.left} bytes", start)
        if size > _NUMBER and count > self._limits.entries:
            raise BudgetExceededError(f"more than {self._limits.entries} notes")
        return count

    def _text(self) -> Generator[Request, bytes, str]:
        length = yield from self._count(1)
        if length > _LONGEST:
            raise BudgetExceededError(f"a text of {length} bytes is over the limit of {_LONGEST}")
        return decoded((yield from self._take(length)))[: self._limits.text]

    def _take(self, size: int) -> Generator[Request, bytes, bytes]:
        start = self.cursor.position
        raw = yield from self.cursor.take(size)
        if len(raw) < size:
            raise FaultError("the file ends inside the model", start)
        return raw

    def _skip(self, size: int) -> Generator[Request, bytes, None]:
        start = self.cursor.position
        if not (yield from self.cursor.skip(size)):
            raise FaultError("the file ends inside the model", start)
