"""What an evidence pack tells, and what verifying one found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision
    from weighbridge.model.unverified import Unverified
    from weighbridge.model.verification import Cosigner, LogState, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Something somebody signed.

    Attributes:
        entry: Its entry in the ledger.
        at: The ledger's time of it.
        person: Who signed it.
        roles: The roles of his key.
        what: A predicate type, what was done (`approve`), or what was changed (`key.trust`).
        about: What it is about: a release digest, or the subject of a change.
        reason: Why, if he said so.
        bundle: Digest of the signed bundle.
        held_by: Origin of the server that signed in the person's name; empty if he did himself.
    """

    entry: int
    at: str
    person: str
    roles: tuple[str, ...]
    what: str
    about: str
    reason: str = ""
    bundle: str = ""
    held_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who released what, where, when, on which evidence.

    Attributes:
        decision: The gate's decision, made again.
        mode: `enforce`, `observe` if an unmet policy did not block, or `break-glass`.
        decided: Who asked for the decision and signed it.
        generation: Which move of the environment's pointer it was.
        previous: Release digest the environment pointed to before, or empty.
        evidence: What was signed about the release, or counts for it.
        acts: Approvals, rejections and the like, in the order of the ledger.
        control: Whom and what owners had agreed to trust, in the order of the ledger.
        log: The state of the ledger that proves it all.
        witnesses: Who cosigned that state, of those whom owners trusted as witnesses by then.
        unverified: What was found wrong with the release since, as far as the pack tells, and was
            not found in order again; None if nothing was.
    """

    decision: Decision
    mode: str
    decided: Word
    generation: int
    previous: str
    evidence: tuple[Word, ...]
    acts: tuple[Word, ...]
    control: tuple[Word, ...]
    log: LogState
    witnesses: tuple[Cosigner, ...] = ()
    unverified: Unverified | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackVerification:
    """The outcome of verifying a pack.

    Attributes:
        problems: What does not hold; empty if it verified.
        told: What it tells; None if there is nothing in it to believe.
        cosigners: Which witnesses cosigned its checkpoint.
        undone: Why the decision could not be made again, though all else holds; empty if it was.
    """

    problems: tuple[Problem, ...]
    told: Told | None = None
    cosigners: tuple[Cosigner, ...] = ()
    undone: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything in it holds."""
        return not self.problems and not self.undone and self.told is not None

    @property
    def verdict(self) -> str:
        """Say `pass`, `inconclusive` or `fail`."""
        if self.undone and not self.problems and self.told is not None:
            return "inconclusive"
        return "pass" if self.ok else "fail"
