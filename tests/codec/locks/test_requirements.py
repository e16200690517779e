from __future__ import annotations

import pytest

from tests.codec.locks.samples import COMMIT, REQUIREMENTS, A, B
from weighbridge.codec.locks import LIMITS, LockSyntaxError, read_lock
from weighbridge.model.lock import Pin


def pins(text: str) -> tuple[Pin, ...]:
    return read_lock(text.encode(), "requirements", "runtime.lock").pins


def pin(text: str) -> Pin:
    (only,) = pins(text)
    return only


def test_compiled_file() -> None:
    numpy, colorama, sklearn = pins(REQUIREMENTS)
    assert numpy == Pin(
        name="numpy", version="1.26.4", specifier="==1.26.4", hashes=(A, B), hashed=True, line=3
    )
    assert (colorama.marker, colorama.line) == ('sys_platform == "win32"', 7)
    assert (sklearn.name, sklearn.version, sklearn.line) == ("scikit-learn", "1.5.0", 9)


@pytest.mark.parametrize(
    ("requirement", "version", "specifier"),
    [
        ("numpy", None, ""),
        ("numpy>=1.2,<2", None, "<2,>=1.2"),
        ("numpy==1.2.*", None, "==1.2.*"),
        ("numpy~=1.2", None, "~=1.2"),
        ("numpy == 1.2", "1.2", "==1.2"),
        ("numpy===1.2+local", "1.2+local", "===1.2+local"),
        ("numpy==1.2,>=1", "1.2", "==1.2,>=1"),
        ("numpy==1.2,==1.3", None, "==1.2,==1.3"),
    ],
)
def test_only_an_exact_version_is_one(
    requirement: str, version: str | None, specifier: str
) -> None:
    assert (pin(requirement).version, pin(requirement).specifier) == (version, specifier)


@pytest.mark.parametrize(
    ("line", "hashes", "hashed"),
    [
        (f"a==1 --hash={A}", (A,), True),
        (f"a==1 --hash {A.upper().replace('SHA', 'sha')}", (A,), True),
        (f"a==1 --hash='{A}'", (A,), True),
        ("a==1 --hash=md5:" + "a" * 32, ("md5:" + "a" * 32,), False),
        ("a==1 --hash=sha256:abc", ("sha256:abc",), False),
        ("a==1 --global-option=x -C y=z", (), False),
        (f"a @ https://h/a.whl#sha256={'a' * 64}", (A,), True),
        (f"a @ https://h/a.whl#sha256={'a' * 64} --hash={A}", (A,), True),
    ],
)
def test_hashes(line: str, hashes: tuple[str, ...], hashed: bool) -> None:  # noqa: FBT001
    assert (pin(line).hashes, pin(line).hashed) == (hashes, hashed)


@pytest.mark.parametrize(
    ("line", "name", "source", "reference"),
    [
        ("A_b @ https://u:p@h/a.whl", "a-b", "url", "https://h/a.whl"),
        ("a @ file:///x/a.whl", "a", "path", "file:///x/a.whl"),
        (f"a @ git+https://h/a@{COMMIT}", "a", "git", f"git+https://h/a@{COMMIT}"),
        ("git+https://h/a@main#egg=A.b", "a-b", "git", "git+https://h/a@main#egg=A.b"),
        ("https://h/a.whl", "https://h/a.whl", "url", "https://h/a.whl"),
        ("./a.whl", "./a.whl", "path", "./a.whl"),
        ("libs/a", "libs/a", "path", "libs/a"),
        ("a-1.tar.gz", "a-1.tar.gz", "path", "a-1.tar.gz"),
        ("a-1.whl[x]", "a-1.whl[x]", "path", "a-1.whl[x]"),
        ("a-1.whl @ https://h/a", "a-1-whl", "url", "https://h/a"),
        ("~/a", "~/a", "path", "~/a"),
        ("-e ./lib", "-e ./lib", "editable", "./lib"),
        ("--editable=git+https://u:p@h/a#egg=a", "a", "editable", "git+https://h/a#egg=a"),
        ("-e git+https://u:p@h/a", "-e git+https://h/a", "editable", "git+https://h/a"),
        ("-r base.lock", "-r base.lock", "include", "base.lock"),
        ("-rbase.lock", "-rbase.lock", "include", "base.lock"),
        ("--constraint=c.txt", "--constraint=c.txt", "include", "c.txt"),
    ],
)
def test_where_it_comes_from(line: str, name: str, source: str, reference: str) -> None:
    found = pin("# first line\n" + line)
    assert (found.name, found.source, found.reference) == (name, source, reference)
    assert (found.version, found.line) == (None, 2)


@pytest.mark.parametrize(
    "line", ["./a.whl ; python_version < '3'", "./a.whl; python_version < '3'"]
)
def test_marker_of_a_path(line: str) -> None:
    assert (pin(line).reference, pin(line).marker) == ("./a.whl", "python_version < '3'")


def test_quotes_are_taken_off() -> None:
    assert pin("""-r 'a b'"/c d" """).reference == "a b/c d"


def test_hash_of_an_editable() -> None:
    assert pin(f"-e ./lib --hash={A}").hashed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "--index-url https://pypi.org/simple",
        "-i https://pypi.org/simple --extra-index-url https://x --pre",
        "--require-hashes\n--no-binary :all:\r\n--only-binary=numpy\r-f wheels",
        "\ufeff# with a byte order mark",
    ],
)
def test_settings_and_comments_pin_nothing(text: str) -> None:
    assert pins(text) == ()


def test_lines_are_joined_as_pip_joins_them() -> None:
    text = f"a==1 \\\n  --hash={A} \\\n  # why\nb==2 \\\n  ; os_name=='x'\n# c \\\nd==4\\"
    assert [(one.name, one.line) for one in pins(text)] == [("a", 1), ("b", 4), ("d", 7)]


def test_a_hash_sign_within_a_word_is_no_comment() -> None:
    assert pin("a @ https://h/a.zip#egg=b").reference == "https://h/a.zip#egg=b"


@pytest.mark.parametrize("sign", ["\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_hidden_line_breaks_are_refused(sign: str) -> None:
    with pytest.raises(LockSyntaxError, match=r"runtime\.lock:2: has a hidden line break"):
        pins(f"a==1\n# comment{sign}evil==1\n")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a==1\nnumpy=1.2\n", 2, "'numpy=1.2' is not a requirement"),
        ("a ; " + "(" * 5000, 1, "is not a requirement"),
        ("a==${VERSION}", 1, "is not a requirement"),
        ("a==1 --hash=sha256:xyz", 1, "is not an option of a requirement"),
        ("a==1 --hash", 1, "is not an option of a requirement"),
        ("a==1 --unknown=1", 1, "is not an option of a requirement"),
        ("a==1 --hash=sha256:aa b", 1, "is not an option of a requirement"),
        ("a==1 --hash='sha256", 1, "a quote that does not end"),
        ("-r a\\b", 1, "a backslash"),
        ("a==1\nb==2 # c \\\nd==4", 2, "a comment that ends in a backslash"),
        ("--unknown", 1, "an option that is not known"),
        ("--pre numpy==1", 1, "an option that is not known"),
        ("-r", 1, "an option that is not known"),
        ("-r a -r b", 1, "an option that is not known"),
        ("-e", 1, "an option that is not known"),
        ("--index-url", 1, "an option that is not known"),
        ("-e ./a --pre", 1, "is not an option of a requirement"),
    ],
)
def test_what_pip_would_not_take_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(LockSyntaxError) as caught:
        pins(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"runtime.lock:{line}: ")
    assert message in str(caught.value)


def test_messages_stay_short_and_plain() -> None:
    with pytest.raises(LockSyntaxError) as caught:
        pins("é\x1b[31m" + "=" * 500)
    assert len(str(caught.value)) < 200
    assert str(caught.value).replace("…", "").isascii()
    assert "\x1b" not in str(caught.value)


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(LockSyntaxError, match="more than 20000 packages"):
        pins("a\n" * (LIMITS.entries + 1))
