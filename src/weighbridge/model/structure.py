"""What a format reader finds in a file, without loading or executing any of it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from weighbridge.model.bill import Component

Status = Literal["complete", "incomplete", "error"]
"""`complete`: every byte is accounted for; `incomplete`: a limit ended the reading, or part of
the file is of no known format; `error`: the bytes are not what the format says."""

PLAIN: Final = frozenset(
    {"cyclonedx", "json", "json-lines", "mlflow", "safetensors-index", "spdx", "text", "xml"}
)
"""Formats that hold no model: no manifest need name them."""

TEMPLATE_DIGEST: Final = "chat-template"
"""The metadata that pins a chat template: its digest, a blank, and where in the file it stands."""

BILL_SUBJECT: Final = "bill-subject"
"""The metadata that says what a bill of materials says it is the bill of."""

CodeKind = Literal[
    "custom-operator",
    "keras-class",
    "keras-lambda",
    "native-code",
    "onnx-operator",
    "python-call",
    "python-file",
    "python-reference",
    "skops-type",
    "start-up-hook",
    "template-attribute",
    "template-call",
    "template-import",
    "template-name",
    "template-text",
    "tensorflow-operator",
    "text-address",
    "text-command",
    "torchscript-operator",
]
"""What code can be to a format: a layer that holds a function, an operator, a Python file that
is imported, a class that is named, a step of a template …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about the bytes that is not as the format's standard has it.

    Attributes:
        code: The rule it belongs to: `INT008` (corrupt), `SEC002` (archive attack),
            `SEC009` (hidden payload) …
        message: One clause, lower case, no full stop, naming what was seen.
        offset: Byte offset in the file, or in the member named by the structure's container.
        wanted: What the standard asks for, or empty.
    """

    code: str
    message: str
    offset: int = 0
    wanted: str = ""


GlobalAct = Literal[
    "built",
    "extension",
    "items",
    "named-arguments",
    "passed",
    "result-called",
    "slots",
    "unseen-arguments",
    "unseen-state",
]
"""What a pickle can do with a global besides importing and calling it: set its own attributes
(`built`), add items to it, give it to another call or into what is not followed (`passed`), call
what its call returned, set attributes of that by name (`slots`) or from what cannot be told,
call it with arguments that have names or cannot be told; and take it from the extension registry,
where the bytes name only a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalUse:
    """A Python global a pickle would import, and what it would do with it.

    Attributes:
        module: Module name as the pickle spells it; empty if it could not be told.
        name: Attribute path in it; empty if it could not be told.
        offset: Byte offset of the opcode that imports it.
        called: Whether the pickle calls it (REDUCE, NEWOBJ, INST, OBJ, BUILD …).
        at: Byte offset of the opcode that calls it first, if one does.
        calls: Arguments of the first few calls that differ, such as `('id',)`; long ones are cut.
        arguments: What its calls have at each place: the different values, written and cut, or
            the kinds (`text`, `global`, `object` …) where the values are many; empty text for
            nothing, `…` for what could not be told.
        acts: What else the pickle does with it.
        sets: Attributes that objects have already, such as `__reduce__` or `items`, and that it
            sets on what the calls return; `?` for one that could not be told.
    """

    module: str
    name: str
    offset: int
    called: bool = False
    at: int = 0
    calls: tuple[str, ...] = ()
    arguments: tuple[tuple[str, ...], ...] = ()
    acts: tuple[GlobalAct, ...] = ()
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeUse:
    """Code that a file holds, or names so that whoever uses the file runs it.

    What a pickle imports is a `GlobalUse`; this is everything else.

    Attributes:
        kind: What it is to the format: one of `CodeKind`.
        name: Its name as the file spells it: an operator, a class, a module, an attribute.
        offset: Byte offset of where it is named, in the file or the structure's container.
        detail: What it is given, or where in the file's own terms it stands; may be empty.
    """

    kind: CodeKind
    name: str
    offset: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A credential in a text a file carries. What it says is kept nowhere.

    Attributes:
        detector: What found it, such as `AWS Access Key`.
        offset: Byte offset of its line, in the file or the structure's container.
        line: Number of that line in its text, from 1.
        place: Where the text stands in the file's own terms, such as a metadata key; empty for
            the file's own text.
    """

    detector: str
    offset: int = 0
    line: int = 1
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """A named tensor of a model file.

    Attributes:
        name: Name in the file.
        dtype: Data type in the format's own word (`F32`, `FLOAT` …).
        shape: Dimensions, outermost first; -1 where the format leaves one open.
        offset: Byte offset of its data in the file; -1 if it does not lie there as it is.
        size: Bytes of its data.
        digest: `blake3:` and 64 hexadecimal digits of its data; empty if they were not read.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int = -1
    size: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReference:
    """Another file that this one cannot be used without.

    Attributes:
        path: POSIX path relative to the folder of the file that refers to it, as it stands there;
            `*` is that file's own name without its suffix.
        size: Bytes the other file must have at least.
        tensors: Names of tensors that should be found in it.
    """

    path: str
    size: int = 0
    tensors: tuple[str, ...] = ()

    def beside(self, referrer: str) -> str:
        """Return the path it means in a file with the path `referrer`."""
        folder, name = posixpath.split(referrer)
        own = posixpath.splitext(name)[0]
        return posixpath.normpath(posixpath.join(folder, self.path.replace("*", own)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A file or an archive member, understood.

    Attributes:
        format: A name of `formats.registry`, such as `safetensors`, or `unknown`.
        status: Whether the reading covers all of it.
        reason: Why the status is not `complete`; empty if it is.
        version: Version of the format as the file states it, or empty.
        size: Bytes of the file or member.
        coverage: Bytes accounted for, at most `size`.
        container: Path inside the enclosing file, components joined by `!/`; empty for the file.
        problems: Departures from the format's standard.
        globals: Globals a pickle would import.
        code: Other code it holds or names.
        secrets: Credentials in the texts it carries.
        tensors: Named tensors, in file order.
        inputs: What the model takes, where the format says so; no shape is any shape.
        outputs: What the model answers, likewise.
        metadata: Facts of the format as text: producer, opset, entry points …
        references: Other files it cannot be used without.
        components: What it lists, if it is a bill of materials.
        members: Structures of nested members.
    """

    format: str
    status: Status
    reason: str = ""
    version: str = ""
    size: int = 0
    coverage: int = 0
    container: str = ""
    problems: tuple[Problem, ...] = ()
    globals: tuple[GlobalUse, ...] = ()
    code: tuple[CodeUse, ...] = ()
    secrets: tuple[SecretUse, ...] = ()
    tensors: tuple[TensorInfo, ...] = ()
    inputs: tuple[TensorInfo, ...] = ()
    outputs: tuple[TensorInfo, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    references: tuple[FileReference, ...] = ()
    components: tuple[Component, ...] = ()
    members: tuple[Structure, ...] = ()

    def walk(self) -> list[Structure]:
        """List this structure and all nested ones, outermost first."""
        found = [self]
        for member in self.members:
            found.extend(member.walk())
        return found
