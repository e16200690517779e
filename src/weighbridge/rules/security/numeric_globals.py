"""Globals of NumPy, SciPy, joblib and pandas that arrays, matrices and tables consist of."""

from __future__ import annotations

_UFUNCS = (
    "abs absolute add arccos arcsin arctan cbrt ceil cos cosh divide exp exp2 expm1 floor log "
    "log10 log1p log2 maximum minimum multiply negative power reciprocal rint sign sin sinh sqrt "
    "square subtract tan tanh"
)

NUMPY: dict[str, str] = {
    "numpy": (
        "bool bool_ bytes_ clongdouble complex128 complex64 datetime64 double dtype float16 "
        "float32 float64 half int16 int32 int64 int8 intc intp longdouble longlong matrix ndarray "
        "object_ recarray record single str_ string_ timedelta64 uint16 uint32 uint64 uint8 uintc "
        "uintp ulonglong unicode_ void"
    ),
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy._core.records": "recarray record",
    "numpy.rec": "recarray record",
    "numpy.matrixlib.defmatrix": "matrix",
    "numpy.dtypes": (
        "BoolDType BytesDType Complex128DType Complex64DType DateTime64DType Float16DType "
        "Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType ObjectDType "
        "StrDType StringDType TimeDelta64DType UInt16DType UInt32DType UInt64DType UInt8DType "
        "VoidDType"
    ),
    "numpy.ma": "MaskedArray _mareconstruct",
    "numpy.ma.core": "MaskedArray _mareconstruct",
    "numpy.random._generator": "Generator",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64 PCG64DXSM",
    "numpy.random._philox": "Philox",
    "numpy.random._sfc64": "SFC64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "numpy.random.mtrand": "RandomState",
}
"""Module to the names it defines."""

NUMPY_FUNCTIONS: dict[str, str] = {
    "numpy": f"{_UFUNCS} max mean median min sum",
    "numpy._core._multiarray_umath": _UFUNCS,
}
"""Functions that a transformer holds: values that no pickle has reason to call."""

SCIPY: dict[str, str] = {
    "scipy.interpolate._bsplines": "BSpline",
    "scipy.interpolate._interpolate": "interp1d",
    "scipy.interpolate.interpolate": "interp1d",
    **{
        f"scipy.sparse.{module}": f"{kind}_matrix {kind}_array"
        for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
        for module in (f"_{kind}", kind)
    },
}
"""Module to the names it defines."""

SCIPY_FUNCTIONS: dict[str, str] = {
    "scipy._lib.array_api_compat.numpy._aliases": "asarray",  # in a spline
}
"""Functions that models hold: values that no pickle has reason to call."""

JOBLIB: dict[str, str] = {
    # `NDArrayWrapper` reads an array from another file: which one, another rule judges.
    "joblib.numpy_pickle": "NDArrayWrapper NumpyArrayWrapper ZNDArrayWrapper",
    "joblib.numpy_pickle_compat": "NDArrayWrapper ZNDArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle": "NDArrayWrapper NumpyArrayWrapper ZNDArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle_compat": "NDArrayWrapper ZNDArrayWrapper",
}
"""Module to the names it defines."""

PANDAS: dict[str, str] = {
    "pandas": (
        "BooleanDtype Categorical CategoricalDtype CategoricalIndex DataFrame DatetimeIndex "
        "DatetimeTZDtype Float32Dtype Float64Dtype Index Int16Dtype Int32Dtype Int64Dtype "
        "Int8Dtype IntervalDtype MultiIndex PeriodDtype RangeIndex Series StringDtype "
        "TimedeltaIndex UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype"
    ),
    "pandas.arrays": (
        "BooleanArray DatetimeArray FloatingArray IntegerArray NumpyExtensionArray StringArray "
        "TimedeltaArray"
    ),
    "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
    "pandas._libs.internals": "_unpickle_block",
    "pandas.core.arrays.boolean": "BooleanArray BooleanDtype",
    "pandas.core.arrays.categorical": "Categorical",
    "pandas.core.arrays.datetimes": "DatetimeArray",
    "pandas.core.arrays.floating": "Float32Dtype Float64Dtype FloatingArray",
    "pandas.core.arrays.integer": (
        "Int16Dtype Int32Dtype Int64Dtype Int8Dtype IntegerArray UInt16Dtype UInt32Dtype "
        "UInt64Dtype UInt8Dtype"
    ),
    "pandas.core.arrays.numpy_": "NumpyExtensionArray PandasArray",
    "pandas.core.arrays.string_": "StringArray StringDtype",
    "pandas.core.arrays.timedeltas": "TimedeltaArray",
    "pandas.core.dtypes.dtypes": "CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype",
    "pandas.core.frame": "DataFrame",
    "pandas.core.indexes.base": "Index _new_Index",
    "pandas.core.indexes.category": "CategoricalIndex",
    "pandas.core.indexes.datetimes": "DatetimeIndex _new_DatetimeIndex",
    "pandas.core.indexes.multi": "MultiIndex",
    "pandas.core.indexes.numeric": "Float64Index Int64Index UInt64Index",
    "pandas.core.indexes.range": "RangeIndex",
    "pandas.core.indexes.timedeltas": "TimedeltaIndex",
    "pandas.core.internals.blocks": "new_block",
    "pandas.core.internals.managers": "BlockManager SingleBlockManager",
    "pandas.core.series": "Series",
}
"""Module to the names it defines."""
