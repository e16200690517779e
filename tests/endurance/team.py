"""A team's registry, small and real: owners, releases ready to be promoted, environments.

It lies in a folder or in PostgreSQL. Everything is prepared beside it; what is tried goes over
servers, by the command line, run in forked children: what a command imports is paid for once.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.children import end, start
from tests.identities import make_key, passphrase_fd
from tests.usecases.cast import PASSPHRASES, STORE
from tests.usecases.workshop import commit, lay_out, manifest_text
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.registry import PostgresRegistry
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.servers import speaking
from weighbridge.bootstrap import rule_set
from weighbridge.cli.main import main
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.model.event import Event, read_event
from weighbridge.model.ports import NoProgress
from weighbridge.model.settings import EVIDENCE
from weighbridge.model.team.account import Scope
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.control import trust_key
from weighbridge.usecases.check import check
from weighbridge.usecases.control import change_control
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence import add_evidence, log_size
from weighbridge.usecases.initialise import initialise
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.seal import seal
from weighbridge.usecases.statements import release_statement, report_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.postgres_servers import Cluster
    from weighbridge.seal.control import Change

    OurRegistry = EmbeddedRegistry | PostgresRegistry

OWNERS = ("ann", "ben")
ROLES = (("bea", "builder"), ("carl", "checker"), ("dora", "releaser"))
POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: error, inconclusive: allow}
  rollbackPolicy: {allow: previously-promoted, hold: false}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec: {{policy: house@1}}
"""
VERSIONS = ("1.0.0", "1.1.0")
LATE = (
    "httpx",
    "weighbridge.adapters.remote.registry",
    "weighbridge.cli.promote",
    "weighbridge.cli.seal",
    "weighbridge.gate.cel",
    "weighbridge.usecases.promote",
)


@dataclass
class Said:
    """What came of a command.

    Attributes:
        code: Its exit code, or minus the signal that ended it.
    """

    code: int
    out: str
    err: str


@dataclass
class Team:
    """A registry, the people before it, and a folder they work in.

    Attributes:
        folder: A git repository.
        place: What `--registry` names it by, for whoever is beside it.
        environ: Variables whoever is beside it needs.
        releases: Digest by `name@version`.
    """

    folder: Path
    place: str
    environ: Mapping[str, str]
    registry: OurRegistry
    releases: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where all that belongs to it lies."""
        return self.folder.parent

    def keys(self) -> KeyFolder:
        return KeyFolder(self.home / "keys")

    def token(self, person: str) -> str:
        """Return the secret of a token of somebody's, to read and write with."""
        from weighbridge.adapters.accounts.opening import FILE, open_accounts  # noqa: PLC0415 - late

        if person not in self._tokens:
            in_folder = isinstance(self.registry, EmbeddedRegistry)
            accounts = open_accounts(self.home / STORE / FILE if in_folder else self.place)
            with contextlib.closing(accounts):
                self._tokens[person], _ = accounts.tokens.make(
                    person=person,
                    label="of tests",
                    scopes=frozenset(Scope),
                    expires="2099-01-01T00:00:00Z",
                    now=utc_now(),
                )
        return self._tokens[person]

    def variables(self, *, machine: str = "ours", person: str = "dora") -> dict[str, str]:
        """Return the variables of somebody at a machine of his own, who asks servers."""
        return {
            "WEIGHBRIDGE_KEYS": str(self.home / "keys"),
            "WEIGHBRIDGE_STATE": str(self.home / "machines" / machine),
            "WEIGHBRIDGE_TOKEN": self.token(person),
            "WEIGHBRIDGE_ENGINE": "here",
        }

    def entries(self, since: int = 0) -> list[Event]:
        """Read the ledger where it lies."""
        with self.registry.reading() as view:
            return [read_event(data) for data in view.entries(since)]

    def beside(self, *words: str) -> Said:
        """Run a command beside the registry."""
        return Command(self, words, environ=self.environ, registry=self.place).ended()

    def check_sound(self) -> None:
        """See that all that is kept holds together."""
        for words in (("log", "verify", "--deep"), ("registry", "fsck")):
            said = self.beside(*words)
            assert said.code == 0, f"{words}: {said.out}{said.err}"


def preload() -> None:
    """Import what commands import late, so that children need not."""
    for name in LATE:
        importlib.import_module(name)


class Command:
    """A command that runs in a child."""

    def __init__(
        self,
        team: Team,
        words: Iterable[str],
        *,
        environ: Mapping[str, str],
        registry: str,
        by: str = "",
        gate: int | None = None,
    ) -> None:
        """Start it.

        Args:
            team: Where it runs.
            words: The command.
            environ: Its variables.
            registry: What it asks.
            by: Who signs.
            gate: A descriptor whose end it waits for, once it is there.
        """
        self.said = team.home / "said"
        self.said.mkdir(exist_ok=True)
        named = (f"--key={by}",) if by else ()
        self.words = (*words, *named, "--registry", registry)
        with passphrase_fd(*([PASSPHRASES[by]] if by else [])) as secret:
            self.pid = start(lambda: self._run(team.folder, environ, secret, gate))
        self._code: int | None = None

    def _run(self, folder: Path, environ: Mapping[str, str], secret: int, gate: int | None) -> None:
        for name in [name for name in os.environ if name.startswith("WEIGHBRIDGE")]:
            if name != "WEIGHBRIDGE_KEY_PASSPHRASE_FD":
                del os.environ[name]
        os.environ.update(environ, WEIGHBRIDGE_KEY_PASSPHRASE_FD=str(secret))
        os.chdir(folder)
        # A shell that starts tests in the background has them ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        speaking.trust.cache_clear()
        own = self.said / str(os.getpid())
        sys.stdout = own.with_suffix(".out").open("w")
        sys.stderr = own.with_suffix(".err").open("w")
        if gate is not None:
            os.read(gate, 1)
        code = main(list(self.words))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def is_over(self) -> bool:
        """Tell whether it ended."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code is not None

    def ended(self) -> Said:
        """Wait until it ended."""
        if self._code is None:
            self._code = end(self.pid)
        own = self.said / str(self.pid)
        out, err = (own.with_suffix(suffix).read_text() for suffix in (".out", ".err"))
        return Said(self._code, out, err)


def embedded(folder: Path, *, models: int, environments: int) -> Team:
    """Make a team whose registry lies in a folder."""
    registry = EmbeddedRegistry(folder / STORE)
    place = str(folder / STORE)
    keys = {"WEIGHBRIDGE_KEYS": str(folder / "keys")}
    team = Team(folder / "project", place, keys, registry)
    prepare(team, models=models, environments=environments)
    return team


def in_postgres(folder: Path, cluster: Cluster, *, models: int, environments: int) -> Team:
    """Make a team whose registry lies in a database, and its bytes in a folder all share."""
    address = cluster.address(cluster.make_database())
    environ = {
        "WEIGHBRIDGE_KEYS": str(folder / "keys"),
        "WEIGHBRIDGE_STATE": str(folder / "state"),
        "WEIGHBRIDGE_STORE": str(folder / "blobs"),
        "WEIGHBRIDGE_LOG_KEYS": str(folder / "log-keys"),
    }
    registry = PostgresRegistry(
        address,
        home=folder / "home",
        keys=folder / "log-keys",
        wanted=Wanted(address=str(folder / "blobs")),
    )
    team = Team(folder / "project", address, environ, registry)
    prepare(team, models=models, environments=environments)
    return team


def prepare(team: Team, *, models: int, environments: int) -> None:
    """Name owners, trust people, apply environments; seal, sign and check each release."""
    preload()
    registry = team.registry
    for name in PASSPHRASES:
        make_key(team.home / "keys", name, passphrase=PASSPHRASES[name])
    keys = team.keys()
    owners = [(name, keys.public(name).spki_der) for name in OWNERS]
    initialise(owners, threshold=2, origin="example.com/log", registry=registry)
    lay_out(team.folder)
    commit(team.folder)
    for name, role in ROLES:
        applied(team, trust_key(keys.public(name).spki_der, person=name, roles=[role]))
    (team.folder / "policy.yaml").write_text(POLICY)
    bundle = load_policy(team.folder / "policy.yaml", rule_set=rule_set()).bundle
    registry.blobs.put(bundle_bytes(bundle))
    applied(team, publication(bundle))
    for number in range(environments):
        path = team.folder / "environment.yaml"
        path.write_text(ENVIRONMENT.format(name=f"e{number}"))
        found = application(*load_environment(path), registry)
        registry.blobs.put(found.record)
        applied(team, found.change)
    for number in range(models):
        for version in VERSIONS:
            bring(team, f"m{number}", version)


def applied(team: Team, change: Change) -> None:
    """Have owners apply a change."""
    keys = team.keys()
    signers = [keys.locked(name).unlock(PASSPHRASES[name]) for name in OWNERS]
    assert change_control(change, signers=signers, registry=team.registry).applied


def write(team: Team, name: str, version: str) -> None:
    """Write a release into the folder, to be sealed."""
    text = manifest_text().replace("  name: demo\n", f"  name: {name}\n")
    (team.folder / "release.yaml").write_text(text.replace('"1.0.0"', f'"{version}"'))


def bring(team: Team, name: str, version: str) -> None:
    """Seal a release, have its author sign it and a checker report it."""
    write(team, name, version)
    commit(team.folder)
    registry, keys = team.registry, team.keys()
    named, _ = find_authored(None, start=team.folder, catalogues=lambda _: [])
    digest = seal(named, registry=registry, environ={}, progress=NoProgress()).digest
    team.releases[f"{name}@{version}"] = digest
    found = sealed_release(digest, registry)
    papers = [("bea", release_statement(found))]
    report = check(found, registry=registry, settings=EVIDENCE, rule_set=rule_set(), environ={})
    document = json.loads(JsonRenderer().render(report))
    papers.append(("carl", report_statement(found, report, document, after=log_size(registry))))
    for person, payload in papers:
        signer = keys.locked(person).unlock(PASSPHRASES[person])
        add_evidence(payload, release=digest, signers=[signer], registry=registry)
