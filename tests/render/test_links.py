from __future__ import annotations

import json
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from weighbridge.model.link import Link
from weighbridge.render.links import Linked, links, query, unknown

DIGEST = "sha256:" + "0123456789abcdef" * 4
HERE = Linked(release=DIGEST, name="detector", version="1.4.0+b1", environment="prod/eu")


def test_a_template_is_filled_in_percent_encoded() -> None:
    template = "https://x.example/{name}/{version}?e={environment}&r={release}&l={label}"
    assert links(HERE, {"any": template}) == [
        Link(
            "any",
            "https://x.example/detector/1.4.0%2Bb1?e=prod%2Feu"
            f"&r=sha256%3A{DIGEST[7:]}&l={DIGEST[7:70]}",
        )
    ]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("grafana", f'{{release="{DIGEST}"}}'),
        ("prometheus", f'{{release="{DIGEST}"}}'),
        ("loki", f'{{weighbridge_dev_release="{DIGEST[7:70]}"}}'),
        ("tempo", f'{{ resource.weighbridge.release = "{DIGEST}" }}'),
    ],
)
def test_a_kind_of_link_asks_in_its_language(kind: str, asked: str) -> None:
    assert query(kind, HERE) == asked
    (link,) = links(HERE, {kind: "https://x.example/explore?q={query}&z=1"})
    assert parse_qs(urlsplit(link.url).query) == {"q": [asked], "z": ["1"]}


def test_a_query_can_stand_within_a_text_of_json() -> None:
    left = '{"a":{"datasource":"logs","queries":[{"refId":"A","expr":"%s"}]}}'
    template = "https://x.example/explore?panes=" + quote(left, safe="%").replace("%s", "{quoted}")
    (link,) = links(HERE, {"loki": template})
    (panes,) = parse_qs(urlsplit(link.url).query)["panes"]
    assert json.loads(panes)["a"]["queries"][0]["expr"] == query("loki", HERE)


def test_links_come_in_the_order_of_their_names() -> None:
    found = links(HERE, {"tempo": "https://t.example", "any": "https://a.example"})
    assert [one.name for one in found] == ["any", "tempo"]


@pytest.mark.parametrize(
    ("name", "template", "left"),
    [
        ("loki", "https://x.example/{query}/{release}", []),
        ("any", "https://x.example/{query}", ["{query}"]),
        ("any", "https://x.example/{quoted}", ["{quoted}"]),
        ("any", "https://x.example/{digest}?{name}", ["{digest}"]),
    ],
)
def test_placeholders_that_stand_for_nothing_are_found(
    name: str, template: str, left: list[str]
) -> None:
    assert list(unknown(name, template)) == left


def test_what_stands_for_nothing_stays_as_it_is() -> None:
    assert links(HERE, {"any": "https://x.example/{other}"})[0].url == "https://x.example/{other}"
