"""A door in front of a registry, in a process of its own, asked over HTTP or HTTPS."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.server.recorded_reviews import IMAGE, MODEL, OTHER, RELEASE, SIDECAR, text_of
from tests.usecases.promoted import FIRST, Promoted
from tests.usecases.workshop import clean_environ, command
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import Wish
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.rollback import roll_back
from weighbridge.usecases.seal import seal
from weighbridge.usecases.stopping import blocking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REF = "registry.example.com/ml/serving"
TARGETED = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: production}}
spec:
  policy: house@1
  promotesFrom: staging
  target: {{kind: kubernetes, namespace: serving, options: {{sidecars: "{sidecars}"}}}}
"""
_TRIES = 5
_CUT_OFF = ConnectionResetError, BrokenPipeError
BEFORE, NOW, NEXT = "demo@2.0.0", "demo@2.1.0", "demo@2.2.0"
SECONDS = 20
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Said:
    """What came back."""

    status: int
    media_type: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def response(self) -> dict[str, Any]:
        assert self.status == 200, self.body
        found: dict[str, Any] = self.json["response"]
        return found

    @property
    def message(self) -> str:
        found: str = self.response["status"]["message"]
        return found


class Door:
    """A server that listens, and what it says."""

    def __init__(self, process: subprocess.Popen[str], trusted: Path | None) -> None:
        self.process = process
        self.trusted = trusted
        assert process.stdout is not None
        self.line = process.stdout.readline()
        place = next((word for word in self.line.split() if "://" in word), "")
        self.address = urlsplit(place)

    def connection(self) -> http.client.HTTPConnection:
        host, port = self.address.hostname or "", self.address.port
        if self.trusted is None:
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        context = ssl.create_default_context(cafile=str(self.trusted))
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = JSON,
    ) -> Said:
        for _ in range(_TRIES):
            # Who is refused before all of a body has come may be cut off before the answer is read.
            with closing(self.connection()) as connection, suppress(*_CUT_OFF):
                connection.request(method, path, body=body, headers=dict(headers))
                answer = connection.getresponse()
                return Said(answer.status, answer.headers["content-type"], answer.read())
        raise AssertionError(f"{method} {path} was cut off {_TRIES} times")

    def admit(self, text: str | bytes, environment: str = "production") -> Said:
        body = text.encode() if isinstance(text, str) else text
        return self.ask("POST", f"/admit/{environment}", body)

    def end(self) -> tuple[int, str]:
        """End it by its pid; return its exit code and what it said besides."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr is not None
        said = self.process.stderr.read()
        return self.process.wait(SECONDS), said


@contextmanager
def opened(folder: Path, *words: str, trusted: Path | None = None) -> Iterator[Door]:
    """Start a server on any free port, and end it."""
    process = subprocess.Popen(
        command("serve", "--port", "0", "--grace", "0", *words),
        cwd=folder,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Door(process, trusted)
        finally:
            if process.poll() is None:
                process.kill()


class Guarded(Promoted):
    """A registry whose releases have an image, before production in a namespace."""

    def review(self, name: str, release: str, *, other: str = "") -> str:
        """Return a recorded review with digests of this registry's."""
        text = text_of(name).replace(IMAGE, self.image(release))
        for recorded, named in ((RELEASE, release), (OTHER, other or release)):
            real = self.digest(named)
            text = text.replace(recorded, real).replace(recorded[7:-1], real[7:-1])
        return text

    def block(self, release: str, *, lift: bool = False) -> None:
        """Have owners block a release in production, or let it go."""
        wish = Wish(reason="it leaks names", environment="production")
        named = (release, self.digest(release))
        self.owners(blocking(named, wish, lift=lift, registry=self.registry))

    def back(self) -> None:
        """Roll production back to the release before."""
        done = roll_back(
            "demo",
            "production",
            release=self.digest(BEFORE),
            expected=2,
            signer=self.key("max"),
            registry=self.registry,
            progress=NoProgress(),
        )
        assert done.moved

    def image(self, release: str) -> str:
        manifest = json.loads(self.registry.blobs.read(self.digest(release)))
        return str(manifest["spec"]["environment"]["image"]["digest"])

    def seal_with(self, version: str, image: str) -> None:
        """Seal a release that runs in an image; the rest of it is that of the first."""
        path = self.folder / "release.yaml"
        known = json.loads(self.registry.blobs.read(self.digest(FIRST)))
        text = self.authored.replace("source: {}", f"source: {json.dumps(known['spec']['source'])}")
        named = f'environment:\n    image: {{ref: {REF}, digest: "{image}"}}\n'
        path.write_text(text.replace('"1.0.0"', f'"{version}"').replace("environment:\n", named))
        found, _ = find_authored(None, start=self.folder, catalogues=lambda _: [])
        seal(found, registry=self.registry, environ={}, progress=NoProgress())

    @property
    def authored(self) -> str:
        """The manifest as it was before anything was sealed from it."""
        return (self.folder / "first.yaml").read_text()

    def bring(self, release: str) -> None:
        """Have a release signed, checked and promoted to staging, and approved for production."""
        self.sign(release)
        self.check(release)
        assert self.promote(release, "staging")
        self.approve(release, "cat", "dora")

    def tell(self) -> None:
        """Promote two releases that run in an image each, and bring a third to staging."""
        path = self.folder / "release.yaml"
        (self.folder / "first.yaml").write_text(path.read_text())
        self.set_up()
        self.target(sidecars=f"{MODEL},{SIDECAR}")
        for place, release in enumerate((BEFORE, NOW, NEXT)):
            self.seal_with(release.partition("@")[2], f"sha256:{place:064x}")
            self.bring(release)
            if release != NEXT:
                assert self.promote(release, "production")

    def target(self, *, sidecars: str) -> None:
        """Apply production with a namespace and what may run beside."""
        path = self.folder / "production.yaml"
        path.write_text(TARGETED.format(sidecars=sidecars))
        applied = application(*load_environment(path), self.registry)
        self.registry.blobs.put(applied.record)
        self.owners(applied.change)
