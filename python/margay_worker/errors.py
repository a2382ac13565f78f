"""Turns exceptions into the texts that alerts and test reports show."""

import traceback

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
    """`ClassName: message`, as in test reports."""
    return _cut(class_name(exc) + ": " + _say(str, exc), SHORT_MAX)


def _frames(exc):
    try:
        return [f for f in traceback.extract_tb(exc.__traceback__) if "margay_worker/" not in f.filename]
    except BaseException:
        return []


def describe(exc, own_file):
    """Class, `repr`, text with the last frame, and the raising line when it is in the item's own file."""
    frames = _frames(exc)
    text = _say(str, exc)
    if frames:
        last = frames[-1]
        where = "%s, line %s, in %s" % (last.filename.rsplit("/", 1)[-1], last.lineno, last.name)
        text = "%s: %s %s" % (text, where, last.line or "")
    line = getattr(exc, "lineno", None) if isinstance(exc, SyntaxError) and exc.filename == own_file else None
    for frame in frames:
        if frame.filename == own_file:
            line = frame.lineno
    return {
        "error_type": class_name(exc),
        "short": short_text(exc),
        "message": _cut(clean(text.rstrip()), LONG_MAX),
        "line": line if isinstance(line, int) and line > 0 else None,
    }
