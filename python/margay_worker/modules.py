"""Makes Python texts importable that came through the protocol.

`SourceFinder` serves the product's own modules (before everything else), the globals of the content
(after the standard library and installed packages) and the fallback modules (last of all).
"""

import importlib.abc
import importlib.util
import linecache
import re
import types

_UNUSUAL = re.compile(r"[^0-9A-Za-z\s.\-]")


class SourceFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads modules from a table: name -> {"source", "file", "package"}."""

    def __init__(self, table):
        self._table = table

    def find_spec(self, fullname, path=None, target=None):
        entry = self._table.get(fullname)
        if entry is None:
            return None
        return importlib.util.spec_from_loader(
            fullname, self, origin=entry["file"], is_package=bool(entry.get("package"))
        )

    def is_package(self, fullname):
        return bool(self._table[fullname].get("package"))

    def get_source(self, fullname):
        return self._table[fullname]["source"]

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        entry = self._table[module.__name__]
        module.__file__ = entry["file"]
        exec(compile_text(entry["source"], entry["file"]), module.__dict__)


def file_name_of(identifier):
    """The file name under which the code of an item appears in tracebacks."""
    return _UNUSUAL.sub("_", identifier) + ".py"


def compile_text(source, file_name):
    """Compiles a text and lets tracebacks show its lines."""
    linecache.cache[file_name] = (len(source), None, source.splitlines(True), file_name)
    return compile(source, file_name, "exec", dont_inherit=True)


def load_body(identifier, source):
    """Runs the code of a detection or a data model as a module object outside the module table."""
    file_name = file_name_of(identifier)
    module = types.ModuleType(identifier)
    module.__file__ = file_name
    module.__package__ = ""
    exec(compile_text(source, file_name), module.__dict__)
    return module
