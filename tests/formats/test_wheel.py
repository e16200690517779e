from __future__ import annotations

import pytest

from tests.formats.elf_files import elf
from tests.formats.samples import SYSTEM, Member, codes, messages, names, read, sniffed, zip_bytes
from tests.formats.wheels import INFO, METADATA, WHEEL, record_of, sha256, wheel, wheel_files
from weighbridge.formats.wheel_texts import entry_points, headers

INIT = "tiny/__init__.py"


def said(data: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in read(data).metadata:
        found.setdefault(key, []).append(value)
    return found


def rows(**changes: str | None) -> list[str]:
    """Return the rows of RECORD with some changed, by the file's name without its ending."""
    files = record_of(wheel_files())
    return [
        changed
        for row in files
        if (changed := changes.get(row.split(",")[0].rpartition("/")[2].partition(".")[0], row))
        is not None
    ]


def test_a_wheel_is_weighed_against_its_record() -> None:
    data = wheel()
    found = read(data)
    assert sniffed(data) == found.format == "wheel"
    assert (found.status, found.problems, found.version) == ("complete", (), "1.0")
    assert found.coverage == found.size == len(data)
    assert found.members == ()  # all of it is text, of which there is nothing to say


def test_a_wheel_says_what_it_is() -> None:
    files = wheel_files(
        **{
            f"{INFO}/entry_points.txt": b"; by hand\r\n[console_scripts]\r\ntiny = tiny:main\r\n",
            "tiny-1.0.data/scripts/run": b"#!python\n",
            "tiny-1.0.data/purelib/a.pth": b"import x\n",
            "b.pth": b"",
            "tiny/c.pth": b"",
            "sitecustomize.py": b"",
            "tiny/raw": bytes(9),
        }
    )
    assert said(wheel(files)) == {
        "dist-info": [INFO],
        "metadata-version": ["2.4"],
        "name": ["tiny"],
        "version": ["1.0"],
        "requires-python": [">=3.9"],
        "wheel-version": ["1.0"],
        "generator": ["by hand"],
        "root-is-purelib": ["true"],
        "tag": ["py3-none-any"],
        "entry-point": ["console_scripts: tiny = tiny:main"],
        "start-up-file": ["tiny-1.0.data/purelib/a.pth", "b.pth", "sitecustomize.py"],
        "script": ["tiny-1.0.data/scripts/run"],
        "by-record-alone": ["1 file"],
        "inflated-bytes": [str(sum(map(len, files.values())))],
    }


def told(data: bytes) -> list[tuple[str, str, str, str]]:
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    return [
        (part.container, use.kind, use.name, use.detail)
        for part in found.walk()
        for use in part.code
    ]


def test_what_runs_by_itself_is_told() -> None:
    points = (
        b"[console_scripts]\nt = t:main\n[gui_scripts]\ng = g:g\n[pytest11]\na = t:p\nb = t:q\n"
    )
    files = wheel_files(
        **{
            f"{INFO}/entry_points.txt": points,
            "tiny-1.0.data/data/lib/python3/site-packages/a.pth": b"/x\nimport os; os.system(1)\n",
            "tiny/b.pth": b"import no\n",
            "usercustomize/__init__.py": b"",
            "tiny/sub/__init__.py": b"import os\nos.popen(x)\n",
            "top.py": b"import pty\npty.spawn(x)\n",
            "tiny/module.py": b"import pty\npty.spawn(x)\n",
        }
    )
    path = "tiny-1.0.data/data/lib/python3/site-packages/a.pth"
    starts = "imported when Python starts"
    assert told(wheel(files)) == [
        ("", "start-up-hook", "pytest11", "entry points such as a = t:p"),
        ("", "start-up-hook", "usercustomize/__init__.py", starts),
        (path, "start-up-hook", "import os; os.system(1)", "run when Python starts"),
        (path, "python-call", "os.system", "given a constant"),
        ("tiny/sub/__init__.py", "python-call", "os.popen", ""),
        ("top.py", "python-call", "pty.spawn", ""),
    ]


@pytest.mark.parametrize("name", ["weights.pth", "tiny/__init__.py"])
def test_a_pickle_that_is_named_like_a_text_is_read(name: str) -> None:
    assert names(read(wheel(wheel_files(**{name: SYSTEM})))) == ["posix.system"]


@pytest.mark.parametrize(
    ("tag", "name", "detail"),
    [
        ("py3-none-any", "tiny/x.so", "2 files, in a wheel for any platform"),
        ("py3-none-any", "tiny/x.so.1.2", "2 files, in a wheel for any platform"),
        ("cp311-cp311-linux_x86_64", "tiny/x.so", "2 files, in a wheel for its platform"),
        ("py3-none-any", "a.exe", "2 files, in a wheel for its platform"),
    ],
)
def test_native_code_is_counted(tag: str, name: str, detail: str) -> None:
    files = wheel_files(**{"tiny/run": elf(), name: elf()})
    files[f"{INFO}/WHEEL"] = files[f"{INFO}/WHEEL"].replace(b"py3-none-any", tag.encode())
    expected = "tiny/run" if name == "a.exe" else name
    assert told(wheel(files)) == [("", "native-code", expected, detail)]


def test_members_of_known_formats_are_read_all_the_same() -> None:
    files = wheel_files(**{"tiny/x.so": elf(), "tiny/data.pkl": SYSTEM})
    found = read(wheel(files))
    assert (found.format, found.status, found.problems) == ("wheel", "complete", ())
    assert names(found) == ["posix.system"]
    (library,) = [member for member in found.members if member.format == "elf"]
    assert library.container == "tiny/x.so"
    assert ("symbol-version", "libc.so.6: GLIBC_2.17") in library.metadata


def test_a_library_with_something_behind_it_is_no_sound_wheel() -> None:
    found = read(wheel(wheel_files(**{"x.so": elf(tail=b"payload")})))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])


@pytest.mark.parametrize(
    ("changed", "message", "wanted"),
    [
        (
            rows(__init__=f"{INIT},{sha256(b'other')},6"),
            f"`{INIT}` has the digest {sha256(wheel_files()[INIT])}",
            f"`{sha256(b'other')}` by RECORD",
        ),
        (
            rows(__init__=f"{INIT},{sha256(wheel_files()[INIT])},7"),
            f"`{INIT}` has 6 bytes",
            "`7` by RECORD",
        ),
        (rows(__init__=None), f"1 file is not in RECORD: `{INIT}`", ""),
        (
            rows(__init__=None, METADATA=None),
            f"2 files are not in RECORD: `{INFO}/METADATA`, `{INIT}`",
            "",
        ),
        ([*rows(), "gone.py,,"], "RECORD lists 1 file that is not there: `gone.py`", ""),
        ([*rows(), rows()[0]], f"`{INIT}` stands twice in RECORD", ""),
        ([*rows(), "../x,,"], "`../x` in RECORD leads out of the wheel", ""),
        ([*rows(), "a/../x,,"], "`a/../x` in RECORD leads out", ""),
        ([*rows(), "/etc/passwd,,"], "`/etc/passwd` in RECORD leads out", ""),
        ([*rows(), "C:/x,,"], "`C:/x` in RECORD leads out", ""),
        ([*rows(), "a\\x,,"], "in RECORD leads out", ""),
        (rows(__init__=f"{INIT},,6"), f"RECORD states no digest of `{INIT}`", "sha256 or better"),
        (rows(__init__=f"{INIT},sha256=,6"), "RECORD states no digest", "sha256 or better"),
        (rows(__init__=f"{INIT},md5=abc,6"), f"RECORD states the md5 of `{INIT}`", "sha256"),
        (rows(__init__=f"{INIT},sha1=abc,6"), "RECORD states the sha1", "sha256 or better"),
        (rows(RECORD=f"{INFO}/RECORD,sha256=abc,"), "a digest or size of itself", "a path alone"),
        (rows(RECORD=f"{INFO}/RECORD,,9"), "a digest or size of itself", "a path alone"),
        (["one,two"], "RECORD cannot be read: line 1 has 2 columns", "path, digest, size"),
        (['"open,,', ""], "RECORD cannot be read: line", "path, digest, size"),
    ],
)
def test_what_record_does_not_vouch_for_is_found(
    changed: list[str], message: str, wanted: str
) -> None:
    found = read(wheel(rows=changed))
    assert set(codes(found)) == {"INT010"}
    (problem,) = [problem for problem in found.problems if message in problem.message]
    assert wanted in problem.wanted


def test_a_problem_says_where_the_file_lies() -> None:
    data = wheel(rows=rows(METADATA=f"{INFO}/METADATA,{sha256(b'')},{len(METADATA)}"))
    (problem,) = read(data).problems
    assert data[problem.offset :].startswith(b"PK\3\4")
    assert data[problem.offset + 30 :].startswith(f"{INFO}/METADATA".encode())


def test_rows_may_be_quoted_and_leave_the_size_out() -> None:
    files = wheel_files(**{"a,b.txt": b"", "c\nd": b"1"})
    listed = [
        f'"a,b.txt",{sha256(b"")},',
        f'"c\nd",{sha256(b"1")},1',
        *record_of(wheel_files()),
        "",
    ]
    assert read(wheel(files, rows=listed)).problems == ()


def test_signatures_stand_outside_of_record() -> None:
    files = wheel_files()
    signed = {**files, f"{INFO}/RECORD.jws": b"{}", f"{INFO}/RECORD.p7s": b"x"}
    assert read(wheel(signed, rows=record_of(files))).problems == ()
    listed = [*record_of(files), f"{INFO}/RECORD.jws,,"]
    assert read(wheel(signed, rows=listed)).problems == ()


def test_better_digests_are_allowed_but_not_computed() -> None:
    found = read(wheel(rows=rows(__init__=f"{INIT},sha512=abc,6")))
    assert (found.status, found.problems) == ("incomplete", ())
    assert found.reason == "1 digest in RECORD cannot be computed here: `sha512`"


def test_names_that_are_one_only_once_they_are_decoded_are_told() -> None:
    plain = Member(name=b"\xc3\xa9", data=b"1")  # in code page 437 without the flag of UTF-8
    flagged = Member(name=b"\xc3\xa9".decode("cp437").encode(), data=b"2", flags=0x800)
    found = read(wheel(after=(plain, flagged)))
    assert found.status == "error"
    assert "two members have one name" in messages(found)


def test_folders_need_no_row_unless_they_hold_something() -> None:
    assert read(wheel(after=(Member(name=b"tiny/sub/"),))).status == "complete"
    found = read(wheel(after=(Member(name=b"tiny/sub/", data=b"hidden"),)))
    assert codes(found) == ["SEC002"]
    assert "is a folder's, and has 6 bytes" in messages(found)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (wheel_files(**{"other-2.dist-info/METADATA": b"x"}), "another dist-info folder"),
        ({f"{INFO}/WHEEL": WHEEL}, "METADATA is missing"),
        (
            wheel_files(**{f"{INFO}/METADATA": METADATA.replace(b"Version", b"Name", 2)}),
            "METADATA has the header name 2 times",
        ),
        (
            wheel_files(**{f"{INFO}/METADATA": b"\xef\xbb\xbfName: tiny\rx\r\n Version: 1\r\n"}),
            "METADATA has the header version 0 times",
        ),
        (wheel_files(**{f"{INFO}/WHEEL": WHEEL * 2}), "WHEEL has the header wheel-version 2 times"),
    ],
)
def test_what_two_readers_may_understand_differently_is_corrupt(
    files: dict[str, bytes], message: str
) -> None:
    found = read(wheel(files))
    assert found.status == "error"
    assert message in messages(found)


def test_a_wheel_of_another_version_stays_incomplete() -> None:
    for version in (b"2.0", b"1", b""):
        changed = WHEEL.replace(b"Wheel-Version: 1.0", b"Wheel-Version: " + version)
        found = read(wheel(wheel_files(**{f"{INFO}/WHEEL": changed})))
        assert found.status == "incomplete"
        assert "not 1.x" in found.reason


def test_what_is_no_wheel_is_a_zip() -> None:
    files = wheel_files()
    without = {name: data for name, data in files.items() if not name.endswith("WHEEL")}
    assert read(wheel(without)).format == "zip"
    twice = {**files, "b-1.dist-info/RECORD": b"", "b-1.dist-info/WHEEL": WHEEL}
    assert read(wheel(twice)).format == "zip"
    nested = {"in/" + name: data for name, data in files.items()}
    assert read(wheel(nested, info=f"in/{INFO}")).format == "zip"


def test_a_wheel_that_pretends_to_be_torchs_is_a_wheel() -> None:
    found = read(wheel(wheel_files(**{"m/data.pkl": SYSTEM})))
    assert found.format == "wheel"
    assert names(found) == ["posix.system"]


def test_a_wheel_in_an_archive_is_weighed_too() -> None:
    tampered = wheel(rows=rows(__init__=None))
    found = read(zip_bytes(Member(name=b"dist/tiny-1.0-py3-none-any.whl", data=tampered)))
    assert codes(found) == ["INT010"]
    assert found.members[0].container == "dist/tiny-1.0-py3-none-any.whl"


def test_limits_end_the_weighing_as_incomplete() -> None:
    few = read(wheel(), entries=4)
    assert (few.status, few.problems) == ("complete", ())
    long = read(wheel(rows=["", "", "", "", *rows()]), entries=4)
    assert long.reason == "RECORD was not read, or has too many rows"
    points = b"[x]\n" + b"a = b\n" * 10_001
    many = read(wheel(wheel_files(**{f"{INFO}/entry_points.txt": points})))
    assert many.reason == "of 10001 notes of entry-point the first 10000 are kept"
    big = wheel(wheel_files(**{f"{INFO}/entry_points.txt": b"#" * (4 << 20) + b"\n"}))
    assert read(big, ratio=1 << 20).status == "incomplete"


def test_headers_end_where_the_description_begins() -> None:
    text = "A: 1\nB : 2\n more: no\nnone\n\nA: 3\n"
    assert headers(text, {"a", "b", "more"}) == [("a", "1"), ("b", "2")]
    assert entry_points("x\n[g]\n\n# no\na=b : c [d]\n") == [": x = ", "g: a = b : c [d]"]
