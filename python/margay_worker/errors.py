"""Turns exceptions into the texts that alerts and test reports show."""

import linecache

from margay_worker.remedies import remedy_for

SHORT_MAX = 1000
LONG_MAX = 8000


class FunctionReturnTypeError(Exception):
    """A function of a detection returned a value of the wrong type."""


class FunctionReturnValueError(Exception):
    """A function of a detection returned a value that is not allowed."""


class UnknownDestinationError(Exception):
    """`destinations()` named something that is no destination."""


def clean(text):
    """A text that can be written as UTF-8: lone surrogates become `?`."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text


def _say(function, exc):
    # `__str__` and `__repr__` of a user's exception may themselves raise.
    try:
        return clean(function(exc))
    except BaseException:
        return type(exc).__name__


def _cut(text, limit):
    return text if len(text) <= limit else text[: limit - 15] + "... (truncated)"


def class_name(exc):
    return _cut(clean(type(exc).__name__), 200)


def short_text(exc):
    """`repr` of the exception; also the title of its error alert."""
    return _cut(_say(repr, exc), SHORT_MAX)


def sentence(exc):
    """`ClassName: message`, as in test reports, and what to do about it where that can be said."""
    return _cut(class_name(exc) + ": " + _with_remedy(_say(str, exc), exc), SHORT_MAX)


def _with_remedy(text, exc):
    remedy = remedy_for(exc)
    return text if remedy is None else "%s; %s" % (text, remedy)


class _Place:
    """Where an exception was raised: the last frame outside this package, and the line in one file."""

    __slots__ = ("code", "line_number", "globals", "own_line")

    def __init__(self, exc, own_file):
        self.code = self.line_number = self.globals = self.own_line = None
        trace = exc.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            code = frame.f_code
            if "margay_worker/" not in code.co_filename:
                self.code, self.line_number, self.globals = code, trace.tb_lineno, frame.f_globals
                if code.co_filename == own_file:
                    self.own_line = trace.tb_lineno
            trace = trace.tb_next

    def text(self):
        """File without folder, line, function, and the line itself."""
        file_name = self.code.co_filename
        linecache.checkcache(file_name)
        line = linecache.getline(file_name, self.line_number or 0, self.globals).strip()
        short_name = file_name.rsplit("/", 1)[-1]
        return "%s, line %s, in %s %s" % (short_name, self.line_number, self.code.co_name, line)


def _place(exc, own_file):
    # `__traceback__` of a user's exception may be anything.
    try:
        place = _Place(exc, own_file)
        return (None if place.code is None else place.text()), place.own_line
    except BaseException:
        return None, None


def describe(exc, own_file):
    """Class, `repr`, text with the last frame and the remedy, and the raising line in the item's own file."""
    where, own_line = _place(exc, own_file)
    text = _say(str, exc)
    if where is not None:
        text = "%s: %s" % (text, where)
    line = getattr(exc, "lineno", None) if isinstance(exc, SyntaxError) and exc.filename == own_file else None
    if own_line is not None:
        line = own_line
    return {
        "error_type": class_name(exc),
        "short": short_text(exc),
        "message": _cut(clean(_with_remedy(text.rstrip(), exc)), LONG_MAX),
        "line": line if isinstance(line, int) and line > 0 else None,
    }


def line_in_file(exc, own_file):
    """The innermost line of a file that the exception passed through; `None` without one."""
    found = None
    trace = None if exc is None else exc.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == own_file:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
