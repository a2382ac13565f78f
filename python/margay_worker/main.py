"""The loop of a worker: takes requests, evaluates, answers.

Both directions speak frames: a little-endian length, then the body. Requests are a header length,
a JSON header and raw texts; answers are JSON. The progress page is one 64-bit word that tells the
server at every moment which rule runs on which event: bit 63 = loading code, bits 32-62 = serial
number of the event (0 while loading everything), bits 0-31 = rule index + 1 (0 = reading the event);
the whole word is 0 when idle. A word is written in one store, so the server never sees half of it.
"""

import faulthandler
import gc
import json
import mmap
import os
import struct
import sys
import threading
import time

from margay_worker import functions, testing
from margay_worker.detection import Detection, describe_error
from margay_worker.errors import clean
from margay_worker.modules import SourceFinder, file_name_of, load_body

PROTOCOL_VERSION = 1
FLUSH_BYTES = 32 * 1024
FLUSH_SECONDS = 0.05
# Longest record of a match or an error, as JSON.
RECORD_MAX = 4 * 1024 * 1024
LOADING = 1 << 63
FRAME_MAX = 256 * 1024 * 1024
OUT_OF_TURN = (
    "the key-value cache can be used while an event is evaluated, not while code is loaded;"
    " call it inside `rule` or another function of the event"
)

RECURSION_LIMIT = sys.getrecursionlimit()

# Taken now: a rule may replace them in their modules.
_loads = json.loads
_dumps = json.dumps
_monotonic = time.monotonic
_recursion_limit = sys.getrecursionlimit
_write = os.write
_exit = os._exit


class Channel:
    """Frames on one descriptor.

    A rule may ask the server something while it is evaluated: the answer is the next frame that comes.
    A thread that a rule left behind may ask at any time, so frames go out one at a time, and nothing is
    asked outside of an evaluation.
    """

    def __init__(self, stream, descriptor, page):
        self._stream = stream
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._question = 0
        self._is_evaluating = False
        self.page = page
        # The evaluation under way used the key-value cache.
        self.has_asked = False

    def begin(self):
        """Questions are answered from now on."""
        self._is_evaluating = True

    def end(self, text):
        """Sends the last answer of a request; no question is answered after it."""
        with self._lock:
            self._is_evaluating = False
            self.send_text(text)

    def ask(self, question):
        """Asks the server and waits for its answer: a mapping with one of `value`, `refused`, `unavailable`."""
        text = _dumps(question)
        with self._lock:
            if not self._is_evaluating:
                return {"refused": OUT_OF_TURN}
            self._question += 1
            number = self._question
            self.send_text('{"ask":{"id":%d,"question":%s}}' % (number, text))
            while True:
                request = self.receive()
                if request is None:
                    _exit(70)
                # An answer that nobody waits for any more: what asked was interrupted by an exception.
                if request[0]["told"]["id"] == number:
                    return request[0]["told"]

    def receive(self):
        """The next request as (header, payload); `None` when the server is gone."""
        head = self._stream.read(8)
        if len(head) != 8:
            return None
        length, header_length = struct.unpack("<II", head)
        if length > FRAME_MAX or header_length > length - 4:
            raise SystemExit("the server sent a frame of %d bytes" % length)
        body = memoryview(self._stream.read(length - 4))
        return _loads(bytes(body[:header_length])), body[header_length:]

    def ask_cache(self, question):
        """Does something to the key-value cache; see `ask`."""
        self.has_asked = True
        return self.ask(question)

    def ask_lookup(self, table, _key):
        """The row of an enrichment table; the server has none yet, and says so to the operator."""
        if not isinstance(table, str):
            raise TypeError("the name of a table must be a string, not %s" % type(table).__name__)
        return self.ask({"lookup": {"table": clean(table)}}).get("value")

    def send(self, body):
        self.send_text(_dumps(body))

    def send_text(self, text):
        data = text.encode("utf-8", "replace")
        view = memoryview(struct.pack("<I", len(data)) + data)
        try:
            with self._lock:
                while view:
                    view = view[_write(self._descriptor, view) :]
        except OSError:
            # Some rule before this one closed the channel: nobody is to be blamed for the end.
            self.page[0] = 0
            _exit(70)


class Worker:
    """The program of this worker and its evaluation."""

    def __init__(self, channel, page):
        self.channel = channel
        self.page = page
        self.detections = []
        self.projects = []
        self.stage = None
        self.models = {}
        self.model_errors = []
        self.event_class = None
        # Whether the event under way gave plain containers to a rule, which may have changed them.
        self.hand_outs = None
        self.encoder = None
        # Asks the server for a row of an enrichment table; `None` = rows are in the event.
        self.lookup = None

    def load_program(self, program):
        from panther_core import PantherEvent
        from panther_core.immutable import HAND_OUTS, ImmutableContainerMixin
        from panther_detection_helpers import _server

        _server.connect(self.channel.ask_cache)
        if program["asks_lookups"]:
            self.lookup = self.channel.ask_lookup
        self.event_class = PantherEvent
        self.hand_outs = HAND_OUTS
        self.encoder = functions.ContextEncoder(ImmutableContainerMixin)
        sys.meta_path.append(SourceFinder(module_table(program["globals"])))
        sys.meta_path.append(SourceFinder(program["fallback"]))
        for index, spec in enumerate(program["data_models"]):
            if spec["broken"] is not None:
                self.model_errors.append({"id": spec["id"], "error": spec["broken"]})
                continue
            self.channel.send({"loading": {"model": index}})
            self._load_model(spec)
        if program["projects"]:
            self._load_projects(program)
        self.detections = [self._make_detection(spec) for spec in program["rules"]]

    def _load_projects(self, program):
        from margay_worker.pypanther_project import Project, Stage

        self.stage = Stage()
        globals_ = {entry["id"] for entry in program["globals"]} | set(program["fallback"])
        self.projects = [
            Project(number, spec, self.stage, globals_) for number, spec in enumerate(program["projects"])
        ]
        self.stage.is_shared = len(self.projects) > 1 or any(project.mixes_up for project in self.projects)
        for index, project in enumerate(self.projects):
            if project.fault is None:
                self.channel.send({"loading": {"project": index}})
                self.page[0] = LOADING | (index + 1)
                project.load()

    def _make_detection(self, spec):
        if spec["project"] is None:
            return Detection(spec)
        from margay_worker.pypanther_rule import PypantherRule

        return PypantherRule(spec, self.projects[spec["project"]])

    def describe(self, spec):
        """Runs the `main.py` of one project and tells what it registers."""
        from margay_worker.pypanther_describe import describe_project
        from margay_worker.pypanther_project import Project, Stage
        from panther_detection_helpers import _server

        _server.connect(self.channel.ask)
        project = Project(0, {"files": spec["files"], "broken": None}, Stage(), set())
        # At its limit the worker writes where it is, and ends.
        faulthandler.dump_traceback_later(spec["limit_seconds"], exit=True)
        project.load()
        faulthandler.cancel_dump_traceback_later()
        self.channel.send({"described": describe_project(project)})

    def _load_model(self, spec):
        from panther_core.data_model import DataModel

        try:
            body = None
            if spec.get("source") is not None:
                body = load_body(spec["id"], spec["source"])
            model = DataModel(spec["id"], spec["mappings"], body)
            for log_type in spec["log_types"]:
                if log_type in self.models:
                    raise ValueError("log type [%s] already has a data model" % log_type)
            for log_type in spec["log_types"]:
                self.models[log_type] = model
        except BaseException as exc:
            error = describe_error(exc, file_name_of(spec["id"]))
            self.model_errors.append({"id": spec["id"], "error": error})

    def warm_up(self):
        """Loads every detection that is not lazy; the page says which, should one never return."""
        for index, detection in enumerate(self.detections):
            if not detection.loaded and not detection.lazy:
                self.channel.send({"loading": {"rule": index}})
                self.page[0] = LOADING | (len(self.projects) + index + 1)
                self._enter(detection)
                detection.load()
        self.page[0] = 0

    def _enter(self, detection):
        """Lets a detection find the modules that are meant for it."""
        if self.stage is not None:
            self.stage.enter(detection.project)

    def setup_errors(self):
        return [
            {"rule": index, "error": detection.setup_error}
            for index, detection in enumerate(self.detections)
            if detection.setup_error is not None
        ]

    def build_event(self, data, lookup=None):
        return self.event_class(data, self.models.get(data.get("p_log_type")), lookup)

    def evaluate(self, request, payload):
        """Runs the plan of every event; answers go out as they gather.

        A pair that used the key-value cache is reported at once, so that nothing it did is done again
        when a later pair ends this worker. After a detection that got hold of plain containers of the event
        the next one gets the event anew, so that no detection sees what another did to it.
        """
        channel = self.channel
        hand_outs = self.hand_outs
        channel.has_asked = False
        channel.begin()
        batch = Batch(channel)
        course = Course(self.detections, request, self.stage is not None and self.stage.is_shared)
        page = self.page
        encoder = self.encoder
        start = 0
        for event_index, size in enumerate(request["sizes"]):
            if _recursion_limit() != RECURSION_LIMIT:
                sys.setrecursionlimit(RECURSION_LIMIT)
            marks = (request["first_serial"] + event_index) << 32
            page[0] = marks
            text = str(payload[start : start + size], "utf-8")
            start += size
            try:
                event = self.build_event(_loads(text), self.lookup)
            except BaseException as exc:
                self._refuse(event_index, course, describe_error(exc, ""), batch)
                continue
            hand_outs.happened = False
            for position, number, matcher, quiet, detection in course.steps(event_index):
                if hand_outs.happened:
                    hand_outs.happened = False
                    event = self.build_event(_loads(text), self.lookup)
                if matcher is None:
                    record = self._evaluate_first(detection, marks | number, event)
                else:
                    page[0] = marks | number
                    try:
                        output = matcher(event)
                    except BaseException as exc:
                        record = detection.failure(exc)
                    else:
                        record = None if output is quiet else detection.answer(output, event, encoder)
                if record is not None:
                    batch.add(event_index, number - 1, record)
                if _monotonic() >= batch.due or channel.has_asked:
                    channel.has_asked = False
                    batch.flush(event_index, position + 1, False)
        page[0] = 0
        batch.flush(course.end_event, course.end_position, True)

    def _evaluate_first(self, detection, mark, event):
        """An evaluation of a detection that was not loaded, or could not be, when the request came, or
        that needs other modules than the one before.
        """
        self._enter(detection)
        if not detection.loaded:
            self.page[0] = LOADING | mark
            detection.load()
        self.page[0] = mark
        if detection.setup_error is not None:
            return {"error": detection.setup_error}
        return detection.evaluate(event, self.encoder)

    def _refuse(self, event_index, course, error, batch):
        """Every rule of an event that cannot be read gets the error."""
        for position, number, _, _, _ in course.steps(event_index):
            batch.add(event_index, number - 1, {"error": error})
            if _monotonic() >= batch.due:
                batch.flush(event_index, position + 1, False)

    def run_tests(self, request, payload):
        """Runs unit tests of one detection in order, in one module instance."""
        rule = request["rule"]
        detection = self.detections[rule]
        serial = request["first_serial"]
        self.page[0] = LOADING | serial << 32 | (rule + 1)
        self._enter(detection)
        if not detection.loaded:
            detection.load()
        if request["load_only"] or detection.setup_error is not None:
            self.page[0] = 0
            self.channel.send({"tests_done": {"setup_error": detection.setup_error}})
            return
        self.channel.begin()
        start = 0
        for index, test in enumerate(request["tests"]):
            text = str(payload[start : start + test["size"]], "utf-8")
            start += test["size"]
            self.page[0] = (serial + index) << 32 | (rule + 1)
            self.channel.send({"test": testing.run(self, detection, test, _loads(text))})
        self.page[0] = 0
        self.channel.end(_dumps({"tests_done": {"setup_error": None}}))

    def run_unit_file(self, request):
        """Runs the tests of a Python unit-test file; such a worker is of no other use afterwards."""
        from margay_worker import unit_files

        self.channel.begin()
        error = unit_files.run(self, request)
        self.channel.end(_dumps({"file_done": {"error": error}}))


class Course:
    """Which detections each event of a request goes through, in order.

    A step is (position in the plan, rule index + 1, matcher, what the matcher returns when there is
    nothing to tell, detection); the matcher is `None` until the detection is loaded, and always where
    detections have to take turns with their modules.
    """

    def __init__(self, detections, request, takes_turns):
        self._detections = detections
        self._takes_turns = takes_turns
        self._plans = request["plans"]
        self._plan_of = request["plan_of"]
        self._benched = frozenset(request["benched"])
        self._skip = frozenset((event, rule) for event, rule in request["skip"])
        self._skipping = frozenset(event for event, _ in self._skip)
        self._after = request["after"]
        self._until = request["until"]
        self._last = len(self._plan_of) - 1
        self._whole = {}
        # Where the request ends, as the last answer says it.
        if self._until is None:
            self.end_event, self.end_position = len(self._plan_of), 0
        else:
            self.end_event, self.end_position = self._last, self._until

    def steps(self, event):
        plan = self._plan_of[event]
        is_part = event == 0 and self._after or event == self._last and self._until is not None
        if is_part or event in self._skipping:
            after = self._after if event == 0 else 0
            until = self._until if event == self._last else None
            return [
                step
                for step in self._steps(plan)
                if step[0] >= after
                and (until is None or step[0] < until)
                and (event, step[1] - 1) not in self._skip
            ]
        steps = self._whole.get(plan)
        if steps is None:
            steps = self._whole[plan] = self._steps(plan)
        return steps

    def _steps(self, plan):
        return [
            self._step(position, rule)
            for position, rule in enumerate(self._plans[plan])
            if rule not in self._benched
        ]

    def _step(self, position, rule):
        detection = self._detections[rule]
        matcher = None if self._takes_turns else detection.matcher
        return position, rule + 1, matcher, not detection.triggers_on, detection


class Batch:
    """Answers that wait for the next frame, which is due at `due`."""

    def __init__(self, channel):
        self._channel = channel
        self._records = []
        self._size = 0
        self.due = _monotonic() + FLUSH_SECONDS

    def add(self, event, rule, record):
        text = write_record(record)
        if len(text) > RECORD_MAX:
            error = describe_error(ValueError("the result has %d characters, more than %d" % (len(text), RECORD_MAX)), "")
            text = write_record({"error": error})
        self._records.append('{"event":%d,"rule":%d,"record":%s}' % (event, rule, text))
        self._size += len(text)
        if self._size >= FLUSH_BYTES:
            self.due = 0

    def flush(self, event, position, end):
        send = self._channel.end if end else self._channel.send_text
        send(
            '{"results":{"event":%d,"position":%d,"end":%s,"records":[%s]}}'
            % (event, position, "true" if end else "false", ",".join(self._records))
        )
        self._records = []
        self._size = 0
        self.due = _monotonic() + FLUSH_SECONDS


def write_record(record):
    """A record as JSON; the context of an alert, which is JSON already, goes in as it is."""
    match = record.get("match")
    context = None if match is None else match.pop("alert_context", None)
    if context is None:
        return _dumps(record)
    return '{"match":%s,"alert_context":%s}}' % (_dumps(match)[:-1], context)


def module_table(globals_):
    return {
        entry["id"]: {"source": entry["source"], "file": file_name_of(entry["id"]), "package": False}
        for entry in globals_
    }


def open_page(descriptor):
    mapping = mmap.mmap(descriptor, mmap.PAGESIZE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    return memoryview(mapping).cast("Q")


def run(stream, channel_descriptor, page_descriptor, boot):
    """Says hello, takes the program, then serves requests until the server closes the channel."""
    if boot["version"] != PROTOCOL_VERSION:
        raise SystemExit("the server speaks protocol %s" % boot["version"])
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    page = open_page(page_descriptor)
    channel = Channel(stream, channel_descriptor, page)
    worker = Worker(channel, page)
    channel.send(
        {
            "hello": {
                "version": PROTOCOL_VERSION,
                "python": sys.version.split()[0],
                "shortcomings": _loads(sys.argv[1]) if len(sys.argv) > 1 else [],
            }
        }
    )
    while True:
        request = channel.receive()
        if request is None:
            return
        header, payload = request
        if "evaluate" in header:
            worker.evaluate(header["evaluate"], payload)
        elif "tests" in header:
            worker.run_tests(header["tests"], payload)
        elif "describe" in header:
            worker.describe(header["describe"])
        elif "unit_file" in header:
            worker.run_unit_file(header["unit_file"])
        elif "program" in header:
            worker.load_program(header["program"])
            if header["program"]["warm"]:
                worker.warm_up()
                gc.collect()
                gc.freeze()
            page[0] = 0
            channel.send(
                {"ready": {"rules": worker.setup_errors(), "models": worker.model_errors}}
            )
        elif "told" in header:
            # What asked was interrupted by an exception before the answer came.
            continue
        else:
            raise SystemExit("the server sent an unknown request")
