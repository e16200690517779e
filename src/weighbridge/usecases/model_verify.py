"""`verify PATH --bundle FILE`: hold a model against what somebody signed (OpenSSF Model Signing).

The signature comes first: of a statement nobody signed, no word is believed. Then every file is
named that is missing, was changed, or that nobody signed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem
from weighbridge.model.verification import ModelSigner, ModelVerification, Problem
from weighbridge.probes.tree import WorkTree
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.oms.bundle import read_model_bundle
from weighbridge.seal.oms.judging import judge_certificates, judge_key
from weighbridge.seal.oms.manifest import read_manifest
from weighbridge.seal.oms.matching import (
    file_problems,
    note,
    path_problem,
    place_problem,
    unsigned_problem,
)
from weighbridge.seal.oms.names import LEFT_OUT, WHOLE
from weighbridge.seal.oms.refusal import RefusedError, UntrustedError
from weighbridge.seal.statement import StatementError
from weighbridge.usecases.model_files import find_files, read_files, record_places

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from weighbridge.model.ports import Progress
    from weighbridge.seal.oms.bundle import ModelBundle
    from weighbridge.seal.oms.keys import ModelKey
    from weighbridge.seal.oms.manifest import Manifest
    from weighbridge.seal.oms.matching import Seen
    from weighbridge.usecases.model_files import Found, Model, Readers

MOST_NAMED = 1_000
"""Files that are named one by one, of each kind."""

_FEW = 5
_HARMLESS = frozenset({".gitattributes", ".gitignore"})
"""What OMS leaves out and no program runs: no reason to refuse a model."""
_EMPTY = "it has no bytes: a bundle of byte ranges cannot sign it"
_PASSED = "nobody signed it: it was left out on purpose"
_NEVER = "nobody signed it: the format leaves it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signature counts.

    Attributes:
        key: The signer's key, if it is a bare one.
        certificates: Whose certificates are trusted, if it is none.
        at: The time certificates are judged at.
        clock: Whose time that is: `stated` or `now`.
    """

    key: ModelKey | None = None
    certificates: tuple[Certificate, ...] = ()
    at: datetime
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """What may lie in a model although nobody signed it.

    Attributes:
        own: Where in the model the bundle lies, if it lies in it.
        ignored: Paths, with all below them.
        unsigned: Whether any file may.
    """

    own: str | None = None
    ignored: tuple[str, ...] = ()
    unsigned: bool = False


def verify_model(
    model: Model,
    bundle: bytes,
    *,
    trust: Trust,
    leniency: Leniency,
    readers: Readers,
    progress: Progress,
) -> ModelVerification:
    """Verify a model against a bundle.

    Args:
        model: The model.
        bundle: The bundle's bytes.
        trust: Whose signature counts.
        leniency: What may lie there unsigned.
        readers: Makes who reads files, by the digest.
        progress: Who watches.
    """
    nothing = ModelVerification(name=model.shown)
    try:
        read = read_model_bundle(bundle)
        signer = _signer(read, trust)
        if isinstance(signer, list):
            return replace(nothing, problems=tuple(signer))
        manifest = read_manifest(read.payload)
    except (EnvelopeError, StatementError) as error:
        return replace(nothing, problems=(_unsigned_bundle(str(error)),))
    weighing = _Weighing(
        model=model, manifest=manifest, leniency=leniency, readers=readers, progress=progress
    )
    weighing.weigh()
    return ModelVerification(
        name=model.shown,
        digest=manifest.root,
        problems=tuple(weighing.problems),
        ignored=tuple(weighing.ignored),
        signer=signer,
        files=len(manifest.files),
    )


def _signer(bundle: ModelBundle, trust: Trust) -> ModelSigner | list[Problem]:
    """Find whose signature a bundle holds, or why it does not count."""
    at = f"{trust.at:%Y-%m-%dT%H:%M:%SZ}"
    try:
        if trust.key is not None:
            return judge_key(bundle, trust.key)
        signer = judge_certificates(bundle, trust.certificates, at=trust.at)
    except RefusedError as error:
        help_ = "ask the signer for his key or certificate, by another way than the model's"
        return [_untrusted(str(error), "", help_)]
    except UntrustedError as error:
        when = f"judged at {at} ({'--at' if trust.clock == 'stated' else 'now'})"
        help_ = "name the certificates you trust with --certificate-chain"
        return [_untrusted(reason, when, help_) for reason in error.reasons]
    return replace(signer, at=at, clock=trust.clock)


@dataclass(slots=True, kw_only=True)
class _Weighing:
    """A model on its way: what does not hold so far, and what was passed over."""

    model: Model
    manifest: Manifest
    leniency: Leniency
    readers: Readers
    progress: Progress
    problems: list[Problem] = field(default_factory=list)
    ignored: list[Problem] = field(default_factory=list)

    def weigh(self) -> None:
        """Hold all files against what was signed."""
        if self.model.file:
            self._weigh_file()
            return
        signer_left_out = set(self.manifest.method.ignore_paths) - {*LEFT_OUT}
        own = () if self.leniency.own is None else (self.leniency.own,)
        found = find_files(
            self.model,
            follow=self.manifest.method.allow_symlinks,
            ignored=(*self.leniency.ignored, *signer_left_out, *own),
        )
        self._signed(found)
        self._unsigned(found)
        self._places(found)
        self.ignored += [path_problem(one) for one in found.notes]

    def _weigh_file(self) -> None:
        """Hold a model that is one file against what was signed."""
        (path, *others) = self.manifest.files
        if others or path not in {WHOLE, self.model.file}:
            names = ", ".join(sorted(self.manifest.files)[:_FEW])
            help_ = ("name the model's folder", "or give the file its own name again")
            self.problems.append(
                Problem(
                    code="INT002",
                    subject=self.model.shown,
                    message="the bundle does not sign a file of this name alone",
                    seen=self.model.file,
                    wanted=names,
                    remediation=help_,
                )
            )
        elif self.model.is_link and not self.manifest.method.allow_symlinks:
            self.problems.append(path_problem(PathProblem(path=self.model.shown, kind="link")))
        else:
            self.problems += file_problems(self.manifest, self._read([path]))

    def _signed(self, found: Found) -> None:
        """Name what was signed and is not there as it was; it may be left out by nobody."""
        there = {*found.paths, *found.ignored, *chain.from_iterable(found.places.values())}
        seen = self._read([path for path in self.manifest.files if path in there])
        for one in found.problems:
            if one.kind == "collision" or not self._is_signed(one.path):
                continue
            seen[one.path] = one
        self.problems += file_problems(self.manifest, seen)

    def _read(self, paths: list[str]) -> dict[str, Seen]:
        return read_files(
            self.model,
            paths,
            self.manifest.method,
            readers=self.readers,
            progress=self.progress,
            sizes=self.manifest.sizes,
        )

    def _unsigned(self, found: Found) -> None:
        """Name what nobody signed."""
        extra = [path for path in found.paths if not self._is_signed(path)]
        if self.manifest.method.shard_size:
            sizes = WorkTree(self.model.root)
            empty = [path for path in extra if sizes.locate(path).size == 0]
            extra = sorted({*extra} - {*empty})
            self.ignored += _named([note(path, _EMPTY) for path in empty])
        unsigned = _named([unsigned_problem(path) for path in extra])
        unsigned += [
            path_problem(one)
            for one in found.problems
            if one.kind != "collision" and not self._is_signed(one.path)
        ]
        (self.ignored if self.leniency.unsigned else self.problems).extend(unsigned)
        self.problems += [path_problem(one) for one in found.problems if one.kind == "collision"]
        passed = [path for path in found.ignored if not self._is_signed(path)]
        self.ignored += _named(
            [note(path, _PASSED) for path in passed if path != self.leniency.own]
        )

    def _places(self, found: Found) -> None:
        """Name what lies where OMS does not look, unless the signer recorded it."""
        places = {
            place: extra
            for place, paths in found.places.items()
            if (extra := [path for path in paths if not self._is_signed(path)])
        }
        wanted = self.manifest.record
        record = record_places(self.model, found, self.readers) if wanted else {}
        for place, paths in places.items():
            if place in wanted and record.get(place) == wanted[place]:
                continue
            if place in _HARMLESS and paths == [place] and place not in wanted:
                self.ignored.append(note(place, _NEVER))
                continue
            problem = place_problem(place, paths, recorded=place in wanted)
            (self.ignored if self.leniency.unsigned else self.problems).append(problem)

    def _is_signed(self, path: str) -> bool:
        return path in self.manifest.files


def _named(problems: list[Problem]) -> list[Problem]:
    """Keep so many that all can be read, and count the others."""
    if len(problems) <= MOST_NAMED:
        return problems
    first = problems[MOST_NAMED]
    rest = len(problems) - MOST_NAMED
    return [
        *problems[:MOST_NAMED],
        replace(first, subject=f"{first.subject} and {rest - 1} more", remediation=()),
    ]


def _unsigned_bundle(reason: str) -> Problem:
    help_ = ("get the bundle from the signer again",)
    return Problem(code="INT005", subject="bundle", message=reason, remediation=help_)


def _untrusted(reason: str, seen: str, remedy: str) -> Problem:
    return Problem(
        code="INT006", subject="bundle", message=reason, seen=seen, remediation=(remedy,)
    )
