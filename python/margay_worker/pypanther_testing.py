"""Unit tests of pypanther rules: their mocks, one run as in production but with every error kept, the verdict."""

import contextlib
import importlib
import json
import sys

from margay_worker import functions
from margay_worker.errors import clean, line_in_file, sentence
from margay_worker.pypanther_rule import METHODS

SHOWN_MAX = 300
FILTERS = "filters"
# Methods whose output is shown although the class does not define them.
ALWAYS_SHOWN = ("rule", "title", "dedup")


def tests_of(cls):
    """The tests of a class: those that `panther_managed` put away, then the others.

    What it put away belongs to the decorated class alone; a class that builds on it has its own.
    """
    return list(cls.__dict__.get("_tests", ())) + list(cls.tests)


def find_test(cls, name):
    for test in tests_of(cls):
        if test.name == name:
            return test
    raise LookupError("the class has no test [%s] any more" % name)


def is_put_away(cls, test):
    return any(test is one for one in cls.__dict__.get("_tests", ()))


class _Run:
    """Outputs and errors of one run, in the order of the methods."""

    def __init__(self, rule, event, encoder):
        self.rule = rule
        self.event = event
        self.encoder = encoder
        self.outputs = {}
        self.exceptions = {}

    def attempt(self, name, call):
        try:
            self.outputs[name] = call()
        except BaseException as exc:
            self.exceptions[name] = exc
            return None
        return self.outputs[name]

    def run(self, with_filters):
        """What `rule` said, and after a match what every method gives."""
        if with_filters:
            passes = self.attempt(FILTERS, lambda: self.rule.passes_filters(self.event))
        else:
            passes = True
        if passes:
            self.attempt("rule", lambda: self.rule.run_matcher(self.event))
        elif FILTERS not in self.exceptions:
            self.outputs["rule"] = False
        if self.outputs.get("rule") is True:
            for name in METHODS:
                self._method(name)
        return self.outputs.get("rule")

    def _method(self, name):
        rule, event = self.rule, self.event
        if name == "severity":
            self.attempt(name, self._severity)
        elif name == "destinations":
            self.attempt(name, self._destinations)
        elif name == "dedup":
            title = self.outputs.get("title", rule.name)
            self.attempt(name, lambda: self._dedup(title))
        else:
            self.attempt(name, lambda: rule.call(name, event, self.encoder))

    def _severity(self):
        word = self.rule.call("severity", self.event, self.encoder)
        return self.rule.configured_severity if word == functions.DEFAULT_SEVERITY else word

    def _destinations(self):
        return functions.call_destinations(self.rule.identifier, self.rule.instance.destinations, self.event)[0]

    def _dedup(self, title):
        rule = self.rule
        text = ""
        if "dedup" in rule.own_methods or "dedup" in vars(rule.instance):
            text = functions.call_text(rule.identifier, "dedup", rule.instance.dedup, self.event)
        return text or title or functions.default_dedup(rule.identifier)


def run_once(worker, rule, name):
    """Runs the test of this name and returns its outcome."""
    test = find_test(rule.cls, name)
    with contextlib.ExitStack() as stack:
        for mock in test.mocks:
            _install(stack, rule.instance, test, mock)
        log = test.log_data()
        model = rule.project.models.get(log.get("p_log_type", "default"))
        state = _Run(rule, worker.event_class(log, model), worker.encoder)
        # Tests of the package look at the logic of the package; filters that were added are not theirs.
        verdict = state.run(with_filters=not is_put_away(rule.cls, test))
    reason, blamed = _judge(state, verdict, test)
    return {
        "passed": reason is None,
        "reason": reason,
        "line": line_in_file(state.exceptions.get(blamed), rule.file_name),
        "functions": _report(state),
    }


def _install(stack, instance, test, mock):
    """Replaces a name of the module in which the test is written, else an attribute of the rule."""
    from unittest.mock import MagicMock, patch

    new = mock.new
    if new is None:
        new = MagicMock(return_value=mock.return_value, side_effect=mock.side_effect)
    module = sys.modules.get(test._module)
    if module is None:
        module = importlib.import_module(test._module)
    target = module if hasattr(module, mock.object_name) else instance
    stack.enter_context(patch.object(target, mock.object_name, new))


def _judge(state, verdict, test):
    """`None` when the test passed, else a line for every method that failed, and which method raised first."""
    reasons = ["[%s] %s" % (name, sentence(exc)) for name, exc in state.exceptions.items()]
    is_verdict_known = FILTERS not in state.exceptions and "rule" not in state.exceptions
    if is_verdict_known and verdict is not bool(test.expected_result):
        wrong = "[rule] returned %s, expected %s" % (_show(verdict), _show(bool(test.expected_result)))
        # A verdict that is wrong has no line.
        return "\n".join([wrong] + reasons), None
    for name in METHODS if is_verdict_known else ():
        expected = getattr(test, "expected_" + name, None)
        if expected is None or name in state.exceptions:
            continue
        found = state.outputs.get(name)
        if name == "alert_context" and found is not None:
            found = json.loads(found)
        if found != expected:
            reasons.append("[%s] returned %s, expected %s" % (name, _show(found), _show(expected)))
    return "\n".join(reasons) or None, next(iter(state.exceptions), None)


def _show(value):
    try:
        text = json.dumps(value, default=str)
    except (TypeError, ValueError):
        text = repr(value)
    return clean(text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "...")


def _report(state):
    """Outputs as texts, in the order in which the methods ran."""
    report = []
    for name in ("rule",) + METHODS:
        if name in state.exceptions:
            report.append({"name": name, "output": None, "error": sentence(state.exceptions[name])})
        elif name in state.outputs:
            value = state.outputs[name]
            is_shown = name in ALWAYS_SHOWN or name in state.rule.own_methods
            if not is_shown or not state.rule.create_alert and name not in ("rule", "alert_context"):
                continue
            text = value if isinstance(value, str) else json.dumps(value)
            report.append({"name": name, "output": text, "error": None})
    return report
