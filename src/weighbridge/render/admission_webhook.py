"""The object that has a cluster ask at its door (admissionregistration.k8s.io/v1).

It is refused whatever nobody answers for (`failurePolicy: Fail`), so it is to reach no further than
one namespace: a cluster whose system pods wait for us would not start again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.render.naming import dns_name
from weighbridge.render.text import yaml_documents

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS: Final = 5
"""How long an API server waits for an answer."""
RESOURCES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "v1"): ("pods", "pods/ephemeralcontainers", "replicationcontrollers"),
    ("apps", "v1"): ("daemonsets", "deployments", "replicasets", "statefulsets"),
    ("argoproj.io", "v1alpha1"): ("rollouts",),
    ("batch", "v1"): ("cronjobs", "jobs"),
    ("serving.kserve.io", "v1beta1"): ("inferenceservices",),
}
"""What is asked about, by group and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an API server finds us: at an address, or behind a Service of its cluster.

    Attributes:
        url: Address without a path (`https://HOST[:PORT]`); empty for a Service.
        namespace: Namespace of the Service.
        service: Its name.
    """

    url: str = ""
    namespace: str = ""
    service: str = ""

    def client(self, environment: str) -> dict[str, Any]:
        """Return how the API server is to ask about an environment."""
        path = f"/admit/{environment}"
        if self.url:
            return {"url": f"{self.url.rstrip('/')}{path}"}
        named = {"namespace": self.namespace, "name": self.service, "path": path, "port": 443}
        return {"service": named}


def webhook_configuration(
    environment: str, *, namespace: str, address: Address, ca_bundle: str
) -> bytes:
    """Write the ValidatingWebhookConfiguration of an environment.

    Args:
        environment: Name of the environment.
        namespace: The namespace it is delivered to.
        address: Where we are asked.
        ca_bundle: Certificates our own is verified by: PEM in base64.
    """
    name = dns_name(environment)
    hook = {
        "name": f"{name}.admission.weighbridge.dev",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {**address.client(environment), "caBundle": ca_bundle},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [
            {
                "apiGroups": [group],
                "apiVersions": [version],
                "operations": ["CREATE", "UPDATE"],
                "resources": list(resources),
                "scope": "Namespaced",
            }
            for (group, version), resources in RESOURCES.items()
        ],
        "sideEffects": "None",
        "timeoutSeconds": SECONDS,
    }
    document = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {
            "name": f"weighbridge-{name}",
            "labels": {"app.kubernetes.io/managed-by": "weighbridge"},
        },
        "webhooks": [hook],
    }
    return yaml_documents(document)
