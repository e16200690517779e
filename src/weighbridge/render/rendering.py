"""From an order to the files of a target, with what is refused and what is done otherwise."""

from __future__ import annotations

import difflib
import hashlib
import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.rendering import Order, Refusal, RenderedFile, Rendering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import Target, TargetOption

SUMS: Final = "SHA256SUMS"
"""Digests of all files, as `sha256sum --check` reads them."""


class _Remarks:
    """Keeps what renderers say, each thing once."""

    def __init__(self) -> None:
        self.refusals: dict[Refusal, None] = {}
        self.notices: dict[str, None] = {}

    def refuse(
        self,
        message: str,
        pointer: str = "",
        *alternatives: str,
        seen: str = "",
        wanted: str = "",
    ) -> None:
        one = Refusal(
            message=message, pointer=pointer, seen=seen, wanted=wanted, alternatives=alternatives
        )
        self.refusals[one] = None

    def notice(self, message: str) -> None:
        self.notices[message] = None


def render(
    target: Target,
    release: ModelRelease,
    digest: str,
    *,
    version: str = "",
    namespace: str = "",
    options: Mapping[str, str],
) -> Rendering:
    """Render a release for a target.

    Args:
        target: The kind of target.
        release: The manifest.
        digest: The release digest.
        version: Version of the target; the newest that is known if empty.
        namespace: Namespace of the objects.
        options: What is said of the target, by name.
    """
    remarks = _Remarks()
    version = version or target.versions[-1]
    if version not in target.versions:
        remarks.refuse(
            f"version {version} of {target.kind} is not known",
            "",
            f"name one of {', '.join(target.versions)}",
            seen=version,
        )
    chosen = _chosen(target.options, options, remarks)
    files: Sequence[RenderedFile] = ()
    if not remarks.refusals:
        order = Order(
            release=release, digest=digest, version=version, namespace=namespace, options=chosen
        )
        files = sorted(target.render(order, remarks), key=lambda one: one.path)
        files = (*files, _sums(files))
    return Rendering(
        kind=target.kind,
        version=version,
        namespace=namespace,
        options=dict(sorted(options.items())),
        files=tuple(files),
        notices=tuple(remarks.notices),
        refusals=tuple(remarks.refusals),
    )


def _chosen(
    known: Sequence[TargetOption], said: Mapping[str, str], remarks: _Remarks
) -> dict[str, str]:
    """Fill in what was not said, and refuse what does not exist or cannot be."""
    chosen = {one.name: one.default for one in known if not one.name.endswith(".*")}
    by_name = {one.name: one for one in known}
    for name, value in sorted(said.items()):
        option = by_name.get(name) or by_name.get(f"{name.partition('.')[0]}.*")
        if option is None:
            near = difflib.get_close_matches(name, by_name, n=1)
            meant = f"did you mean {near[0]}?" if near else "leave it out"
            wanted = ", ".join(sorted(by_name)) or "no option"
            remarks.refuse(f"there is no option {name}", "", meant, seen=name, wanted=wanted)
        elif not re.fullmatch(option.pattern, value, re.ASCII):
            remarks.refuse(f"option {name} cannot be {value}", "", seen=value, wanted=option.wanted)
        chosen[name] = value
    return chosen


def _sums(files: Sequence[RenderedFile]) -> RenderedFile:
    paths = [one.path for one in files]
    if len(set(paths)) != len(paths):
        raise AssertionError(f"two rendered files have one path: {paths}")
    lines = (f"{hashlib.sha256(one.content).hexdigest()}  {one.path}\n" for one in files)
    return RenderedFile(path=SUMS, content="".join(lines).encode("ascii"))
