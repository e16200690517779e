"""`init`: look at what is there and write a first manifest; what cannot be known is `TODO`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.files import write_file
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.editing import dotted
from weighbridge.usecases.proposing import container, model_files, sources, surroundings
from weighbridge.usecases.proposing.completing import complete
from weighbridge.usecases.proposing.folder import Folder
from weighbridge.usecases.proposing.over_template import over
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.settling import settle
from weighbridge.usecases.proposing.values import slug
from weighbridge.usecases.references import MANIFEST, shown_path
from weighbridge.usecases.surveying import MODEL_FORMATS, Survey, survey
from weighbridge.usecases.templates import chosen, extending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.templates import Catalogues, LoadedTemplate

IGNORED = b".weighbridge/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A manifest that was made from what is there.

    Attributes:
        path: Where it belongs.
        text: Its text.
        looks_like: What the folder was taken for, in words; empty for plain files.
        found: What it was made from, a line each.
        unread: What could not be looked at or was not taken, a line each.
        left_out: Files beside the model that the manifest does not list.
        todos: Paths of what its author has yet to say, as `set` takes them.
    """

    path: Path
    text: str
    looks_like: str
    found: tuple[str, ...]
    unread: tuple[str, ...]
    left_out: tuple[str, ...]
    todos: tuple[str, ...]


def propose(
    directory: str | None,
    *,
    start: Path,
    environ: Mapping[str, str],
    catalogues: Catalogues,
    source: tuple[str, str] | None = None,
    template: str | None = None,
    reader: FileReader | None = None,
    said: Partial | None = None,
) -> Proposal:
    """Make a manifest for the model in a folder; nothing is written.

    Args:
        directory: The folder the manifest goes into; the model's own, or else `start`, if None.
        start: The user's folder.
        environ: Environment variables.
        catalogues: Opens the catalogues of templates that count in the manifest's folder.
        source: Kind of the model's folder and its path, if it need not be looked for.
        template: The template it is to extend, with or without its version.
        reader: Who reads the files.
        said: What is known from elsewhere, and has the say.

    Raises:
        UnreadableError: The folder is not there, or holds no model file.
        UsageError: It has a manifest already, or the model does not lie in it.
        NotFoundError: There is no such template.
    """
    kind, place = source or (None, None)
    folder = start / (directory or place or ".")
    path = _new_manifest(folder, start)
    upon = None if template is None else chosen(template, catalogues(folder))
    inside = _inside(folder, start / place, start) if place is not None else ""
    model = Folder(WorkTree(folder), inside)
    known = sources.recognise(model, kind)
    seen = survey(model.tree, inside)
    roles = _roles(seen, known, model)
    if not (known.artifacts or "weights" in roles.values()):
        raise _no_model(shown_path(folder / inside, start), (*seen.unread, *model.unread))
    files, around = model_files.observe(model.tree, roles, reader), Folder(model.tree)
    artifacts = [*model_files.artifacts(files, roles, known.artifacts)]
    parts = (
        said or Partial(),
        known,
        model_files.propose(files, roles),
        *_surroundings(around, environ),
        surroundings.lock(model, known.locks),
    )
    whole = _whole(parts, artifacts, slug((model.tree.root / inside).name), upon)
    text, read, refused = settle(whole, prepare=extending(folder, catalogues))
    found = tuple(_found(artifacts, parts))
    return Proposal(
        path=path,
        text=text,
        looks_like=known.looks_like,
        found=found,
        unread=tuple(dict.fromkeys((*seen.unread, *model.unread, *around.unread, *refused))),
        left_out=_beside(seen, roles, found),
        todos=tuple(dotted(at) for at in read.todos),
    )


def _whole(
    parts: Iterable[Partial],
    artifacts: list[dict[str, Any]],
    name: str,
    upon: LoadedTemplate | None,
) -> dict[str, Any]:
    """Make one document, over a template if there is one."""
    documents = (part.document for part in parts)
    whole = complete(documents, name=name, artifacts=artifacts)
    return whole if upon is None else over(whole, upon)


def write(proposal: Proposal) -> None:
    """Write a proposed manifest, and tell git to leave the registry beside it alone.

    Raises:
        UnreadableError: There is a `.gitignore` that cannot be read; nothing was written.
        StorageError: The folder cannot be written to.
    """
    ignore = proposal.path.parent / ".gitignore"
    try:
        before = ignore.read_bytes()
    except FileNotFoundError:
        before = b""
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{ignore} cannot be read: {reason}") from error
    write_file(proposal.path, proposal.text.encode())
    if IGNORED not in before.splitlines():
        line_break = b"\r\n" if b"\r\n" in before else b"\n"
        gap = b"" if before.endswith(b"\n") or not before else line_break
        write_file(ignore, before + gap + IGNORED + line_break)


def _new_manifest(folder: Path, start: Path) -> Path:
    """Name the manifest to be; refuse where it cannot be, or is already."""
    path = folder / MANIFEST
    if not folder.is_dir():
        help_ = ["name the model's folder"]
        raise UnreadableError(f"{shown_path(folder, start)} is not a folder", help=help_)
    if path.is_symlink() or path.exists():
        help_ = ["`weighbridge capture --update` brings it up to date"]
        message = f"{shown_path(path, start)} exists already; it is left as it is"
        raise UsageError(message, help=help_)
    return path


def _inside(folder: Path, model: Path, start: Path) -> str:
    """Say where the model's folder lies in the manifest's; empty if it is the same."""
    if not model.is_dir():
        help_ = ["name the folder, not a file in it"]
        raise UnreadableError(f"{shown_path(model, start)} is not a folder", help=help_)
    real, root = (Path(os.path.realpath(path)) for path in (model, folder))
    if not real.is_relative_to(root):
        shown = shown_path(folder, start)
        raise UsageError(
            f"{shown_path(model, start)} does not lie in {shown}, where the manifest would be",
            wanted="the model's files below the manifest's folder",
            help=["leave DIR out to have the manifest written beside the model", "or move it"],
        )
    inside = real.relative_to(root).as_posix()
    return "" if inside == "." else inside


def _roles(seen: Survey, known: Partial, folder: Folder) -> dict[str, str]:
    """Join what a source names with what was found by content or name; model files come first."""
    named = {path: role for path, role in known.roles.items() if folder.tree.kind(path) == "file"}
    joined = {**named, **seen.roles}
    return dict(sorted(joined.items(), key=lambda entry: entry[1] != "weights"))


def _surroundings(around: Folder, environ: Mapping[str, str]) -> tuple[Partial, ...]:
    root = around.tree.root
    return (
        container.propose(around),
        surroundings.git(root),
        surroundings.project(around),
        surroundings.python(root, environ),
    )


def _found(artifacts: Iterable[Mapping[str, Any]], parts: Iterable[Partial]) -> Iterator[str]:
    """Say what the manifest was made from, the files first."""
    for entry in artifacts:
        yield f"{entry['role']}: {entry.get('path') or entry['uri']}"
    yield from dict.fromkeys(line for part in parts for line in part.found)


def _beside(seen: Survey, roles: Mapping[str, str], found: Iterable[str]) -> tuple[str, ...]:
    """List the files beside the model that nothing was made from."""
    listed = {*roles, *(line.partition(": ")[2].partition(";")[0] for line in found)}
    return tuple(one for one in seen.left_out if one not in listed)


def _no_model(shown: str, unread: tuple[str, ...]) -> UnreadableError:
    formats = f"formats known by content: {', '.join(sorted(MODEL_FORMATS))}"
    return UnreadableError(
        f"{shown} holds no model file",
        cause="; ".join(f"not read: {line}" for line in dict.fromkeys(unread[:3])),
        help=["name the folder the model lies in", formats],
    )
