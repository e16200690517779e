"""What each step of a template amounts to: ordinary, unusual, or a way out of the sandbox.

Ordinary is what the templates of published models use, and Jinja itself offers. Names a template
is given are anybody's choice and say nothing; it is what is called and reached for that counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.structure import CodeUse

_HIDDEN = "put together"
_DUNDER = re.compile(r"__[A-Za-z]\w*__\Z")

# Say what a value is, and lead nowhere by themselves.
_TELLING_WORDS = (
    "__class__ __contains__ __date__ __doc__ __eq__ __file__ __getitem__ __hash__ __html__ "
    "__iter__ __len__ __main__ __module__ __name__ __qualname__ __repr__ __str__ __time__ "
    "__version__"
)
_TELLING = frozenset(_TELLING_WORDS.split())
# Attributes of functions, frames and generators that lead to the globals of a module.
_INNER_WORDS = (
    "ag_code ag_frame cr_code cr_frame f_back f_builtins f_globals f_locals func_code "
    "func_closure func_defaults func_globals gi_code gi_frame im_class im_func im_self "
    "tb_frame tb_next"
)
_INNER = frozenset(_INNER_WORDS.split())
_RUNNERS_WORDS = (
    "__import__ breakpoint compile delattr eval exec execfile getattr globals input locals "
    "open setattr vars"
)
_RUNNERS = frozenset(_RUNNERS_WORDS.split())
_RUNNING_METHODS = frozenset(
    [
        ".check_output",
        ".check_call",
        ".eval",
        ".exec",
        ".execve",
        ".execvp",
        ".fork",
        ".getoutput",
        ".import_module",
        ".popen",
        ".Popen",
        ".spawn",
        ".system",
        ".load_module",
    ]
)
_MODULES_WORDS = "__builtins__ builtins ctypes importlib os pty shutil socket subprocess sys"
_MODULES = frozenset(_MODULES_WORDS.split())
_REACHING = frozenset({"__builtins__", "__globals__", "__import__", "__loader__", "__spec__"})
# What Flask and others hand to templates; nobody hands it to a chat template.
_FOREIGN_WORDS = "get_flashed_messages lipsum request self url_for"
_FOREIGN = frozenset(_FOREIGN_WORDS.split())

_FUNCTIONS_WORDS = "caller cycler dict joiner namespace raise_exception range strftime_now super"
_FUNCTIONS = frozenset(_FUNCTIONS_WORDS.split())
_METHODS_WORDS = (
    "append capitalize casefold center copy count cycle encode endswith expandtabs extend "
    "find format get index insert isalnum isalpha isascii isdecimal isdigit isidentifier "
    "islower isnumeric isspace istitle isupper items join keys ljust lower lstrip next "
    "partition pop popitem remove removeprefix removesuffix replace reset reverse rfind "
    "rindex rjust rpartition rsplit rstrip setdefault sort split splitlines startswith "
    "strftime strip swapcase title update upper values zfill isoformat changed "
    "clear add union difference intersection date time year month day"
)
_METHODS = frozenset(_METHODS_WORDS.split())
_FILTERS_WORDS = (
    "abs attr batch capitalize center count d default dictsort e escape filesizeformat first "
    "float forceescape format groupby indent int items join last length list lower lstrip map "
    "max min pprint random reject rejectattr replace reverse round rstrip safe select "
    "selectattr slice sort string striptags strip sum title tojson to_json from_json fromjson "
    "trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr"
)
_FILTERS = frozenset(_FILTERS_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that is not ordinary.

    Attributes:
        what: The step, for people.
        harmful: Whether it leads out of a template, and nothing else needs it.
    """

    what: str
    harmful: bool = False


def step(use: CodeUse) -> Step | None:
    """Judge one step of a template; None for an ordinary one, and for other code."""
    judge = _JUDGES.get(use.kind)
    return judge(use) if judge is not None else None


def _attribute(use: CodeUse) -> Step | None:
    name = use.name
    if not name:
        what = use.detail.partition(",")[0] or "an attribute"
        return Step(what=what)
    if _DUNDER.match(name) or name in _INNER:
        return Step(what=f"`{name}`", harmful=_is_harmful(use))
    if name.startswith("_") or name == "mro":
        return Step(what=f"the attribute `{name}`")
    return None


def _is_harmful(use: CodeUse) -> bool:
    """Whether a name of Python's own leads out; whoever puts one together hides that it does."""
    return use.name not in _TELLING or use.detail.startswith(_HIDDEN)


def _text(use: CodeUse) -> Step | None:
    if _DUNDER.match(use.name):
        return Step(what=f"the text `{use.name}`", harmful=_is_harmful(use))
    if "__" in use.name:
        return Step(what=f"the text `{use.name}`, which is part of a name of Python's own")
    return Step(what=f"a text that holds {use.name}")


def _name(use: CodeUse) -> Step | None:
    if _DUNDER.match(use.name):
        return Step(what=f"the name `{use.name}`", harmful=use.name in _REACHING)
    if use.name in _FOREIGN or use.name in _MODULES or use.name.startswith("_"):
        return Step(what=f"the name `{use.name}`")
    return None


def _call(use: CodeUse) -> Step | None:
    said = use.detail.partition(",")[0]
    if not use.name:
        return Step(what=f"a call {said}")
    if use.name in {"range()", "*"}:
        return Step(what=said)
    if use.name.startswith("|"):
        return None if use.name[1:] in _FILTERS else Step(what=f"the filter `{use.name[1:]}`")
    return _method(use.name) if use.name.startswith(".") else _function(use.name)


def _method(name: str) -> Step | None:
    if name[1:] in _METHODS or _DUNDER.match(name[1:]):
        return None
    return Step(what=f"the method `{name}()`", harmful=name in _RUNNING_METHODS)


def _function(name: str) -> Step | None:
    if name in _FUNCTIONS:
        return None
    return Step(what=f"the function `{name}()`", harmful=name in _RUNNERS)


def _import(use: CodeUse) -> Step | None:
    return Step(what=f"the template `{use.name}`" if use.name else "another template")


_JUDGES: dict[str, Callable[[CodeUse], Step | None]] = {
    "template-attribute": _attribute,
    "template-call": _call,
    "template-import": _import,
    "template-name": _name,
    "template-text": _text,
}
