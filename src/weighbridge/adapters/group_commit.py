"""Changes of several threads in one commit: what a commit costs is shared by all who wait for it.

One caller leads: it runs the changes of all who wait in one transaction, ends it, and hands over to
the first of those who came meanwhile. Nobody hears of success before the transaction
has ended. Knows nothing of what is changed.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

S = TypeVar("S")
T = TypeVar("T")


class _Outcome:
    """As a context, takes in what its body raises."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> None:
        self.error = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        # An interruption is nobody's answer: it goes on, and ends the transaction.
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None


class _Request(_Outcome, Generic[S]):
    """A change that waits for its turn, and what came of it."""

    def __init__(self, change: Callable[[S], Any]) -> None:
        super().__init__()
        self.change = change
        self.result: Any = None
        self.leads = self.done = self.alone = False
        self._turn = threading.Lock()
        self._turn.acquire()

    def wait(self) -> None:
        """Wait until it is done, or is to lead."""
        self._turn.acquire()

    def wake(self) -> None:
        self._turn.release()


class GroupCommit(Generic[S]):
    """Runs changes of several threads, as many as there are in one transaction."""

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[Callable[[], AbstractContextManager[S]]]],
    ) -> None:
        """Say what a transaction is.

        Args:
            transaction: Opens one, which is kept when its body ends and dropped when that raises.
                It hands out what opens a savepoint, which undoes what its body did if that raises.
        """
        self._transaction = transaction
        self._lock = threading.Lock()
        self._waiting: deque[_Request[S]] = deque()
        self._is_led = False
        self._leader: int | None = None

    def run(self, change: Callable[[S], T]) -> T:
        """Run a change and return its result once it is kept.

        Raises:
            RuntimeError: It was called by a change.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("a change must not wait for another within it")
        request = _Request(change)
        with self._lock:
            request.leads, self._is_led = not self._is_led, True
            if not request.leads:
                self._waiting.append(request)
        try:
            if not request.leads:
                request.wait()
            if request.leads:
                self._lead(request)
        except BaseException:  # an interruption: nobody must wait for a leader that has gone
            self._leave(request)
            raise
        if request.error is not None:
            raise request.error
        result: T = request.result
        return result

    def _lead(self, own: _Request[S]) -> None:
        group = [own]
        try:
            self._keep(group)
        except BaseException:  # an interruption of this thread: the others run again, each alone
            with self._lock:
                for request in group[1:]:
                    request.alone = True
                self._waiting.extendleft(reversed(group[1:]))
            raise
        for request in group:
            request.done = True
        self._hand_over(own)
        for request in group[1:]:
            request.wake()

    def _keep(self, group: list[_Request[S]]) -> None:
        """Run changes in one transaction; if that is not kept, its error is the answer of all.

        Args:
            group: Who leads; those whose changes share the transaction are added.
        """
        self._leader = threading.get_ident()
        kept = _Outcome()
        try:
            with kept, self._transaction() as savepoint:
                for request in self._arriving(group):
                    with request, savepoint() as subject:
                        request.result = request.change(subject)
        finally:
            self._leader = None
        if kept.error is not None:
            for request in group:
                request.error = kept.error

    def _arriving(self, group: list[_Request[S]]) -> Iterator[_Request[S]]:
        """Yield who leads, then whoever waits by the time those before are run."""
        yield group[0]
        while not group[0].alone:
            with self._lock:
                if not self._waiting or self._waiting[0].alone:
                    return
                group.append(self._waiting.popleft())
            yield group[-1]

    def _hand_over(self, request: _Request[S]) -> None:
        """End a request's lead; the first of those who wait is next."""
        with self._lock:
            request.leads = False
            self._is_led = bool(self._waiting)
            if self._waiting:
                following = self._waiting.popleft()
                following.leads = True
                following.wake()

    def _leave(self, request: _Request[S]) -> None:
        """Let a request go whose caller was interrupted."""
        with self._lock:
            if request in self._waiting:
                self._waiting.remove(request)
        if request.leads:
            self._hand_over(request)
