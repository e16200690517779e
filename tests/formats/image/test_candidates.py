from __future__ import annotations

import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from tests.formats.samples import SYSTEM, safetensors, two_tensors
from weighbridge.formats.image.candidates import HEAD, is_candidate, is_model, is_notable
from weighbridge.formats.image.looked import NO_FORMAT
from weighbridge.model.structure import GlobalUse, Structure


def looked_into(data: bytes, path: str = "srv/data") -> bool:
    return is_candidate(path, data[:HEAD], len(data))


def zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def array(value: object, dtype: type) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array(value, dtype=dtype), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", [OrderedDict(a=1), ["x", {"y": (1.5, None, True)}], {"k": 2**70}])
def test_a_pickle_of_any_protocol_is_known_by_its_content(protocol: int, value: object) -> None:
    assert looked_into(pickle.dumps(value, protocol))


@pytest.mark.parametrize(
    "data",
    [
        SYSTEM,
        b"cposix\nsystem\n(S'id'\ntR.",
        b"(S'id'\niposix\nsystem\n.",
        b"I1\n0cposix\nsystem\n(S'id'\ntR.",
        b"S'x'\n0(cposix\nsystem\nS'id'\no.",
        b"U\x01x0cposix\nsystem\n(S'id'\ntR.",
        safetensors(two_tensors()),
        zipped("model/data.pkl", SYSTEM),
        gzip.compress(SYSTEM, mtime=0),
        zlib.compress(SYSTEM),
        lzma.compress(SYSTEM),
        array([{}], object),
        b"#!/bin/sh\nexit\n" + zipped("model/data.pkl", SYSTEM),
        b"\x93NUMPY\x01\x00\x16\x00__import__('os').x()\n",
        b'{"bos": 1, "chat_template": "{{ x }}"}',
        b"GGUF" + (3).to_bytes(4, "little") + bytes(60),
    ],
)
def test_what_holds_a_model_is_looked_into_whatever_it_is_called(data: bytes) -> None:
    assert looked_into(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"import os\nprint(1)\n",
        b"(see the notes)\n",
        b'"""Text."""\n',
        b"\n\nA text.\n",
        b"\xa7\r\r\n" + bytes(12),
        b"\x7fELF" + bytes(60),
        b'{"a": 1}',
        b"Copyright 2020\nconfig\nsystem\n",
        gzip.compress(b"A change.\n" * 50, mtime=0),
        array([1.0], float),
    ],
)
def test_what_begins_like_neither_model_nor_archive_is_passed_over(data: bytes) -> None:
    assert not looked_into(data)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("srv/Model.PKL", True), ("srv/tokenizer_config.json", True), ("srv/a.json", False)],
)
def test_a_name_that_promises_a_model_is_enough(path: str, wanted: bool) -> None:  # noqa: FBT001 - a case
    assert looked_into(b"hello", path) is wanted


def test_of_an_archive_without_a_model_nothing_is_said() -> None:
    text = Structure(format="text", status="complete", container="a")
    lost = Structure(format="unknown", status="incomplete", container="b")
    archive = Structure(
        format="zip", status="incomplete", reason="b is incomplete", members=(text, lost)
    )
    call = GlobalUse(module="posix", name="system", offset=0)
    hidden = Structure(format="text", status="complete", container="c", globals=(call,))

    assert not is_notable("usr/x.jar", archive)
    assert is_notable("usr/x.whl", archive)
    assert is_notable("usr/x.jar", replace(archive, reason="it inflates to more than the limit"))
    assert is_notable("usr/x", lost)
    assert not is_notable("usr/x", replace(lost, reason=NO_FORMAT))
    assert is_notable("usr/x.pt", replace(lost, reason=NO_FORMAT))
    assert is_notable("usr/x.jar", Structure(format="zip", status="complete", members=(hidden,)))
    facts = (("chat_template", "x"),)
    assert is_notable("srv/x", Structure(format="json", status="complete", metadata=facts))
    assert not is_notable("srv/x", Structure(format="text", status="complete"))
    assert [is_model(one) for one in ("pickle", "elf", "zip", "json")] == [True, *[False] * 3]
