"""Rendering: a release, a target, and the files that deliver the one on the other.

A target either honours what a manifest asks for, or does it more strictly and says so (a notice),
or refuses (a fault that names the alternatives). It leaves nothing out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release import ModelRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """A file that was rendered.

    Attributes:
        path: Where it goes, relative to the folder of all of them (POSIX).
        content: Its bytes.
        executable: Whether it is a program.
    """

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOption:
    """What can be said of a target beside the manifest.

    Attributes:
        name: Its name, as `spec.target.options` of an environment has it; `links.*` stands for
            every name that begins so.
        default: The value where nothing is said; empty if there is none.
        description: What it does, in a sentence.
        pattern: What its values must match in whole (ASCII).
        wanted: The same in words.
    """

    name: str
    description: str
    default: str = ""
    pattern: str = r"[ -~]{1,1024}"
    wanted: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be rendered.

    Attributes:
        release: The manifest.
        digest: The release digest; of an unsealed manifest, the one it would be sealed with.
        version: Version of the target.
        namespace: Namespace objects go to; empty to leave that to whoever applies them.
        options: Every option of the target, by name.
    """

    release: ModelRelease
    digest: str
    version: str
    namespace: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something a target cannot do as it is asked.

    Attributes:
        message: What, in a sentence.
        pointer: The field that asks for it (JSON pointer); empty for an option.
        seen: What is asked for.
        wanted: What the target can do.
        alternatives: What would do, one an entry.
    """

    message: str
    pointer: str = ""
    seen: str = ""
    wanted: str = ""
    alternatives: tuple[str, ...] = ()


class Remarks(Protocol):
    """Takes in what a renderer has to say beside its files."""

    def refuse(
        self,
        message: str,
        pointer: str = "",
        *alternatives: str,
        seen: str = "",
        wanted: str = "",
    ) -> None:
        """Say that something cannot be done as it is asked, and what would do."""

    def notice(self, message: str) -> None:
        """Say what is done otherwise, and not less strictly, than was asked."""


class Target(Protocol):
    """A kind of target: what it is called, which versions are known, what it renders."""

    @property
    def kind(self) -> str:
        """Its name, such as `kubernetes`."""

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions it can render for, oldest first."""

    @property
    def options(self) -> tuple[TargetOption, ...]:
        """What can be said of it beside the manifest."""

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release; what is refused is said, and the rest is rendered all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What was rendered.

    Attributes:
        kind: Kind of the target.
        version: Its version.
        namespace: Namespace of the objects; empty if none was named.
        options: Options that were said, by name.
        files: The files, by path.
        notices: What is done otherwise than was asked, a sentence each.
        refusals: What the target cannot do; nothing is delivered while there is one.
    """

    kind: str
    version: str
    namespace: str
    options: Mapping[str, str]
    files: tuple[RenderedFile, ...]
    notices: tuple[str, ...]
    refusals: tuple[Refusal, ...]
