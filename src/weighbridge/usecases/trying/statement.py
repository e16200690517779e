"""A trial as a statement about the release that was tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weighbridge.codec.sections import depended_sections
from weighbridge.gate.reuse import DEPENDS_ON
from weighbridge.model.finding import Verdict
from weighbridge.model.predicates import BEHAVIOUR, OURS
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.statements import subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weighbridge.model.trial import Trial
    from weighbridge.usecases.references import Named


def trial_statement(named: Named, trial: Trial, document: Mapping[str, Any]) -> bytes:
    """Write a trial as what is signed.

    What passed on a server is a warning: nobody here has seen the bytes it ran.

    Args:
        named: The sealed release.
        trial: What came of it.
        document: The same as `try --output-format json` writes it.
    """
    passed = [one.name for one in trial.results if one.verdict is Verdict.PASS]
    failed = [one.name for one in trial.results if one.verdict is not Verdict.PASS]
    good = "PASSED" if trial.local else "WARNED"
    sections = depended_sections(json.loads(named.document.text))
    inputs = [
        {"digest": {"sha256": digest.removeprefix("sha256:")}, "name": name}
        for name, digest in trial.inputs
    ]
    predicate = {
        "configuration": inputs,
        "failedTests": sorted(failed),
        "passedTests": sorted(passed) if trial.local else [],
        "result": good if trial.verdict is Verdict.PASS else "FAILED",
        "warnedTests": [] if trial.local else sorted(passed),
        OURS: {
            "dependsOn": {name: sections[name] for name in sorted(DEPENDS_ON[BEHAVIOUR])},
            "report": dict(document),
        },
    }
    return write_statement(Statement(BEHAVIOUR, subjects=(subject(named),), predicate=predicate))
