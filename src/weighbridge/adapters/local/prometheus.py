"""Prometheus beside the releases: what it reads, which rules it has, what it answers."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from weighbridge.adapters.local.haproxy import SLOTS
from weighbridge.adapters.local.ports import HERE
from weighbridge.adapters.metrics.prometheus import PrometheusMeter
from weighbridge.model.delivery import Answer
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.text import json_document, yaml_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CONFIGURATION: Final = "prometheus.yml"
_TARGETS: Final = "targets.json"
_PATIENCE: Final = 2.0
_LARGEST: Final = 8 << 20
_SAID: Final = 300
_OFF: Final = "Prometheus does not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A release that runs, as Prometheus sees it.

    Attributes:
        digest: The release digest.
        version: Its version.
        job: What its job is called.
        slot: The server of haproxy's it is behind.
        port: The port its metrics are read at; 0 if it has none.
        path: The path.
        rules: Its rule file; None if it has none.
    """

    digest: str
    version: str
    job: str
    slot: str
    port: int
    path: str
    rules: bytes | None


def rule_file(digest: str) -> str:
    """Return the path of a release's rule file, relative to the configuration."""
    return f"rules/{digest.removeprefix('sha256:')}.yml"


def files(watched: Sequence[Watched], *, seconds: int, proxy: int) -> dict[str, bytes]:
    """Return what Prometheus reads, by path.

    Args:
        watched: The releases that run.
        seconds: Seconds between two looks.
        proxy: Port of haproxy's own metrics.
    """
    found = {
        _TARGETS: json_document([_target(one) for one in watched if one.port]),
        CONFIGURATION: yaml_documents(_configuration(watched, seconds, proxy)),
    }
    for one in watched:
        if one.rules is not None:
            found[rule_file(one.digest)] = one.rules
    return found


def _configuration(watched: Sequence[Watched], seconds: int, proxy: int) -> dict[str, Any]:
    every = f"{seconds}s"
    known = {one.slot: one.digest for one in watched}
    relabel: list[dict[str, Any]] = [
        {
            "source_labels": ["server"],
            "regex": slot,
            "target_label": METRIC_LABEL,
            "replacement": known[slot],
        }
        if slot in known
        else {"source_labels": ["server"], "regex": slot, "action": "drop"}
        for slot in SLOTS
    ]
    return {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "evaluation_interval": every,
        },
        "rule_files": [rule_file(one.digest) for one in watched if one.rules is not None],
        "scrape_configs": [
            {
                "job_name": "releases",
                "file_sd_configs": [{"files": [_TARGETS], "refresh_interval": "5s"}],
            },
            {
                "job_name": "haproxy",
                "static_configs": [{"targets": [f"{HERE}:{proxy}"]}],
                "metric_relabel_configs": relabel,
            },
        ],
    }


def _target(one: Watched) -> dict[str, Any]:
    labels = {
        "__metrics_path__": one.path,
        METRIC_LABEL: one.digest,
        "job": one.job,
        "version": one.version,
    }
    return {"targets": [f"{HERE}:{one.port}"], "labels": labels}


class LocalPrometheus:
    """Asks Prometheus, wherever it is just then."""

    def __init__(self, address: Callable[[], str]) -> None:
        """Say how its address is found: host and port, empty if it does not run."""
        self._address = address

    def ask(self, query: str) -> Answer:
        """Ask for the values now; what goes wrong is in the answer."""
        address = self._address()
        if not address:
            return Answer(error=_OFF)
        return PrometheusMeter(address=f"http://{address}", seconds=_PATIENCE).ask(query)

    def ready(self) -> bool:
        """Tell whether it answers queries."""
        return isinstance(self.fetch("/api/v1/status/runtimeinfo"), dict)

    def firing(self, digest: str) -> dict[str, str] | None:
        """Return failure modes whose alerts fire for a release, each with the alert's name.

        None if its rules are not loaded, or were not looked at yet.
        """
        told = self.fetch("/api/v1/rules", {"type": "alert"}, method="GET")
        return None if isinstance(told, str) else _firing(told, digest)

    def fetch(
        self, path: str, fields: Mapping[str, str] | None = None, *, method: str = ""
    ) -> dict[str, Any] | str:
        """Ask for something of its API.

        Returns:
            What it answers, or why there is no answer.
        """
        address = self._address()
        if not address:
            return _OFF
        host, _, port = address.rpartition(":")
        method = method or ("GET" if fields is None else "POST")
        body = urlencode(fields or {})
        if method == "GET" and body:
            path, body = f"{path}?{body}", ""
        one = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=_PATIENCE)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            one.request(method, path, body or None, headers)
            data = one.getresponse().read(_LARGEST + 1)
        except (OSError, http.client.HTTPException) as error:
            return f"Prometheus does not answer: {str(error) or type(error).__name__}".lower()[
                :_SAID
            ]
        finally:
            one.close()
        return _told(data)


def _told(data: bytes) -> dict[str, Any] | str:
    if len(data) > _LARGEST:
        return f"Prometheus answers with more than {_LARGEST} bytes"
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return f"Prometheus answers with what is no JSON: {data[:80]!r}"
    if not isinstance(found, dict) or found.get("status") != "success":
        said = found.get("error", "no status") if isinstance(found, dict) else "no object"
        return f"Prometheus says: {said}"[:_SAID]
    return found


def _firing(told: Mapping[str, Any], digest: str) -> dict[str, str] | None:
    own = rule_file(digest)
    found: dict[str, str] = {}
    loaded = False
    try:
        for group in told["data"]["groups"]:
            if not str(group["file"]).endswith(own):
                continue
            loaded = True
            for rule in group["rules"]:
                if str(rule.get("health")) != "ok":
                    return None
                for alert in rule.get("alerts") or ():
                    labels = alert["labels"]
                    if alert["state"] == "firing" and labels.get(METRIC_LABEL) == digest:
                        modes = str(labels.get("failure_mode", "")).split(",")
                        found |= dict.fromkeys(filter(None, modes), str(rule["name"]))
    except (KeyError, TypeError, AttributeError):
        return None
    return found if loaded else None
