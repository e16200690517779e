"""What is a credential and what only looks like one; each is looked for as it would be written."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from detect_secrets.plugins.keyword import DENYLIST
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_credentials import FURTHER, KNOWN, body
from weighbridge.codec.reading import read_document, scan_document
from weighbridge.formats.credential_names import names_credential
from weighbridge.formats.credential_shapes import has_shape
from weighbridge.probes.credential_detectors import _BY_SHAPE, detected
from weighbridge.probes.credentials import find_credentials, look, texts_of_lines

if TYPE_CHECKING:
    from weighbridge.model.document import Plain
    from weighbridge.model.fact import Credential

PASSWORD = "hunter2"  # noqa: S105 - what else


def found(text: str) -> tuple[Credential, ...]:
    return find_credentials(scan_document(text.encode(), "release.yaml")[0])


def found_in(value: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - whatever a document holds
    text = json.dumps({"spec": value})
    return [(one.location.pointer, one.detector) for one in found(text)]


@pytest.mark.parametrize(("detector", "text"), [*KNOWN.items(), *FURTHER.items()])
@pytest.mark.parametrize("around", ["{}", "use {} for now", '"{}"', "MODEL_HUB={}"])
def test_a_credential_is_known_by_its_form(detector: str, text: str, around: str) -> None:
    ((at, said),) = found_in({"note": around.format(text)})
    assert at == "/spec/note"
    assert said == detector or around.startswith("MODEL_HUB")


@pytest.mark.parametrize("plugin", _BY_SHAPE, ids=lambda plugin: type(plugin).__name__)
def test_every_plugin_in_use_is_let_see_what_it_knows(plugin: Any) -> None:  # noqa: ANN401
    text = KNOWN[plugin.secret_type]
    assert list(plugin.analyze_string(text))
    assert has_shape(text)
    assert detected(text) == plugin.secret_type


@pytest.mark.parametrize(("detector", "text"), FURTHER.items())
def test_what_the_library_knows_is_in_no_table_of_ours(detector: str, text: str) -> None:
    by_library = [plugin for plugin in _BY_SHAPE if list(plugin.analyze_string(text))]
    assert not by_library, f"{detector}: the library has learnt it, so it can be taken out here"


@pytest.mark.parametrize("word", DENYLIST)
def test_every_name_the_library_knows_is_known(word: str) -> None:
    assert names_credential(word.replace("_?", "_"))
    assert names_credential(word.replace("_?", "").upper())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "DB_PASSWORD",
            "dbPassword",
            "db-password",
            "password",
            "PGPASSWORD",
            "passwd",
            "REDIS_PASS",
        ),
        *(
            "apiKey",
            "API_KEY",
            "api-key",
            "WANDB_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "client_secret",
        ),
        *("HF_TOKEN", "access_token", "authToken", "bearer-token", "passphrase", "credentials"),
    ],
)
@pytest.mark.parametrize(
    "value", [PASSWORD, "correct horse battery staple", "!$x", "pa'ss", 123456]
)
def test_a_credential_is_known_by_the_name_it_stands_under(name: str, value: str | int) -> None:
    assert found_in({"env": {name: value}}) != []
    assert found_in({"env": [{"name": name, "value": value}]}) != []
    assert found_in({"parameters": {name: {"type": "string", "default": value}}}) != []
    assert found_in({"flags": {name: {"variants": {"on": value}}}}) != []


@pytest.mark.parametrize(
    "value",
    [
        "--password hunter2",
        "serve --db-password=hunter2 --port 80",
        "PASSWORD=hunter2 serve",
        "Server=db;Password=hunter2;",
        '{"password": "hunter2"}',
        "for now the password: hunter2",
        "https://models.example.com/m.onnx?api_key=hunter2",
        ["serve", "--api-key", "hunter2"],
    ],
)
def test_a_credential_is_known_by_what_it_is_given_to(value: str | list[str]) -> None:
    ((at, _),) = found_in({"args": value})
    assert at in {"/spec/args", "/spec/args/2"}


# Each stands in some manifest, template or page of documentation, and is no credential.
HARMLESS: dict[str, Any] = {
    "digest": "sha256:" + "9f86d081884c7d659a2feaa0c55ad015" * 2,
    "digest2": "9f86d081884c7d659a2feaa0c55ad015" * 2,
    "commit": "3f9c2b7e6d1a4c50b8e7f1d2a3c4b5d6e7f80912",
    "repo": "https://git.example.com/ml/file-type-detector",
    "ssh": "ssh://git@git.example.com:2222/ml/demo.git",
    "scp": "git@git.example.com:ml/demo.git",
    "index": "https://mirror.example.com:8443/wheels/",
    "image": "registry.example.com:5000/ml/server:1.4.0@sha256:" + "ab12" * 16,
    "docker": "docker://server:1.4.0@sha256:" + "ab12" * 16,
    "oci": "oci://registry.example.com/ml/server:1.4.0",
    "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "label": "ZmlsZS10eXBlLWRldGVjdG9yLWZvci10ZXN0cw==",
    "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kx==",
    "query": 'sum(rate(http_requests_total{code=~"5..",release="$release"}[5m])) by (le)',
    "tokens_query": "rate(vllm:generation_tokens_total[1m]) > 100",
    "vault_query": 'vault_secret_kv_count{secret_name="model", token_type="service"}',
    "metric": "vllm:time_to_first_token_seconds",
    "TOKENIZER_PATH": "/models/tokenizer",
    "TOKENIZERS_PARALLELISM": "false",
    "tokenizer": "sentence-transformers/all-MiniLM-L6-v2",
    "max_tokens": 4096,
    "max_new_tokens": "2048",
    "eos_token": "</s>",
    "pad_token": "[PAD]",
    "stop_token": "<|im_end|>",
    "bos_token": "begin_of_text",
    "image_token": "IMG_CONTEXT",
    "token": "B-LOC",
    "tokens_per_second": "120.5",
    "OMP_NUM_THREADS": "8",
    "contact": "content-safety@example.com",
    "mailto": "mailto:ml-platform@example.com",
    "auth": {"scheme": "bearer", "secretRef": {"provider": "env", "name": "FEATURE_STORE_TOKEN"}},
    "vault": {
        "secretRef": {"provider": "vault", "name": "kv/ml/store", "key": "password", "version": "3"}
    },
    "secretName": "model-registry-credentials",
    "imagePullSecrets": ["regcred", "ghcr-pull-secret"],
    "secrets": {"rotation": "90d"},
    "DB_PASSWORD_FILE": "/run/secrets/db_password",
    "DB_PASSWORD": "${DB_PASSWORD}",
    "API_KEY": "$(API_KEY)",
    "api_key": "{{ .Values.apiKey }}",
    "password": "<your password>",
    "passwd": "********",
    "client_key": "/etc/tls/client.key",
    "private_key_path": "/etc/tls/private.pem",
    "api_key_required": True,
    "auth_key": "none",
    "redis_password": "vault:secret/data/redis#password",
    "service_key": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:model-key-AbCdEf",
    "mapsTo": {"env": "API_KEY", "password": "DB_PASSWORD"},
    "dsn": "postgresql://user:${DB_PASSWORD}@db.example.com/features",
    "dsn2": "postgresql://user:<password>@db.example.com/features",
    "description": "The key of the cache; tokens are counted, and no secret is kept in it.",
    "advice": "Rotate the password: see the wiki. Secrets: never in a manifest.",
    "adjustWhen": "When the token rate falls: raise it.",
    "command": "python train.py --tokenizer bert --max-tokens 512 --seed 42",
    "url": "https://models.example.com/m.onnx?version=3&format=onnx",
    "signature": "tensor(float16)[batch,3,224,224]",
    "hf": "hf-internal-testing/tiny-random-bert",
    "hub": "hf_transfer",
    "task": "risk-assessment-for-desk-research-and-task-planning-in-production-2026",
    "time": "2026-01-01T00:00:00Z",
    "sni": "APACHE2HTTPD",
    "hmac": "HMAC" + "9f86d081884c7d659a2feaa0c55ad015",
    "stamp": "1730000000:9f86d081884c7d659a2feaa0c55ad0159f86d081",
    "bucket": "s3://models-9f86d081884c7d659a2feaa0c55ad015-us1/m.onnx",
    "ip": "203.0.113.7",
    "spdx": "Apache-2.0 WITH LLVM-exception",
    "keys": ["user_id", "session_id"],
    "primaryKey": "customer_id",
    "key": "feature-store/production/customers",
    "partition_key": "customer_id",
    "keypoints": "17",
    "basic": "basic authentication-is-off",
}


@pytest.mark.parametrize(("name", "value"), HARMLESS.items())
def test_what_only_looks_like_a_credential_is_none(name: str, value: Any) -> None:  # noqa: ANN401
    assert found_in({name: value}) == []


def test_all_that_is_harmless_costs_no_import_of_the_library() -> None:
    program = (
        "import sys; from weighbridge.codec.reading import read_document; "
        "from weighbridge.probes.credentials import find_credentials; "
        "assert find_credentials(read_document(sys.stdin.buffer.read(), 'release.yaml')) == (); "
        "sys.exit({'detect_secrets', 'requests', 'ssl'} & set(sys.modules) and 1 or 0)"
    )
    text = json.dumps({"spec": HARMLESS}).encode()
    assert subprocess.run([sys.executable, "-c", program], input=text, check=False).returncode == 0


NOBODY_IS_ASKED = """
import sys
asked = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request")
sys.addaudithook(lambda event, args: event in asked and sys.exit(event))
from weighbridge.codec.reading import read_document
from weighbridge.probes.credentials import find_credentials
print(len(find_credentials(read_document(sys.stdin.buffer.read(), "release.yaml"))))
"""


def test_nobody_is_asked_whether_a_credential_is_good() -> None:
    every = {**{f"a{key}": value for key, value in FURTHER.items()}, **KNOWN}
    done = subprocess.run(
        [sys.executable, "-c", NOBODY_IS_ASKED],
        input=json.dumps({"spec": every}).encode(),
        capture_output=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (str(len(every)).encode(), b"")


def test_each_is_placed_where_it_stands() -> None:
    token = KNOWN["GitHub Token"]
    text = f"a: x\nb: [1, {token}] # {token}\n{token}: 1\n# DB_PASSWORD: hunter2\n"
    assert [(str(one.location), one.location.pointer, one.detector) for one in found(text)] == [
        ("release.yaml:2:8", "/b/1", "GitHub Token"),
        ("release.yaml:2:50", "", "GitHub Token"),
        ("release.yaml:3:1", "", "GitHub Token"),
        ("release.yaml:4:1", "", "Secret Keyword"),
    ]


def test_a_hash_inside_a_value_begins_no_comment() -> None:
    assert [one.location.pointer for one in found('a: "x # PASSWORD=hunter2"\n')] == ["/a"]
    assert [one.location.pointer for one in found("a: |\n  # PASSWORD=hunter2\n")] == ["/a"]
    assert [one.location.pointer for one in found("a: x#y # PASSWORD=hunter2\n")] == [""]


def test_escapes_hide_nothing() -> None:
    token = KNOWN["GitHub Token"]
    escaped = "".join(f"\\u{ord(character):04x}" for character in token)
    assert [one.detector for one in found(f'a: "{escaped}"\n')] == ["GitHub Token"]
    (one,) = look(read_document(f'a: "{escaped}"\n'.encode(), "release.yaml"))
    assert {token, escaped} <= one.texts


def test_an_alias_is_found_as_well_as_what_it_refers_to() -> None:
    places = [one.location.pointer for one in found("a: &x hunter2\npassword: *x\n")]
    assert places == ["/password"]


def test_of_a_text_that_cannot_be_read_rather_too_much_is_hidden() -> None:
    text = "password: correct horse\nx: {api_key: abc}\n" + KNOWN["GitHub Token"] + "\n  ]\n"
    document = read_document(b"a: 1\n", "release.yaml")
    hidden = texts_of_lines(type(document)(file="release.yaml", text=text))
    assert {"correct horse", "abc", KNOWN["GitHub Token"]} <= hidden


@given(st.text(max_size=60), st.text(max_size=12))
def test_no_text_breaks_the_search(text: str, name: str) -> None:
    document = read_document(b"a: 1\n", "release.yaml")
    data: dict[str, Plain] = {"spec": {name: text}, text: name}
    for one in look(type(document)(file="f", text=text, data=data)):
        assert one.texts
    assert isinstance(texts_of_lines(type(document)(file="f", text=text)), frozenset)


def test_a_search_of_a_hostile_text_ends() -> None:
    for unit in ("a=", "password ", "://a:", "eyJ", "Bearer a", "sk-", "--", "#", '"key: '):
        found_in({"note": unit * 20_000})


def test_what_is_found_does_not_hold_it() -> None:
    (one,) = found(f"a: {KNOWN['GitHub Token']}\n")
    assert body(8) not in repr(one)
