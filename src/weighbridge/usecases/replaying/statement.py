"""A replay as a statement about the release that was made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.codec.output_verdicts import output_entries
from weighbridge.codec.sections import depended_sections
from weighbridge.model.errors import UsageError
from weighbridge.model.predicates import OURS, REPLAY
from weighbridge.model.replay import OutputVerdict
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.replaying.records import digests_of

if TYPE_CHECKING:
    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.replayed_build import Guilty, Replay
    from weighbridge.usecases.references import Named

_SECTIONS = ("source", "build", "environment", "dependencies", "artifacts")
"""What a release is made from, and what came of it."""


def refuse_other_outputs(named: Named, record: BuildRecord) -> None:
    """Refuse to say of a release what was seen of other files.

    Raises:
        UsageError: An output of the build is no file of the release.
    """
    known = digests_of(named)
    foreign = [one.path for one in record.outputs if one.digest not in known]
    if foreign:
        raise UsageError(
            f"{foreign[0]}, as this build made it, is no file of the release",
            seen=", ".join(foreign),
            wanted="outputs whose digests stand in the sealed manifest",
            help=["name the record of the build that made the release: --record FILE"],
        )


def replay_statement(named: Named, done: Replay) -> bytes:
    """Write a replay as what is signed.

    Args:
        named: The sealed release.
        done: What came of it.
    """
    sections = depended_sections(json.loads(named.document.text))
    said: dict[str, Any] = {
        "causes": [_cause(one) for one in done.guilty],
        "dependsOn": {name: sections[name] for name in _SECTIONS},
        "factors": factor_entries(done),
        "guilty": [one.name for one in done.guilty],
        "outputs": output_entries(done.outputs),
        "record": done.record,
        "undecided": list(done.undecided),
        "verdict": done.verdict,
    }
    if done.intermediates:
        said["intermediates"] = output_entries(done.intermediates)
    metadata = named.release.metadata
    subject = (f"{metadata.name}@{metadata.version}", str(named.digest))
    return write_statement(Statement(REPLAY, subjects=(subject,), predicate={OURS: said}))


def _cause(one: Guilty) -> dict[str, Any]:
    """Write what the outputs depend on, with the first difference that shows it."""
    verdict = OutputVerdict(path=one.path, verdict="different", difference=one.difference)
    (entry,) = output_entries([verdict])
    told = {"name": one.name, "path": one.path, "difference": entry["difference"]}
    return {**told, "failed": one.failed} if one.failed else told


def factor_entries(done: Replay) -> list[dict[str, str]]:
    """Write each factor that was changed, and whether that arrived."""
    return [{"name": one.name.value, "canary": one.canary} for one in done.factors]
