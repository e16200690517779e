"""Asking a model that may break: it is started again, and given up after a few failures."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from weighbridge.model.trial import NoAnswerError, WrongAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from weighbridge.model.trial import Answer, Conversation, Runner, Served

_FAILURES: Final = 3
"""Failures one after the other, whereafter nobody asks again."""


class Asked:
    """A model that is asked, and started whenever it does not run.

    Attributes:
        by: What the program says it runs with.
    """

    def __init__(self, runner: Runner, served: Served) -> None:
        """Name both; nothing is started yet."""
        self._runner = runner
        self._served = served
        self._held = ExitStack()
        self._conversation: Conversation | None = None
        self._failures = 0
        self._last = NoAnswerError("")
        self.by = ""

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what runs."""
        self._held.close()

    def ask(self, inputs: Mapping[str, Any]) -> Answer:
        """Ask it once; what failed is ended, so that nothing it says late is taken for an answer.

        Raises:
            NoAnswerError: Nothing came back, now or several times before.
            WrongAnswerError: What came back is no answer.
        """
        if self._failures >= _FAILURES:
            raise self._last
        try:
            if self._conversation is None:
                self._conversation = self._held.enter_context(self._runner.open(self._served))
            answer = self._conversation.ask(inputs)
        except NoAnswerError as error:
            self._failures += 1
            self._last = error
            self._end()
            raise
        except WrongAnswerError:
            self._end()
            raise
        self._failures = 0
        self.by = answer.by or self.by
        return answer

    def _end(self) -> None:
        self._conversation = None
        self._held.close()
