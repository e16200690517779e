"""A proposed manifest as text: sections in the model's order, versions in quotes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

from weighbridge.codec.describing import fields, section_at
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.codec.schemas import SCHEMA_FILE
from weighbridge.codec.text import refused_character
from weighbridge.model.authoring import API_VERSION
from weighbridge.model.authoring.base import TODO
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = f"# yaml-language-server: $schema=https://{API_VERSION}/{SCHEMA_FILE}\n"
# What people look for first, before the order in which the model checks it.
_FIRST: Final[dict[tuple[str | int, ...], tuple[str, ...]]] = {
    (): ("apiVersion", "kind", "extends"),
    ("metadata",): ("name", "version"),
}
_VERSIONS = frozenset({"formatVersion", "frameworkVersion", "version"})


class _Quoted(str):
    """Text that is written in quotes although it needs none: versions, as people should."""

    __slots__ = ()


class _Line(list[object]):
    """A list that is written on one line: a shape."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes block style, versions in quotes, and what stands twice out twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Write no anchors."""
        del data
        return True


def _represent_quoted(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def _represent_line(dumper: yaml.SafeDumper, line: _Line) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", line, flow_style=True)


_Dumper.add_representer(_Quoted, _represent_quoted)
_Dumper.add_representer(_Line, _represent_line)


def write(document: Mapping[str, Any]) -> str:
    """Write a manifest."""
    return HEADER + yaml.dump(
        _styled(_ordered(document, ())),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=sys.maxsize,
    )


def _ordered(value: object, at: tuple[str | int, ...]) -> object:
    """Bring keys into the order in which the model has them."""
    if isinstance(value, list):
        return [_ordered(member, (*at, 0)) for member in value]
    if not isinstance(value, dict):
        return value
    known = _FIRST.get(at, ()), fields(section_at(at, ModelRelease))
    keys = dict.fromkeys(key for keys in (*known, value) for key in keys if key in value)
    return {key: _ordered(value[key], (*at, key)) for key in keys}


def _styled(value: object, key: str = "") -> object:
    """Mark what is quoted, and the lists of single values that stand on one line."""
    if isinstance(value, dict):
        return {_key(name): _styled(member, name) for name, member in value.items()}
    if isinstance(value, list):
        members = [_styled(member) for member in value]
        if not any(isinstance(member, dict | list) for member in members):
            return _Line(members)
        return members
    if not isinstance(value, str) or value == TODO:
        return value
    return _Quoted(value) if key in _VERSIONS or not _is_plain(value) else value


def _key(name: str) -> str:
    return name if _is_plain(name) else _Quoted(name)


def _is_plain(text: str) -> bool:
    """Tell whether YAML 1.2 reads the text as text; PyYAML writes for readers of 1.1."""
    if refused_character(text):
        return False  # in quotes it is an escape, whose place a reader can tell
    try:
        return read_plain(text) == text
    except AmbiguousScalarError:
        return False
