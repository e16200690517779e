"""EU AI Act, Annex IV: the technical documentation of a high-risk AI system.

Regulation (EU) 2024/1689, https://eur-lex.europa.eu/eli/reg/2024/1689/oj. Whether a system is
high-risk, and whether its documentation suffices, no program can tell.
"""

from __future__ import annotations

from weighbridge.model.predicates import BEHAVIOUR, PROVENANCE, SBOM, TEST_RESULT
from weighbridge.report.controls.finding import (
    applied,
    approved_by_another,
    declared,
    met,
    passed,
    ran,
    replaced,
    signed,
)
from weighbridge.report.controls.interface import Control, Framework

_GENERAL = (
    Control(
        id="1(a)",
        title="What it is for, who provides it, which version, and what it follows",
        supply="The intended purpose in words, and the provider's name and address.",
        asks=(
            ("a name and a version", declared("/metadata/name", "/metadata/version")),
            ("an owner", declared("/metadata/owner/team")),
            ("a task of the model, as declared", declared("/spec/model/task")),
            ("the release it took the place of", replaced),
        ),
    ),
    Control(
        id="1(b)",
        title="What it works together with",
        supply="Which other systems, AI systems among them, it is used with.",
        asks=(("a list of external services, as declared", declared("/spec/externalServices")),),
    ),
    Control(
        id="1(c)",
        title="Versions of the software it needs",
        supply="What an update of it asks of whoever runs it.",
        asks=(
            ("a version of the language runtime", declared("/spec/environment/runtime/version")),
            ("a lock of what it needs, by digest", declared("/spec/dependencies/runtime/digest")),
            ("a report that every version and digest of it is fixed", ran("DEP001", "DEP002")),
        ),
        whole=True,
    ),
    Control(
        id="1(d)",
        title="In which forms it is handed out",
        supply="How customers get it: as a service, a download, built into something.",
        asks=(
            ("a list of its files, with digests", declared("/spec/artifacts")),
            ("an image it runs in, as declared", declared("/spec/environment/image/digest")),
        ),
    ),
    Control(
        id="1(e)",
        title="The hardware it is meant for",
        supply="Hardware that is not a computer's.",
        asks=(
            ("a list of targets, as declared", declared("/spec/compatibility/targets")),
            ("the memory and processors it asks for", declared("/spec/environment/resources")),
        ),
    ),
    Control(
        id="1(f)",
        title="Pictures of the product it is part of",
        supply="Photographs or drawings, if it is part of a product.",
    ),
    Control(
        id="1(g)",
        title="What whoever deploys it sees of it",
        supply="A description of the user interface.",
        asks=(("inputs and outputs, as declared", declared("/spec/signature")),),
    ),
    Control(
        id="1(h)",
        title="Instructions for use",
        supply="The instructions for whoever deploys it.",
        asks=(("a model card, by digest", declared("/spec/card/digest")),),
    ),
)
_DEVELOPMENT = (
    Control(
        id="2(a)",
        title="How it was developed, and from what of others",
        supply="The method and its steps in words, and how parts of others were used.",
        asks=(
            ("a signed provenance of the build", signed(PROVENANCE)),
            ("a build command, as declared", declared("/spec/build/command")),
            ("a base model, as declared", declared("/spec/lineage/baseModel")),
        ),
    ),
    Control(
        id="2(b)",
        title="How it was designed, and why so",
        supply="Logic, assumptions, choices and their reasons, and what it is optimised for.",
        asks=(
            ("every parameter it runs with", declared("/spec/parameters")),
            ("steps before and behind the model", declared("/spec/processing")),
        ),
    ),
    Control(
        id="2(c)",
        title="How its parts fit together, and what computing it took",
        supply="The architecture in words, and the resources spent on development and training.",
        asks=(
            ("a signed bill of materials", signed(SBOM)),
            ("the hardware of the build, as declared", declared("/spec/build/hardware")),
        ),
    ),
    Control(
        id="2(d)",
        title="The data it was trained on",
        supply="Data sheets: where data came from, how it was chosen, labelled and cleaned.",
        asks=(("data sets, as declared", declared("/spec/lineage/datasets")),),
    ),
    Control(
        id="2(e)",
        title="How people oversee it",
        supply="The assessment of human oversight (Article 14), and the means built for it.",
        asks=(("ways it fails, and what is done then", declared("/spec/failureModes")),),
    ),
    Control(
        id="2(f)",
        title="Changes that are planned beforehand",
        supply="Which changes are foreseen, and how it keeps to the law after them.",
        asks=(("a rollout in steps, as declared", declared("/spec/rollout/steps")),),
    ),
    Control(
        id="2(g)",
        title="How it was tested: measures, data, and signed and dated reports",
        supply="Nothing more, if these measures are those of your test plan.",
        asks=(
            ("a signed and dated report that passed", passed(TEST_RESULT, by_another=True)),
            ("a signed and dated trial of how it behaves, that passed", passed(BEHAVIOUR)),
            ("measures and the floors they must reach", declared("/spec/evaluation/metrics")),
        ),
        whole=True,
    ),
    Control(
        id="2(h)",
        title="What protects it from attack",
        supply="The measures around it: network, access, monitoring.",
        asks=(
            ("a report that nothing runs when it is loaded", ran("SEC001", "SEC003")),
            ("a report on known weaknesses of what it needs", ran("DEP005")),
            ("a report that no secret is in it", ran("SEC005", "CFG004")),
        ),
    ),
)
_REST = (
    Control(
        id="3",
        title="What it can do and cannot, and how it is watched and controlled",
        supply="Limits, accuracy for the groups it is used on, and foreseeable harm.",
        asks=(
            ("measures of quality, as declared", declared("/spec/evaluation/metrics")),
            ("inputs it takes, as declared", declared("/spec/signature/inputs")),
            ("metrics and alerts, as declared", declared("/spec/observability")),
        ),
    ),
    Control(
        id="4",
        title="Why these measures suit it",
        supply="The reasons.",
        asks=(("measures with their data sets", declared("/spec/evaluation/metrics")),),
    ),
    Control(
        id="5",
        title="The management of its risks",
        supply="The risk management system (Article 9) and its records.",
        asks=(
            ("a risk class, as declared", declared("/metadata/risk")),
            ("an approval by somebody else", approved_by_another),
        ),
    ),
    Control(
        id="6",
        title="Changes through its life",
        supply="What changed, in words.",
        asks=(
            ("the release it took the place of", replaced),
            ("a commit it was made from", declared("/spec/source/commit")),
            ("a comparison with what served before", met("signature:compatible")),
        ),
    ),
    Control(
        id="7",
        title="Standards it follows",
        supply="The list of harmonised standards, or what was done in their place.",
    ),
    Control(
        id="8",
        title="The declaration of conformity",
        supply="A copy of the EU declaration of conformity (Article 47).",
    ),
    Control(
        id="9",
        title="Watching it after it is on the market",
        supply="The plan for it (Article 72), and who carries it out.",
        asks=(
            ("alerts, as declared", declared("/spec/observability/alerts")),
            ("a way back, as declared", declared("/spec/rollback")),
            (
                "an environment before this one it must have come through",
                applied("/spec/promotesFrom"),
            ),
        ),
    ),
)

ANNEX_IV = Framework(
    id="eu-ai-act-annex-iv",
    title="EU AI Act, Annex IV: technical documentation",
    edition="Regulation (EU) 2024/1689",
    controls=(*_GENERAL, *_DEVELOPMENT, *_REST),
)
