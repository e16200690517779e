"""Cases for the fields of the sections beside identity, dependencies, parameters and rollout."""

from __future__ import annotations

from tests.codec.forms import (
    BOOLEAN,
    COUNT,
    DIGEST,
    DURATION,
    NAME,
    OPEN_KEYS,
    OPEN_TEXTS,
    PATH,
    REQUIRED_SECTION,
    SECTION,
    TEXT,
    TEXTS,
    VERSION,
    Form,
    words,
)

PART = Form(("{}", "null", "TODO"), SECTION.refused)
"""A section whose fields are all optional."""

LIST = Form(("[]", "null", "TODO"), ("{}", "x", "[x]", "[1]", "[{no-such-key: 1}]"))
LIST_OF_PARTS = Form(("[]", "[{}]", "TODO"), ("{}", "x", "[x]", "[{no-such-key: 1}]"))
FULL_LIST = Form((), ("[]", "{}", "x", "[x]", "TODO", "null", "[{no-such-key: 1}]"))
OPEN_VALUES = Form(
    ("{}", "{a: [1, {b: null}]}", "TODO"), ("x", "[]", "{é: 1}"), ("{a: 1.5}", "{a: {é: 1}}")
)
WORDS = Form(("[]", '[a, ""]', "TODO"), ("[1]", "a", "{a: b}", "[null]"))
NAMES = Form(("[]", "[a, b-c]", "TODO"), ("[A]", "a", '[""]', "[1]"))
MEMORY = Form(
    ("512Mi", "1e3", '"0.5Gi"', "4096", "16G", "0", "TODO"),
    ("-1", "512 Mi", "512MB", "Mi", '""', "[]", "true"),
    ("100m", "0.3", "16Ei"),
)
CPU = Form(
    ("500m", '"2"', "0.5", "1", "1k", "TODO"),
    ("-1", "half", "500 m", '""', "[]", "true"),
    ("0.0001", "0.5m", "9e18"),
)
POSITIVE = Form(("1", "7", "TODO"), ("0", "-1", "1.5", '"7"', "true"))
LIMIT = Form(("-1", "0", "7", "TODO"), ("-2", "1.5", '"7"', "true"))
AMOUNT = Form(("0", "1.5", '"1e3"', "TODO"), ("-1", "true", "[]"), ("x", '"-1"', '""'))
FRACTION = Form(("0", "1", "0.999", '"0.5"', "TODO"), ("-0.1", "1.1", "true"), ('"2"', "x"))
PERCENTILE = Form(("0", "100", "99.9", "TODO"), ("-1", "101", "true"), ('"101"', "x"))
DECIMAL = Form(("-1.5", "0", '"1e3"', "TODO"), ("true", "[]"), ("x", '""', '"NaN"'))
IMAGE = Form(
    ("python", "a/b:1.4", "registry.example.com:5000/ml/serving", "localhost/x", "TODO"),
    ("Python", "a@sha256:0", "a b", "a//b", "/a", '"a:"', '""', "1", "[]"),
)
PACKAGE = Form(("libgomp1", "libstdc++6", "libc6:amd64", "TODO"), ("-a", "a b", "é", '""', "1"))
PACKAGE_VERSION = Form(
    ("12.2.0-14", "1:2.3~rc1+b2", '"12"', "TODO"), ("1.2", "12", "-1", "a b", '""')
)
SNAPSHOT = Form(
    ('"2026-11-01"', "2026-11-01T00:00:00Z", "TODO"),
    ("2026", '"2026-13-01"', "yesterday", '""', "2026-11-01T25:00:00Z"),
)
SYSCTL = Form(("net.core.somaxconn", "vm/x", "TODO"), ("Net", "a b", '""', ".a", "1"))
PYTHON = Form(('"3.11"', '"3.13t"', "3.11.7", "TODO"), ("3.11", "3", '"3"', "py311", '""'))
CAPABILITIES = Form(("[]", '["8.0", "12.1"]', "TODO"), ("[8.0]", '["8"]', '["sm_80"]', '"8.0"'))
LEVEL = Form(("x86-64-v3", "armv8.2-a", "TODO"), ("x86-64-v5", "haswell", "AVX2", '""', "3"))
ENTRYPOINT = Form(
    ("preprocess:window", "a.b:C.d", "module", "TODO"),
    ('"a:"', '":b"', "a b", "a:b:c", "1", '""', "./a"),
)
METRIC = Form(("requests_total", "job:rate5m", "TODO"), ("1a", "a-b", "a b", '""', "é"))
TARGET = Form(("previous", f"sha256:{'a' * 64}", "TODO"), ("latest", "sha256:a", '""', "1"))
WEIGHT = Form(("1", "100", "TODO"), ("0", "101", "1.5", '"1"'))
KEY = Form(("a", "kubernetes.io/x", "TODO"), ("a b", "é", '""', "[a]"))
VALUE = Form(('""', "x", "'e\u0301'", "TODO"), ("1", "true", "[a]"))
SHAPE = Form(("[]", "[-1, 3, 0]", "TODO"), ("[-2]", "[1.5]", '["3"]', "3", "{}"))
ORIGIN = {"ref": TEXT, "digest": DIGEST, "license": TEXT}


def below(path: str, /, **fields: Form) -> dict[str, tuple[Form, ...]]:
    """Give each field below a path its form; `_` in a name that ends with it is not part of it."""
    return {f"{path}.{name.rstrip('_')}": (form,) for name, form in fields.items()}


def _operators(*more: str) -> Form:
    return words("In", "NotIn", "Exists", "DoesNotExist", *more)


def _amounts(path: str) -> dict[str, tuple[Form, ...]]:
    return {
        path: (PART,),
        **below(path, cpu=CPU, memory=MEMORY, accelerators=LIST),
        **below(f"{path}.accelerators.*", type=TEXT, count=POSITIVE, memory=MEMORY),
    }


def _node_term(path: str) -> dict[str, tuple[Form, ...]]:
    return {
        **below(path, matchExpressions=LIST, matchFields=LIST),
        **{
            key: form
            for name in ("matchExpressions", "matchFields")
            for key, form in below(
                f"{path}.{name}.*", key=KEY, operator=_operators("Gt", "Lt"), values=WORDS
            ).items()
        },
    }


def _labels(path: str) -> dict[str, tuple[Form, ...]]:
    return {
        path: (PART,),
        f"{path}.matchLabels": (OPEN_TEXTS, OPEN_KEYS),
        **below(path, matchExpressions=LIST),
        **below(f"{path}.matchExpressions.*", key=KEY, operator=_operators(), values=WORDS),
    }


def _pod_term(path: str) -> dict[str, tuple[Form, ...]]:
    return {
        **_labels(f"{path}.labelSelector"),
        **_labels(f"{path}.namespaceSelector"),
        **below(path, namespaces=TEXTS, topologyKey=KEY),
    }


def _pods(path: str) -> dict[str, tuple[Form, ...]]:
    required = f"{path}.requiredDuringSchedulingIgnoredDuringExecution"
    preferred = f"{path}.preferredDuringSchedulingIgnoredDuringExecution"
    return {
        path: (PART,),
        required: (LIST,),
        **_pod_term(f"{required}.*"),
        preferred: (LIST,),
        **below(f"{preferred}.*", weight=WEIGHT, podAffinityTerm=REQUIRED_SECTION),
        **_pod_term(f"{preferred}.*.podAffinityTerm"),
    }


_PLACEMENT = "spec.environment.placement"
_NODES = f"{_PLACEMENT}.affinity.nodeAffinity"
_REQUIRED = f"{_NODES}.requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = f"{_NODES}.preferredDuringSchedulingIgnoredDuringExecution"
_TOLERANCE = {"absolute": AMOUNT, "relative": AMOUNT}

SERVING = {
    **below("spec", signature=PART, processing=PART),
    **below("spec.signature", inputs=LIST, outputs=LIST),
    **below("spec.processing", pre=LIST, post=LIST),
    **{
        key: form
        for side in ("inputs", "outputs")
        for key, form in below(
            f"spec.signature.{side}.*", name=TEXT, dtype=words("int32", "float32"), shape=SHAPE
        ).items()
    },
    **{
        key: form
        for side in ("pre", "post")
        for key, form in below(
            f"spec.processing.{side}.*",
            name=TEXT,
            entrypoint=ENTRYPOINT,
            digest=DIGEST,
            parameters=OPEN_VALUES,
        ).items()
    },
    **below("spec", flags=Form(("{}", "null", "TODO"), ("[]", "x", "{a: 1}", "{a: {}}"))),
    **below(
        "spec.flags.*",
        state=Form(("ENABLED", "DISABLED", "TODO"), ("enabled", "true", '""')),
        variants=Form(
            ('{"on": 1, "off": TODO}',),
            ("{}", "[]", "x", "TODO", "{é: 1}"),
            ("{on: 1, x: a}", "{on: 0.5}"),
        ),
        defaultVariant=Form(("off", "TODO"), ("1", '""', "[]"), ("maybe",)),
    ),
}

ENVIRONMENT = {
    "spec.environment.image": (SECTION,),
    **below("spec.environment.image", ref=IMAGE, digest=DIGEST, base=SECTION, buildSteps=TEXTS),
    **below("spec.environment.image.base", ref=IMAGE, digest=DIGEST),
    "spec.environment.os": (SECTION,),
    **below(
        "spec.environment.os", distribution=NAME, release=VERSION, snapshot=SNAPSHOT, packages=LIST
    ),
    **below("spec.environment.os.packages.*", name=PACKAGE, version=PACKAGE_VERSION),
    "spec.environment.resources": (PART,),
    **_amounts("spec.environment.resources.requests"),
    **_amounts("spec.environment.resources.limits"),
    "spec.environment.system": (PART,),
    "spec.environment.system.env": (OPEN_TEXTS, OPEN_KEYS),
    **below("spec.environment.system", args=WORDS, sysctls=LIST, ulimits=LIST, threads=POSITIVE),
    **below("spec.environment.system.sysctls.*", name=SYSCTL, value=TEXT),
    **below("spec.environment.system.ulimits.*", name=NAME, soft=LIMIT, hard=LIMIT),
    "spec.environment.replicate": (TEXT,),
    _PLACEMENT: (PART,),
    f"{_PLACEMENT}.nodeSelector": (OPEN_TEXTS, OPEN_KEYS),
    **below(_PLACEMENT, affinity=PART, tolerations=LIST_OF_PARTS),
    **below(
        f"{_PLACEMENT}.tolerations.*",
        key=KEY,
        operator=words("Equal", "Exists"),
        value=TEXT,
        effect=words("NoSchedule", "PreferNoSchedule", "NoExecute"),
        tolerationSeconds=COUNT,
    ),
    _NODES: (PART,),
    _REQUIRED: (SECTION,),
    **below(_REQUIRED, nodeSelectorTerms=FULL_LIST),
    **_node_term(f"{_REQUIRED}.nodeSelectorTerms.*"),
    _PREFERRED: (LIST,),
    **below(
        f"{_PREFERRED}.*", weight=WEIGHT, preference=Form(("{}",), REQUIRED_SECTION.refused[:-1])
    ),
    **_node_term(f"{_PREFERRED}.*.preference"),
    **_pods(f"{_PLACEMENT}.affinity.podAffinity"),
    **_pods(f"{_PLACEMENT}.affinity.podAntiAffinity"),
}

MAKING = {
    **below("spec", compatibility=PART, build=PART, evaluation=PART, lineage=PART, card=SECTION),
    **below("spec.compatibility", targets=LIST),
    **below(
        "spec.compatibility.targets.*",
        name=NAME,
        os=words("linux", "macos", "windows"),
        osVersion=VERSION,
        arch=words("x86_64", "aarch64"),
        libc=words("glibc", "musl"),
        libcVersion=VERSION,
        python=PYTHON,
        implementation=words("cpython", "pypy"),
        cpu=LEVEL,
        cuda=PART,
        containerRuntime=TEXT,
        orchestrator=SECTION,
    ),
    **below(
        "spec.compatibility.targets.*.cuda",
        toolkit=VERSION,
        driver=VERSION,
        computeCapability=CAPABILITIES,
    ),
    **below("spec.compatibility.targets.*.orchestrator", kind=NAME, version=VERSION),
    **below(
        "spec.build",
        command=WORDS,
        workingDirectory=PATH,
        environment=LIST,
        inputs=LIST,
        outputs=LIST,
        seeds=LIST,
        compiler=LIST,
        hardware=PART,
        tolerance=PART,
    ),
    **below("spec.build.environment.*", name=KEY, value=VALUE),
    **below("spec.build.inputs.*", name=TEXT, path=PATH, uri=TEXT, digest=DIGEST),
    **below("spec.build.outputs.*", name=TEXT, path=PATH, uri=TEXT, digest=DIGEST),
    **below(
        "spec.build.seeds.*", name=NAME, value=Form(("0", "-7", "TODO"), ("1.5", '"7"', "true"))
    ),
    **below("spec.build.compiler.*", name=TEXT, version=VERSION),
    **below("spec.build.hardware", cpu=TEXT, memory=MEMORY, accelerators=LIST),
    **below("spec.build.hardware.accelerators.*", type=TEXT, count=POSITIVE, memory=MEMORY),
    **below("spec.build.tolerance", **_TOLERANCE),
    **below("spec.evaluation", runner=SECTION, golden=LIST, metrics=LIST),
    **below("spec.evaluation", performance=LIST_OF_PARTS),
    **below("spec.evaluation.runner", name=words("onnxruntime", "entrypoint")),
    **below("spec.evaluation.runner", artifact=NAME, entrypoint=ENTRYPOINT, command=WORDS),
    **below("spec.evaluation.golden.*", input=PATH, expected=OPEN_VALUES, tolerance=PART),
    **below("spec.evaluation.golden.*.tolerance", **_TOLERANCE, rank=POSITIVE, labelFlips=FRACTION),
    **below("spec.evaluation.metrics.*", name=TEXT, value=DECIMAL, floor=DECIMAL),
    **below("spec.evaluation.metrics.*", confidence=FRACTION, dataset=TEXT),
    **below(
        "spec.evaluation.performance.*",
        percentile=PERCENTILE,
        latency=DURATION,
        throughput=AMOUNT,
        memory=MEMORY,
        coldStart=DURATION,
        regression=FRACTION,
        load=PART,
        hardware=TEXT,
        perReplica=BOOLEAN,
    ),
    **below(
        "spec.evaluation.performance.*.load", concurrency=POSITIVE, rate=AMOUNT, duration=DURATION
    ),
    **below("spec.lineage", baseModel=SECTION, datasets=LIST, parents=LIST),
    **below("spec.lineage.baseModel", **ORIGIN),
    **below("spec.lineage.datasets.*", **ORIGIN),
    **below("spec.lineage.parents.*", **ORIGIN),
    **below("spec.card", path=PATH, digest=DIGEST),
}

RUNNING = {
    **below("spec", failureModes=LIST, rollback=SECTION, observability=PART, externalServices=LIST),
    **below(
        "spec.failureModes.*",
        id=NAME,
        symptom=TEXT,
        signal=TEXT,
        severity=words("low", "critical"),
        action=words("rollback", "pause", "page"),
        runbook=TEXT,
    ),
    **below(
        "spec.rollback",
        to=TARGET,
        automaticOn=NAMES,
        window=DURATION,
        maxDuration=DURATION,
        verify=NAMES,
    ),
    **below("spec.observability", metrics=PART, alerts=LIST, slos=LIST, logs=PART, traces=PART),
    **below("spec.observability.metrics", endpoint=TEXT, expected=LIST),
    **below(
        "spec.observability.metrics.expected.*",
        name=METRIC,
        type=words("counter", "gauge", "histogram", "summary"),
        unit=TEXT,
    ),
    "spec.observability.metrics.expected.*.labels": (OPEN_TEXTS, OPEN_KEYS),
    **below(
        "spec.observability.alerts.*",
        alert=TEXT,
        expr=TEXT,
        for_=DURATION,
        keep_firing_for=DURATION,
        annotations=PART,
    ),
    "spec.observability.alerts.*.labels": (OPEN_TEXTS, OPEN_KEYS),
    **below(
        "spec.observability.alerts.*.annotations",
        summary=TEXT,
        description=TEXT,
        runbook_url=TEXT,
        dashboard_url=TEXT,
    ),
    **below(
        "spec.observability.slos.*",
        name=NAME,
        description=TEXT,
        indicator=Form(("{}",), REQUIRED_SECTION.refused[:-1]),
        timeWindow=SECTION,
        budgetingMethod=words("Occurrences", "Timeslices"),
        objectives=FULL_LIST,
    ),
    **below("spec.observability.slos.*.indicator", ratioMetric=SECTION, thresholdMetric=TEXT),
    **below("spec.observability.slos.*.indicator.ratioMetric", good=TEXT, bad=TEXT, total=TEXT),
    **below("spec.observability.slos.*.timeWindow", duration=DURATION, isRolling=BOOLEAN),
    **below(
        "spec.observability.slos.*.objectives.*",
        displayName=TEXT,
        op=words("lt", "gte"),
        value=TEXT,
        target=FRACTION,
    ),
    **below(
        "spec.observability.logs", format=words("json", "text"), schema=TEXT, level=words("debug")
    ),
    **below(
        "spec.observability.traces",
        propagators=Form(("[]", "[tracecontext, b3]", "TODO"), ("[x]", "b3", "[1]")),
        sampler=words("always_on", "parentbased_traceidratio"),
        ratio=FRACTION,
    ),
    **below(
        "spec.externalServices.*",
        name=NAME,
        endpoint=TEXT,
        auth=SECTION,
        timeout=DURATION,
        fallback=TEXT,
    ),
    **below(
        "spec.externalServices.*.auth", scheme=words("none", "bearer", "mtls"), secretRef=SECTION
    ),
    **below(
        "spec.externalServices.*.auth.secretRef",
        provider=words("env", "vault", "kubernetes"),
        name=TEXT,
        key=TEXT,
        version=TEXT,
    ),
}

OTHERS: dict[str, tuple[Form, ...]] = {
    # The whole sample extends nothing: no template is at hand where single fields are tried.
    "extends": (Form((), ("onnx-classifier", "A@1", "1", '""', "[]"), ("a@1", "TODO")),),
    **SERVING,
    **ENVIRONMENT,
    **MAKING,
    **RUNNING,
}
