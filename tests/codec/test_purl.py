from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from weighbridge.codec.purl import Purl, PurlError, read_purl, write_purl

NAMES = st.text("abcXYZ09._-+@%é:?#&=", min_size=1, max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        "pkg:pypi/numpy@2.1.0",
        "pkg:pypi/torch@1.13.0%2Bcu117",
        "pkg:npm/%40scope/name@1.0.0",
        "pkg:npm/@scope/name@1.0.0",
        "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
        "pkg:oci/serving@sha256:aa?repository_url=registry.example.com/ml/serving",
        "pkg:golang/google.golang.org/genproto#googleapis/api/annotations",
        "pkg:PyPI/Django_x@1",
        "pkg://generic/a",
    ],
)
def test_what_the_reference_library_reads_we_read_alike(text: str) -> None:
    theirs, ours = PackageURL.from_string(text), read_purl(text)
    assert ours == Purl(
        type=theirs.type,
        name=theirs.name,
        namespace=theirs.namespace or "",
        version=theirs.version or "",
        qualifiers=dict(theirs.qualifiers or {}),
        subpath=theirs.subpath or "",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numpy",
        "pkg:",
        "pkg:pypi",
        "pkg:pypi/",
        "pkg:/numpy",
        "pkg:1pypi/numpy",
        "pkg:py pi/numpy",
        "pkg:pypi/num py",
        "pkg:pypi/num%zzpy",
        "pkg:pypi/num%ffpy",
        "pkg:deb/libc6@1",
        "pkg:pypi/numpy@1?arch",
        "pkg:pypi/numpy@1?a=1&A=2",
        "https://pypi.org/project/numpy",
        "pkg:pypi/" + "a" * 5_000,
    ],
)
def test_what_is_no_package_url_is_refused(text: str) -> None:
    with pytest.raises(PurlError):
        read_purl(text)


@given(st.sampled_from(["pypi", "generic"]), NAMES, NAMES)
def test_what_is_written_is_read_again_by_us_and_by_the_reference(
    kind: str, name: str, version: str
) -> None:
    purl = Purl(type=kind, name=name, version=version, qualifiers={"distro": "debian-12"})
    text = write_purl(purl)
    found = read_purl(text)
    assert (found.version, found.qualifiers) == (version, {"distro": "debian-12"})
    assert found.name == (name.lower().replace("_", "-") if kind == "pypi" else name)
    assert PackageURL.from_string(text).version == version


def test_an_empty_qualifier_says_nothing() -> None:
    assert read_purl("pkg:pypi/a@1?arch=&os=linux").qualifiers == {"os": "linux"}
