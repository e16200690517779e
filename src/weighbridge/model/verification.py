"""What verifying found: the `verify` shape, before anybody renders it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.ports import Held
    from weighbridge.model.unverified import Unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that does not hold.

    Attributes:
        code: The rule it breaks (`INT001`), or the error it is.
        subject: What it is about: a path, a digest, an entry of the ledger.
        message: One sentence, lower case, no full stop.
        seen: What is there.
        wanted: What should have been there.
        remediation: What to do, one step an entry.
    """

    code: str
    subject: str
    message: str
    seen: str = ""
    wanted: str = ""
    remediation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that counts.

    Attributes:
        person: Whose it is.
        roles: The roles of his key, sorted.
        key_digest: The key: sha256 of its SubjectPublicKeyInfo.
        at: The ledger's time of it.
        predicate_type: What he signed.
        entry: Its entry in the ledger.
        held_by: Origin of the server that signed in the person's name; empty if he did himself.
    """

    person: str
    roles: tuple[str, ...]
    key_digest: str
    at: str
    predicate_type: str
    entry: int
    held_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The outcome of verifying a release.

    Attributes:
        name: What it is called.
        digest: Its release digest.
        problems: What does not hold; empty if it verified.
        ignored: Signatures that do not count where enough others do, each with its reason.
        signatures: Signatures that count.
        inconclusive: Whether nothing is wrong but what cannot be told here: files are archived, or
            too few signatures count and one of the others cannot be judged.
        unverified: What the ledger says was wrong with it, and was not found in order since; None
            if nothing was. The gate lets it go nowhere, whatever is found here.
    """

    name: str
    digest: str
    problems: tuple[Problem, ...]
    ignored: tuple[Problem, ...] = ()
    signatures: tuple[Signature, ...] = ()
    inconclusive: bool = False
    unverified: Unverified | None = None

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for holds."""
        return not self.problems

    @property
    def verdict(self) -> str:
        """Say `pass`, `inconclusive` or `fail`."""
        if self.inconclusive:
            return "inconclusive"
        return "pass" if self.ok else "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSigner:
    """Who signed a model for others.

    Attributes:
        name: Whom the certificate names; empty for a bare key.
        key_digest: The key: sha256 of its SubjectPublicKeyInfo.
        path: Names from the signer's certificate to the trusted one; empty for a bare key.
        at: The time the certificates were judged at; empty for a bare key.
        clock: Whose time that is: `stated` or `now`.
    """

    name: str
    key_digest: str
    path: tuple[str, ...] = ()
    at: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerification:
    """The outcome of verifying a model against a bundle of somebody's.

    Attributes:
        name: What was verified, as it was named.
        digest: The root digest that was signed; empty if nothing was.
        problems: What does not hold; empty if it verified.
        ignored: What nobody signed and what was passed over all the same, each with its reason.
        signer: Whose signature it is; None if it is nobody's that counts.
        files: How many files were signed.
    """

    name: str
    digest: str = ""
    problems: tuple[Problem, ...] = ()
    ignored: tuple[Problem, ...] = ()
    signer: ModelSigner | None = None
    files: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for holds."""
        return self.signer is not None and not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """The state a log signed.

    Attributes:
        origin: Name of the log.
        size: Number of entries.
        root: Root hash (RFC 9162), 64 hexadecimal digits.
    """

    origin: str
    size: int
    root: str


class Wrong(StrEnum):
    """What a log did that none must do; the last cannot be proven to others."""

    FORK = "fork"
    REWRITE = "rewrite"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConflict:
    """Two states a log signed, of which the later does not follow the one that was kept.

    Attributes:
        wrong: What the log did.
        kept: The state somebody kept.
        later: The state he was shown later.
    """

    wrong: Wrong
    kept: LogState
    later: LogState

    @property
    def is_proven(self) -> bool:
        """Whether no honest log can have signed both."""
        return self.wrong is not Wrong.ROLLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A witness whose cosignature of a checkpoint counts.

    Attributes:
        name: What it calls itself.
        person: Who holds its key, by what owners said; empty if only a policy names it.
        key: Its key (signed-note verifier key).
        at: When it cosigned, by its own clock.
    """

    name: str
    person: str
    key: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The outcome of verifying a ledger.

    Attributes:
        log: What its key signed.
        problems: What does not hold; empty if it verified.
        deep: Whether the registry was compared with the ledger.
        cosigners: Who cosigned the checkpoint that was given.
        checkpoint: What its key signed, as it was read.
        conflict: That checkpoint and one that was kept, if the log has not grown from it: what
            there is to show others (`ledger.conflict`). Empty if it has, or nobody kept one.
    """

    log: LogState
    problems: tuple[Problem, ...]
    deep: bool = False
    cosigners: tuple[Cosigner, ...] = ()
    checkpoint: bytes = b""
    conflict: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCheck:
    """The outcome of reading every stored byte.

    Attributes:
        blobs: How many blobs were read.
        leftovers: What killed runs left behind; nobody relies on it.
        problems: What is damaged or missing.
        unread: Why blobs could not be read: nobody can say whether they are sound.
    """

    blobs: int
    leftovers: tuple[Held, ...]
    problems: tuple[Problem, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was cleared away, or would be.

    Attributes:
        kept: How many blobs are needed.
        young: How many are not, and were put too short a time ago to be removed.
        removed: Blobs nothing refers to.
        leftovers: What killed runs left behind.
        young_leftovers: How much there is that somebody may be writing just now.
    """

    kept: int
    young: int
    removed: tuple[Held, ...]
    leftovers: tuple[Held, ...]
    young_leftovers: int
