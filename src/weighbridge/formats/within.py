"""A stretch of a member, read as if it were one of its own: files that were packed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import Stored

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.member import Ending, MemberSource
    from weighbridge.model.limits import Limits

_Result = TypeVar("_Result")


class Within:
    """Bytes of an outer member, served to a reader of their own."""

    def __init__(self, outer: MemberSource, offset: int, size: int, *, limits: Limits) -> None:
        """Serve `size` bytes from `offset` of the outer member on."""
        self._outer = outer
        self._stored = Stored(offset, size, limits=limits)

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a request for these bytes."""
        return (yield from self._through(self._stored.answer(request)))

    def finish(self) -> Generator[Request, bytes, Ending]:
        """Read what is left and say how they end."""
        return (yield from self._through(self._stored.finish()))

    def _through(
        self, asking: Generator[Request, bytes, _Result]
    ) -> Generator[Request, bytes, _Result]:
        """Have the outer member answer what the stretch asks for."""
        try:
            request = next(asking)
            while True:
                try:
                    answer = yield from self._outer.answer(request)
                except BudgetExceededError as error:
                    request = asking.throw(error)
                else:
                    request = asking.send(answer)
        except StopIteration as done:
            result: _Result = done.value
            return result
