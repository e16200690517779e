"""What units may not do (systemd.exec(5)): as much as is compatible with what they run.

Podman gets no view of the file system of its own: each command of a unit would have another, and
mounts of containers made in one could not be undone in the next. Its containers are held by the
options they are run with.
"""

from __future__ import annotations

from typing import Final

SERVER: Final[tuple[tuple[str, str], ...]] = (
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("PrivateDevices", "yes"),
    ("PrivateTmp", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectHome", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectProc", "invisible"),
    ("ProtectSystem", "strict"),
    ("RemoveIPC", "yes"),
    ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_NETLINK AF_UNIX"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallErrorNumber", "EPERM"),
    ("UMask", "0077"),
)
"""Of a server that computes and answers."""
DOCKER: Final[tuple[tuple[str, str], ...]] = (
    ("CapabilityBoundingSet", ""),
    # Where the client keeps what it logs in to registries with.
    *((key, "read-only" if key == "ProtectHome" else value) for key, value in SERVER),
)
"""Of Docker's client, which asks the daemon to do everything."""
PODMAN: Final = (("NoNewPrivileges", "yes"), ("LockPersonality", "yes"))
"""Of Podman, which itself is what makes the container."""
