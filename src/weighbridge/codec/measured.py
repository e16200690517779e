"""What a PromQL expression measures: how many series answer it, and from how many samples.

Controllers know a value and nothing of how much it rests on. Of a ratio of counters the number of
samples is what its denominator counts over the same range; of a quantile of a histogram, what the
histogram counts. Of anything else it is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql import QueryError, Sort, read_query, renamed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import promql_parser

    from weighbridge.codec.promql import Matcher, Selector

_MAX_DEPTH: Final = 100
_RATES: Final = frozenset({"rate", "irate", "increase"})
_OF_ONE: Final = frozenset(
    {"abs", "ceil", "floor", "round", "sgn", "sqrt", "exp", "ln", "log2", "log10"}
    | {"clamp", "clamp_min", "clamp_max"}
)
"""Functions of one series at a time that say as much as their first argument does."""
_SCALARS: Final = frozenset({"scalar", "time", "pi"})
_LONE: Final = frozenset({"vector", "absent", "absent_over_time"})
_FOLDING: Final = frozenset(
    {"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile"}
)
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "^"})
_COMPARING: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Samples:
    """What counts the samples a value was computed from.

    Attributes:
        text: The expression that counts them.
        matching: How its series are found for those of the value: words behind `and`.
    """

    text: str
    matching: str


@dataclass(frozen=True, slots=True)
class Measured:
    """An expression that gives values.

    Attributes:
        text: How it is written, in one line; a vector always.
        single: Whether at most one series can answer.
        samples: What its samples are counted by; None if that is not to be seen.
    """

    text: str
    single: bool
    samples: tuple[Samples, ...] | None

    def with_at_least(self, samples: int) -> str:
        """Write the expression so that a value of fewer samples is no answer.

        Raises:
            ValueError: What counts them is not known.
        """
        if self.samples is None:
            raise ValueError("nothing is known that counts the samples")
        if not samples:
            return self.text
        demands = (
            f"{f'and {one.matching}'.strip()} ({one.text} >= {samples})" for one in self.samples
        )
        return " ".join((f"({self.text})", *demands))


def measured(text: str) -> Measured:
    """Read what an expression measures.

    Raises:
        QueryError: It is no PromQL, or gives no values at a time: a range, a text.
    """
    query = read_query(text)
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    root = parser.parse(text)
    if isinstance(root, parser.MatrixSelector | parser.SubqueryExpr | parser.StringLiteral):
        message = "gives no value at a time"
        raise QueryError(message, text=text, hint="for example `rate(name[5m])`")
    line = renamed(text, "", "").strip()
    if _scalar(root):
        return Measured(f"vector({line})", single=True, samples=None)
    found = _samples(root, _MAX_DEPTH)
    known = {_without_le(one) for one in query.selectors}
    if found is not None and not (found and all(_reads(one.text, known) for one in found)):
        found = None
    return Measured(line, single=_single(root, _MAX_DEPTH), samples=found)


def _reads(text: str, known: set[tuple[str, frozenset[Matcher]]]) -> bool:
    """See that an expression of ours is one, and selects nothing the author did not select."""
    try:
        selectors = read_query(text).selectors
    except QueryError:
        return False
    return {_without_le(one) for one in selectors} <= known


def _without_le(selector: Selector) -> tuple[str, frozenset[Matcher]]:
    return selector.name, frozenset(one for one in selector.matchers if one.label != "le")


def _scalar(root: promql_parser.Expr) -> bool:
    """Tell whether an expression is a bare number, and no vector of one."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    waiting: list[object] = [root]
    while waiting:
        match waiting.pop():
            case parser.NumberLiteral():
                pass
            case parser.Call(func=function) if function.name in _SCALARS:
                pass
            case parser.ParenExpr(expr=inner) | parser.UnaryExpr(expr=inner):
                waiting.append(inner)
            case parser.BinaryExpr(lhs=left, rhs=right):
                waiting += [left, right]
            case _:
                return False
    return True


def _single(root: promql_parser.Expr, depth: int) -> bool:
    """Tell whether at most one series can answer."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    single = False
    match root:
        case _ if not depth:
            pass
        case parser.ParenExpr(expr=inner) | parser.UnaryExpr(expr=inner):
            single = _single(inner, depth - 1)
        case parser.AggregateExpr(op=operator, modifier=modifier):
            single = str(operator) in _FOLDING and _labels(modifier) == ()
        case parser.Call(func=function, args=[_, histogram]) if (
            function.name == "histogram_quantile"
        ):
            single = _folded_but_le(histogram)
        case parser.Call(func=function, args=arguments):
            own = function.name in _OF_ONE and _single(arguments[0], depth - 1)
            single = own or function.name in _LONE
        case parser.BinaryExpr(op=operator, lhs=left) if str(operator) in ("and", "unless"):
            single = _single(left, depth - 1)
        case parser.BinaryExpr(op=operator, lhs=left, rhs=right):
            known = str(operator) in _ARITHMETIC | _COMPARING
            single = known and all(_scalar(one) or _single(one, depth - 1) for one in (left, right))
        case _:
            pass
    return single


def _labels(modifier: promql_parser.AggModifier | None) -> tuple[str, ...] | None:
    """Return the labels an aggregation keeps; None if it keeps all but some."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    if modifier is None:
        return ()
    if modifier.type != parser.AggModifierType.By:
        return None
    return tuple(modifier.labels)


def _folded_but_le(histogram: promql_parser.Expr) -> bool:
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    folded = False
    match histogram:
        case parser.ParenExpr(expr=inner):
            folded = _folded_but_le(inner)
        case parser.AggregateExpr(op=operator, modifier=modifier):
            folded = str(operator) in _FOLDING and _labels(modifier) in ((), ("le",))
        case _:
            pass
    return folded


def _samples(root: promql_parser.Expr, depth: int) -> tuple[Samples, ...] | None:
    """Find what counts the samples of a value: every denominator and histogram in it."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    found: tuple[Samples, ...] | None = None
    match root:
        case _ if not depth:
            pass
        case parser.NumberLiteral():
            found = ()
        case parser.ParenExpr(expr=inner) | parser.UnaryExpr(expr=inner):
            found = _samples(inner, depth - 1)
        case parser.Call(func=function, args=[_, histogram]) if (
            function.name == "histogram_quantile"
        ):
            found = _of_histogram(histogram, depth - 1)
        case parser.Call(func=function, args=[inner, *_]) if function.name in _OF_ONE:
            found = _samples(inner, depth - 1)
        case parser.BinaryExpr(op=operator, lhs=left, rhs=right) if str(operator) in _ARITHMETIC:
            own = _of_ratio(root, depth - 1) if str(operator) == "/" else None
            found = own or _of_both(left, right, depth - 1)
        case _:
            pass
    return found


def _of_both(
    left: promql_parser.Expr, right: promql_parser.Expr, depth: int
) -> tuple[Samples, ...] | None:
    first, second = _samples(left, depth), _samples(right, depth)
    if first is None or second is None:
        return None
    return tuple(dict.fromkeys((*first, *second)))


def _of_ratio(ratio: promql_parser.BinaryExpr, depth: int) -> tuple[Samples, ...] | None:
    """Return what counts the samples of a ratio of counters: its denominator."""
    counted = _counting(ratio.rhs, depth)
    if counted is None or _counting(ratio.lhs, depth) is None:
        return None
    text, labels = counted
    if labels == ():
        return (Samples(text, "on ()"),)
    # One to one, a series of the ratio has the labels of the denominator's.
    plain = ratio.modifier is None or ratio.modifier.matching is None
    return (Samples(text, ""),) if plain else None


def _counting(root: promql_parser.Expr, depth: int) -> tuple[str, tuple[str, ...] | None] | None:
    """Write a sum of rates as the count of what happened in their ranges, and its labels."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    counted = None
    match root:
        case _ if not depth:
            pass
        case parser.ParenExpr(expr=inner):
            counted = _counting(inner, depth - 1)
        case parser.Call(func=function, args=[parser.MatrixSelector() as selected]) if (
            function.name in _RATES
        ):
            counted = f"increase({_in_a_line(selected)})", None
        case parser.Call(func=function, args=[inner, parser.NumberLiteral()]) if (
            function.name == "clamp_min"
        ):
            counted = _counting(inner, depth - 1)
        case parser.AggregateExpr(op=operator, expr=inner, modifier=modifier) if (
            str(operator) == "sum"
        ):
            if (own := _counting(inner, depth - 1)) is not None:
                counted = _sum(own[0], modifier), _labels(modifier)
        case parser.BinaryExpr(op=operator, lhs=left, rhs=parser.NumberLiteral(val=least)) if (
            str(operator) in (">", ">=", "!=") and least >= 0 and not _gives_truth(root)
        ):
            counted = _counting(left, depth - 1)
        case _:
            pass
    return counted


def _gives_truth(comparison: promql_parser.BinaryExpr) -> bool:
    return comparison.modifier is not None and comparison.modifier.return_bool


def _sum(inner: str, modifier: promql_parser.AggModifier | None) -> str:
    if modifier is None:
        return f"sum({inner})"
    word = "without" if _labels(modifier) is None else "by"
    return f"sum {word} ({', '.join(modifier.labels)}) ({inner})"


def _of_histogram(root: promql_parser.Expr, depth: int) -> tuple[Samples, ...] | None:
    """Return what counts the samples of a classic histogram: its bucket of everything."""
    counted = _counting(root, depth)
    if counted is None:
        return None
    text, labels = counted
    everything = "".join(_of_everything(text))
    bounds = [
        m.value for s in read_query(everything).selectors for m in s.matchers if m.label == "le"
    ]
    if bounds != ["+Inf"]:
        return None
    if labels is None:
        return (Samples(everything, "ignoring (le)"),) if "without" not in text else None
    if "le" not in labels:
        return None
    kept = ", ".join(one for one in labels if one != "le")
    return (Samples(everything, f"on ({kept})"),)


def _of_everything(text: str) -> Iterator[str]:
    """Select the last bucket of a histogram, which counts all there is."""
    end, bucket = 0, False
    for word in words_of(text):
        if bucket and word.sort is Sort.OPEN and word.text in "{[":
            demand = 'le="+Inf"'
            yield text[end : word.offset]
            yield f"{{{demand}," if word.text == "{" else f"{{{demand}}}["
            end = word.offset + 1
        bucket = word.sort is Sort.NAME and word.text.endswith("_bucket")
    yield text[end:]


def _in_a_line(root: promql_parser.Expr) -> str:
    return renamed(root.prettify(), "", "").strip()
