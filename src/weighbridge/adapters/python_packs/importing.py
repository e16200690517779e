"""Import a rule pack from the very bytes that were digested.

Neither bytecode in caches nor a file laid beside its own is ever run: whatever lies on disk by now
is not looked at again. What a pack imports of other distributions is Python's usual business.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.util import spec_from_loader
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import RuleError, RulePackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from weighbridge.adapters.python_packs.finding import InstalledPack


class _Held(InspectLoader):
    """Gives the source of one module."""

    def __init__(self, path: str, data: bytes, *, package: bool) -> None:
        self._path, self._data, self._package = path, data, package

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._data.decode("utf-8")

    def get_code(self, fullname: str) -> Any:  # noqa: ANN401 - a code object
        del fullname
        return compile(self._data, f"<rule pack>/{self._path}", "exec", dont_inherit=True)

    def is_package(self, fullname: str) -> bool:
        del fullname
        return self._package


class _Finder(MetaPathFinder):
    """Finds the modules of one pack, and says of those it lacks that there are none."""

    def __init__(self, pack: InstalledPack, tops: frozenset[str]) -> None:
        self.digest = pack.digest
        self.tops = tops
        self._sources = pack.sources

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname.partition(".")[0] not in self.tops:
            return None
        base = fullname.replace(".", "/")
        for file, package in ((f"{base}/__init__.py", True), (f"{base}.py", False)):
            if file in self._sources:
                held = _Held(file, self._sources[file], package=package)
                return spec_from_loader(fullname, held, origin=file, is_package=package)
        raise ModuleNotFoundError(f"the rule pack has no module {fullname}", name=fullname)


def import_rules(pack: InstalledPack) -> list[object]:
    """Import what a pack offers: whatever its entry points name, none of it looked at.

    Raises:
        RulePackError: Its modules would take the place of others, or have been imported already.
        RuleError: It raised.
    """
    _install(pack)
    found: list[object] = []
    for entry in pack.entries:
        module, _, attribute = entry.partition(":")
        try:
            value: Any = import_module(module.strip())
            for name in filter(None, attribute.strip().split(".")):
                value = getattr(value, name)
            found.extend(value)
        except Exception as error:  # whatever it raises is its own bug, and is named as such
            raise RuleError(
                f"the rule pack {pack.title} broke down when it was imported",
                seen=entry,
                cause=f"{type(error).__name__}: {error}",
                help=["report this to whoever made the pack"],
            ) from error
    return found


def _install(pack: InstalledPack) -> None:
    """Let the modules of a pack be found, in its own bytes alone."""
    tops = _tops(pack.sources)
    for finder in sys.meta_path:
        if isinstance(finder, _Finder) and finder.tops & tops:
            if finder.digest == pack.digest:
                return
            raise RulePackError(f"another version of {pack.name} has been loaded in this process")
    for top in sorted(tops):
        if top in sys.stdlib_module_names or top == "weighbridge" or top in sys.modules:
            message = f"the rule pack {pack.title} has a module {top}, whose name is taken"
            raise RulePackError(message, help=["rename the module"])
    sys.meta_path.insert(0, _Finder(pack, tops))


def _tops(sources: Mapping[str, bytes]) -> frozenset[str]:
    """Name the modules and packages of a pack that nothing contains."""
    files = (path for path in sources if path.endswith(".py"))
    return frozenset(path.partition("/")[0].removesuffix(".py") for path in files)
