"""Unit tests of detections: mocks, one run with every function, and the verdict."""

import contextlib
import io
import json
import time

from margay_worker import functions
from margay_worker.errors import UnknownDestinationError, clean, line_in_file, sentence

PRINTED_MAX = 64 * 1024
SKIP = "SKIP"

# Taken now: a rule may replace it.
_now = time.perf_counter


class _Run:
    """Outputs and errors of one run, in the order of the functions."""

    def __init__(self, detection, event, encoder):
        self.detection = detection
        self.event = event
        self.encoder = encoder
        self.outputs = {}
        self.exceptions = {}

    def attempt(self, name, call):
        try:
            value = call()
        except BaseException as exc:
            self.exceptions[name] = exc
            return None
        self.outputs[name] = value
        return value

    def run(self):
        detection, event = self.detection, self.event
        identifier = detection.identifier
        verdict = self.attempt(detection.matcher_name, lambda: detection.run_matcher(event))
        for name in functions.NAMES:
            function = detection.functions.get(name)
            if name == "dedup":
                self._dedup(function)
            elif function is None:
                continue
            elif name == "severity":
                self._severity(function)
            elif name == "destinations":
                self.attempt(
                    name, lambda: functions.call_destinations(identifier, function, event)[0]
                )
            elif name == "alert_context":
                self.attempt(
                    name,
                    lambda: functions.call_context(identifier, function, event, self.encoder),
                )
            else:
                self.attempt(
                    name, lambda: functions.call_text(identifier, name, function, event)
                )
        return verdict

    def _severity(self, function):
        identifier = self.detection.identifier
        call = lambda: functions.call_severity(identifier, function, self.event)  # noqa: E731
        if self.attempt("severity", call) == functions.DEFAULT_SEVERITY:
            # The configured severity stands, as if there were no such function; the public tool is silent too.
            del self.outputs["severity"]

    def _dedup(self, function):
        identifier = self.detection.identifier
        default = functions.default_dedup(identifier)
        if function is None:
            title = self.outputs.get("title")
            if "title" in self.exceptions:
                title = identifier
            self.outputs["dedup"] = title or default
        else:
            self.attempt(
                "dedup",
                lambda: functions.call_text(identifier, "dedup", function, self.event) or default,
            )


def run(worker, detection, test, log):
    """Runs one test and returns its outcome."""
    begun = _now()
    printed = io.StringIO()
    problem = None
    outcome = None
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(printed))
            if test["mocks"]:
                _install_mocks(stack, detection.module, test["mocks"])
            outcome = _run_once(worker, detection, test, log)
    except BaseException as exc:
        problem = exc
    if outcome is None:
        outcome = {
            "passed": False,
            "functions": [],
            "reason": sentence(problem) if problem is not None else "the test gave no outcome",
            "line": None,
        }
    outcome["printed"] = clean(printed.getvalue()[:PRINTED_MAX])
    outcome["seconds"] = max(0.0, _now() - begun)
    return outcome


def _install_mocks(stack, module, mocks):
    from unittest.mock import MagicMock, patch

    for name, text in mocks:
        stack.enter_context(patch.object(module, name, MagicMock(return_value=json.loads(text))))


def _run_once(worker, detection, test, log):
    if detection.project is not None:
        from margay_worker import pypanther_testing

        return pypanther_testing.run_once(worker, detection, test["name"])
    if detection.kind == "POLICY":
        event = log
    elif detection.kind == "SCHEDULED_RULE":
        event = worker.event_class(log, None)
    else:
        event = worker.build_event(log)
    state = _Run(detection, event, worker.encoder)
    verdict = state.run()
    reason, blamed, difference = _judge(state, verdict, test)
    return {
        "passed": reason is None,
        "reason": reason,
        "difference": difference,
        "line": line_in_file(state.exceptions.get(blamed), detection.file_name),
        "functions": _report(state),
    }


def _judge(state, verdict, test):
    """`None` when the test passed, else a line for every function that failed; which function raised first;
    expected and actual."""
    matcher = state.detection.matcher_name
    expected = test["expected"]
    reasons, difference = [], None
    if matcher not in state.exceptions and verdict is not expected:
        reasons.append("[%s] returned %s, expected %s" % (matcher, _word(verdict), _word(expected)))
        difference = _difference([_word(expected)], [_word(verdict)])
    is_alert_expected = expected is state.detection.triggers_on
    for name, exc in state.exceptions.items():
        # Where no alert is expected, nobody needs its texts.
        if name == matcher or is_alert_expected:
            reasons.append("[%s] %s" % (name, sentence(exc)))
    if is_alert_expected and verdict is expected and "destinations" not in state.exceptions:
        reason, difference = _judge_destinations(state, test["destinations"])
        if reason is not None:
            reasons.append(reason)
    # A verdict that is wrong has no line.
    is_verdict_wrong = bool(reasons) and matcher not in state.exceptions and verdict is not expected
    blamed = next(iter(state.exceptions), None) if reasons and not is_verdict_wrong else None
    return "\n".join(reasons) or None, blamed, difference


def _judge_destinations(state, expected):
    if expected is None:
        return None, None
    found = state.outputs.get("destinations")
    unknown = [] if found is None else [name for name in found if name not in expected and name != SKIP]
    wanted = sorted(set(expected)) or [SKIP]
    actual = [] if found is None else sorted(set(found)) or [SKIP]
    if unknown:
        error = UnknownDestinationError("Invalid Destinations: %s" % json.dumps(unknown))
        return "[destinations] %s" % sentence(error), _difference(wanted, actual)
    if actual == wanted:
        return None, None
    reason = "[destinations] returned %s, expected %s" % (json.dumps(found), json.dumps(expected))
    return reason, _difference(wanted, actual)


def _difference(expected, actual):
    return {"expected": expected, "actual": actual}


def _word(verdict):
    return "true" if verdict else "false"


def _report(state):
    """Outputs as texts, in the order in which the functions ran."""
    detection = state.detection
    report = []
    for name in (detection.matcher_name,) + functions.NAMES:
        if name in state.exceptions:
            report.append({"name": name, "output": None, "error": sentence(state.exceptions[name])})
        elif name in state.outputs:
            value = state.outputs[name]
            if not detection.create_alert and name not in (detection.matcher_name, "alert_context"):
                continue
            text = value if isinstance(value, str) else json.dumps(value)
            report.append({"name": name, "output": text, "error": None})
    return report
