"""Words for the data types of tensors, format by format, and the numbers they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["float", "brain-float", "signed", "unsigned"]


@dataclass(frozen=True, slots=True)
class NumberType:
    """A type of numbers.

    Attributes:
        kind: IEEE 754 binary floating point, bfloat16, or integers.
        width: Bytes of one number.
        big: Whether the first byte counts most.
        parts: Numbers of one element: two if it is complex.
    """

    kind: Kind
    width: int
    big: bool = False
    parts: int = 1

    @property
    def item(self) -> int:
        """Bytes of one element."""
        return self.width * self.parts


_WORDS: Final[dict[str, NumberType]] = {
    **dict.fromkeys(("F16", "FLOAT16", "torch.HalfStorage"), NumberType("float", 2)),
    **dict.fromkeys(("F32", "FLOAT", "FLOAT32", "torch.FloatStorage"), NumberType("float", 4)),
    **dict.fromkeys(("F64", "DOUBLE", "FLOAT64", "torch.DoubleStorage"), NumberType("float", 8)),
    **dict.fromkeys(("BF16", "BFLOAT16", "torch.BFloat16Storage"), NumberType("brain-float", 2)),
    **dict.fromkeys(("I8", "INT8", "torch.CharStorage"), NumberType("signed", 1)),
    **dict.fromkeys(("I16", "INT16", "torch.ShortStorage"), NumberType("signed", 2)),
    **dict.fromkeys(("I32", "INT32", "torch.IntStorage"), NumberType("signed", 4)),
    **dict.fromkeys(("I64", "INT64", "torch.LongStorage"), NumberType("signed", 8)),
    **dict.fromkeys(
        ("U8", "UINT8", "BOOL", "torch.ByteStorage", "torch.BoolStorage"), NumberType("unsigned", 1)
    ),
    **dict.fromkeys(("U16", "UINT16"), NumberType("unsigned", 2)),
    **dict.fromkeys(("U32", "UINT32"), NumberType("unsigned", 4)),
    **dict.fromkeys(("U64", "UINT64"), NumberType("unsigned", 8)),
    **dict.fromkeys(
        ("C64", "COMPLEX64", "torch.ComplexFloatStorage"), NumberType("float", 4, parts=2)
    ),
    **dict.fromkeys(("COMPLEX128", "torch.ComplexDoubleStorage"), NumberType("float", 8, parts=2)),
}
_NUMPY: Final = re.compile(r"([<>=|]?)([biufc?])([0-9]{0,2})")
_KINDS: Final[dict[str, Kind]] = {"b": "unsigned", "?": "unsigned", "u": "unsigned", "i": "signed"}
_WIDTHS: Final = {"float": (2, 4, 8), "signed": (1, 2, 4, 8), "unsigned": (1, 2, 4, 8)}


def number_type(word: str) -> NumberType | None:
    """Tell what numbers a format's word for a data type stands for; None if none we can compare.

    Quantised blocks, texts, records and floating point of a byte or less have none.
    """
    return _WORDS.get(word) or _numpy(word)


def _numpy(word: str) -> NumberType | None:
    found = _NUMPY.fullmatch(word)
    if found is None:
        return None
    order, code, digits = found.groups()
    parts = 2 if code == "c" else 1
    width = int(digits or 1) // parts
    kind = _KINDS.get(code, "float")
    return NumberType(kind, width, order == ">", parts) if width in _WIDTHS[kind] else None
