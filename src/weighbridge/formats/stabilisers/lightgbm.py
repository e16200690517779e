"""LightGBM's text: the parameters it was trained with follow the trees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.reading import pieces

if TYPE_CHECKING:
    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable

_REACH: Final = 1 << 20
"""Bytes at the end among which the parameters are looked for."""
_TREES: Final = b"\nend of trees\n"
_BEGIN: Final = b"\nparameters:\n"
_END: Final = b"\nend of parameters\n"
_PARAMETER: Final = re.compile(rb"\[([a-z_0-9]+): ([^\n]*)\]")
_NEUTRAL: Final = frozenset({b"num_threads", b"verbosity", b"output_model"})


def write(source: Readable, draft: Draft) -> None:
    """Write all but the parameters that say how the training ran, not what it learned."""
    start = max(0, source.size - _REACH)
    tail = source.read_at(start, source.size - start)
    trees, begin, end = tail.rfind(_TREES), tail.rfind(_BEGIN), tail.rfind(_END)
    if not 0 <= trees < begin < end or tail.count(_BEGIN) > 1 or tail.count(_END) > 1:
        raise RefusedError("the parameters do not stand behind the trees")
    at = start + begin + len(_BEGIN)
    draft.keep_stream(pieces(source, 0, at))
    for line in tail[begin + len(_BEGIN) : end].split(b"\n"):
        found = _PARAMETER.fullmatch(line)
        if found is None and line:
            raise RefusedError("a line of the parameters is none")
        if found is not None and found[1] in _NEUTRAL:
            draft.keep(b"[" + found[1])
            draft.let_go(line)
        else:
            draft.keep(line)
    draft.keep(tail[end:])


STABILISER: Final = Stabiliser(
    name="lightgbm",
    version=1,
    formats=("lightgbm",),
    lets="the parameters `num_threads`, `verbosity` and `output_model`",
    because=(
        "they say how the training ran and are not read to predict; trees, header and every other"
        " parameter are kept"
    ),
    write=write,
)
