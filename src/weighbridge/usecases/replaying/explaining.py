"""`replay REF --explain`: somebody says why a replay differs, and by how much it may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.gate.kinds import ours
from weighbridge.gate.replays import Differing, differences, fits
from weighbridge.model.errors import UsageError
from weighbridge.model.predicates import EXPLANATION, REPLAY
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.believed import believe
from weighbridge.usecases.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.ports import Registry
    from weighbridge.usecases.references import Named

_HELP = ("weighbridge replay REF --sign --key NAME", "then explain what differs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What somebody says of a difference.

    Attributes:
        path: The output that differs; empty if only a factor is named.
        tensor: The first tensor that differs; empty if it is none.
        factor: What the outputs depend on; empty if they differ from the record.
        why: Why that is harmless.
        bound: The largest difference of two numbers there may be, as decimal text; empty where
            what differs is no number.
    """

    path: str
    tensor: str = ""
    factor: str = ""
    why: str
    bound: str = ""


def explanation_statement(
    named: Named, said: Explanation, *, registry: Registry, after: int
) -> bytes:
    """Write an explanation as what is signed.

    Args:
        named: The sealed release.
        said: The explanation.
        registry: The registry, with the replay that it explains.
        after: How many entries the log had.

    Raises:
        UsageError: The newest replay of the release found no such difference, or a larger one.
        OwnerlessError: The registry has no owners yet.
    """
    replayed = newest_replay(named, registry)
    if replayed is None:
        raise UsageError("no replay of this release was signed", help=_HELP)
    found = list(differences(ours(replayed), "bitwise"))
    about = [one for one in found if one.named == (said.factor, said.path)]
    if not about:
        raise UsageError(
            "the newest replay of this release found no such difference",
            seen="; ".join(_told(one) for one in found) or "no difference",
            wanted=f"a difference of {said.factor or said.path}",
            help=["name what it found: --explain PATH, and --factor for what it depends on"],
        )
    predicate = {
        "after": after,
        "bound": said.bound,
        "difference": about[0].what,
        "factor": said.factor,
        "path": said.path,
        "tensor": said.tensor,
        "why": said.why,
    }
    if not fits(about[0], predicate):
        raise UsageError(
            "the explanation does not fit what the newest replay found",
            seen=_told(about[0]),
            wanted=f"tensor {said.tensor or 'none'}, bound {said.bound or 'none'}",
            help=["name the tensor with --tensor, and what it may be off by with --bound"],
        )
    metadata = named.release.metadata
    subject = (f"{metadata.name}@{metadata.version}", str(named.digest))
    return write_statement(Statement(EXPLANATION, subjects=(subject,), predicate=predicate))


def newest_replay(named: Named, registry: Registry) -> Mapping[str, Any] | None:
    """Return what the newest replay of a release says that was signed; None if none was.

    Raises:
        OwnerlessError: The registry has no owners yet.
    """
    with registry.reading() as view:
        heard = Hearing(believe(view, log_key=registry.log_key), registry.blobs)
        said = [one for one in heard.evidence(str(named.digest)) if one.predicate_type == REPLAY]
    return said[-1].predicate if said else None


def _told(one: Differing) -> str:
    return f"{one.factor}: {one.seen}" if one.factor else one.seen
