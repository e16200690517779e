"""The shipped tables: sound by themselves, fresh on the day they are dated, right where checked."""

from __future__ import annotations

import pytest
from onnx.helper import VERSION_TABLE

from weighbridge.model.compatibility_data import Kind, lowest
from weighbridge.model.coverage import Fit
from weighbridge.rules.compatibility.judging import judge, rows_for
from weighbridge.rules.compatibility.orchestrators import api_verdict, skew_verdict
from weighbridge.rules.compatibility.tables.making import CHECKED
from weighbridge.rules.compatibility.tables.shipped import COMPATIBILITY, LIFECYCLES
from weighbridge.rules.sample import NOW

LATER = "2028-01-01T00:00:00Z"


def test_the_shipped_tables_do_not_contradict_themselves() -> None:
    assert COMPATIBILITY.faults() == []
    assert LIFECYCLES.faults() == []
    assert {row.kind for row in COMPATIBILITY.rows} == set(Kind)


def test_no_shipped_row_is_stale_on_the_day_the_tables_are_dated() -> None:
    rows = (*COMPATIBILITY.rows, *LIFECYCLES.rows)
    assert [row.id for row in rows if not row.holds(f"{CHECKED}T00:00:00Z")] == []


def test_every_shipped_row_names_a_public_page_and_was_held_against_it() -> None:
    rows = (*COMPATIBILITY.rows, *LIFECYCLES.rows)
    assert [row.id for row in rows if row.checked != CHECKED] == []
    assert [row.id for row in rows if "//" not in row.source.removeprefix("https:")] == []


def test_a_shipped_row_nobody_verified_lets_nothing_pass() -> None:
    unsure = [row for row in COMPATIBILITY.rows if row.confidence == "low"]
    fits = {row.fit(str(lowest(row.admits)), NOW) for row in unsure}
    assert unsure
    assert fits <= {Fit.UNKNOWN, Fit.IF}


def test_no_shipped_row_makes_anything_fit_after_its_last_day() -> None:
    inside = [row.fit(str(lowest(row.admits)), LATER) for row in COMPATIBILITY.rows]
    assert set(inside) == {Fit.UNKNOWN}


def test_every_product_that_is_asked_about_has_series() -> None:
    wanted = "python debian ubuntu alpine rhel rocky amzn kubernetes containerd nodejs postgresql"
    assert {*wanted.split(), "nvidia-driver", "pypi/numpy", "pypi/django"} == set(
        LIFECYCLES.products()
    )


@pytest.mark.parametrize(
    ("toolkit", "platform", "driver", "fits"),
    [
        ("12.4", "linux-x86_64", "550.54.14", Fit.YES),
        ("12.4", "linux-x86_64", "550.54.13", Fit.UNKNOWN),
        ("12.4", "windows-x86_64", "551.61", Fit.YES),
        ("13.0", "linux-aarch64", "580.65.06", Fit.YES),
        ("13.0", "windows-x86_64", "999", Fit.UNKNOWN),
        ("12.7", "linux-x86_64", "999", Fit.UNKNOWN),
        ("13.3", "linux-x86_64", "610.43.02", Fit.YES),
        ("13.4", "linux-x86_64", "610.57.04", Fit.UNKNOWN),
        ("13.5", "linux-x86_64", "999", Fit.UNKNOWN),
    ],
)
def test_drivers_of_toolkits(toolkit: str, platform: str, driver: str, fits: Fit) -> None:
    rows = rows_for(COMPATIBILITY, Kind.DRIVER, "cuda", toolkit, platform)
    assert judge(rows, driver, NOW).fit is fits


@pytest.mark.parametrize(
    ("capability", "fitting", "not_fitting"),
    [
        ("5.2", ("11.8", "12.9"), ("13.0",)),
        ("6.1", ("12.9",), ("13.0",)),
        ("7.0", ("12.9",), ("13.0",)),
        ("7.5", ("11.0", "13.3"), ("9.0",)),
        ("9.0", ("11.8", "13.0"), ("11.7",)),
        ("9.0a", ("12.0",), ("11.8",)),
        ("10.1", ("12.8",), ("13.0",)),
        ("12.0", ("12.8",), ("12.6",)),
        ("12.0f", ("12.9",), ("12.8",)),
        ("10.7", ("13.4",), ("13.3",)),
    ],
)
def test_toolkits_of_compute_capabilities(
    capability: str, fitting: tuple[str, ...], not_fitting: tuple[str, ...]
) -> None:
    rows = COMPATIBILITY.about(Kind.CAPABILITY, capability)
    assert {judge(rows, one, NOW).fit for one in fitting} == {Fit.YES}
    assert {judge(rows, one, NOW).fit for one in not_fitting} == {Fit.NO}


@pytest.mark.parametrize(
    ("api_version", "kind", "kubernetes", "fits"),
    [
        ("batch/v1beta1", "CronJob", "1.24.9", Fit.YES),
        ("batch/v1beta1", "CronJob", "1.25.0", Fit.NO),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "v1.26", Fit.NO),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "1.32", Fit.NO),
        ("apps/v1", "Deployment", "1.33", Fit.UNKNOWN),
    ],
)
def test_apis_that_kubernetes_removed(
    api_version: str, kind: str, kubernetes: str, fits: Fit
) -> None:
    assert api_verdict(COMPATIBILITY, api_version, kind, kubernetes, NOW).fit is fits


@pytest.mark.parametrize(
    ("component", "version", "server", "fits"),
    [
        ("kubelet", "1.30", "1.33", Fit.YES),
        ("kubelet", "1.29", "1.33", Fit.NO),
        ("kubelet", "1.34", "1.33", Fit.NO),
        ("kubelet", "1.24", "1.27", Fit.NO),
        ("kubelet", "1.25", "1.27", Fit.YES),
        ("kube-scheduler", "1.31", "1.33", Fit.NO),
        ("kubectl", "1.30", "1.33", Fit.UNKNOWN),
        ("kubelet", "newest", "1.33", Fit.UNKNOWN),
        ("kubelet", "2.0", "1.33", Fit.UNKNOWN),
    ],
)
def test_components_may_lag_so_far(component: str, version: str, server: str, fits: Fit) -> None:
    assert skew_verdict(COMPATIBILITY, component, version, server, NOW).fit is fits


@pytest.mark.parametrize(
    ("distribution", "release", "needed", "fits"),
    [
        ("debian", "12", "2.36", Fit.YES),
        ("debian", "12.5", "2.38", Fit.NO),
        ("ubuntu", "22.04", "2.35", Fit.YES),
        ("rocky", "9.4", "2.35", Fit.NO),
        ("debian", "99", "2.17", Fit.UNKNOWN),
        ("ubuntu", "26.04", "2.43", Fit.YES),
        ("sles", "15.1", "2.31", Fit.NO),
        ("sles", "15.3", "2.31", Fit.YES),
        ("sles", "15.6", "2.31", Fit.UNKNOWN),
    ],
)
def test_the_glibc_of_distributions(
    distribution: str, release: str, needed: str, fits: Fit
) -> None:
    rows = rows_for(COMPATIBILITY, Kind.GLIBC, distribution, release)
    assert judge(rows, needed, NOW).fit is fits


def test_what_onnx_itself_says_of_its_versions() -> None:
    wrong = []
    for version, ir, opset, *_ in VERSION_TABLE:
        for kind, value in ((Kind.IR, ir), (Kind.OPSET, opset)):
            rows = rows_for(COMPATIBILITY, kind, "onnx", version)
            fits = [judge(rows, str(one), NOW).fit for one in (value, value + 1)]
            if rows and fits != [Fit.YES, Fit.NO]:
                wrong.append((version, kind, value))
    assert wrong == []
