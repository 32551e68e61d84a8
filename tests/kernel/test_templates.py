"""Templates: what people need is there, and nothing that could do harm is saved."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import pytest
from jinja2 import nodes

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.templates import texts as templates
from rallypoint.kernel.templates.texts import Template
from tests.kernel.grammar import VARIABLES, template, values

VALUES: dict[str, Any] = {
    "id": 7,
    "username": "Zoë",
    "names": ["Ann", "Bob"],
    "usernames_safe": "Ann,Bob",
    "member": {"name": "zoe"},
    "data": {"a": "deep", "b": {"name": ""}, "empty": None},
}
SAID = {
    "plain text": "plain text",
    "{{ username }} ({{id}})": "Zoë (7)",
    "{{ member.name|upper }}": "ZOE",
    "{{ data.a|truncate(3) }}": "de…",
    "{{ names }} / {{ names|join(' and ') }} / {{ names|length }}": "Ann, Bob / Ann and Bob / 2",
    "{{ data.nothing|default('none') }} {{ data.empty|default('x') }}": "none x",
    "{% if id == 7 %}seven{% else %}other{% endif %}": "seven",
    "{% if id > 8 %}a{% elif 'o' in member.name and not id == 1 %}b{% else %}c{% endif %}": "b",
    "{% if 'Ann' in names or id < 0 %}yes{% endif %}": "yes",
    "{% if data.b.name %}name{% else %}no name{% endif %}": "no name",
    "{# a remark #}{% raw %}{{ id }}{% endraw %}": "{{ id }}",
    "line\n": "line\n",
    "{{ true }} {{ none }} {{ 1.5 }} {{ 'a' 'b' }}": "true  1.5 ab",
}
# Payloads of public lists (PayloadsAllTheThings, HackTricks, tplmap), the escapes behind CVE-2016-10745,
# CVE-2019-10906, CVE-2024-22195, CVE-2024-34064, CVE-2024-56201, CVE-2024-56326, CVE-2025-27516, and bombs.
ATTACKS = [
    "{{7*7}}",
    "{{ 7*'7' }}",
    "{{ 'a' ~ 'b' }}",
    "{{ -1 }}",
    "{{ 1 + id }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ username.__class__ }}",
    "{{ member.__class__ }}",
    "{{ member.name.upper }}",
    "{{ member['name'] }}",
    "{{ member.name[0] }}",
    "{{ username[0:1] }}",
    "{{ config.items() }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ request.application.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ namespace() }}",
    "{{ dict(a=1) }}",
    "{{ get_flashed_messages() }}",
    "{{ range(10) }}",
    "{{ id() }}",
    "{{ '{0.__class__}'.format(username) }}",
    "{{ '{0.__class__}'.format_map(member) }}",
    "{{ '%s'|format(username) }}",
    "{{ username|attr('__class__') }}",
    "{{ username|attr('form' 'at') }}",
    "{{ names|map('attr', '__class__') }}",
    "{{ names|map(attribute='__class__')|list }}",
    "{{ names|select|first }}",
    "{{ names|sum }}",
    "{{ names|tojson }}",
    "{{ member|xmlattr }}",
    "{{ member|pprint }}",
    "{{ member|items }}",
    "{{ username|replace('a', 'b') }}",
    "{{ username|center(100000000) }}",
    "{{ username|indent(100000000) }}",
    "{{ username|wordwrap }}",
    "{{ username|safe }}",
    "{{ username|default(id) }}",
    "{{ username|default('a', true) }}",
    "{{ username|default(*names) }}",
    "{{ username|truncate(-1) }}",
    "{{ username|truncate('5') }}",
    "{{ username|truncate }}",
    "{{ username|truncate(true) }}",
    "{{ username is defined }}",
    "{{ username is divisibleby 3 }}",
    "{{ 'a' if id else 'b' }}",
    "{{ [1, 2] }}",
    "{{ (1, 2) }}",
    "{{ {'a': 1} }}",
    "{{ 1 < id < 3 and 2 }}",
    "{{ id == 1 }}",
    "{{ not id }}",
    "{% if id == 1 == 2 %}{% endif %}",
    "{% if id in [1, 2] %}{% endif %}",
    "{% if id() %}{% endif %}",
    "{% if id + 1 %}{% endif %}",
    "{% for x in names %}{{ x }}{% endfor %}",
    "{% for x in range(10**9) %}{% for y in range(10**9) %}{% endfor %}{% endfor %}",
    "{% set x = id %}",
    "{% set x %}{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% filter upper %}{% endfilter %}",
    "{% filter attr('x') %}{% endfilter %}",
    "{% with x = id %}{% endwith %}",
    "{% block a %}{% endblock %}",
    "{% extends 'a' %}",
    "{% include 'a' %}",
    "{% import 'a' as a %}",
    "{% from 'a' import b %}",
    "{% include '/etc/passwd' ignore missing %}",
    "{% autoescape false %}{% endautoescape %}",
    "{% do id %}",
    "{% debug %}",
    "{% trans %}{% endtrans %}",
    "{{ 'a' * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ 2**9999999 }}",
    "{{ 'a'|center(10**9) }}",
    "{{ lipsum(n=10**6) }}",
    "{{ '%1000000000s' % id }}",
    "{{ " + "(" * 900 + "id" + ")" * 900 + " }}",
    "{{ " + "not " * 500 + "id }}",
    "{% if " + "not " * 490 + "id %}{% endif %}",
    "{{ " + "[" * 900 + " }}",
    "{{ id" + "|upper" * 21 + " }}",
    "{{ id" + "|upper" * 300 + " }}",
    "{{ data" + ".a" * 900 + " }}",
    "{% if id %}" * 100 + "{% endif %}" * 100,
    "{{id}}" * 320,
    "x" * 2049,
    "ü" * 1025,
    "x" * 1_000_000,
    "{{ usern\u0430me }}",
    "{{ user_name }}",
    "{{ member }}",
    "{{ member.nmae }}",
    "{{ data }}",
    "{{ }}",
    "{{ id",
    "{% if id %}",
    "{% nonsense %}",
    "{{ id }",
    "{{ 'a\\ud800' + id }}",
]
ALLOWED = (
    nodes.Template | nodes.Output | nodes.TemplateData | nodes.Name | nodes.Getattr | nodes.Const
    | nodes.Filter | nodes.If | nodes.Compare | nodes.Operand | nodes.And | nodes.Or | nodes.Not
)  # fmt: skip


@pytest.mark.parametrize("source", SAID)
def test_what_people_write_is_said(source):
    assert Template.parse(source, VARIABLES).render(VALUES) == SAID[source]


@pytest.mark.parametrize("source", ATTACKS, ids=lambda source: source[:60])
def test_no_attack_is_saved(source):
    with pytest.raises(Refused):
        Template.parse(source, VARIABLES)


def test_a_refusal_names_what_is_not_known():
    with pytest.raises(Refused) as refused:
        Template.parse("{{ usernam }}", VARIABLES)

    assert refused.value.code == "template_variable"
    assert refused.value.facts["name"] == "usernam"


@pytest.mark.parametrize(
    "nick", ["{{7*7}}", "{% raw %}", "${7*7}", "{{ id }}", "{# #}", "{{ username }}"]
)
def test_what_a_member_is_called_is_never_looked_at_again(nick):
    source = "{{ username }}{% if username %}!{% endif %}{{ username|trim }}"

    assert Template.parse(source, VARIABLES).render(VALUES | {"username": nick}) == f"{nick}!{nick}"


@pytest.mark.parametrize(
    ("source", "more", "code"),
    [
        ("{{ data.b.c }}", {}, "value_missing"),
        ("{{ data.a.b }}", {}, "value_missing"),
        ("{{ data.a.deep }}", {}, "value_missing"),
        ("{{ data.b }}", {}, "value_is_no_text"),
        ("{{ data.a }}", {"data": {"a": [["x"]]}}, "value_is_no_text"),
        ("{{ data.a.items }}", {"data": {"a": {}}}, "value_missing"),
        ("{% if id < username %}{% endif %}", {}, "cannot_compare"),
        ("{% if id in id %}{% endif %}", {}, "cannot_compare"),
        ("{{ username }}{{ username }}", {"username": "x" * 4097}, "output_too_long"),
        ("{{ username }}", {"username": "ü" * 4097}, "output_too_long"),
        ("{{ username|upper }}", {"username": "ﬃ" * 2731}, "output_too_long"),
        ("{{ names }}", {"names": ["x" * 8192] * 100_000}, "output_too_long"),
        ("{{ names|join('" + "x" * 1000 + "') }}", {"names": ["x"] * 10}, "output_too_long"),
    ],
)
def test_what_cannot_be_said_is_told_and_not_left_empty(source, more, code):
    with pytest.raises(Refused, match=code):
        Template.parse(source, VARIABLES).render(VALUES | more)


def test_what_just_fits_is_said():
    assert len(Template.parse("{{username}}", VARIABLES).render({"username": "x" * 8192})) == 8192
    assert Template.parse("x" * 2048, VARIABLES).render({}) == "x" * 2048


def test_half_a_character_becomes_a_question_mark():
    assert Template.parse("{{username}}", VARIABLES).render({"username": "a\ud800"}) == "a?"


def test_the_same_source_is_read_once():
    assert Template.parse("{{id}} once", VARIABLES) is Template.parse("{{id}} once", VARIABLES)


def steps_of(call) -> int:
    """How many lines of Python *call* runs: what a render costs, on any machine."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        call()
    except Refused:
        pass
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize(
    "source",
    [
        "{{id}}" * 90,
        "{{ username" + "|upper" * 20 + " }}",
        "{% if " + " and ".join(["id"] * 60) + " %}{{ id }}{% endif %}",
        "{% if not id %}{% endif %}" * 40,
        "{{ names|join('x') }}" * 18,
    ],
)
def test_the_dearest_templates_that_can_be_saved_stay_within_their_budget(source):
    saved = Template.parse(source, VARIABLES)

    assert steps_of(lambda: saved.render(VALUES | {"username": "x" * 8192})) < 5_000


@pytest.mark.parametrize("seed", range(4))
def test_made_up_templates(seed):
    try_templates(Random(seed), 500)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_hundred_thousand_made_up_templates():
    saved, refused = try_templates(Random(26), 100_000)

    assert min(saved, refused) > 10_000


def try_templates(chance: Random, count: int) -> tuple[int, int]:
    saved = 0
    for _ in range(count):
        source = template(chance)
        try:
            made = Template.parse(source, VARIABLES)
        except Refused:
            continue
        saved += 1
        tree = templates.JINJA.parse(source)
        assert all(isinstance(node, ALLOWED) for node in tree.find_all(nodes.Node)), source
        try:
            said = made.render(values(chance))
        except Refused:
            continue
        assert len(said.encode()) <= templates.LONGEST_OUTPUT
    return saved, count - saved
