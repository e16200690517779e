"""Faults of the locks and of where they are to run: lesson 3."""

from __future__ import annotations

from weighbridge.usecases.demo.course.faults.fault import Fault, Replaced, in_manifest

_WHEEL = "https://packages.hall.example.com/files/parcel_tensors-3.1.0-cp312-cp312-"

PACKAGES = (
    Fault(
        name="unpinned",
        lesson=3,
        codes=("DEP001",),
        told="A package of the lock is of no one version.",
        edits=(Replaced("requirements-dev.lock", "parcel-charts==0.4.0", "parcel-charts>=0.4"),),
    ),
    Fault(
        name="no-hash",
        lesson=3,
        codes=("DEP002",),
        told="A package of the lock is any file of that name.",
        edits=(
            Replaced(
                "requirements-dev.lock",
                "parcel-checks==2.0.1 \\\n    --hash=sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n",
                "parcel-checks==2.0.1\n",
            ),
        ),
    ),
    Fault(
        name="lock-behind",
        lesson=3,
        codes=("DEP003",),
        told="The lock no longer gives what was asked for.",
        edits=(Replaced("requirements-dev.in", "parcel-checks>=2.0", "parcel-checks>=2.1"),),
    ),
    Fault(
        name="known-flaw",
        lesson=3,
        codes=("DEP005",),
        told="A package has a flaw that is publicly known.",
        edits=(
            Replaced("pylock.toml", 'version = "0.9.3"', 'version = "0.9.2"'),
            Replaced("pylock.toml", "parcel_text-0.9.3-", "parcel_text-0.9.2-"),
        ),
    ),
    Fault(
        name="misspelt",
        lesson=3,
        codes=("DEP006",),
        told="A package is one letter away from another one, and an attack.",
        edits=(
            Replaced(
                "pylock.toml",
                '[[packages]]\nname = "parcel-tensors"\n',
                '[[packages]]\nname = "parcel-tensor"\nversion = "3.1.1"\n'
                'requires-python = ">=3.9"\nindex = "https://packages.hall.example.com/simple"\n'
                "wheels = [\n"
                '    { url = "https://packages.hall.example.com/files/'
                'parcel_tensor-3.1.1-py3-none-any.whl", hashes = { sha256 = "'
                + "0" * 56
                + 'deadbeef" } },\n]\n\n[[packages]]\nname = "parcel-tensors"\n',
            ),
        ),
    ),
    Fault(
        name="no-wheel",
        lesson=3,
        codes=("CMP001",),
        told="For one of the machines a package has no wheel.",
        edits=(
            Replaced(
                "pylock.toml",
                f"{_WHEEL}manylinux_2_28_aarch64.whl",
                f"{_WHEEL}macosx_14_0_arm64.whl",
            ),
        ),
    ),
    Fault(
        name="python-too-old",
        lesson=3,
        codes=("CMP001", "CMP002"),
        told="A package does not run on the Python of the release.",
        edits=(
            Replaced("pylock.toml", 'requires-python = ">=3.10"', 'requires-python = ">=3.13"'),
        ),
    ),
    Fault(
        name="driver-too-old",
        lesson=3,
        codes=("CMP003", "DEP007"),
        told="The driver of a machine is older than the CUDA the lock brings, and out of support.",
        edits=(
            Replaced(
                "pylock.toml",
                '[[packages]]\nname = "parcel-text"\n',
                '[[packages]]\nname = "nvidia-cuda-runtime-cu12"\nversion = "12.4.127"\n'
                'requires-python = ">=3"\nindex = "https://pypi.org/simple"\nwheels = [\n'
                '    { url = "https://files.example.com/nvidia_cuda_runtime_cu12-12.4.127-'
                'py3-none-manylinux2014_x86_64.whl", hashes = { sha256 = "' + "12" * 32 + '" } },\n'
                '    { url = "https://files.example.com/nvidia_cuda_runtime_cu12-12.4.127-'
                'py3-none-manylinux2014_aarch64.whl", hashes = { sha256 = "' + "34" * 32 + '" } },'
                '\n]\n\n[[packages]]\nname = "parcel-text"\n',
            ),
            in_manifest(
                'arch: x86_64, libc: glibc, libcVersion: "2.36", python: "3.12"}',
                'arch: x86_64, libc: glibc, libcVersion: "2.36", python: "3.12",'
                ' cuda: {driver: "450.80.02", computeCapability: ["8.0"]}}',
            ),
        ),
    ),
    Fault(
        name="other-source",
        lesson=3,
        codes=("DEP009",),
        told="A package of the hall comes from the public index.",
        edits=(
            Replaced(
                "pylock.toml",
                'name = "parcel-labels"\nversion = "1.4.2"\nrequires-python = ">=3.9"\n'
                'index = "https://packages.hall.example.com/simple"',
                'name = "parcel-labels"\nversion = "1.4.2"\nrequires-python = ">=3.9"\n'
                'index = "https://pypi.org/simple"',
            ),
        ),
    ),
    Fault(
        name="licence",
        lesson=3,
        codes=("DEP013",),
        told="The model is under a licence that forbids commercial use.",
        edits=(in_manifest("license: Apache-2.0", "license: CC-BY-NC-4.0"),),
    ),
    Fault(
        name="test-runner",
        lesson=3,
        codes=("DEP012",),
        told="A test runner would be deployed.",
        edits=(
            Replaced(
                "pylock.toml",
                '[[packages]]\nname = "parcel-text"\n',
                '[[packages]]\nname = "pytest"\nversion = "8.3.0"\n'
                'requires-python = ">=3.8"\nindex = "https://pypi.org/simple"\nwheels = [\n'
                '    { url = "https://files.example.com/pytest-8.3.0-py3-none-any.whl",'
                ' hashes = { sha256 = "' + "56" * 32 + '" } },'
                '\n]\n\n[[packages]]\nname = "parcel-text"\n',
            ),
        ),
    ),
    Fault(
        name="unlocked-import",
        lesson=3,
        codes=("DEP015",),
        told="The code imports what the lock does not bring.",
        edits=(
            Replaced("sorter.py", "import parcel_labels\n", "import numpy\nimport parcel_labels\n"),
        ),
    ),
)
"""Of the lesson on dependencies."""
