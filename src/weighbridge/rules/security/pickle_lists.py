"""The lists a pickle's globals are held against: plain data with a version and a digest.

What ships with this version is `SHIPPED`. The same data can be had as JSON and read back, so that
a newer list can take its place; everything in it is a full name, never a pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.global_lists import Lists
from weighbridge.rules.security import harmful_globals as harmful
from weighbridge.rules.security.boosting_globals import CATBOOST, LIGHTGBM, XGBOOST
from weighbridge.rules.security.numeric_globals import (
    JOBLIB,
    NUMPY,
    NUMPY_FUNCTIONS,
    PANDAS,
    SCIPY,
    SCIPY_FUNCTIONS,
)
from weighbridge.rules.security.python_globals import PYTHON, RENAMED
from weighbridge.rules.security.sklearn_functions import SKLEARN_FUNCTIONS
from weighbridge.rules.security.sklearn_globals import SKLEARN
from weighbridge.rules.security.sklearn_old_globals import SKLEARN_OLD
from weighbridge.rules.security.torch_globals import TORCH, TORCH_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "2026-11-28"
"""When the shipped lists were last changed."""

ANY: Final = "*"
"""Whatever stands at a place of the arguments."""


def _split(modules: Mapping[str, str], root: str = "") -> dict[str, list[str]]:
    """Split the words of a list, below a package."""
    return {
        f"{root}.{module}".strip("."): sorted(names.split()) for module, names in modules.items()
    }


def _merged(*lists: Mapping[str, list[str]]) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {}
    for modules in lists:
        for module, names in modules.items():
            merged[module] = sorted({*merged.get(module, ()), *names})
    return merged


_LATIN_1 = [f"'{name}'" for name in ("latin1", "latin-1", "latin_1", "iso8859-1", "iso-8859-1")]
_FLAG = ["", "False", "True", "0", "1"]
_ARRAYS = [
    "numpy.ndarray",
    "numpy.matrix",
    "numpy.recarray",
    *(
        f"numpy.{module}"
        for module in (
            "matrixlib.defmatrix.matrix",
            "rec.recarray",
            "core.records.recarray",
            "_core.records.recarray",
        )
    ),
]
_SHAPES: dict[str, list[list[str]]] = {
    "_codecs.encode": [[ANY], _LATIN_1],
    "collections.defaultdict": [["", "None", "global"]],
    "copyreg.__newobj__": [["global"], [ANY], [ANY], [ANY], [ANY], [ANY], [ANY], [ANY]],
    "copyreg.__newobj_ex__": [["global"], [ANY], [ANY]],
    "copyreg._reconstructor": [["global"], ["global"], [ANY]],
    "numpy._core.multiarray._reconstruct": [
        _ARRAYS,
        ["(0,)"],
        ["b'b'", "'b'", "_codecs.encode(…)"],
    ],
    "numpy.dtype": [["text", "global"], _FLAG, _FLAG],
    "numpy.random._pickle.__bit_generator_ctor": [["text", "global"]],
    "numpy.random._pickle.__generator_ctor": [
        ["text", "object"],
        ["", "numpy.random._pickle.__bit_generator_ctor"],
    ],
    "numpy.random._pickle.__randomstate_ctor": [
        ["text", "object"],
        ["", "numpy.random._pickle.__bit_generator_ctor"],
    ],
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": [["global"], ["number"], ["None"]],
    "pandas.core.indexes.base._new_Index": [["global"], [ANY]],
    "pandas.core.indexes.datetimes._new_DatetimeIndex": [["global"], [ANY]],
    **{
        f"sklearn.{module}.newObj": [["global"]]
        for module in (
            "metrics._dist_metrics",
            "neighbors._ball_tree",
            "neighbors._dist_metrics",
            "neighbors._kd_tree",
            "neighbors.ball_tree",
            "neighbors.dist_metrics",
            "neighbors.kd_tree",
        )
    },
    "torch._tensor._rebuild_from_type_v2": [["global"], ["global"], ["tuple"], [ANY]],
    "torch.storage._load_from_bytes": [["<torch-zip>", "<pickle>"]],
}

SHIPPED: Final = Lists(
    version=VERSION,
    allowed={
        "catboost": _split(CATBOOST),
        "joblib": _split(JOBLIB),
        "lightgbm": _split(LIGHTGBM),
        "numpy": _split(NUMPY),
        "pandas": _split(PANDAS),
        "python": _split(PYTHON),
        "scikit-learn": _merged(_split(SKLEARN, "sklearn"), _split(SKLEARN_OLD, "sklearn")),
        "scipy": _split(SCIPY),
        "torch": _split(TORCH, "torch"),
        "xgboost": _split(XGBOOST),
    },
    values={
        "numpy": _split(NUMPY_FUNCTIONS),
        "scikit-learn": _split(SKLEARN_FUNCTIONS, "sklearn"),
        "scipy": _split(SCIPY_FUNCTIONS),
        "torch": _split(TORCH_FUNCTIONS, "torch"),
    },
    shapes=_SHAPES,
    pairs=[
        "numpy.random._pickle.__bit_generator_ctor",
        "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked",
    ],
    handed=["collections.defaultdict", "numpy.random._pickle.__bit_generator_ctor"],
    containers=[
        *(f"builtins.{name}" for name in ("bytearray", "dict", "frozenset", "list", "set")),
        *(f"collections.{name}" for name in PYTHON["collections"].split()),
    ],
    packages=harmful.HARMFUL_PACKAGES.split(),
    modules=list(harmful.HARMFUL_MODULES),
    harmful=_split(harmful.HARMFUL),
    deserialisers=_split(harmful.DESERIALISERS),
    renamed=RENAMED,
)
"""The lists of this version."""


def read_lists(data: Mapping[str, Any]) -> Lists:
    """Make lists from the plain value that `Lists.data` gives.

    Raises:
        ValueError: It has other parts, or one of them is of another form.
    """
    fields = Lists.__dataclass_fields__
    if data.keys() != fields.keys():
        raise ValueError("the lists have other parts than " + ", ".join(fields))
    for name, value in data.items():
        if not _is_like(value, getattr(SHIPPED, name)):
            raise ValueError(f"`{name}` of the lists is not of its form")
    return Lists(**data)


def _is_like(value: object, model: object) -> bool:
    """Whether a value consists of dicts, lists and texts as a model of it does."""
    if isinstance(model, dict):
        inner = next(iter(model.values()))
        return isinstance(value, dict) and all(
            isinstance(key, str) and _is_like(one, inner) for key, one in value.items()
        )
    if isinstance(model, list):
        return isinstance(value, list) and all(_is_like(one, model[0]) for one in value)
    return isinstance(value, str)
