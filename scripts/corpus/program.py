"""Runs the built `margay`: what passes, and how long it takes."""

import collections
import json
import os
import statistics
import subprocess
import sys
import time

from table import thousands

WHAT = ("what", "figure", "goal")
COUNTS = "Tests of the public corpus"
COUNTS_HEAD = ("content", "items", "passed", "failed", "skipped", "invalid", "tests", "passed", "failed")
TIMES = "Time on the public corpus"
# Problems of one kind that are told one by one.
TOLD_MAX = 20


class Margay:
    """The program with a configuration that names the interpreter."""

    def __init__(self, executable, python, folder):
        self._executable = os.path.abspath(executable)
        self._config = os.path.join(folder, "margay.yaml")
        with open(self._config, "w", encoding="utf-8") as stream:
            stream.write("python: { executable: %s }\n" % json.dumps(python))

    def command(self, *arguments):
        return [self._executable, "--config", self._config, *arguments]

    def run(self, *arguments):
        """The output of a command that may find something."""
        done = subprocess.run(self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode not in (0, 1):
            raise SystemExit("corpus: `margay %s` failed: %s" % (" ".join(arguments), done.stderr.decode()))
        return done.stdout.decode()

    def report(self, *arguments):
        return json.loads(self.run(*arguments, "--format", "json"))


def test_and_check(margay, checkout, report):
    """Every item loads, every test passes, nothing is skipped or invalid, `check` finds no error."""
    say("margay test")
    tested = margay.report("test", checkout)
    count_row("this checkout", tested, report)
    tell_problems("this checkout", tested, report)
    python = tested["pythonTests"]
    shown = "%d of %d in %d files" % (python["passed"], python["total"], python["files"])
    report.row("Python unit-test files", ("content", "passed"), "this checkout", shown)
    checked = margay.report("check", checkout)
    levels = collections.Counter(finding["level"] for finding in checked["findings"])
    report.row(
        "`margay check`",
        ("content", "items", "errors", "warnings"),
        "this checkout",
        thousands(checked["items"]),
        levels["error"],
        thousands(levels["warning"]),
    )
    for finding in [finding for finding in checked["findings"] if finding["level"] == "error"][:TOLD_MAX]:
        report.problem("%(file)s:%(line)d: %(code)s: %(message)s" % finding)


def count_row(name, tested, report, failed=None):
    """A row of counts; `failed` replaces the count of failed tests by a text."""
    items, tests = tested["items"], tested["tests"]
    report.row(
        COUNTS,
        COUNTS_HEAD,
        name,
        *(thousands(items[key]) for key in ("total", "passed", "failed", "skipped", "invalid")),
        thousands(tests["total"]),
        thousands(tests["passed"]),
        failed or thousands(tests["failed"]),
    )


def tell_problems(name, tested, report, excused=frozenset()):
    """Names what failed or did not run; `excused` are (id, test) that do not count."""
    failures = [one for one in tested["failures"] if (one["id"], one["test"]) not in excused]
    for one in failures[:TOLD_MAX]:
        report.problem("%s: %s, test `%s`: %s" % (name, one["id"], one["test"], one["reason"]))
    for one in tested["notRun"][:TOLD_MAX]:
        report.problem("%s: %s is %s: %s" % (name, one["id"], one["state"], one["reason"]))
    for one in tested["pythonTests"]["failures"][:TOLD_MAX]:
        report.problem("%s: %s, `%s`: %s" % (name, one["file"], one["test"], one["reason"]))
    tests = tested["tests"]
    if tests["passed"] + tests["failed"] != tests["total"]:
        report.problem("%s: %d tests were not run" % (name, tests["total"] - tests["passed"] - tests["failed"]))


def measure(margay, checkout, runs, report):
    """Medians of wall time; the first run of each warms the file cache and does not count."""
    measured = (
        ("`margay test`", ("test", checkout, "--format", "json"), "≤ 5 s"),
        (
            "`margay test --skip-python-tests`",
            ("test", checkout, "--skip-python-tests", "--format", "json"),
            "≤ 5 s",
        ),
        ("`margay check`", ("check", checkout, "--format", "json"), "≤ 1 s"),
    )
    for name, arguments, goal in measured:
        say(name.strip("`"))
        times = [timed(margay, arguments) for _ in range(runs + 1)][1:]
        report.row(TIMES, WHAT, "%s, median of %d" % (name, runs), seconds(times), goal)


def timed(margay, arguments):
    begun = time.monotonic()
    margay.run(*arguments)
    return time.monotonic() - begun


def seconds(times):
    """The median and the range."""
    return "%.2f s (%.2f–%.2f)" % (statistics.median(times), min(times), max(times))


def test_pypanther(margay, folder, report):
    """All rules of the `pypanther` package, registered as its users do."""
    say("rules of the pypanther package")
    root = os.path.join(folder, "pypanther")
    os.makedirs(root)
    with open(os.path.join(root, "main.py"), "w", encoding="utf-8") as stream:
        stream.write("from pypanther import get_panther_rules, register\n\nregister(get_panther_rules())\n")
    tested = margay.report("test", root)
    count_row("`pypanther` 0.1.1a62", tested, report)
    tell_problems("pypanther", tested, report)
    if not tested["items"]["total"]:
        report.problem("pypanther: no rule was found")


def say(what):
    print("corpus: %s" % what, file=sys.stderr, flush=True)
