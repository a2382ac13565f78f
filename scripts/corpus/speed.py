"""The CPython path beside the public library: same events, same rules, same answers, less work.

Both count user and system time of themselves and all their children from start to end, loading included.
The library may load as fast as it can: it reads only the files that it needs, with a parser in C. It is
driven in the faster of the two ways that it allows, and its time is also given without loading.
"""

import collections
import json
import os
import statistics
import subprocess

import program
from table import thousands

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = "CPython beside the public library"
RUNS = 3
# Events of the run that chooses how the library is driven.
SAMPLE = 2_000
GOAL = 3.0
TOLD_MAX = 10


def compare(margay, checkout, reference, folder, options, report):
    program.say("CPython beside the public library, %d events of %s" % (options.events, options.log_type))
    events = os.path.join(folder, "events.jsonl")
    with open(events, "w", encoding="utf-8") as stream:
        command = [reference.python, os.path.join(HERE, "events.py"), checkout, options.log_type]
        subprocess.run(command + [str(options.events)], stdout=stream, check=True)
    peer = Peer(reference, checkout, options.log_type, folder)
    way = peer.faster_way(events)
    ours, theirs = [], []
    for number in range(RUNS):
        program.say("run %d of %d" % (number + 1, RUNS))
        ours.append(run_margay(margay, checkout, options.log_type, events, folder))
        theirs.append(peer.run(events, way))
    differing = differences(folder)
    _report(ours, theirs, way, differing, options, report)


def run_margay(margay, checkout, log_type, events, folder):
    stats = os.path.join(folder, "ours.json")
    arguments = ["detect", "--content", checkout, "--engine", "python", "--log-type", log_type]
    with open(os.path.join(folder, "ours.jsonl"), "w", encoding="utf-8") as stream:
        command = margay.command(*arguments, "--stats", stats, events)
        subprocess.run(command, stdout=stream, stderr=subprocess.DEVNULL, check=True)
    with open(stats, encoding="utf-8") as stream:
        return json.load(stream)


class Peer:
    """The public library, driven by `peer.py`."""

    def __init__(self, reference, checkout, log_type, folder):
        self._reference = reference
        self._checkout = checkout
        self._log_type = log_type
        self._folder = folder

    def run(self, events, way):
        stats = os.path.join(self._folder, "theirs.json")
        command = [self._reference.python, os.path.join(HERE, "peer.py"), self._checkout, self._log_type]
        with open(os.path.join(self._folder, "theirs.jsonl"), "w", encoding="utf-8") as stream:
            subprocess.run(command + [events, stats, way], stdout=stream, stderr=subprocess.DEVNULL, check=True)
        with open(stats, encoding="utf-8") as stream:
            return json.load(stream)

    def faster_way(self, events):
        sample = os.path.join(self._folder, "sample.jsonl")
        with open(events, encoding="utf-8") as lines, open(sample, "w", encoding="utf-8") as stream:
            stream.writelines(line for line, _ in zip(lines, range(SAMPLE)))
        return min(("shared", "fresh"), key=lambda way: self.run(sample, way)["cpuSeconds"])


def differences(folder):
    """How many answers differ in each field, with an example."""
    ours, theirs = (_answers(os.path.join(folder, name)) for name in ("ours.jsonl", "theirs.jsonl"))
    found = collections.Counter()
    examples = {}
    for key in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            fields = ["only ours" if other is None else "only theirs"]
        else:
            fields = [field for field in one if _plain(field, one) != _plain(field, other)]
        for field in fields:
            found[field] += 1
            examples.setdefault(field, (key, one and one.get(field), other and other.get(field)))
    return found, examples


def _answers(path):
    with open(path, encoding="utf-8") as lines:
        return {(one["index"], one["ruleId"]): one for one in map(json.loads, lines)}


def _plain(field, answer):
    """A value to compare: keys in order; of an error its class."""
    value = answer[field]
    return json.dumps(value["type"] if field == "error" and value else value)


def _report(ours, theirs, way, differing, options, report):
    def rate(runs, key="cpuSeconds"):
        return statistics.median(run["events"] / run[key] for run in runs)

    for run in theirs:
        run["evaluationCpuSeconds"] = run["cpuSeconds"] - run["loadCpuSeconds"]
    head = ("what", "figure", "goal")
    mine, peer, bare = rate(ours), rate(theirs), rate(theirs, "evaluationCpuSeconds")
    first = ours[0]
    what = "%s events of `%s`, %d rules: matches, errors" % (
        thousands(first["events"]),
        options.log_type,
        first["rules"],
    )
    report.row(TABLE, head, what, "%s, %s" % (thousands(first["matches"]), thousands(first["errors"])), "")
    report.row(TABLE, head, "`margay detect --engine python`, events a CPU second", thousands(round(mine)), "")
    report.row(TABLE, head, "`panther_core`, one event object %s" % _way(way), thousands(round(peer)), "")
    report.row(TABLE, head, "ratio, all time of both counted", "%.2f" % (mine / peer), "≥ 3")
    report.row(TABLE, head, "ratio, loading counted for Margay alone", "%.2f" % (mine / bare), "")
    found, examples = differing
    report.row(TABLE, head, "answers that differ", sum(found.values()), "0")
    if mine / peer < GOAL:
        report.problem("speed: %.2f times the public library, less than %.0f" % (mine / peer, GOAL))
    for field, count in found.most_common(TOLD_MAX):
        report.problem("answers: `%s` differs %d times, such as %s" % (field, count, examples[field]))


def _way(way):
    return "for all rules" if way == "shared" else "for each rule"
