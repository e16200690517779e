"""Code in torch's archives: TorchScript, packages and exported programs."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from tests.formats.elf_files import elf
from tests.formats.samples import SYSTEM, Member, names, read, torch_zip, zip_bytes
from weighbridge.formats import torchscript_code
from weighbridge.formats.drive import read_bytes
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure


def of(text: bytes) -> Structure:
    reader = torchscript_code.read(len(text), limits=DEFAULT_LIMITS)
    return read_bytes(text, reader, limits=DEFAULT_LIMITS)


def used(text: str) -> list[str]:
    found = of(text.encode())
    assert found.status == "complete"
    return [use.name for use in found.code]


def test_operators_are_noted_once_where_they_stand_first() -> None:
    text = b"  _0 = torch.add(x, torch.add(y, z))\n  ops.prim.RaiseException(a)\n"
    found = of(text)
    assert [(use.kind, use.name) for use in found.code] == [
        ("torchscript-operator", "torch.add"),
        ("torchscript-operator", "ops.prim.RaiseException"),
    ]
    assert text[found.code[1].offset :].startswith(b"ops.prim")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch . save (x)", ["torch.save"]),
        ("_0 = torch", ["torch"]),
        ("_0 = ops.mine", ["ops.mine"]),
        ("self.torch.add(x)\nmytorch.add(x)\ntorching.add(x)", []),
        ("__torch__.mine.Net.forward(x)", []),
        ("__torch__.torch.classes.mine.C(x)", ["__torch__.torch.classes.mine.C"]),
        ("'torch.a' \"torch.b\" # torch.c\ntorch.d", ["torch.d"]),
        ("'''torch.a\n' torch.b'''\ntorch.c", ["torch.c"]),
        ('""" " """ torch.a(x) " "', ["torch.a"]),
        ("'\\' torch.a'", []),
        ("'not ended torch.a\ntorch.b", ["?", "torch.b"]),
        ('"\\" torch.a\ntorch.b', ["?", "torch.b"]),
        ("'' torch.a \"\"", ["torch.a"]),
    ],
)
def test_names_are_told_from_texts(text: str, expected: list[str]) -> None:
    assert used(text) == expected


def test_texts_that_do_not_end_take_no_longer() -> None:
    assert used('\\"' * (1 << 20)) == ["?"]
    assert used("'''" + '"""' * (1 << 20)) == ["?"]


def test_code_that_is_no_text_is_corrupt() -> None:
    assert of(b"torch.add\xff").status == "error"
    found = of(b"#" * ((16 << 20) + 1))
    assert (found.status, found.code) == ("incomplete", ())


def test_the_code_of_a_module_is_read() -> None:
    code = Member(name=b"m/code/__torch__/net.py", data=b"def f(x):\n  return ops.mine.f(x)\n")
    found = read(torch_zip(code))
    assert (found.format, found.status) == ("torch-zip", "complete")
    (part,) = [part for part in found.walk() if part.code]
    assert part.container == "m/code/__torch__/net.py"
    assert [use.name for use in part.code] == ["ops.mine.f"]


def test_what_mobile_interpreters_run_is_read() -> None:
    calls = pickle.dumps([("aten::save", ""), ("aten::add", "Tensor"), ("aten::save", "x")], 2)
    newer = pickle.dumps([("aten::save", ""), ("aten::add", "::"), ("aten::", "a::b c")], 4)
    for raw, status in (
        (calls, "complete"),
        (newer, "complete"),
        (SYSTEM, "complete"),
        (calls[:-1], "error"),
    ):
        found = read(torch_zip(Member(name=b"m/bytecode.pkl", data=raw)))
        (part,) = [one for one in found.walk() if one.container == "m/bytecode.pkl"]
        assert (part.format, part.status) == ("pickle", status)
        expected = [] if raw is SYSTEM else ["ops.aten.save", "ops.aten.add"]
        assert [use.name for use in part.code] == expected
        assert names(part) == (["posix.system"] if raw is SYSTEM else [])


def test_bytecode_of_too_much_is_not_read() -> None:
    many = pickle.dumps([f"mine::f{n}" for n in range(1_001)], 2)
    for raw in (many, many + b"." * (16 << 20)):
        found = read(torch_zip(Member(name=b"m/bytecode.pkl", data=raw)))
        (part,) = [one for one in found.walk() if one.container == "m/bytecode.pkl"]
        assert part.status == "incomplete"


def test_python_of_a_package_is_told() -> None:
    found = read(
        zip_bytes(
            Member(name=b"p/.data/extern_modules", data=b"torch\n"),
            Member(name=b"p/.data/0.storage", data=bytes(16)),
            Member(name=b"p/net.py", data=b"import os\nos.system('id')\n"),
            Member(name=b"p/model/model.pkl", data=SYSTEM),
        )
    )
    assert (found.format, found.status) == ("torch-zip", "complete")
    assert names(found) == ["posix.system"]
    uses = [(use.kind, use.name) for part in found.walk() for use in part.code]
    assert uses == [("python-file", "p/net.py"), ("python-call", "os.system")]


def program(*targets: object) -> bytes:
    nodes = [{"target": target, "inputs": []} for target in targets]
    return json.dumps({"graph_module": {"graph": {"nodes": nodes}}}).encode()


def test_exported_programs_are_read() -> None:
    body = program("torch.ops.aten.add.Tensor", "_operator.add", "x", 1, "torch.hub.load")
    found = read(
        zip_bytes(
            Member(name=b"m/archive_format", data=b"pt2"),
            Member(name=b"m/byteorder", data=b"little"),
            Member(name=b"m/models/model.json", data=body),
            Member(name=b"m/data/weights/weight_0", data=bytes(16)),
            Member(name=b"m/data/aotinductor/model/a.so", data=elf()),
        )
    )
    assert (found.format, found.status) == ("torch-zip", "complete")
    uses = [(use.kind, use.name, use.detail) for part in found.walk() for use in part.code]
    assert uses == [
        ("native-code", "m/data/aotinductor/model/a.so", "elf, loaded with the program"),
        ("torchscript-operator", "torch.ops.aten.add.Tensor", "exported program"),
        ("torchscript-operator", "_operator.add", "exported program"),
        ("torchscript-operator", "torch.hub.load", "exported program"),
    ]


def test_programs_of_older_versions_are_read() -> None:
    name = b"serialized_exported_program.json"
    found = read(zip_bytes(Member(name=name, data=program("torch.ops.mine.f"))))
    assert [use.name for part in found.walk() for use in part.code] == ["torch.ops.mine.f"]
