"""The faults a document can have, by code; the texts are what `weighbridge explain` prints."""

from __future__ import annotations

SYNTAX = "WB111"
DUPLICATE_KEY = "WB112"
BUDGET = "WB113"
AMBIGUOUS = "WB114"
UNKNOWN_KEY = "WB115"
MISSING_KEY = "WB116"
WRONG_VALUE = "WB117"
ENCODING = "WB118"
WRONG_KIND = "WB119"
EXPRESSION = "WB120"

DOCUMENT_FAULTS: dict[str, str] = {
    SYNTAX: "The text is not YAML 1.2. Tags, merge keys and further documents are refused too: "
    "they make one text mean different things to different readers.",
    DUPLICATE_KEY: "A mapping has the same key twice. YAML forbids it and most readers silently "
    "take the last one, so a reviewer and a program can see different values.",
    BUDGET: "The document is larger, deeper or unfolds to more than a document ever needs.",
    AMBIGUOUS: "A number is written in a way that readers of YAML 1.1 and 1.2 take for different "
    "values (`010`), or that cannot be kept exactly (`.nan`, integers beyond ±(2**53 - 1)). "
    "Write it out, or quote it if it is text.",
    UNKNOWN_KEY: "The key is not part of the format. Every level is closed, so that a "
    "misspelt key is an error and not a silent default.",
    MISSING_KEY: "A key that every such document must have is not there.",
    WRONG_VALUE: "A value is of the wrong type or form. Versions and other text that looks like "
    "a number must be quoted.",
    ENCODING: "The file is not UTF-8, or holds characters that text must not hold.",
    EXPRESSION: "An expression (CEL) of a policy cannot be compiled: it speaks of a field that is "
    "not there, yields another type than is wanted, or is not an expression of the language.",
    WRONG_KIND: "The document is not of the `apiVersion` and `kind` that are wanted here: a "
    "release is a `ModelRelease`, a policy a `PromotionPolicy`, an environment an `Environment`. "
    "Manifests of older versions are read as if written today; what is of a newer version is not "
    "read in part, but refused: nobody can tell what its keys will mean.",
}
