"""Looks at markup as a browser does: what is an element, and what is only text."""

from __future__ import annotations

from html.parser import HTMLParser

_WORDS = (
    "a article aside b bdi blockquote body br button caption code dd del details div dl dt em",
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html img input ins",
    "kbd label legend li link main meta nav ol optgroup option output p pre progress script",
    "section select small span strong summary table tbody td textarea tfoot th thead time title",
    "tr ul circle defs desc g line marker path polygon polyline rect svg text tspan use",
)
ELEMENTS = frozenset(" ".join(_WORDS).split())
"""Elements our templates write."""


class Markup(HTMLParser):
    """What is in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def wrong(self) -> list[str]:
        """Say what does not come from a template of ours, or must not stand in one."""
        found = []
        for tag, attributes in self.elements:
            if tag not in ELEMENTS:
                found.append(f"an element <{tag}>")
            if tag == "script" and not attributes.get("src", "").startswith("/assets/"):
                found.append("a script of its own")
            if tag == "img" and not attributes.get("src", "").startswith("/help/images/"):
                found.append(f"an image {attributes.get('src')}")
            found += [
                f"{tag}: {name}" for name in attributes if name[:2] == "on" or name == "style"
            ]
            for name in ("href", "action", "formaction"):
                value = attributes.get(name, "/")
                local = value[:1] in "/#" and value[:2] not in {"//", "/\\"}
                if not local and not (tag == "a" and value.startswith("https://")):
                    found.append(f"{tag}: {name}={value[:80]}")
        return found
