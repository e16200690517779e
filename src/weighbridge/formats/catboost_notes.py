"""What a walk over a CatBoost model finds worth noting, and how its trees are weighed."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.flatbuffers import Table
    from weighbridge.formats.interface import Request
    from weighbridge.formats.pages import Pages
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_FEATURES: Final = {
    "Float": "float",
    "Categorical": "categorical",
    "Text": "text",
    "Embedding": "embedding",
}
_SAID: Final = frozenset({"model_guid", "train_finish_time"})
_VERSION: Final = re.compile(r"Branch: tags/v?(\S+)")
_BLOCK: Final = 4_096
_DEEPEST: Final = 16


class Notes:
    """The tables of a model as far as they matter.

    Attributes:
        core: The root table.
        trees: The table with the trees.
        facts: What is noted as text.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing known."""
        self._record = record
        self._limits = limits
        self._features: list[tuple[int, TensorInfo]] = []
        self._facts: dict[tuple[str, str], None] = {}
        self.core: Table | None = None
        self.trees: Table | None = None

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is noted as text, each thing once."""
        return list(self._facts)

    def table(self, table: Table) -> None:
        """Keep what a table says."""
        if table.kind == "Core":
            self.core = table
        elif table.kind == "Trees":
            self.trees = table
        elif table.kind == "Entry":
            key = table.text("key")
            value = table.text("value") if key in _SAID else ""
            self.note(f"info:{key}", value)
            version = _VERSION.search(table.text("value"))
            if version is not None and key == "catboost_version_info":
                self.note("producer-version", version[1])
        elif table.kind in _FEATURES:
            self._feature(table)

    def unknown(self, kind: str, what: str) -> None:
        """Note a field this version of CatBoost does not have."""
        self.note("unknown-field", f"{kind}.{what}")

    def note(self, key: str, value: str) -> None:
        """Note something as text."""
        self._facts[key, value] = None
        if len(self._facts) > self._limits.entries:
            raise BudgetExceededError(f"the model names more than {self._limits.entries} things")

    def describe(self) -> None:
        """List the features in the order they are given in, and what the trees answer."""
        ordered = sorted(self._features, key=lambda feature: feature[0])
        self._record.inputs.extend(feature for _, feature in ordered)
        if self.trees is not None:
            shape = (self.trees.number("dimension"),)
            self._record.outputs.append(TensorInfo(name="formula", dtype="double", shape=shape))

    def _feature(self, table: Table) -> None:
        place = table.number("flat", -1)
        name = table.text("name") or f"#{place}"
        feature = TensorInfo(name=name, dtype=_FEATURES[table.kind], shape=())
        self._features.append((place, feature))


def weigh_trees(trees: Table, record: Record, pages: Pages) -> Generator[Request, bytes, None]:
    """Weigh the number of splits, leaves and weights against the sizes of the trees."""
    splits, leaves, dimension = (
        trees.span("splits"),
        trees.span("leaves"),
        trees.number("dimension"),
    )
    if dimension < 1:
        record.corrupt(f"the trees answer {dimension} values", trees.offset, "one or more")
        return
    _note_leaves(trees, record)
    (start, count), total, folded = trees.span("sizes"), 0, 0
    for at in range(start, start + 4 * count, _BLOCK):
        raw = yield from pages.at(at, min(_BLOCK, start + 4 * count - at))
        for (size,) in struct.iter_unpack("<i", raw[: len(raw) // 4 * 4]):
            if size < 0:
                record.corrupt(f"a tree has {size} splits", at)
                return
            total += size
            folded += 1 << min(size, _DEEPEST + 1)
    if total != splits[1]:
        record.corrupt(f"the trees have {splits[1]} splits", splits[0], f"{total} by their sizes")
    if trees.span("starts")[1] not in (0, count):
        text = f"{trees.span('starts')[1]} trees have a beginning"
        record.corrupt(text, trees.offset, f"{count} by their sizes")
    # Trees that are not symmetric say by their steps how many leaves they have.
    if not trees.span("steps")[1] and folded * dimension != leaves[1]:
        text = f"the trees have {leaves[1]} leaf values"
        record.corrupt(text, leaves[0], f"{folded * dimension} by their sizes")


def _note_leaves(trees: Table, record: Record) -> None:
    for name in ("leaves", "weights"):
        offset, count = trees.span(name)
        if count:
            record.tensors.append(
                TensorInfo(name=name, dtype="F64", shape=(count,), offset=offset, size=8 * count)
            )
