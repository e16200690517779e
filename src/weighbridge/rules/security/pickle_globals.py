"""How far a Python global in a pickle can be trusted: allowed, to be reviewed, or malicious.

The list of what is allowed has full names and no patterns: modules import other modules, so that
`sklearn.datasets._openml.GzipFile` or `numpy.os.system` would pass any rule about prefixes. A name
is on it only if calling it with arguments of the pickle's choosing, and setting the state of what
it returns, runs nothing but the framework's own code for rebuilding a value. That may use memory
and read; it does not write, import, compile, or call what is not on the list itself.

What is known to run code is told apart from what is merely unknown, for the reader's sake alone:
neither is clean.
"""

from __future__ import annotations

from enum import StrEnum

from weighbridge.rules.security.sklearn_globals import SKLEARN_GLOBALS
from weighbridge.rules.security.torch_globals import TORCH_GLOBALS


class Trust(StrEnum):
    """What is known of a global."""

    ALLOWED = "allowed"
    NEEDS_REVIEW = "needs-review"
    MALICIOUS = "malicious"


# Module to the names in it that are allowed, as written by current versions of Python.
_ALLOWED: dict[str, str] = {
    # Values only. `type`, `getattr` and `map` are missing on purpose: they reach further.
    "builtins": (
        "bool bytearray bytes complex dict float frozenset int list object range set slice str "
        "tuple"
    ),
    "collections": "Counter OrderedDict defaultdict deque",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "functools": "partial",  # calls what it is given, which is a global of the same pickle
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "pathlib._local": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "re": "_compile",
    "types": "SimpleNamespace",
    "uuid": "UUID SafeUUID",
    "zoneinfo": "ZoneInfo._unpickle",
    "_codecs": "encode",  # how protocol 2 writes bytes
    "copyreg": "__newobj__ __newobj_ex__ _reconstructor",
    "numpy": (
        "bool_ bool complex128 complex64 dtype float16 float32 float64 int16 int32 int64 int8 "
        "matrix ndarray object_ str_ uint16 uint32 uint64 uint8 bytes_ void datetime64 timedelta64"
    ),
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.dtypes": (
        "BoolDType Complex128DType Complex64DType Float16DType Float32DType Float64DType "
        "Int16DType Int32DType Int64DType Int8DType ObjectDType StrDType UInt16DType UInt32DType "
        "UInt64DType UInt8DType"
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
    "scipy.interpolate._bsplines": "BSpline",
    "scipy.interpolate._interpolate": "interp1d",
    "scipy.interpolate.interpolate": "interp1d",
    **{
        f"scipy.sparse.{module}": f"{kind}_matrix {kind}_array"
        for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
        for module in (f"_{kind}", kind)
    },
    # `NDArrayWrapper` is missing on purpose: it loads another file, wherever that may lie.
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    # A booster can be told to read a model file; it cannot be told to run one.
    "xgboost.core": "Booster",
    "xgboost.sklearn": (
        "XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor"
    ),
    "lightgbm.basic": "Booster",
    "lightgbm.sklearn": "LGBMClassifier LGBMModel LGBMRanker LGBMRegressor",
    "catboost.core": "CatBoost CatBoostClassifier CatBoostRanker CatBoostRegressor",
    "pandas": "Categorical DataFrame Index MultiIndex RangeIndex Series",
    "pandas._libs.internals": "_unpickle_block",
    "pandas.core.frame": "DataFrame",
    "pandas.core.indexes.base": "Index _new_Index",
    "pandas.core.indexes.multi": "MultiIndex",
    "pandas.core.indexes.range": "RangeIndex",
    "pandas.core.internals.blocks": "new_block",
    "pandas.core.internals.managers": "BlockManager SingleBlockManager",
    "pandas.core.series": "Series",
}

# Names of Python 2, and of NumPy before 2.0, for the modules above.
_RENAMED = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "numpy.core": "numpy._core",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "numpy.core.numeric": "numpy._core.numeric",
}

# Whatever is taken from these packages: they run commands, open files and sockets, load code, or
# load further pickles.
_HARMFUL_ROOTS = (
    "_aix_support _ctypes _frozen_importlib _frozen_importlib_external _imp _interpreters _io "
    "_osx_support _pickle _posixsubprocess _pyrepl _socket _testcapi _thread _winapi aiohttp "
    "antigravity asyncio atexit bdb cPickle cProfile cffi code codeop commands concurrent "
    "ctypes dbm distutils doctest ensurepip fileinput ftplib gc glob http httpx idlelib "
    "imaplib imp importlib inspect lib2to3 linecache marshal mmap msvcrt multiprocessing "
    "nntplib nt os paramiko pdb pexpect pickle pip pkgutil platform popen2 poplib posix "
    "profile pty pydoc requests runpy select setuptools shelve shutil signal site smtplib "
    "socket socketserver sqlite3 ssl subprocess sys sysconfig telnetlib tempfile test "
    "threading timeit trace turtle urllib urllib2 urllib3 venv webbrowser winreg xmlrpc "
    "zipimport"
)
_HARMFUL_MODULES = (
    "logging.config",
    "numpy.ctypeslib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed",
    "torch.fx.experimental",
    "torch.hub",
    "torch.jit",
    "torch.package",
    "torch.testing",
    "torch.utils.bottleneck",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.data.datapipes",
)
_HARMFUL: dict[str, str] = {
    "_operator": "attrgetter methodcaller",
    "builtins": (
        "__build_class__ __import__ apply breakpoint compile delattr dir eval exec execfile exit "
        "file getattr globals help input locals open print quit raw_input reload setattr vars"
    ),
    "cloudpickle.cloudpickle": "dynamic_subimport subimport",
    "dill": "load loads",
    "dill._dill": "_import_module load loads",
    "io": "FileIO OpenWrapper open open_code",
    "joblib": "load",
    "joblib.numpy_pickle": "load",
    "logging": "FileHandler",
    "numpy": "fromfile load loadtxt memmap save savetxt savez",
    "numpy.lib._npyio_impl": "load",
    "numpy.lib.npyio": "load",
    "operator": "attrgetter methodcaller",
    "pandas": "eval read_pickle",
    "pandas.io.pickle": "read_pickle",
    "torch": "load save",
    "torch.serialization": "load save",
    "types": "CodeType FunctionType MethodType",
    "uuid": "_get_command_stdout _popen",
}

_ALLOWED_NAMES = (
    frozenset(f"{module}.{name}" for module, names in _ALLOWED.items() for name in names.split())
    | SKLEARN_GLOBALS
    | TORCH_GLOBALS
)
# TorchScript's own classes: `torch.jit.load` resolves them in the archive's compiled code, and no
# Python module has such a name. What that code does is judged by other rules.
_TORCHSCRIPT = "__torch__"
_HARMFUL_PACKAGES = frozenset(_HARMFUL_ROOTS.split())
_HARMFUL_NAMES = frozenset(
    f"{module}.{name}" for module, names in _HARMFUL.items() for name in names.split()
)


def trust(module: str, name: str) -> Trust:
    """Say how far a global can be trusted.

    Args:
        module: Module as the pickle spells it; empty if it could not be told.
        name: Attribute path in it, components joined by dots; empty if it could not be told.
    """
    if not module or not name:
        # Half a name is enough to know the worst of it.
        return Trust.MALICIOUS if _is_harmful(module, name) else Trust.NEEDS_REVIEW
    module = _RENAMED.get(module, module)
    torchscript = module.partition(".")[0] == _TORCHSCRIPT
    if torchscript or f"{module}.{name}" in _ALLOWED_NAMES:
        return Trust.ALLOWED
    return Trust.MALICIOUS if _is_harmful(module, name) else Trust.NEEDS_REVIEW


def _is_harmful(module: str, name: str) -> bool:
    """Look at the package, the module, and every step of the attribute path.

    A path such as `logging:os.system` walks from one module into the next.
    """
    steps = name.split(".")
    if module.partition(".")[0] in _HARMFUL_PACKAGES or _HARMFUL_PACKAGES & set(steps[:-1]):
        return True
    if any(f"{module}.".startswith(f"{harmful}.") for harmful in _HARMFUL_MODULES):
        return True
    return any(
        f"{module}.{'.'.join(steps[:count])}" in _HARMFUL_NAMES
        for count in range(1, len(steps) + 1)
    )
