from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.codec.sbom.documents import HASH
from weighbridge.codec.licences.policy import SHIPPED
from weighbridge.model.bill import Component
from weighbridge.model.fact import Distribution, PythonEnvironment, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.model.structure import BILL_SUBJECT, TEMPLATE_DIGEST, Structure
from weighbridge.rules import sample
from weighbridge.rules.dependencies import license_not_allowed, sbom_inconsistent
from weighbridge.rules.engine import judge

if TYPE_CHECKING:
    from weighbridge.model.fact import Facts
    from weighbridge.model.finding import Finding

NUMPY = Component(kind="library", name="numpy", version="2.1.0", purl="pkg:pypi/numpy@2.1.0")
BILL = Structure(format="cyclonedx", status="complete", components=(NUMPY,))
LOCK = sample.lock(Pin(name="numpy", version="2.1.0"))
DATASETS = {"/spec/lineage/datasets": [{"ref": "corpus"}]}


def found(facts: Facts) -> tuple[Finding, ...]:
    return judge([sbom_inconsistent.RULE], facts).findings


def with_bill(facts: Facts, bill: Structure = BILL) -> Facts:
    return replace(facts, files=sample.file(structure=bill), locks=LOCK)


def test_a_bill_in_a_folder_of_the_release_is_found() -> None:
    facts = sample.release({"/spec/artifacts/0/path": "papers"})
    folder = sample.directory("papers", ["sbom.json", "other.json"], declared=[])
    files = sample.file("papers/sbom.json", structure=replace(BILL, components=()))
    named = replace(BILL, components=(), metadata=((BILL_SUBJECT, "file-type-detector"),))
    files |= sample.file("papers/sbom.json", structure=named) | sample.file("papers/other.json")
    (finding,) = found(replace(facts, directories=folder, files=files, locks=LOCK))
    assert finding.subject == "papers/sbom.json"
    assert "numpy 2.1.0 of the lock is not in the bill" in finding.seen


def test_what_the_manifest_calls_a_bill_and_is_none_is_not_passed() -> None:
    facts = sample.release({"/spec/artifacts/0/format": "spdx"})
    (finding,) = found(with_bill(facts, Structure(format="json", status="complete")))
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_bill_that_names_nothing_and_lists_no_package_is_of_something_else() -> None:
    system = replace(NUMPY, purl="pkg:deb/debian/libc6@2.36")
    assert found(with_bill(sample.release(), replace(BILL, components=(system,)))) == ()


def test_a_lock_that_cannot_be_read_leaves_it_open() -> None:
    facts = replace(with_bill(sample.release()), locks={sample.LOCK: Unavailable("gone")})
    (finding,) = found(facts)
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_origins_and_templates_of_the_release_are_looked_for() -> None:
    facts = with_bill(sample.release(DATASETS))
    tokenizer = Structure(
        format="json",
        status="complete",
        metadata=((TEMPLATE_DIGEST, f"sha256:{HASH} chat_template"), ("model_type", "llama")),
    )
    files = {
        **facts.files,
        **sample.file("tokenizer.json", structure=tokenizer),
        "gone.json": Unavailable("gone"),
    }
    seen = [finding.seen for finding in found(replace(facts, files=files))]
    assert len(seen) == 2
    assert any("corpus, which the release was made from" in text for text in seen)
    assert any("tokenizer.json: chat_template" in text for text in seen)


def test_what_lies_elsewhere_is_not_asked_about() -> None:
    facts = sample.release({"/spec/artifacts/0/path": None, "/spec/artifacts/0/uri": "s3://a/b"})
    assert found(replace(facts, locks=LOCK)) == ()


def test_the_base_model_and_its_licence_are_judged() -> None:
    base = {"ref": "hf://org/base", "license": "CC-BY-NC-4.0 OR LicenseRef-non-commercial"}
    facts = replace(sample.release({"/spec/lineage/baseModel": base}), locks=sample.lock())
    (finding,) = judge([license_not_allowed.RULE], facts).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "the base model hf://org/base is under CC-BY-NC-4.0, LicenseRef-non-commercial, "
        "which may not be used here"
    )


def test_packages_nobody_knows_a_licence_of_are_told_together_and_not_all_named() -> None:
    pins = [Pin(name=f"p{number:02}", version="1.0") for number in range(12)]
    facts = replace(sample.release(), locks=sample.lock(*pins))
    installed = {"p00": Distribution(name="p00", version="1.0")}
    here = PythonEnvironment(
        where=".venv", implementation="cpython", version="3.11.7", distributions=installed
    )
    (finding,) = judge([license_not_allowed.RULE], replace(facts, python=here)).findings
    assert (finding.severity, finding.seen.endswith("and 2 more")) == (Severity.NOTE, True)


def test_nothing_is_said_of_licences_nobody_here_could_know_unless_owners_deny_them() -> None:
    locks = sample.lock(Pin(name="numpy", version="2.1.0"))
    facts = replace(sample.release(sealed=True), locks=locks)
    assert judge([license_not_allowed.RULE], facts).findings == ()
    strict = replace(SHIPPED, unknown="denied")
    (finding,) = judge([license_not_allowed.RULE], replace(facts, licences=strict)).findings
    assert finding.verdict is Verdict.INCONCLUSIVE
