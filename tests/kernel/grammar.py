"""Makes up templates: some are what people write, some what attackers do, most a bit of both."""

from __future__ import annotations

from random import Random

VARIABLES = frozenset({"id", "username", "names", "usernames_safe", "member.name", "data.*"})
NASTY = (
    "{{7*7}}",
    "{% raw %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "a&b=c",
    "?x=1#f",
    "/../..",
    "..",
    ".",
    "%00",
    "%2e%2e",
    "%",
    "\r\nHost: evil",
    "\x00",
    "😀",
    "\u202eabc",
    "\ud800",
    "e" + "\u0301" * 32,
    "@evil.com",
    ":8080",
    "\\",
    "//evil.com/",
    ";k=v",
    "",
    " ",
    "x" * 300,
)
NAMES = ("id", "username", "names", "usernames_safe", "member", "data", "self", "config", "x")
ATTRIBUTES = ("name", "__class__", "mro", "items", "format", "a", "b", "__init__", "_x")
FILTERS = ("upper", "lower", "trim", "length", "urlencode", "default('z')", "truncate(5)")
MORE_FILTERS = ("join('+')", "attr('x')", "map('upper')", "format(1)", "xmlattr", "default(id)")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "and", "is", "if", "|", ".")
TEXTS = (
    "Hello ",
    "&",
    "?a=",
    "&b=",
    "/",
    "x",
    ";",
    "=",
    "\n",
    "{",
    "}}",
    "#",
    "ü",
    ".",
    "%41",
    "%",
)
STATEMENTS = (
    "if",
    "for x in",
    "set x =",
    "macro m()",
    "include",
    "import",
    "extends",
    "block",
    "raw",
)
LIMIT = 6


def template(chance: Random) -> str:
    return "".join(_part(chance, 0) for _ in range(chance.randint(1, 5)))


def url(chance: Random) -> str:
    start = chance.choice(
        ("https://example.com/", "https://example.com", "http://a.b/?", "https://{{id}}.com/", "")
    )
    return start + template(chance)


def values(chance: Random) -> dict[str, object]:
    def some() -> str:
        return "".join(chance.choice(NASTY) for _ in range(chance.randint(1, 3)))

    return {
        "id": chance.randint(0, 10**18),
        "username": some(),
        "names": [some() for _ in range(chance.randint(0, 4))],
        "usernames_safe": chance.choice(("a%20b,c", "plain", some())),
        "member": {"name": some()},
        "data": {"a": some(), "b": {"name": some()}},
    }


def _part(chance: Random, depth: int) -> str:
    match chance.randint(0, 9):
        case 0 | 1 | 2 | 3:
            return f"{{{{ {_expression(chance, depth)} }}}}"
        case 4:
            return chance.choice(NASTY)
        case 5 if depth < LIMIT:
            return _statement(chance, depth)
        case _:
            return chance.choice(TEXTS)


def _statement(chance: Random, depth: int) -> str:
    word = chance.choice(STATEMENTS) if chance.random() < 0.4 else "if"
    inner = _part(chance, depth + 1)
    branch = f"{{% else %}}{_part(chance, depth + 1)}" if chance.random() < 0.3 else ""
    return f"{{% {word} {_expression(chance, depth)} %}}{inner}{branch}{{% end{word.split()[0]} %}}"


def _expression(chance: Random, depth: int) -> str:
    match chance.randint(0, 11):
        case 0 | 1 | 2 | 3:
            return chance.choice(NAMES)
        case 4 | 5:
            return f"{chance.choice(NAMES)}.{chance.choice(ATTRIBUTES)}"
        case 6 | 7:
            known = FILTERS if chance.random() < 0.8 else MORE_FILTERS
            return f"{_expression(chance, depth + 1)}|{chance.choice(known)}"
        case 8 if depth < LIMIT:
            left, right = _expression(chance, depth + 1), _expression(chance, depth + 1)
            return f"{left} {chance.choice(OPERATORS)} {right}"
        case 9 if depth < LIMIT:
            opened, closed = chance.choice(("()", "[]", "{}", ("x(", ")"), ("not ", "")))
            return f"{opened}{_expression(chance, depth + 1)}{closed}"
        case 10:
            return chance.choice(("'a'", "1", "10**9", "true", "none", "'a' * 10", "range(9)"))
        case _:
            return chance.choice(NASTY)
