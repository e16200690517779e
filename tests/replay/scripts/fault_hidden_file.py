"""Fault: a file nobody declared is read, and by C: Python's audit hook does not see it."""

import ctypes
import os
from pathlib import Path

library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
library.fgets.restype = ctypes.c_void_p
library.fgets.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
place = os.path.join(os.path.dirname(os.getcwd()), "hidden", "bias.txt")
file = library.fopen(place.encode(), b"r")
if not file:
    raise SystemExit(f"{place} is not there")
buffer = ctypes.create_string_buffer(64)
library.fgets(buffer, 64, file)
Path("model.txt").write_text(f"bias {buffer.value.decode().strip()}", encoding="utf-8")
