"""How far a Python global in a pickle can be trusted: allowed, to be reviewed, or malicious.

The list of what is allowed has full names and no patterns: modules import other modules, so that
`sklearn.datasets._openml.GzipFile` or `numpy.os.system` would pass any rule about prefixes. A name
is on it only if calling it with arguments of the pickle's choosing, and setting the state of what
it returns, runs nothing but the framework's own code for rebuilding a value. That may use memory
and read; it does not write, import, compile, or call what is not on the list itself. Where that
depends on the arguments, the list says which they may be.

An allowed name is allowed for what frameworks do with it. A pickle that sets attributes of a class,
calls what a call returned, or gives an object methods of its own is never clean.

What is known to run code is told apart from what is merely unknown, for the reader's sake alone:
neither is clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from weighbridge.rules.security.pickle_lists import ANY, SHIPPED

if TYPE_CHECKING:
    from weighbridge.model.global_lists import Lists
    from weighbridge.model.structure import GlobalAct, GlobalUse


class Trust(StrEnum):
    """What is known of a global."""

    ALLOWED = "allowed"
    NEEDS_REVIEW = "needs-review"
    MALICIOUS = "malicious"


@dataclass(frozen=True, slots=True)
class Opinion:
    """How far a use of a global can be trusted, and why.

    Attributes:
        trust: How far.
        why: One clause, of what is not allowed.
    """

    trust: Trust
    why: str = ""


# TorchScript's own classes: `torch.jit.load` resolves them in the archive's compiled code, and no
# Python module has such a name. What that code does is judged by other rules.
_TORCHSCRIPT: Final = "__torch__"
_KINDS: Final = frozenset({"text", "bytes", "number", "tuple", "global", "object", "None", ""})
_UNSEEN: Final = "…"

_ALLOWED: Final = Opinion(Trust.ALLOWED)
_MISUSES: Final[dict[GlobalAct, str]] = {
    "built": "the pickle sets attributes of it, and so changes what it does",
    "items": "the pickle adds items to it, and so changes what it does",
    "result-called": "the pickle calls what a call of it returned",
    "slots": "the pickle sets attributes by name on what a call of it returned",
    "unseen-state": "what a call of it returned is given a state that cannot be followed",
}
_OUTSIDE: Final[dict[GlobalAct, str]] = {
    "passed": "the pickle gives it to another call, whose arguments for it cannot be followed",
    "named-arguments": "the pickle calls it with arguments that have names",
    "unseen-arguments": "the pickle calls it with arguments that cannot be followed",
}


def trust(use: GlobalUse, lists: Lists = SHIPPED) -> Trust:
    """Say how far a use of a global can be trusted."""
    return weigh(use, lists).trust


def weigh(use: GlobalUse, lists: Lists = SHIPPED) -> Opinion:
    """Say how far a use of a global can be trusted, and why.

    Args:
        use: The global as the pickle spells it, and what the pickle does with it.
        lists: What is known of globals.
    """
    if not use.module or not use.name:
        return _nameless(use, lists)
    module = lists.renamed.get(use.module, use.module)
    full = f"{module}.{use.name}"
    if full in lists.value_names and full not in lists.allowed_names:
        why = _called(use) or _misused(use, full, lists)
    elif full in lists.allowed_names or module.partition(".")[0] == _TORCHSCRIPT:
        why = _misused(use, full, lists) or _misshapen(use, full, lists)
    else:
        return _unlisted(module, use.name, lists)
    return Opinion(Trust.NEEDS_REVIEW, why) if why else _ALLOWED


def _nameless(use: GlobalUse, lists: Lists) -> Opinion:
    # Half a name is enough to know the worst of it.
    if _is_harmful(use.module, use.name, lists):
        return Opinion(Trust.MALICIOUS, "it can run code of the file's choosing")
    if "extension" in use.acts:
        why = "the bytes name it only by a number of the extension registry"
    else:
        why = "its name is computed, or stands nowhere in the bytes"
    return Opinion(Trust.NEEDS_REVIEW, why)


def _unlisted(module: str, name: str, lists: Lists) -> Opinion:
    full = f"{module}.{name}"
    level = Trust.MALICIOUS if _is_harmful(module, name, lists) else Trust.NEEDS_REVIEW
    if full in lists.deserialiser_names:
        why = "it loads what it is given, which is a program of its own"
    elif level is Trust.MALICIOUS:
        why = "it can run code of the file's choosing"
    elif full == "functools.partial":
        why = "it binds a call for later, which no model needs to be rebuilt"
    elif "." in name:
        why = "it is reached by a walk over attributes, and is on no list of harmless globals"
    else:
        why = "it is on no list of harmless globals"
    return Opinion(level, why)


def _called(use: GlobalUse) -> str:
    if use.called:
        return "it is known as a value of models, and the pickle calls it"
    return _OUTSIDE["passed"] if "passed" in use.acts else ""


def _misused(use: GlobalUse, full: str, lists: Lists) -> str:
    """Say what the pickle does with an allowed global that no framework does; empty if nothing."""
    for act in use.acts:
        if act in _MISUSES and not (act == "slots" and full in lists.pairs):
            return _MISUSES[act]
    for name in use.sets:
        if name == "?":
            return "what a call of it returned is given an attribute whose name cannot be told"
        if name.startswith("__") or full in lists.containers:
            return f"what a call of it returned is given its own `{name}`"
    return ""


def _misshapen(use: GlobalUse, full: str, lists: Lists) -> str:
    """Say what of its arguments no framework gives to an allowed global; empty if nothing."""
    shape = lists.shapes.get(full)
    if shape is None:
        return ""
    for act in use.acts:
        if act in _OUTSIDE and not (act == "passed" and full in lists.handed):
            return _OUTSIDE[act]
    if not use.called:
        return ""
    for index in range(max(len(shape), len(use.arguments))):
        wanted = shape[index] if index < len(shape) else [""]
        seen = use.arguments[index] if index < len(use.arguments) else ("",)
        for value in seen:
            if ANY not in wanted and value not in wanted and _kind(value) not in wanted:
                what = value or "nothing"
                return f"its argument {index + 1} is {what}, which no framework gives to it"
    return ""


def _kind(value: str) -> str:
    """Tell the kind of an argument from how it is written."""
    if value in _KINDS or value == _UNSEEN:
        return value
    first, second = value[0], value[1:2]
    if first in "'\"":
        return "text"
    if first == "<" or (first == "b" and second in ("'", '"')):
        return "bytes"
    if first == "(":
        return "tuple"
    if first.isdigit() or first == "-" or value in {"True", "False"}:
        return "number"
    return "object" if value.endswith(f"({_UNSEEN})") else "global"


def _is_harmful(module: str, name: str, lists: Lists) -> bool:
    """Look at the package, the module, and every step of the attribute path.

    A path such as `logging:os.system` walks from one module into the next.
    """
    steps = name.split(".")
    if any(step in lists.packages for step in (module.partition(".")[0], *steps[:-1])):
        return True
    if any(f"{module}.".startswith(f"{harmful}.") for harmful in lists.modules):
        return True
    return any(
        f"{module}.{'.'.join(steps[:count])}" in lists.harmful_names
        for count in range(1, len(steps) + 1)
    )
