"""Having layers unfolded by another process, which what they hold may kill.

A layer that killed it is incomplete: its digest is known all the same, what it holds is not. The
next layer is given to a new one.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Protocol

import orjson

from weighbridge.model.limits import DEFAULT_PROCESS_LIMITS, ProcessLimits
from weighbridge.model.source import Closing
from weighbridge.probes.images.layer_words import LayerWords
from weighbridge.probes.reading.isolated import ending

if TYPE_CHECKING:
    from weighbridge.formats.image.layer import Layer
    from weighbridge.model.limits import ImageLimits
    from weighbridge.probes.images.layer_words import Order, Unfolded

_PROGRAM: Final = (sys.executable, "-P", "-m", "weighbridge.probes.images.layer_child")
_PIPE: Final = 1 << 20
_PIECE: Final = 1 << 16
_LENGTH: Final = 4
_END: Final = bytes(_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a layer.

    Attributes:
        layer: What it does, as far as it was said.
        unfolded: What it unfolds to; None if the process ended before.
        fault: Why it did; empty if it did not.
    """

    layer: Layer
    unfolded: Unfolded | None
    fault: str = ""


class Unfolder(Protocol):
    """Unfolds layers, one after the other."""

    def begin(self, order: Order) -> None:
        """Begin with a layer."""

    def push(self, raw: bytes) -> None:
        """Hand over its next bytes."""

    def finish(self) -> Told:
        """Say what came of it."""

    def close(self) -> None:
        """End what was started."""


class LayerProcess(Closing):
    """A process that unfolds layers; a new one where the last one died."""

    def __init__(
        self, limits: ImageLimits, size: int, process: ProcessLimits = DEFAULT_PROCESS_LIMITS
    ) -> None:
        """Start none before it is needed.

        Args:
            limits: Budgets of the image.
            size: Bytes of all layers it is to unfold.
            process: Budgets of the process.
        """
        self._limits = limits
        self._size = size
        self._allowed = process
        self._process: subprocess.Popen[bytes] | None = None
        self._words = LayerWords(limits)
        self._rest: list[bytes] = []
        self._kept = 0
        self._begun = ""
        self._fault = ""
        self._over = False

    def begin(self, order: Order) -> None:
        """Begin with a layer."""
        self._words = LayerWords(self._limits)
        self._fault, self._begun, self._over = "", "", False
        first = b""
        if self._process is None:
            try:
                self._process = _start()
            except OSError as error:
                self._fault = f"no process could be started to read it: {error.strerror or error}"
                return
            first = _line(
                {
                    "limits": asdict(self._limits),
                    "process": asdict(self._allowed),
                    "size": self._size,
                }
            )
        self._send(first + _line(asdict(order)))

    def push(self, raw: bytes) -> None:
        """Hand over its next bytes."""
        if not self._fault:
            self._send(len(raw).to_bytes(_LENGTH, "big"))
            self._send(raw)

    def finish(self) -> Told:
        """Say what came of it."""
        if not self._fault:
            self._send(_END)
        while not self._fault and not self._over:
            self._wait(b"")
        fault = self._fault
        if fault and self._begun:
            fault = f"{fault}, while {self._begun} was read"
        unfolded = None if fault else self._words.unfolded
        # Of a layer that was not read whole, nobody knows what it takes away.
        return Told(layer=self._words.layer, unfolded=unfolded, fault=fault)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with process:  # which closes the pipes, and waits
                process.kill()

    def _send(self, data: bytes) -> None:
        """Write bytes, and hear what is said meanwhile; a process that hears nothing is ended."""
        view = memoryview(data)
        while view and not self._fault:
            view = view[self._wait(view) :]

    def _wait(self, view: bytes | memoryview) -> int:
        """Write some of the bytes, or take in what was said; return how many were written."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise AssertionError("it was started with pipes")
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                if view:
                    selector.register(process.stdin, selectors.EVENT_WRITE)
                ready = selector.select(self._allowed.silence)
            if not ready:
                self._fail(f"the process that read it said nothing for {self._allowed.silence} s")
            said = any(key.fileobj is process.stdout for key, _ in ready)
            if said and not self._hear(os.read(process.stdout.fileno(), _PIECE)):
                self._fail(ending(process))
            if not said and ready:
                return os.write(process.stdin.fileno(), view)
        except BrokenPipeError:
            self._fail(ending(process))
        except (BlockingIOError, InterruptedError):
            return 0
        except (ValueError, TypeError):
            self._fail("the process that read it said what it should not")
        return 0

    def _hear(self, piece: bytes) -> bool:
        """Take in what was said; false if nothing ever will be.

        Raises:
            ValueError: It is none of what should be said.
        """
        *lines, rest = piece.split(b"\n")
        for line in lines:
            whole = b"".join([*self._rest, line])
            self._rest, self._kept = [], 0
            if whole.startswith(b'["begin",'):
                self._begun = str(orjson.loads(whole)[1])[:200]
            elif self._over or not self._words.take(whole):
                if self._over:
                    raise ValueError("a layer that is over")
                self._over = True
        self._rest.append(rest)
        self._kept += len(rest)
        if self._kept > self._allowed.message:
            raise ValueError(self._kept)
        return bool(piece)

    def _fail(self, why: str) -> None:
        self._fault = self._fault or why
        self._rest, self._kept = [], 0
        self.close()


def _start() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        _PROGRAM,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        pipesize=_PIPE,
        start_new_session=True,  # Ctrl-C is ours to handle
    )
    if process.stdin is not None:
        os.set_blocking(process.stdin.fileno(), False)
    return process


def _line(value: object) -> bytes:
    return orjson.dumps(value) + b"\n"
