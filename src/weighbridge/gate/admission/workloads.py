"""What an object would run: the images of its pods, and the release it says it is.

The kinds are those that hold pods; whatever they make of them in turn is asked about again, as a
Pod at last. A kind that is not known here may hold pods anywhere, and is refused. Beside the
containers of a pod, images that are mounted as volumes count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.gate.admission.review import Kind, shown
from weighbridge.model.admission import RELEASE_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind("", "v1", "Pod"): (),
    Kind("", "v1", "ReplicationController"): ("spec", "template"),
    Kind("apps", "v1", "DaemonSet"): ("spec", "template"),
    Kind("apps", "v1", "Deployment"): ("spec", "template"),
    Kind("apps", "v1", "ReplicaSet"): ("spec", "template"),
    Kind("apps", "v1", "StatefulSet"): ("spec", "template"),
    Kind("argoproj.io", "v1alpha1", "Rollout"): ("spec", "template"),
    Kind("batch", "v1", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    Kind("batch", "v1", "Job"): ("spec", "template"),
}
"""Where a kind has the template of its pods; a Pod is its own."""
INFERENCE_SERVICE: Final = Kind("serving.kserve.io", "v1beta1", "InferenceService")
KINDS: Final = (*TEMPLATES, INFERENCE_SERVICE)
PODLESS: Final = frozenset(
    {
        ("", "ConfigMap"),
        ("", "Secret"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("flagger.app", "Canary"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy", "PodDisruptionBudget"),
    }
)
"""Group and kind of what stands around a release and holds no pods: nobody need ask about it."""
_COMPONENTS: Final = ("predictor", "transformer", "explainer")
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_FRAMEWORKS: Final = frozenset(
    {"art", "huggingface", "lightgbm", "model", "onnx", "paddle", "pmml", "pytorch", "sklearn"}
    | {"tensorflow", "triton", "xgboost"}
)
"""Fields of a component that are a container; a ServingRuntime fills in its image."""
_DEEPEST: Final = 32


class WorkloadError(ValueError):
    """An object is not built as its kind is."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image something would run or mount.

    Attributes:
        at: Where it stands in the object, dots between names.
        reference: What stands there; empty if another fills it in.
    """

    at: str
    reference: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a piece of an object says of its release.

    Attributes:
        at: Where it stands in the object.
        annotation: The release digest; empty if it says none.
        label: The same as a label.
        must: Whether it must say so: it is what pods get.
    """

    at: str
    annotation: str
    label: str
    must: bool


@dataclass(frozen=True, slots=True)
class Workload:
    """What an object would run.

    Attributes:
        marks: What its pieces say of its release.
        images: Its images.
    """

    marks: tuple[Mark, ...]
    images: tuple[Image, ...]


def workload_of(kind: Kind, value: Mapping[str, Any]) -> Workload:
    """Read what an object of a known kind would run.

    Raises:
        WorkloadError: It is not built as its kind is.
    """
    if kind == INFERENCE_SERVICE:
        return _inference_service(value)
    path = TEMPLATES[kind]
    if not path:
        mark = _mark(value.get("metadata"), "metadata", must=True)
        return Workload((mark,), tuple(_pod(value.get("spec"), "spec")))
    if kind.group == "argoproj.io" and _refers(value):
        return Workload((_mark(value.get("metadata"), "metadata", must=True),), ())
    template = _within(value, path)
    at = ".".join(path)
    marks = [
        own_mark(value),
        *_on_the_way(value, path),
        _mark(template.get("metadata"), f"{at}.metadata", must=True),
    ]
    return Workload(tuple(marks), tuple(_pod(template.get("spec"), f"{at}.spec")))


def own_mark(value: Mapping[str, Any]) -> Mark:
    """Read what the metadata of an object itself says.

    Raises:
        WorkloadError: It is not built as metadata is.
    """
    return _mark(value.get("metadata"), "metadata")


def _refers(value: Mapping[str, Any]) -> bool:
    """Tell whether a Rollout takes its pods from a Deployment, which is asked about itself."""
    spec = _mapping(value.get("spec"), "spec")
    return spec.get("workloadRef") is not None and spec.get("template") is None


def _on_the_way(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Mark]:
    """Read what templates above that of the pods say: that of the jobs of a CronJob."""
    for length in range(1, len(path)):
        if path[length - 1] == "jobTemplate":
            at = ".".join((*path[:length], "metadata"))
            yield _mark(_within(value, path[:length]).get("metadata"), at)


def _within(value: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for length, name in enumerate(path, 1):
        value = _mapping(value.get(name), ".".join(path[:length]))
    return value


def _mark(metadata: object, at: str, *, must: bool = False) -> Mark:
    about = {} if metadata is None else _mapping(metadata, at)
    said = []
    for name in ("annotations", "labels"):
        found = about.get(name)
        text = None if found is None else _mapping(found, f"{at}.{name}").get(RELEASE_MARK)
        if text is not None and not isinstance(text, str):
            raise WorkloadError(f"{at}.{name} holds what is no text")
        said.append(text or "")
    return Mark(at, said[0], said[1], must)


def _pod(value: object, at: str) -> Iterator[Image]:
    """List the images of a pod (PodSpec)."""
    spec = _mapping(value, at)
    if not _list(spec.get("containers"), f"{at}.containers"):
        raise WorkloadError(f"{at} has no containers")
    for name in _CONTAINERS:
        yield from _containers(spec.get(name), f"{at}.{name}")
    yield from _volumes(spec.get("volumes"), f"{at}.volumes")


def _containers(value: object, at: str) -> Iterator[Image]:
    for index, one in enumerate(_list(value, at)):
        place = f"{at}[{index}]"
        yield _image(_mapping(one, place), place)


def _volumes(value: object, at: str) -> Iterator[Image]:
    for index, one in enumerate(_list(value, at)):
        place = f"{at}[{index}]"
        mounted = _mapping(one, place).get("image")
        if mounted is not None:
            yield _image(_mapping(mounted, f"{place}.image"), f"{place}.image", "reference")


def _image(value: Mapping[str, Any], at: str, name: str = "image") -> Image:
    reference = value.get(name)
    if reference is not None and not isinstance(reference, str):
        raise WorkloadError(f"{at}.{name} is no text")
    return Image(f"{at}.{name}", reference or "")


def _inference_service(value: Mapping[str, Any]) -> Workload:
    """Read a KServe InferenceService: pods stand in its components, each built in its own way."""
    spec = _mapping(value.get("spec"), "spec")
    marks = [_mark(value.get("metadata"), "metadata", must=True)]
    images: list[Image] = []
    for name in sorted(spec):
        at = f"spec.{shown(name)}"
        if name not in _COMPONENTS:
            images += _anywhere(spec[name], at)
            continue
        component = _mapping(spec[name], at)
        marks.append(_mark(component, at))
        images += [*_component(component, at)] or [Image(f"{at}.containers", "")]
    if "predictor" not in spec:
        raise WorkloadError("spec has no predictor")
    return Workload(tuple(marks), tuple(images))


def _component(component: Mapping[str, Any], at: str) -> Iterator[Image]:
    """List the images of a component, whichever of its fields they stand in.

    A framework that names no image leaves that to a ServingRuntime: what would run is not known.
    """
    for name in sorted(component):
        value, place = component[name], f"{at}.{shown(name)}"
        if name in _CONTAINERS:
            yield from _containers(value, place)
        elif name == "volumes":
            yield from _volumes(value, place)
        elif name in _FRAMEWORKS:
            yield _image(_mapping(value, place), place)
        else:
            yield from _anywhere(value, place)


def _anywhere(value: object, at: str, depth: int = 0) -> Iterator[Image]:
    """List whatever may be an image in a field that is not known: what it is called decides."""
    if depth > _DEEPEST:
        raise WorkloadError(f"{shown(at)} is nested too deep")
    if isinstance(value, dict):
        for name in sorted(value):
            below = f"{at}.{shown(name)}"
            if name == "image" and not isinstance(value[name], dict):
                yield _image(value, at)
            elif name == "reference" and isinstance(value[name], str) and at.endswith(".image"):
                yield Image(below, value[name])
            else:
                yield from _anywhere(value[name], below, depth + 1)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _anywhere(one, f"{at}[{index}]", depth + 1)


def _mapping(value: object, at: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WorkloadError(f"{shown(at)} is no object")
    return value


def _list(value: object, at: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise WorkloadError(f"{shown(at)} is no list")
    return value
