"""Rules and errors: which there are, and what each means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked

_PASSES: Final = {
    "INT": "integrity",
    "DEP": "dependencies",
    "CMP": "compatibility",
    "REP": "reproducibility",
    "SEC": "security",
    "CFG": "configuration",
    "GOV": "governance",
}
"""Which pass a code is of, by the letters it begins with."""
_ORGANISATION: Final = "organisation"
"""What the rules of rule packs are shown under."""
_ERRORS: Final = "WB"


def found(asked: Asked) -> dict[str, Any]:
    """List rules: of this version and of published rule packs, those that are asked for."""
    from weighbridge.report.rules import rules_json  # noqa: PLC0415 - late, as what judges is
    from weighbridge.usecases.rule_texts import own_rules, published_rules  # noqa: PLC0415

    every: Any = rules_json(own_rules(), published_rules(asked.registry))
    rules = [
        {"retired": None, **one, "pack": "", "pass": _pass_of(one["code"])}
        for one in every["rules"]
    ]
    rules += [
        {
            "retired": None,
            **one,
            "pack": f"{pack['name']}@{pack['version']}",
            "pass": _ORGANISATION,
        }
        for pack in every["rulePacks"]
        for one in pack["rules"]
    ]
    wanted = {name: asked.query.get(name, "") for name in ("pass", "severity")}
    words = asked.query.get("q", "").casefold().split()
    return {
        "schemaVersion": 1,
        "asked": {**wanted, "q": asked.query.get("q", "")},
        "passes": [*_PASSES.values(), _ORGANISATION],
        "severities": ["error", "warning", "note"],
        "count": len(rules),
        "rules": [
            one
            for one in rules
            if all(value in {"", one[name]} for name, value in wanted.items())
            and all(word in _text(one) for word in words)
        ],
    }


def _pass_of(code: str) -> str:
    return _PASSES.get(code[:3], _ORGANISATION)


def _text(rule: dict[str, Any]) -> str:
    words = (rule[name] for name in ("code", "name", "summary", "pack"))
    return " ".join(words).casefold()


def explained(asked: Asked) -> dict[str, Any]:
    """Tell what a rule or an error means.

    Raises:
        NotFoundError: There is none of that code.
    """
    from weighbridge.model.authoring.rule_codes import is_code  # noqa: PLC0415 - late, likewise
    from weighbridge.model.errors import NotFoundError, UsageError  # noqa: PLC0415
    from weighbridge.usecases.explain import explain_code  # noqa: PLC0415
    from weighbridge.usecases.rule_packs.named import published_told  # noqa: PLC0415

    code = asked.names["code"].upper()
    if not is_code(code):
        raise NotFoundError("this is no code of a rule or an error", wanted="such as INT001")
    try:
        meaning = explain_code(code, lambda: published_told(asked.registry))
    except UsageError as error:
        raise NotFoundError(str(error), help=error.faults[0].help) from error
    summary, _, text = meaning.meaning.partition("\n\n")
    is_error = meaning.code.startswith(_ERRORS)
    return {
        "schemaVersion": 1,
        **meaning.facts(),
        "pack": meaning.pack,
        "kind": "error" if is_error else "rule",
        "pass": "" if is_error else _pass_of(meaning.code),
        "summary": " ".join(summary.split()),
        "text": text,
    }


PARTS = Parts(
    pages=(
        Page(
            path="/rules",
            template="rules.html",
            view=found,
            docs="how-to/choose-rules.md",
            tab="Rule catalogue",
        ),
        Page(
            path="/rules/{code}",
            template="rule.html",
            view=explained,
            docs="how-to/fix-findings.md",
            tab="Rule catalogue",
        ),
    ),
)
