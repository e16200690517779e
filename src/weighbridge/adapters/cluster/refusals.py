"""What kubectl says when it does not do something, as an error a person can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.codec.address import without_credentials
from weighbridge.model.errors import (
    AdmissionError,
    ClusterError,
    FieldConflictError,
    LoginError,
    UnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.errors import WeighbridgeError

_LONGEST: Final = 1000
_MANAGER: Final = re.compile(r'conflicts? with "([^"]{1,256})"')
_FIELD: Final = re.compile(r"(?:^- |: )(\.[^\s,]{1,256})", re.MULTILINE)
_TAKE_OVER: Final = (
    "or take them over once, knowingly: kubectl apply --server-side --field-manager=weighbridge "
    "--force-conflicts -f FILE"
)
_AWAY: Final = (
    r"connection (?:to the server .* was )?refused|unable to connect|no such host|i/o timeout"
    r"|deadline exceeded|handshake timeout|x509:|\(ServiceUnavailable\)|\(Timeout\)"
    r"|\(InternalError\)|\(TooManyRequests\)|currently unable to handle|unexpected EOF"
    r"|connection reset|network is unreachable|couldn't get current server API"
)
_UNNAMED: Final = (
    r"context .* does not exist|context was not found|no context exists|invalid configuration"
    r"|error loading config"
)
_NOISE: Final = re.compile(r"[EWI][0-9]{4} |Warning: ")
"""Lines of its own log, and warnings."""
_MISSING_KIND: Final = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')


def refusal(words: str, errors: str) -> WeighbridgeError:
    """Make an error of what kubectl said.

    Args:
        words: What it was to do, in a few words.
        errors: What it said.
    """
    lines = without_credentials(errors).splitlines()
    said = "\n".join(one for one in lines if not _NOISE.match(one)).strip()[:_LONGEST]
    for pattern, make in _KNOWN:
        if re.search(pattern, said, re.IGNORECASE):
            return make(words, said)
    line = said.splitlines()[0] if said else "it says nothing"
    return UnavailableError(f"kubectl did not {words}: {line}", seen=_flat(said))


def _flat(said: str) -> str:
    return " ".join(said.split())


def _conflict(words: str, said: str) -> WeighbridgeError:
    managers = ", ".join(dict.fromkeys(_MANAGER.findall(said))) or "somebody else"
    fields = ", ".join(dict.fromkeys(one.rstrip(",") for one in _FIELD.findall(said)))
    return FieldConflictError(
        f"{managers} manages what is to be delivered: nothing was taken from it",
        seen=fields or _flat(said),
        wanted="fields that nobody else manages",
        cause=f"kubectl was to {words}; somebody applied or edited these fields by other means",
        help=[
            f"see where {managers} does: kubectl get KIND NAME -o yaml --show-managed-fields",
            f"let {managers} give them up, then deliver again",
            _TAKE_OVER,
        ],
    )


def _unreachable(words: str, said: str) -> WeighbridgeError:
    return UnavailableError(
        f"the cluster cannot be reached: kubectl did not {words}",
        seen=_flat(said),
        help=["see whether it answers: kubectl version", "then do it again"],
    )


def _stranger(words: str, said: str) -> WeighbridgeError:
    return LoginError(
        f"the cluster does not let you {words}",
        seen=_flat(said),
        help=[
            "ask who runs the cluster for the right, or log in as somebody who has it",
            "see what you may do: kubectl auth can-i --list",
        ],
    )


def _barred(words: str, said: str) -> WeighbridgeError:
    return AdmissionError(
        f"an admission webhook of the cluster refuses to {words}",
        seen=_flat(said),
        help=["promote the release first: weighbridge promote NAME@VERSION --to ENV"],
    )


def _unknown_kind(words: str, said: str) -> WeighbridgeError:
    found = _MISSING_KIND.search(said)
    kind = f"{found[1]} ({found[2]})" if found else "a kind that is needed"
    return UnavailableError(
        f"the cluster does not know {kind}: kubectl did not {words}",
        seen=_flat(said),
        help=["install what brings it: Argo Rollouts, Flagger, KServe or the Prometheus operator"],
    )


def _unnamed(words: str, said: str) -> WeighbridgeError:
    return UsageError(
        f"kubectl is not set up to {words}",
        seen=_flat(said),
        help=[
            "see what there is: kubectl config get-contexts",
            "and name it: options kubeContext and kubeconfig of the environment's target",
        ],
    )


def _refused(words: str, said: str) -> WeighbridgeError:
    return ClusterError(f"the cluster refuses to {words}", seen=_flat(said))


def _gone(words: str, said: str) -> WeighbridgeError:
    help_ = ["see whether the namespace is there: kubectl get namespaces"]
    return ClusterError(
        f"the cluster has not what is needed to {words}", seen=_flat(said), help=help_
    )


def _changed(words: str, said: str) -> WeighbridgeError:
    message = f"somebody changed the object meanwhile: kubectl did not {words}"
    return UnavailableError(message, seen=_flat(said), help=["do it again"])


_KNOWN: Final[tuple[tuple[str, Callable[[str, str], WeighbridgeError]], ...]] = (
    (r"apply failed with \d+ conflicts?", _conflict),
    (r"admission webhook .* denied the request", _barred),
    (r"\(Unauthorized\)|must be logged in|\(Forbidden\)|is forbidden:", _stranger),
    (r"no matches for kind|doesn't have a resource type", _unknown_kind),
    (_UNNAMED, _unnamed),
    (r"stat .*no such file or directory", _unnamed),
    (_AWAY, _unreachable),
    (r"\(Conflict\)|the object has been modified", _changed),
    (r"\(NotFound\)", _gone),
    (r"\(Invalid\)|is invalid:|\(BadRequest\)|strict decoding error|error validating", _refused),
)
