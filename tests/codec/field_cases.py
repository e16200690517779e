"""Every modelled field with values that are accepted and values that are refused, as YAML."""

from __future__ import annotations

from tests.codec.forms import (
    BOOLEAN,
    COMMIT,
    COUNT,
    DAY,
    DIGEST,
    DURATION,
    NAME,
    OPEN_KEYS,
    OPEN_TEXTS,
    PATH,
    REQUIRED_SECTION,
    SECTION,
    SHARE,
    SIZE,
    TEXT,
    TEXTS,
    TIME,
    VERSION,
    Form,
    words,
)
from tests.codec.section_cases import OTHERS

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
    "metadata.supportedUntil": (DAY,),
    "metadata.owner": (REQUIRED_SECTION,),
    "metadata.owner.team": (TEXT,),
    "metadata.owner.contact": (TEXT,),
    "metadata.owner.escalation": (TEXT,),
    "metadata.risk": (words("low", "medium", "high"),),
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
    "spec.environment.runtime.implementation": (words("cpython", "pypy", "graalpy"),),
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
            ("format", words("pylock", "requirements", "uv", "conda")),
            ("digest", DIGEST),
        )
    },
    "spec.dependencies.sources": (Form(("[]", "null", "TODO"), ("{}", "x", "[x]", "[{}]")),),
    "spec.dependencies.sources.*.name": (NAME,),
    "spec.dependencies.sources.*.kind": (words("index", "directory", "git", "url"),),
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
        for key, form in (("direction", words("up", "down", "none", "either")), ("note", TEXT))
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
    "spec.rollout.strategy": (words("canary", "blueGreen", "rolling", "recreate"),),
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
    "spec.rollout.analysis.*.onNoData": (words("pause", "fail", "pass"),),
    "spec.rollout.analysis.*.failureLimit": (COUNT,),
    "spec.rollout.analysis.*.inconclusiveLimit": (COUNT,),
    "spec.governance": (Form(("{}", "null", "TODO"), SECTION.refused),),
    "spec.governance.creators": (TEXTS,),
    "spec.governance.approvers": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.approvers.min": (Form(("0", "2", "TODO"), ("-1", "1001", '"2"', "1.5")),),
    "spec.governance.approvers.roles": (TEXTS,),
    "spec.governance.deployers": (TEXTS,),
    "spec.governance.encryption": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.encryption.atRest": (words("required", "optional"),),
    "spec.governance.encryption.inTransit": (words("required", "optional"),),
    "spec.governance.secrets": (Form(("{}", "TODO"), SECTION.refused),),
    "spec.governance.secrets.rotation": (DURATION,),
    "spec.governance.retention": (DURATION,),
    "spec.governance.audit": (TEXT,),
    **OTHERS,
}


def concrete(path: str) -> str:
    """Write a path of the table as it leads through the full sample."""
    named = path.replace("parameters.*", "parameters.max_batch_size")
    return named.replace("flags.*", "flags.strict_labels").replace(".*", ".0")


def cases(*which: str) -> list[tuple[str, tuple[str, ...]]]:
    """List each path with its accepted, refused or unseen values."""
    found = [
        (concrete(path), tuple(v for form in forms for name in which for v in getattr(form, name)))
        for path, forms in FIELDS.items()
    ]
    return [(path, values) for path, values in found if values]
