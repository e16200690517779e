"""Policies for people and programs: what they demand, and whether their examples hold."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.outline import outline
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.policy.results import ExampleResult


def render_results(name: str, results: Sequence[ExampleResult], *, styled: bool = False) -> str:
    """Write what came of every example, a heading a condition, and one last line.

    Args:
        name: Name and version of the policy.
        results: The results, those of one condition together.
        styled: Whether a terminal that shows colour looks on.
    """
    lines = [
        line
        for _, examples in groupby(results, key=lambda found: (found.origin, found.condition))
        for line in _condition(list(examples), styled=styled)
    ]
    return (
        "\n".join([*lines, f"{_verdict(results, styled=styled)}: {visible(name)}, {_sum(results)}"])
        + "\n"
    )


def _verdict(results: Sequence[ExampleResult], *, styled: bool) -> str:
    if all(found.ok for found in results):
        return paint("pass", "good", styled=styled)
    return paint("fail", "error", styled=styled)


def _sum(results: Sequence[ExampleResult]) -> str:
    right = sum(found.ok for found in results)
    return f"{right} of {plural(len(results), 'example')} as they should be"


def _condition(examples: Sequence[ExampleResult], *, styled: bool) -> Iterator[str]:
    first = examples[0]
    heading = paint(visible(f"{first.origin}/{first.condition}"), "strong", styled=styled)
    yield f"{heading}  {visible(first.title)}"
    for found in examples:
        mark = (
            paint("ok", "good", styled=styled) if found.ok else paint("NO", "error", styled=styled)
        )
        yield f"  {mark}  {found.wanted} {found.number}: {visible(found.why)}"
        if not found.ok:
            arrow = paint("-->", "gutter", styled=styled)
            yield f"      {arrow} {visible(str(found.location))}"


def results_json(name: str, results: Sequence[ExampleResult]) -> dict[str, object]:
    """Turn what came of every example into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": all(found.ok for found in results),
        "policy": name,
        "examples": [
            {
                "condition": found.condition,
                "origin": found.origin,
                "wanted": found.wanted,
                "number": found.number,
                "ok": found.ok,
                "why": found.why,
                "location": {
                    "file": found.location.file,
                    "line": found.location.line,
                    "column": found.location.column,
                    "pointer": found.location.pointer,
                },
            }
            for found in results
        ],
    }


def render_bundle(bundle: Mapping[str, Any], *, digest: str, styled: bool = False) -> str:
    """Write a policy bundle as an outline, without the examples of its conditions.

    Args:
        bundle: The bundle, plain values.
        digest: Its digest.
        styled: Whether a terminal that shows colour looks on.
    """
    policy = bundle["policy"]
    metadata, spec = policy["metadata"], dict(policy["spec"])
    own = spec.pop("conditions", [])
    conditions = [(metadata["name"], condition) for condition in own]
    for origin, included in bundle["included"].items():
        conditions += [(origin, condition) for condition in included["spec"].get("conditions", [])]
    rules = bundle["rules"]
    sections: dict[str, Any] = {
        "owner": metadata["owner"],
        "rules": [f"{rules['name']} {rules['version']}", ", ".join(rules["codes"])],
        **{key: value for key, value in spec.items() if key not in {"include", "ruleSet"}},
        "conditions": [_shown(origin, condition) for origin, condition in conditions],
        "data": bundle["data"],
    }
    heading = f"{metadata['name']}@{metadata['version']}"
    lines = [paint(visible(heading), "strong", styled=styled), digest, ""]
    for title, section in sections.items():
        if section:
            lines.append(paint(title, "strong", styled=styled))
            lines.extend(outline(section, "  "))
    return "\n".join(lines) + "\n"


def _shown(origin: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    """Head a condition by its name; its examples are for `policy test`."""
    rest = {key: value for key, value in condition.items() if key not in {"id", "title", "tests"}}
    return {"name": f"{origin}/{condition['id']}", "title": condition["title"], **rest}


def bundle_json(bundle: Mapping[str, Any], *, digest: str) -> dict[str, object]:
    """Turn a policy bundle into the shape of `policy show`."""
    return {"schemaVersion": SCHEMA_VERSION, "digest": digest, "bundle": dict(bundle)}


def policies_json(
    published: Mapping[str, str], shipped: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """Turn the list of published and of shipped policies into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "policies": [{"policy": name, "digest": digest} for name, digest in published.items()],
        "shipped": [{"policy": one, "title": title} for one, title in shipped],
    }


def render_policies(published: Mapping[str, str], shipped: Iterable[tuple[str, str]] = ()) -> str:
    """Write the list of published and of shipped policies, a line a policy."""
    lines = [f"{digest}  {visible(name)}\n" for name, digest in published.items()]
    return "".join([*lines, *(f"{name}  {title}\n" for name, title in shipped)])
