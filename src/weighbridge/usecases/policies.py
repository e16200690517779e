"""Policies on their way to be published: read with all they refer to, compiled, tried."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.bundle import make_bundle
from weighbridge.codec.placing import place_in_text
from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.covers import NEVER
from weighbridge.gate.examples import try_example
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.policy import COMPLETE, STANDARD, PromotionPolicy
from weighbridge.model.policy.bundle import BundleLimits, DemandedRules
from weighbridge.model.policy.expressions import expressions
from weighbridge.model.policy.results import ExampleResult
from weighbridge.rules.catalogue import GATE_RULES, RULES
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.policy_collections import Source, included_by, source_of
from weighbridge.usecases.policy_files import files_at
from weighbridge.usecases.programs import compiler_for, program_of, speech_of_today
from weighbridge.usecases.published import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.gate.program import Languages, Program
    from weighbridge.model.catalogue import FileTree
    from weighbridge.model.document import Document
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.conditions import Condition, Example
    from weighbridge.model.policy.expressions import Located
    from weighbridge.model.policy.results import Wanted
    from weighbridge.model.report import RuleSet
    from weighbridge.usecases.policy_files import PolicyFiles

JUDGED_BY_GATE = frozenset(rule.code for rule in GATE_RULES) - NEVER
"""Rules the gate itself judges and whose findings exceptions can be for."""
_LINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy that was read with everything it refers to.

    Attributes:
        bundle: What is published of it.
        own: The policy as it was written.
        included: The policies whose conditions it includes, as they were written.
        origin: What exactly it was read from, such as a commit; empty if that may change.
    """

    bundle: PolicyBundle
    own: Source
    included: tuple[Source, ...] = ()
    origin: str = ""

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
    """Read a policy of this machine, as `load_files` does; it includes nothing that is published.

    Args:
        path: A folder with `policy.yaml`, or a policy file.
        rule_set: The rules of this version, which `standard` and `complete` stand for.
        start: The folder messages write paths relative to.
    """
    return load_files(files_at(path, start), rule_set=rule_set)


def load_files(
    source: PolicyFiles,
    *,
    rule_set: RuleSet,
    published: Callable[[str], PolicyBundle | None] = lambda _: None,
) -> LoadedPolicy:
    """Read a policy and resolve what it refers to; nothing is compiled yet.

    Args:
        source: Where it lies.
        rule_set: The rules of this version, which `standard` and `complete` stand for.
        published: Finds a published policy by `name@version`; None if there is none.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: With every fault of the policy, of what it refers to and of its data.
    """
    files = source.files
    data = files.read(source.policy, limit=DEFAULT_DOCUMENT_LIMITS.size)
    policy, document = read_guarded(data, files.shown(source.policy), PromotionPolicy)
    unknown = [*_rule_faults(policy, document)]
    if unknown:
        raise DocumentError.from_faults(unknown)
    known = included_by(policy, files, published)
    bundle = make_bundle(
        policy,
        document,
        data=_data(files) if source.has_data else {},
        collections={name: one.policy for name, one in known.items()},
        rule_sets=rule_sets(rule_set),
        speech=speech_of_today(),
        places={name: one.document for name, one in known.items()},
    )
    included = tuple(known[name] for name in bundle.included)
    own = Source(policy, document)
    return LoadedPolicy(bundle=bundle, own=own, included=included, origin=files.origin)


def loaded_bundle(bundle: PolicyBundle, *, origin: str = "") -> LoadedPolicy:
    """Take a policy whose bundle was made before.

    Args:
        bundle: The bundle.
        origin: What exactly it was read from.
    """
    return LoadedPolicy(
        bundle=bundle,
        own=source_of(bundle.policy, name_of(bundle)),
        included=tuple(source_of(one, name) for name, one in bundle.included.items()),
        origin=origin,
    )


def rule_sets(rule_set: RuleSet) -> list[DemandedRules]:
    """Name what `ruleSet` can demand: the rules that need the release alone, and all of them."""
    alone = tuple(sorted(rule.code for rule in RULES if not rule.needs_data))
    every = tuple(sorted(rule.code for rule in RULES))
    return [
        DemandedRules(name=STANDARD, rule_set=rule_set, codes=alone),
        DemandedRules(name=COMPLETE, rule_set=rule_set, codes=every),
    ]


def _rule_faults(policy: PromotionPolicy, document: Document) -> Iterator[Fault]:
    """Say which exceptions are from rules there are not: they would except nothing."""
    known = sorted({*(rule.code for rule in RULES), *JUDGED_BY_GATE})
    for index, exception in enumerate(policy.spec.exceptions or ()):
        for at, code in enumerate(exception.rules or ()):
            if code not in known:
                place = document.location(pointer("spec", "exceptions", index, "rules", at))
                close = difflib.get_close_matches(code, known, n=1)
                advice = f"did you mean `{close[0]}`?" if close else "weighbridge rules list"
                message = f"there is no rule {code} a finding could be of"
                yield Fault(faults.WRONG_VALUE, message, place, seen=code, help=(advice,))


def _data(files: FileTree) -> dict[str, bytes]:
    """Read `data/NAME.json`, as far as the budget of a policy's data goes."""
    limits = BundleLimits()
    left = limits.data
    found: dict[str, bytes] = {}
    names = [name for name in files.names("data") if name.endswith(".json")]
    for name in names[: limits.files + 1]:
        stem = name.removesuffix(".json")
        found[stem] = files.read(f"data/{name}", limit=left)
        left = max(left - len(found[stem]), 0)
    return found


def compile_policy(loaded: LoadedPolicy) -> Program:
    """Compile every expression of a policy and of what it includes.

    Raises:
        DocumentError: With every expression that speaks of what there is not or is none, and every
            rule it wants to be waived that nobody waives, at the place in the file.
    """
    compiler = compiler_for(loaded.bundle)
    found = [
        fault
        for source in (loaded.own, *loaded.included)
        for located in expressions(source.policy)
        if (fault := expression_fault(source.document, located, compiler)) is not None
    ]
    found.extend(_unwaivable(loaded.own))
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


def _unwaivable(source: Source) -> Iterator[Fault]:
    """Say which rules nobody waives. Policies that name one were published once, and are read."""
    for index, entry in enumerate(source.policy.spec.waivers or ()):
        for place, code in enumerate(entry.rules):
            if code in NEVER:
                at = pointer("spec", "waivers", index, "rules", place)
                yield Fault(
                    faults.WRONG_VALUE,
                    f"{'.'.join(pointer_parts(at))}: findings of {code} are waived by nobody",
                    source.document.location(at),
                    seen=code,
                    help=("remove it",),
                )


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
