"""Older states of the repository: everything loads and passes in them too."""

import os
import shutil

import outputs
import program

# The first days of the halves of a year: the state before each is tested.
FIRST_YEAR = 2023


def test(margay, git, reference, folder, revisions, report):
    if git is None:
        program.say("no older states: the checkout has no history")
        return
    for revision in revisions.split() if revisions else default_revisions(git):
        day = git.day_of(revision)
        program.say("state of %s" % day)
        state = os.path.join(folder, "state")
        git.extract(revision, state)
        _test(margay, reference, state, "state of %s" % day, report)
        shutil.rmtree(state)


def default_revisions(git):
    """Two a year from the first year on, to the newest."""
    last_day = git.day_of("HEAD")
    days = [
        "%d-%s" % (year, half)
        for year in range(FIRST_YEAR, int(last_day[:4]) + 1)
        for half in ("01-01", "07-01")
    ]
    found = [git.last_before(day) for day in days if day < last_day]
    return [revision for revision in found if revision]


def _test(margay, reference, state, name, report):
    tested = margay.report("test", state)
    excused = failing_with_reference(reference, state, tested["failures"])
    failed = tested["tests"]["failed"]
    shown = "%d, with the public tool too" % failed if failed and len(excused) == failed else None
    program.count_row(name, tested, report, shown)
    program.tell_problems(name, tested, report, excused)
    python = tested["pythonTests"]
    passed = "%d of %d in %d files" % (python["passed"], python["total"], python["files"])
    report.row("Python unit-test files", ("content", "passed"), name, passed)


def failing_with_reference(reference, state, failures):
    """Those of the failed tests that fail with today's public tool too."""
    failing = set()
    for identifier in sorted({one["id"] for one in failures}):
        options = ["--filter", "RuleID=%s" % identifier, "--ignore-table-names"]
        theirs = outputs.parse(outputs.run_tool(reference, state, options)[0])
        failing |= {key for key, (verdict, _) in theirs.items() if verdict == "FAIL"}
    return failing & {(one["id"], one["test"]) for one in failures}
