"""Where a policy is taken from, by what people write: a path, a revision, an artifact, a name."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.codec.bundle import BundleError, read_bundle
from weighbridge.model.errors import PolicySourceError
from weighbridge.model.policy.bundle import BundleLimits
from weighbridge.model.policy.shipped import SHIPPED
from weighbridge.model.repository_address import is_address
from weighbridge.probes.catalogues import is_git, open_tree, split_git
from weighbridge.probes.catalogues.fetched import fetched
from weighbridge.usecases.lookup import is_reference
from weighbridge.usecases.policies import load_files, loaded_bundle, rule_sets
from weighbridge.usecases.policy_files import POLICY, PolicyFiles, files_at, shipped_files
from weighbridge.usecases.published import published_policies, published_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.catalogue import FileTree
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import Registry
    from weighbridge.model.report import RuleSet
    from weighbridge.probes.catalogues.repository import Opener
    from weighbridge.usecases.policies import LoadedPolicy

BUNDLE = "policy-bundle.json"
"""The file a bundle is kept as where files are kept: everything the policy refers to is in it."""

_POLICY = "policy"


class PolicySources:
    """Everything a policy can be taken from, opened when it is asked for."""

    def __init__(
        self,
        *,
        start: Path,
        environ: Mapping[str, str],
        opener: Opener,
        registry: Callable[[], Registry],
        rule_set: RuleSet,
        offline: bool = False,
    ) -> None:
        """Take what opens them.

        Args:
            start: The folder paths are relative to.
            environ: Environment variables, to find git.
            opener: Opens the repository of an `oci` address.
            registry: Opens the registry.
            rule_set: The rules of this version.
            offline: Whether the network must not be used.
        """
        self._start = start
        self._environ = environ
        self._opener = opener
        self._registry = registry
        self._rule_set = rule_set
        self._offline = offline

    def load(self, name: str) -> LoadedPolicy:
        """Read a policy with everything it refers to; nothing is compiled yet.

        Args:
            name: A folder or file; `git+REPOSITORY@REVISION[#FOLDER]`; `oci://HOST/NAME@sha256:…`
                or `oci:LAYOUT@sha256:…`; `shipped:NAME`; or, of a published one, `NAME@VERSION` or
                its digest.

        Raises:
            PolicySourceError: There is nothing there that could be a policy.
            UnreadableError: A file cannot be read.
            NotFoundError: No such policy is published or shipped.
            DocumentError: With every fault of the policy.
        """
        if name.startswith(SHIPPED):
            return self._load(shipped_files(name.removeprefix(SHIPPED)))
        if is_address(name) or is_git(name):
            with self._tree(name) as tree:
                return self._load_tree(name, tree)
        if is_reference(name, self._start):
            return loaded_bundle(published_policy(name, self._registry()))
        return self._load(files_at(self._start / name, self._start))

    def _load(self, source: PolicyFiles) -> LoadedPolicy:
        return load_files(source, rule_set=self._rule_set, published=self._published)

    def _published(self, name: str) -> PolicyBundle | None:
        registry = self._registry()
        if name not in published_policies(registry):
            return None
        return published_policy(name, registry)

    @contextmanager
    def _tree(self, name: str) -> Iterator[FileTree]:
        """Open a revision or an artifact; what was fetched for it is thrown away afterwards."""
        opened = partial(
            open_tree,
            name,
            base=self._start,
            environ=self._environ,
            opener=self._opener,
            what=_POLICY,
        )
        if not is_git(name) or "://" not in name:
            yield opened()
            return
        url, revision, _ = split_git(name)
        if self._offline and not url.startswith("file:"):
            help_ = ["leave --offline out, or name a repository of this machine"]
            message = f"{name} is on the network, which --offline forbids"
            raise PolicySourceError(message, help=help_)
        with fetched(url, revision, environ=self._environ, what=_POLICY) as repository:
            yield opened(fetched=repository)

    def _load_tree(self, name: str, tree: FileTree) -> LoadedPolicy:
        names = tree.names()
        if POLICY in names:
            return self._load(PolicyFiles(files=tree))
        if BUNDLE not in names:
            help_ = ["name the folder it lies in: git+REPOSITORY@REVISION#FOLDER"]
            wanted = f"{POLICY}, or {BUNDLE}"
            seen = ", ".join(names[:5]) or "no file"
            raise PolicySourceError(
                f"there is no policy in {name}", seen=seen, wanted=wanted, help=help_
            )
        data = tree.read(BUNDLE, limit=BundleLimits().bundle)
        try:
            bundle = read_bundle(data)
        except BundleError as error:
            raise PolicySourceError(f"the bundle in {name} cannot be read: {error}") from error
        self._refuse_fewer(name, bundle)
        return loaded_bundle(bundle, origin=tree.origin)

    def _refuse_fewer(self, name: str, bundle: PolicyBundle) -> None:
        """Refuse a bundle that calls fewer rules by a name than that name stands for here."""
        known = {one.name: one for one in rule_sets(self._rule_set)}
        wanted = known.get(bundle.rules.name)
        missing = sorted({*(wanted.codes if wanted else ())} - {*bundle.rules.codes})
        if wanted is None or missing:
            raise PolicySourceError(
                f"the bundle in {name} demands fewer rules than `{bundle.rules.name}` does here",
                seen=f"without {', '.join(missing)}" if missing else bundle.rules.name,
                help=["push it anew with this version of weighbridge"],
            )
