"""Every output of every test beside that of the public tool.

Both print the same lines: the id of a detection, its tests, and for each the outputs of its functions.
What one of them cannot know is left out: tests that the public tool does not run offline, and failures of
alert functions in tests that expect no alert, which only Margay shows.

Some outputs show the order of a set, which differs from run to run. Where outputs differ, the public tool
runs again with other seeds of that order; what it does not repeat itself is no difference.
"""

import os
import re
import shutil
import subprocess
import time

import program
from table import thousands

TOLD_MAX = 20
# Further runs of the public tool for outputs that differ.
SEEDS = 8
TABLE = "Outputs beside those of the public tool"
_COLOR = re.compile("\x1b\\[[0-9;]*m")
_TEST = re.compile(r"\t\[(PASS|FAIL)\] (.*)")
_FUNCTION = re.compile(r"\t\t\[(PASS|FAIL)\] \[(\w+)\] (.*)")
_IGNORED = "(ignored: no alert is expected)"


def compare(margay, checkout, reference, folder, report):
    program.say("outputs beside those of the public tool")
    copy = os.path.join(folder, "copy")
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    text, elapsed = run_tool(reference, copy, [])
    theirs = parse(text)
    ours = parse(margay.run("test", checkout, "--skip-python-tests", "--color", "never"))
    both = [key for key in theirs if key in ours]
    for key in [key for key in theirs if key not in ours][:TOLD_MAX]:
        report.problem("outputs: only the public tool ran %s, test `%s`" % key)
    differing = [key for key in both if theirs[key] != ours[key]]
    varying = not_repeated(reference, copy, theirs, differing)
    differing = [key for key in differing if key not in varying]
    lines = sum(len(theirs[key][1]) for key in both)
    counts = "%s tests, %s outputs" % (thousands(len(both)), thousands(lines))
    report.row(TABLE, program.WHAT, "tests that both ran, and their outputs", counts, "")
    report.row(TABLE, program.WHAT, "tests with an output that differs", len(differing), "0")
    what = "tests with an output that the public tool does not repeat itself"
    report.row(TABLE, program.WHAT, what, len(varying), "")
    for key in differing[:TOLD_MAX]:
        report.problem("outputs: %s, test `%s`: theirs %s, ours %s" % (*key, *_first_difference(theirs[key], ours[key])))
    report.row(program.TIMES, program.WHAT, "`panther_analysis_tool test`, once", "%.1f s" % elapsed, "")


def not_repeated(reference, folder, first, keys):
    """Those of the tests whose outputs by the public tool depend on the seed of its sets."""
    varying = set()
    for seed in range(1, SEEDS + 1):
        open_keys = [key for key in keys if key not in varying]
        if not open_keys:
            break
        ids = ",".join(sorted({identifier for identifier, _ in open_keys}))
        options = ["--filter", "RuleID=%s" % ids, "--ignore-table-names"]
        again = parse(run_tool(reference, folder, options, str(seed))[0])
        varying |= {key for key in open_keys if again.get(key, first[key]) != first[key]}
    return varying


def run_tool(reference, folder, options, seed="random"):
    """What the public tool prints for the repository in a folder, and how long it takes."""
    command = [reference.program("panther_analysis_tool"), "--skip-version-check", "test", "--path", "."]
    begun = time.monotonic()
    done = subprocess.run(
        command + options,
        cwd=folder,
        env=dict(os.environ, PYTHONHASHSEED=seed),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return done.stdout.decode(), time.monotonic() - begun


def parse(text):
    """(id, test) -> (verdict, {function: output}).

    An id stands after an empty line. Other lines that begin at the margin were printed by a detection, or
    belong to an output of several lines; which is the same for both tools.
    """
    tests = {}
    identifier = current = function = None
    expects_id = True
    for line in _COLOR.sub("", text).split("\n"):
        if line.startswith("-----"):
            break
        if expects_id and line and not line.startswith("\t"):
            identifier, current, function, expects_id = line, None, None, False
            continue
        found = _FUNCTION.fullmatch(line)
        if found and current is not None:
            function = found.group(2)
            if line.endswith(_IGNORED):
                function = None
            else:
                current[1][function] = [found.group(1), found.group(3)]
            continue
        found = _TEST.fullmatch(line)
        if found and identifier is not None:
            # Two tests of one name: the later ones get a number.
            name, number = found.group(2), 2
            while (identifier, name) in tests:
                name, number = "%s (%d)" % (found.group(2), number), number + 1
            current, function = (found.group(1), {}), None
            tests[identifier, name] = current
        elif function is not None and line:
            current[1][function][1] += "\n" + line
        elif not line:
            expects_id = True
    for _, functions in tests.values():
        for found in functions.values():
            found[1] = _one_line(found[1])
    return tests


def _one_line(output):
    """An output with its line breaks escaped, as Margay shows them, so that no output forges a line of results.

    Breaks at the end are left out: where the public tool shows them, they cannot be told from its own.
    """
    lines = output.replace("\\n", "\n").split("\n")
    return "\\n".join(line for line in lines if line)


def _first_difference(theirs, ours):
    if theirs[0] != ours[0]:
        return theirs[0], ours[0]
    for name in {**theirs[1], **ours[1]}:
        pair = theirs[1].get(name), ours[1].get(name)
        if pair[0] != pair[1]:
            return "[%s] %s" % (name, pair[0]), "[%s] %s" % (name, pair[1])
    return None, None
