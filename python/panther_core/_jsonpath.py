"""The JSONPath dialect of data models: compiled once, run on plain parsed JSON.

Understood: `$`, names (`a.b`, `'quoted name'`, `a,b`), `*`, `..`, and in brackets names, positions
(`[0]`, `[-1,2]`), slices (`[1:3]`), `[*]` and filters (`[?(@.name == 'x' & @.n > 1)]` with
`== = != < <= > >= =~` or a bare path that must exist). Results and errors follow the `jsonpath-ng`
library with its extended parser, whose looser habits content may lean on:

- names are case-sensitive; a name matches when the key exists, also with a null value;
- `[*]` and slices treat a mapping or scalar as a list of one, and null as no element;
- a position applies to text as well; on a mapping or number it raises as Python does;
- a filter on a mapping looks at its values; comparing with a whole number converts the value to
  `int` first, and a value that cannot be ordered raises `TypeError`;
- inside a filter both `$` and `@` are the element looked at.

Sorting, arithmetic, unions and backquoted operators are refused with `JsonPathError`.
"""

import operator
import re
from collections.abc import Mapping

from .exceptions import PantherError

NESTING_MAX = 20
"""How deep filters may be nested inside filters and parentheses."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<float>-?\d+\.\d+(?![\w.]))
      | (?P<number>-?\d+(?!\w))
      | (?P<name>[^\W\d][\w@\-]*)
      | (?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<comparison>=~|==|=|!=|<=|>=|<|>)
      | (?P<mark>\.\.|[$@.*\[\](),:?&])
    )""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_@-]*\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _matches_pattern(value, pattern):
    """`=~`: whether a text contains a match of a regular expression; other values never do."""
    return isinstance(value, str) and re.search(pattern, value) is not None


_COMPARISONS = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=~": _matches_pattern,
}


class JsonPathError(PantherError, ValueError):
    """A JSONPath expression is not understood; the message names the expression and the place."""


class Match(tuple):
    """One match: `(value, steps)`; each step is a key (str) or a position (int)."""

    __slots__ = ()

    @property
    def value(self):
        """The value found."""
        return self[0]

    @property
    def full_path(self):
        """The dotted path to the value, such as `a.b` or `events.[0].name`; `$` is the whole event."""
        return ".".join(_render_step(step) for step in self[1]) or "$"


def _render_step(step):
    """Writes one step of a path, quoting names that are not plain."""
    if isinstance(step, int):
        return f"[{step}]"
    return step if _PLAIN_NAME.match(step) else repr(step)


class JsonPath:
    """A compiled expression. `find` is safe to call from several threads."""

    __slots__ = ("expression", "_steps", "_names")

    def __init__(self, expression):
        if not isinstance(expression, str):
            raise JsonPathError(f"JSONPath must be text, not [{expression!r}]")
        self.expression = expression
        self._steps = _Parser(expression).parse()
        names = [step.names[0] for step in self._steps if type(step) is _Names and len(step.names) == 1]
        simple = len(names) == len(self._steps) and "*" not in names
        self._names = tuple(names) if simple else None

    def find(self, data):
        """Returns the `Match`es in plain data, in document order; empty when nothing fits."""
        if self._names is None:
            return [Match(pair) for pair in _run(self._steps, [(data, ())])]
        value = data
        for name in self._names:
            if not (type(value) is dict or isinstance(value, Mapping)) or name not in value:
                return []
            value = value[name]
        return [Match((value, self._names))]

    def __repr__(self):
        return f"JsonPath({self.expression!r})"

    def __str__(self):
        """The expression as error texts show it: one spelling for each meaning, such as `$.events.[*].name`."""
        text = "$" if self.expression.lstrip()[:1] == "$" else ""
        for step in self._steps:
            dots = ".." if type(step) is _Descendants else "." if text else ""
            text += f"{dots}{step.text()}"
        return text or self.expression


def _run(steps, matches):
    """Applies steps one after the other to (value, path) pairs."""
    for step in steps:
        matches = [found for value, path in matches for found in step.find(value, path)]
        if not matches:
            break
    return matches


class _Names:
    """Keys of a mapping; the name `*` stands for all of them."""

    __slots__ = ("names",)

    def __init__(self, names):
        self.names = names

    def find(self, value, path):
        if not isinstance(value, Mapping):
            return []
        names = tuple(value) if "*" in self.names else self.names
        return [(value[name], path + (name,)) for name in names if name in value]

    def text(self):
        return ",".join(self.names)


class _Positions:
    """Positions in a list or text."""

    __slots__ = ("positions",)

    def __init__(self, positions):
        self.positions = positions

    def find(self, value, path):
        return [
            (value[position], path + (position,))
            for position in self.positions
            if value and len(value) > position
        ]

    def text(self):
        return f"[{','.join(map(str, self.positions))}]"


class _Slice:
    """A slice of a list; anything but a list counts as a list of one, null as an empty one."""

    __slots__ = ("bounds",)

    def __init__(self, bounds):
        self.bounds = bounds

    def find(self, value, path):
        if value is None:
            return []
        if isinstance(value, (Mapping, int, float, str)):
            value = [value]
        return [(value[i], path + (i,)) for i in range(len(value))[self.bounds]]

    def text(self):
        bounds = [self.bounds.start, self.bounds.stop, self.bounds.step]
        if bounds == [None, None, None]:
            return "[*]"
        if bounds[2] is None:
            del bounds[2]
        return f"[{':'.join('' if bound is None else str(bound) for bound in bounds)}]"


class _Descendants:
    """A step tried on a value and on everything below it, parents first."""

    __slots__ = ("step",)

    def __init__(self, step):
        self.step = step

    def find(self, value, path):
        found = list(self.step.find(value, path))
        if isinstance(value, list):
            children = enumerate(value)
        elif isinstance(value, dict):
            children = value.items()
        else:
            return found
        for key, child in children:
            found.extend(self.find(child, path + (key,)))
        return found

    def text(self):
        return self.step.text()


class _Filter:
    """The elements of a list, or the values of a mapping, for which all conditions hold."""

    __slots__ = ("conditions",)

    def __init__(self, conditions):
        self.conditions = conditions

    def find(self, value, path):
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list):
            return []
        return [
            (item, path + (i,))
            for i, item in enumerate(value)
            if all([condition.holds(item) for condition in self.conditions])
        ]

    def text(self):
        return f"[?[{', '.join(condition.text() for condition in self.conditions)}]]"


class _Condition:
    """`path comparison literal`, or a path alone: holds when any match of the path fits."""

    __slots__ = ("steps", "word", "compare", "literal")

    def __init__(self, steps, word, literal):
        self.steps = steps
        self.word = word
        self.compare = None if word is None else _COMPARISONS[word]
        self.literal = literal

    def holds(self, item):
        matches = _run(self.steps, [(item, ())])
        if self.compare is None:
            return bool(matches)
        # Every match is compared, also after one fits: a value that cannot be compared must raise.
        return any([self._fits(value) for value, _ in matches])

    def text(self):
        path = "This()"
        for step in self.steps:
            named = type(step) is _Names
            path = f"Child({path}, {f'Fields({step.text()!r})' if named else step.text()})"
        comparison = "" if self.word is None else f" {self.word} {self.literal!r}"
        return f"Expression({path}{comparison})"

    def _fits(self, value):
        if type(self.literal) is int:
            try:
                value = int(value)
            except ValueError:
                return False
        return self.compare(value, self.literal)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, expression):
        self.expression = expression
        self.tokens = self._tokens()
        self.at = 0
        self.depth = 0

    def parse(self):
        """path, then the end of the text."""
        steps = self._path()
        if self._kind() != "end":
            raise self._error("unexpected")
        return steps

    def _tokens(self):
        """Cuts the text into (kind, value, offset); a mark's kind is the mark itself."""
        text = self.expression.rstrip()
        tokens, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise JsonPathError(
                    f"JSONPath [{self.expression}] is not understood at character {at + 1}:"
                    f" unexpected `{text[at:].lstrip()[:1]}`"
                )
            kind, value = match.lastgroup, match.group(match.lastgroup)
            if kind == "mark":
                kind = value
            elif kind == "number":
                value = int(value)
            elif kind == "float":
                value = float(value)
            elif kind == "quoted":
                value = _ESCAPE.sub(r"\1", value[1:-1])
            tokens.append((kind, value, match.start(match.lastgroup)))
            at = match.end()
        tokens.append(("end", None, len(text)))
        return tokens

    def _kind(self):
        return self.tokens[self.at][0]

    def _take(self):
        token = self.tokens[self.at]
        self.at += 1
        return token[1]

    def _accept(self, kind):
        if self._kind() == kind:
            self.at += 1
            return True
        return False

    def _expect(self, kind):
        if not self._accept(kind):
            raise self._error(f"expected `{kind}`, found")

    def _error(self, problem):
        kind, _, offset = self.tokens[self.at]
        found = "the end" if kind == "end" else f"`{self.expression[offset:offset + 20]}`"
        return JsonPathError(
            f"JSONPath [{self.expression}] is not understood at character {offset + 1}: {problem} {found}"
        )

    def _path(self):
        """( `$` | `@` | step ) ( `.` step | `..` step | bracket )*"""
        steps = []
        if not (self._accept("$") or self._accept("@")):
            steps.append(self._step())
        while True:
            if self._accept("."):
                steps.append(self._step())
            elif self._accept(".."):
                steps.append(_Descendants(self._step()))
            elif self._accept("["):
                steps.append(self._bracket(filters=True))
            else:
                return steps

    def _step(self):
        """names | number | `*` | bracket without a filter"""
        if self._accept("*"):
            return _Names(("*",))
        if self._kind() == "number":
            return _Names((str(self._take()),))
        if self._accept("["):
            return self._bracket(filters=False)
        return self._names()

    def _names(self):
        """name ( `,` name )*"""
        names = [self._name()]
        while self._accept(","):
            names.append(self._name())
        return _Names(tuple(names))

    def _name(self):
        if self._kind() not in ("name", "quoted"):
            raise self._error("expected a name, found")
        return self._take()

    def _bracket(self, filters):
        """The inside of a bracket up to and with `]`."""
        if self._accept("*"):
            step = _Slice(slice(None))
        elif filters and self._accept("?"):
            step = _Filter(self._conditions())
        elif self._kind() in ("name", "quoted"):
            step = self._names()
        else:
            step = self._positions()
        self._expect("]")
        return step

    def _positions(self):
        """number ( `,` number )* | number? `:` number? ( `:` number? )?"""
        first = self._number()
        if self._accept(":"):
            bounds = [first, self._number()]
            if self._accept(":"):
                bounds.append(self._number())
                if bounds[2] == 0:
                    raise self._error("a slice cannot have step 0, before")
            return _Slice(slice(*bounds))
        positions = [first]
        while self._accept(","):
            positions.append(self._number())
        if None in positions:
            raise self._error("expected a name, position, slice or filter, found")
        return _Positions(tuple(positions))

    def _number(self):
        return self._take() if self._kind() == "number" else None

    def _conditions(self):
        """term ( `&` term )* ; all must hold"""
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise self._error(f"nested more than {NESTING_MAX} deep at")
        conditions = self._term()
        while self._accept("&"):
            conditions = conditions + self._term()
        self.depth -= 1
        return conditions

    def _term(self):
        """`(` conditions `)` | path ( comparison literal )?"""
        if self._accept("("):
            conditions = self._conditions()
            self._expect(")")
            return conditions
        steps = self._path()
        if self._kind() != "comparison":
            return [_Condition(steps, None, None)]
        word = self._take()
        literal = self._literal()
        if word == "=~":
            if not isinstance(literal, str):
                raise self._error("`=~` needs a quoted regular expression, before")
            try:
                re.compile(literal)
            except re.error as error:
                raise self._error(f"bad regular expression ({error}), before") from None
        return [_Condition(steps, word, literal)]

    def _literal(self):
        """A number, quoted text, `true`, `false` or a bare word."""
        kind = self._kind()
        if kind not in ("number", "float", "quoted", "name"):
            raise self._error("expected a number, a quoted text, true or false, found")
        value = self._take()
        if kind == "name" and value in ("true", "false"):
            return value == "true"
        return value
