"""What a reader notes while it reads, and the structure it makes of its notes.

The notes are bounded: hostile bytes can hold a million faults, a report needs the first few.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.structure import (
    CodeUse,
    FileReference,
    GlobalUse,
    Problem,
    SecretUse,
    Status,
    Structure,
    TensorInfo,
)

if TYPE_CHECKING:
    from weighbridge.model.bill import Component

_PROBLEMS = 1_000
_CODE = 1_000

CORRUPT = "INT008"
RECORDED = "INT010"
ATTACK = "SEC002"
OUTSIDE = "SEC007"
HIDDEN = "SEC009"


@dataclass(slots=True, kw_only=True)
class Record:
    """The notes of one reader about one stretch of bytes.

    Attributes:
        format: Name of the format being read.
        size: Bytes of the stretch.
        version: Version of the format as the bytes state it.
        coverage: Bytes accounted for so far.
        reasons: Why the reading will not be complete.
        problems: Departures from the standard, the first thousand.
        globals: Globals a pickle would import.
        code: Other code the bytes hold or name; each once.
        secrets: Credentials in their texts.
        tensors: Named tensors.
        inputs: What the model takes.
        outputs: What the model answers.
        metadata: Facts of the format as text.
        references: Other files the bytes cannot be used without.
        components: What they list, if they are a bill of materials.
        members: Structures of nested members.
    """

    format: str
    size: int
    version: str = ""
    coverage: int = 0
    reasons: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    globals: list[GlobalUse] = field(default_factory=list)
    code: dict[CodeUse, None] = field(default_factory=dict)
    secrets: list[SecretUse] = field(default_factory=list)
    tensors: list[TensorInfo] = field(default_factory=list)
    inputs: list[TensorInfo] = field(default_factory=list)
    outputs: list[TensorInfo] = field(default_factory=list)
    metadata: list[tuple[str, str]] = field(default_factory=list)
    references: list[FileReference] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    members: list[Structure] = field(default_factory=list)

    def problem(self, code: str, message: str, offset: int, wanted: str = "") -> None:
        """Note a departure from the standard."""
        if len(self.problems) < _PROBLEMS:
            self.problems.append(Problem(code=code, message=message, offset=offset, wanted=wanted))
        else:
            self.unread(f"more than {_PROBLEMS} problems, the rest is not listed")

    def corrupt(self, message: str, offset: int, wanted: str = "") -> None:
        """Note that the bytes are not what the format says; the reading ends as `error`."""
        self.problem(CORRUPT, message, offset, wanted)

    def uses(self, use: CodeUse) -> None:
        """Note code; of more than a thousand nobody can say whether the rest is harmless."""
        if use in self.code or len(self.code) < _CODE:
            self.code[use] = None
        else:
            self.unread(f"it names more than {_CODE} pieces of code")

    def unread(self, reason: str) -> None:
        """Note why part of the bytes stays unjudged; the reading ends as `incomplete`."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def structure(self) -> Structure:
        """Conclude: `error` where the bytes are corrupt, `incomplete` where any stay unjudged."""
        uncovered = max(0, self.size - self.coverage)
        corrupt = [problem.message for problem in self.problems if problem.code == CORRUPT]
        unfinished = [
            f"{member.container} is {member.status}"
            for member in self.members
            if member.status != "complete"
        ]
        status: Status = "complete"
        if corrupt:
            status = "error"
        elif self.reasons or unfinished or uncovered:
            status = "incomplete"
        why = [*corrupt[:1], *self.reasons, *unfinished]
        if not why and uncovered:
            why = [f"{uncovered} bytes are not accounted for"]
        return Structure(
            format=self.format,
            status=status,
            reason=why[0] if why else "",
            version=self.version,
            size=self.size,
            coverage=min(self.coverage, self.size),
            problems=tuple(self.problems),
            globals=tuple(self.globals),
            code=tuple(self.code),
            secrets=tuple(self.secrets),
            tensors=tuple(self.tensors),
            inputs=tuple(self.inputs),
            outputs=tuple(self.outputs),
            metadata=tuple(self.metadata),
            references=tuple(self.references),
            components=tuple(self.components),
            members=tuple(self.members),
        )
