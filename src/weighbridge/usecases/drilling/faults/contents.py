"""Files that harm whoever loads them, in a release that is sealed anew with one of them.

Nothing here is ever loaded; every file is as small as it can be and does nothing that would last.
"""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile

from weighbridge.usecases.drilling.closing import RULES
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.playing import with_artifact

FAMILY = "contents"
REVIEWED = b"cdrill_models\nScorer\n)R."
"""A pickle that names a class nobody knows, and is harmless: a person has to say so."""

COMMAND = b"cposix\nsystem\n(S'true'\ntR."


def _key() -> bytes:
    """Write something of the form of a credential, which is none and stands nowhere as it is."""
    letters = (chr(97 + at * 7 % 26) if at % 3 else str(at % 10) for at in range(36))
    return json.dumps({"token": f"{'gh'}p_{''.join(letters)}"}).encode()


def _zip(**members: bytes) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("UP", ".."), data)
    return found.getvalue()


def _tar() -> bytes:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as archive:
        link = tarfile.TarInfo("weights.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../etc/passwd"
        archive.addfile(link)
    return found.getvalue()


def _safetensors(*, more: bytes = b"", length: int | None = None) -> bytes:
    tensor = {"w": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}
    header = json.dumps(tensor, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + b"1234" + more


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return bytes((number << 3, value))
    return bytes((number << 3 | 2, len(value))) + value


def _onnx() -> bytes:
    """Write a model whose only tensor lies in a file outside the release."""
    place = _field(1, b"location") + _field(2, b"../../../etc/passwd")
    tensor = _field(1, 1) + _field(2, 1) + _field(8, b"w") + _field(13, place) + _field(14, 1)
    graph = _field(2, b"drill") + _field(5, tensor)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))


# Put together here: written out, it would stand in our own wheel, which is weighed as well.
_REACHING = "{" * 2 + " ''.__class__.__mro__[1].__subclasses__() " + "}" * 2
_TEMPLATE = json.dumps({"chat_template": _REACHING, "model_max_length": 8}).encode()
_REMOTE = json.dumps({"auto_map": {"AutoModel": "modeling_drill.DrillModel"}}).encode()


def _content(
    name: str, says: str, file: str, data: bytes, catchers: set[str], **members: str
) -> Fault:
    return Fault(
        name,
        says,
        lambda scene: with_artifact(scene, file, data, **members),
        catchers,
        family=FAMILY,
        begins="founded",
        control="resealed",
        close=RULES,
    )


FAULTS = (
    _content(
        "malicious-pickle",
        "a pickle runs a command when it is loaded",
        "model.pkl",
        COMMAND,
        {"SEC001"},
        role="weights",
        format="pickle",
    ),
    _content(
        "unsafe-pickle",
        "a pickle makes an object of a class nobody knows",
        "scorer.pkl",
        REVIEWED,
        {"SEC001"},
        role="weights",
        format="pickle",
    ),
    _content(
        "disguised-pickle",
        "a pickle that runs a command is called weights.safetensors",
        "weights.safetensors",
        COMMAND,
        {"SEC001", "INT008", "SEC009"},
        role="weights",
        format="safetensors",
    ),
    _content(
        "pickle-in-archive",
        "a pickle that runs a command lies in an archive",
        "bundle.zip",
        _zip(data__model_pkl=COMMAND),
        {"SEC001"},
        role="weights",
    ),
    _content(
        "embedded-secret",
        "a configuration holds an access key",
        "settings.json",
        _key(),
        {"SEC005"},
    ),
    _content(
        "path-escape",
        "a member of an archive is written outside of the folder it is unpacked in",
        "data.zip",
        _zip(UP__UP__drill=b"x"),
        {"SEC002", "INT009"},
    ),
    _content(
        "link-in-archive",
        "a member of an archive is a link to a file of the machine",
        "weights.tar",
        _tar(),
        {"SEC002", "INT009"},
    ),
    _content(
        "template-injection",
        "a chat template reaches for Python itself",
        "tokenizer_config.json",
        _TEMPLATE,
        {"SEC004"},
        role="tokenizer",
    ),
    _content(
        "remote-code",
        "a configuration has the loader run code that lies beside the model",
        "config.json",
        _REMOTE,
        {"SEC003"},
    ),
    _content(
        "damaged-weights",
        "the header of the weights promises more than there is",
        "damaged.safetensors",
        _safetensors(length=1 << 20),
        {"INT008"},
        role="weights",
        format="safetensors",
    ),
    _content(
        "hidden-payload",
        "behind the last tensor of the weights lies an archive",
        "hidden.safetensors",
        _safetensors(more=_zip(payload=b"x")),
        {"SEC009", "INT008"},
        role="weights",
        format="safetensors",
    ),
    _content(
        "outside-reference",
        "a model loads a tensor from a file outside the release",
        "outside.onnx",
        _onnx(),
        {"SEC007"},
        role="weights",
        format="onnx",
    ),
)
