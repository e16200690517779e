from __future__ import annotations

import yaml

from weighbridge.gate.admission.workloads import KINDS
from weighbridge.render.admission_webhook import RESOURCES, Address, webhook_configuration


def test_a_configuration_is_for_one_namespace_and_lets_nothing_in_unasked() -> None:
    made = webhook_configuration(
        "production",
        namespace="serving",
        address=Address(namespace="weighbridge", service="admission"),
        ca_bundle="TUFER",
    )
    document = yaml.safe_load(made)
    (hook,) = document["webhooks"]
    assert document["apiVersion"] == "admissionregistration.k8s.io/v1"
    assert document["metadata"]["name"] == "weighbridge-production"
    assert hook["name"] == "production.admission.weighbridge.dev"
    assert hook["clientConfig"] == {
        "service": {
            "namespace": "weighbridge",
            "name": "admission",
            "path": "/admit/production",
            "port": 443,
        },
        "caBundle": "TUFER",
    }
    assert hook["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "serving"}}
    assert (hook["failurePolicy"], hook["sideEffects"]) == ("Fail", "None")
    assert (hook["timeoutSeconds"], hook["admissionReviewVersions"]) == (5, ["v1"])
    assert all(rule["operations"] == ["CREATE", "UPDATE"] for rule in hook["rules"])


def test_the_same_is_printed_each_time() -> None:
    address = Address(url="https://door.example.com:8443/")
    made = [
        webhook_configuration("a", namespace="b", address=address, ca_bundle="c") for _ in range(2)
    ]
    assert made[0] == made[1]
    assert b"https://door.example.com:8443/admit/a" in made[0]


def test_every_kind_that_is_judged_is_asked_about() -> None:
    plurals = {
        (group, version, name)
        for (group, version), resources in RESOURCES.items()
        for name in resources
    }
    wanted = {(kind.group, kind.version, f"{kind.name.lower()}s") for kind in KINDS}
    assert plurals == wanted | {("", "v1", "pods/ephemeralcontainers")}
