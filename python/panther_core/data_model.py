"""Data models: names of unified fields and where one log type keeps them."""

from ._jsonpath import JsonPath
from .exceptions import DataModelError

__all__ = ["DataModel"]


class DataModel:
    """The field mappings of one log type, compiled.

    `mappings` are those of the data model's file: dicts with `name` and exactly one of `path` and
    `method`, keys in any case. `module` is the module of its Python file, which holds the methods.
    `paths` maps a field name to its `JsonPath`, `methods` maps a field name to a function that
    takes the event; names are case-sensitive. Raises `DataModelError` naming the data model and
    the field, `JsonPathError` for a path that is not understood.
    """

    __slots__ = ("data_model_id", "paths", "methods")

    def __init__(self, data_model_id, mappings, module=None):
        self.data_model_id = data_model_id
        self.paths = {}
        self.methods = {}
        for mapping in mappings:
            self._add({str(key).lower(): value for key, value in mapping.items()}, module)

    def _add(self, mapping, module):
        """Adds one mapping with lower-case keys."""
        name, path, method = mapping.get("name"), mapping.get("path"), mapping.get("method")
        if not name:
            raise DataModelError(f"data model [{self.data_model_id}]: a mapping has no name")
        where = f"data model [{self.data_model_id}], mapping [{name}]"
        if name in self.paths or name in self.methods:
            raise DataModelError(f"{where}: the name is mapped twice")
        if bool(path) == bool(method):
            raise DataModelError(f"{where}: give exactly one of path and method")
        if path:
            self.paths[name] = JsonPath(path)
            return
        function = getattr(module, method, None)
        if not callable(function):
            raise DataModelError(f"{where}: its Python file has no function [{method}]")
        self.methods[name] = function
