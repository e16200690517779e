"""The opcodes of pickle protocols 0 to 5: how each argument is written and what each does.

The layouts are those of `pickletools.opcodes`, and a test holds them against it.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_machine import Machine, PickleFaultError
from weighbridge.formats.pickle_objects import OTHER, Value

if TYPE_CHECKING:
    from collections.abc import Callable

HIGHEST_PROTOCOL = 5
_KEPT_NUMBER = 32


@dataclass(frozen=True, slots=True)
class Opcode:
    """One opcode.

    Attributes:
        name: Its name in `pickletools`.
        act: What it does to a machine, given its argument; None is one too long to keep.
        fixed: Bytes of an argument of fixed length.
        prefix: Bytes of the little endian length before an argument, or 0.
        lines: Arguments that end with a line break.
    """

    name: str
    act: Callable[[Machine, bytes | None], None]
    fixed: int = 0
    prefix: int = 0
    lines: int = 0


def _push(value: Value) -> Callable[[Machine, bytes | None], None]:
    def push(machine: Machine, _: bytes | None) -> None:
        machine.stack.append(value)

    return push


def _append(machine: Machine, _: bytes | None) -> None:
    del machine.stack[-1]
    machine.add_to()


def _unsigned(machine: Machine, raw: bytes | None) -> None:
    machine.stack.append(int.from_bytes(raw or b"", "little"))


def _signed(machine: Machine, raw: bytes | None) -> None:
    short = raw is not None and len(raw) <= _KEPT_NUMBER
    machine.stack.append(int.from_bytes(raw or b"", "little", signed=True) if short else OTHER)


def _number_line(machine: Machine, raw: bytes | None) -> None:
    if raw in (b"00", b"01"):
        machine.stack.append(raw == b"01")
    elif raw is None or len(raw) > _KEPT_NUMBER:
        machine.stack.append(OTHER)
    else:
        machine.stack.append(_number(raw.removesuffix(b"L")))


def _number(raw: bytes) -> int:
    """Read a number as C's strtol does, which the unpickler relies on: `010` is octal."""
    digits, nul, _ = raw.partition(b"\0")
    if nul and not digits:
        return 0
    for base in (0, 8):
        try:
            return int(digits, base)
        except ValueError:
            continue
    raise PickleFaultError("a number is not written as one")


def _float_line(machine: Machine, raw: bytes | None) -> None:
    try:
        float((raw or b"0").split(b"\0", 1)[0])
    except ValueError:
        raise PickleFaultError("a number is not written as one") from None
    machine.stack.append(OTHER)


def _text(machine: Machine, raw: bytes | None) -> None:
    machine.push_text(raw)


def _bytes(machine: Machine, raw: bytes | None) -> None:
    machine.push_bytes(raw)


def _escaped_line(machine: Machine, raw: bytes | None) -> None:
    if raw is not None and b"\\" in raw:
        raw = raw.decode("raw-unicode-escape", "replace").encode("utf-8", "backslashreplace")
        machine.push_text(raw)
    else:
        machine.push_text(raw, encoding="latin-1")


def _quoted_line(machine: Machine, raw: bytes | None) -> None:
    if raw is None:
        machine.stack.append(OTHER)
        return
    inner = raw[1:-1]
    if len(raw) < 2 or raw[:1] != raw[-1:] or raw[:1] not in (b"'", b'"'):  # noqa: PLR2004
        raise PickleFaultError("a text is not in quotes")
    if b"\\" in inner:
        try:
            inner = codecs.escape_decode(inner)[0]
        except ValueError:
            raise PickleFaultError("a text has an escape that is none") from None
    machine.push_text(inner)


def _index(raw: bytes | None) -> int:
    try:
        index = int((raw or b"").split(b"\0", 1)[0])
    except ValueError:
        index = -1
    if index < 0:
        raise PickleFaultError("a memo index is not a number")
    return index


def _mark(machine: Machine, _: bytes | None) -> None:
    machine.mark()


def _pop(machine: Machine, _: bytes | None) -> None:
    machine.pop()


def _pop_mark(machine: Machine, _: bytes | None) -> None:
    machine.pop_mark()


def _duplicate(machine: Machine, _: bytes | None) -> None:
    machine.stack.append(machine.stack[-1])


def _from_mark(machine: Machine, _: bytes | None) -> None:
    machine.pop_mark()
    machine.stack.append(OTHER)


def _dict_from_mark(machine: Machine, _: bytes | None) -> None:
    items = machine.pop_mark()
    machine.push_dict()
    machine.set_items(items)


def _tuple_from_mark(machine: Machine, _: bytes | None) -> None:
    machine.push_tuple(machine.pop_mark())


def _tuple_of(count: int) -> Callable[[Machine, bytes | None], None]:
    def act(machine: Machine, _: bytes | None) -> None:
        stack = machine.stack
        if len(stack) < count:
            raise IndexError
        items = stack[-count:]
        del stack[-count:]
        machine.push_tuple(items)

    return act


def _into_from_mark(machine: Machine, _: bytes | None) -> None:
    machine.pop_mark()
    machine.add_to()


def _set_item(machine: Machine, _: bytes | None) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.set_items([key, value])


def _set_items(machine: Machine, _: bytes | None) -> None:
    machine.set_items(machine.pop_mark())


def _empty_dict(machine: Machine, _: bytes | None) -> None:
    machine.push_dict()


def _empty_tuple(machine: Machine, _: bytes | None) -> None:
    machine.stack.append(())


def _memoize(machine: Machine, _: bytes | None) -> None:
    machine.put(None)


def _put(machine: Machine, raw: bytes | None) -> None:
    machine.put(int.from_bytes(raw or b"", "little"))


def _put_line(machine: Machine, raw: bytes | None) -> None:
    machine.put(_index(raw))


def _get(machine: Machine, raw: bytes | None) -> None:
    machine.get(int.from_bytes(raw or b"", "little"))


def _get_line(machine: Machine, raw: bytes | None) -> None:
    machine.get(_index(raw))


def _names(raw: bytes | None) -> tuple[str, str] | tuple[None, None]:
    if raw is None:
        return None, None
    module, _, name = raw.partition(b"\n")
    return module.decode("utf-8", "backslashreplace"), name.decode("utf-8", "backslashreplace")


def _global(machine: Machine, raw: bytes | None) -> None:
    machine.stack.append(machine.use(*_names(raw)))


def _stack_global(machine: Machine, _: bytes | None) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.use(module, name))


def _instance(machine: Machine, raw: bytes | None) -> None:
    items = machine.pop_mark()
    machine.call(machine.use(*_names(raw)), tuple(items))


def _object(machine: Machine, _: bytes | None) -> None:
    items = machine.pop_mark()
    machine.call(items[0], tuple(items[1:]))


def _reduce(machine: Machine, _: bytes | None) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.call(function, arguments)


def _new_object_with_names(machine: Machine, _: bytes | None) -> None:
    machine.stack.pop()
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.call_with_names(function, arguments)


def _build(machine: Machine, _: bytes | None) -> None:
    machine.build()


def _extension(machine: Machine, raw: bytes | None) -> None:
    machine.extend(int.from_bytes(raw or b"", "little"))


def _persistent(machine: Machine, _: bytes | None) -> None:
    machine.persist(machine.stack.pop())


def _persistent_line(machine: Machine, raw: bytes | None) -> None:
    machine.persist(OTHER if raw is None else raw.decode("utf-8", "backslashreplace"))


def _protocol(machine: Machine, raw: bytes | None) -> None:
    protocol = int.from_bytes(raw or b"", "little")
    if protocol > HIGHEST_PROTOCOL:
        raise PickleFaultError(f"protocol {protocol} does not exist")
    if machine.protocol is None:
        machine.protocol = protocol


def _frame(machine: Machine, raw: bytes | None) -> None:
    machine.frame = int.from_bytes(raw or b"", "little")
    machine.pause = True


def _stop(machine: Machine, _: bytes | None) -> None:
    machine.finish()


def _check_top(machine: Machine, _: bytes | None) -> None:
    machine.stack[-1]


OPCODES: Final[dict[int, Opcode]] = {
    ord("("): Opcode("MARK", _mark),
    ord("."): Opcode("STOP", _stop),
    ord("0"): Opcode("POP", _pop),
    ord("1"): Opcode("POP_MARK", _pop_mark),
    ord("2"): Opcode("DUP", _duplicate),
    ord("F"): Opcode("FLOAT", _float_line, lines=1),
    ord("I"): Opcode("INT", _number_line, lines=1),
    ord("J"): Opcode("BININT", _signed, fixed=4),
    ord("K"): Opcode("BININT1", _unsigned, fixed=1),
    ord("L"): Opcode("LONG", _number_line, lines=1),
    ord("M"): Opcode("BININT2", _unsigned, fixed=2),
    ord("N"): Opcode("NONE", _push(None)),
    ord("P"): Opcode("PERSID", _persistent_line, lines=1),
    ord("Q"): Opcode("BINPERSID", _persistent),
    ord("R"): Opcode("REDUCE", _reduce),
    ord("S"): Opcode("STRING", _quoted_line, lines=1),
    ord("T"): Opcode("BINSTRING", _text, prefix=4),
    ord("U"): Opcode("SHORT_BINSTRING", _text, prefix=1),
    ord("V"): Opcode("UNICODE", _escaped_line, lines=1),
    ord("X"): Opcode("BINUNICODE", _text, prefix=4),
    ord("a"): Opcode("APPEND", _append),
    ord("b"): Opcode("BUILD", _build),
    ord("c"): Opcode("GLOBAL", _global, lines=2),
    ord("d"): Opcode("DICT", _dict_from_mark),
    ord("}"): Opcode("EMPTY_DICT", _empty_dict),
    ord("e"): Opcode("APPENDS", _into_from_mark),
    ord("g"): Opcode("GET", _get_line, lines=1),
    ord("h"): Opcode("BINGET", _get, fixed=1),
    ord("i"): Opcode("INST", _instance, lines=2),
    ord("j"): Opcode("LONG_BINGET", _get, fixed=4),
    ord("l"): Opcode("LIST", _from_mark),
    ord("]"): Opcode("EMPTY_LIST", _push(OTHER)),
    ord("o"): Opcode("OBJ", _object),
    ord("p"): Opcode("PUT", _put_line, lines=1),
    ord("q"): Opcode("BINPUT", _put, fixed=1),
    ord("r"): Opcode("LONG_BINPUT", _put, fixed=4),
    ord("s"): Opcode("SETITEM", _set_item),
    ord("t"): Opcode("TUPLE", _tuple_from_mark),
    ord(")"): Opcode("EMPTY_TUPLE", _empty_tuple),
    ord("u"): Opcode("SETITEMS", _set_items),
    ord("G"): Opcode("BINFLOAT", _push(OTHER), fixed=8),
    0x80: Opcode("PROTO", _protocol, fixed=1),
    0x81: Opcode("NEWOBJ", _reduce),
    0x82: Opcode("EXT1", _extension, fixed=1),
    0x83: Opcode("EXT2", _extension, fixed=2),
    0x84: Opcode("EXT4", _extension, fixed=4),
    0x85: Opcode("TUPLE1", _tuple_of(1)),
    0x86: Opcode("TUPLE2", _tuple_of(2)),
    0x87: Opcode("TUPLE3", _tuple_of(3)),
    0x88: Opcode("NEWTRUE", _push(value=True)),
    0x89: Opcode("NEWFALSE", _push(value=False)),
    0x8A: Opcode("LONG1", _signed, prefix=1),
    0x8B: Opcode("LONG4", _signed, prefix=4),
    ord("B"): Opcode("BINBYTES", _bytes, prefix=4),
    ord("C"): Opcode("SHORT_BINBYTES", _bytes, prefix=1),
    0x8C: Opcode("SHORT_BINUNICODE", _text, prefix=1),
    0x8D: Opcode("BINUNICODE8", _text, prefix=8),
    0x8E: Opcode("BINBYTES8", _bytes, prefix=8),
    0x8F: Opcode("EMPTY_SET", _push(OTHER)),
    0x90: Opcode("ADDITEMS", _into_from_mark),
    0x91: Opcode("FROZENSET", _from_mark),
    0x92: Opcode("NEWOBJ_EX", _new_object_with_names),
    0x93: Opcode("STACK_GLOBAL", _stack_global),
    0x94: Opcode("MEMOIZE", _memoize),
    0x95: Opcode("FRAME", _frame, fixed=8),
    0x96: Opcode("BYTEARRAY8", _bytes, prefix=8),
    0x97: Opcode("NEXT_BUFFER", _push(OTHER)),
    0x98: Opcode("READONLY_BUFFER", _check_top),
}
"""Every opcode by its byte."""
