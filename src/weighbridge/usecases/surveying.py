"""Look through a folder for a model: its files by content, what lies beside them by name."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.locks.names import NAMES
from weighbridge.formats import registry as formats
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.reading.files import SNIFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.probes.tree import WorkTree

MOST_FILES = 20_000
MODEL_FORMATS = frozenset(
    {
        "catboost",
        "coreml",
        "fasttext",
        "gguf",
        "hdf5",
        "keras",
        "lightgbm",
        "onnx",
        "openvino",
        "pickle",
        "pmml",
        "safetensors",
        "skops",
        "tf-graph",
        "tf-saved-model",
        "tflite",
        "torch-zip",
        "xgboost-binary",
        "xgboost-json",
        "xgboost-ubj",
    }
)
"""Formats whose files are models by themselves, not what lies beside one."""
_NOT_OURS = frozenset({"node_modules", "venv", "site-packages", "__pycache__", "build", "dist"})
_COMPANIONS: tuple[tuple[str, str], ...] = (
    (r"tokenizer.*\.json|vocab.*|merges\.txt|special_tokens_map\.json|.*\.spm", "tokenizer"),
    (r"tokenizer\.model|spiece\.model|sentencepiece.*\.model|added_tokens\.json", "tokenizer"),
    (r"(?:pre|feature_?)?process.*\.(?:json|ya?ml)|feature_extractor.*", "preprocessing"),
    (r"preprocessor_config\.json", "preprocessing"),
    (
        r"(?:labels?|classes|config|.*config.*|modules|signature|schema)\.(?:json|txt|ya?ml)",
        "schema",
    ),
    (r"(?:readme|model_?card)\.md", "card"),
)
# sentence-transformers keeps the configuration of each module in a folder such as `1_Pooling`.
_MODULE = re.compile(r"\d+_[A-Za-z]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a folder holds.

    Attributes:
        roles: Files of the release and what each is for, model files first.
        unread: What could not be looked at, and why, a line each.
        left_out: Files beside the model files that are for nothing we know.
    """

    roles: dict[str, str]
    unread: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def survey(tree: WorkTree, inside: str = "") -> Survey:
    """Find the files of a release.

    Args:
        tree: The release's folder.
        inside: The model's folder in it; empty if it is the same.

    Raises:
        UnreadableError: The folder holds more files than a release has.
    """
    weights: list[str] = []
    others: list[str] = []
    unread: list[str] = []
    for path in _own_files(tree, inside):
        if isinstance(path, PathProblem):
            unread.append(f"{path.path} ({path.kind})")
            continue
        found = _format(tree, path)
        if isinstance(found, Unavailable):
            unread.append(f"{path} ({found.reason})")
        else:
            (weights if found in MODEL_FORMATS else others).append(path)
    folders = {os.path.dirname(path) for path in weights}  # noqa: PTH120 - a path inside the tree
    roles = dict.fromkeys(weights, "weights")
    left_out = []
    for path in others:
        folder, name = os.path.split(path)
        above, module = os.path.split(folder)
        if folder not in folders and not (above in folders and _MODULE.fullmatch(module)):
            continue
        role = companion(name)
        if role is None:
            left_out.append(path)
        else:
            roles[path] = role
    return Survey(roles=roles, unread=tuple(unread), left_out=tuple(left_out))


def companion(name: str) -> str | None:
    """Tell by its name what a file beside a model is for; None if it is for nothing we know."""
    return next((role for form, role in _COMPANIONS if re.fullmatch(form, name.lower())), None)


def find_lock(tree: WorkTree, inside: str = "") -> tuple[str, str] | None:
    """Name the lock file in a folder of the tree and its format, if there is one."""
    folder = tree.root / inside
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return next(
        (
            (posixpath.join(inside, name), format_name)
            for form, format_name in NAMES
            for name in names
            if re.fullmatch(form, name)
        ),
        None,
    )


def _own_files(tree: WorkTree, inside: str) -> Iterator[str | PathProblem]:
    """Walk the folder, but neither hidden places nor those that other tools fill."""
    count = 0
    # The names above the model's folder are the user's own choice.
    above = len(posixpath.join(inside, ""))
    for name in sorted(os.listdir(tree.root / inside), key=os.fsencode):  # noqa: PTH208 - names
        if _is_left_alone(name):
            continue
        place = posixpath.join(inside, name)
        kind = tree.kind(place)
        for path in tree.files(place) if kind == "directory" else (place,):
            problem = path if isinstance(path, PathProblem) else None
            if problem is None and any(map(_is_left_alone, str(path)[above:].split("/"))):
                continue
            count += 1
            if count > MOST_FILES:
                help_ = ["run `weighbridge init` in the model's own folder"]
                message = f"{tree.root} holds more than {MOST_FILES} files"
                raise UnreadableError(message, help=help_)
            yield path


def _is_left_alone(name: str) -> bool:
    return name.startswith(".") or name in _NOT_OURS


def _format(tree: WorkTree, path: str) -> str | Unavailable | None:
    """Tell the format of a file by its bytes; None if it is none we know."""
    if not path.isprintable():
        return Unavailable("its name cannot be written down")
    source = tree.open(path)
    if isinstance(source, PathProblem):
        return Unavailable(source.kind)
    if isinstance(source, Unavailable):
        return source
    with source:
        head = source.read_at(0, SNIFF)
        tail = source.read_at(max(0, source.size - SNIFF), SNIFF)
        return formats.sniff(head, tail, source.size)
