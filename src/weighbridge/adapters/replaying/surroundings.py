"""What a build finds around it when it is made again: the plain surroundings, and changed ones.

Each factor has a plain setting and another one. Which other one, depends on what this machine
has; whether it arrived is for the canary to say, never for this module.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.sandbox.bubblewrap import HOME
from weighbridge.model.rebuilding import Factor, is_set_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.rebuilding import Trial

FAKETIME: Final = "/weighbridge/libfaketime.so"
"""Where the library that sets the clock lies inside the sandbox."""

_THREADS: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "LOKY_MAX_CPU_COUNT", "RAYON_NUM_THREADS"),
    "PYTHON_CPU_COUNT",
)
_OPEN: Final = 0o022
_CLOSED: Final = 0o077
_LATER: Final = "+3652d"
_DAY: Final = 86_400
_TEN_YEARS: Final = 3_652 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a build finds around it.

    Attributes:
        root: The folder that stands for the record's.
        user: Number of the user.
        name: Name of the user.
        host_name: What the machine is called.
        environment: Environment variables.
        umask: Which permissions new files do not get.
        processors: Numbers of the processors it may use.
        online: The processors the machine claims to have, as the kernel writes them.
        backwards: Whether files are laid out last first.
        moment: Seconds since 1970 the inputs are stamped with.
    """

    root: str
    user: int
    name: str
    host_name: str
    environment: Mapping[str, str]
    umask: int
    processors: tuple[int, ...]
    online: str
    backwards: bool
    moment: int

    @property
    def home(self) -> str:
        """The user's home."""
        return f"{HOME}/{self.name}"

    def with_variables(self, **variables: str) -> Surroundings:
        """Set environment variables as well."""
        return replace(self, environment={**self.environment, **variables})


def surroundings_of(trial: Trial, *, path: str, locales: tuple[str, ...]) -> Surroundings:
    """Choose what a trial finds around it.

    Args:
        trial: The trial.
        path: Where programs are looked for.
        locales: Locales this machine has.
    """
    found = _plain(trial, path)
    for factor in Factor:
        if factor in trial.perturbed:
            found = _OTHER[factor](found, trial, locales)
    if trial.frozen:
        found = found.with_variables(**_clock(f"@{trial.moment}", still=True))
    home = {"HOME": found.home, "USER": found.name, "LOGNAME": found.name}
    return found.with_variables(**home)


def _plain(trial: Trial, path: str) -> Surroundings:
    kept = {name: value for name, value in trial.environment.items() if not is_set_anew(name)}
    processors = tuple(sorted(os.sched_getaffinity(0)))
    usable = processors[: trial.processors or None]
    return Surroundings(
        root="/build",
        user=1_000,
        name="builder",
        host_name="builder",
        environment={
            "PYTHONHASHSEED": "0",
            **kept,
            "PATH": path,
            "TMPDIR": "/tmp",  # noqa: S108 - inside the sandbox
            "TZ": trial.environment.get("TZ", "UTC"),
            "LC_ALL": trial.locale or "C.UTF-8",
        },
        umask=trial.umask,
        processors=usable,
        online=f"0-{len(usable) - 1}" if len(usable) > 1 else "0",
        backwards=False,
        moment=trial.moment,
    )


def _hash_seed(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    seed = "4242" if found.environment["PYTHONHASHSEED"] != "4242" else "2424"
    return found.with_variables(PYTHONHASHSEED=seed)


def _threads(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    """Give it one processor; where it has but one, let it believe in two."""
    del trial, locales
    if len(found.processors) > 1:
        one = replace(found, processors=found.processors[:1], online="0")
        return one.with_variables(**dict.fromkeys(_THREADS, "1"))
    return replace(found, online="0-1").with_variables(**dict.fromkeys(_THREADS, "2"))


def _blas_kernel(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del locales
    usual = trial.usual.get(Factor.BLAS_KERNEL, "")
    if os.uname().machine == "aarch64":
        other = "NEOVERSEN1" if "ARMV8" in usual else "ARMV8"
    else:
        other = "Nehalem" if "Haswell" in usual or "Zen" in usual else "Haswell"
    return found.with_variables(OPENBLAS_CORETYPE=other, MKL_CBWR="COMPATIBLE")


def _file_order(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return replace(found, backwards=True)


def _set_clock(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    later = replace(found, moment=found.moment + _TEN_YEARS)
    return later.with_variables(**_clock(_LATER, still=False))


def _clock(moment: str, *, still: bool) -> dict[str, str]:
    """Set the clock; what waits goes by another one, which goes on."""
    return {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME": moment.removeprefix("@") if still else moment,
        "FAKETIME_FMT": "%s" if still else "%Y-%m-%d %H:%M:%S",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def _locale(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    """Speak another language, or where there is none, none."""
    del trial
    usual = _plainly(found.environment["LC_ALL"])
    others = [one for one in locales if _plainly(one) not in {usual, "c", "posix", "c.utf8"}]
    if others:
        return found.with_variables(LC_ALL=others[0])
    if usual in {"c", "posix"}:
        return found.with_variables(LC_ALL="C.UTF-8")
    # Python would put UTF-8 in the place of a locale that has no language.
    return found.with_variables(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")


def _plainly(name: str) -> str:
    return name.lower().replace("utf-8", "utf8")


def _timezone(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return found.with_variables(TZ="FAR-13:45")


def _umask(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return replace(found, umask=_OPEN if found.umask == _CLOSED else _CLOSED)


def _path(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return replace(found, root="/srv/another/place/of-the-build")


def _user(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return replace(found, user=4_321, name="somebody")


def _host_name(found: Surroundings, trial: Trial, locales: tuple[str, ...]) -> Surroundings:
    del trial, locales
    return replace(found, host_name="elsewhere")


_OTHER: Final[Mapping[Factor, Callable[[Surroundings, Trial, tuple[str, ...]], Surroundings]]] = {
    Factor.HASH_SEED: _hash_seed,
    Factor.THREADS: _threads,
    Factor.BLAS_KERNEL: _blas_kernel,
    Factor.FILE_ORDER: _file_order,
    Factor.CLOCK: _set_clock,
    Factor.LOCALE: _locale,
    Factor.TIMEZONE: _timezone,
    Factor.UMASK: _umask,
    Factor.PATH: _path,
    Factor.USER: _user,
    Factor.HOSTNAME: _host_name,
}


def readings(seen: object) -> dict[str, str]:
    """Write what a canary read as texts, by factor; what is no reading is left out."""
    if not isinstance(seen, dict):
        return {}
    known: dict[str, Any] = {str(name): value for name, value in seen.items()}
    return {one.value: json.dumps(known[one.value]) for one in Factor if one.value in known}


def find_faketime(path: str) -> str | None:
    """Find the library that sets the clock, beside the program of that name or in the system.

    Args:
        path: Where programs are looked for.
    """
    folders = [Path(one).parent for one in path.split(os.pathsep) if one]
    for folder in (*folders, Path("/usr")):
        for found in sorted(folder.glob("lib/*/faketime/libfaketimeMT.so.1")):
            return str(found)
    return None
