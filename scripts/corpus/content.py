"""Reads the YAML of a detection repository, as far as the harnesses of the reference need it.

Runs in the reference's own environment, where readers of YAML are installed.
"""

import os

# The folders of a repository that hold items; others are examples and documents.
FOLDERS = (
    "correlation_rules",
    "data_models",
    "global_helpers",
    "lookup_tables",
    "packs",
    "policies",
    "queries",
    "rules",
)


def read_items(root):
    """Every item of a repository as (path of its YAML file, its keys), in order of path."""
    from ruamel.yaml import YAML

    return _read(root, YAML(typ="safe").load, lambda text: True)


def read_items_fast(root, words):
    """Those of the items whose text has one of the words, without looking closely at their values."""
    import yaml

    load = lambda text: yaml.load(text, Loader=yaml.CSafeLoader)  # noqa: E731
    return _read(root, load, lambda text: any(word in text for word in words))


def _read(root, load, is_wanted):
    items = []
    for path in sorted(_yaml_files(root)):
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        if not is_wanted(text):
            continue
        spec = load(text)
        if isinstance(spec, dict) and "AnalysisType" in spec:
            items.append((path, spec))
    return items


def python_file_of(path, spec):
    """The Python file of an item; `None` when it has none."""
    name = spec.get("Filename")
    return os.path.join(os.path.dirname(path), os.path.basename(name)) if name else None


def _yaml_files(root):
    for folder in FOLDERS:
        for current, folders, files in os.walk(os.path.join(root, folder)):
            folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
            for name in files:
                if name.endswith((".yml", ".yaml")) and not name.startswith("."):
                    yield os.path.join(current, name)
