"""The expressions of a policy bundle or a rule pack, compiled: what is asked, by its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.cel import Language
from weighbridge.gate.speech import variables
from weighbridge.model.policy.expressions import Located, expressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weighbridge.gate.cel import Expression
    from weighbridge.gate.shapes import Shape
    from weighbridge.model.policy import PromotionPolicy
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.shapes import Speech


class Languages:
    """Compiles expressions against what they may speak of; one language a collection."""

    def __init__(self, speech: Callable[[str | None], Mapping[str, Shape]]) -> None:
        """Take what tells the variables by collection; nothing is compiled yet."""
        self._speech = speech
        self._languages: dict[str | None, Language] = {}

    def compile(self, located: Located) -> Expression:
        """Compile one expression.

        Raises:
            ExpressionError: It speaks of what is not there, or yields another type.
        """
        language = self._languages.get(located.for_each)
        if language is None:
            shapes = self._speech(located.for_each)
            language = self._languages[located.for_each] = Language(shapes)
        if located.yields == "string":
            return language.compile(located.source, result="text")
        return language.compile(located.source, result="bool")


class Compiler(Languages):
    """Compiles expressions against what a policy may speak of."""

    def __init__(self, *, known: Speech, data: Iterable[str]) -> None:
        """Take what may be spoken of; nothing is compiled yet.

        Args:
            known: The variables every policy has (`gate.speech`).
            data: Names of the policy's data.
        """
        names = tuple(data)
        super().__init__(lambda for_each: variables(for_each, known=known, data=names))


class Expressions:
    """Some expressions: what decides is compiled, messages where they are needed.

    A message is needed of what does not hold, which is little; whoever publishes a policy or a
    rule pack has compiled them all (`Languages.compile`).
    """

    def __init__(self, located: Iterable[Located], compiler: Languages) -> None:
        """Compile.

        Raises:
            ExpressionError: An expression that decides cannot be compiled.
        """
        self._compiler = compiler
        self._compiled: dict[Located, Expression] = {}
        self._messages: set[Located] = set()
        for one in located:
            key = _key(one)
            if key.yields == "string":
                self._messages.add(key)
            elif key not in self._compiled:
                self._compiled[key] = compiler.compile(one)

    def condition(self, source: str, for_each: str | None = None) -> Expression:
        """Return a compiled condition."""
        return self._compiled[Located(source=source, pointer="", for_each=for_each)]

    def message(self, source: str, for_each: str | None = None) -> Expression:
        """Return a compiled message.

        Raises:
            ExpressionError: It cannot be compiled.
        """
        key = Located(source=source, pointer="", yields="string", for_each=for_each)
        if key in self._messages:
            self._compiled[key] = self._compiler.compile(key)
            self._messages.remove(key)
        return self._compiled[key]


class Program(Expressions):
    """Every expression of a policy bundle."""

    def __init__(self, bundle: PolicyBundle, compiler: Compiler) -> None:
        """Compile.

        Raises:
            ExpressionError: An expression that decides cannot be compiled.
        """
        every = (one for policy in policies(bundle) for one in expressions(policy))
        super().__init__(every, compiler)


def _key(located: Located) -> Located:
    """Forget where an expression stands: equal texts are compiled once."""
    return Located(
        source=located.source, pointer="", yields=located.yields, for_each=located.for_each
    )


def policies(bundle: PolicyBundle) -> tuple[PromotionPolicy, ...]:
    """List the policies of a bundle: what is included, then the policy itself."""
    return (*bundle.included.values(), bundle.policy)
