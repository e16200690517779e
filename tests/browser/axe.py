"""axe-core looks at a page: whether everybody can use it.

The debugger runs it, past the page's policy, so pages are judged as they are. Where a page was
loaded without scripts, they are let run for as long as it looks: there are none but its own.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final

from tests.tools import TOOLS

if TYPE_CHECKING:
    from tests.browser.visiting import Window

_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
_OPTIONS: Final = {
    "runOnly": {"type": "tag", "values": _RULES},
    # Everything is of one site, and its policy lets no script load anything.
    "preload": False,
    "resultTypes": ["violations", "incomplete"],
}
_UNDECIDED: Final = "color-contrast"
# Nothing else of what it found comes back: that would take as long as to find it.
_RUN: Final = f"""axe.run(document, {json.dumps(_OPTIONS)}).then((found) => ({{
  violations: found.violations,
  undecided: found.incomplete.filter((one) => one.id === "{_UNDECIDED}"),
}}))"""
_SHOWN: Final = 5
"""Places of a finding that are shown."""


def barriers(window: Window) -> list[str]:
    """List what keeps somebody from using the page, a few lines each.

    If there is anything, it ends with what nobody could decide about contrasts.
    """
    with window.running_scripts():
        window.page.evaluate(_source())
        found = window.page.evaluate(_RUN)
    told = [_told(one) for one in found["violations"]]
    if told:
        told += [f"undecided: {_told(one)}" for one in found["undecided"]]
    return told


@functools.cache
def _source() -> str:
    path = TOOLS / "axe/node_modules/axe-core/axe.min.js"
    assert path.exists(), "there is no axe-core: run `make tools`"
    return path.read_text()


def _told(rule: dict[str, Any]) -> str:
    lines = [f"{rule['id']} ({rule['impact']}): {rule['help']}"]
    for node in rule["nodes"][:_SHOWN]:
        why = "; ".join(one["message"] for one in (*node["any"], *node["all"], *node["none"]))
        lines += [f"    {node['html'][:200]}", f"        {why}"]
    more = len(rule["nodes"]) - _SHOWN
    return "\n".join([*lines, f"    and {more} more"] if more > 0 else lines)
