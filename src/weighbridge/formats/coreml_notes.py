"""What a walk over a Core ML model finds worth noting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.coreml_schema import ARRAY_TYPES, DATA_TYPES, PARTIAL
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.protobuf import WireError
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import shown
from weighbridge.model.structure import CodeUse, FileReference, TensorInfo

if TYPE_CHECKING:
    from weighbridge.formats.protobuf import Message
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_FOLDER: Final = "@model_path/"
_ENTRY: Final = 64
_LARGEST: Final = 1 << 63
_MOST_DIMENSIONS: Final = 1_024
_SCALARS: Final = {
    "int64Type": "INT64",
    "doubleType": "DOUBLE",
    "stringType": "STRING",
    "dictionaryType": "DICTIONARY",
    "sequenceType": "SEQUENCE",
    "stateType": "STATE",
}
_SPECIFIES: Final = {"specificationVersion", "description", "isUpdatable"}


class Notes:
    """The messages of a model as far as they matter.

    Attributes:
        facts: What is noted as text, each thing once.
    """

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing known."""
        self._record = record
        self._limits = limits
        self._kept = 0
        self._files: dict[str, tuple[int, list[str]]] = {}
        self.facts: dict[tuple[str, str], None] = {}
        self._leaving = {
            "Model": self._model,
            "Metadata": self._about,
            "Entry": self._entry,
            "Custom": self._custom,
            "CustomLayer": self._custom,
            "Text": self._linked,
            "Serialized": self._serialized,
            "Function": self._function,
            "Feature": self._feature,
            "FeatureType": self._feature_type,
            "Image": self._image,
            "Array": self._array,
            "Named": self._named,
            "Constant": self._constant,
            "TensorType": self._tensor_type,
            "ValueType": self._value_type,
            "Blob": self._blob,
            "Value": self._value,
        }

    def leave(self, message: Message) -> None:
        """Note what a message says."""
        if message.parent is not None and message.parent.kind == "Model":
            message.parent.add_text("types", message.name)
        handler = self._leaving.get(message.kind)
        if handler is not None:
            handler(message)

    def unknown(self, message: Message, number: int) -> None:
        """Note a field this version of Core ML does not have."""
        if message.kind not in PARTIAL:
            self.note("unknown-field", f"{message.kind}.{number}")

    def note(self, key: str, value: str) -> None:
        """Note something as text."""
        if (key, value) not in self.facts:
            self.facts[key, value] = None
            self._count()

    def conclude(self) -> None:
        """Refer to the files that hold the weights."""
        for path, (size, tensors) in self._files.items():
            reference = FileReference(path=path, size=size, tensors=tuple(tensors))
            self._record.references.append(reference)

    def _count(self) -> None:
        self._kept += 1
        if self._kept > self._limits.entries:
            raise BudgetExceededError(f"the model names more than {self._limits.entries} things")

    # The model ----------------------------------------------------------------------------------

    def _model(self, message: Message) -> None:
        record = self._record
        kinds = {*message.texts.get("types", ()), *message.spans} - _SPECIFIES
        for kind in sorted(kinds):
            self.note("model-type", kind)
        if not kinds:
            record.corrupt("the model is of no type", message.end)
        if message.parent is None:
            record.version = str(message.number("specificationVersion"))
            if not message.number("specificationVersion"):
                record.corrupt("the model has no specification version", 0)

    def _about(self, message: Message) -> None:
        for name in ("versionString", "author", "license"):
            if message.text(name):
                self.note(name.removesuffix("String"), message.text(name))

    def _entry(self, message: Message) -> None:
        self.note(f"metadata:{message.text('key')}", message.text("value"))

    def _custom(self, message: Message) -> None:
        key = "custom-model" if message.kind == "Custom" else "custom-layer"
        name = message.text("className")
        self.note(key, name)
        self._record.uses(
            CodeUse(kind="custom-operator", name=name, offset=message.offset, detail="Core ML")
        )

    def _serialized(self, message: Message) -> None:
        self.note("serialized-model", message.text("identifier"))

    def _linked(self, message: Message) -> None:
        """Note where another model is looked for, by name and by search path."""
        path = message.text("defaultValue")
        self.note("linked-model", path)
        if escapes(path):
            text = f"a linked model lies at {shown(path)}"
            self._record.problem(OUTSIDE, text, message.offset, "a path below the model's folder")

    def _function(self, message: Message) -> None:
        if message.text("opset"):
            self.note("opset", message.text("opset"))

    # Inputs and outputs -------------------------------------------------------------------------

    def _feature(self, message: Message) -> None:
        model = message.outer.outer
        if model.parent is not None or message.name not in {"input", "output"}:
            return
        side = self._record.inputs if message.name == "input" else self._record.outputs
        side.append(
            TensorInfo(
                name=message.text("name"),
                dtype=message.text("type"),
                shape=tuple(message.numbers.get("dims", ())),
            )
        )
        self._count()

    def _feature_type(self, message: Message) -> None:
        feature = message.outer
        for name in message.spans:
            feature.add_text("type", _SCALARS[name])
        if message.text("type"):
            feature.add_text("type", message.text("type"))
            feature.numbers["dims"] = message.numbers["dims"]

    def _image(self, message: Message) -> None:
        size = [message.number("height"), message.number("width")]
        self._typed(message, "IMAGE", size)

    def _array(self, message: Message) -> None:
        kind = ARRAY_TYPES.get(message.number("dataType"), "")
        self._typed(message, kind or "?", message.numbers.get("shape", []))

    def _typed(self, message: Message, kind: str, shape: list[int]) -> None:
        """Say what type a feature has; a shape that may vary is open in every dimension."""
        message.outer.add_text("type", kind)
        message.outer.numbers["dims"] = [-1] * len(shape) if message.spans else shape

    # Programs -----------------------------------------------------------------------------------

    def _named(self, message: Message) -> None:
        message.outer.texts["result"] = [message.text("name")]

    def _constant(self, message: Message) -> None:
        known = message.outer.outer.numbers.setdefault("dims", [])
        if len(known) == _MOST_DIMENSIONS:
            raise WireError(f"a shape of more than {_MOST_DIMENSIONS}", message.offset)
        known.append(message.number("size"))

    def _tensor_type(self, message: Message) -> None:
        message.outer.numbers["dims"] = message.numbers.get("dims", [])
        message.outer.numbers["type"] = [message.number("dataType")]

    def _value_type(self, message: Message) -> None:
        message.outer.numbers.update(message.numbers)

    def _blob(self, message: Message) -> None:
        message.outer.texts["file"] = [message.text("fileName")]
        message.outer.numbers["at"] = [message.number("offset")]

    def _value(self, message: Message) -> None:
        """List a constant that lies in a file of weights."""
        if "file" not in message.texts:
            return
        kind, bits = DATA_TYPES.get(message.number("type"), ("", 0))
        shape = tuple(message.numbers.get("dims", ()))
        name = _result(message)
        if not bits:
            text = f"tensor {shown(name)} has the unknown type {message.number('type')}"
            self._record.unread(text)
        size = _bytes(bits, shape)
        self._record.tensors.append(TensorInfo(name=name, dtype=kind, shape=shape, size=size))
        self._count()
        self._refer(message, name, size)

    def _refer(self, message: Message, name: str, size: int) -> None:
        where = message.text("file")
        self.note("external-data", where)
        path = where.removeprefix(_FOLDER)
        if not path or escapes(path):
            self._record.problem(
                OUTSIDE,
                f"external data lies at {shown(where)}",
                message.offset,
                "a path below the model's folder",
            )
            return
        if message.number("at") < 0:
            self._record.corrupt(f"tensor {shown(name)} lies at no offset", message.offset)
        known, tensors = self._files.get(path, (0, []))
        tensors.append(name)
        # The offset is that of the entry which describes the data; they follow it.
        self._files[path] = (max(known, message.number("at") + _ENTRY + size), tensors)


def _result(message: Message) -> str:
    """Name what the operation answers in which a value stands."""
    around = message
    while around.kind != "Operation" and around is not around.outer:
        around = around.outer
    return around.text("result")


def _bytes(bits: int, shape: tuple[int, ...]) -> int:
    """Return the bytes of a tensor's data; none where they cannot be told."""
    if 0 in shape:
        return 0
    for dimension in shape:
        bits *= dimension
        if not 0 < bits <= _LARGEST:
            return 0
    return (bits + 7) // 8
