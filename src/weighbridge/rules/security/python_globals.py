"""Globals of Python itself that values consist of.

`type`, `getattr` and `map` are missing on purpose: they reach further. So is `functools.partial`,
which binds a call for later: no value needs it to be rebuilt.
"""

from __future__ import annotations

PYTHON: dict[str, str] = {
    "builtins": (
        "bool bytearray bytes complex dict float frozenset int list long object range set slice "
        "str tuple unicode xrange"
    ),
    "collections": "Counter OrderedDict defaultdict deque",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "pathlib._local": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "re": "_compile",
    "types": "SimpleNamespace",
    "uuid": "SafeUUID UUID",
    "zoneinfo": "ZoneInfo._unpickle",
    "_codecs": "encode",  # how protocol 2 writes bytes
    "copyreg": "__newobj__ __newobj_ex__ _reconstructor",
}
"""Module, as current versions of Python write it, to the names it defines; of `builtins` those of
Python 2 as well, which protocols 0 to 2 still write."""

RENAMED: dict[str, str] = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "numpy.core": "numpy._core",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "numpy.core.numeric": "numpy._core.numeric",
    "numpy.core.records": "numpy._core.records",
    "numpy.core._multiarray_umath": "numpy._core._multiarray_umath",
}
"""Modules of Python 2, and of NumPy before 2.0, to what they are called now."""
