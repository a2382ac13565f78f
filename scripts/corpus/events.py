"""Makes a stream of events out of the unit tests of a detection repository.

    python events.py DIR LOG_TYPE COUNT > EVENTS.jsonl

The events are those of the tests of all rules that list the log type, one after the other and again
from the start, until there are enough. What tells one event from the next in practice (ids, time)
differs in each, so that no event is there twice. The same arguments give the same stream.
"""

import json
import sys
import uuid

import content

_SPACE = uuid.UUID("6f6f7d1e-6a2c-5c8e-9d36-0b1c8c5d6c1a")
_IDS = ("eventID", "requestID")


def events_of_tests(root, log_type):
    """The events of the tests of all rules that list the log type."""
    events = []
    for _, spec in content.read_items(root):
        if spec["AnalysisType"] == "rule" and log_type in (spec.get("LogTypes") or ()):
            for test in spec.get("Tests") or ():
                if isinstance(test.get("Log"), dict) and not test.get("Mocks"):
                    events.append(dict(test["Log"], p_log_type=log_type))
    return events


def vary(event, number):
    """The event under ids and a time of its own."""
    varied = dict(event)
    for key in _IDS:
        if isinstance(varied.get(key), str):
            varied[key] = str(uuid.uuid5(_SPACE, "%s %d" % (key, number)))
    if isinstance(varied.get("eventTime"), str):
        minute, second = divmod(number, 60)
        hour, minute = divmod(minute, 60)
        varied["eventTime"] = "2026-06-%02dT%02d:%02d:%02dZ" % (1 + hour // 24 % 28, hour % 24, minute, second)
    return varied


def main(root, log_type, count):
    events = events_of_tests(root, log_type)
    if not events:
        raise SystemExit("no test of a rule for `%s` in `%s`" % (log_type, root))
    for number in range(int(count)):
        print(json.dumps(vary(events[number % len(events)], number), default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
