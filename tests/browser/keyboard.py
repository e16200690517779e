"""Somebody who has a keyboard and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Page

Role = Literal["link", "button", "textbox", "checkbox", "radio", "combobox"]

_MOST: Final = 400
"""Steps, after which somebody has lost his patience."""

_PARTS: Final = 8
"""Steps through one control, at most: a field for a time has so many parts."""

# Each control that Tab should come to, as a mark on it; of radio buttons one is enough. How each
# looks without the focus is kept.
_MARK: Final = """() => {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const kinds = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor",
    "borderTopColor", "borderBottomColor", "borderBottomWidth", "textDecorationLine", "color"];
  window.lookOf = (one) => kinds.map((kind) => getComputedStyle(one)[kind]).join(" ");
  window.looks = new Map();
  let count = 0;
  for (const one of document.querySelectorAll(wanted)) {
    if (one.disabled || one.tabIndex < 0) continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    window.looks.set(one, window.lookOf(one));
    one.dataset.stop = one.type === "radio" ? `radio ${one.name}` : String(count);
    count += 1;
  }
  return [...window.looks.keys()].map((one) => one.dataset.stop);
}"""
# Where the focus is: the mark, and whether anybody sees that it is there.
_WHERE: Final = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return {
    stop: one.dataset.stop || "", html: one.outerHTML.slice(0, 120),
    marked: window.looks.get(one) !== window.lookOf(one),
    reached: inside && box.width > 2 && box.height > 2,
  };
}"""


class Keyboard:
    """Walks through a page with Tab, and looks where it is.

    Whoever walks from the top of a page begins with a page that was just opened.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    def walk(self) -> list[str]:
        """Walk through the whole page; return what is wrong with the way, one line each."""
        left = dict.fromkeys(self._page.evaluate(_MARK))
        wrong, last, stays = [], None, 0
        for _ in range(_MOST):
            self._page.keyboard.press("Tab")
            place = self._where()
            if place is None:
                break
            stays = stays + 1 if last is not None and place["html"] == last["html"] else 0
            if stays == _PARTS:
                break
            if stays:
                continue
            wrong += _invisible(place)
            if place["stop"] and place["stop"] not in left:
                break
            left.pop(place["stop"], None)
            last = place
        if left:
            stuck = f"the focus stays at {last['html']}" if last else "the focus goes nowhere"
            unreached = [self._html(stop) for stop in left]
            wrong.append(f"{stuck}; Tab does not reach {', '.join(unreached[:5])}")
        return wrong

    def reach(self, role: Role, name: str) -> None:
        """Walk with Tab until something of this role and name has the focus."""
        wanted = self._page.get_by_role(role, name=name, exact=True)
        assert wanted.count() == 1, f"there are {wanted.count()} {role}s called {name}"
        self._page.evaluate(_MARK)
        last = self._where()
        for _ in range(_MOST):
            self._page.keyboard.press("Tab")
            place = self._where()
            assert place is not None, f"Tab does not reach the {role} {name}"
            # Of what has the focus already nobody knows how it looks without.
            wrong = [] if last and place["html"] == last["html"] else _invisible(place)
            assert not wrong, "; ".join(wrong)
            last = place
            if wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"Tab does not reach the {role} {name}")

    def press(self, role: Role, name: str, key: Literal["Enter", "Space"] = "Enter") -> None:
        """Walk to a control and press a key on it."""
        self.reach(role, name)
        self._page.keyboard.press(key)

    def write(self, name: str, text: str) -> None:
        """Walk to a field and write into it."""
        self.reach("textbox", name)
        self._page.keyboard.type(text)

    def _where(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._page.evaluate(_WHERE)
        return found

    def _html(self, stop: str) -> str:
        found = self._page.locator(f'[data-stop="{stop}"]').first
        return str(found.evaluate("one => one.outerHTML.slice(0, 120)"))


def _invisible(place: dict[str, Any]) -> list[str]:
    wrong = []
    if not place["marked"]:
        wrong.append(f"nobody sees that the focus is at {place['html']}")
    if not place["reached"]:
        wrong.append(f"the focus is where nobody sees it, at {place['html']}")
    return wrong
