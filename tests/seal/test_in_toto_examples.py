"""The examples of in-toto's specifications, each as its page shows it, are read and judged.

https://github.com/in-toto/attestation/tree/main/spec: the members and their places are those of the
pages named below; texts are shorter, digests that are cut short there (`78ab6a8...`) are whole. The
pages of CycloneDX and SPDX still show Statement v0.1, which is none that is read here.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest

from tests.predicates import (
    CYCLONEDX,
    PROVENANCE,
    SPDX,
    SUMMARY,
    TEST_RESULT,
    VULNERABILITIES,
)
from tests.seal.signing import ALICE, signature, snapshot, spki, trusted
from weighbridge.codec.predicates import shape_fault
from weighbridge.codec.subjects import Contents
from weighbridge.model.predicates import RELEASE
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import PAYLOAD_TYPE, pre_authentication_encoding
from weighbridge.seal.envelope import as_bundles
from weighbridge.seal.judging import Signer, judge
from weighbridge.seal.statement import Statement, StatementError, read_statement

Tree = dict[str, Any]
TRUST = snapshot(trusted(spki(ALICE)))
SOURCE = {"digest": {"gitCommit": "d20ace7968ba43c0219f62d71334c1095bab1602"}}


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def file(name: str) -> Tree:
    return {"name": name, "digest": {"sha256": digest(name)}}


GCC = {**file("gcc9.3.0"), "uri": "file:///usr/bin/gcc", "downloadLocation": "http://a.example/gcc"}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/scai.md
SCAI: Tree = {
    "attributes": [
        {"attribute": "WITH_STACK_PROTECTION", "conditions": {"flags": "-fstack-protector*"}},
        {
            "attribute": "ATTESTED_DEPENDENCIES",
            "target": {**file("my-rsa-lib.so"), "uri": "http://example.com/my-rsa-lib.so"},
            "evidence": {**file("report.json"), "mediaType": "application/x.dsse+json"},
        },
    ],
    "producer": GCC,
}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/link.md
LINK: Tree = {
    "name": "build",
    "command": ["make", "all"],
    "materials": [file("main.c")],
    "byproducts": {"return-value": 0},
    "environment": {},
}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/runtime-trace.md
TRACE: Tree = {
    "monitor": {
        "type": "https://github.com/cilium/tetragon/v0.8.4",
        "configSource": {},
        "tracePolicy": {"policies": [{"Name": "connect", "Config": ""}]},
    },
    "monitoredProcess": {
        "hostID": "https://tekton.dev/chains/v2",
        "type": "https://tekton.dev/attestations/chains@v2",
        "event": "run-image-pipelinerun-build-trusted",
    },
    "monitorLog": {
        "process": [{"eventType": "exit", "arguments": [""], "privileged": None}],
        "network": [{"ip": "140.82.112.3", "port": 443, "protocol": "tcp"}],
        "fileAccess": [file("main.c")],
    },
    "metadata": {"buildStartedOn": "2022-10-13T22:55:50Z"},
}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/reference.md
REFERENCE: Tree = {
    "attester": {"id": "https://my-builder.com/v1"},
    "references": [
        {
            "downloadLocation": "https://cloud.com/my-sboms/sbom.spdx.json",
            "digest": {"sha256": digest("sbom.spdx.json")},
            "mediaType": "application/spdx+json",
        }
    ],
}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/release.md
ANGULAR: Tree = {"purl": "pkg:npm/@angular/http@7.2.16", "packageId": "1234567890"}
URLLIB3: Tree = {"purl": "pkg:pypi/urllib3@2.1.0"}
SEMVER: Tree = {"purl": "pkg:npm/semver@7.5.4"}
# https://github.com/in-toto/attestation/blob/main/spec/predicates/spdx3.md
SPDX3: Tree = {
    "@context": "https://spdx.org/rdf/3.0/spdx-context.jsonld",
    "@graph": [{"type": "SpdxDocument"}],
}

IN_TOTO = "https://in-toto.io/attestation/"
EXAMPLES: list[tuple[str, Tree, list[Tree]]] = [
    # https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
    (f"{IN_TOTO}test-result/v0.1", TEST_RESULT, [SOURCE]),
    # https://slsa.dev/spec/v1.0/provenance, https://slsa.dev/spec/v1.0/verification_summary
    ("https://slsa.dev/provenance/v1", PROVENANCE, [file("hello-world")]),
    ("https://slsa.dev/verification_summary/v1", SUMMARY, [file("example-1.2.3.tar.gz")]),
    # https://github.com/in-toto/attestation/blob/main/spec/predicates/vuln.md, vulns_02.md
    (f"{IN_TOTO}vulns/v0.1", VULNERABILITIES, [file("foo.jar")]),
    (
        f"{IN_TOTO}vulns/v0.2",
        {name: value for name, value in VULNERABILITIES.items() if name != "invocation"},
        [file("foo.jar")],
    ),
    (f"{IN_TOTO}scai/attribute-report/v0.2", SCAI, [file("my-app")]),
    (f"{IN_TOTO}link/v0.3", LINK, [file("a.out"), file("a.map")]),
    (f"{IN_TOTO}release/v0.1", ANGULAR, [file("http-7.2.16.tgz")]),
    (f"{IN_TOTO}release/v0.1", URLLIB3, [file("urllib3-2.1.0.tar.gz"), file("urllib3-2.1.0.whl")]),
    (f"{IN_TOTO}release/v0.1", SEMVER, [{"name": "semver-7.5.4.tgz", "digest": {"sha512": "d5"}}]),
    (f"{IN_TOTO}runtime-trace/v0.2", TRACE, [file("ttl.sh/testin123")]),
    (f"{IN_TOTO}reference/v0.1", REFERENCE, [file("foo.deb"), file("bar.deb")]),
    # https://github.com/in-toto/attestation/blob/main/spec/predicates/cyclonedx.md, spdx2.md
    ("https://cyclonedx.org/bom/v1.4", CYCLONEDX, [file("acme")]),
    ("https://spdx.dev/Document/v2.3", SPDX, [file("acme")]),
    ("https://spdx.dev/Document/v3", SPDX3, [file("acme")]),
]


def statement(kind: str, predicate: object, subjects: list[Tree], **changes: object) -> bytes:
    tree = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": kind,
        "predicate": predicate,
    }
    return json.dumps(tree | changes, indent=2).encode()


def about(subjects: list[Tree]) -> tuple[tuple[str, str], ...]:
    return read_statement(statement("https://example.com/x", {}, subjects)).subjects


@pytest.mark.parametrize(("kind", "predicate", "subjects"), EXAMPLES)
def test_an_example_is_read_whole_and_counts_if_its_signer_does(
    kind: str, predicate: Tree, subjects: list[Tree]
) -> None:
    payload = statement(kind, predicate, subjects)
    found = read_statement(payload)
    named = tuple((one.get("name", ""), ":".join(*one["digest"].items())) for one in subjects)
    assert found == Statement(kind, subjects=named, predicate=predicate)
    assert shape_fault(kind, found.predicate) == ""
    made = signature(ALICE, pre_authentication_encoding(payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "", "sig": base64.b64encode(made).decode()}],
    }
    (data,) = as_bundles(json.dumps(envelope).encode(), TRUST)
    verdict = judge(
        read_bundle(data),
        snapshot=TRUST,
        at="2026-11-22T13:00:00Z",
        roles={"builder"},
        subject_digests=None,
        predicate_type=kind,
    )
    assert isinstance(verdict, Signer)


@pytest.mark.parametrize(
    "subjects", [[SOURCE], [{"name": "semver-7.5.4.tgz", "digest": {"sha512": "d5"}}]]
)
def test_what_no_sha256_names_is_read_and_about_nothing(subjects: list[Tree]) -> None:
    digests = [value for _, value in about(subjects)]
    assert not any(value.startswith("sha256:") for value in digests)
    contents = Contents(f"sha256:{'1' * 64}", lambda _: None)
    assert contents.lacks("https://example.com/x", {}, digests) == digests[0]


# https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, resource_descriptor.md,
# digest_set.md: what they say of members that may be left out, and of digests.
@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ({"digest": {"sha256": digest("a")}}, ("", f"sha256:{digest('a')}")),
        ({"name": "_", "digest": {"sha256": digest("a")}}, ("_", f"sha256:{digest('a')}")),
        (
            {"uri": "git+https://github.com/actions/runner", "digest": {"sha1": "d61b27b8"}},
            ("", "sha1:d61b27b8"),
        ),
        (
            {**file("a"), "content": "QQ==", "mediaType": "text/plain", "annotations": {"a": None}},
            ("a", f"sha256:{digest('a')}"),
        ),
        (
            {"digest": {"sha512": "12", "sha256": digest("a"), "md5": "34"}},
            ("", f"sha256:{digest('a')}"),
        ),
        ({"digest": {"somecoolhash": "abcd"}}, ("", "somecoolhash:abcd")),
    ],
)
def test_a_resource_descriptor_needs_a_digest_alone(subject: Tree, read: tuple[str, str]) -> None:
    assert about([subject]) == (read,)


@pytest.mark.parametrize("subject", [{"name": "a"}, {"uri": "https://example.com/a"}])
def test_a_subject_without_a_digest_is_none(subject: Tree) -> None:
    with pytest.raises(StatementError, match="no digest"):
        about([subject])


def test_the_predicate_may_be_left_out() -> None:
    tree = json.loads(statement("https://example.com/x", {}, [file("a")]))
    del tree["predicate"]
    assert read_statement(json.dumps(tree).encode()).predicate == {}


def test_a_statement_of_another_version_is_none() -> None:
    old = "https://in-toto.io/Statement/v0.1"
    with pytest.raises(StatementError, match="the statement's type is not"):
        read_statement(statement("https://cyclonedx.org/bom/v1.4", CYCLONEDX, [], _type=old))


@pytest.mark.parametrize(
    "subject",
    [
        SOURCE,
        {"digest": {"sha256": digest("a")}},
        {**file("a"), "uri": "https://example.com/a"},
        {"name": "a", "digest": {"sha256": digest("a"), "sha512": "12"}},
    ],
)
def test_what_is_ours_has_a_name_and_one_sha256_and_no_more(subject: Tree) -> None:
    with pytest.raises(StatementError):
        read_statement(statement(RELEASE, {}, [subject]))
