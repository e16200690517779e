"""Our reading of real libraries against that of pyelftools."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import NoteSection

from tests.formats.samples import read

MOST = 2 << 20
SAMPLE = 40
LEVELS = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")


def libraries() -> list[Path]:
    """Take some of the native code this Python's wheels brought along, each package's smallest."""
    site = Path(sysconfig.get_path("platlib"))
    smallest: dict[str, tuple[int, Path]] = {}
    for path in sorted(site.rglob("*.so*")):
        size = path.stat().st_size
        package = path.relative_to(site).parts[0]
        if path.is_file() and size <= MOST and size < smallest.get(package, (MOST + 1, path))[0]:
            smallest[package] = (size, path)
    return [path for _, path in sorted(smallest.values())[:SAMPLE]]


def needed_versions(file: ELFFile) -> set[str]:
    return {
        f"{library.name}: {version.name}"
        for section in file.iter_sections()
        if isinstance(section, GNUVerNeedSection)
        for library, versions in section.iter_versions()
        for version in versions
    }


def needed_level(file: ELFFile) -> list[str]:
    bits = 0
    for section in file.iter_sections():
        if isinstance(section, NoteSection) and section.name == ".note.gnu.property":
            for note in section.iter_notes():
                for each in note["n_desc"] if isinstance(note["n_desc"], list) else []:
                    if each["pr_type"] == 0xC0008002:
                        bits |= int(each["pr_data"])
    return [level for bit, level in enumerate(LEVELS) if bits >> bit & 1][-1:]


def test_versions_and_levels_are_those_another_reader_finds() -> None:
    paths = libraries()
    assert len(paths) >= 10
    versions = 0
    for path in paths:
        with path.open("rb") as opened:
            file = ELFFile(opened)
            wanted, level = needed_versions(file), needed_level(file)
        found = read(path.read_bytes(), "elf").metadata
        said = {value for key, value in found if key.endswith("symbol-version")}
        assert said == wanted, path
        assert [value for key, value in found if key == "isa-needed"] == level, path
        versions += len(wanted)
    assert versions > 50
