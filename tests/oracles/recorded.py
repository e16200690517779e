"""Where other scanners and weighbridge differ about the pickles of `pickles`, and why.

A difference that does not stand here fails the tests: either our verdict is mended, or what is
wrong about the other one is written down.
"""

from __future__ import annotations

NOT_ON_ITS_LIST = "it knows fewer harmless globals; ours are listed with the arguments they take"
ANY_CALL = "it calls every import outside the standard library, and every call, unsafe"
NO_PROOF = "it asks for a proof from installed source, and nothing is installed beside it"
ARRAY_BYTES = "it takes the array joblib writes between the opcodes for opcodes"
NO_FLOATS = "it does not understand a float written in protocol 0"
ENCODED = "it does not look into base64"
JUNK = "it stops at the first pickle when junk follows"
NO_NAME = "the name is not in the bytes; what nobody can name is for a person to look at"

CRIED: dict[tuple[str, str], str] = {
    **{
        ("picklescan", shape): NOT_ON_ITS_LIST
        for shape in (
            *("complex", "datetime", "decimal", "default-dict", "latin-1", "lightgbm", "scalar"),
            *("set", "sklearn-forest", "sklearn-linear", "sklearn-pipeline", "sklearn-tree"),
            *("sparse", "xgboost"),
        )
    },
    **{
        ("fickling", shape): ANY_CALL
        for shape in (
            *("array", "array-ints", "array-new", "complex", "datetime", "decimal"),
            *("default-dict", "latin-1", "lightgbm", "ordered-dict", "scalar", "set"),
            *("sklearn-forest", "sklearn-linear", "sklearn-pipeline", "sklearn-tree", "sparse"),
            *("torch-data", "xgboost"),
        )
    },
    **{
        ("modelaudit", shape): NO_PROOF
        for shape in (
            *("array", "array-ints", "array-new", "latin-1", "lightgbm", "scalar"),
            *("sklearn-forest", "sklearn-linear", "sklearn-pipeline", "sklearn-tree", "sparse"),
            *("joblib-array", "torch-data", "xgboost"),
        )
    },
    ("picklescan", "joblib-array"): ARRAY_BYTES,
    ("fickling", "joblib-array"): ARRAY_BYTES,
    ("fickling", "numbers-0"): NO_FLOATS,
}
"""Harmless ones that another scanner objects to."""

MISSED: dict[tuple[str, str], str] = {
    ("picklescan", "behind-junk"): JUNK,
    ("picklescan", "nested-base64"): ENCODED,
    ("fickling", "nested-base64"): ENCODED,
}
"""Harmful ones that we call malicious and another scanner finds nothing in."""

MILDER: dict[tuple[str, str], str] = {
    ("picklescan", "unresolved-name"): NO_NAME,
    ("modelaudit", "unresolved-name"): NO_NAME,
    ("modelaudit", "extension"): NO_NAME,
}
"""Harmful ones that another scanner calls malicious, and we for a person to look at."""
