from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, own_files

# Character classes keep each pattern from finding itself in this file.
MACHINE_PATH = re.compile(r"(?<![\w.~*])/(?:[r]oot|[h]ome|[U]sers|[w]ork|opt/[p]ypi)/|C:\\+[U]sers")
INDEX = re.compile(r"https?://(?P<host>[^\s/\"'<>]+)(?:/[^\s\"'<>]*)?/\+?[s]imple\b")
INDEX_OPTION = re.compile(
    r"--(?:extra-)?[i]ndex-url|--[f]ind-links|--[t]rusted-host|\b(?:PIP|UV)_\w*[I]NDEX"
    r"|^\s*(?:extra-)?[i]ndex-url\s*=",
    re.MULTILINE,
)
# RFC 2606 and 6761 reserve these; the public index is everybody's default and nobody's mirror.
HARMLESS_HOST = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|net|org))?|test|invalid)|pypi\.org")
# Source, tests and docs speak of requirement files, hence of their options.
SPEAKS_OF_OPTIONS = ("src/", "tests/", "docs/", "CHANGELOG.md")


def stains(name: str, text: str) -> list[str]:
    """List what binds a file to one machine or one network."""
    found = [m[0] for m in MACHINE_PATH.finditer(text)]
    found += [m[0] for m in INDEX.finditer(text) if not HARMLESS_HOST.fullmatch(m["host"])]
    if not name.startswith(SPEAKS_OF_OPTIONS):
        found += [m[0].strip() for m in INDEX_OPTION.finditer(text)]
    return [f"{name}: {stain}" for stain in found]


def unhashed(lock: str) -> list[str]:
    """List the requirements of a lock file that no hash vouches for."""
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE).strip())
    hashed = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
    return [entry.split("\n")[0] for entry in entries if not hashed.search(entry)]


def text_files() -> dict[str, str]:
    texts = {}
    for path in own_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    return texts


@pytest.mark.parametrize(
    "text",
    [
        "/" + "home/someone/models",
        "'/" + "root/.cache'",
        "/" + "Users/someone",
        "see /" + "work/notes",
        "C:\\" + "Users\\someone",
        "file:///opt" + "/pypi/x",
        "https://mirror.corp.io/" + "simple",
        "http://10.0.0.1:8080/root/pypi/+" + "simple/",
        "pip install --index" + "-url x",
        "--extra-index" + "-url=x",
        "--find" + "-links x",
        "PIP_EXTRA_INDEX" + "_URL=x",
        "[global]\nindex" + "-url = x",
    ],
)
def test_a_planted_stain_is_seen(text: str) -> None:
    assert len(stains("Makefile", text)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "https://packages.example.com/" + "simple"),
        ("Makefile", "https://pypi.org/" + "simple"),
        ("Makefile", "https://host.io/home/page"),
        ("Makefile", "$HOME/models ~/models src/work/x"),
        ("src/weighbridge/codec/requirements.py", "--index" + "-url"),
    ],
)
def test_what_binds_to_nothing_is_not_seen(name: str, text: str) -> None:
    assert stains(name, text) == []


def test_no_file_binds_to_a_machine_or_a_network() -> None:
    texts = text_files()
    assert {"Makefile", "pyproject.toml", "requirements/dev.lock"} <= texts.keys()
    assert [stain for name, text in texts.items() for stain in stains(name, text)] == []


def test_a_planted_requirement_without_hash_is_seen() -> None:
    digest = " \\\n    --hash=sha256:" + "a" * 64
    lock = f"# made by\na==1{digest}\n    # via b\nb==2 ; python_version < '3.12'\nc==3{digest}\n"
    assert unhashed(lock) == ["b==2 ; python_version < '3.12'"]
    assert unhashed(f"a==1{digest[:-1]}\n") == ["a==1 \\"]


@pytest.mark.parametrize("name", ["dev", "peers", "runtime", "uv"])
def test_every_locked_requirement_has_a_hash(name: str) -> None:
    lock = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    assert lock.count("==") > 0
    assert unhashed(lock) == []
