"""Links from a release to its logs, traces and metrics, by templates somebody sets.

A template is an address with placeholders, which are filled in percent-encoded: `{release}` the
whole digest, `{label}` its 63 digits as labels of Kubernetes hold them, `{name}`, `{version}`,
`{environment}`, `{query}`: what the kind of link asks, and `{quoted}`: the same as it stands within
a text of JSON, which Grafana's Explore takes. Pure; nothing is looked up, and an
address that is no http(s) is no link.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from weighbridge.model.link import Link
from weighbridge.render.naming import (
    LABEL_DIGITS,
    METRIC_LABEL,
    RELEASE_ATTRIBUTE,
    RELEASE_LABEL,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = "links."
"""What options of a target that are templates begin with."""
PLACEHOLDERS: Final = ("release", "label", "name", "version", "environment", "query", "quoted")
_ASKED: Final = ("query", "quoted")
_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")
_LABEL_NAME: Final = re.compile(r"[^a-zA-Z0-9_]")
_LOGS: Final = f'{{{_LABEL_NAME.sub("_", RELEASE_LABEL)}="{{label}}"}}'
_TRACES: Final = f'{{ resource.{RELEASE_ATTRIBUTE} = "{{release}}" }}'
_METRICS: Final = f'{{{METRIC_LABEL}="{{release}}"}}'
QUERIES: Final[Mapping[str, str]] = {
    "grafana": _METRICS,
    "loki": _LOGS,
    "prometheus": _METRICS,
    "tempo": _TRACES,
}
"""What `{query}` stands for, by the kind of link: LogQL, TraceQL or PromQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What links lead to.

    Attributes:
        release: The release digest.
        name: Name of the release.
        version: Its version.
        environment: The environment it is in; empty if none.
    """

    release: str
    name: str
    version: str
    environment: str = ""


def links(about: Linked, templates: Mapping[str, str]) -> list[Link]:
    """Fill in templates of links, by their names in order.

    Args:
        about: The release.
        templates: Templates by what the link is called; the names of `QUERIES` have a `{query}`.
    """
    return [Link(name, _filled(name, about, text)) for name, text in sorted(templates.items())]


def unknown(name: str, template: str) -> Iterator[str]:
    """Yield the placeholders of a template that stand for nothing.

    Args:
        name: What the link is called.
        template: The template.
    """
    for found in _PLACEHOLDER.finditer(template):
        if found[1] not in PLACEHOLDERS or (found[1] in _ASKED and name not in QUERIES):
            yield found[0]


def query(name: str, about: Linked) -> str:
    """Return what a kind of link asks; empty if there is no such kind."""
    known = _known(about)
    return _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), QUERIES.get(name, ""))


def _filled(name: str, about: Linked, template: str) -> str:
    asked = query(name, about)
    known = {**_known(about), "query": asked, "quoted": json.dumps(asked)[1:-1]}
    return _PLACEHOLDER.sub(
        lambda found: quote(known[found[1]], safe="") if found[1] in known else found[0], template
    )


def _known(about: Linked) -> dict[str, str]:
    return {
        "release": about.release,
        "label": about.release.removeprefix("sha256:")[:LABEL_DIGITS],
        "name": about.name,
        "version": about.version,
        "environment": about.environment,
    }
