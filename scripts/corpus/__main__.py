"""Runs everything that needs the public detection repository, and prints the table of its results.

    python3 scripts/corpus DIR [--margay PROGRAM] [--states "REV REV"] [--runs N] [--events N]

DIR is a checkout, a checkout with `.git`, or a git directory alone. Results go to stdout as Markdown,
for `docs/benchmarks.md`; what is under way goes to stderr. The exit code is 1 when anything failed, was
skipped or is invalid, or where an output differs from that of the public tool.

Environments are made once, below `target/corpus`, from the package index.
"""

import argparse
import os
import sys
import tempfile

import environment
import outputs
import program
import repository
import speed
import states
import table


def arguments():
    parser = argparse.ArgumentParser(prog="corpus", description="everything that needs the public repository")
    parser.add_argument("dir", help="a checkout of the repository, or its git directory")
    parser.add_argument("--margay", default="target/release/margay", help="the program [target/release/margay]")
    parser.add_argument("--states", default=None, help="revisions to test too [two a year since 2023]")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is given [5]")
    parser.add_argument("--events", type=int, default=50_000, help="events of the speed comparison [50000]")
    parser.add_argument("--log-type", default="AWS.CloudTrail", help="log type of the speed comparison")
    parser.add_argument("--work", default="target/corpus", help="where environments are kept [target/corpus]")
    parser.add_argument(
        "--only",
        action="append",
        choices=["tests", "times", "outputs", "speed", "states", "pypanther"],
        help="do only this; may be repeated",
    )
    return parser.parse_args()


def main():
    options = arguments()
    wants = lambda part: not options.only or part in options.only  # noqa: E731
    os.makedirs(options.work, exist_ok=True)
    environments = environment.Environments(options.work)
    report = table.Report()
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        margay = program.Margay(options.margay, environments.content().python, folder)
        checkout, git = repository.locate(options.dir, folder)
        if wants("tests"):
            program.test_and_check(margay, checkout, report)
        if wants("times"):
            program.measure(margay, checkout, options.runs, report)
        if wants("outputs"):
            outputs.compare(margay, checkout, environments.reference(), folder, report)
        if wants("speed"):
            speed.compare(margay, checkout, environments.reference(), folder, options, report)
        if wants("pypanther"):
            program.test_pypanther(margay, folder, report)
        if wants("states"):
            states.test(margay, git, environments.reference(), folder, options.states, report)
    print(report.markdown())
    for problem in report.problems:
        print("corpus: %s" % problem, file=sys.stderr)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
