from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fake_credentials import FURTHER, KNOWN, body
from tests.formats.heard import heard, secrets
from tests.formats.samples import read
from tests.formats.wheels import wheel, wheel_files
from weighbridge.formats.drive import read_bytes, serve
from weighbridge.formats.member import Budget, Packed
from weighbridge.formats.registry import reader
from weighbridge.formats.unpacking import zlib_stream
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from weighbridge.formats.interface import Ask
    from weighbridge.model.structure import SecretUse

TOKEN = FURTHER["Hugging Face Token"]
# The first has no literal worth looking for; the second is found as what it holds.
APART = {"Discord Bot Token": None, "NPM tokens": "npm Token"}


def told(found: list[SecretUse]) -> list[tuple[str, int]]:
    return [(use.detector, use.line) for use in found]


@pytest.mark.parametrize("around", ["{}\n", "see\n\nthe = '{}' here\n", '["{}", 2]', "a,{},b"])
@pytest.mark.parametrize(("detector", "text"), [*KNOWN.items(), *FURTHER.items()])
def test_a_credential_is_found_in_any_text(detector: str, text: str, around: str) -> None:
    written = json.dumps(text)[1:-1] if around.startswith("[") else text
    expected = APART.get(detector, detector)
    names = {use.detector for use in secrets(around.format(written))}
    assert names == ({expected} if expected else set())


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD=x7Kp!92mQz",
        '  password: "tR4$kk9zW1q"',
        'api_key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"',
        "aws_secret_access_key = wJ4lrXUtnFEMI/K7MD3NG/bPxRfiCYzX9mPLq8Ty",
        "curl --password s3cr3tX9q! https://models.example.com",
        '{"client_secret": "GOCSPX-4kT9_xQzRw7LmN2pVb8YcHd3Jf"}',
        "machine models.example.com login me password Zq81kkPl0w",
        "export WANDB_API_KEY=3f9c2b7e6d1a4c50b8e7f1d2a3c4b5d6e7f80912",
        "postgres://admin:hunter2@db.internal:5432/models",
        '"source": "db = connect(password=\\"x7Kp!92mQz\\")\\n",',
    ],
)
def test_what_a_name_and_an_odd_value_give_away_is_found(line: str) -> None:
    assert [use.line for use in secrets(f"one\n{line}\nthree\n")] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE\n",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        "token: hf_" + "x" * 34 + "\n",
        "password: ${DB_PASSWORD}\npassword: changeme123\nsecret: '{{ secret }}'\n",
        'KEY = "-----BEGIN ' + 'PRIVATE KEY-----"\nif line == KEY:\n',
        "http://user:password@proxy:8080 postgresql://scott:tiger@localhost/t redis://:foobar@h\n",
        "http://a:123,b:bar@c.example.com/\n",
        "a==1 --hash=sha256:922820b53db7a7257ffbda3f597266d435245903d80737e34f8a45ff3e3230d8\n",
        '{"eos_token": "</s>", "password": 1234, "pad_token": "<pad0>", "token_type_ids": 1}',
        "var a={password:e.password2,apiKey:t.n3w};function secret(e){return e.key1}\n",
        "password = get_password1(x)\napi_key = self.config.api_key2\ntoken = tokens[0]\n",
        "private_key: x25519.X25519PrivateKey\nMLKEM768X25519PrivateKey = rust.Key\n",
        '<assembly publicKeyToken="1fc8b3b9a1e18e3b" processorArchitecture="x86"/>\n',
        "secret_key = os.environ['S3_KEY']\npassword_file: /run/secrets/db1Password\n",
        "Authorization: Bearer ${TOKEN}\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n",
        "api_key: your-api-key-1\npasswd = 'gpt-4-turbo-2024-04-09'\n",
        "password_hash: $2b$12$abcdefABCDEF0123456789uZ\nsecret: sha256:9f8e7d6c5b4a3928\n",
        "SHA-256 of the key=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
    ],
)
def test_what_nobody_keeps_secret_is_let_be(text: str) -> None:
    assert secrets(text) == []


def test_the_place_is_the_line_and_its_offset() -> None:
    found = secrets(f"one\r\ntwo\r\n  hub: {TOKEN}\r\n")
    assert [(use.line, use.offset, use.place) for use in found] == [(3, 10, "")]


def test_what_it_says_is_kept_nowhere() -> None:
    assert TOKEN[3:] not in repr(heard(f"hub: {TOKEN}\n".encode()))


@pytest.mark.parametrize("before", [0, 100, 8_000, 70_000, 300_000])
@pytest.mark.parametrize("filler", [b"word and word\n", b"wor "])
def test_chunks_and_long_lines_hide_nothing(before: int, filler: bytes) -> None:
    lead = (filler * (before // len(filler) + 1))[:before]
    data = lead + b" " + TOKEN.encode() + b" " + lead
    for sizes in ([3_001], [64 << 10], [7, 100_000]):
        assert told(list(heard(data, sizes=sizes).secrets)) == [
            ("Hugging Face Token", lead.count(b"\n") + 1)
        ]


def test_a_token_cut_by_a_window_is_found_once() -> None:
    for shift in range(0, 60, 7):
        data = b"x" * (8_704 - 20 + shift) + b" " + TOKEN.encode() + b"\n" * 9_000
        assert len(heard(data, sizes=[8_705, 50]).secrets) == 1


def test_what_stands_behind_the_part_a_reader_gave_up_on_is_heard() -> None:
    damaged = b'{"a": ' + b" " * 5_000 + b'[1, 2}, "hub": "' + TOKEN.encode() + b'"}'
    found = heard(damaged)
    assert found.status == "error"
    assert told(list(found.secrets)) == [("Hugging Face Token", 1)]


def test_more_questions_than_anyone_answers_end_incomplete() -> None:
    lines = "".join(f"api_key: '{body(30)}{number:06}'\n" for number in range(10_100))
    asked = 0

    def count(question: Ask) -> str:
        nonlocal asked
        asked += 1
        return question.name and "Secret Keyword"

    found = heard(lines.encode(), answer=count)
    assert (found.status, asked, len(found.secrets)) == ("incomplete", 10_000, 100)


def test_what_a_reader_found_before_a_budget_ended_is_kept() -> None:
    line = json.dumps({"hub_token": TOKEN, "words": ["word"] * 60_000}).encode()
    found = read(gzip.compress(line, mtime=0), inflated=len(line) - 1)
    assert found.status == "incomplete"
    limits = replace(DEFAULT_LIMITS, inflated=100_000)
    budget = Budget(100_000)
    packed = zlib.compress(line)
    source = Packed(
        0, len(packed), None, limits=limits, budget=budget, unpacker=zlib_stream, again=True
    )
    inner = serve(reader("json", len(line), limits=limits), source)
    found = read_bytes(packed, inner, limits=limits)
    assert (found.format, found.status) == ("json", "incomplete")


@pytest.mark.parametrize(
    ("text", "detector"),
    [
        ("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n", "Private Key"),
        (
            "-----BEGIN " + "RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" + body(64),
            "Private Key",
        ),
        ("'-----BEGIN " + "PRIVATE KEY-----\\n' +\n '" + body(64), "Private Key"),
    ],
)
def test_private_keys_are_told_by_what_follows_their_first_line(text: str, detector: str) -> None:
    assert [use.detector for use in secrets(text)] == [detector]


@pytest.mark.parametrize(
    "text",
    [
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x\n",
        "aaAKIA" + body(16).upper() + "bb\n",
        "https://robot:{password1}@models.example.com\nhttps://robot:aaaaaaaa1@a.example.com\n",
        "-----BEGIN " + "RSA PRIVATE KEY-----\n" + body(64) + "EXAMPLE\n",
    ],
)
def test_what_only_looks_like_a_key_is_let_be(text: str) -> None:
    assert secrets(text) == []


def test_where_nobody_answers_nothing_is_found() -> None:
    assert read(f"hub: {TOKEN}\n".encode()).secrets == ()


# In containers ----------------------------------------------------------------------------------

ENVIRONMENT = f"# of the trainer\nHF_TOKEN={TOKEN}\n".encode()


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def tarred(**members: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "container"),
    [
        (zipped(env=ENVIRONMENT), "env"),
        (tarred(env=ENVIRONMENT), "env"),
        (gzip.compress(ENVIRONMENT, mtime=0), "content"),
        (zipped(inner=tarred(env=ENVIRONMENT)), "inner!/env"),
        (gzip.compress(tarred(inner=zipped(env=ENVIRONMENT)), mtime=0), "content!/inner!/env"),
    ],
    ids=["zip", "tar", "gzip", "tar in zip", "zip in tar in gzip"],
)
def test_texts_in_archives_are_heard_at_any_depth(data: bytes, container: str) -> None:
    found = {part.container: told(list(part.secrets)) for part in heard(data).walk()}
    assert found[container] == [("Hugging Face Token", 2)]


def test_the_texts_of_a_wheel_are_heard_too() -> None:
    files = wheel_files()
    name = next(name for name in files if name.endswith("METADATA"))
    files[name] += f"\nExample: {TOKEN}\n".encode()
    found = [use for part in heard(wheel(files)).walk() for use in part.secrets]
    assert [use.detector for use in found] == ["Hugging Face Token"]


def test_the_metadata_of_a_model_is_heard() -> None:
    said = {"__metadata__": {"hub_token": TOKEN, "format": "pt"}}
    header = json.dumps(said).encode()
    found = secrets(struct.pack("<Q", len(header)) + header)
    assert [(use.detector, use.place) for use in found] == [("Hugging Face Token", "hub_token")]


@pytest.mark.parametrize("before", ["", "long " * 40_000])
def test_the_texts_of_a_gguf_are_heard_whole(before: str) -> None:
    key, text = b"general.description", f"{before}{TOKEN}".encode()
    pair = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    found = secrets(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + pair)
    assert [(use.detector, use.place) for use in found] == [("Hugging Face Token", key.decode())]
