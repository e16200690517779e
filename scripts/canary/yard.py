"""Where the story plays: a model's repository, a registry, people with keys, an environment."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from weighbridge.adapters.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = "rating"
PEOPLE = {"ann": "owner", "bea": "builder", "carl": "checker", "dora": "releaser"}
POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: canary, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: error}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec:
  policy: canary@1
  target:
    kind: local
    options: {{{options}}}
"""
MANIFEST = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: {name}
  version: "{version}"
  owner: {{team: ranking, contact: ranking@example.com}}
spec:
  source: {{}}
  model: {{name: {name}, task: ranking, format: onnx, license: Apache-2.0}}
  signature:
    inputs: [{{name: tokens, dtype: int64, shape: [-1]}}]
    outputs: [{{name: rating, dtype: float32, shape: [-1]}}]
  environment:
    runtime: {{implementation: cpython, version: "{python}"}}
    system: {{threads: 1}}
  dependencies:
    runtime: {{lock: requirements.lock, format: requirements, digest: "{lock}"}}
  parameters:
    max_batch_size:
      kind: inference
      type: integer
      value: {batch}
      default: 8
      minimum: 1
      maximum: 64
      description: Tokens rated in one call of the model.
  flags:
    explain: {{state: ENABLED, variants: {{"on": true, "off": false}}, defaultVariant: "{flag}"}}
  artifacts:
    - name: model
      role: weights
      path: model.onnx
      format: onnx
      size: {size}
      digest: "{digest}"
{more}  rollout:
    strategy: {strategy}
{steps}    analysis:
      - name: errors
        query: >-
          {ratio}
        success: "value < 0.05"
        failure: "value > 0.15"
        interval: 1s
        minSamples: 15
        onNoData: {no_data}
        failureLimit: 1
        inconclusiveLimit: {inconclusive}
      - name: slow
        query: >-
          histogram_quantile(0.9, sum by (le) (rate({durations}[4s])))
        success: "value < 0.1"
        failure: "value > 0.2"
        interval: 1s
        minSamples: 15
        onNoData: pass
        failureLimit: 1
        inconclusiveLimit: 20
  failureModes:
    - {{id: not-loaded, symptom: the model is not loaded, signal: NotLoaded, action: rollback}}
  rollback:
    to: previous
    automaticOn: [errors, slow, not-loaded]
    window: {window}
    maxDuration: {back}
    verify: {verify}
  observability:
    metrics:
      endpoint: ":8080/metrics"
      expected: {expected}
    alerts:
      - {{alert: NotLoaded, expr: "{loaded} < 1", for: 1s, labels: {{severity: page}}}}
"""
EXPECTED = (
    "[{name: requests_total, type: counter}, {name: requests_errors_total, type: counter}, "
    "{name: request_duration_seconds, type: histogram, unit: seconds}, "
    "{name: model_loaded, type: gauge}]"
)
_LABEL = 'release="$release"'
STEPS = (
    "[{weight: 10, hold: 4s, analysis: errors}, {weight: 50, hold: 4s, analysis: errors}, "
    "{weight: 100, hold: 3s, analysis: errors}]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """What a release of the story says of its rollout.

    Attributes:
        ratio: The query of `errors`; that of `errors` by `requests` if nothing is said.
    """

    strategy: str = "canary"
    steps: str = STEPS
    window: str = "3s"
    verify: str = "[errors]"
    back: str = "30s"
    no_data: str = "pause"
    inconclusive: int = 10
    batch: int = 8
    flag: str = "off"
    more: str = ""
    errors: str = f"requests_errors_total{{{_LABEL}}}"
    requests: str = f"requests_total{{{_LABEL}}}"
    durations: str = f"request_duration_seconds_bucket{{{_LABEL}}}"
    loaded: str = "model_loaded"
    expected: str = EXPECTED
    ratio: str = ""


class CommandError(Exception):
    """A command ended otherwise than it should."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str


class Yard:
    """A folder with a repository, a registry and keys, and a way to run commands there."""

    def __init__(self, root: Path, environ: Mapping[str, str], *, port: int = 0) -> None:
        """Lay it out.

        Args:
            root: An empty folder.
            environ: Environment variables; our own are not handed on, but where tools are.
            port: Port that takes requests; 0 for any that is free.
        """
        self.root = root
        self.project = root / NAME
        self.home = root / "registry"
        self.port = port or free_port()
        kept = {
            name: value
            for name, value in environ.items()
            if not name.startswith(("WEIGHBRIDGE_", "GIT_")) or name == "WEIGHBRIDGE_TOOLS"
        }
        self.environ = {
            **kept,
            "GIT_CONFIG_GLOBAL": str(root / "no-gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
            "WEIGHBRIDGE_REGISTRY": str(self.home),
            "WEIGHBRIDGE_KEYS": str(root / "keys"),
        }
        self.project.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("remote", "add", "origin", f"https://git.example.com/ml/{NAME}")

    def run(self, *words: str, by: Sequence[str] = (), wanted: int | None = 0) -> Ran:
        """Run one of our commands, as somebody if need be.

        Raises:
            CommandError: It ended otherwise than wanted.
        """
        done = self.start(*words, by=by)
        out, err = done.communicate(timeout=600)
        if wanted is not None and done.returncode != wanted:
            said = f"weighbridge {' '.join(words)}: exit {done.returncode}\n{out}{err}"
            raise CommandError(said)
        return Ran(done.returncode, out, err)

    def start(self, *words: str, by: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Begin one of our commands, in a session of its own, and do not wait for it."""
        # `key new` is told its name, and asks for the passphrase all the same.
        acting = () if words[:2] == ("key", "new") else by
        keys = [word for name in acting for word in ("--key", name)]
        read, write = os.pipe()
        os.write(write, "".join(f"{name} of the yard\n" for name in by).encode())
        os.close(write)
        named = {"WEIGHBRIDGE_KEY_PASSPHRASE_FD": str(read)} if by else {}
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "weighbridge", *words, *keys],
                cwd=self.project,
                env={**self.environ, **named},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(read,),
                start_new_session=True,
                text=True,
            )
        finally:
            os.close(read)

    def people(self) -> None:
        """Make everybody's key, name the owner, and say who is what."""
        for name in PEOPLE:
            self.run("key", "new", name, by=[name])
        self.run("registry", "init", "--owner", "ann=ann", "--threshold", "1")
        for name, role in PEOPLE.items():
            if role != "owner":
                self.run("key", "trust", name, "--person", name, "--role", role, by=["ann"])

    def environment(self, name: str, **options: str) -> None:
        """Publish the policy, if it was not, and apply an environment on this machine."""
        known = {"bind": f"127.0.0.1:{self.port}", "environment": sys.prefix, **options}
        said = ", ".join(f"{key}: {json.dumps(value)}" for key, value in known.items())
        (self.root / "policy.yaml").write_text(POLICY)
        path = self.root / f"{name}.yaml"
        path.write_text(ENVIRONMENT.format(name=name, options=said))
        if not (self.home / "published").exists():
            self.run("policy", "publish", str(self.root / "policy.yaml"), by=["ann"])
            (self.home / "published").touch()
        self.run("env", "apply", str(path), by=["ann"])

    def seal(
        self,
        version: str,
        weights: bytes,
        plans: Plans | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        """Write a release, weigh it, sign it; return its digest."""
        self.write(version, weights, Plans() if plans is None else plans, files or {})
        done = self.run("seal", "--output-format", "json")
        reference = f"{NAME}@{version}"
        self.run("sign", reference, by=["bea"])
        self.run("check", reference, "--sign", by=["carl"])
        return str(json.loads(done.out)["digest"])

    def write(self, version: str, weights: bytes, plans: Plans, files: Mapping[str, bytes]) -> None:
        """Write a release and commit it."""
        lock = (resources.files("weighbridge.usecases.demo") / "requirements.lock").read_bytes()
        (self.project / "requirements.lock").write_bytes(lock)
        (self.project / "model.onnx").write_bytes(weights)
        listed = plans.more
        for path, data in files.items():
            (self.project / path).write_bytes(data)
            listed += f"    - {{name: {path.partition('.')[0]}, role: code, path: {path}}}\n"
        known = {name: getattr(plans, name) for name in Plans.__slots__} | {"more": listed}
        asked = f"sum(rate({plans.errors}[4s])) / sum(rate({plans.requests}[4s]))"
        known["ratio"] = plans.ratio or asked
        known["steps"] = f"    steps: {plans.steps}\n" if plans.steps else ""
        text = MANIFEST.format(
            name=NAME,
            version=version,
            python=platform.python_version(),
            lock=_sha256(lock),
            size=len(weights),
            digest=_sha256(weights),
            **known,
        )
        (self.project / "release.yaml").write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", version)
        if files:
            self.run("capture", "--update")
            self._git("add", "--all")
            self._git("commit", "--quiet", "--allow-empty", "--message", f"{version}, captured")

    def promote(self, version: str, environment: str) -> None:
        """Ask for a promotion, which must be allowed."""
        self.run("promote", f"{NAME}@{version}", "--to", environment, by=["dora"])

    def end(self, environment: str) -> None:
        """End what runs for an environment; harmless if nothing does."""
        self.run("deliver", NAME, "--in", environment, "--stop", wanted=None)

    def _git(self, *words: str) -> None:
        subprocess.run(
            ["git", *words], cwd=self.project, env=self.environ, check=True, capture_output=True
        )


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
