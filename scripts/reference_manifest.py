"""The pages about the authored kinds: every field with its type, from the kind's model."""

from __future__ import annotations

import inspect
import types
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from weighbridge.codec.describing import fields
from weighbridge.model.authoring import API_VERSION, rule_codes
from weighbridge.model.authoring import fields as release_scalars
from weighbridge.model.authoring.base import TODO, Section, UniqueBy
from weighbridge.model.environment import Environment
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy import fields as policy_scalars
from weighbridge.model.release import ModelRelease, forms, placement, quantities, signature
from weighbridge.model.rule_pack import RulePack
from weighbridge.model.rule_pack import fields as pack_scalars
from weighbridge.model.template import ReleaseTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALARS = {
    "Text": "text of at most 65,536 characters, not empty, in Unicode normal form C",
    "Name": "lower-case letters, digits, `.`, `_` and `-`; a letter or digit at both ends; at most "
    "128",
    "Key": "printable ASCII without blanks, at most 253",
    "Version": "letters, digits, `.`, `_`, `+`, `!` and `-`, at most 127; quote it: `1.10` is a "
    "number otherwise",
    "Digest": "`sha256:` and 64 lower-case hexadecimal digits",
    "Commit": "40 or 64 lower-case hexadecimal digits",
    "MediaType": "a media type such as `application/json` (RFC 6838)",
    "Size": "an integer from 0, in bytes",
    "Count": "an integer from 0",
    "Path": "a POSIX path relative to the manifest's folder, kept byte for byte",
    "DecimalText": "a decimal number of at most 34 digits, exponent within ±308",
    "Duration": "a number and a unit: `500ms`, `30s`, `5m`, `24h`, `7d`, `2w`",
    "Timestamp": "a time with its offset (RFC 3339): `2026-11-22T10:00:00Z`",
    "Share": 'a count such as `2`, or a percentage such as `"25%"`',
    "Fraction": "a decimal number from 0 to 1",
    "Percentile": "a decimal number from 0 to 100",
    "Amount": "a decimal number from 0",
    "Memory": "a Kubernetes quantity of memory: `512Mi`, `16Gi`, `4096`; a whole number of bytes",
    "Cpu": "a Kubernetes quantity of processor time: `500m`, `0.5`, `2`; whole millicores",
    "ImageReference": "an image without its digest: `registry.example.com/team/image:1.4`",
    "PackageName": "the name of a package of the operating system",
    "PackageVersion": "the exact version of such a package: `12.2.0-14`",
    "Snapshot": "a day, quoted (`2026-11-01`), or a time in UTC (`2026-11-01T00:00:00Z`)",
    "KernelName": "the name of a kernel setting: `net.core.somaxconn`",
    "EntryPoint": "a module, or `module:function` as entry points have it",
    "PythonVersion": "a version of Python, quoted: `3.11`, `3.11.7`, `3.13t` if free-threaded",
    "ComputeCapability": "a compute capability, quoted: `8.0`",
    "MetricName": "the name of a Prometheus metric",
    "RollbackTarget": "`previous`, or the digest of a release",
    "TemplateReference": "`name@version` of a template",
    "DataType": "`bool`, `int8` to `int64`, `uint8` to `uint64`, `float16`, `bfloat16`, `float32`, "
    "`float64`, `string`, `bytes`, `datetime`",
    "Dimension": "an integer from -1; -1 fits any size",
    "Weight": "an integer from 1 to 100",
    "Expression": "an expression in CEL, the Common Expression Language",
    "Role": "the name of a role: like a name; `role:ml-lead` is the same as `ml-lead`",
    "PolicyReference": "`name@version` of a policy",
    "EvidenceType": "`report`, `provenance`, `replay`, `behaviour`, `sbom`, `advisories`, or the "
    "URI of a predicate type",
    "RuleCode": "two to four capital letters and three digits: `SEC001`, or `ORG001` of a pack",
    "PackCode": "a code like `ORG001` that does not begin as those of weighbridge do",
    "TimeZone": "a name of the IANA database such as `Europe/Berlin`, or `UTC`",
}
"""The types of scalars in words; every one the fields use must stand here."""

_WORDS: dict[object, str] = {
    str: "text",
    int: "integer",
    bool: "`true` or `false`",
    Any: "any value",
}


_SCALAR_TYPES = {
    name: value
    for module in (
        placement,
        signature,
        quantities,
        forms,
        policy_scalars,
        pack_scalars,
        rule_codes,
        release_scalars,
    )
    for name, value in vars(module).items()
}
_INTRODUCTIONS: dict[type[Section], str] = {
    ModelRelease: f"""\
# The manifest

`release.yaml`, YAML 1.2 or JSON, `apiVersion: {API_VERSION}`. Every level is closed: a key that is
not listed here is an error. `weighbridge schema` prints the JSON Schema for editors.

Any value may be `{TODO}` while it is being written; `check` reports it (CFG009) and `seal` \
refuses it.
""",
    PromotionPolicy: f"""\
# Policies

What an environment demands of a release: `kind: PromotionPolicy`, YAML 1.2 or JSON,
`apiVersion: {API_VERSION}`. Every level is closed, and nothing may be left `{TODO}`.
`weighbridge schema PromotionPolicy` prints the JSON Schema for editors.

What stands in `data/NAME.json` beside it is `data.NAME` in its expressions;
decimals are text there.
""",
    ReleaseTemplate: f"""\
# Templates

What manifests of one family have in common: `kind: ReleaseTemplate`, YAML 1.2 or JSON,
`apiVersion: {API_VERSION}`, in a file called `NAME@VERSION.yaml`. A manifest that says
`extends: NAME@VERSION` is a merge patch over `spec.release`, whose fields are those of
[the manifest](manifest.md).
`weighbridge schema ReleaseTemplate` prints the JSON Schema for editors.
""",
    RulePack: f"""\
# Rule packs

[Rules of an organisation](../how-to/write-your-own-rules.md): `kind: RulePack`, YAML 1.2 or JSON,
`apiVersion: {API_VERSION}`, in a file called `rules.yaml`. Every level is closed, and nothing may
be left `{TODO}`. `weighbridge schema RulePack` prints the JSON Schema for editors.

What expressions see is told [there](expressions.md#in-a-rule-pack); decimals are text.
""",
    Environment: f"""\
# Environments

A place releases are promoted to: `kind: Environment`, YAML 1.2 or JSON,
`apiVersion: {API_VERSION}`. Every level is closed, and nothing may be left `{TODO}`.
`weighbridge schema Environment` prints the JSON Schema for editors.
""",
}
_PATHS = "`[]` stands for each member of a list, `*` for each key of a map whose keys are yours."


def kind_page(kind: type[Section]) -> str:
    """Write the page about an authored kind."""
    used: dict[str, None] = {}
    body = "".join(_section(kind, "", used))
    listed = "".join(
        f"- **{_spaced(name)}**: {text}.\n" for name, text in SCALARS.items() if name in used
    )
    return f"{_INTRODUCTIONS[kind]}\n{_PATHS}\n\n{body}## Types\n\n{listed}"


def _section(section: type[BaseModel], at: str, used: dict[str, None]) -> Iterator[str]:
    """Write a table for a section, then those below it."""
    hints = get_type_hints(section, include_extras=True)
    names = {id(field): name for name, field in section.model_fields.items()}
    said, _, _ = inspect.cleandoc(section.__doc__ or "").partition("\n")
    yield f"## `{at or '(top)'}`\n\n{said}\n\n"
    yield "| field | type | required | meaning |\n| --- | --- | --- | --- |\n"
    below: list[tuple[type[BaseModel], str]] = []
    for key, field in fields(section).items():
        hint = hints[names[id(field)]]
        path = f"{at}.{key}".lstrip(".")
        found, where = _below(hint, path)
        if found is not None:
            below.append((found, where))
        required = "yes" if field.is_required() else ""
        yield f"| `{path}` | {_words(hint, used)} | {required} | {field.description or ''} |\n"
    yield "\n"
    for found, where in below:
        yield from _section(found, where, used)


def _below(hint: object, path: str) -> tuple[type[BaseModel] | None, str]:
    """Find the section a field leads to, and the path of its fields."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint, path
    origin = get_origin(hint)
    step = "[]" if origin is list else ".*" if origin is dict else ""
    for part in get_args(hint):
        found, where = _below(part, path + step)
        if found is not None:
            return found, where
    return None, path


def _words(hint: object, used: dict[str, None]) -> str:
    """Write a type in words."""
    for name in SCALARS:
        if hint == _SCALAR_TYPES[name]:
            used[name] = None
            return f"[{_spaced(name)}](#types)"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "section"
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _words(parts[0], used) + _marks(parts[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(_words(part, used) for part in parts if part is not types.NoneType)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    return _collection(origin, parts, used) or _WORDS[hint]


def _collection(origin: object, parts: tuple[object, ...], used: dict[str, None]) -> str:
    if origin not in (list, dict):
        return ""
    member = _words(parts[-1], used).replace("section", "sections")
    return f"{'list' if origin is list else 'map'} of {member}"


def _marks(marks: tuple[Any, ...]) -> str:
    """Write what is demanded beyond the type: a set's key, an integer's bounds."""
    key = next((mark.key for mark in marks if isinstance(mark, UniqueBy)), None)
    checks = [check for mark in marks if isinstance(mark, FieldInfo) for check in mark.metadata]
    low = next((check.ge for check in checks if hasattr(check, "ge")), None)
    high = next((check.le for check in checks if hasattr(check, "le")), None)
    told = "" if key is None else f", told apart by `{key}`"
    return told if low is None or high is None else f"{told} from {low:,} to {high:,}"


def _spaced(name: str) -> str:
    """Write a type's name as words: `MediaType` is a media type."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return spaced.removesuffix(" text") if spaced != "text" else spaced
