"""Clusters: reached by kubectl or by a GitOps folder; their own controllers do the work."""

from __future__ import annotations

from weighbridge.adapters.cluster.opening import followed_for, kserve_for, target_for

__all__ = ["followed_for", "kserve_for", "target_for"]
