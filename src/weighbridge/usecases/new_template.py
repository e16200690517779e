"""`template new`: begin a template, from a skeleton or as a copy of another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.codec.edits import set_value
from weighbridge.codec.templates import read_template
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.probes.catalogues.folder import SUFFIX, reference_of
from weighbridge.usecases.references import shown_path
from weighbridge.usecases.templates import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.catalogue import Catalogue
    from weighbridge.model.document import Document

SKELETON = """\
# What the manifests of one family have in common. A manifest that says `extends: {reference}` is
# put over `release` below: what it says wins, null takes a key out, and members of lists are
# matched by name, where `$remove: true` takes one out.
apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata:
  name: "{name}"
  # What it says never changes under the same version: sealed releases were made with it.
  version: "{version}"
  title: TODO
spec:
  # Places where special cases plug in. With `required: true`, a manifest that leaves one empty is
  # refused.
  hooks:
    - name: golden
      at: spec.evaluation.golden
      description: Inputs whose answers are known, once there are some.
  # Part of a ModelRelease: `metadata` and `spec`, as far as the family has them. Leave out what it
  # cannot know: owner, source, digests, the runtime and its lock.
  release:
    metadata: {{versioning: semver}}
    spec:
      model: {{family: "{name}"}}
      parameters:
        max_batch_size:
          kind: inference
          type: integer
          value: 8
          default: 8
          fallback: 1
          minimum: 1
          maximum: 256
          unit: requests
          description: Requests scored in one call of the model.
          effects:
            latency: {{direction: up}}
            throughput: {{direction: up}}
            memory: {{direction: up}}
            quality: {{direction: none}}
          adjustWhen: throughput is short while the p99 latency is under half its limit
          mapsTo: {{env: MAX_BATCH_SIZE}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A template that was begun; nothing is written yet.

    Attributes:
        reference: `name@version`.
        path: The file it belongs into.
        text: What belongs there.
    """

    reference: str
    path: Path
    text: str

    def write(self) -> None:
        """Write it.

        Raises:
            StorageError: Its folder cannot be made or written to.
        """
        with storing(self.path.parent):
            make_folder(self.path.parent)
        write_file(self.path, self.text.encode())


def begin(
    name: str,
    *,
    origin: str | None,
    directory: str,
    start: Path,
    catalogues: Sequence[Catalogue],
) -> NewTemplate:
    """Begin a template.

    Args:
        name: Its name, or `name@version`; the version is 1 if none is given.
        origin: The template it is a copy of, but for name and version; None for a skeleton.
        directory: The folder it belongs into.
        start: The folder paths are relative to.
        catalogues: The catalogues that count here.

    Raises:
        UsageError: The name is none, or there is such a file or template already.
        NotFoundError: No catalogue holds the template it is to be a copy of.
        DocumentError: That one is not valid.
    """
    reference = name if "@" in name else f"{name}@1"
    if reference_of(reference + SUFFIX) is None:
        help_ = ["lower-case letters, digits, `.`, `_` and `-`: fraud-scoring, or fraud-scoring@2"]
        raise UsageError(f"{name} is no name of a template", help=help_)
    path = start / directory / f"{reference}{SUFFIX}"
    if path.is_symlink() or path.exists():
        raise UsageError(f"{shown_path(path, start)} exists already; it is left as it is")
    taken = next((one for one in catalogues if _holds(one, reference)), None)
    if taken is not None:
        help_ = ["give it another name or version: under one there is one template"]
        held = taken.read(reference).catalogue
        raise UsageError(f"the catalogue {held} holds {reference} already", help=help_)
    if origin is None:
        own, _, version = reference.partition("@")
        text = SKELETON.format(reference=reference, name=own, version=version)
    else:
        text = _renamed(load(origin, catalogues).document, reference)
    read_template(text.encode(), path.name)
    return NewTemplate(reference=reference, path=path, text=text)


def _holds(catalogue: Catalogue, reference: str) -> bool:
    """Look for a template; a catalogue that cannot be read says so when it is used."""
    try:
        return reference in catalogue.references()
    except UnreadableError:
        return False


def _renamed(document: Document, reference: str) -> str:
    """Change name and version, and no other byte."""
    name, _, version = reference.partition("@")
    for at, value in (("/metadata/name", name), ("/metadata/version", version)):
        document = set_value(document, at, value)
    return document.text
