"""Files of the course that are made rather than kept: no scanner shall find a harmful one here.

None of them can do harm: the pickle that runs something prints a line, the credential opens
nothing.
"""

from __future__ import annotations

import io
import struct
import zipfile

CALLED = "the file you loaded has just run this line"
"""What the pickle prints to whoever loads it."""
_STATE = (
    b"\x80\x02}X\x04\x00\x00\x00meanctorch._utils\n_rebuild_tensor_v2\n"
    b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQ"
    b"K\x00K\x02\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs."
)
"""The opcodes torch writes for a dict of one tensor of two numbers."""
_LONG_AGO = (2026, 1, 5, 9, 0, 0)


def pickle_that_calls() -> bytes:
    """Make a pickle that calls `print` when it is loaded, and is a list of chutes besides."""
    text = CALLED.encode()
    call = b"cbuiltins\nprint\n(X" + struct.pack("<I", len(text)) + text + b"tR0"
    chutes = b"".join(b"X" + struct.pack("<I", len(name)) + name for name in (b"flat", b"long"))
    return b"\x80\x02" + call + b"](" + chutes + b"e."


def pickled_tensors() -> bytes:
    """Make what `torch.save` makes of a state dict: an archive with a pickle of nothing else."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (
            ("margin/data.pkl", _STATE),
            ("margin/data/0", struct.pack("<2f", 0.5, 0.25)),
            ("margin/version", b"3\n"),
        ):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content)
    return packed.getvalue()


def settings_with_credential() -> bytes:
    """Make settings in which somebody left the token of a git server."""
    token = "gh" + "p_" + ("Qm7xT2vL9kRw4nZp8sHd3fJg6bYc5aXeUiOq" * 2)[:36]
    return f'{{"hall": "harburg", "download": {{"token": "{token}"}}}}\n'.encode()


def cut_off(whole: bytes) -> bytes:
    """Make a file whose copying was interrupted."""
    return whole[:-24]


def last_byte_changed(whole: bytes) -> bytes:
    """Make a file that differs from another in its last byte alone."""
    return whole[:-1] + bytes([whole[-1] ^ 1])
