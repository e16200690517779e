"""What SLSA's predicate types say: build provenance and verification summaries, v1.

https://slsa.dev/spec/v1.1/provenance, https://slsa.dev/spec/v1.1/verification_summary. Both are
open; extensions are named by URIs.
"""

from __future__ import annotations

from typing import Final

from weighbridge.codec.predicates.in_toto import descriptor
from weighbridge.codec.predicates.shape import (
    any_value,
    list_of,
    map_of,
    mapping,
    one_of,
    record,
    text,
    time,
    uri,
)

_DESCRIPTORS: Final = list_of(descriptor)
PROVENANCE: Final = record(
    {
        "buildDefinition": record(
            {"buildType": uri, "externalParameters": mapping},
            {"internalParameters": mapping, "resolvedDependencies": _DESCRIPTORS},
            closed=False,
        ),
        "runDetails": record(
            {
                "builder": record(
                    {"id": uri},
                    {"builderDependencies": _DESCRIPTORS, "version": map_of(text)},
                    closed=False,
                )
            },
            {
                "byproducts": _DESCRIPTORS,
                "metadata": record(
                    {},
                    {"finishedOn": time, "invocationId": text, "startedOn": time},
                    closed=False,
                ),
            },
            closed=False,
        ),
    },
    closed=False,
)
SUMMARY: Final = record(
    {
        "policy": descriptor,
        "resourceUri": uri,
        "verificationResult": one_of("PASSED", "FAILED"),
        "verifiedLevels": list_of(text),
        "verifier": record({"id": uri}, {"version": map_of(text)}, closed=False),
    },
    {
        "dependencyLevels": map_of(any_value),
        "inputAttestations": _DESCRIPTORS,
        "slsaVersion": text,
        "timeVerified": time,
    },
    closed=False,
)
