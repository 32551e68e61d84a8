"""Texts with placeholders, as jinja2 writes them, without what makes jinja2 a programming language.

jinja2's parser reads a template; jinja2 never runs it. Its syntax tree is walked by an allow-list (text, known
variables, a few filters, if with comparisons) and turned into plain closures. What a value says is only ever text: it
is not looked at again, so a member named `{{7*7}}` stays that.

A variable is a name or a path of names (`member.name`). Who lists the variables there are may end a path with `.*`:
then whatever is below it is known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

from rallypoint.kernel.errors import Refused

LONGEST_SOURCE = 2048
LONGEST_OUTPUT = 8192
"""Both in bytes of UTF-8."""
MOST_NODES = 200
MOST_FILTERS = 20
MOST_STEPS = 8

Values = Mapping[str, Any]
Term = Callable[[Values], Any]
Say = Callable[["Output", Values], None]


class Output:
    """Takes pieces until there are too many bytes of them."""

    __slots__ = ("left", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.left = LONGEST_OUTPUT

    def add(self, piece: str) -> None:
        # A character has one byte at least: of most pieces the bytes need not be counted.
        self.left -= len(piece) if piece.isascii() else len(piece.encode())
        if self.left < 0:
            raise Refused("output_too_long", most=LONGEST_OUTPUT)
        self.pieces.append(piece)


class Piece(NamedTuple):
    """Of the top level: literal text, or a placeholder with what it shows."""

    text: str
    term: Term | None = None
    plain: str | None = None
    """The variable, if the placeholder is that and nothing else."""


@dataclass(frozen=True, slots=True)
class Template:
    source: str
    says: tuple[Say, ...]

    @staticmethod
    def parse(source: str, variables: frozenset[str]) -> Template:
        """Raise Refused for whatever is not on the list. The same source is read once."""
        return _parsed(source, variables)

    def render(self, values: Values) -> str:
        """Raise Refused when a value is not there, cannot be compared, or there is too much to say."""
        output = Output()
        for say in self.says:
            say(output, values)
        return "".join(output.pieces)


@lru_cache(maxsize=2048)
def _parsed(source: str, variables: frozenset[str]) -> Template:
    reader = Reader(variables)
    return Template(source, reader.says(read(source).body))


def pieces(source: str, variables: frozenset[str]) -> list[Piece]:
    """Of a template that is text and placeholders only. Raise Refused like `Template.parse`."""
    reader = Reader(variables)
    return [each for node in read(source).body for each in reader.pieces(node)]


def read(source: str) -> nodes.Template:
    if len(source) > LONGEST_SOURCE or len(_whole(source).encode()) > LONGEST_SOURCE:
        raise Refused("template_too_long", most=LONGEST_SOURCE)
    try:
        return JINJA.parse(source)
    except TemplateSyntaxError as error:
        raise Refused("template_syntax", line=error.lineno, problem=error.message) from None
    except (RecursionError, ValueError, OverflowError):
        # Three thousand parentheses; a number of five thousand digits.
        raise Refused("template_too_deep") from None


JINJA = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  (it only parses)


def text(value: Any) -> str:
    """What a value says, cut where nothing can be shown any more."""
    match value:
        case str():
            return _whole(value[: LONGEST_OUTPUT + 1])
        case True | False | None:
            return {True: "true", False: "false", None: ""}[value]
        case int() | float():
            return str(value)
        case Sequence():
            return _joined(value, ", ")
        case _:
            raise Refused("value_is_no_text")


def _whole(value: str) -> str:
    """Halves of surrogate pairs, which no encoding takes, become question marks."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _joined(values: Sequence[Any], by: str) -> str:
    said: list[str] = []
    left = LONGEST_OUTPUT + len(by)
    for value in values:
        if _many(value):
            raise Refused("value_is_no_text")
        said.append(text(value))
        left -= len(said[-1]) + len(by)
        if left < 0:
            break
    return by.join(said)


def _truncate(value: Any, most: int) -> str:
    return cut if len(cut := text(value)) <= most else cut[: max(0, most - 1)] + "…"


FILTERS: Mapping[str, tuple[Callable[..., Any], tuple[type, ...]]] = {
    "upper": (lambda value: text(value).upper(), ()),
    "lower": (lambda value: text(value).lower(), ()),
    "trim": (lambda value: text(value).strip(), ()),
    "length": (lambda value: len(value) if isinstance(value, str | Sequence) else 0, ()),
    "default": (lambda value, other: other if value is None or value == "" else value, (str,)),
    "truncate": (_truncate, (int,)),
    "join": (lambda value, by: _joined(value, by) if _many(value) else text(value), (str,)),
    "urlencode": (lambda value: value, ()),
}
"""Name → what it does and the constants it takes. `urlencode` is known because other programs' addresses have it: in an
address every value is encoded anyway."""


def _many(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda value, among: operator.contains(among, value),
    "notin": lambda value, among: not operator.contains(among, value),
}


class Reader:
    """From nodes to closures; whatever it has no method for is refused."""

    def __init__(self, variables: Iterable[str]) -> None:
        self.known = frozenset(variables)
        self.nodes = 0
        self.filters = 0

    def says(self, body: Iterable[nodes.Node]) -> tuple[Say, ...]:
        return tuple(self._say(piece) for node in body for piece in self._pieces_or_if(node))

    def pieces(self, node: nodes.Node) -> Iterator[Piece]:
        self._count()
        if not isinstance(node, nodes.Output):
            raise _refused(node)
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                self._count()
                yield Piece(_whole(part.data))
            else:
                plain = part.name if isinstance(part, nodes.Name) else None
                yield Piece("", self.term(part), plain)

    def term(self, node: nodes.Node) -> Term:
        self._count()
        match node:
            case nodes.Name() | nodes.Getattr():
                return self._variable(node)
            case nodes.Const():
                return self._constant(node)
            case nodes.Filter():
                return self._filter(node)
            case _:
                raise _refused(node)

    def _pieces_or_if(self, node: nodes.Node) -> Iterator[Piece | Say]:
        if isinstance(node, nodes.If):
            yield self._if(node)
        else:
            yield from self.pieces(node)

    def _say(self, piece: Piece | Say) -> Say:
        if not isinstance(piece, Piece):
            return piece
        term, literal = piece.term, piece.text
        if term is None:
            return lambda output, _: output.add(literal)
        return lambda output, values: output.add(text(term(values)))

    def _if(self, node: nodes.If) -> Say:
        self._count()
        branches = [(self._condition(node.test), self.says(node.body))]
        for other in node.elif_:
            self._count()
            branches.append((self._condition(other.test), self.says(other.body)))
        last = self.says(node.else_)

        def say(output: Output, values: Values) -> None:
            chosen = next((body for test, body in branches if test(values)), last)
            for each in chosen:
                each(output, values)

        return say

    def _condition(self, node: nodes.Node) -> Term:
        match node:
            case nodes.And() | nodes.Or():
                self._count()
                both, either = self._condition(node.left), self._condition(node.right)
                if isinstance(node, nodes.And):
                    return lambda values: both(values) and either(values)
                return lambda values: both(values) or either(values)
            case nodes.Not():
                self._count()
                inner = self._condition(node.node)
                return lambda values: not inner(values)
            case nodes.Compare():
                return self._comparison(node)
            case _:
                return self.term(node)

    def _comparison(self, node: nodes.Compare) -> Term:
        self._count()
        if len(node.ops) != 1:
            raise _refused(node)
        left, right = self.term(node.expr), self.term(node.ops[0].expr)
        compare = COMPARISONS[node.ops[0].op]

        def holds(values: Values) -> Any:
            try:
                return compare(left(values), right(values))
            except TypeError:
                raise Refused("cannot_compare") from None

        return holds

    def _variable(self, node: nodes.Expr) -> Term:
        path = _path(node)
        name = ".".join(path)
        if not self._is_known(path):
            raise Refused("template_variable", name=name, known=sorted(self.known))

        def find(values: Values) -> Any:
            found: Any = values
            for step in path:
                if not isinstance(found, Mapping) or step not in found:
                    raise Refused("value_missing", name=name)
                found = found[step]
            return found

        return find

    def _is_known(self, path: Sequence[str]) -> bool:
        above = (".".join([*path[:count], "*"]) for count in range(1, len(path)))
        return ".".join(path) in self.known or any(each in self.known for each in above)

    def _constant(self, node: nodes.Const) -> Term:
        value = _whole(node.value) if isinstance(node.value, str) else node.value
        return lambda _: value

    def _filter(self, node: nodes.Filter) -> Term:
        self.filters += 1
        if self.filters > MOST_FILTERS:
            raise Refused("template_too_deep")
        known = FILTERS.get(node.name)
        if known is None or node.node is None:
            raise Refused("template_filter", name=node.name, known=sorted(FILTERS))
        work, takes = known
        given = [each.value for each in node.args if isinstance(each, nodes.Const)]
        more = node.kwargs or node.dyn_args or node.dyn_kwargs or len(given) < len(node.args)
        if more or [type(each) for each in given] != [*takes]:
            raise Refused("template_filter", name=node.name, known=sorted(FILTERS))
        inner = self.term(node.node)
        if node.name == "default":
            inner = _or_none(inner)
        return lambda values: work(inner(values), *given)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Refused("template_too_deep")


def _path(node: nodes.Expr) -> list[str]:
    steps: list[str] = []
    while isinstance(node, nodes.Getattr):
        steps.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name):
        raise _refused(node)
    if len(steps) > MOST_STEPS:
        raise Refused("template_too_deep")
    return [node.name, *reversed(steps)]


def _or_none(term: Term) -> Term:
    def find(values: Values) -> Any:
        try:
            return term(values)
        except Refused as refused:
            if refused.code == "value_missing":
                return None
            raise

    return find


def _refused(node: nodes.Node) -> Refused:
    return Refused("template_construct", construct=type(node).__name__, line=node.lineno)
