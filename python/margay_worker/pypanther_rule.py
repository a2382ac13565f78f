"""One rule class of a pypanther project, evaluated on one event.

It answers as `Detection` does. What differs from a rule of two files: filters are functions, and what
stands in for a failed `title` or `dedup` is the name of the rule and the title.
"""

import sys

from margay_worker import functions
from margay_worker.detection import describe_error
from margay_worker.errors import describe, short_text

# The order in which they run. There is no `unique`.
METHODS = tuple(name for name in functions.NAMES if name != "unique")


class PypantherRule:
    """A rule of the program that a project registers."""

    def __init__(self, spec, project):
        self.identifier = spec["id"]
        self.kind = spec["kind"]
        self.configured_severity = spec["severity"]
        self.create_alert = spec["create_alert"]
        self.lazy = spec["lazy"]
        self.project = project
        self.matcher = None
        self.matcher_name = "rule"
        self.triggers_on = True
        self.cls = None
        self.instance = None
        self.file_name = ""
        # What stands for a title that failed.
        self.name = self.identifier
        # Methods that are not those of the base class: only they can say something new.
        self.own_methods = frozenset()
        self.setup_error = spec.get("broken")
        self.loaded = self.setup_error is not None

    def load(self):
        """Makes the one instance of the class; a failure is kept and answers every evaluation."""
        self.loaded = True
        if self.project.fault is not None:
            self.setup_error = self.project.fault
            return
        try:
            cls = self.project.classes.get(self.identifier)
            if cls is None:
                raise LookupError("main.py did not register [%s] this time" % self.identifier)
            cls.validate()
            self.instance = cls()
            self.file_name = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
            self.own_methods = frozenset(name for name in METHODS if self._is_own(name))
            name = self.instance.display_name
            self.name = functions.truncate(name if name and isinstance(name, str) else self.identifier)
        except BaseException as exc:
            self.setup_error = describe(exc, self.file_name)
            self.setup_error["memory"] = isinstance(exc, MemoryError)
            return
        self.cls = cls
        self.matcher = self.match

    def _is_own(self, name):
        method = getattr(self.instance, name)
        return getattr(method, "__func__", method) is not getattr(self.project.base_rule, name)

    def passes_filters(self, event):
        """Whether all that include and none that exclude hold; both lists are asked."""
        instance = self.instance
        included = all(accepts(event) for accepts in instance.include_filters)
        excluded = not all(not refuses(event) for refuses in instance.exclude_filters)
        return included and not excluded

    def run_matcher(self, event):
        """The verdict of `rule`; anything but a bool raises."""
        output = self.instance.rule(event)
        if output is True or output is False:
            return output
        raise functions.wrong_type(self.identifier, "rule", output, "bool")

    def match(self, event):
        """The verdict on an event of the worker: filters, then `rule`."""
        event = self.project.own_event(event)
        return self.passes_filters(event) and self.run_matcher(event)

    def evaluate(self, event, encoder):
        """Production: `None` for no match, else a record of a match or an error."""
        try:
            output = self.match(event)
        except BaseException as exc:
            return self.failure(exc)
        return self.answer(output, event, encoder)

    def answer(self, output, event, encoder):
        """What a verdict means: `None` for no match, else a record."""
        if not output:
            return None
        event = self.project.own_event(event)
        match = {"warnings": [], "counts_unique": False}
        for name in METHODS:
            try:
                self._add(match, name, event, encoder)
            except BaseException as exc:
                self._add_fallback(match, name, exc)
        return {"match": match}

    def failure(self, exc):
        """The record of an error."""
        return {"error": describe_error(exc, self.file_name)}

    def _add(self, match, name, event, encoder):
        if name == "dedup":
            match["dedup"] = self.call_dedup(event, match["title"])
        elif name == "title" and name not in self.own_methods:
            match["title"] = self.name
        elif name not in self.own_methods:
            # The configured value stands, as it does for every other rule.
            return
        elif name == "severity":
            word = self.call(name, event, encoder)
            if word != functions.DEFAULT_SEVERITY:
                match[name] = word
        elif name == "destinations":
            found, cut = functions.call_destinations(self.identifier, self.instance.destinations, event)
            if found is not None:
                match[name] = found
            if cut:
                match["warnings"].append(functions.destinations_cut(cut))
        elif name in ("title", "alert_context"):
            match[name] = self.call(name, event, encoder)
        else:
            # An empty text is none: the configured one stands.
            match[name] = self.call(name, event, encoder) or None

    def call(self, name, event, encoder):
        """What one function gives, checked and within its limit."""
        function = getattr(self.instance, name)
        if name == "severity":
            return functions.call_severity(self.identifier, function, event)
        if name == "alert_context":
            return functions.call_context(self.identifier, function, event, encoder)
        return functions.call_text(self.identifier, name, function, event)

    def call_dedup(self, event, title):
        """The dedup string; an empty one is the title, which it is too where the class has none."""
        text = ""
        if "dedup" in self.own_methods:
            text = functions.call_text(self.identifier, "dedup", self.instance.dedup, event)
        return text or title or functions.default_dedup(self.identifier)

    def _add_fallback(self, match, name, exc):
        remedy = "the configured value stands"
        if name == "title":
            match[name] = self.name
            remedy = "the name of the rule is the title"
        elif name == "dedup":
            match[name] = match["title"] or functions.default_dedup(self.identifier)
            remedy = "the title is the dedup string"
        elif name == "destinations":
            remedy = "the alert is routed as if it were not defined"
        elif name == "alert_context":
            match[name] = functions.failed_context(short_text(exc))
            remedy = "the context holds the error"
        match["warnings"].append(functions.warning(name, exc, remedy))
        if isinstance(exc, MemoryError):
            match["memory"] = True
