"""XGBoost's own model (doc/model.schema of its source), as JSON or as UBJSON.

The trees are weighed, not kept: each has arrays with one entry a node, children that are nodes of
it, and splits on features that exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import mended, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_LEARNER: Final = "learner"
_BOOSTER: Final = "gradient_booster"
_TREES: Final = "trees"
_PER_NODE: Final = frozenset(
    {
        "default_left",
        "left_children",
        "loss_changes",
        "parents",
        "right_children",
        "split_conditions",
        "split_indices",
        "sum_hessian",
    }
)
_CHILDREN: Final = frozenset({"left_children", "right_children"})
_NEEDED: Final = frozenset({"left_children", "right_children", "split_indices"})
_OWN_OBJECTIVES: Final = ("binary:", "count:", "multi:", "rank:", "reg:", "survival:")
_VERSION: Final = 3
_DELETED: Final = (1 << 31) - 1
"""What a node that was pruned is split by."""


@dataclass(slots=True, kw_only=True)
class _Tree:
    """A tree while it is heard.

    Attributes:
        lengths: Entries of each array that has one a node.
        lowest: The least child.
        highest: The largest child.
        nodes: Nodes it says it has.
        odd: Whether a child or split is no number.
    """

    lengths: dict[str, int] = field(default_factory=dict)
    lowest: int = -1
    highest: int = -1
    nodes: int | None = None
    odd: bool = False


class XgboostModel:
    """One model."""

    keys = frozenset({_LEARNER, "version"})

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._limits = limits
        self._sections: set[str] = set()
        self._version: list[int] = []
        self._said: dict[str, Value] = {}
        self._names = 0
        self._trees = 0
        self._tree: _Tree | None = None
        self._depth = 0
        self._split = -1
        self._faults: list[str] = []

    # What is heard ------------------------------------------------------------------------------

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Hear which sections there are, and where a tree begins."""
        if len(path) == 2 and path[0] == _LEARNER and kind == "object":  # noqa: PLR2004
            self._sections.add(str(path[1]))
        if self._tree is None and len(path) > 1 and path[-2] == _TREES and kind == "object":
            self._tree, self._depth = _Tree(), len(path)

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Weigh a tree at its end, and count what an array holds."""
        if self._tree is not None and len(path) == self._depth:
            self._weigh(self._tree)
            self._tree = None
            self._trees += 1
        elif self._tree is not None and len(path) == self._depth + 1 and kind == "array":
            if path[-1] in _PER_NODE:
                self._tree.lengths[str(path[-1])] = count
        elif kind == "array" and len(path) > 1 and path[0] == _LEARNER:
            self._counted(path, count)

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Hear the parameters of the model and of its trees."""
        if path[:1] != [_LEARNER]:
            return
        section = path[-1]
        for key, value in pairs:
            if self._tree is not None:
                if section == "tree_param" and key == "num_nodes":
                    self._tree.nodes = _number(value)
            elif section in ("objective", _BOOSTER) and key == "name":
                self._said[str(section)] = value
            elif section in ("learner_model_param", "gbtree_model_param"):
                self._said[key] = value

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Hear the version, the children of nodes, and what they are split by."""
        if path[:1] == ["version"] and len(self._version) < _VERSION:
            self._version.extend(value for value in values if type(value) is int)
        tree = self._tree
        if tree is None or len(path) != self._depth + 1:
            return
        name = path[-1]
        if name in _NEEDED:
            numbers = [value for value in values if type(value) is int]
            tree.odd = tree.odd or len(numbers) != len(values)
            if not numbers:
                return
            if name in _CHILDREN:
                tree.lowest = min([tree.lowest, *numbers])
                tree.highest = max([tree.highest, *numbers])
            else:
                tree.odd = tree.odd or min(numbers) < 0
                living = (number for number in numbers if number != _DELETED)
                self._split = max(self._split, max(living, default=-1))

    def _counted(self, path: Sequence[str | int], count: int) -> None:
        if path[-1] == "feature_names" and len(path) == 2:  # noqa: PLR2004 - below the learner
            self._names = count
        elif path[-1] == "tree_info" and _BOOSTER in path:
            self._said["tree_info"] = count

    def _weigh(self, tree: _Tree) -> None:
        name = f"tree {self._trees}"
        missing = sorted(_NEEDED - tree.lengths.keys())
        if missing:
            self._fault(f"{name} has no {shown(missing[0])}")
        elif tree.odd:
            self._fault(f"{name} has children or splits that are no numbers")
        elif len(set(tree.lengths.values())) > 1:
            self._fault(f"the arrays of {name} have different lengths")
        elif tree.nodes != tree.lengths["left_children"]:
            self._fault(f"{name} does not have as many nodes as it says")
        elif tree.lowest < -1 or tree.highest >= tree.nodes:
            self._fault(f"{name} has a child that is no node of it")

    def _fault(self, text: str) -> None:
        if len(self._faults) < self._limits.entries:
            self._faults.append(text)

    # What is noted ------------------------------------------------------------------------------

    def claims(self) -> str | None:
        """Claim a learner with a booster and an objective."""
        return "xgboost-json" if self.is_model() else None

    def is_model(self) -> bool:
        """Whether what was heard is a model of XGBoost's."""
        return {_BOOSTER, "objective", "learner_model_param"} <= self._sections

    def conclude(self, record: Record, *, whole: bool) -> None:
        """Note what the model is and what is wrong with it."""
        if not self.is_model():
            return
        for fault in self._faults:
            record.corrupt(fault, 0)
        for key, name in (("booster", _BOOSTER), ("objective", "objective")):
            value = self._said.get(name)
            if isinstance(value, str):
                record.metadata.append((key, mended(value[: self._limits.text])))
            elif whole:
                record.corrupt(f"the {key} has no name", 0)
        objective = self._said.get("objective")
        if isinstance(objective, str) and not objective.startswith(_OWN_OBJECTIVES):
            record.metadata.append(("custom-objective", mended(objective[: self._limits.text])))
        if whole:
            self._weigh_all(record)

    def _weigh_all(self, record: Record) -> None:
        """Weigh the counts against each other."""
        record.version = ".".join(str(part) for part in self._version)
        if len(self._version) != _VERSION:
            record.corrupt("the model has no version of three numbers", 0)
        features = _number(self._said.get("num_feature"))
        if features is None:
            record.corrupt("the model does not say how many features it has", 0)
            return
        record.metadata.append(("features", str(features)))
        if self._split >= features:
            record.corrupt(f"a tree splits by feature {self._split}", 0, f"one of {features}")
        if self._names not in (0, features):
            record.corrupt(f"the model names {self._names} features", 0, str(features))
        if "num_trees" not in self._said:
            return
        record.metadata.append(("trees", str(self._trees)))
        for seen in (self._trees, self._said.get("tree_info")):
            if seen != _number(self._said["num_trees"]):
                record.corrupt(f"the model has {seen} trees", 0, str(self._said["num_trees"])[:20])


def _number(value: Value) -> int | None:
    """Read a count, which XGBoost writes as text."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:  # noqa: PLR2004 - more is no count
        return int(value)
    return None
