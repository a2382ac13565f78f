"""Runs one Python unit-test file (`*_test.py`) with `unittest`.

A worker runs one such file in its life, because tests may replace whatever they like in modules that
rules share. Every test is told on its own as soon as it is done.
"""

import contextlib
import io
import os.path
import sys
import time
import unittest

from margay_worker import reference_tool
from margay_worker.errors import clean, describe, sentence
from margay_worker.testing import PRINTED_MAX
from margay_worker.tree import SourceTree

# Serial numbers that the server sets aside for one file.
TESTS_MAX = 65536
# Longest name of a test.
NAME_MAX = 1000

# Longest reason of a test with several failures; the server keeps a little more.
REASON_MAX = 1900

# Taken now: a test may replace it.
_now = time.perf_counter


class TooManyTests(Exception):
    """The file has more tests than one run may have."""


def run(worker, request):
    """Runs the tests of the file that are not done yet; returns the error that stopped it, if any."""
    path = request["path"]
    marks = _Marks(request)
    worker.page[0] = marks.loading
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            tests = _load(worker, request)
        done = frozenset(request["done"])
        todo = unittest.TestSuite(test for test in tests if _name(test) not in done)
        todo.run(_Result(worker, path, marks))
    except BaseException as exc:
        return describe(exc, path)
    finally:
        worker.page[0] = 0
    return None


class _Marks:
    """What the progress page says: loading first, then a mark of its own for each test.

    The mark of a test begins when the one before it ends, so that it covers fixtures of classes too.
    """

    def __init__(self, request):
        from margay_worker.main import LOADING

        self._first = request["first_serial"]
        self._file = request["file"] + 1
        self.loading = LOADING | self.of_test(0)

    def of_test(self, number):
        return (self._first + number) << 32 | self._file


def _load(worker, request):
    """Imports the file and gives its tests in the order in which `unittest` runs them."""
    path, root = request["path"], request["root"]
    tree = SourceTree(request["tree"])
    tree.install()
    reference_tool.install(worker.models)
    # `python -m unittest` has the working directory there.
    sys.path.insert(0, root)
    name = _module_name(path, root)
    spec = tree.spec_of(name, path)
    import importlib.util

    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    tests = list(_flat(unittest.defaultTestLoader.loadTestsFromModule(module)))
    if len(tests) > TESTS_MAX:
        raise TooManyTests("the file has %d tests; at most %d are run" % (len(tests), TESTS_MAX))
    return tests


def _module_name(path, root):
    """The name under which `python -m unittest PATH` imports the file."""
    parts = os.path.splitext(os.path.relpath(path, root))[0].split(os.sep)
    if all(part.isidentifier() for part in parts):
        return ".".join(parts)
    return "".join(c if c.isalnum() else "_" for c in parts[-1])


def _flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


def _name(test):
    """`Class.method`, or what `unittest` calls a fixture of a class or the module."""
    kind = type(test)
    method = getattr(test, "_testMethodName", None)
    return clean("%s.%s" % (kind.__qualname__, method) if method else test.id())[:NAME_MAX]


class _Result(unittest.TestResult):
    """Tells the server when a test begins, and what came of it."""

    def __init__(self, worker, path, marks):
        super().__init__()
        self._worker = worker
        self._path = path
        self._marks = marks
        self._begin()

    def _begin(self):
        self._worker.page[0] = self._marks.of_test(self.testsRun)
        self._status, self._reason, self._line = "passed", None, None
        self._left_out = 0
        self._printed = io.StringIO()
        self._redirections = contextlib.ExitStack()
        self._begun = _now()

    def startTest(self, test):
        self._worker.channel.send({"file_test_begins": _name(test)})
        self._redirections.enter_context(contextlib.redirect_stdout(self._printed))
        self._redirections.enter_context(contextlib.redirect_stderr(self._printed))

    def stopTest(self, test):
        self._redirections.close()
        self._tell(_name(test))

    def _tell(self, name):
        if self._left_out:
            self._reason += "\n(%d more failures)" % self._left_out
        answer = {
            "name": name,
            "status": self._status,
            "reason": self._reason,
            "line": self._line,
            "printed": clean(self._printed.getvalue()[:PRINTED_MAX]),
            "seconds": max(0.0, _now() - self._begun),
        }
        self._worker.channel.send({"file_test": answer})
        self.testsRun += 1
        self._begin()

    def _fail(self, exc, prefix=""):
        reason = prefix + sentence(exc)
        if self._status != "failed":
            self._status = "failed"
            self._reason = reason
            self._line = describe(exc, self._path)["line"]
            return
        # Sub-tests and what comes after them may fail one by one; the line is that of the first.
        if len(self._reason) + len(reason) < REASON_MAX:
            self._reason += "\n" + reason
        else:
            self._left_out += 1

    def _skip(self, reason):
        if self._status == "passed":
            self._status, self._reason = "skipped", clean(str(reason))

    def addError(self, test, err):
        self._fail(err[1])
        self._tell_fixture(test)

    def addFailure(self, test, err):
        self._fail(err[1])

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._fail(err[1], "%s: " % clean(subtest._subDescription()))

    def addSkip(self, test, reason):
        self._skip(reason)
        self._tell_fixture(test)

    def _tell_fixture(self, test):
        # A fixture of a class or of the module has no start and no stop.
        if not hasattr(test, "_testMethodName"):
            self._tell(_name(test))

    def addUnexpectedSuccess(self, test):
        self._status, self._reason = "failed", "it passed, but is marked as an expected failure"

    def addExpectedFailure(self, test, err):
        """What was expected."""
