"""Templates for people and programs: what they give, and where special cases plug in."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import digest
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.outline import outline
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.catalogue import TemplateFile
    from weighbridge.model.change import Value
    from weighbridge.model.template import Hook, ReleaseTemplate

WIDTH = 96


def render_templates(found: Sequence[tuple[ReleaseTemplate, TemplateFile]]) -> str:
    """Write the list of templates, a line a template."""
    rows = [
        (file.reference, visible(template.metadata.title), visible(file.catalogue))
        for template, file in found
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "".join(
        f"{reference:<{widths[0]}}  {title:<{widths[1]}}  {catalogue}\n"
        for reference, title, catalogue in rows
    )


def templates_json(found: Sequence[tuple[ReleaseTemplate, TemplateFile]]) -> dict[str, object]:
    """Turn the list of templates into the shape of `template list`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "templates": [
            {
                "reference": file.reference,
                "title": template.metadata.title,
                "catalogue": file.catalogue,
                "file": file.file,
                "digest": digest(file.data),
            }
            for template, file in found
        ],
    }


def template_json(data: Mapping[str, Any], file: TemplateFile) -> dict[str, object]:
    """Turn a template into the shape of `template show`; decimals are texts."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "reference": file.reference,
        "catalogue": file.catalogue,
        "file": file.file,
        "digest": digest(file.data),
        "template": _plain(data),
    }


def render_template(template: ReleaseTemplate, file: TemplateFile, *, styled: bool = False) -> str:
    """Write a template: what it is for, its hooks, its parameters, and the rest as an outline.

    Args:
        template: The template.
        file: The file it lies in.
        styled: Whether a terminal that shows colour looks on.
    """
    metadata = template.metadata
    release = _plain(template.spec.release)
    sections = {"metadata": release.get("metadata"), **_mapping(release.get("spec"))}
    parameters = _mapping(sections.get("parameters"))
    blocks = {
        "hooks": [line for hook in template.spec.hooks or () for line in _hook(hook)],
        "parameters": [],
        **{title: list(_section(section)) for title, section in sections.items()},
    }
    if parameters:
        told = (_parameter(name, _mapping(said)) for name, said in parameters.items())
        blocks["parameters"] = [line for lines in told for line in lines]
    lines = [
        f"{paint(file.reference, 'strong', styled=styled)}  {visible(metadata.title)}",
        f"{digest(file.data)}  {visible(file.catalogue)}",
        *_wrapped(metadata.description, ""),
    ]
    for title, block in blocks.items():
        if block:
            lines += ["", paint(visible(title), "strong", styled=styled), *block]
    return "\n".join(lines) + "\n"


def _section(section: Value) -> Iterator[str]:
    """Write a section; what is yet to be said is one word."""
    if isinstance(section, dict | list):
        yield from outline(section, "  ")
    elif section is not None:
        yield f"  {visible(str(section))}"


def _hook(hook: Hook) -> Iterator[str]:
    required = "  (required)" if hook.required else ""
    yield f"  {visible(hook.name)}  {visible(hook.at)}{required}"
    yield from _wrapped(hook.description, "    ")


def _parameter(name: str, said: Mapping[str, Any]) -> Iterator[str]:
    """Write a parameter as a person would tell it; what it does not say is left out."""
    yield f"  {visible(name)}{_value(said)}"
    yield from _wrapped(said.get("description"), "    ")
    effects = _mapping(said.get("effects")).items()
    names = _mapping(said.get("mapsTo")).items()
    facts = {
        "raised": "; ".join(_effect(effect, _mapping(what)) for effect, what in effects),
        "change": said.get("adjustWhen"),
        "holds": ", ".join(map(_word, _members(said.get("validations")))),
        "called": ", ".join(f"{system}: {word}" for system, word in names),
    }
    for title, text in facts.items():
        if text:
            yield from _wrapped(text, "    ", f"{title:<6}  ")


def _value(said: Mapping[str, Any]) -> str:
    if "value" not in said:
        return f"  ({said.get('type')})"
    listed = _members(said.get("enum"))
    bounds = [f"{said[word]}" for word in ("minimum", "maximum") if word in said]
    known = [
        " to ".join(bounds) if len(bounds) > 1 else "",
        "one of " + ", ".join(map(_word, listed)) if listed else "",
        f"fallback {_word(said['fallback'])}" if "fallback" in said else "",
    ]
    told = "; ".join(part for part in known if part)
    unit = f" {said['unit']}" if "unit" in said else ""
    return visible(f" = {_word(said['value'])}{unit}" + (f"  ({told})" if told else ""))


def _effect(name: str, effect: Mapping[str, Any]) -> str:
    note = f" ({effect['note']})" if "note" in effect else ""
    return f"{name} {effect.get('direction')}{note}"


def _wrapped(text: str | None, indent: str, label: str = "") -> list[str]:
    """Fold a text; none of its own line breaks is left."""
    shown = visible(" ".join((text or "").split()))
    first = indent + label
    return textwrap.wrap(
        shown,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    )


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - data of any shape
    return value if isinstance(value, dict) else {}


def _members(value: Any) -> list[Any]:  # noqa: ANN401 - data of any shape
    return value if isinstance(value, list) else []


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - data of any shape
    """Bring a value into what JSON can say; a decimal goes as its text."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value
