"""Folders of content that exist in the protocol alone, importable through `sys.path` like real ones.

Unit-test files find what they test by adding folders to `sys.path`, mostly the one they lie in. Here
such an entry is answered from the texts that the server sent.
"""

import importlib.machinery
import os.path
import sys

from margay_worker.modules import compile_text


class SourceTree:
    """Python texts by absolute path."""

    def __init__(self, files):
        self._files = files
        self._folders = set()
        for path in files:
            folder = os.path.dirname(path)
            while folder not in self._folders:
                self._folders.add(folder)
                folder = os.path.dirname(folder)

    def install(self):
        """Answers entries of `sys.path` that name folders of the tree from here on."""
        sys.path_hooks.insert(0, self._finder_of)
        sys.path_importer_cache.clear()

    def _finder_of(self, entry):
        folder = os.path.normpath(entry)
        if folder not in self._folders:
            raise ImportError("not a folder of the content: %s" % entry)
        return _FolderFinder(self, folder)

    def find(self, name, folder):
        """The spec of a module that lies directly in a folder; `None` when there is none."""
        path = os.path.join(folder, name.rpartition(".")[2])
        for file, is_package in ((os.path.join(path, "__init__.py"), True), (path + ".py", False)):
            if file in self._files:
                return self.spec_of(name, file, [path] if is_package else None)
        if path not in self._folders:
            return None
        # A folder without `__init__.py`: a namespace package, as Python would have it.
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [path]
        return spec

    def spec_of(self, name, file, locations=None):
        spec = importlib.machinery.ModuleSpec(
            name, _Loader(self._files[file], file), origin=file, is_package=locations is not None
        )
        spec.has_location = True
        if locations is not None:
            spec.submodule_search_locations = locations
        return spec


class _FolderFinder:
    """What the import system asks for the modules of one entry of `sys.path`."""

    def __init__(self, tree, folder):
        self._tree = tree
        self._folder = folder

    def find_spec(self, name, target=None):
        return self._tree.find(name, self._folder)

    def invalidate_caches(self):
        """There are none."""


class _Loader:
    def __init__(self, source, file):
        self._source = source
        self._file = file

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile_text(self._source, self._file), module.__dict__)

    def get_source(self, name):
        return self._source
