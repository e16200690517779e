from __future__ import annotations

import tarfile

import pytest

from scripts.sample_image import Member, archive, folder, hard_link, symlink
from tests.images import read_layer, said
from weighbridge.formats.image.interest import interest, is_manager, secret
from weighbridge.model.limits import ImageLimits

SMALL = archive(folder("etc"), Member("etc/a", b"x" * 700), Member("etc/b", b""))


def wrong(data: bytes, **limits: int) -> list[str]:
    """Say what is wrong with a layer, and why it was not read to its end."""
    _, record = read_layer(data, limits=ImageLimits(**limits))
    return [*said(record), *record.reasons]


@pytest.mark.parametrize("step", [1, 511, 512, 513, 1 << 20])
def test_a_layer_is_read_in_whatever_pieces_it_comes(step: int) -> None:
    layer, record = read_layer(SMALL, step=step)

    assert [entry.path for entry in layer.entries] == ["etc", "etc/a", "etc/b"]
    assert not record.problems
    assert not record.reasons


@pytest.mark.parametrize("name", ["./a/b", "/a/b", "a//b", "a/./b", "a/b/", "a/b/."])
def test_names_are_brought_into_their_plain_form(name: str) -> None:
    layer, _ = read_layer(archive(folder(name)))

    assert [entry.path for entry in layer.entries] == ["a/b"]


def test_the_root_itself_is_no_entry() -> None:
    assert read_layer(archive(folder("."), folder("./")))[0].entries == []


@pytest.mark.parametrize("name", ["../x", "a/../../x", "a/.."])
def test_a_name_that_leads_out_is_an_attack(name: str) -> None:
    (message,) = wrong(archive(Member(name, b"x")))

    assert message.startswith("SEC002")
    assert "leads out of the image" in message


def test_long_names_links_and_capabilities_come_from_extended_headers() -> None:
    path, target = "d/" + "n" * 300, "t" * 300
    capability = {"SCHILY.xattr.security.capability": "x"}
    data = archive(Member(path, b"1"), symlink("l", target), Member("ping", b"2", pax=capability))
    layer, _ = read_layer(data)

    assert [entry.path for entry in layer.entries] == [path, "l", "ping"]
    assert layer.entries[1].link == target
    assert [entry.privileged for entry in layer.entries] == [False, False, True]


def test_gnu_names_are_read_as_well() -> None:
    import io  # noqa: PLC0415

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as made:
        info = tarfile.TarInfo("d/" + "n" * 300)
        info.type, info.linkname = tarfile.SYMTYPE, "t" * 300
        made.addfile(info)
    (entry,) = read_layer(stream.getvalue())[0].entries

    assert (entry.path, entry.link) == ("d/" + "n" * 300, "t" * 300)


def test_setuid_and_setgid_are_seen() -> None:
    data = archive(Member("su", b"", mode=0o4755), Member("wall", b"", mode=0o2755), Member("ls"))

    assert [entry.privileged for entry in read_layer(data)[0].entries] == [True, True, False]


def test_a_name_that_stands_twice_hides_one_of_two_files() -> None:
    (message,) = wrong(archive(Member("a", b"1"), Member("./a", b"2")))

    assert message == "SEC009 the member name `a` occurs twice"
    assert wrong(archive(folder("d"), folder("d"))) == []
    assert len(wrong(archive(folder("d"), symlink("d", "x")))) == 1
    assert wrong(archive(Member("A"), Member("a"))) == []


def test_whiteouts_are_no_files() -> None:
    layer, record = read_layer(
        archive(
            Member("a/.wh.b"), Member(".wh.c"), Member("d/.wh..wh..opq"), Member(".wh..wh.plnk")
        )
    )

    assert (layer.whiteouts, layer.opaque, layer.entries) == (["a/b", "c"], ["d"], [])
    assert not record.problems


def test_whiteouts_that_are_odd_are_told() -> None:
    assert wrong(archive(Member("a/.wh.b", b"hidden"))) == [
        "SEC009 the whiteout `a/.wh.b` holds 6 bytes"
    ]
    assert wrong(archive(Member("a/.wh."), Member(".wh...")))[0].startswith("INT008 the whiteout")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SMALL[:512], "INT008 the archive ends without"),
        (SMALL[:1100], "INT008 the archive ends without"),
        (SMALL.rstrip(b"\0") + bytes(512), "INT008 the archive ends without"),
        (b"x" * 512, "INT008 a header has a wrong checksum"),
        (SMALL[:-512] + b"y" * 512, "SEC009 bytes follow the archive"),
        (SMALL[:1800] + b"!" + SMALL[1801:], "SEC009 the padding behind `etc/a` holds something"),
    ],
)
def test_departures_are_told(data: bytes, message: str) -> None:
    assert any(one.startswith(message) for one in wrong(data)), wrong(data)


def test_only_zeros_may_stand_where_the_archive_ends() -> None:
    at = len(SMALL.rstrip(b"\0"))
    end = at + -at % 512
    (message,) = wrong(SMALL[: end + 512] + b"z" * 512)

    assert message == "INT008 the archive ends without its two empty blocks"


def test_content_of_what_has_none_is_hidden() -> None:
    header = bytearray(archive(symlink("l", "x"))[:512])
    header[124:136] = b"00000000010\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    messages = wrong(bytes(header) + b"hidden".ljust(512, b"\0") + bytes(1024))

    assert "SEC009 member `l` has content its kind does not have" in messages


def test_members_of_unknown_kinds_and_in_parts_are_not_read() -> None:
    sparse = Member("s", b"1", pax={"GNU.sparse.major": "1"})

    assert wrong(archive(Member("v", kind=b"V"))) == ["member `v` is of the unknown kind 86"]
    assert wrong(archive(sparse)) == ["member `s` is stored in parts"]


def test_a_global_header_counts_for_all_that_follow() -> None:
    import io  # noqa: PLC0415

    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"linkpath": "there"}
    ) as made:
        info = tarfile.TarInfo("l")
        info.type = tarfile.SYMTYPE
        made.addfile(info)

    assert read_layer(stream.getvalue())[0].entries[0].link == "there"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"entries": 2}, "more than 2 headers"),
        ({"names": 4}, "the names of the members are too long together"),
        ({"text": 3}, "a name of 4 characters is over a limit"),
    ],
)
def test_budgets_end_the_reading(limits: dict[str, int], message: str) -> None:
    assert message in wrong(SMALL, **limits)


def test_too_many_packages_are_over_a_limit() -> None:
    status = b"".join(b"Package: p%d\nVersion: 1\n\n" % number for number in range(9))

    assert wrong(archive(Member("var/lib/dpkg/status", status)), packages=5) == [
        "more than 5 packages"
    ]


def test_a_database_over_the_limit_is_told_not_read() -> None:
    data = archive(Member("var/lib/dpkg/status", b"Package: a\n" * 99))
    (entry,) = read_layer(data, limits=ImageLimits(content=100))[0].entries

    assert entry.known is not None
    assert entry.known.fault == "`var/lib/dpkg/status` is over a limit"


def test_an_extended_header_over_the_limit_is_not_read() -> None:
    header = bytearray(archive(Member("x", b"1", pax={"comment": "c"}))[:512])
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)

    assert "an extended header" in wrong(bytes(header))[0]


@pytest.mark.parametrize(
    "path",
    [
        "root/.ssh/id_rsa",
        "home/a/.aws/credentials",
        ".netrc",
        "app/.env",
        "app/.env.production",
        "run/secrets/token",
        "root/.docker/config.json",
        "srv/key.p12",
        "root/.cache/huggingface/token",
        "etc/ssh/ssh_host_rsa_key",
    ],
)
def test_credentials_are_known_by_their_names(path: str) -> None:
    assert secret(path)


@pytest.mark.parametrize(
    "path",
    ["root/.ssh/id_rsa.pub", "usr/lib/credentials.py", ".environment", "run/secrets/rhsm/ca.pem"],
)
def test_what_is_called_alike_is_none(path: str) -> None:
    assert secret(path) == ""


def test_a_key_is_known_by_its_first_line() -> None:
    key = b"-----BEGIN RSA PRIVATE KEY-----\nabc"
    data = archive(
        Member("srv/a.pem", key),
        Member("etc/ssl/ca.pem", b"-----BEGIN CERTIFICATE-----"),
        Member("lib/tests/b.pem", key),
    )

    assert [entry.secret for entry in read_layer(data)[0].entries] == ["private key", "", ""]
    assert interest("lib/tests/b.pem") is None


def test_an_empty_file_is_no_credential() -> None:
    assert read_layer(archive(Member(".netrc")))[0].entries[0].secret == ""


def test_package_managers_are_known_by_their_names() -> None:
    assert all(map(is_manager, ["usr/bin/apt-get", "sbin/apk", "opt/venv/bin/pip"]))
    assert not any(map(is_manager, ["usr/share/apt", "usr/bin/aptx", "pip"]))


def test_hard_links_keep_what_they_lead_to() -> None:
    entry = read_layer(archive(Member("a", b"x"), hard_link("b", "a")))[0].entries[1]

    assert (entry.path, entry.link, entry.privileged) == ("b", "a", False)
