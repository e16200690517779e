"""Every field in every shipped expression, misspelt: told with its place and what was meant."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from weighbridge.bootstrap import rule_set
from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.program import policies
from weighbridge.model.policy.expressions import Located, expressions
from weighbridge.model.policy.shipped import LIBRARY
from weighbridge.usecases.policies import load_files
from weighbridge.usecases.policy_files import shipped_files
from weighbridge.usecases.programs import compiler_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.program import Compiler

# A chain of fields of a variable whose fields are known; what is in quotes is no field.
CHAIN = re.compile(r'"[^"]*"|\b(?P<chain>(?:release|environment|item|one)(?:\.[A-Za-z]+)+)')
METHODS = {"all", "exists", "startsWith", "size"}


def chains(source: str) -> Iterator[tuple[int, str]]:
    """List the fields of an expression with where they begin."""
    for match in CHAIN.finditer(source):
        at = match.start()
        for place, name in enumerate((match["chain"] or "").split(".")):
            if place and name not in METHODS:
                yield at, name
            at += len(name) + 1


def misspelt(located: Located, at: int, name: str) -> tuple[Located, int, int]:
    """Double the last letter of a field; say on which line and in which column the field begins."""
    end = at + len(name)
    source = located.source[:end] + name[-1] + located.source[end:]
    before = source[:at]
    changed = Located(source=source, pointer="", yields=located.yields, for_each=located.for_each)
    return changed, before.count("\n") + 1, at - before.rfind("\n")


def told(compiler: Compiler, located: Located) -> ExpressionError | None:
    try:
        compiler.compile(located)
    except ExpressionError as error:
        return error
    return None


def test_every_misspelt_field_of_the_library_is_told() -> None:
    tried, right = 0, 0
    for name in LIBRARY:
        bundle = load_files(shipped_files(name), rule_set=rule_set()).bundle
        compiler = compiler_for(bundle)
        for located in (one for policy in policies(bundle) for one in expressions(policy)):
            for at, field in chains(located.source):
                typo, line, column = misspelt(located, at, field)
                error = told(compiler, typo)
                assert error is not None, typo.source
                assert error.line == line, typo.source
                # The engine points at the dot before a field.
                assert abs(error.column - column) <= 1, (typo.source, error.column, column)
                tried += 1
                right += error.hint == f"did you mean `{field}`?"
    sys.stdout.write(f"{tried} typos, {right} answered right\n")
    assert tried >= 150
    assert right == tried
