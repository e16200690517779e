"""What OPA or Conftest said of a release, to in-toto's test result.

Their own policies are run by whoever has them, over the sealed manifest; here is read what was
printed. Nothing that was not decided passes: a rule that is undefined prints nothing in Rego, and
a run in which no rule fired either way looks like one in which all did.

Conftest: `conftest test --output json`. OPA: `opa eval --format json 'data.NAME.deny'`, where a
collection (`deny`, `violation`, `warn`) passes if it is empty, and `allow` if it is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from weighbridge.model.predicates import OURS

CONFTEST: Final = "conftest"
OPA: Final = "opa"
TOOLS: Final = (CONFTEST, OPA)
MOST: Final = 10_000
"""Files, expressions or messages of a document, at most."""
LISTED: Final = 1_000
"""Messages that are listed of those that failed, and as many of the warnings."""
LONGEST: Final = 500
"""Characters of a message."""

_DENYING: Final = frozenset({"deny", "denied", "violation", "violations"})
_WARNING: Final = frozenset({"warn", "warning", "warnings"})
_ALLOWING: Final = frozenset({"allow", "allowed"})
_FILE: Final = frozenset({"filename", "namespace"})


class RegoError(ValueError):
    """A document is none of these, or says nothing that was decided."""


@dataclass(slots=True)
class _Run:
    """What was counted."""

    tool: str
    names: set[str] = field(default_factory=set)
    passed: int = 0
    excepted: int = 0
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


def is_rego(tree: object) -> bool:
    """Tell whether a document is what one of them prints."""
    if isinstance(tree, list):
        return bool(tree) and all(isinstance(one, dict) and one.keys() >= _FILE for one in tree)
    if not isinstance(tree, dict):
        return False
    found = tree.get("result")
    return isinstance(found, list) and tree.keys() <= {"result", "metrics", "explanation"}


def read_rego(tree: object, data: bytes) -> dict[str, Any]:
    """Read a document into the predicate of a test result.

    Args:
        tree: The document, read.
        data: Its bytes.

    Raises:
        RegoError: It is none, or nothing in it was decided.
    """
    run = _conftest(tree) if isinstance(tree, list) else _opa(tree)
    if not run.passed and not run.failed and not run.warned:
        raise RegoError("nothing was decided: no rule passed, failed or warned")
    unlisted = sum(max(0, len(names) - LISTED) for names in (run.failed, run.warned))
    return {
        "configuration": [],
        "failedTests": run.failed[:LISTED],
        "result": "FAILED" if run.failed else "WARNED" if run.warned else "PASSED",
        "warnedTests": run.warned[:LISTED],
        OURS: {
            "rego": {
                "digest": f"sha256:{sha256(data).hexdigest()}",
                "exceptions": run.excepted,
                "failures": len(run.failed),
                "names": sorted(run.names),
                "passed": run.passed,
                "tool": run.tool,
                "warnings": len(run.warned),
                **({"unlisted": unlisted} if unlisted else {}),
            }
        },
    }


def _conftest(files: list[Any]) -> _Run:
    run = _Run(CONFTEST)
    if len(files) > MOST:
        raise RegoError(f"it is about more than {MOST:,} files")
    for one in files:
        namespace = one["namespace"]
        if not isinstance(namespace, str) or not namespace:
            raise RegoError("it does not say under which namespace")
        run.names.add(namespace[:LONGEST])
        passed = one.get("successes", 0)
        if type(passed) is not int or not 0 <= passed < 1 << 53:
            raise RegoError("its successes are no number")
        run.passed += passed
        run.failed += _messages(one.get("failures"), namespace)
        run.warned += _messages(one.get("warnings"), namespace)
        run.excepted += len(_messages(one.get("exceptions"), namespace))
    return run


def _opa(tree: Any) -> _Run:
    run = _Run(OPA)
    results = tree["result"]
    if not results or len(results) > MOST:
        raise RegoError("nothing was decided: the rule is undefined")
    for result in results:
        expressions = result.get("expressions") if isinstance(result, dict) else None
        if not isinstance(expressions, list) or not 0 < len(expressions) <= MOST:
            raise RegoError("a result has no expressions")
        for one in expressions:
            _judge(run, one)
    return run


def _judge(run: _Run, expression: Any) -> None:
    """Count one expression, by what it is called and what it gave."""
    name = expression.get("text") if isinstance(expression, dict) else None
    if not isinstance(name, str) or "value" not in expression:
        raise RegoError("an expression has no text or no value")
    rule, value = name.rpartition(".")[2], expression["value"]
    run.names.add(name[:LONGEST])
    if rule in _ALLOWING and isinstance(value, bool):
        found = [] if value else [f"{name} is false"]
    elif rule in _DENYING | _WARNING and isinstance(value, bool):
        found = [f"{name} is true"] if value else []
    elif rule in _DENYING | _WARNING and isinstance(value, list | dict):
        found = _messages(list(value) if isinstance(value, dict) else value, name)
    else:
        wanted = ", ".join(sorted(_ALLOWING | _DENYING | _WARNING))
        raise RegoError(f"what {name[:80]!r} gives has no meaning here: ask for one of {wanted}")
    if rule in _WARNING:
        run.warned += found
    else:
        run.failed += found
    run.passed += not found


def _messages(found: object, name: str) -> list[str]:
    """List messages, each with what it is of; one that says nothing counts all the same."""
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > MOST:
        raise RegoError(f"the messages of {name[:80]} are no list, or more than {MOST:,}")
    return [f"{name}: {_text(one)}"[:LONGEST] for one in found]


def _text(found: object) -> str:
    said = found.get("msg", found.get("message")) if isinstance(found, dict) else found
    return said if isinstance(said, str) and said else "(no message)"
