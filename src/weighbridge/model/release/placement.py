"""`spec.environment.placement`: where replicas may run, in the words of Kubernetes' PodSpec."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import Count, Key, Text

Weight = Annotated[int, Field(ge=1, le=100)]


class NodeRequirement(Section):
    """A demand on a label or field of a node."""

    key: Key = Field(description="Label or field that is looked at.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = Field(
        description="How it is compared."
    )
    values: list[str] | None = Field(None, description="What it is compared with.")


class NodeTerm(Section):
    """Demands on a node, all of which must hold."""

    match_expressions: list[NodeRequirement] | None = Field(
        None, description="Demands on the node's labels."
    )
    match_fields: list[NodeRequirement] | None = Field(
        None, description="Demands on the node's fields."
    )


class NodeSelector(Section):
    """Terms of which one must hold."""

    node_selector_terms: Annotated[list[NodeTerm], Field(min_length=1)] = Field(
        description="The terms."
    )


class PreferredNode(Section):
    """A wish for certain nodes."""

    weight: Weight = Field(description="How much the wish weighs.")
    preference: NodeTerm = Field(description="The nodes wished for.")


class NodeAffinity(Section):
    """Which nodes are demanded and which are wished for."""

    required: NodeSelector | None = Field(
        None,
        alias="requiredDuringSchedulingIgnoredDuringExecution",
        description="Nodes without which a replica is not scheduled.",
    )
    preferred: list[PreferredNode] | None = Field(
        None,
        alias="preferredDuringSchedulingIgnoredDuringExecution",
        description="Nodes that are taken first.",
    )


class LabelRequirement(Section):
    """A demand on a label."""

    key: Key = Field(description="Label that is looked at.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(
        description="How it is compared."
    )
    values: list[str] | None = Field(None, description="What it is compared with.")


class LabelSelector(Section):
    """Demands on labels, all of which must hold."""

    match_labels: dict[Key, str] | None = Field(None, description="Labels with these values.")
    match_expressions: list[LabelRequirement] | None = Field(None, description="Demands on labels.")


class PodTerm(Section):
    """Pods beside which, or away from which, a replica runs."""

    label_selector: LabelSelector | None = Field(None, description="The pods.")
    namespaces: list[Text] | None = Field(None, description="Namespaces they are looked for in.")
    namespace_selector: LabelSelector | None = Field(
        None, description="Namespaces they are looked for in, by their labels."
    )
    topology_key: Key = Field(description="Label of the nodes that count as one place.")


class PreferredPod(Section):
    """A wish to be beside, or away from, certain pods."""

    weight: Weight = Field(description="How much the wish weighs.")
    pod_affinity_term: PodTerm = Field(description="The pods.")


class PodAffinity(Section):
    """Which neighbours are demanded or ruled out, and which are wished for."""

    required: list[PodTerm] | None = Field(
        None,
        alias="requiredDuringSchedulingIgnoredDuringExecution",
        description="Without these a replica is not scheduled.",
    )
    preferred: list[PreferredPod] | None = Field(
        None,
        alias="preferredDuringSchedulingIgnoredDuringExecution",
        description="These are taken into account first.",
    )


class Affinity(Section):
    """Where replicas are drawn to, and what they are kept away from."""

    node_affinity: NodeAffinity | None = Field(None, description="Nodes.")
    pod_affinity: PodAffinity | None = Field(None, description="Pods to run beside.")
    pod_anti_affinity: PodAffinity | None = Field(None, description="Pods to stay away from.")


class Toleration(Section):
    """A taint that does not keep replicas away."""

    key: Key | None = Field(None, description="Key of the taint; any if left out.")
    operator: Literal["Equal", "Exists"] | None = Field(
        None, description="How its value is compared."
    )
    value: Text | None = Field(None, description="Value of the taint.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="Effect of the taint; any if left out."
    )
    toleration_seconds: Count | None = Field(
        None, description="Seconds a replica stays on a node that gets the taint."
    )


class Placement(Section):
    """Where replicas may run."""

    node_selector: dict[Key, str] | None = Field(
        None, description="Labels a node must have, with their values."
    )
    affinity: Affinity | None = Field(None, description="Nodes and neighbours.")
    tolerations: list[Toleration] | None = Field(None, description="Taints that are tolerated.")
