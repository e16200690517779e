"""The system calls a sandboxed program may not make: a seccomp filter, as the kernel reads it.

They are those that work past a trace (io_uring opens files without a call of its own) or that
need the whole kernel's trust (BPF, user faults, keys, other processes' memory). Whoever makes one
is told that there is no such call.

The filter is a program of classic BPF (Linux, `Documentation/userspace-api/seccomp_filter.rst`);
it is written for the processors whose numbers of system calls stand here.
"""

from __future__ import annotations

import struct
from typing import Final

_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_NO_SUCH_CALL: Final = 0x00050000 | 38  # ENOSYS
_X32: Final = 0x40000000

# Name of the machine to its AUDIT_ARCH and the numbers of what is refused, in this order: ptrace,
# add_key, request_key, keyctl, process_vm_readv, process_vm_writev, perf_event_open, bpf,
# userfaultfd; and, on every machine, io_uring_setup, io_uring_enter, io_uring_register.
_URING: Final = (425, 426, 427)
_MACHINES: Final = {
    "x86_64": (0xC000003E, (101, 248, 249, 250, 310, 311, 298, 321, 323, *_URING)),
    "aarch64": (0xC00000B7, (117, 217, 218, 219, 270, 271, 241, 280, 282, *_URING)),
}


def filter_program(machine: str) -> bytes:
    """Write the filter for a machine; empty for one whose calls are not known here."""
    if machine not in _MACHINES:
        return b""
    architecture, refused = _MACHINES[machine]
    code = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, architecture, yes=1),
        _step(_RETURN, _KILL),  # calls of another architecture have other numbers
        _step(_LOAD, _NUMBER_AT),
        _step(_JUMP_AT_LEAST, _X32, no=1),
        _step(_RETURN, _KILL),
    ]
    for number in refused:
        code += [_step(_JUMP_EQUAL, number, no=1), _step(_RETURN, _NO_SUCH_CALL)]
    return b"".join([*code, _step(_RETURN, _ALLOW)])


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)
