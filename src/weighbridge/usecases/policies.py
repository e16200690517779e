"""Policies on their way to be published: read with all they refer to, compiled, tried."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.bundle import make_bundle, read_collection
from weighbridge.codec.placing import place_in_text
from weighbridge.codec.validating import read_authored
from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.examples import try_example
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.policy import BASELINE, COMPLETE, STANDARD, PromotionPolicy
from weighbridge.model.policy.bundle import BundleLimits, DemandedRules
from weighbridge.model.policy.expressions import expressions
from weighbridge.model.policy.results import ExampleResult
from weighbridge.rules.catalogue import RULES
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.documents import read_named, shown_as
from weighbridge.usecases.programs import compiler_for, program_of
from weighbridge.usecases.published import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.gate.program import Languages, Program
    from weighbridge.model.document import Document
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.conditions import Condition, Example
    from weighbridge.model.policy.expressions import Located
    from weighbridge.model.policy.results import Wanted
    from weighbridge.model.report import RuleSet

POLICY = "policy.yaml"
_LINE = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A policy as somebody wrote it.

    Attributes:
        policy: The policy.
        document: Its text and places.
    """

    policy: PromotionPolicy
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy that was read with everything it refers to.

    Attributes:
        bundle: What is published of it.
        own: The policy as it was written.
        included: The policies whose conditions it includes, as they were written.
    """

    bundle: PolicyBundle
    own: Source
    included: tuple[Source, ...] = ()

    @property
    def document(self) -> Document:
        """The document it was read from."""
        return self.own.document

    @property
    def file(self) -> str:
        """The file it was read from, as messages name it."""
        return self.own.document.file

    @property
    def name(self) -> str:
        """Its name and version: `name@version`."""
        return name_of(self.bundle)


def load_policy(path: Path, *, rule_set: RuleSet, start: Path | None = None) -> LoadedPolicy:
    """Read a policy and resolve what it refers to; nothing is compiled yet.

    Args:
        path: A folder with `policy.yaml` and, if it has data, `data/NAME.json`; or a policy file,
            which has none.
        rule_set: The rules of this version, which `standard` and `complete` stand for.
        start: The folder messages write paths relative to.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: With every fault of the policy, of what it refers to and of its data.
    """
    is_folder = os.path.isdir(path)  # noqa: PTH112 - unlike pathlib's, never raises
    file = path / POLICY if is_folder else path
    policy, document = read_guarded(
        read_named(file, start=start), shown_as(file, start), PromotionPolicy
    )
    shipped = _baseline()
    bundle = make_bundle(
        policy,
        document,
        data=_data(path / "data", start) if is_folder else {},
        collections=[shipped.policy],
        rule_sets=rule_sets(rule_set),
    )
    included = (shipped,) if BASELINE in bundle.included else ()
    return LoadedPolicy(bundle=bundle, own=Source(policy, document), included=included)


def rule_sets(rule_set: RuleSet) -> list[DemandedRules]:
    """Name what `ruleSet` can demand: the rules that need the release alone, and all of them."""
    alone = tuple(sorted(rule.code for rule in RULES if not rule.needs_data))
    every = tuple(sorted(rule.code for rule in RULES))
    return [
        DemandedRules(name=STANDARD, rule_set=rule_set, codes=alone),
        DemandedRules(name=COMPLETE, rule_set=rule_set, codes=every),
    ]


def _baseline() -> Source:
    shipped = resources.files("weighbridge.model.policy") / f"{BASELINE}.yaml"
    data, file = shipped.read_bytes(), shipped.name
    return Source(read_collection(data, file), read_authored(data, file, PromotionPolicy)[1])


def _data(folder: Path, start: Path | None) -> dict[str, bytes]:
    """Read `NAME.json` of a folder, as far as the budget of a policy's data goes."""
    limits = BundleLimits()
    left = limits.data
    found: dict[str, bytes] = {}
    for file in sorted(folder.glob("*.json"))[: limits.files + 1]:
        found[file.stem] = read_named(file, start=start, limit=left)
        left = max(left - len(found[file.stem]), 0)
    return found


def compile_policy(loaded: LoadedPolicy) -> Program:
    """Compile every expression of a policy and of what it includes.

    Raises:
        DocumentError: With every expression that speaks of what there is not or is none, at the
            place in the file.
    """
    compiler = compiler_for(loaded.bundle)
    found = [
        fault
        for source in (loaded.own, *loaded.included)
        for located in expressions(source.policy)
        if (fault := expression_fault(source.document, located, compiler)) is not None
    ]
    if found:
        raise DocumentError.from_faults(found)
    return program_of(loaded.bundle)


def expression_fault(document: Document, located: Located, compiler: Languages) -> Fault | None:
    """Say why an expression cannot be compiled, at its place in the file; None if it can."""
    try:
        compiler.compile(located)
    except ExpressionError as error:
        seen = located.source.split("\n")[error.line - 1]
        return Fault(
            faults.EXPRESSION,
            f"{'.'.join(pointer_parts(located.pointer))}: {error.message}",
            place_in_text(document, located.pointer, error.line, error.column),
            seen=seen if len(seen) <= _LINE else f"{seen[:_LINE]}…",
            help=(error.hint,) if error.hint else (),
        )
    return None


def test_policy(loaded: LoadedPolicy, program: Program) -> list[ExampleResult]:
    """Try every example of every condition, those of included ones too."""
    return [
        result
        for source in (*loaded.included, loaded.own)
        for index, condition in enumerate(source.policy.spec.conditions or ())
        for result in _tried(condition, pointer("spec", "conditions", index), source, program)
    ]


def _tried(
    condition: Condition, at: str, source: Source, program: Program
) -> Iterator[ExampleResult]:
    examples: tuple[tuple[Wanted, list[Example]], ...] = (
        ("pass", condition.tests.passing),
        ("fail", condition.tests.failing),
    )
    for wanted, cases in examples:
        for index, example in enumerate(cases):
            tried = try_example(condition, example, program)
            yield ExampleResult(
                condition=condition.id,
                title=condition.title,
                origin=source.policy.metadata.name,
                wanted=wanted,
                number=index + 1,
                ok=tried.holds is (wanted == "pass"),
                why=tried.why,
                location=source.document.location(f"{at}/tests/{wanted}/{index}"),
            )
