"""Which kernel a library of linear algebra chose for this processor, and how many threads.

The library is asked, in a process of its own with the build's environment: the command has just
loaded the same one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.build_record import BlasLibrary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PATIENCE: Final = 20.0
_NAME: Final = re.compile(r"lib(?:scipy_)?(openblas|mkl_rt|mkl_core|blis|flexiblas)[\w.-]*\.so")
_ASK: Final = """
import ctypes, json, sys
library = ctypes.CDLL(sys.argv[1])
def ask(name, kind):
    for before in ("scipy_openblas", "openblas"):
        for behind in ("64_", "_64", ""):
            function = getattr(library, before + name + behind, None)
            if function is not None:
                function.restype = kind
                answer = function()
                return answer.decode() if isinstance(answer, bytes) else answer
print(json.dumps([ask("_get_config", ctypes.c_char_p), ask("_get_corename", ctypes.c_char_p),
                  ask("_get_num_threads", ctypes.c_int)]))
"""
_VERSION: Final = re.compile(r"OpenBLAS (\d[\w.]*)")


def blas_in(paths: Iterable[str], environ: Mapping[str, str]) -> tuple[BlasLibrary, ...]:
    """Describe the libraries of linear algebra among some files.

    Args:
        paths: Files that were loaded.
        environ: The build's environment.
    """
    return tuple(_described(path, name, environ) for path, name in _named(paths))


def _named(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in sorted(paths):
        found = _NAME.match(os.path.basename(path))  # noqa: PTH119 - a string is at hand
        if found is not None:
            yield path, found[1].partition("_")[0]


def _described(path: str, name: str, environ: Mapping[str, str]) -> BlasLibrary:
    config, kernel, threads = _asked(path, environ) if name == "openblas" else ("", "", 0)
    version = _VERSION.search(config)
    return BlasLibrary(
        name=name,
        path=path,
        version=version[1] if version else "",
        kernel=kernel,
        threads=threads,
    )


def _asked(path: str, environ: Mapping[str, str]) -> tuple[str, str, int]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _ASK, path],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
        said: list[Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return "", "", 0
    config, kernel, threads = said
    known = isinstance(threads, int) and threads > 0
    return str(config or ""), str(kernel or ""), threads if known else 0
