from __future__ import annotations

import json

import pytest

from tests.formats.samples import read
from tests.rules.threats import found, level, tokenizer

# Every construct of the templates published with Llama, Mistral, Qwen, DeepSeek, Gemma, Phi,
# Command R, Kimi, MiniMax, Nemotron and GigaChat, in words of our own.
ORDINARY = {
    "a loop": "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m.content | trim }}{% endfor %}",
    "alternation": (
        "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 =="
        " 0)"
        " %}{{ raise_exception('Roles must alternate!') }}{% endif %}{% if m['role'] == 'user' %}"
        "{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ m['content'] + eos_token }}"
        "{% endif %}{% endfor %}"
    ),
    "slices": (
        "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
        "{% set system_message = messages[0]['content'].strip() %}{% else %}"
        "{% set loop_messages = messages %}{% endif %}{{ loop_messages[-1].content.split("
        "'</think>')"
        "[-1].lstrip('\\n') }}{% for m in messages[::-1] %}{{ m.role.title() }}{% endfor %}"
        "{{ messages[loop.index0 - 1].role }}{{ messages[loop.index0 + 1:] | length }}"
    ),
    "a date": "{% if date is not defined %}{% set date = strftime_now('%d %b %Y') %}{% endif %}",
    "tools": (
        "{%- if tools is defined and tools is not none %}{%- for tool in tools %}"
        "{{- tool.function | tojson(indent=4) }}{{ (tool.function if tool.function is defined else"
        " tool) | tojson(ensure_ascii=False) | string }}{%- if not loop.last %}, {% endif %}"
        "{%- endfor %}{%- endif %}{%- if builtin_tools | length > 0 %}{{- builtin_tools |"
        " reject('equalto', 'code_interpreter') | join(', ') + '\\n\\n' }}{%- endif %}"
    ),
    "a namespace": (
        "{%- set ns = namespace(last=messages|length - 1, tool_ids=[], found=false) -%}"
        "{%- for m in messages -%}{%- set ns.last = loop.index0 -%}{%- set ns.tool_ids ="
        " ns.tool_ids + [m.tool_call_id] -%}{%- if m is not mapping -%}{%- break -%}{%- endif -%}"
        "{%- endfor -%}{{ messages[ns.last].content }}"
    ),
    "items of a mapping": (
        "{% for k, v in call.arguments.items() %}{{ k }}{% endfor %}{% for k, v in call.arguments |"
        " items %}{{ v }}{% endfor %}{% for k, v in properties | dictsort %}{{ k | upper }}"
        "{% endfor %}{{ fn.get('_own_key', {}) }}{{ schema['$ref'].startswith('#/') }}"
    ),
    "a recursive macro": (
        "{%- macro kind(value, keys=none) -%}{%- if value is string -%}string{%- elif value is"
        " mapping -%}{{- kind(value['type'], keys=['a', 'b']) | trim -}}{%- endif -%}"
        "{%- endmacro -%}"
        "{%- for m in messages -%}{{- kind(m) -}}{%- endfor -%}"
    ),
    "selection": (
        "{{ m.content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join('') }}"
        "{{ messages | rejectattr('role', 'in', ['system']) | list | last }}{{ types | map('upper')"
        " | unique | sort | first }}"
    ),
    "lookups": (
        "{% set names = {'user': 'Human', 'assistant': 'Model'} %}{{ names[messages[0]['role']] }}"
        "{% set seg = raw | replace('~1', '/') | replace('~0', '~') %}{{ schema[seg] }}"
        "{{ schema[seg | int] }}{{ prompts[state.index] }}"
    ),
    "generation": ("{% for m in messages %}{% generation %}{{ m }}{% endgeneration %}{% endfor %}"),
    "a block that is set": (
        "{% set text %}{{ messages[0].content }}{% endset %}{{ text }}{% filter trim %} a "
        "{% endfilter %}{% call(x) wrap(1) %}{{ x }}{% endcall %}{% macro wrap(a) %}"
        "{{ caller(a) }}{% endmacro %}{% with y = 1 %}{{ y }}{% endwith %}"
    ),
    "an underscore of its own": "{% set _args = call.arguments %}{{ _args['a'] }}{{ messages[0] }}",
    "a comma between": "{% set comma = joiner(', ') %}{{ comma() }}{{ range(3) | list }}",
    "words about Python": (
        "Never call eval or __import__.\n{{ 'Name it __init__.py, then run it.' }}"
    ),
}

ESCAPES = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__()[40]('/etc/passwd').read() }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{{ self.__init__.__globals__['__builtins__']['__import__']('os').environ }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''['__cla' + 'ss__'] }}",
    "{{ ''['__ssalc__'[::-1]] }}",
    "{{ ''['__ssalc__' | reverse] }}",
    "{{ ''['__CLASS__' | lower] }}",
    "{{ ''['__CLASS__'.lower()] }}",
    "{{ ''['%c%cclass%c%c' % (95, 95, 95, 95)] }}",
    "{{ ''['%s%s' | format('__cla', 'ss__')] }}",
    "{{ ''['{}{}'.format('__cla', 'ss__')] }}",
    "{{ '' | attr(['__cl', 'ass__'] | join) }}",
    "{{ ''.join(['_', '_', 'class', '_', '_']) }}",
    "{{ '' | attr('--class--' | replace('-', '_')) }}",
    "{{ ''[('_' * 2) ~ 'class' ~ ('_' * 2)] }}",
    "{{ ''['xx__globals__'[2:]] }}",
    "{{ ''[dict(__cla=1, ss__=2) | join] }}",
    "{% set a = '__glo' %}{% set b = a ~ 'bals__' %}{{ x[b] }}",
    "{% set a, b = '__glo', 'bals__' %}{{ x[a + b] }}",
    "{% with a = '__glo' %}{{ x[a ~ 'bals__'] }}{% endwith %}",
    "{% set ns = namespace(a='__glo') %}{% set ns.b = 'bals__' %}{{ x[ns.a ~ ns.b] }}",
    "{% for a in ['__glo'] %}{{ x[a ~ 'bals__'] }}{% endfor %}",
    "{% macro m(a, b) %}{{ x[a ~ b] }}{% endmacro %}{{ m('__glo', b='bals__') }}",
    "{% macro m(a='__glo') %}{{ x[a ~ 'bals__'] }}{% endmacro %}{{ m() }}",
    "{{ messages | map(attribute='__globals__') | list }}",
    "{{ messages | map('attr', '__globals__') | list }}",
    "{{ messages | selectattr('a.__globals__.b') | list }}",
    "{{ '{0.__globals__}'.format(messages) }}",
    "{{ ''['\\x5f\\x5fglobals\\x5f\\x5f'] }}",
    "{{ messages.pop.im_func.func_globals }}",
    "{{ __import__('os') }}",
    "{{ __builtins__ }}",
    "{{ eval('1') }}",
    "{{ open('/etc/passwd') }}",
    "{{ x.popen('id') }}",
]

UNUSUAL = {
    "{{ x | attr(y) }}": "an attribute that `attr` is told",
    "{{ messages | map(attribute=y) | list }}": "an attribute that `map` is told",
    "{{ messages | map(y) | list }}": "the filter",
    "{{ ''['_' ~ x ~ '_'] }}": "put together",
    "{{ ''[('_', x) | join] }}": "put together",
    "{{ ''['{:c}'.format(95) ~ x] }}": "put together",
    "{{ ''[(raise_exception | string)[10]] }}": "put together",
    "{% macro a_b() %}{% endmacro %}{% set u = (a_b | string)[9] %}{{ ''[u ~ x] }}": "put together",
    "{% set k %}__cla{{ 'ss' }}{% endset %}{{ ''[k] }}": "put together",
    "{% set a = '__glo' %}{% if x %}{% set a = 'b' %}{% endif %}{{ y[a ~ z] }}": "put together",
    "{{ messages['a' if x else '_' ~ y] }}": "put together",
    "{{ '__glo' }}": "part of a name of Python's own",
    "{{ x.__class__ }}": "`__class__`",
    "{{ x._private }}": "the attribute `_private`",
    "{{ x.mro() }}": "the attribute `mro`",
    "{% include 'other.j2' %}": "the template `other.j2`",
    "{% extends y %}": "another template",
    "{% import 'a' as a %}{% from 'b' import c as d %}{{ d() }}": "the template `a`",
    "{{ request.args }}": "the name `request`",
    "{{ lipsum(1) }}": "the name `lipsum`",
    "{{ os }}": "the name `os`",
    "{{ __url__ }}": "the name `__url__`",
    "{{ x | frobnicate }}": "the filter `frobnicate`",
    "{{ x.fromhex('5f') }}": "the method `.fromhex()`",
    "{{ x['fromhex']('5f') }}": "the method `.fromhex()`",
    "{{ frobnicate(1) }}": "the function `frobnicate()`",
    "{{ x[y]() }}": "a call of a subscript",
    "{{ (x | first)() }}": "a call of what a filter returns",
    "{{ messages[0]()() }}": "a call of what a call returns",
    "{% for i in range(10 ** 9) %}{% endfor %}": "1000000000 turns of a loop",
    "{% for i in range(-(3000000 - 1), 0) %}{% endfor %}": "-2999999 turns of a loop",
    "{{ 'a' * 99999999 }}": "99999999 times over",
    "{{ run('import os; os.system(\"id\")') }}": "a text that holds Python code",
    "{{ x['\\x5f'] }}": "an escape in place of `_`",
}


@pytest.mark.parametrize("template", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_template_is_clean(template: str) -> None:
    data = tokenizer(template)
    assert found("SEC004", data) == ()
    assert read(data).status == "complete"


@pytest.mark.parametrize("template", ESCAPES)
def test_a_way_out_of_the_template_is_malicious(template: str) -> None:
    assert level("SEC004", tokenizer(template)) == "malicious"


@pytest.mark.parametrize(("template", "seen"), UNUSUAL.items())
def test_what_no_ordinary_template_does_needs_review(template: str, seen: str) -> None:
    (finding,) = found("SEC004", tokenizer(template))
    assert finding.threat is not None
    assert (finding.threat.level, seen in finding.seen) == ("needs-review", True), finding.seen


def test_what_is_no_template_needs_review_and_is_not_lost() -> None:
    (finding,) = found("SEC004", tokenizer("{% if x %}{{"))
    assert finding.threat is not None
    assert finding.threat.level == "needs-review"
    assert "chat_template is no Jinja template" in finding.message


def test_many_steps_are_one_finding_that_names_the_worst_first() -> None:
    steps = "".join(f"{{{{ x | f{number} }}}}" for number in range(9))
    (finding,) = found("SEC004", tokenizer(steps + "{{ x.__globals__ }}"))
    assert finding.seen.startswith("`__globals__`, ")
    assert finding.seen.endswith("and 5 more (line 1 of chat_template)")
    assert finding.threat is not None
    assert (finding.threat.level, finding.threat.name) == ("malicious", "__globals__")


WALK = "{{ x.__globals__ }}"


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"chat_template": [{"name": "a", "template": WALK}]}),
        json.dumps({"chat_template": {"default": "{{ x }}", "tool_use": WALK}}),
        json.dumps({"chat_template": ["{{ x }}", WALK]}),
        json.dumps({"deep": [{"chat_template": WALK}]}),
        json.dumps({"default_chat_template_x": WALK}),
        json.dumps({"prompt": f"Hello {WALK}"}),
        json.dumps({"list": [{"prompt": f"Hello {WALK}"}]}),
        f"{{% for m in messages %}}{{{{ m }}}}{{% endfor %}}{WALK}",
        f"Hello {WALK}",
        f"chat_template: '{WALK}'\n",
        f"a:\n  - b:\n      chat_template: |\n        {WALK}\n",
        f"prompt: \"{WALK}\"\nother: '{{{{ a }}}}'\n",
    ],
)
def test_a_template_is_found_wherever_it_stands(data: str) -> None:
    assert level("SEC004", data.encode()) == "malicious"


@pytest.mark.parametrize(
    "text",
    [
        "# Card\n\nUse `{{ prompt }}` and `{% if x %}`, or `{{ a | frobnicate }}`.\n",
        "def f():\n    return f'{{name}} {self.__class__.__name__}'\n",
        'x = f"{{{{ {self.__class__.__name__} }}}}"\n',
        "{{ x.__class__.__name__ }} {{ __version__ }} {{ __url__ }} {{ x.__repr__() }}\n",
        "<p>{{ title }}</p>{% include 'footer.html' %}{% import 'a' as b %}",
        "{{- range .Messages }}{{ .Role }}: {{ .Content }}{{ end }}{{ if .System }}{{ end }}\n",
        "on: push\njobs:\n  a: ${{ github.actor }}\n",
        "{{ unbalanced __globals__\n",
        "messages and bos_token, without any braces\n",
    ],
)
def test_text_with_braces_is_no_chat_template(text: str) -> None:
    structure = read(text.encode())
    assert (structure.status, structure.metadata) == ("complete", ())
    assert found("SEC004", text.encode()) == ()


def test_a_chat_template_in_a_file_of_its_own_is_noted_and_judged_as_one() -> None:
    data = b"{% for m in messages %}{{ m | frobnicate }}{% endfor %}"
    assert read(data).metadata == (("chat_template", "present"),)
    assert level("SEC004", data) == "needs-review"
