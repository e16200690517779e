"""The errors of weighbridge: a code, a sentence, what was seen and wanted, and what to do.

One class a situation; `kind` says which exit code it leads to, and `cli.main` alone knows the
numbers. The docstring of each class is what `weighbridge explain CODE` prints.
"""

from __future__ import annotations

from typing import ClassVar

from weighbridge.model.fault import Fault as Fault  # noqa: PLC0414 - all take it from here
from weighbridge.model.fault import Kind as Kind  # noqa: PLC0414 - as above
from weighbridge.model.fault import WeighbridgeError as WeighbridgeError  # noqa: PLC0414 - too


class BugError(WeighbridgeError):
    """Weighbridge broke down. This is a bug of ours, never a verdict."""

    code: ClassVar[str] = "WB001"
    kind: ClassVar[Kind] = "bug"


class UsageError(WeighbridgeError):
    """The command line asks for something that does not exist or does not fit together."""

    code: ClassVar[str] = "WB100"
    kind: ClassVar[Kind] = "usage"


class SettingsError(WeighbridgeError):
    """`weighbridge.toml` or a `WEIGHBRIDGE_*` variable holds something that is not a setting."""

    code: ClassVar[str] = "WB101"
    kind: ClassVar[Kind] = "usage"


class UnreadableError(WeighbridgeError):
    """A file that was named is not there, is not a file, or may not be read."""

    code: ClassVar[str] = "WB102"
    kind: ClassVar[Kind] = "usage"


class BaselineError(WeighbridgeError):
    """A file is no baseline of findings: not ours, damaged, newer, or of another release."""

    code: ClassVar[str] = "WB103"
    kind: ClassVar[Kind] = "usage"


class DocumentError(WeighbridgeError):
    """The manifest is not a valid `ModelRelease`; every fault is listed with its place."""

    code: ClassVar[str] = "WB110"
    kind: ClassVar[Kind] = "usage"


class NotFoundError(WeighbridgeError):
    """No release of that name, version or digest is in this registry."""

    code: ClassVar[str] = "WB130"
    kind: ClassVar[Kind] = "usage"


class BoundError(WeighbridgeError):
    """`name@version` already names other bytes; a name is bound once."""

    code: ClassVar[str] = "WB131"
    kind: ClassVar[Kind] = "failed"


class RegistryError(WeighbridgeError):
    """The registry cannot be used: another program's file, a newer version, or damaged."""

    code: ClassVar[str] = "WB132"
    kind: ClassVar[Kind] = "usage"


class StorageError(WeighbridgeError):
    """Bytes could not be written: disk full, read-only, no permission. Nothing is half written."""

    code: ClassVar[str] = "WB133"
    kind: ClassVar[Kind] = "unavailable"


class OwnerlessError(WeighbridgeError):
    """The registry has no owners yet: there is nobody to say whose signature counts."""

    code: ClassVar[str] = "WB134"
    kind: ClassVar[Kind] = "usage"


class LedgerError(WeighbridgeError):
    """The ledger does not prove what it says: an entry, a node or a checkpoint was changed."""

    code: ClassVar[str] = "WB135"
    kind: ClassVar[Kind] = "failed"


class ClockError(WeighbridgeError):
    """The clock is behind the newest entry of the ledger; entries are never older than the last."""

    code: ClassVar[str] = "WB136"
    kind: ClassVar[Kind] = "unavailable"


class PackError(WeighbridgeError):
    """An evidence pack is damaged, was changed, or cannot be made: it proves nothing."""

    code: ClassVar[str] = "WB137"
    kind: ClassVar[Kind] = "failed"


class ArchivedError(WeighbridgeError):
    """The files of the release lie in an archive: restore them, then do it again."""

    code: ClassVar[str] = "WB138"
    kind: ClassVar[Kind] = "unavailable"


class CustodyError(WeighbridgeError):
    """The files of the release must stay where they are, or were erased for ever."""

    code: ClassVar[str] = "WB139"
    kind: ClassVar[Kind] = "failed"


class UnsealableError(WeighbridgeError):
    """The release cannot be sealed as it stands; every obstacle is listed."""

    code: ClassVar[str] = "WB140"
    kind: ClassVar[Kind] = "failed"


class UnsealedError(WeighbridgeError):
    """Evidence is about sealed releases, and these bytes are not sealed."""

    code: ClassVar[str] = "WB141"
    kind: ClassVar[Kind] = "usage"


class UnsignableError(WeighbridgeError):
    """The model cannot be signed as it stands; every obstacle is listed."""

    code: ClassVar[str] = "WB142"
    kind: ClassVar[Kind] = "failed"


class EntrySizeError(WeighbridgeError):
    """What is to be logged is larger than an entry of a ledger can be; nothing was changed."""

    code: ClassVar[str] = "WB143"
    kind: ClassVar[Kind] = "usage"


class UnavailableError(WeighbridgeError):
    """Something that was needed could not be had: a tool, a service, an extra."""

    code: ClassVar[str] = "WB150"
    kind: ClassVar[Kind] = "unavailable"


class TransferError(WeighbridgeError):
    """Bytes from or for a registry are not what was announced; nothing of them is visible."""

    code: ClassVar[str] = "WB151"
    kind: ClassVar[Kind] = "failed"


class UnmeasuredError(UnavailableError):
    """Nothing measures what was delivered here: Prometheus does not run. All else is done.

    What is on its way waits, as its analyses say of what they cannot know; or goes back.
    """

    code: ClassVar[str] = "WB153"
    kind: ClassVar[Kind] = "unavailable"


class LoginError(WeighbridgeError):
    """A registry, key service or cluster refuses: no login, or one that lacks the right."""

    code: ClassVar[str] = "WB152"
    kind: ClassVar[Kind] = "forbidden"


class KeyFileError(WeighbridgeError):
    """A key is not there, may be read by others, or its file holds none."""

    code: ClassVar[str] = "WB160"
    kind: ClassVar[Kind] = "usage"


class PassphraseError(WeighbridgeError):
    """No passphrase was given, or it is not the one the key was locked with."""

    code: ClassVar[str] = "WB161"
    kind: ClassVar[Kind] = "forbidden"


class KeyMismatchError(WeighbridgeError):
    """A key that lies elsewhere is another now, or signs wrongly: nothing it signed was used."""

    code: ClassVar[str] = "WB162"
    kind: ClassVar[Kind] = "forbidden"


class NotAllowedError(WeighbridgeError):
    """The signature does not count: unknown key, wrong role, revoked. The refusal is logged."""

    code: ClassVar[str] = "WB170"
    kind: ClassVar[Kind] = "forbidden"


class OutdatedPolicyError(WeighbridgeError):
    """A published policy speaks of a field that is gone, or means something else by now.

    Its bundle records what its expressions were checked against. Nothing is decided by a policy
    whose words have changed their meaning.
    """

    code: ClassVar[str] = "WB185"
    kind: ClassVar[Kind] = "usage"


class PolicySourceError(WeighbridgeError):
    """A policy cannot be taken from where it is said to be: no such revision, digest or file."""

    code: ClassVar[str] = "WB186"
    kind: ClassVar[Kind] = "usage"


class RevisionError(WeighbridgeError):
    """Another revision of the gate decided: signature and papers hold, it was not made again."""

    code: ClassVar[str] = "WB190"
    kind: ClassVar[Kind] = "unavailable"


class DecisionError(WeighbridgeError):
    """A decision is not what the gate decides on what was there before it."""

    code: ClassVar[str] = "WB191"
    kind: ClassVar[Kind] = "failed"


class RulePackError(WeighbridgeError):
    """A rule pack cannot be used: it is not to be had, is none, or clashes with another."""

    code: ClassVar[str] = "WB200"
    kind: ClassVar[Kind] = "usage"


class RulePackAlteredError(WeighbridgeError):
    """A rule pack is not the one that was named by its digest; nothing of it was run."""

    code: ClassVar[str] = "WB201"
    kind: ClassVar[Kind] = "failed"


class BuildError(WeighbridgeError):
    """The command failed, or did not make what it was to make; nothing is recorded as a build."""

    code: ClassVar[str] = "WB210"
    kind: ClassVar[Kind] = "failed"


class RenderError(WeighbridgeError):
    """The target cannot honour what the manifest or an option asks for; each fault says what can.

    What a target would leave out in silence is refused. What it does otherwise, and no less
    strictly, is said beside the files.
    """

    code: ClassVar[str] = "WB220"
    kind: ClassVar[Kind] = "usage"


class DeliveryError(WeighbridgeError):
    """A release is not delivered: what was weighed is not what is here, or may not run any more.

    Delivery runs what the pointer holds and nothing else. Before it starts, and whenever it goes
    on, the bytes, the decision and what was said since are looked at again.
    """

    code: ClassVar[str] = "WB230"
    kind: ClassVar[Kind] = "failed"


class AdmissionError(WeighbridgeError):
    """A workload may not run there: its release is not promoted, or it runs what is not of it.

    Every image is pinned by digest, and is one the sealed manifest names; the workload says its
    release, whole, and that is what the environment's pointer holds.
    """

    code: ClassVar[str] = "WB240"
    kind: ClassVar[Kind] = "failed"


class ReviewError(WeighbridgeError):
    """What was sent to be admitted is no AdmissionReview of admission.k8s.io/v1 that can be read.

    Nothing is let in that cannot be read whole: a key that stands twice, or an object that is not
    of the kind it is said to be, means different things to different readers.
    """

    code: ClassVar[str] = "WB241"
    kind: ClassVar[Kind] = "usage"


class ClusterError(WeighbridgeError):
    """A cluster does not take what is delivered to it, or a rendering is not what it takes."""

    code: ClassVar[str] = "WB260"
    kind: ClassVar[Kind] = "failed"


class FieldConflictError(WeighbridgeError):
    """Somebody else manages fields of an object that is delivered; nothing is taken from him.

    Kubernetes keeps of each field who set it last (server-side apply). Either they give it up, or
    the release leaves it to them.
    """

    code: ClassVar[str] = "WB261"
    kind: ClassVar[Kind] = "failed"


class GitOpsError(WeighbridgeError):
    """A folder of rendered files holds what is not ours, or was changed since; it is as it was."""

    code: ClassVar[str] = "WB262"
    kind: ClassVar[Kind] = "failed"


class ConflictError(WeighbridgeError):
    """What a change rests on has changed since it was read; nothing of it was kept.

    A registry on a server takes a change only if all that was read for it is still so. The command
    line reads again and tries again by itself; this is shown if others were faster each time.
    """

    code: ClassVar[str] = "WB270"
    kind: ClassVar[Kind] = "failed"


class UnprovenError(WeighbridgeError):
    """Papers do not bear out what a change would enter; nothing of it was kept.

    A server weighs every entry before it takes it, as `weighbridge log verify --deep` does later:
    signatures, the trust of that moment, and decisions, which it makes again.
    """

    code: ClassVar[str] = "WB271"
    kind: ClassVar[Kind] = "failed"


class RequestError(WeighbridgeError):
    """A server was asked for something that is no request it knows: a value, a form, a cursor."""

    code: ClassVar[str] = "WB272"
    kind: ClassVar[Kind] = "usage"


class TooMuchError(WeighbridgeError):
    """A server was asked for more at once than it gives, or more often than it answers."""

    code: ClassVar[str] = "WB273"
    kind: ClassVar[Kind] = "unavailable"


class JobError(WeighbridgeError):
    """A job cannot be ordered, found or cancelled as it was asked."""

    code: ClassVar[str] = "WB274"
    kind: ClassVar[Kind] = "failed"


class RuleError(WeighbridgeError):
    """A rule raised instead of judging. This is a bug of its author's, never a verdict."""

    code: ClassVar[str] = "WB900"
    kind: ClassVar[Kind] = "bug"


def class_of(code: str) -> type[WeighbridgeError] | None:
    """Find the class of errors a code stands for; None if there is none."""
    waiting: list[type[WeighbridgeError]] = [WeighbridgeError]
    while waiting:
        known = waiting.pop()
        if getattr(known, "code", "") == code:
            return known
        waiting += known.__subclasses__()
    return None
