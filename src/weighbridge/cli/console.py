"""What a run may use, and where its words go: results to stdout or a file, asides to stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from weighbridge.cli.options import Globals, given, output_of
from weighbridge.cli.streams import is_watched, print_aside, print_result, shows_colour
from weighbridge.model.errors import UnreadableError
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from weighbridge.adapters.advisories.store import FolderAdvisories
    from weighbridge.codec.validating import Prepare
    from weighbridge.model.catalogue import Catalogue
    from weighbridge.model.image import ImageSource
    from weighbridge.model.oci import Repository
    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.reading import DigestCache, FileReader
    from weighbridge.model.settings import Settings
    from weighbridge.probes.images.local import LocalImages
    from weighbridge.probes.reading.digesting import Algorithm
    from weighbridge.probes.secrets.interface import Asker
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.images import Access
    from weighbridge.usecases.packed import PackedRelease
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named

Held = TypeVar("Held")


class Session:
    """One run: where it started, what was set, and what it may use."""

    def __init__(self, ctx: click.Context) -> None:
        """Take over what the command line said.

        Raises:
            UnreadableError: The folder it was started in is gone.
        """
        self._ctx = ctx
        self.globals: Globals = given(ctx)
        self.environ: Mapping[str, str] = dict(os.environ)
        self._output = output_of(ctx)
        self._caches: dict[str, DigestCache | None] = {}
        try:
            self.start = Path.cwd()
        except OSError as error:
            help_ = ["change to a folder that exists"]
            raise UnreadableError("the current folder is gone", help=help_) from error

    @classmethod
    def current(cls) -> Session:
        """Make the session of the command that is running."""
        return cls(click.get_current_context())

    @property
    def styled(self) -> bool:
        """Whether the result goes where colour is shown."""
        if self._output is not None and self.globals.color == "auto":
            return False
        return shows_colour(self.globals.color, sys.stdout)

    @property
    def output(self) -> str | None:
        """The file the result goes to, or None for standard output."""
        return self._output

    @property
    def progress(self) -> Progress:
        """Who watches long work; nobody where no one looks."""
        from weighbridge.cli.progress import TerminalProgress

        watched = self.globals.progress and not self.globals.quiet and is_watched(sys.stderr)
        return TerminalProgress() if watched else NoProgress()

    def reader(self, *, examine: bool = True, algorithm: Algorithm = "sha256") -> FileReader:
        """Make who reads files, by the settings of the current folder.

        Args:
            examine: Whether their formats are read, too, or their digests only taken.
            algorithm: The digest.
        """
        return self.open_reader(self.settings(), examine=examine, algorithm=algorithm)

    def open_reader(
        self,
        settings: Settings,
        *,
        examine: bool = True,
        algorithm: Algorithm = "sha256",
        cached: bool = False,
    ) -> FileReader:
        """Make who reads files.

        Args:
            settings: They name the engine.
            examine: Whether their formats are read, too, or their digests only taken.
            algorithm: The digest.
            cached: Whether what is known of files that did not change will do.
        """
        from weighbridge.bootstrap import open_reader

        reader, close = open_reader(
            settings, examine=examine, algorithm=algorithm, progress=self.progress
        )
        self._ctx.call_on_close(close)
        cache = self._cache(settings) if cached else None
        if cache is None:
            return reader
        from weighbridge.probes.reading.cached import CachedReading

        return CachedReading(reader=reader, cache=cache)

    def verification(self, wheels: str | None = None) -> Verification:
        """Say how the files of an environment are to be verified: all of them are read.

        Args:
            wheels: A folder of wheels to hold them against.
        """
        from weighbridge.usecases.capture_environment import Verification

        folder = None if wheels is None else self.start / wheels
        return Verification(reader=self.reader(examine=False), wheels=folder)

    def asker(self, manifest: Path | None = None) -> Asker:
        """Say who asks how old secrets are; paths are relative to the manifest's folder."""
        from weighbridge.probes.secrets.interface import Asker

        folder = self.start if manifest is None else manifest.parent
        return Asker(folder=folder, environ=self.environ, offline=self.globals.offline)

    def _cache(self, settings: Settings) -> DigestCache | None:
        """Open the cache, once: two that write would wait for each other."""
        from weighbridge.bootstrap import open_cache

        place = settings.registry.value
        if place not in self._caches:
            cache = self._caches[place] = open_cache(settings)
            if cache is not None:
                self._ctx.call_on_close(cache.close)
        return self._caches[place]

    def settings(self, folder: Path | None = None, **flags: Any) -> Settings:
        """Read the settings in force in a folder (the current one if None)."""
        from weighbridge.bootstrap import load_settings

        merged = {
            "registry": self.globals.registry,
            "engine": self.globals.engine,
            **flags,
        }
        named = {key.replace("_", "-"): value for key, value in merged.items()}
        return load_settings(
            folder or self.start, start=self.start, environ=self.environ, flags=named
        )

    def local_folder(self, settings: Settings | None = None) -> Path:
        """Name the folder of what belongs to this machine (by those in force if None)."""
        from weighbridge.bootstrap import local_folder

        return local_folder(settings or self.settings(), self.environ)

    def registry(self, folder: Path | None = None) -> Registry:
        """Open the registry the settings of a folder name; it is closed with the command."""
        return self.open_registry(self.settings(folder))

    def open_registry(self, settings: Settings) -> Registry:
        """Open the registry some settings name; it is closed with the command."""
        from weighbridge.bootstrap import open_registry

        registry = open_registry(settings, offline=self.globals.offline, progress=self.progress)
        self._ctx.call_on_close(registry.close)
        if not self.globals.offline:
            from weighbridge.cli.notifying import announce_on_close

            announce_on_close(self._ctx, registry, self.local_folder(settings))
        return registry

    def advisories(self, settings: Settings | None = None) -> FolderAdvisories:
        """Name who knows the advisories that were loaded here; closed with the command."""
        from weighbridge.bootstrap import open_advisories

        found = open_advisories(settings or self.settings())
        self._ctx.call_on_close(found.close)
        return found

    def registry_of(self, *references: str | None) -> Registry:
        """Open the registry of the first path among some references, or of the current folder."""
        return self.open_registry(self.settings_of(*references))

    def settings_of(self, *references: str | None) -> Settings:
        """Read the settings of the first path among some references, or of the current folder."""
        from weighbridge.model.repository_address import is_address
        from weighbridge.usecases.lookup import is_reference

        for reference in references:
            if reference is None or is_address(reference):
                continue
            if not is_reference(reference, self.start):
                path = self.start / reference
                return self.settings(path if os.path.isdir(path) else path.parent)  # noqa: PTH112 - never raises
        return self.settings()

    def repository(self, address: str, *, resumable: bool = False) -> tuple[Repository, str]:
        """Open the repository an address names; it is closed with the command.

        Args:
            address: `oci://HOST/NAME[:TAG][@DIGEST]` or `oci:FOLDER[:TAG|@DIGEST]`.
            resumable: Whether what is interrupted is to be continued by another run.

        Returns:
            The repository, and the tag or digest the address names; empty if it names none.
        """
        from weighbridge.bootstrap import open_repository
        from weighbridge.model.errors import UsageError
        from weighbridge.model.repository_address import is_address

        if not is_address(address):
            help_ = ["write oci://HOST/REPOSITORY:TAG, or oci:FOLDER:TAG for an image layout"]
            raise UsageError(f"{address} is no address of a repository", help=help_)
        state = self.local_folder() / "cache" / "transfers"
        repository, reference, close = open_repository(
            address,
            base=self.start,
            offline=self.globals.offline,
            state=state if resumable else None,
        )
        self._ctx.call_on_close(close)
        return repository, reference

    def images(self, paths: Sequence[str], cached: Settings | None = None) -> Access:
        """Say where container images may be read: in copies, and on registries.

        Args:
            paths: The copies.
            cached: Settings that name the cache, if what is known of an image will do.

        Raises:
            UnreadableError: One of the copies holds no image.
        """
        from weighbridge.usecases.images import Access

        copies = [self.image(path) for path in paths]
        remote = None if self.globals.offline else self._remote
        cache = self._cache(cached) if cached is not None else None
        return Access(copies=copies, remote=remote, cache=cache)

    def image(self, path: str) -> LocalImages:
        """Open an image on disk; it is closed with the command."""
        from weighbridge.probes.images.opening import open_images

        found = open_images(path, self.start)
        self._ctx.call_on_close(found.holder.close)
        return found

    def found_images(self, path: str) -> tuple[ImageSource, str] | None:
        """Open what a user named if it is a container image; None if it is none."""
        from weighbridge.model.repository_address import is_address, is_remote, split_layout
        from weighbridge.probes.images.opening import holds_image

        if is_address(path):
            folder, reference = ("", "") if is_remote(path) else split_layout(path)
            return (self.image(folder), reference) if folder else self.repository(path)
        return (self.image(path), "") if holds_image(path, self.start) else None

    def _remote(self, address: str) -> Repository:
        return self.repository(address)[0]

    def packed(self, address: str) -> PackedRelease:
        """Find a release in a repository, and read its papers."""
        from weighbridge.usecases.packed import open_packed

        repository, reference = self.repository(address)
        return open_packed(repository, reference)

    def packed_files(self, packed: PackedRelease) -> PackedTree:
        """Open the files of a release in a repository; what waits is gone with the command."""
        from weighbridge.bootstrap import open_scratch
        from weighbridge.usecases.packed_tree import PackedTree

        scratch, remove = open_scratch()
        self._ctx.call_on_close(remove)
        return PackedTree(packed, scratch, self.progress)

    def catalogues(self, folder: Path | None = None) -> Sequence[Catalogue]:
        """Open the catalogues of templates that count in a folder (the current one if None)."""
        from weighbridge.bootstrap import open_catalogues

        settings = self.settings(folder)
        return open_catalogues(
            settings, start=self.start, environ=self.environ, offline=self.globals.offline
        )

    def release_name(self, reference: str, registry: Registry) -> str:
        """Turn `NAME@ENV` into the digest of the release that environment points to.

        Any other reference is returned as it is, and so is one that names a version as well.
        """
        from weighbridge.usecases.lookup import is_reference

        name, at, environment = reference.rpartition("@")
        if not at or not is_reference(reference, self.start):
            return reference
        with registry.reading() as view:
            if environment in dict(view.versions(name)):
                return reference
        from weighbridge.usecases.pointers import pointed_release

        return pointed_release(name, environment, registry=registry) or reference

    def find(self, reference: str | None, registry: Registry, *, judged: bool = False) -> Named:
        """Find what a reference names: a manifest and the files beside it, or a sealed release.

        Args:
            reference: What the user named.
            registry: Where sealed releases are.
            judged: Whether rules are to judge it: credentials in it are findings then.
        """
        from weighbridge.model.errors import UsageError
        from weighbridge.model.repository_address import is_address
        from weighbridge.usecases.references import find_release

        if reference is not None and is_address(reference):
            help_ = [f"weighbridge pull {reference}", "then name it as NAME@VERSION"]
            message = f"{reference} is elsewhere; only `show`, `verify` and a plain `check` read it"
            raise UsageError(message, help=help_)
        named = None if reference is None else self.release_name(reference, registry)
        return find_release(
            named,
            registry=registry,
            start=self.start,
            catalogues=self.catalogues,
            judged=judged,
        )

    def preparing(self, folder: Path) -> Prepare:
        """Make what is done to a manifest in a folder before it is validated."""
        from weighbridge.usecases.templates import extending

        return extending(folder, self.catalogues)

    def authored(self, path: str | None) -> tuple[Named, Path]:
        """Find a manifest people wrote, and its file."""
        from weighbridge.usecases.references import find_authored

        return find_authored(path, start=self.start, catalogues=self.catalogues)

    def sealed(self, reference: str, registry: Registry) -> Named:
        """Find the sealed release a reference names: evidence and decisions are of no others."""
        from weighbridge.usecases.statements import sealed

        found = self.find(reference, registry)
        return sealed(
            found, registry=registry, environ=self.environ, reader=self.reader(examine=False)
        )

    def read(self, file: str, *, limit: int) -> bytes:
        """Read a file that was named, no more of it than `limit` bytes and one.

        Raises:
            UnreadableError: It cannot be read.
        """
        try:
            with (self.start / file).open("rb") as opened:
                return opened.read(limit + 1)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UnreadableError(f"{file} cannot be read: {reason}") from error

    def hold(self, opened: AbstractContextManager[Held]) -> Held:
        """Enter something that is left when the command ends, however it does."""
        return self._ctx.with_resource(opened)

    def result(self, text: str) -> None:
        """Print the result, or write it to the file of `--output` at once and whole."""
        if self._output is None:
            print_result(text)
        else:
            from weighbridge.adapters.files import write_file

            write_file(self.start / self._output, text.encode())

    def hint(self, text: str) -> None:
        """Say something that is not the result."""
        if not self.globals.quiet:
            from weighbridge.report.visible import visible_lines

            print_aside("\n".join(visible_lines(text)))
