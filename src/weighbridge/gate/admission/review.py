"""An AdmissionReview (admission.k8s.io/v1), read from plain JSON nobody has looked at yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION: Final = "admission.k8s.io/v1"
KIND: Final = "AdmissionReview"
OPERATIONS: Final = ("CREATE", "UPDATE", "DELETE", "CONNECT")
DEBUGGED: Final = "ephemeralcontainers"
"""The one subresource by which containers come into a pod that is there."""
_UID: Final = re.compile(r"[!-~]{1,128}")
_SHOWN: Final = 80


class ReviewError(ValueError):
    """What was sent is no review that can be answered.

    Attributes:
        uid: The review it was to be, if it names itself; then it can be refused by name.
        seen: What was there.
        wanted: What should have been there.
    """

    def __init__(self, message: str, *, uid: str = "", seen: str = "", wanted: str = "") -> None:
        """Say what is wrong."""
        self.uid, self.seen, self.wanted = uid, seen, wanted
        super().__init__(message)


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What an object is (GroupVersionKind).

    Attributes:
        group: API group; empty for Kubernetes' oldest.
        version: Version of the group.
        name: Kind.
    """

    group: str
    version: str
    name: str

    @property
    def api_version(self) -> str:
        """Group and version, as objects write them."""
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What somebody wants to do to an object.

    Attributes:
        uid: Identifies the question.
        operation: One of `OPERATIONS`.
        subresource: Part of the object it is done to; empty for all of it.
        kind: What the object is.
        namespace: Where; empty if it lies in none.
        name: Its name; empty if the API server is yet to make one.
        object: The object as it would be; empty where nothing would be.
        old: As it is; None if it is not there.
    """

    uid: str
    operation: str
    subresource: str
    kind: Kind
    namespace: str
    name: str
    object: Mapping[str, Any]
    old: Mapping[str, Any] | None

    @property
    def subject(self) -> str:
        """Name the object, for people."""
        part = f"/{self.subresource}" if self.subresource else ""
        return f"{shown(self.kind.name)}{part} {shown(self.name) if self.name else 'without name'}"


def shown(text: str, most: int = _SHOWN) -> str:
    """Shorten a text from outside for a message."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def read_review(value: object) -> Review:
    """Read a review.

    Raises:
        ReviewError: It is none, or says what does not go together.
    """
    review = value if isinstance(value, dict) else {}
    request = review.get("request")
    if not isinstance(request, dict):
        raise ReviewError("it holds no request", wanted=f"{KIND} of {API_VERSION}")
    uid = request.get("uid")
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        raise ReviewError("the request has no uid", wanted="1 to 128 visible characters")
    said = (review.get("apiVersion"), review.get("kind"))
    if said != (API_VERSION, KIND):
        seen = shown(" ".join(one for one in said if isinstance(one, str)))
        wanted = f"{API_VERSION} {KIND}"
        raise ReviewError("it is a review of another version", uid=uid, seen=seen, wanted=wanted)
    try:
        return _request(uid, request)
    except ReviewError as error:
        raise ReviewError(str(error), uid=uid, seen=error.seen, wanted=error.wanted) from error


def _request(uid: str, request: Mapping[str, Any]) -> Review:
    operation = _text(request, "operation")
    if operation not in OPERATIONS:
        raise ReviewError(
            "the operation is not known", seen=shown(operation), wanted=", ".join(OPERATIONS)
        )
    kind = _kind(request.get("kind"))
    found = Review(
        uid=uid,
        operation=operation,
        subresource=_text(request, "subResource"),
        kind=kind,
        namespace=_text(request, "namespace"),
        name=_text(request, "name"),
        object=_object(request, "object") or {},
        old=_object(request, "oldObject"),
    )
    if is_judged(found):
        _check_object(found)
    return found


def is_judged(review: Review) -> bool:
    """Tell whether what is to be done can bring anything in that is to be judged."""
    return review.operation in {"CREATE", "UPDATE"} and review.subresource in {"", DEBUGGED}


def _check_object(review: Review) -> None:
    """Refuse an object that is not what the request says it is."""
    api_version, kind = _text(review.object, "apiVersion"), _text(review.object, "kind")
    if (api_version, kind) != (review.kind.api_version, review.kind.name):
        raise ReviewError(
            "the object is not of the kind the request is about",
            seen=shown(f"{api_version} {kind}"),
            wanted=shown(f"{review.kind.api_version} {review.kind.name}"),
        )
    about = review.object.get("metadata")
    if not isinstance(about, dict):
        raise ReviewError("the object has no metadata")
    lies_in = _text(about, "namespace")
    if lies_in and lies_in != review.namespace:
        raise ReviewError(
            "the object lies in another namespace than the request says",
            seen=shown(lies_in),
            wanted=shown(review.namespace),
        )


def _kind(value: object) -> Kind:
    if not isinstance(value, dict):
        raise ReviewError("the request does not say of which kind the object is")
    kind = Kind(_text(value, "group"), _text(value, "version"), _text(value, "kind"))
    if not (kind.version and kind.name):
        raise ReviewError("the request does not say of which kind the object is")
    return kind


def _object(request: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = request.get(name)
    if value is not None and not isinstance(value, dict):
        raise ReviewError(f"{name} is no object", seen=type(value).__name__)
    return value


def _text(value: Mapping[str, Any], name: str) -> str:
    """Return a text that may be left out; whatever else stands there is no review."""
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ReviewError(f"{name} is no text", seen=type(found).__name__)
    return found
