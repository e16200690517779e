"""Texts of one form each, beside those of `fields`: names and versions of other systems."""

from __future__ import annotations

from weighbridge.model.authoring.fields import matching

ImageReference = matching(
    r"^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$",
    "an image such as registry.example.com/team/image, its digest in `digest`",
)

PackageName = matching(r"^[A-Za-z0-9][A-Za-z0-9+._:-]{0,126}$", "the name of an OS package")

PackageVersion = matching(
    r"^[A-Za-z0-9][A-Za-z0-9.+:~^_-]{0,126}$", "the version of an OS package, such as 12.2.0-14"
)

Snapshot = matching(
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?$",
    "a day such as 2026-11-01, or a time such as 2026-11-01T00:00:00Z, quoted",
)

KernelName = matching(r"^[a-z0-9_]+(?:[./][a-z0-9_*-]+)*$", "a name such as net.core.somaxconn")

EntryPoint = matching(
    r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
    r"(?::[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)?$",
    "a module, or `module:function` as entry points have it",
)

PythonVersion = matching(
    r"^[0-9]+\.[0-9]+(?:\.[0-9]+)?t?$", "a version of Python such as 3.11, `3.13t` if free-threaded"
)

ComputeCapability = matching(r"^[0-9]{1,2}\.[0-9]$", "a compute capability such as 8.0, quoted")

CpuLevel = matching(
    r"^(?:x86-64(?:-v[234])?|armv(?:8(?:\.[1-9])?|9(?:\.[0-9])?)-a)$",
    "a level such as x86-64-v3 (x86-64 psABI) or armv8.2-a",
)

MetricName = matching(r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,254}$", "a name of a Prometheus metric")

RollbackTarget = matching(
    r"^(?:previous|sha256:[0-9a-f]{64})$", "`previous`, or the digest of a release"
)

TemplateReference = matching(
    r"^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?@[A-Za-z0-9][A-Za-z0-9._+!-]{0,126}$",
    "a template as `name@version`",
)
