"""Read damaged files within narrow limits: `python -m tests.endurance.fuzzing ROUNDS SEED MIB`.

Ends with 1 and a traceback over an error nobody caught, a reader that asks for more than its
budgets allow, memory beyond MIB, or a file that is called clean and was not read to its end.
"""

from __future__ import annotations

import random
import resource
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.endurance.mutations import damaged
from tests.formats.samples import sniffed
from tests.formats.test_laws import SAMPLES, reader_of, whole
from weighbridge.formats.drive import Memory, serve
from weighbridge.formats.registry import reader
from weighbridge.model.fact import Facts, ObservedFile
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.scan import Coverage, ScannedFile
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.engine import judge

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.model.structure import Structure

LIMITS = replace(DEFAULT_LIMITS, inflated=1 << 20, opcodes=10_000, reread=8 << 20, entries=10_000)
REQUESTS = 100_000
"""What no file of 64 KiB needs: a reader that asks more often does not come to an end."""
LOOSE = [rule for rule in RULES if rule.loose]
DIGEST = "sha256:" + "0" * 64


class Counted(Memory):
    """Bytes in memory, for a reader that may not ask for ever."""

    def __init__(self, data: bytes) -> None:
        """Serve them."""
        super().__init__(data, limits=LIMITS)
        self.requests = 0

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer from the bytes, and count."""
        self.requests += 1
        if self.requests > REQUESTS:
            raise AssertionError(f"a reader made more than {REQUESTS} requests")
        return (yield from super().answer(request))


def understood(name: str, data: bytes) -> Structure:
    """Read bytes as a format."""
    served = serve(reader(name, len(data), limits=LIMITS), Counted(data))
    try:
        next(served)
    except StopIteration as done:
        found: Structure = done.value
        return found
    raise AssertionError("memory answers every request itself")


def verdict(found: Structure, size: int) -> str:
    """Judge what was read as a loose file, by every rule for such."""
    file = ObservedFile(path="model.bin", size=size, digest=DIGEST, structure=found)
    judged = judge(LOOSE, Facts(files={"model.bin": file}))
    return ScannedFile(
        path="model.bin",
        format=found.format,
        size=size,
        digest=DIGEST,
        status=found.status,
        coverage=Coverage(bytes=found.coverage, total=size),
        findings=judged.findings,
    ).verdict


def fuzz(rounds: int, seed: int = 7) -> dict[str, int]:
    """Read damaged samples; return how many had each verdict."""
    source = random.Random(seed)  # noqa: S311 - the same files in every run
    samples = sorted(SAMPLES)
    verdicts = dict.fromkeys(("clean", "needs-review", "malicious"), 0)
    for number in range(rounds):
        sample = source.choice(samples)
        data = damaged(SAMPLES[sample], source)
        # By its content as a scan does it, as what it was, and as what it never was.
        name = (sniffed(data), reader_of(sample), reader_of(source.choice(samples)))[number % 3]
        found = understood(name or reader_of(sample), data)
        whole(found)
        said = verdict(found, len(data))
        assert said != "clean" or found.coverage == len(data), (sample, number)
        verdicts[said] += 1
    return verdicts


def main(rounds: int, seed: int, memory: int) -> None:
    """Fuzz in a process that may have only so many MiB of address space."""
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    fuzz(rounds, seed)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
