"""What a walk over a TensorFlow graph finds worth noting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.tensorflow_operators import RESTORES, SAVES, TELLING, Operators
from weighbridge.formats.tensorflow_schema import DATA_TYPES, add_dimension, bytes_of
from weighbridge.formats.text import shown
from weighbridge.model.structure import FileReference, TensorInfo

if TYPE_CHECKING:
    from weighbridge.formats.protobuf import Message
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_KERAS: Final = "_tf_keras_"
_SERVED: Final = "serving_default"
_INITIALISES: Final = "__saved_model_init_op"
_VARIABLES: Final = frozenset({"VarHandleOp", "Variable", "VariableV2", "AutoReloadVariable"})
_INDEX: Final = "variables/variables.index"

Side = dict[str, list[TensorInfo]]


class Notes:
    """The messages of a graph as far as they matter.

    Attributes:
        facts: What is noted as text, each thing once.
        configurations: Offset and size of what the objects of the model were configured with, and
            whether they say that they are Keras's.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing known."""
        self._record = record
        self._limits = limits
        self._kept = 0
        self._graphs = 0
        self._objects = 0
        self._versions = False
        self._variables = False
        self._calls: dict[str, str] = {}
        self._savers: list[tuple[str, str]] = []
        self._checkpoints: dict[tuple[str, str, str], int] = {}
        self._operators = Operators(record)
        self._assets = False
        self._signatures: dict[str, Side] = {}
        self.facts: dict[tuple[str, str], None] = {}
        self.configurations: list[tuple[int, int, bool]] = []
        self._leaving = {
            "SavedModel": self._model,
            "MetaInfo": self._about,
            "Graph": self._graph,
            "Versions": self._end_of_graph,
            "Function": self._function,
            "Operator": self._operator,
            "Node": self._node,
            "Attribute": self._attribute,
            "Value": self._value,
            "NamedAttributes": self._called,
            "Tensor": self._tensor,
            "Shape": self._shape,
            "Dimension": self._dimension,
            "Saver": self._saver,
            "SignatureEntry": self._signature,
            "Info": self._info,
            "InfoEntry": self._argument,
            "Asset": self._asset,
            "UserObject": self._object,
            "KerasObject": self._object,
            "Fingerprint": self._fingerprint,
            "Variable": self._variable,
        }

    def leave(self, message: Message) -> None:
        """Note what a message says."""
        handler = self._leaving.get(message.kind)
        if handler is not None:
            handler(message)

    def unknown(self, message: Message, number: int) -> None:
        """Note a field this version of TensorFlow does not have."""
        self.note("unknown-field", f"{message.kind}.{number}")

    def note(self, key: str, value: str) -> None:
        """Note something as text."""
        if (key, value) not in self.facts:
            self.facts[key, value] = None
            self._count()

    def conclude(self, root: str) -> None:
        """Weigh the parts against each other once all of them were read."""
        missing = {
            "SavedModel": not self._graphs and "graph",
            "KerasMetadata": not self._objects and "object",
            "Fingerprint": not self._versions and "version",
        }.get(root)
        if missing:
            self._record.corrupt(f"the message has no {missing}", self._record.size)
        names = sorted(self._signatures.keys() - {_INITIALISES})
        chosen = _SERVED if _SERVED in names else next(iter(names), "")
        sides = self._signatures.get(chosen, {})
        self._record.inputs.extend(sides.get("inputs", ()))
        self._record.outputs.extend(sides.get("outputs", ()))
        if self._variables and root == "SavedModel":
            self._record.references.append(FileReference(path=_INDEX))
        if root == "Graph" and not self._versions:
            self._record.unread("the graph does not end with its versions: it may be cut off")

    def _count(self) -> None:
        self._kept += 1
        if self._kept > self._limits.entries:
            raise BudgetExceededError(f"the model names more than {self._limits.entries} things")

    # The model ----------------------------------------------------------------------------------

    def _model(self, message: Message) -> None:
        self._record.version = str(message.number("saved_model_schema_version"))

    def _about(self, message: Message) -> None:
        if message.text("tensorflow_version"):
            self.note("producer-version", message.text("tensorflow_version"))
        for tag in message.texts.get("tags", ()):
            self.note("tag", tag)

    def _asset(self, message: Message) -> None:
        name = message.text("filename")
        self._assets = True
        self.note("asset", name)
        if not name or escapes(name):
            text = f"an asset lies at {shown(name)}"
            self._record.problem(OUTSIDE, text, message.offset, "a path below `assets/`")
        else:
            self._record.references.append(FileReference(path=f"assets/{name}"))

    def _fingerprint(self, message: Message) -> None:
        self.note("uuid", message.text("uuid"))

    def _object(self, message: Message) -> None:
        self._objects += 1
        self.note("user-object", message.text("identifier"))
        offset, size = message.spans.get("metadata", (0, 0))
        if size:
            is_keras = message.text("identifier").startswith(_KERAS)
            self.configurations.append((offset, size, is_keras))
            self._count()

    def _variable(self, message: Message) -> None:  # noqa: ARG002 - that there is one is enough
        self._variables = True

    # Graphs -------------------------------------------------------------------------------------

    def _graph(self, message: Message) -> None:  # noqa: ARG002 - that there is one is enough
        self._graphs += 1

    def _end_of_graph(self, message: Message) -> None:
        self._versions = True
        if message.outer.kind == "Graph":
            self.note("producer", f"graph version {message.number('producer')}")

    def _operator(self, message: Message) -> None:
        if message.name == "signature":
            message.outer.add_text("name", message.text("name"))

    def _function(self, message: Message) -> None:
        """Say in which function a checkpoint is read or written: the name may come last."""
        self._operators.functions.add(message.text("name"))
        for operator, node, offset in zip(
            message.texts.get("saves", ()),
            message.texts.get("nodes", ()),
            message.numbers.get("offsets", ()),
            strict=True,
        ):
            self._checkpoints.setdefault((operator, message.text("name"), node), offset)
            self._count()

    def _node(self, message: Message) -> None:
        name, operator = message.text("name"), message.text("op")
        if operator in _VARIABLES:
            self._variables = True
        parent = message.outer
        if operator in SAVES or operator in RESTORES:
            if parent.kind == "Function":
                parent.add_text("saves", operator)
                parent.add_text("nodes", name)
                parent.numbers.setdefault("offsets", []).append(message.offset)
            else:
                self._checkpoints.setdefault((operator, "", name), message.offset)
                self._count()
            return
        self._operators.add(operator, message.offset, " ".join(message.texts.get("told", ())))
        if parent.kind == "Graph" and message.text("calls"):
            self._calls[name] = message.text("calls")
            self._count()

    def _attribute(self, message: Message) -> None:
        node, key = message.outer, message.text("key")
        if key == "f" and message.text("calls"):
            node.add_text("calls", message.text("calls"))
        elif key in TELLING and message.text("s"):
            node.add_text("told", f"{key}={message.text('s')}")

    def _value(self, message: Message) -> None:
        message.outer.add_text("s", message.text("s"))

    def _called(self, message: Message) -> None:
        message.outer.outer.add_text("calls", message.text("name"))

    def _saver(self, message: Message) -> None:
        pair = (message.text("save_tensor_name"), message.text("restore_op_name"))
        self._savers.append(pair)
        self._count()

    def note_operators(self) -> None:
        """Note the operators, and which of them are the model's own saver and read its assets."""
        scopes, saves, restores = set(), set(), set()
        for save, restore in self._savers:
            scopes.add(save.rpartition("/")[0] or "/")
            saves.add(self._calls.get(save.partition(":")[0], ""))
            restores.add(self._calls.get(restore, ""))
        for (operator, function, node), offset in self._checkpoints.items():
            owners = saves if operator in SAVES else restores
            own = function in owners if function else node.rpartition("/")[0] in scopes
            self._operators.add(operator, offset, "own saver" if own else "")
        self._operators.conclude(assets=self._assets)

    # Tensors ------------------------------------------------------------------------------------

    def _dimension(self, message: Message) -> None:
        add_dimension(message.outer, message)

    def _shape(self, message: Message) -> None:
        known = [] if message.number("unknown_rank") else message.numbers.get("dims", [])
        message.outer.numbers["dims"] = known

    def _tensor(self, message: Message) -> None:
        """List a constant whose bytes lie in the file as they are."""
        if "tensor_content" not in message.spans:
            return
        offset, size = message.spans["tensor_content"]
        number, shape = message.number("dtype"), tuple(message.numbers.get("dims", ()))
        kind, _ = DATA_TYPES.get(number, ("", 0))
        name = _holder(message)
        if not kind:
            self._record.unread(f"tensor {shown(name)} has the unknown type {number}")
        wanted = bytes_of(number, shape)
        if wanted not in (None, size) and size:
            text = f"tensor {shown(name)} has {size} bytes of data"
            self._record.corrupt(text, offset, f"{wanted} by its shape and type")
        self._record.tensors.append(
            TensorInfo(name=name, dtype=kind, shape=shape, offset=offset, size=size)
        )
        self._count()

    # Signatures ---------------------------------------------------------------------------------

    def _info(self, message: Message) -> None:
        message.outer.numbers["dims"] = message.numbers.get("dims", [])
        message.outer.numbers["dtype"] = [message.number("dtype")]

    def _argument(self, message: Message) -> None:
        entry = message.outer.outer
        kind, _ = DATA_TYPES.get(message.number("dtype"), ("", 0))
        shape = tuple(message.numbers.get("dims", ()))
        sides = self._signatures.setdefault(f"at {entry.offset}", {})
        sides.setdefault(message.name, []).append(
            TensorInfo(name=message.text("key"), dtype=kind, shape=shape)
        )
        self._count()

    def _signature(self, message: Message) -> None:
        name = message.text("key")
        self.note("signature", name)
        self._signatures[name] = self._signatures.pop(f"at {message.offset}", {})


def _holder(message: Message) -> str:
    """Name the node a constant stands in, and the function the node does."""
    node = message.outer.outer.outer
    function = node.outer.text("name")
    return f"{function}/{node.text('name')}" if function else node.text("name")
