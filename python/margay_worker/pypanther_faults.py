"""Says what is wrong with a project so that its author finds the place."""

import linecache
import re
import sys

from margay_worker.errors import class_name, clean

MESSAGE_MAX = 2000


def say(exc):
    """The exception in one line; what `pypanther` refuses to register is named."""
    rule = _refused_rule(exc)
    text = say_plainly(exc)
    return text if rule is None else "the rule `%s` cannot be registered: %s" % (rule, text)


def say_plainly(exc):
    """The exception in one line: of a failed validation what is wrong with which attribute."""
    try:
        if type(exc).__name__ == "ValidationError":
            text = "; ".join(
                "%s: %s" % (".".join(map(str, problem["loc"])), problem["msg"]) for problem in exc.errors()
            )
        else:
            text = str(exc)
            text = "%s: %s" % (class_name(exc), text) if text else class_name(exc)
    except BaseException:
        text = class_name(exc)
    return clean(" ".join(text.split()))[:MESSAGE_MAX]


def _refused_rule(exc):
    """The id of the rule that `Rule.validate` refused."""
    for frame in _frames(exc):
        code = frame.f_code
        if code.co_name == "validate" and frame.f_globals.get("__name__") == "pypanther.base":
            cls = frame.f_locals.get("cls")
            return getattr(cls, "id", getattr(cls, "__name__", None))
    return None


def _frames(exc):
    trace = exc.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def locate(exc, files):
    """File and line within the project: of the syntax error, else of the innermost frame."""
    if isinstance(exc, SyntaxError):
        file = files.relative(exc.filename)
        if file is not None:
            return file, exc.lineno
    place = (None, None)
    trace = exc.__traceback__
    while trace is not None:
        file = files.relative(trace.tb_frame.f_code.co_filename)
        if file is not None:
            place = (file, trace.tb_lineno)
        trace = trace.tb_next
    return place


def place_of_class(cls, files):
    """Where a class is written: a file of the project or of a package, and its line, 1 when not found."""
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return {"file": None, "package_file": None, "line": 1}
    own = files.relative(file)
    pattern = re.compile(r"\s*class\s+%s\b" % re.escape(cls.__name__))
    line = 1
    for number, text in enumerate(linecache.getlines(file), 1):
        if pattern.match(text):
            line = number
            break
    return {"file": own, "package_file": None if own is not None else file, "line": line}
