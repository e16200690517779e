"""Rule packs on their way to be published: read, compiled, tried."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.reading import scan_document
from weighbridge.codec.rule_pack import (
    MAX_BYTES,
    parameter_faults,
    rule_pack_bytes,
    rule_pack_digest,
)
from weighbridge.gate.examples import try_values
from weighbridge.gate.pack_speech import example_values
from weighbridge.gate.program import Expressions
from weighbridge.model.errors import DocumentError, Fault, UnreadableError
from weighbridge.model.location import Location, pointer
from weighbridge.model.policy.expressions import of_asked
from weighbridge.model.policy.results import ExampleResult
from weighbridge.model.rule_pack import RulePack
from weighbridge.seal.control import Action, Change
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.documents import read_named, shown_as
from weighbridge.usecases.policies import expression_fault
from weighbridge.usecases.policy_files import POLICY
from weighbridge.usecases.rule_packs.bridge import languages_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.gate.program import Languages
    from weighbridge.model.document import Document
    from weighbridge.model.policy.results import Wanted
    from weighbridge.model.rule_pack import PackExample, PackRule

RULES = "rules.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPack:
    """A rule pack as somebody wrote it.

    Attributes:
        pack: The pack.
        document: Its text and places.
    """

    pack: RulePack
    document: Document

    @property
    def digest(self) -> str:
        """Its digest."""
        return rule_pack_digest(self.pack)

    @property
    def paper(self) -> bytes:
        """The bytes that are published."""
        return rule_pack_bytes(self.pack)


def is_rule_pack(path: Path) -> bool:
    """Tell whether a path is a rule pack and no policy: by what the document says it is."""
    if os.path.isdir(path):  # noqa: PTH112 - unlike pathlib's, never raises
        return os.path.isfile(path / RULES) and not os.path.isfile(path / POLICY)  # noqa: PTH113 - as above
    try:
        document, _ = scan_document(read_named(path), path.name)
    except (DocumentError, UnreadableError):
        return path.name == RULES
    return document.data.get("kind") == RulePack.__name__


def load_pack(path: Path, *, start: Path | None = None) -> WrittenPack:
    """Read a rule pack; nothing is compiled yet.

    Args:
        path: A folder with `rules.yaml`, or such a file.
        start: The folder messages write paths relative to.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: With every fault of it.
    """
    file = path / RULES if os.path.isdir(path) else path  # noqa: PTH112 - never raises
    shown = shown_as(file, start)
    pack, document = read_guarded(read_named(file, start=start), shown, RulePack)
    if len(rule_pack_bytes(pack)) > MAX_BYTES:
        fault = Fault(
            faults.BUDGET,
            "the rule pack is too large",
            Location(shown),
            wanted=f"at most {MAX_BYTES} bytes",
            help=("split it in two",),
        )
        raise DocumentError.from_faults([fault])
    return WrittenPack(pack=pack, document=document)


def test_pack(written: WrittenPack) -> list[ExampleResult]:
    """Compile every expression of a pack, and try every example.

    Raises:
        DocumentError: With every expression that speaks of what there is not or is none, and every
            threshold of an example that its rule does not have.
    """
    compilers = {rule.code: languages_for(rule) for rule in written.pack.spec.rules}
    found = [*_faults(written, compilers)]
    if found:
        raise DocumentError.from_faults(found)
    return [
        result
        for index, rule in enumerate(written.pack.spec.rules)
        for result in _tried(rule, pointer("spec", "rules", index), written, compilers[rule.code])
    ]


def _faults(written: WrittenPack, compilers: dict[str, Languages]) -> Iterator[Fault]:
    for index, rule in enumerate(written.pack.spec.rules):
        at = pointer("spec", "rules", index)
        for located in of_asked(rule, at):
            fault = expression_fault(written.document, located, compilers[rule.code])
            if fault is not None:
                yield fault
        for wanted, cases in _examples(rule):
            for number, example in enumerate(cases):
                where = f"{at}/tests/{wanted}/{number}/parameters"
                yield from _unknown(written, rule, example, where)


def _unknown(
    written: WrittenPack, rule: PackRule, example: PackExample, at: str
) -> Iterator[Fault]:
    given = {rule.code: example.parameters or {}}
    for keys, message, advice in parameter_faults(written.pack, given):
        place = written.document.location(at + pointer(*keys[1:]), key=True)
        yield Fault(faults.WRONG_VALUE, message, place, seen=keys[-1], help=(advice,))


def _examples(rule: PackRule) -> tuple[tuple[Wanted, list[PackExample]], ...]:
    return (("pass", rule.tests.passing), ("fail", rule.tests.failing))


def _tried(
    rule: PackRule, at: str, written: WrittenPack, compiler: Languages
) -> Iterator[ExampleResult]:
    program = Expressions(of_asked(rule, at), compiler)
    for wanted, cases in _examples(rule):
        for index, example in enumerate(cases):
            tried = try_values(rule, example_values(rule, example), program)
            yield ExampleResult(
                condition=rule.code,
                title=rule.title,
                origin=written.pack.metadata.name,
                wanted=wanted,
                number=index + 1,
                ok=tried.holds is (wanted == "pass"),
                why=tried.why,
                location=written.document.location(f"{at}/tests/{wanted}/{index}"),
            )


def pack_publication(written: WrittenPack) -> Change:
    """Return the change that publishes a rule pack."""
    subject = (written.pack.title, written.digest)
    return Change(Action.RULES_PUBLISH, subject=subject, parameters={})
