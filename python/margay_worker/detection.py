"""One detection: loading its module, and evaluating it on one event."""

from margay_worker import functions
from margay_worker.errors import FunctionReturnTypeError, describe, sentence, short_text
from margay_worker.modules import file_name_of, load_body

_SEVERITY = "severity"
_MATCHERS = {"POLICY": "policy"}


class Detection:
    """A detection of the program; its module is loaded at first use and kept."""

    # A rule of a pypanther project is a `PypantherRule`.
    project = None

    __slots__ = (
        "identifier",
        "kind",
        "source",
        "create_alert",
        "file_name",
        "module",
        "setup_error",
        "matcher_name",
        "matcher",
        "functions",
        "triggers_on",
        "loaded",
        "lazy",
    )

    def __init__(self, spec):
        self.identifier = spec["id"]
        self.kind = spec["kind"]
        self.source = spec["source"]
        self.create_alert = spec["create_alert"]
        self.file_name = file_name_of(self.identifier)
        self.matcher_name = _MATCHERS.get(self.kind, "rule")
        self.triggers_on = self.kind != "POLICY"
        self.module = None
        self.matcher = None
        self.functions = {}
        self.setup_error = spec.get("broken")
        self.loaded = self.setup_error is not None
        self.lazy = spec["lazy"]

    def load(self):
        """Runs the module once; a failure is kept and answers every evaluation."""
        self.loaded = True
        try:
            module = load_body(self.identifier, self.source)
            matcher = getattr(module, self.matcher_name, None)
            if matcher is None:
                raise AttributeError(
                    "detection needs to have a method named '%s'" % self.matcher_name
                )
        except BaseException as exc:
            self.setup_error = describe(exc, self.file_name)
            self.setup_error["memory"] = isinstance(exc, MemoryError)
            return
        self.module = module
        self.matcher = matcher
        for name in functions.NAMES:
            function = getattr(module, name, None)
            if function is not None:
                self.functions[name] = function

    def run_matcher(self, event):
        """The verdict of the matcher; anything but a bool raises."""
        output = self.matcher(event)
        if output is True or output is False:
            return output
        raise functions.wrong_type(self.identifier, self.matcher_name, output, "bool")

    def evaluate(self, event, encoder):
        """Production: `None` for no match, else a record of a match or an error."""
        try:
            output = self.matcher(event)
        except BaseException as exc:
            return self.failure(exc)
        return self.answer(output, event, encoder)

    def answer(self, output, event, encoder):
        """What an output of the matcher means: `None` for no match, else a record."""
        if output is self.triggers_on:
            return {"match": self._match(event, encoder)}
        if output is True or output is False:
            return None
        try:
            raise functions.wrong_type(self.identifier, self.matcher_name, output, "bool")
        except BaseException as exc:
            return self.failure(exc)

    def failure(self, exc):
        """The record of an error."""
        return {"error": describe_error(exc, self.file_name)}

    def _match(self, event, encoder):
        match = {"warnings": []}
        for name in ("title", "description", "reference"):
            self._text(match, name, event)
        self._severity(match, event)
        self._text(match, "runbook", event)
        self._destinations(match, event)
        self._dedup(match, event)
        self._context(match, event, encoder)
        self._text(match, "unique", event)
        match["counts_unique"] = "unique" in self.functions
        return match

    def _failed(self, match, name, exc, remedy):
        match["warnings"].append(functions.warning(name, exc, remedy))
        if isinstance(exc, MemoryError):
            match["memory"] = True

    def _text(self, match, name, event):
        function = self.functions.get(name)
        if function is None:
            return
        try:
            match[name] = functions.call_text(self.identifier, name, function, event)
        except BaseException as exc:
            if name == "title":
                match[name] = self.identifier
                self._failed(match, name, exc, "the detection id is the title")
            elif name == "unique":
                self._failed(match, name, exc, "the value is not counted")
            else:
                self._failed(match, name, exc, "the configured text stands")

    def _severity(self, match, event):
        function = self.functions.get(_SEVERITY)
        if function is None:
            return
        try:
            word = functions.call_severity(self.identifier, function, event)
            if word != functions.DEFAULT_SEVERITY:
                match[_SEVERITY] = word
        except BaseException as exc:
            self._failed(match, _SEVERITY, exc, "the configured severity stands")

    def _destinations(self, match, event):
        function = self.functions.get("destinations")
        if function is None:
            return
        try:
            found, cut = functions.call_destinations(self.identifier, function, event)
        except BaseException as exc:
            self._failed(match, "destinations", exc, "the alert is routed as if it were not defined")
            return
        if found is not None:
            match["destinations"] = found
        if cut:
            match["warnings"].append(functions.destinations_cut(cut))

    def _dedup(self, match, event):
        default = functions.default_dedup(self.identifier)
        function = self.functions.get("dedup")
        if function is None:
            match["dedup"] = match.get("title") or default
            return
        try:
            match["dedup"] = (
                functions.call_text(self.identifier, "dedup", function, event) or default
            )
        except BaseException as exc:
            match["dedup"] = default
            self._failed(match, "dedup", exc, "the default dedup string is used")

    def _context(self, match, event, encoder):
        function = self.functions.get("alert_context")
        if function is None:
            return
        try:
            match["alert_context"] = functions.call_context(
                self.identifier, function, event, encoder
            )
        except BaseException as exc:
            match["alert_context"] = functions.failed_context(short_text(exc))
            self._failed(match, "alert_context", exc, "the context holds the error")


def describe_error(exc, own_file):
    error = describe(exc, own_file)
    if isinstance(exc, MemoryError):
        error["memory"] = True
    return error


__all__ = ["Detection", "FunctionReturnTypeError", "describe_error", "sentence"]
