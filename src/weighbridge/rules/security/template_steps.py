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

_DUNDER = re.compile(r"__[A-Za-z]\w*__\Z")

# Say what a value is, and lead nowhere by themselves.
_TELLING = frozenset(
    "__class__ __doc__ __file__ __len__ __main__ __module__ __name__ __qualname__ __str__ "
    "__version__ __date__ __time__".split()
)
# Attributes of functions, frames and generators that lead to the globals of a module.
_INNER = frozenset(
    "ag_code ag_frame cr_code cr_frame f_back f_builtins f_globals f_locals func_code "
    "func_closure func_defaults func_globals gi_code gi_frame im_class im_func im_self tb_frame "
    "tb_next".split()
)
_RUNNERS = frozenset(
    "__import__ breakpoint compile delattr eval exec execfile getattr globals input locals open "
    "setattr vars".split()
)
_RUNNING_METHODS = frozenset(
    ".check_output .check_call .eval .exec .execve .execvp .fork .getoutput .import_module "
    ".popen .Popen .spawn .system .load_module".split()
)
_MODULES = frozenset(
    "__builtins__ builtins ctypes importlib os pty shutil socket subprocess sys".split()
)
# What Flask and others hand to templates; nobody hands it to a chat template.
_FOREIGN = frozenset("get_flashed_messages lipsum request self url_for".split())

_FUNCTIONS = frozenset(
    "caller cycler dict joiner namespace raise_exception range strftime_now super".split()
)
_METHODS = frozenset(
    "append capitalize casefold center copy count cycle encode endswith expandtabs extend find "
    "format get index insert isalnum isalpha isascii isdecimal isdigit isidentifier islower "
    "isnumeric isspace istitle isupper items join keys ljust lower lstrip next partition pop "
    "popitem remove removeprefix removesuffix replace reset reverse rfind rindex rjust rpartition "
    "rsplit rstrip setdefault sort split splitlines startswith strftime strip swapcase title "
    "translate update upper values zfill isoformat changed clear add union difference "
    "intersection date time year month day".split()
)
_FILTERS = frozenset(
    "abs attr batch capitalize center count d default dictsort e escape filesizeformat first "
    "float forceescape format groupby indent int items join last length list lower lstrip map max "
    "min pprint random reject rejectattr replace reverse round rstrip safe select selectattr slice "
    "sort string striptags strip sum title tojson to_json from_json fromjson trim truncate unique "
    "upper urlencode urlize wordcount wordwrap xmlattr".split()
)


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
        return Step(what=f"`{name}`", harmful=name not in _TELLING)
    if name.startswith("_") or name == "mro":
        return Step(what=f"the attribute `{name}`")
    return None


def _text(use: CodeUse) -> Step | None:
    if _DUNDER.match(use.name):
        return Step(what=f"the text `{use.name}`", harmful=use.name not in _TELLING)
    if "__" in use.name:
        return Step(what=f"the text `{use.name}`, which is part of a name of Python's own")
    return Step(what=f"a text that holds {use.name}")


def _name(use: CodeUse) -> Step | None:
    if _DUNDER.match(use.name):
        return Step(what=f"`{use.name}`", harmful=use.name not in _TELLING)
    if use.name in _FOREIGN or use.name in _MODULES or use.name.startswith("_"):
        return Step(what=f"the name `{use.name}`")
    return None


def _call(use: CodeUse) -> Step | None:
    name = use.name
    if not name:
        return Step(what=f"a call {use.detail.partition(',')[0]}")
    if name.startswith("|"):
        return None if name[1:] in _FILTERS else Step(what=f"the filter `{name[1:]}`")
    if name.startswith("."):
        if name[1:] in _METHODS or _DUNDER.match(name[1:]):
            return None
        return Step(what=f"the method `{name}()`", harmful=name in _RUNNING_METHODS)
    if name in {"range()", "*"}:
        return Step(what=use.detail.partition(",")[0])
    if name in _RUNNERS:
        return Step(what=f"`{name}()`", harmful=True)
    return None if name in _FUNCTIONS else Step(what=f"the function `{name}()`")


def _import(use: CodeUse) -> Step | None:
    return Step(what=f"the template `{use.name}`" if use.name else "another template")


_JUDGES: dict[str, Callable[[CodeUse], Step | None]] = {
    "template-attribute": _attribute,
    "template-call": _call,
    "template-import": _import,
    "template-name": _name,
    "template-text": _text,
}
