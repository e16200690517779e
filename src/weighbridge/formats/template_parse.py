"""Jinja templates parsed, never rendered or compiled: the tree, or why there is none.

The language is the one chat templates are written in: Jinja's own, with loop controls and `do`,
and the `generation` block of transformers. Jinja is imported here alone, and late.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment, nodes
    from jinja2.lexer import Token, TokenStream
    from jinja2.parser import Parser

LONGEST: Final = 1 << 20
"""Characters of a template that is parsed."""

_MOST_TOKENS: Final = 50_000


class TemplateError(Exception):
    """The text is no template; `over` says whether it only was over a limit."""

    def __init__(self, message: str, *, over: bool = False) -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.over = over


class _TooManyTokensError(Exception):
    """The template has more tokens than are parsed."""


def parse(text: str) -> nodes.Template:
    """Parse a template.

    Raises:
        TemplateError: It is none, or over a limit.
    """
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415 - heavy, for templates alone

    if len(text) > LONGEST:
        raise TemplateError(f"it is longer than {LONGEST} characters", over=True)
    try:
        return _environment().parse(text)
    except TemplateSyntaxError as error:
        line = f" (line {error.lineno})"
        raise TemplateError(f"{error.message or 'a syntax error'}{line}") from None
    except _TooManyTokensError:
        raise TemplateError(f"it has more than {_MOST_TOKENS} tokens", over=True) from None
    except RecursionError:
        raise TemplateError("it nests too deeply", over=True) from None
    except (ValueError, OverflowError, AssertionError) as error:
        # Jinja leaves numbers of many thousand digits, and lone escapes, to Python.
        raise TemplateError(f"it cannot be read: {type(error).__name__}") from None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, nodes  # noqa: PLC0415 - heavy, for templates alone
    from jinja2.ext import Extension  # noqa: PLC0415

    class Generation(Extension):
        """The block that marks what the model itself wrote."""

        tags = {"generation"}  # noqa: RUF012 - as Jinja has it

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=line)

    class Bounded(Extension):
        """A limit on the tokens that are parsed."""

        def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
            for count, token in enumerate(stream):
                if count >= _MOST_TOKENS:
                    raise _TooManyTokensError
                yield token

    # Nothing is rendered, so that escaping is nobody's business.
    return Environment(  # noqa: S701
        extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", Generation, Bounded]
    )
