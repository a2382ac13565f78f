"""Tells the server what a project registers, as data: the rules become items like all others."""

import sys

from margay_worker.errors import clean
from margay_worker.pypanther_faults import place_of_class, say_plainly
from margay_worker.pypanther_testing import tests_of


def describe_project(project):
    """The rules in order of id, or why there are none."""
    if project.fault is not None:
        return {"fault": project.fault}
    rules = [_describe(cls, project.files) for _, cls in sorted(project.classes.items())]
    return {"rules": rules, "package_version": _package_version()}


def _package_version():
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pypanther") if "pypanther" in sys.modules else None
    except PackageNotFoundError:
        return None


def _describe(cls, files):
    place = place_of_class(cls, files)
    try:
        cls.validate()
        cls()
        return {**_fields(cls, files), "place": place, "fault": None}
    except BaseException as exc:
        return {**_no_fields(cls), "place": place, "fault": say_plainly(exc)}


def _fields(cls, files):
    return {
        "id": _text(cls.id),
        "class_name": "%s.%s" % (cls.__module__, cls.__qualname__),
        "is_managed": cls.is_panther_managed(),
        "log_types": _texts(cls.log_types),
        "severity": _text(cls.default_severity),
        "enabled": bool(cls.enabled),
        "create_alert": bool(cls.create_alert),
        "dedup_period_minutes": int(cls.dedup_period_minutes),
        "threshold": int(cls.threshold),
        "display_name": _text(cls.display_name),
        "description": _text(cls.default_description),
        "reference": _text(cls.default_reference),
        "runbook": _text(cls.default_runbook),
        "destinations": _texts(cls.default_destinations or ()),
        "summary_attributes": _texts(cls.summary_attributes),
        "tags": _texts(cls.tags),
        "reports": {_text(name): _texts(entries) for name, entries in cls.reports.items()},
        "tests": [_describe_test(test, files) for test in tests_of(cls)],
    }


def _no_fields(cls):
    """What can be said of a class whose attributes are wrong."""
    return {"id": _text(cls.id), "class_name": "%s.%s" % (cls.__module__, cls.__qualname__)}


def _describe_test(test, files):
    file = files.relative(test._file_path)
    return {
        "name": _text(test.name),
        "expected": bool(test.expected_result),
        "file": file,
        "package_file": _text(test._file_path) if file is None else None,
        "line": int(test._line_no),
    }


def _text(value):
    """A text; of a word of an enumeration what it stands for."""
    return clean(str(getattr(value, "value", value)))


def _texts(values):
    return [_text(value) for value in values]
