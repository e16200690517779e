from __future__ import annotations

import json
from dataclasses import replace

from tests.model.graph.locks import chain, graph, installed, lock, pin
from weighbridge.diffing.graph import graph_changes
from weighbridge.model.graph.building import graph_of
from weighbridge.model.graph.paths import shortest_paths
from weighbridge.model.lock import Edge
from weighbridge.report.graph_json import (
    render_changes_json,
    render_graph_json,
    render_paths_json,
)
from weighbridge.report.graph_text import (
    render_changes_text,
    render_graph_text,
    render_needed_by,
    render_paths_text,
)

WINDOWS = 'sys_platform == "win32"'
APP = graph(
    pin("app", "1", "lib", Edge(name="tool", extras=("fast",), marker=WINDOWS)),
    pin("lib", "2", "core"),
    pin("tool", "3", "lib", "core"),
    pin("core", "4"),
    roots=("app",),
)
RING = graph(pin("torch", "2", "triton"), pin("triton", "3", "torch"))


def test_a_tree_shows_each_entry_with_all_it_brings_once() -> None:
    assert render_graph_text(APP) == (
        "app==1\n"
        "├── lib==2\n"
        "│   └── core==4\n"
        '└── tool[fast]==3 ; sys_platform == "win32"\n'
        "    ├── core==4\n"
        "    └── lib==2 (*)\n"
        "\n"
        "4 packages, 5 links\n"
    )


def test_a_tree_is_as_deep_as_is_asked() -> None:
    assert render_graph_text(APP, depth=1).startswith(
        'app==1\n├── lib==2 …\n└── tool[fast]==3 ; sys_platform == "win32" …\n'
    )
    assert render_graph_text(APP, depth=0).startswith("app==1 …\n\n")


def test_a_cycle_ends_where_it_closes() -> None:
    assert render_graph_text(RING).startswith("torch==2\n└── triton==3\n    └── torch==2 (*)\n\n")


def test_what_is_vulnerable_or_at_odds_is_marked() -> None:
    found = graph(pin("a", "1", "gone"), pin("b", "2"))
    text = render_graph_text(found, marks={"b": "high"})
    assert text == (
        "a==1 [conflict]\n"
        "b==2 [vulnerable: high]\n"
        "\n"
        "conflict a==1: the lock does not have it (gone)\n"
        "\n"
        "2 packages, 0 links, 1 vulnerable, 1 conflict\n"
    )
    assert "[vulnerable" not in render_graph_text(found, marks={"b==3": "high"})
    assert "[vulnerable: low]" in render_graph_text(found, marks={"b==2": "low"})


def test_who_told_what_each_needs_is_said() -> None:
    plain = lock(pin("a"), pin("b"), recorded=False)
    assert "what each needs is not known" in render_graph_text(graph_of(plain))
    told = render_graph_text(graph_of(plain, {"a": installed("a", "b")}))
    assert "told by what is installed" in told
    assert "of 1 package nobody told it" in told


def test_a_terminal_gets_colours_and_dim_markers() -> None:
    text = render_graph_text(APP, marks={"core": "high"}, styled=True)
    assert f"\x1b[2m; {WINDOWS}\x1b[0m" in text
    assert "\x1b[1mapp==1\x1b[0m" in text
    assert "\x1b[1;31m[vulnerable: high]\x1b[0m" in text


def test_names_from_outside_move_no_cursor() -> None:
    evil = graph(pin("a\x1b[2J", "1\u202e", Edge(name="b\n", marker="\x07")))
    text = render_graph_text(evil, marks={"a\x1b[2J": "\x1b"})
    assert not set(text) & set("\x1b\u202e\x07")
    assert "a\\x1b[2J==1\\u202e" in text


def test_a_very_deep_graph_is_cut() -> None:
    text = render_graph_text(chain(10_000))
    assert len(text.splitlines()) == 63
    assert "p00060==1 …\n" in text


def test_who_needs_an_entry_is_a_tree_turned_round() -> None:
    assert render_needed_by(APP, ["core==4"]) == (
        "core==4\n"
        "├── lib==2\n"
        "│   ├── app==1\n"
        "│   └── tool==3\n"
        '│       └── app==1 ; sys_platform == "win32"\n'
        "└── tool==3 (*)\n"
    )


def test_paths_are_listed_and_counted() -> None:
    found = shortest_paths(APP, ["core==4"])
    assert render_paths_text(APP, found) == (
        "app==1 -> lib==2 -> core==4\napp==1 -> tool==3 -> core==4\n\n2 shortest paths\n"
    )
    few = replace(found, paths=found.paths[:1])
    assert "\nand 1 more\n" in render_paths_text(APP, few)
    assert json.loads(render_paths_json("core", found)) == {
        "schemaVersion": 1,
        "package": "core",
        "paths": [["app==1", "lib==2", "core==4"], ["app==1", "tool==3", "core==4"]],
        "total": 2,
    }


def test_differences_are_a_line_a_package() -> None:
    after = graph(
        pin("app", "1", "lib", "new"), pin("lib", "3", "core"), pin("core", "4"), pin("new")
    )
    changes = graph_changes(APP, after)
    assert render_changes_text(changes) == (
        "~ lib  2 -> 3 (major)  by app==1 -> lib==3\n"
        "+ new  1  by app==1 -> new==1\n"
        "- tool  3  by app==1 -> tool==3\n"
        "\n"
        "3 packages: 1 added, 1 removed, 1 changed\n"
    )
    assert render_changes_text(()) == "no package differs\n"
    moved = graph_changes(
        APP,
        replace(
            APP,
            nodes={"app": replace(APP.nodes["app==1"], id="app", version="")},
            links={},
            roots=("app",),
        ),
    )
    assert "~ app  1 -> no version  asked for itself\n" in render_changes_text(moved)
    (first, *_) = json.loads(render_changes_json(changes))["changes"]
    assert first == {
        "name": "lib",
        "kind": "changed",
        "before": ["2"],
        "after": ["3"],
        "step": "major",
        "direct": False,
        "path": ["app==1", "lib==3"],
    }


def test_programs_get_every_entry_and_link() -> None:
    found = json.loads(render_graph_json(APP, marks={"core": "high"}))
    assert found["roots"] == ["app==1"]
    assert (found["origin"], found["stated"], found["untold"]) == ("lock", True, [])
    assert found["nodes"][1] == {
        "id": "core==4",
        "name": "core",
        "version": "4",
        "marker": "",
        "groups": [],
        "line": 1,
        "vulnerable": "high",
    }
    assert found["links"][1] == {
        "source": "app==1",
        "target": "tool==3",
        "marker": WINDOWS,
        "extras": ["fast"],
    }
    assert found["conflicts"] == []
