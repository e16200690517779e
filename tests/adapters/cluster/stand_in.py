"""A stand-in for kubectl: it keeps objects in a folder as an API server would, without a server.

A program of a line runs it, as kubectl is run. `CLUSTER` names the folder. A file
`fault.json` there makes it fail: {"verb": "get", "stderr": "…", "code": 1}.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False  # it starts hundreds of times: what it can do without, it does not import
if TYPE_CHECKING:
    from typing import Any, NoReturn

HERE = os.environ.get("CLUSTER", "")
KINDS = {
    "analysisruns.argoproj.io": "AnalysisRun",
    "canaries.flagger.app": "Canary",
    "deployments.apps": "Deployment",
    "inferenceservices.serving.kserve.io": "InferenceService",
    "pods": "Pod",
    "rollouts.argoproj.io": "Rollout",
}
FLAGS = {
    "apply": {"--server-side", "--field-manager", "--validate", "--dry-run", "-f"},
    "delete": {"--ignore-not-found", "--wait"},
    "get": {"--ignore-not-found", "-o", "-l"},
    "patch": {"--type", "--field-manager", "--subresource", "--patch", "-o"},
}
SHARED = {"--namespace", "--context", "--kubeconfig", "--request-timeout"}


def main() -> None:
    given = sys.stdin.read()
    about, verb, plain, flags = parsed(sys.argv[1:])
    with open(f"{HERE}/calls", "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(json.dumps({"verb": verb, "plain": plain, "flags": {**about, **flags}}) + "\n")
    fail_if_told(verb)
    if about.get("--namespace", "ml") != "ml":
        end(f'Error from server (NotFound): namespaces "{about["--namespace"]}" not found')
    {"apply": apply, "delete": delete, "get": get, "patch": patch}[verb](plain, flags, given)


def parsed(words: list[str]) -> tuple[dict[str, str], str, list[str], dict[str, str]]:
    about: dict[str, str] = {}
    flags: dict[str, str] = {}
    plain: list[str] = []
    verb = ""
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, _, value = word.partition("=")
        if not word.startswith("-"):
            if verb:
                plain.append(word)
            verb = verb or word
            continue
        if name in {"-f", "-o", "-l"}:
            value = waiting.pop(0)
        known = FLAGS[verb] if verb else SHARED
        if name not in known:
            end(f"error: unknown flag: {name}")
        (flags if verb else about)[name] = value
    return about, verb, plain, flags


def fail_if_told(verb: str) -> None:
    fault = read(f"{HERE}/fault.json")
    if fault is not None and fault["verb"] in ("", verb):
        sys.stdout.write(fault["stdout"])
        end(fault["stderr"], fault["code"])


def end(words: str, code: int = 1) -> NoReturn:
    sys.stderr.write(words + "\n")
    sys.exit(code)


def read(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            found: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return None
    return found


def place(kind: str, name: str) -> str:
    return f"{HERE}/{kind}.{name}.json"


def load(kind: str, name: str) -> dict[str, Any] | None:
    return read(place(kind, name))


def store(kept: dict[str, Any]) -> None:
    found = kept["object"]
    about = found["metadata"]
    about["resourceVersion"] = str(int(about.get("resourceVersion", "0")) + 1)
    path = place(found["kind"], about["name"])
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(kept, file)
    os.replace(f"{path}.tmp", path)  # noqa: PTH105


def leaves(value: object, path: str = "") -> dict[str, object]:
    if isinstance(value, dict) and value:
        return {
            name: one
            for key, inner in value.items()
            for name, one in leaves(inner, f"{path}\0{key}").items()
        }
    return {path: value}


def dotted(path: str) -> str:
    return path.replace("\0", ".")


def planted(found: dict[str, Any], path: str, value: object, *, remove: bool = False) -> None:
    *above, last = path.split("\0")[1:]
    here = found
    for name in above:
        here = here.setdefault(name, {}) if not isinstance(here.get(name), dict) else here[name]
    if remove:
        here.pop(last, None)
    else:
        here[last] = value


def apply(_: list[str], flags: dict[str, str], given: str) -> None:
    manager = flags["--field-manager"]
    assert "--server-side" in flags
    assert flags["--validate"] == "strict"
    done = []
    conflicts = []
    for text in given.split("\n---\n"):
        wanted = json.loads(text)
        kept = load(wanted["kind"], wanted["metadata"]["name"]) or fresh(wanted)
        before = json.dumps(kept["object"].get("spec"), sort_keys=True)
        conflicts += applied(kept, wanted, manager)
        if json.dumps(kept["object"].get("spec"), sort_keys=True) != before:
            kept["object"]["metadata"]["generation"] += 1
        done.append(kept)
    if conflicts:
        found = "".join(f'\nconflict with "{who}": {dotted(path)}' for who, path in conflicts)
        end(f"error: Apply failed with {len(conflicts)} conflicts:{found}")
    if "--dry-run" not in flags:
        for kept in done:
            store(kept)


def fresh(wanted: dict[str, Any]) -> dict[str, Any]:
    name = wanted["metadata"]["name"]
    about = {"name": name, "generation": 0, "uid": f"uid-of-{name}"}
    start = {"apiVersion": wanted["apiVersion"], "kind": wanted["kind"], "metadata": about}
    return {"object": start, "managers": {}}


def applied(kept: dict[str, Any], wanted: dict[str, Any], manager: str) -> list[tuple[str, str]]:
    """Apply fields as a server does, and return those somebody else manages otherwise."""
    managers = kept["managers"]
    there = leaves(kept["object"])
    new = leaves({key: one for key, one in wanted.items() if key not in ("apiVersion", "kind")})
    found = [
        (managers[path], path)
        for path, value in new.items()
        if managers.get(path, manager) != manager and there.get(path) != value
    ]
    for path, who in list(managers.items()):
        if who == manager and path not in new:
            planted(kept["object"], path, None, remove=True)
            del managers[path]
    for path, value in new.items():
        planted(kept["object"], path, value)
        managers.setdefault(path, manager)
    return found


def get(plain: list[str], flags: dict[str, str], _: str) -> None:
    assert flags["-o"] == "json"
    kind = KINDS[plain[0]]
    if "-l" in flags:
        name, _, value = flags["-l"].partition("=")
        files = [one for one in sorted(os.listdir(HERE)) if one.startswith(f"{kind}.")]  # noqa: PTH208
        kept = [read(f"{HERE}/{one}") for one in files]
        found = [one["object"] for one in kept if one is not None]
        items = [one for one in found if one["metadata"].get("labels", {}).get(name) == value]
        sys.stdout.write(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
        return
    there = load(kind, plain[1])
    sys.stdout.write(json.dumps(there["object"]) if there is not None else "")


def merged(there: object, patched: object) -> object:
    if not isinstance(patched, dict):
        return patched
    found = dict(there) if isinstance(there, dict) else {}
    for key, value in patched.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def patch(plain: list[str], flags: dict[str, str], _: str) -> None:
    kind, name = KINDS[plain[0]], plain[1]
    kept = load(kind, name)
    if kept is None:
        end(f'Error from server (NotFound): {plain[0]} "{name}" not found')
    body = json.loads(flags["--patch"])
    found = kept["object"]
    version = body.get("metadata", {}).pop("resourceVersion", found["metadata"]["resourceVersion"])
    if version != found["metadata"]["resourceVersion"]:
        end("Error from server (Conflict): the object has been modified")
    status = flags.get("--subresource") == "status"
    # The status has an address of its own: by the other, what is said of it is not heard.
    parts = ("status",) if status else ("spec",)
    for part in parts:
        if part in body:
            found[part] = merged(found.get(part), body[part])
    if not status and "spec" in body:
        found["metadata"]["generation"] += 1
    store(kept)


def delete(plain: list[str], _: dict[str, str], __: str) -> None:
    path = place(KINDS[plain[0]], plain[1])
    if read(path) is not None:
        os.unlink(path)  # noqa: PTH108
