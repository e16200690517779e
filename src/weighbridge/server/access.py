"""The permission table of the server: what each route asks of who asks it; no route is without.

A scope lets somebody ask. Whether what he brings counts is said by the ledger, where owners gave
roles to keys (`model.permissions`): the server weighs it like anybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.team.account import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

Route = tuple[str, str]
"""A method and the path of a route, as it is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One row of the table.

    Attributes:
        scope: What a credential must allow; None if anybody may ask.
        says: What it is for, for people.
        person: Whether a person must have logged in: no token will do.
        near: Whether this machine and declared peers may ask without a credential.
        anew: Whether one logs in here: a credential that counts no longer is as none.
        form: Whether a page's form is sent here, which carries what tells it from another site's:
            whoever reads it looks for that (`Browser.read_form`).
    """

    scope: Scope | None
    says: str
    person: bool = False
    near: bool = False
    anew: bool = False
    form: bool = False


_READ, _WRITE, _RUN, _ADMIN = Scope.READ, Scope.WRITE, Scope.RUN, Scope.ADMIN


def _form(says: str) -> Access:
    """Make the row of a form: a person who logged in sends it, and it says of which page it is."""
    return Access(scope=Scope.WRITE, says=says, person=True, form=True)


API: Final[Mapping[Route, Access]] = {
    ("GET", "/healthz"): Access(scope=None, says="whether the process lives"),
    ("GET", "/readyz"): Access(scope=None, says="whether it can answer"),
    ("GET", "/metrics"): Access(scope=_READ, near=True, says="metrics"),
    ("GET", "/v1/openapi.json"): Access(scope=None, says="what can be asked"),
    ("GET", "/v1/registry"): Access(scope=_READ, says="the registry and its log"),
    ("GET", "/v1/ledger/checkpoint"): Access(scope=_READ, says="the signed checkpoint"),
    ("GET", "/v1/ledger/tile/{path:path}"): Access(scope=_READ, says="tiles of the log"),
    ("GET", "/v1/ledger/entries"): Access(scope=_READ, says="entries, in their order"),
    ("GET", "/v1/ledger/entries/{index}"): Access(scope=_READ, says="one entry"),
    ("GET", "/v1/ledger/proofs/{index}"): Access(scope=_READ, says="proof of an entry"),
    ("GET", "/v1/ledger/consistency/{first}"): Access(scope=_READ, says="proof of growth"),
    ("GET", "/v1/ledger/topics"): Access(scope=_READ, says="the index of the ledger"),
    ("GET", "/v1/ledger/topics/{topic:path}"): Access(scope=_READ, says="entries on a topic"),
    ("GET", "/v1/releases"): Access(scope=_READ, says="releases, in the order of their names"),
    ("GET", "/v1/releases/{digest}"): Access(scope=_READ, says="one release"),
    ("GET", "/v1/manifests/{digest}"): Access(scope=_READ, says="a sealed manifest"),
    ("GET", "/v1/evidence/{digest}"): Access(scope=_READ, says="a signed bundle"),
    ("GET", "/v1/blobs/{digest}"): Access(scope=_READ, says="bytes by digest"),
    ("GET", "/v1/environments"): Access(scope=_READ, says="environments"),
    ("GET", "/v1/environments/{environment}"): Access(scope=_READ, says="one environment"),
    ("POST", "/v1/environments/{environment}/evaluations"): Access(
        scope=_READ, says="what the gate would say"
    ),
    ("GET", "/v1/status"): Access(scope=_READ, says="what stands where"),
    ("GET", "/v1/jobs"): Access(scope=_READ, says="jobs, newest first"),
    ("GET", "/v1/jobs/{key}"): Access(scope=_READ, says="one job"),
    ("POST", "/v1/jobs"): Access(scope=_RUN, says="have something done"),
    ("DELETE", "/v1/jobs/{key}"): Access(scope=_RUN, says="cancel a job"),
    ("PUT", "/v1/blobs/{digest}"): Access(scope=_WRITE, says="bring bytes"),
    ("POST", "/v1/missing-blobs"): Access(scope=_WRITE, says="which bytes are not there"),
    ("POST", "/v1/changes"): Access(scope=_WRITE, says="bring entries"),
    ("GET", "/v1/blobs"): Access(scope=_ADMIN, says="all bytes"),
    ("DELETE", "/v1/blobs/{digest}"): Access(scope=_ADMIN, says="clear bytes away"),
    ("POST", "/v1/log/key"): Access(scope=_ADMIN, says="begin the log"),
    ("POST", "/v1/log/next-key"): Access(scope=_ADMIN, says="make the log's next key"),
    ("GET", "/login"): Access(scope=None, anew=True, says="go to the provider"),
    ("GET", "/enter"): Access(scope=None, anew=True, says="come by the link of one's own server"),
    ("GET", "/login/callback"): Access(scope=None, anew=True, says="come back from there"),
    ("POST", "/logout"): Access(scope=None, anew=True, says="end the session"),
    ("GET", "/login/device"): Access(scope=None, anew=True, says="see who would log in"),
    ("POST", "/login/device"): Access(scope=None, anew=True, says="let him, or not"),
    ("POST", "/v1/logins"): Access(scope=None, anew=True, says="begin a login elsewhere"),
    ("POST", "/v1/logins/{identifier}/token"): Access(
        scope=None, anew=True, says="whether somebody confirmed it"
    ),
    ("GET", "/v1/whoami"): Access(scope=None, says="who one is"),
    ("GET", "/v1/tokens"): Access(scope=_READ, says="one's tokens"),
    ("POST", "/v1/tokens"): Access(scope=_READ, person=True, says="make a token"),
    ("POST", "/v1/tokens/exchange"): Access(scope=None, anew=True, says="a job is let in"),
    ("DELETE", "/v1/tokens/{identifier}"): Access(scope=_READ, says="end a token"),
}

PAGES: Final[Mapping[Route, Access]] = {
    ("GET", "/assets/{name}"): Access(scope=None, says="style and script of the pages"),
    ("GET", "/"): Access(scope=_READ, says="what is where"),
    ("GET", "/approvals"): Access(scope=_READ, says="what waits to be let in"),
    ("GET", "/waivers"): Access(scope=_READ, says="what is waived, and until when"),
    ("GET", "/insights"): Access(scope=_READ, says="what blocks, and for how long"),
    ("GET", "/releases"): Access(scope=_READ, says="find a release"),
    ("GET", "/releases/{digest}"): Access(scope=_READ, says="one release"),
    ("GET", "/releases/{digest}/in/{environment}"): Access(scope=_READ, says="why it is blocked"),
    ("GET", "/rules"): Access(scope=_READ, says="rules there are"),
    ("GET", "/rules/{code}"): Access(scope=_READ, says="what a rule or an error means"),
    ("GET", "/policies"): Access(scope=_READ, says="policies there are"),
    ("GET", "/policies/{name}"): Access(scope=_READ, says="what a policy demands"),
    ("GET", "/policies/{name}/what-if"): Access(scope=_READ, says="what a change would do"),
    ("GET", "/environments"): Access(scope=_READ, says="environments there are"),
    ("GET", "/environments/{environment}"): Access(scope=_READ, says="what stands there"),
    ("GET", "/environments/{environment}/rollback/{name}"): Access(
        scope=_READ, says="where it would go back to"
    ),
    ("GET", "/access"): Access(scope=_READ, says="who may do what"),
    ("POST", "/access"): _form("end a token"),
    ("GET", "/data"): Access(scope=_READ, says="data that rules go by"),
    ("GET", "/start"): Access(scope=_READ, says="the way of a first release"),
    ("GET", "/help"): Access(scope=_READ, says="the docs"),
    ("GET", "/help/images/{name}"): Access(scope=_READ, says="pictures of the docs"),
    ("GET", "/help/{path:path}"): Access(scope=_READ, says="a page of the docs"),
    ("GET", "/releases/{digest}/in/{environment}/{act}"): Access(
        scope=_READ, says="what one signs"
    ),
    ("POST", "/releases/{digest}/in/{environment}/{act}"): _form("sign it"),
    ("GET", "/releases/{digest}/in/{environment}/waive/{rule}"): Access(
        scope=_READ, says="what would be waived"
    ),
    ("POST", "/releases/{digest}/in/{environment}/waive/{rule}"): _form("waive it"),
    ("GET", "/environments/{environment}/freeze"): Access(scope=_READ, says="whether it is frozen"),
    ("POST", "/environments/{environment}/freeze"): _form("freeze it"),
    ("POST", "/environments/{environment}/rollback/{name}"): _form("roll back"),
    ("GET", "/access/key"): Access(scope=_READ, says="which key signs for one"),
    ("POST", "/access/key"): _form("have a key made"),
    ("GET", "/releases/{digest}/pack"): Access(scope=_READ, says="what a pack would hold"),
    ("GET", "/releases/{digest}/pack.tar"): Access(scope=_READ, says="an evidence pack"),
    ("GET", "/releases/{digest}/dependencies"): Access(scope=_READ, says="who needs whom"),
    ("GET", "/releases/{digest}/lineage"): Access(scope=_READ, says="what it was made from"),
    ("GET", "/releases/{digest}/compatibility"): Access(scope=_READ, says="what is to be had"),
    ("GET", "/compare"): Access(scope=_READ, says="choose two releases"),
    ("GET", "/compare/{left}/{right}"): Access(scope=_READ, says="what differs"),
    ("GET", "/ledger"): Access(scope=_READ, says="entries, newest first"),
    ("GET", "/ledger/{index}"): Access(scope=_READ, says="one entry"),
    ("GET", "/ledger/{index}/proof"): Access(scope=_READ, says="a proof to keep"),
    ("GET", "/log.pub"): Access(scope=_READ, says="the log's public key"),
}

TABLE: Final[Mapping[Route, Access]] = {**API, **PAGES}
