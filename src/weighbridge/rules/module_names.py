"""Which packages bring which modules: a closed table of well-known ones, and what it cannot say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Collection

_OTHERWISE: Final = """
absl absl-py
attr attrs
bs4 beautifulsoup4
Crypto pycryptodome pycrypto
cv2 opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless
dateutil python-dateutil
dns dnspython
docx python-docx
dotenv python-dotenv
faiss faiss-cpu faiss-gpu
fitz pymupdf
git gitpython
google protobuf
grpc grpcio
hydra hydra-core
jose python-jose
jwt pyjwt
kafka kafka-python kafka-python-ng
lightning lightning pytorch-lightning
llama_cpp llama-cpp-python
magic python-magic
MySQLdb mysqlclient
OpenSSL pyopenssl
PIL pillow pillow-simd
pkg_resources setuptools
prometheus_client prometheus-client
psycopg2 psycopg2 psycopg2-binary
pptx python-pptx
pythonjsonlogger python-json-logger
rapidjson python-rapidjson
serial pyserial
setuptools setuptools
skimage scikit-image
sklearn scikit-learn
slugify python-slugify
socks pysocks
tensorflow tensorflow tensorflow-cpu tensorflow-gpu tensorflow-intel tensorflow-macos
usaddress usaddress
umap umap-learn
yaml pyyaml
zmq pyzmq
"""
_THE_SAME: Final = """
accelerate aiohttp altair bentoml boto3 botocore catboost click cryptography cython dask
datasets diffusers django evaluate fastapi flask flax fsspec gensim gradio gunicorn h5py
httpx huggingface_hub jax jaxlib jinja2 joblib keras langchain lightgbm litellm matplotlib
mlflow networkx nltk numba numpy omegaconf onnx onnxruntime openai optuna orjson pandas peft plotly
polars psutil pyarrow pydantic ray redis regex requests rich safetensors scipy seaborn
sentence_transformers sentencepiece sentry_sdk shap spacy sqlalchemy starlette statsmodels
streamlit sympy tenacity tiktoken timm tokenizers torch torchaudio torchvision tornado tqdm
transformers triton typer urllib3 uvicorn vllm wandb xgboost zstandard
"""
_NAMED_OTHERWISE: Final = {
    module: frozenset(packages)
    for module, *packages in (line.split() for line in _OTHERWISE.strip().splitlines())
}
_NAMED_THE_SAME: Final = frozenset(_THE_SAME.split())
_OLD: Final = """
aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap
msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
"""
_LEFT_SINCE: Final = frozenset(_OLD.split())
"""Modules that newer Pythons have no more: whichever runs this, the answer is the same."""
_CAME_SINCE: Final = frozenset({"annotationlib", "compression", "tomllib"})


def is_standard(module: str) -> bool:
    """Tell whether a module is, or was, part of Python."""
    return module in sys.stdlib_module_names | _LEFT_SINCE | _CAME_SINCE


def is_known(module: str) -> bool:
    """Tell whether it is known which packages bring a module."""
    return module in _NAMED_OTHERWISE or module in _NAMED_THE_SAME


def packages_of(module: str) -> frozenset[str]:
    """Name the packages that bring a module; of one that is not known, the one of its name."""
    return _NAMED_OTHERWISE.get(module, frozenset({canonicalize_name(module)}))


def brings(module: str, packages: Collection[str]) -> bool:
    """Tell whether one of some packages brings a module, or may well do so by its name.

    Packages that share a namespace begin with its name: `google-cloud-storage`.
    """
    if not packages_of(module).isdisjoint(packages):
        return True
    plain = canonicalize_name(module)
    wide = {f"python-{plain}", f"py{plain}", f"{plain}-python", f"py-{plain}"}
    named_so = not wide.isdisjoint(packages)
    return named_so or any(package.startswith(f"{plain}-") for package in packages)


def modules_of(package: str) -> frozenset[str]:
    """Name the modules a package may bring: those of the table, and the one of its name."""
    listed = {module for module, names in _NAMED_OTHERWISE.items() if package in names}
    return frozenset({package.replace("-", "_"), package, *listed})
