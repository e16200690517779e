"""`init`: look at what is there and write a first manifest; what cannot be known is `TODO`."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from weighbridge.adapters.files import write_file
from weighbridge.codec.canonical import digest
from weighbridge.codec.schemas import SCHEMA_FILE
from weighbridge.codec.validating import read_release
from weighbridge.formats import registry as formats
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.release import API_VERSION, KIND, TODO
from weighbridge.probes.artifacts import SNIFF, ArtifactProbe
from weighbridge.probes.git import observe_source
from weighbridge.probes.python import observe_python
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.references import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.ports import Progress

HEADER = f"# yaml-language-server: $schema=https://{API_VERSION}/{SCHEMA_FILE}\n"
MOST_FILES = 20_000
_NOT_OURS = frozenset({"node_modules", "venv", "site-packages", "__pycache__", "build", "dist"})
_MODELS = frozenset({"onnx", "safetensors", "pickle", "torch-zip"})
_COMPANIONS: tuple[tuple[str, str], ...] = (
    (r"tokenizer.*\.json|vocab.*|merges\.txt|special_tokens_map\.json|.*\.spm", "tokenizer"),
    (r"(?:pre|feature_?)?process.*\.(?:json|ya?ml)|feature_extractor.*", "preprocessing"),
    (r"preprocessor_config\.json", "preprocessing"),
    (r"(?:labels?|classes|config|.*config.*|signature|schema)\.(?:json|txt|ya?ml)", "schema"),
    (r"(?:readme|model_?card)\.md", "card"),
)
_LOCKS: tuple[tuple[str, str], ...] = (
    (r"pylock(?:\..+)?\.toml", "pylock"),
    (r"uv\.lock", "uv"),
    (r"requirements.*\.lock", "requirements"),
    (r"requirements.*\.txt", "requirements"),
    (r"conda-lock\.ya?ml", "conda"),
)


class _Quoted(str):
    """Text that is written in quotes although it needs none: versions, as people should."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes block style, versions in quotes."""


def _represent_quoted(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Dumper.add_representer(_Quoted, _represent_quoted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A manifest that was made from what is there.

    Attributes:
        path: Where it belongs.
        text: Its text.
        found: What it was made from, a line each.
        todos: Dotted paths of what its author has yet to say.
    """

    path: Path
    text: str
    found: tuple[str, ...]
    todos: tuple[str, ...]


def propose(
    folder: Path, *, environ: Mapping[str, str], progress: Progress | None = None
) -> Proposal:
    """Make a manifest for the model in a folder; nothing is written.

    Raises:
        UnreadableError: The folder is not there, or holds no model file.
        UsageError: It has a manifest already.
    """
    if not folder.is_dir():
        raise UnreadableError(f"{folder} is not a folder", help=["name the model's folder"])
    if (folder / MANIFEST).exists():
        help_ = ["`weighbridge capture --update` brings it up to date"]
        raise UsageError(f"{folder / MANIFEST} exists already; it is left as it is", help=help_)
    tree = WorkTree(folder)
    weights, companions = _find_files(tree)
    if not weights:
        help_ = [
            "name the folder the model lies in",
            f"known formats: {', '.join(sorted(_MODELS))}",
        ]
        raise UnreadableError(f"{folder} holds no model file", help=help_)
    probe = ArtifactProbe(tree, progress=progress)
    seen = probe.files([*weights, *companions]).files
    roles = {**dict.fromkeys(weights, "weights"), **companions}
    artifacts = list(_artifacts(seen, roles))
    document = _document(folder, artifacts, environ)
    text = HEADER + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )
    _, read = read_release(text.encode(), MANIFEST)
    lock = document["spec"]["dependencies"]["runtime"]["lock"]
    return Proposal(
        path=folder / MANIFEST,
        text=text,
        found=(
            *(f"{artifact['role']}: {artifact['path']}" for artifact in artifacts),
            *([f"lock: {lock}"] if lock != TODO else []),
        ),
        todos=tuple(at.removeprefix("/").replace("/", ".") for at in read.todos),
    )


def write(proposal: Proposal) -> None:
    """Write a proposed manifest, and tell git to leave the registry beside it alone."""
    write_file(proposal.path, proposal.text.encode())
    ignore = proposal.path.parent / ".gitignore"
    try:
        before = ignore.read_text() if ignore.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{ignore} cannot be read: {error}") from error
    if ".weighbridge/" not in before.splitlines():
        gap = "" if before.endswith("\n") or not before else "\n"
        write_file(ignore, f"{before}{gap}.weighbridge/\n".encode())


def _find_files(tree: WorkTree) -> tuple[list[str], dict[str, str]]:
    """Find model files by content, and what lies beside them by name."""
    weights: list[str] = []
    others: list[str] = []
    for path in _visible_files(tree):
        (weights if _model_format(tree, path) else others).append(path)
    folders = {os.path.dirname(path) for path in weights}  # noqa: PTH120 - a path inside the tree
    companions = {}
    for path in others:
        folder, name = os.path.split(path)
        role = next((role for form, role in _COMPANIONS if re.fullmatch(form, name.lower())), None)
        if role is not None and folder in folders:
            companions[path] = role
    return weights, companions


def _visible_files(tree: WorkTree) -> Iterator[str]:
    for number, path in enumerate(tree.files("")):
        if number > MOST_FILES:
            message = f"{tree.root} holds more than {MOST_FILES} files"
            raise UnreadableError(
                message, help=["run `weighbridge init` in the model's own folder"]
            )
        if not isinstance(path, str):
            continue
        parts = path.split("/")
        if not any(part.startswith(".") or part in _NOT_OURS for part in parts):
            yield path


def _model_format(tree: WorkTree, path: str) -> str | None:
    source = tree.open(path)
    if isinstance(source, PathProblem | Unavailable):
        return None
    with source:
        head = source.read_at(0, SNIFF)
        tail = source.read_at(max(0, source.size - SNIFF), SNIFF)
        found = formats.sniff(head, tail, source.size)
    return found if found in _MODELS else None


def _artifacts(
    seen: Mapping[str, ObservedFile | Unavailable], roles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    names: set[str] = set()
    for path, role in roles.items():
        file = seen[path]
        if isinstance(file, Unavailable):
            continue
        found = file.structure
        known = "unknown" if isinstance(found, Unavailable) else found.format
        yield {
            "name": _unique(_slug(Path(path).stem), path, names),
            "role": role,
            "path": path,
            **({"format": known} if known != "unknown" and role == "weights" else {}),
            "size": file.size,
            "digest": file.digest,
        }


def _unique(name: str, path: str, taken: set[str]) -> str:
    for candidate in (name, _slug(Path(path).name), _slug(path)):
        if candidate not in taken:
            taken.add(candidate)
            return candidate
    taken.add(f"{name}-{len(taken)}")
    return f"{name}-{len(taken) - 1}"


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return slug[:100].strip("-._") or "model"


def _document(
    folder: Path, artifacts: list[dict[str, Any]], environ: Mapping[str, str]
) -> dict[str, Any]:
    project = _project(folder)
    name = _slug(str(project.get("name") or folder.resolve().name))
    weights = next(entry for entry in artifacts if entry["role"] == "weights")
    source = observe_source(folder, own_files=(), pinned=())
    repo = "" if isinstance(source, Unavailable) else source.repo
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name,
            "version": _Quoted(_version(project)),
            "versioning": "semver",
            "owner": {"team": TODO, "contact": TODO},
        },
        "spec": {
            "source": {"repo": repo} if repo else {},
            "model": {
                "name": name,
                "task": TODO,
                **({"format": weights["format"]} if "format" in weights else {}),
                "license": _license(project),
            },
            "environment": {"runtime": _runtime(folder, environ)},
            "dependencies": {"runtime": _lock(folder)},
            "artifacts": artifacts,
        },
    }


def _project(folder: Path) -> dict[str, Any]:
    """Read `[project]` of a pyproject.toml beside the model, if there is a sound one."""
    try:
        table = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError):
        return {}
    return table if isinstance(table, dict) else {}


def _version(project: Mapping[str, Any]) -> str:
    version = str(project.get("version", ""))
    return version if re.fullmatch(r"\d+\.\d+\.\d+", version) else "0.1.0"


def _license(project: Mapping[str, Any]) -> str:
    found = project.get("license")
    return found if isinstance(found, str) and found else TODO


def _runtime(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    python = observe_python(folder, environ=environ)
    if isinstance(python, Unavailable):
        return {"implementation": "cpython", "version": TODO}
    return {"implementation": python.implementation, "version": _Quoted(python.version)}


def _lock(folder: Path) -> dict[str, str]:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    for form, kind in _LOCKS:
        for name in names:
            if re.fullmatch(form, name):
                return {
                    "lock": name,
                    "format": kind,
                    "digest": digest((folder / name).read_bytes()),
                }
    return {"lock": TODO, "format": TODO}
