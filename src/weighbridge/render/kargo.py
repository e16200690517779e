"""Kargo: a verification of a Stage that asks the registry about what was promoted into it.

Kargo moves the artifact a release was pushed as (`push --form image`), by its digest. The job it
runs afterwards reads all of that artifact, holds it against the sealed release, and asks the gate
whether that release may be in the environment; whatever is not "yes" fails, and Kargo lets the
freight go no further. What is asked about is told by Kargo each time, never by what was rendered.

https://docs.kargo.io/user-guide/how-to-guides/verification (expressions in arguments: Kargo 1.3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.naming import dns_name, metadata
from weighbridge.render.text import yaml_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks

_NAME: Final = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_REPOSITORY: Final = r"[a-z0-9][a-z0-9.-]{0,251}(?::[0-9]{1,5})?(?:/[a-z0-9._-]{1,128}){1,8}"
_MOUNT: Final = "/weighbridge"
_SCRIPT: Final = """\
weighbridge verify "$ARTIFACT" --log-key "$LOG_KEY" --output-format json --output /tmp/verified.json
release="$(python3 -c 'import json; print(json.load(open("/tmp/verified.json"))["subject"])')"
weighbridge promote "$release" --to "$ENVIRONMENT" --dry-run
"""
"""Values come by the environment of the process: nothing Kargo fills in is read by the shell."""
_NOBODY: Final = 65532

_REQUIRED: Final = {
    "registry": "the address of the server that keeps the registry: --option registry=https://…",
    "repository": "where the release is pushed to: --option repository=HOST/REPOSITORY",
    "environment": "the environment the gate is asked about: --option environment=NAME",
    "image": "an image with weighbridge, by its digest: --option image=NAME@sha256:…",
}


class Kargo:
    """Renders an AnalysisTemplate, and the part of a Stage that calls it."""

    kind = "kargo"
    versions = ("1.10", "1.11", "1.12")
    options = (
        TargetOption(
            name="registry",
            pattern=r"https://[A-Za-z0-9._:\[\]-]{1,253}(?:/[!-~]{0,255})?",
            wanted="https://HOST[:PORT]",
            description="The server that keeps the registry; needed.",
        ),
        TargetOption(
            name="repository",
            pattern=_REPOSITORY,
            wanted="HOST/REPOSITORY, without a tag",
            description="Where the release is pushed to as an image, and what a Warehouse "
            "subscribes to; needed.",
        ),
        TargetOption(
            name="environment",
            pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
            wanted="the name of an environment",
            description="The environment whose policy the gate decides by; needed.",
        ),
        TargetOption(
            name="image",
            pattern=r"[a-z0-9][A-Za-z0-9._:/-]{0,255}@sha256:[0-9a-f]{64}",
            wanted="NAME@sha256:DIGEST",
            description="The image with weighbridge that the job runs; needed.",
        ),
        TargetOption(
            name="stage",
            pattern=_NAME,
            wanted="the name of a Stage",
            description="The Stage; the name of the environment if nothing is said.",
        ),
        TargetOption(
            name="tokenSecret",
            default="weighbridge-token",
            pattern=_NAME,
            wanted="the name of a Secret",
            description="The Secret in the project whose key `token` is an API token that reads.",
        ),
        TargetOption(
            name="logKey",
            default="weighbridge-log-key",
            pattern=_NAME,
            wanted="the name of a ConfigMap",
            description="The ConfigMap in the project whose key `log.pub` is the log's key.",
        ),
        TargetOption(
            name="pullSecret",
            pattern=_NAME,
            wanted="the name of a Secret",
            description="The Secret of type kubernetes.io/dockerconfigjson the artifact is pulled "
            "with, if it needs one.",
        ),
        TargetOption(
            name="deadlineSeconds",
            default="1800",
            pattern=r"[1-9][0-9]{0,5}",
            wanted="seconds",
            description="How long the job may take: it reads the whole artifact.",
        ),
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render what verifies a Stage."""
        missing = [name for name in _REQUIRED if not order.options[name]]
        for name in missing:
            remarks.refuse(f"option {name} is needed", "", _REQUIRED[name])
        if missing:
            return
        remarks.notice("what is inconclusive fails a verification: a job can only pass or fail")
        name = dns_name(f"weighbridge-{order.options['environment'].lower()}")
        template = _template(order, name)
        yield RenderedFile(path="analysistemplate.yaml", content=yaml_documents(template))
        patch = yaml_documents(_stage(order, name))
        yield RenderedFile(path="stage-patch.yaml", content=patch)


def _template(order: Order, name: str) -> dict[str, Any]:
    job = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": int(order.options["deadlineSeconds"]),
        "template": {"spec": _pod(order)},
    }
    metric = {
        "name": "weighbridge",
        "count": 1,
        "failureLimit": 0,
        "inconclusiveLimit": 0,
        "consecutiveErrorLimit": 0,
        "provider": {"job": {"spec": job}},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": metadata(order, name),
        "spec": {"args": [{"name": "artifact"}], "metrics": [metric]},
    }


def _pod(order: Order) -> dict[str, Any]:
    options = order.options
    volumes: list[dict[str, Any]] = [
        {"name": "token", "secret": {"secretName": options["tokenSecret"], "defaultMode": 0o440}},
        {"name": "log-key", "configMap": {"name": options["logKey"]}},
        {"name": "scratch", "emptyDir": {}},
    ]
    mounts: list[dict[str, Any]] = [
        {"name": "token", "mountPath": f"{_MOUNT}/token", "readOnly": True},
        {"name": "log-key", "mountPath": f"{_MOUNT}/log", "readOnly": True},
        {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108 - of the container, its own
    ]
    environment = {
        "ARTIFACT": "{{args.artifact}}",
        "ENVIRONMENT": options["environment"],
        "HOME": "/tmp",  # noqa: S108 - of the container, its own
        "LOG_KEY": f"{_MOUNT}/log/log.pub",
        "WEIGHBRIDGE_REGISTRY": options["registry"],
        "WEIGHBRIDGE_TOKEN_FILE": f"{_MOUNT}/token/token",
    }
    if options["pullSecret"]:
        item = {"key": ".dockerconfigjson", "path": "config.json"}
        secret = {"secretName": options["pullSecret"], "defaultMode": 0o440, "items": [item]}
        volumes.append({"name": "pull", "secret": secret})
        mounts.append({"name": "pull", "mountPath": f"{_MOUNT}/pull", "readOnly": True})
        environment["DOCKER_CONFIG"] = f"{_MOUNT}/pull"
    container = {
        "name": "weighbridge",
        "image": options["image"],
        "command": ["/bin/sh", "-ceu", _SCRIPT],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": mounts,
    }
    return {
        "automountServiceAccountToken": False,
        "containers": [container],
        "restartPolicy": "Never",
        "securityContext": {
            "fsGroup": _NOBODY,
            "runAsGroup": _NOBODY,
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": volumes,
    }


def _stage(order: Order, name: str) -> dict[str, Any]:
    """Return what is merged into a Stage: all but its verification is its owner's.

    It says of no release, since a Stage is of none.
    """
    repository = order.options["repository"]
    artifact = f'oci://{repository}@${{{{ imageFrom("{repository}").Digest }}}}'
    stage = order.options["stage"] or dns_name(order.options["environment"].lower())
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": stage, **({"namespace": order.namespace} if order.namespace else {})},
        "spec": {
            "verification": {
                "analysisTemplates": [{"name": name}],
                "args": [{"name": "artifact", "value": artifact}],
            }
        },
    }
