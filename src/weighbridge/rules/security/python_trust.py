"""How far Python can be trusted that a file names, or brings with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.security.code_trust import ALLOWED, Opinion, note, of_python, review
from weighbridge.rules.security.nemo_names import NEMO_NAMES

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_MLFLOW: Final = """
    catboost diviner fastai h2o johnsnowlabs keras langchain lightgbm llama_index mleap onnx openai
    paddle pmdarima prophet pyfunc.model pytorch sentence_transformers sklearn spacy spark
    statsmodels tensorflow transformers xgboost
"""
_LOADERS: Final = frozenset(f"mlflow.{name}" for name in _MLFLOW.split())
_UFUNCS: Final = """
    abs absolute acos acosh add arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan
    atan2 atanh bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor cbrt ceil conj conjugate copysign cos cosh deg2rad degrees
    divide divmod equal exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd
    greater greater_equal heaviside hypot invert isfinite isinf isnan isnat lcm ldexp left_shift
    less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or
    logical_xor matmul matvec maximum minimum mod modf multiply negative nextafter not_equal
    positive pow power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh
    spacing sqrt square subtract tan tanh true_divide trunc vecdot vecmat
"""
_SPECIAL: Final = """
    boxcox boxcox1p cbrt digamma entr erf erfc erfcinv erfinv exp10 exp2 expit expm1 gamma gammainc
    gammaincc gammaln huber inv_boxcox inv_boxcox1p kl_div log1p log_expit log_ndtr logit loggamma
    ndtr ndtri psi pseudo_huber rel_entr sinc xlog1py xlogy
"""
_LINKS: Final = "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit"
_LOSSES: Final = """
    AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss
    HalfSquaredError HuberLoss PinballLoss
"""
_SCORES: Final = "chi2 f_classif f_oneway f_regression r_regression"
_SKOPS: Final = frozenset(
    {
        "builtins.NoneType",
        "builtins.bool",
        "builtins.function",  # stands around the name of one, which is judged by itself
        "builtins.method",  # likewise, and around the object it is of
        "builtins.type",  # likewise
        "builtins.zip",
        "functools.partial",  # calls what the same file names
        "numpy.ufunc",
        *(f"numpy.{name}" for name in _UFUNCS.split()),
        *(f"numpy.random.{name}" for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")),
        *(f"scipy.special._ufuncs.{name}" for name in _SPECIAL.split()),
        *(f"scipy.special.{name}" for name in _SPECIAL.split()),
        *(f"sklearn._loss.link.{name}" for name in _LINKS.split()),
        *(f"sklearn._loss.loss.{name}" for name in _LOSSES.split()),
        *(f"numpy.{name}" for name in ("amax", "amin", "max", "mean", "median", "min", "sum")),
        *(f"sklearn.feature_selection._univariate_selection.{name}" for name in _SCORES.split()),
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        "sklearn.cluster._kmeans._kmeans_single_elkan",
        "sklearn.cluster._kmeans._kmeans_single_lloyd",
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    }
)
"""Types skops trusts beyond those that pickles need (skops.io._trusted_types), and functions that
estimators of scikit-learn keep."""


def skops(use: CodeUse) -> Opinion:
    """Say what is known of a type that skops is to make."""
    return ALLOWED if use.name in _SKOPS else of_python(use.name)


def reference(use: CodeUse) -> Opinion:
    """Say what is known of a name that a configuration has imported."""
    if use.name in NEMO_NAMES or use.name in _LOADERS:
        return ALLOWED
    return of_python(use.name)


def file(use: CodeUse) -> Opinion:
    """Say what is known of a file of Python: that somebody has to read it."""
    if use.name.endswith(".txt"):
        return note("packages it lists may be installed when the model is deployed")
    return review("whoever uses the archive runs it")


def native(use: CodeUse) -> Opinion:
    """Say what is known of native code."""
    if "any platform" in use.detail:
        return review("a wheel that says it is for any platform should hold none")
    if "loaded with" in use.detail:
        return review("whoever loads the archive runs it")
    return note("nobody can tell from its bytes what it does")
