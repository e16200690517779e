from __future__ import annotations

import pytest

from tests.codec.locks.samples import CONDA, CONDA_LIST, A, B
from weighbridge.codec.locks import LIMITS, LockSyntaxError, read_lock
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin

ENTRY = CONDA[CONDA.index("- name: numpy") : CONDA.index("- name: Typing")]


def read(text: str) -> Lock:
    return read_lock(text.encode(), "conda", "conda.lock")


def test_entries_of_a_lock() -> None:
    mutex, numpy, typing = read(CONDA).pins
    assert mutex == Pin(
        name="_libgcc_mutex",
        version="0.1",
        specifier="==0.1",
        hashes=("md5:" + "1" * 32, A),
        hashed=True,
        index="https://conda.example/conda-forge",
        line=16,
        files=(
            LockedFile(
                name="_libgcc_mutex-0.1-conda_forge.tar.bz2",
                hashes=("md5:" + "1" * 32, A),
                url="https://conda.example/conda-forge/linux-64/"
                "_libgcc_mutex-0.1-conda_forge.tar.bz2",
            ),
        ),
        ecosystem="conda",
        platform="linux-64",
    )
    assert numpy.edges == (Edge(name="_libgcc_mutex"),)
    assert (numpy.version, numpy.hashed, numpy.line) == ("1.26.4", False, 27)
    assert (typing.name, typing.ecosystem, typing.index) == ("typing-extensions", "pypi", "")
    assert (typing.groups, typing.edges) == (("dev",), (Edge(name="six-x"),))


def test_a_hash_that_looks_like_a_number_is_text() -> None:
    numpy = read(CONDA).pins[1]
    assert numpy.hashes == ("md5:12345678901234567890123456789e12",)


def test_nothing_of_a_credential_is_kept() -> None:
    for text in (CONDA, CONDA_LIST):
        lock = read(text)
        assert "secret" not in repr(lock)
        assert "tk-123" not in repr(lock)
        assert lock.credentials
    assert read(CONDA).indexes == ("https://conda.example/ml",)
    assert read(CONDA).pins[1].index == "https://conda.example/ml"


def test_one_entry_for_each_platform() -> None:
    other = ENTRY.replace("linux-64", "osx-arm64").replace("1.26.4", "1.26.3")
    found = {(pin.name, pin.platform): pin.version for pin in read(CONDA + other).pins}
    assert found["numpy", "linux-64"] == "1.26.4"
    assert found["numpy", "osx-arm64"] == "1.26.3"


@pytest.mark.parametrize(
    ("category", "groups"),
    [
        ("category: main", ()),
        ("category: dev", ("dev",)),
        ("categories: [dev, main]", ()),
        ("categories: [dev, docs, dev]", ("dev", "docs")),
        ("x: y", ()),
    ],
)
def test_categories(category: str, groups: tuple[str, ...]) -> None:
    text = "version: 1\npackage:\n" + ENTRY.replace("category: main", category)
    assert read(text).pins[0].groups == groups


def test_json_is_yaml_too() -> None:
    text = (
        '{"version": 1, "package": [{"name": "a", "version": "1", "manager": "conda",'
        ' "platform": "noarch", "hash": {}}]}'
    )
    (pin,) = read(text).pins
    assert (pin.name, pin.files, pin.index) == ("a", (), "")


def test_entries_of_a_list() -> None:
    lock = read(CONDA_LIST)
    told = [(pin.name, pin.version, pin.platform, pin.ecosystem, pin.hashed) for pin in lock.pins]
    assert told == [
        ("_libgcc_mutex", "0.1", "linux-64", "conda", False),
        ("py-lief", "0.14", "linux-64", "conda", True),
        ("numpy", "1.26.4", "osx-arm64", "conda", False),
        ("typing-extensions", None, "linux-64", "pypi", True),
        ("six", "1.16.0", "linux-64", "pypi", True),
    ]
    assert [pin.line for pin in lock.pins] == [5, 6, 7, 8, 9]
    assert lock.pins[1].index == "https://conda.example/ml"
    assert lock.pins[4].hashes == (B,)
    assert not lock.records_edges


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "is not YAML: 'the document is not a mapping"),
        ("- a", 1, "is not YAML"),
        ("a: [", 1, "is not YAML"),
        ("a: 1\na: 2", 2, "stands twice"),
        ("a: &x [*x]", 1, "is not YAML"),
        ("a: !!python/object:os.system [x]", 1, "is not YAML"),
        ("version: 2", 1, "version is '2'"),
        ("version: [1]", 1, "version is not text"),
        ("package: []", 1, "version is 'None'"),
        ("version: 1\npackage: {}", 1, "package is not an array"),
        ("version: 1\npackage: [x]", 1, "package is not an array of tables"),
        ("version: 1\npackage:\n- name: a\n- b: c", 3, "manager is ''"),
        ("version: 1\npackage:\n- {manager: conda, name: [a]}", 3, "name is not text"),
        ("version: 1\npackage:\n- {manager: pip, version: '1'}", 3, "name is not a word"),
        ("version: 1\npackage:\n- " + '{manager: pip, name: "a\\tb"}', 3, "name is not a word"),
        (CONDA.replace("a" * 64, "a" * 63), 16, "hash is not hexadecimal"),
        (CONDA.replace("category: dev", "categories: [1, {}]"), 39, "categories is not"),
        ("x: " + "[" * 20 + "]" * 20, 1, "deeper than 16 levels"),
        ("@EXPLICIT\nx", 2, "'x' is not the address of a conda package"),
        ("@EXPLICIT\nhttps://h/c/noarch/a-1.conda", 2, "is not the address"),
        ("@EXPLICIT\nhttps://h/c/noarch/a-1-0.zip", 2, "is not the address"),
        ("@EXPLICIT\nhttps://h/c/noarch/a-1-0.conda#abc", 2, "neither md5 nor sha256"),
        ("@EXPLICIT\n# pip a b", 2, "'a b' is not a requirement"),
    ],
)
def test_what_is_no_lock_of_conda_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(LockSyntaxError) as caught:
        read(text)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_entries_are_limited() -> None:
    with pytest.raises(LockSyntaxError, match="more than 20000 packages"):
        read("version: 1\npackage: [" + "{}," * (LIMITS.entries + 1) + "]")
    with pytest.raises(LockSyntaxError, match="more than 20000 packages"):
        read("@EXPLICIT\n" + "https://h/c/noarch/a-1-0.conda\n" * (LIMITS.entries + 1))
