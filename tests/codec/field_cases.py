"""Every modelled field with values that are accepted and values that are refused, as YAML."""

from __future__ import annotations

from dataclasses import dataclass

_HEX = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Form:
    """What may be written in fields of one form.

    Attributes:
        accepted: Values that are legal.
        refused: Values that are not.
        unseen: Values that are not either, which a JSON Schema cannot tell.
    """

    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    unseen: tuple[str, ...] = ()


SECTION = Form(("null", "TODO"), ("x", "[]", "12", "true", "{no-such-key: 1}"))
REQUIRED_SECTION = Form((), (*SECTION.refused, "null", "TODO", "{}"))
TEXT = Form(
    ("plain text", '"1.10"', "'é'", '"\\ud83d\\ude00"', "NO", "12:30:45", "TODO"),
    ("1.10", "12", "true", "[a]", "{a: b}", '""'),
    ('"e\u0301"',),
)
NAME = Form(
    ("a", "a-b_c.d", '"1"', "TODO"),
    ("A", "-a", "a-", "a b", "é", '""', "1", "[a]"),
    ('"a\\n"',),  # to Python's `re`, `$` stands before a last line break, too
)
VERSION = Form(("1.2.3", '"1.10"', "v1", "2.9.0+cu117", "TODO"), ("1.10", '""', "a b", "é", "[]"))
PATH = Form(("a/b.onnx", "'e\u0301'", '"../x"', "TODO"), ('""', "1.5", "[a]"), ('"a\\0b"',))
DIGEST = Form(
    (f"sha256:{_HEX}", "TODO"),
    (f"sha256:{_HEX[:-1]}", f"sha256:{_HEX.upper()}", f"sha1:{_HEX}", _HEX, "12", '""'),
)
COMMIT = Form(("a" * 40, "b" * 64, "TODO"), ("a" * 39, "A" * 40, "main", '""', "[]"))
BOOLEAN = Form(("true", "False", "TODO"), ("yes", "NO", "on", "1", '"true"', "[]"))
COUNT = Form(("0", "7", "0x1f", "0o17", "TODO"), ("-1", "1.5", '"7"', "true", "1000000001", "x"))
SIZE = Form(("0", str(2**53 - 1), "TODO"), ("-1", "1.5", '"7"', "false", "4Gi"))
DURATION = Form(
    ("500ms", "30s", "1.5h", '"5m"', "90d", "52w", "0s", "TODO"),
    ("30", "-5m", "5 m", "5M", '""', "1h30m", "12:30", "[5m]"),
    ("99999999999999999999999999999999999999s",),
)
TIME = Form(
    ("2026-11-22T10:00:00Z", '"2026-11-22t10:00:00.5+05:30"', "TODO"),
    ("12", "[]", "1.5"),
    ("2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "now"),
)
SHARE = Form(("0", "2", "25%", '"100%"', "TODO"), ("-1", "101%", "2.5", "025%", "half", "true"))
OPEN_TEXTS = Form(("{}", '{a: "", b/c: x}', "{a: 'e\u0301', '[key]': x}", "TODO"), ("{a: 1}", "x"))
OPEN_KEYS = Form((), ("{é: x}", '{"a b": x}', '{"": x}', "{a: null}", "{a: [x]}", "[a]"))
TEXTS = Form(("[]", "[a, b]", "[TODO]", "TODO"), ("[1]", "a", "{a: b}", '[""]', "[null]", "[[a]]"))


def _words(*words: str) -> Form:
    return Form((*words, "TODO"), ("Nonsense", "12", '""', f"[{words[0]}]", words[0].upper()))


FIELDS: dict[str, tuple[Form, ...]] = {
    "apiVersion": (Form(("weighbridge.dev/v1",), ("TODO", "v1", "1", "null")),),
    "kind": (Form(("ModelRelease",), ("TODO", "Release", "1", "null")),),
    "metadata": (REQUIRED_SECTION,),
    "metadata.name": (NAME,),
    "metadata.versioning": (Form(("semver", "null", "TODO"), ("pep440", "12", '""')),),
    "metadata.version": (
        Form(('"1.10.0"', "1.0.0-rc.1", "TODO"), VERSION.refused, ('"1.10"', "v1.0.0")),
    ),
    "metadata.releasedAt": (TIME,),
    "metadata.owner": (REQUIRED_SECTION,),
    "metadata.owner.team": (TEXT,),
    "metadata.owner.contact": (TEXT,),
    "metadata.owner.escalation": (TEXT,),
    "metadata.risk": (_words("low", "medium", "high"),),
    "metadata.labels": (OPEN_TEXTS, OPEN_KEYS),
    "metadata.annotations": (OPEN_TEXTS, OPEN_KEYS),
    "spec": (REQUIRED_SECTION,),
    "spec.source": (Form(("{}",), (*SECTION.refused, "TODO", "null")),),
    "spec.source.repo": (TEXT,),
    "spec.source.commit": (COMMIT,),
    "spec.source.ref": (TEXT,),
    "spec.source.dirty": (BOOLEAN,),
    "spec.model": (REQUIRED_SECTION,),
    **{
        f"spec.model.{key}": (TEXT,)
        for key in ("name", "version", "family", "task", "format", "formatVersion", "framework")
    },
    "spec.model.frameworkVersion": (VERSION,),
    "spec.model.license": (TEXT,),
    "spec.environment": (REQUIRED_SECTION,),
    "spec.environment.runtime": (REQUIRED_SECTION,),
    "spec.environment.runtime.implementation": (_words("cpython", "pypy", "graalpy"),),
    "spec.environment.runtime.version": (VERSION,),
    "spec.dependencies": (REQUIRED_SECTION,),
    "spec.dependencies.runtime": (REQUIRED_SECTION,),
    "spec.dependencies.dev": (SECTION,),
    "spec.dependencies.test": (SECTION,),
    **{
        f"spec.dependencies.{purpose}.{key}": (form,)
        for purpose in ("runtime", "dev", "test")
        for key, form in (
            ("lock", PATH),
            ("format", _words("pylock", "requirements", "uv", "conda")),
            ("digest", DIGEST),
        )
    },
    "spec.dependencies.sources": (Form(("[]", "null", "TODO"), ("{}", "x", "[x]", "[{}]")),),
    "spec.dependencies.sources.*.name": (NAME,),
    "spec.dependencies.sources.*.kind": (_words("index", "directory", "git", "url"),),
    "spec.dependencies.sources.*.ref": (TEXT,),
    "spec.dependencies.sources.*.allow": (TEXTS,),
    "spec.parameters": (Form(("{}", "{a: {type: integer}}", "TODO"), ("[]", "{a: 1}", "{a: {}}")),),
    "spec.parameters.*.kind": (TEXT,),
    "spec.parameters.*.type": (Form(("integer", "number", "TODO"), ("int", "float", "1", '""')),),
    **{
        f"spec.parameters.*.{key}": (Form(("0", "32", "-7", "TODO"), (), ('"7"', "1.5", "true")),)
        for key in ("value", "default", "fallback", "minimum", "maximum")
    },
    "spec.parameters.*.enum": (Form(("[]", "[1, TODO]", "TODO"), ("1", "{}"), ("[1.5]", "[a]")),),
    "spec.parameters.*.unit": (TEXT,),
    "spec.parameters.*.description": (TEXT,),
    "spec.parameters.*.effects": (Form(("{}", "TODO"), SECTION.refused),),
    **{
        f"spec.parameters.*.effects.{key}": (SECTION,)
        for key in ("latency", "throughput", "memory", "quality")
    },
    **{
        f"spec.parameters.*.effects.{effect}.{key}": (form,)
        for effect in ("latency", "throughput", "memory", "quality")
        for key, form in (("direction", _words("up", "down", "none", "either")), ("note", TEXT))
    },
    "spec.parameters.*.adjustWhen": (TEXT,),
    "spec.parameters.*.validations": (TEXTS,),
    "spec.parameters.*.mapsTo": (OPEN_TEXTS, OPEN_KEYS),
    "spec.artifacts": (Form(("[{name: a, role: code, uri: x}]",), ("[]", "{}", "TODO", "null")),),
    "spec.artifacts.*.name": (NAME,),
    "spec.artifacts.*.role": (
        Form(("weights", "featureStore", "card", "TODO"), ("feature_store", "1", '""')),
    ),
    "spec.artifacts.*.path": (PATH,),
    "spec.artifacts.*.uri": (TEXT,),
    "spec.artifacts.*.mediaType": (
        Form(("text/plain", "text/plain; charset=utf-8", "TODO"), ("text", "a/b/c", "1", '""')),
    ),
    "spec.artifacts.*.format": (TEXT,),
    "spec.artifacts.*.size": (SIZE,),
    "spec.artifacts.*.digest": (DIGEST,),
    "spec.artifacts.*.version": (TEXT,),
    "spec.rollout": (SECTION,),
    "spec.rollout.strategy": (_words("canary", "blueGreen", "rolling", "recreate"),),
    "spec.rollout.steps": (Form(("[]", "[{weight: 5}]", "TODO"), ("[{}]", "{}", "[5]", "x")),),
    "spec.rollout.steps.*.weight": (Form(("0", "100", "TODO"), ("-1", "101", "1.5", '"5"')),),
    "spec.rollout.steps.*.hold": (DURATION,),
    "spec.rollout.steps.*.analysis": (NAME,),
    "spec.rollout.maxSurge": (SHARE,),
    "spec.rollout.maxUnavailable": (SHARE,),
    "spec.rollout.analysis": (Form(("[]", "TODO"), ("[{}]", "{}", "[5]", "x")),),
    "spec.rollout.analysis.*.name": (NAME,),
    "spec.rollout.analysis.*.query": (TEXT,),
    "spec.rollout.analysis.*.success": (TEXT,),
    "spec.rollout.analysis.*.failure": (TEXT,),
    "spec.rollout.analysis.*.interval": (DURATION,),
    "spec.rollout.analysis.*.count": (COUNT,),
    "spec.rollout.analysis.*.minSamples": (COUNT,),
    "spec.rollout.analysis.*.onNoData": (_words("pause", "fail", "pass"),),
    "spec.rollout.analysis.*.failureLimit": (COUNT,),
    "spec.rollout.analysis.*.inconclusiveLimit": (COUNT,),
    "spec.governance": (Form(("{}", "null", "TODO"), SECTION.refused),),
    "spec.governance.creators": (TEXTS,),
    "spec.governance.approvers": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.approvers.min": (Form(("0", "2", "TODO"), ("-1", "1001", '"2"', "1.5")),),
    "spec.governance.approvers.roles": (TEXTS,),
    "spec.governance.deployers": (TEXTS,),
    "spec.governance.encryption": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.encryption.atRest": (_words("required", "optional"),),
    "spec.governance.encryption.inTransit": (_words("required", "optional"),),
    "spec.governance.secrets": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.secrets.rotation": (DURATION,),
    "spec.governance.retention": (DURATION,),
    "spec.governance.audit": (TEXT,),
}


def concrete(path: str) -> str:
    """Write a path of the table as it leads through the full sample."""
    return path.replace("parameters.*", "parameters.max_batch_size").replace(".*", ".0")


def cases(which: str) -> list[tuple[str, str]]:
    """List path and value of every accepted, refused or unseen case."""
    return [
        (concrete(path), written)
        for path, forms in FIELDS.items()
        for form in forms
        for written in getattr(form, which)
    ]
