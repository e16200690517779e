"""The frame of a page that stands for itself: its style, and a policy that lets nothing else in."""

from __future__ import annotations

from hashlib import sha256

from weighbridge.model.base64text import write_base64

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --paper: #fff;
  --card: #f6f8fa; --good: #116329; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4b0; --line: #363d46;
  --paper: #14181d; --card: #1d2229; --good: #56d364; --bad: #ff8182; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif;
  overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
h1 span { color: var(--soft); font-weight: 400; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; }
.kicker { margin: 0; color: var(--soft); font-size: .85rem; letter-spacing: .04em; }
.badge { display: inline-block; margin: 0; padding: .1rem .6rem; border: 1px solid;
  border-radius: 1rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.soft, .quiet { color: var(--soft); }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .4rem 1.5rem;
  margin: 1.5rem 0 0; padding: 1rem 1.25rem; background: var(--card); border-radius: .5rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td time { white-space: nowrap; }
code, pre { font: .85em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
b, code, bdi { unicode-bidi: isolate; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1.5rem 0 0; font-size: .92rem; }
a { color: inherit; text-underline-offset: .2em; }
li { margin: .3rem 0; }
details { margin: 1.25rem 0 2rem; }
summary { margin: 0 0 .5rem; cursor: pointer; }
pre { padding: .75rem 1rem; background: var(--card); border-radius: .5rem; overflow-x: auto; }
.cards td { overflow-wrap: anywhere; min-width: 6rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .6rem; }
  .cards thead { display: none; }
  .cards tr { display: block; padding: .75rem 0; border-bottom: 1px solid var(--line); }
  .cards td { display: block; padding: .15rem 0; border: 0; }
  .cards td::before { content: attr(data-of) ": "; color: var(--soft); } }
@media print { body { padding: 0; max-width: none; font-size: 11pt; } tr { break-inside: avoid; }
  h2 { break-after: avoid; } }
"""
_HASH = write_base64(sha256(STYLE.encode()).digest())
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def page(title: str, body: str) -> str:
    """Put a body, and a title that is escaped already, into a page of HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
