"""Runs events through the rules of one log type with the public library, as an engine would.

    python peer.py DIR LOG_TYPE EVENTS.jsonl STATS.json [shared|fresh] > RESULTS.jsonl

Uses the installed `panther_core` through what it offers to callers: `Rule(config)`, `DataModel(config)`,
`PantherEvent(event, data_model)` and `Rule.run(event, outputs, names, batch_mode=True)`, which is the way
of production. Rules and globals are loaded once. `shared` gives one event object to all rules of an
event, `fresh` makes one for each evaluation. Lines are those of `margay detect`, so that answers can be
compared.
"""

import contextlib
import importlib
import io
import json
import os
import resource
import shutil
import sys
import tempfile
import time

import content
import peer_cache


def load_globals(items, folder):
    """Makes the globals importable under their ids, after everything that is installed."""
    sys.path.append(folder)
    for path, spec in items:
        if spec["AnalysisType"] == "global":
            shutil.copyfile(
                content.python_file_of(path, spec), os.path.join(folder, spec["GlobalID"] + ".py")
            )
    importlib.invalidate_caches()


def load_models(items, wanted):
    """The data model of the log type that is wanted; others would only cost time."""
    from panther_core.data_model import DataModel

    models = {}
    for path, spec in items:
        if spec["AnalysisType"] != "datamodel" or not spec["Enabled"] or wanted not in spec["LogTypes"]:
            continue
        mappings = [{key.lower(): value for key, value in mapping.items()} for mapping in spec["Mappings"]]
        config = {"id": spec["DataModelID"], "mappings": mappings, "versionId": ""}
        file = content.python_file_of(path, spec)
        if file:
            with open(file, encoding="utf-8") as stream:
                config["body"] = stream.read()
        model = DataModel(config)
        for log_type in spec["LogTypes"]:
            models.setdefault(log_type, model)
    return models


def load_rules(items, log_type):
    """The enabled Python rules that list the log type, by id."""
    from panther_core.rule import Rule

    rules = []
    for path, spec in items:
        listed = log_type in (spec.get("LogTypes") or ())
        if spec["AnalysisType"] != "rule" or not listed or not spec["Enabled"] or "Filename" not in spec:
            continue
        config = {
            "id": spec["RuleID"],
            "analysisType": "RULE",
            "versionId": "",
            "severity": spec["Severity"].upper(),
            "path": content.python_file_of(path, spec),
        }
        rules.append(Rule(config))
    return sorted(rules, key=lambda rule: rule.detection_id)


def record(index, result):
    """The line of a match or an error; `None` for neither."""
    if result.errored and result.fatal_error is not None:
        error = {"type": result.error_type, "message": result.error_message}
        return {
            "index": index,
            "ruleId": result.detection_id,
            "title": None,
            "dedup": None,
            "severity": None,
            "destinations": None,
            "alertContext": None,
            "error": error,
        }
    if not result.trigger_alert:
        return None
    context = result.alert_context_output
    return {
        "index": index,
        "ruleId": result.detection_id,
        "title": result.title_output,
        "dedup": result.dedup_output,
        "severity": result.severity_output or result.detection_severity,
        "destinations": result.destinations_output,
        "alertContext": None if context is None else json.loads(context),
        "error": None,
    }


def evaluate(rules, models, lines, log_type, is_shared, out):
    """Every event through every rule."""
    from panther_core.enriched_event import PantherEvent

    counts = {"events": 0, "matches": 0, "errors": 0}
    for index, line in enumerate(lines):
        event = json.loads(line)
        model = models.get(event.setdefault("p_log_type", log_type))
        shared = PantherEvent(event, model) if is_shared else None
        for rule in rules:
            result = rule.run(shared or PantherEvent(event, model), {}, {}, batch_mode=True)
            found = record(index, result)
            if found is not None:
                counts["errors" if found["error"] else "matches"] += 1
                out.write(json.dumps(found))
                out.write("\n")
        counts["events"] += 1
    return counts


def cpu_seconds():
    """User and system time of this process and its children, as `margay detect --stats` counts it."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(root, log_type, events, stats, objects="shared"):
    begun = time.monotonic()
    out = sys.stdout
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        peer_cache.install()
        items = content.read_items_fast(root, (log_type, "AnalysisType: global", "AnalysisType: datamodel"))
        load_globals(items, folder)
        models = load_models(items, log_type)
        rules = load_rules(items, log_type)
        loaded_cpu = cpu_seconds()
        with open(events, encoding="utf-8") as lines:
            counts = evaluate(rules, models, lines, log_type, objects == "shared", out)
    out.flush()
    counts["rules"] = len(rules)
    counts["loadCpuSeconds"] = loaded_cpu
    counts["cpuSeconds"] = cpu_seconds()
    counts["wallSeconds"] = time.monotonic() - begun
    with open(stats, "w", encoding="utf-8") as stream:
        json.dump(counts, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
