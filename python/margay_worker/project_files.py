"""Makes the files of a pypanther project importable, without a disk.

They appear under a folder that does not exist, `ROOT/NUMBER`, so that packages, namespace packages,
`pkgutil.walk_packages` and `__file__` work as they do for real files.
"""

import importlib.abc
import importlib.machinery
import sys

from margay_worker.modules import compile_text

ROOT = "/pypanther-project"


class TextLoader(importlib.abc.InspectLoader):
    """Loads one module from its text."""

    def __init__(self, file, source, is_package):
        self.file = file
        self._source = source
        self._is_package = is_package

    def is_package(self, fullname):
        return self._is_package

    def get_source(self, fullname):
        return self._source

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile_text(self._source, self.file), module.__dict__)


class FolderFinder(importlib.abc.PathEntryFinder):
    """Finds what lies directly in one folder of a project."""

    def __init__(self, project, folder):
        self._project = project
        self._folder = folder

    def find_spec(self, fullname, target=None):
        place = self._folder + "/" + fullname.rpartition(".")[2]
        for file, is_package in ((place + "/__init__.py", True), (place + ".py", False)):
            source = self._project.texts.get(file)
            if source is not None:
                loader = TextLoader(file, source, is_package)
                spec = importlib.machinery.ModuleSpec(fullname, loader, origin=file, is_package=is_package)
                spec.has_location = True
                if is_package:
                    spec.submodule_search_locations.append(place)
                return spec
        if place not in self._project.folders:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [place]
        return spec

    def iter_modules(self, prefix=""):
        """What `pkgutil` lists: modules and packages with an `__init__.py`, by name."""
        start = self._folder + "/"
        found = {}
        for file in self._project.texts:
            if not file.startswith(start):
                continue
            name, _, rest = file[len(start) :].partition("/")
            if rest == "__init__.py":
                found[name] = True
            elif not rest and name != "__init__.py":
                found.setdefault(name[: -len(".py")], False)
        return [(prefix + name, found[name]) for name in sorted(found)]


class ProjectFiles:
    """The texts of one project, by the path under which they appear."""

    def __init__(self, number, files):
        self.root = "%s/%d" % (ROOT, number)
        self.texts = {self.root + "/" + path: text for path, text in files}
        self.folders = {self.root}
        for file in self.texts:
            folder = file.rpartition("/")[0]
            while folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]

    def open_folder(self, path):
        """A hook for `sys.path_hooks`."""
        if path not in self.folders:
            raise ImportError("not a folder of this project", path=path)
        return FolderFinder(self, path)

    def offer(self):
        """Lets the import system ask for the files; `sys.path` decides when."""
        sys.path_hooks.insert(0, self.open_folder)

    def relative(self, file):
        """The path within the project of a file that belongs to it, else `None`."""
        is_own = isinstance(file, str) and file in self.texts
        return file[len(self.root) + 1 :] if is_own else None

    def top_names(self):
        """Names of the modules and packages in its root."""
        start = len(self.root) + 1
        return {file[start:].partition("/")[0].partition(".")[0] for file in self.texts}

    def owns(self, module):
        """Whether a module was loaded from here."""
        spec = getattr(module, "__spec__", None)
        if spec is None:
            return False
        if isinstance(spec.loader, TextLoader):
            return spec.loader.file in self.texts
        if spec.loader is not None and not type(spec.loader).__name__.endswith("NamespaceLoader"):
            return False
        try:
            return any(place in self.folders for place in spec.submodule_search_locations or ())
        except KeyError:
            # The path of a namespace package whose parent is gone.
            return False
