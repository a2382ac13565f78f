"""A pypanther project: runs its `main.py`, holds the rules that it registers, and describes them.

Projects and classic content share one interpreter. `Stage` sees to it that each finds its own modules:
those of a project are importable while the project is on it. Where nothing can be mixed up (one project,
no global of the same name) it stays on for good.
"""

import importlib.util
import sys

from margay_worker.errors import describe
from margay_worker.project_files import ROOT, ProjectFiles

PACKAGE = "pypanther"
MAIN = "main"


class Stage:
    """The project whose modules can be imported now."""

    def __init__(self):
        self.current = None
        # Whether who enters matters; otherwise the one project stays on for good.
        self.is_shared = False

    def enter(self, project):
        """Changes to a project, or to classic content with `None`."""
        current = self.current
        if project is current or project is None and not current.mixes_up:
            return
        if current is not None:
            current.leave()
        self.current = project
        if project is not None:
            project.join()


class Project:
    """One project of the program."""

    def __init__(self, number, spec, stage, globals_):
        self.files = ProjectFiles(number, spec["files"])
        self.files.offer()
        self.stage = stage
        self.fault = spec["broken"]
        self.classes = {}
        self.models = {}
        self.base_rule = None
        # Names that globals have too, so that classic content must not see this project's modules.
        self.shared_names = self.files.top_names() & globals_
        self.mixes_up = bool(self.shared_names)
        self._hidden = {}
        self._modules = {}
        self._paths = [self.files.root]
        self._last_event = None
        self._last_own = None

    def join(self):
        self._hidden = {name: sys.modules.pop(name) for name in self.shared_names if name in sys.modules}
        sys.modules.update(self._modules)
        sys.path.extend(self._paths)

    def leave(self):
        own = {name: module for name, module in list(sys.modules.items()) if self._owns(name, module)}
        for name in own:
            del sys.modules[name]
        self._modules = own
        self._paths = [entry for entry in sys.path if entry.startswith(ROOT)]
        sys.path[:] = [entry for entry in sys.path if not entry.startswith(ROOT)]
        sys.modules.update(self._hidden)

    def _owns(self, name, module):
        # Each project has a `pypanther` of its own: what one overrides does not change the other.
        return name == PACKAGE or name.startswith(PACKAGE + ".") or self.files.owns(module)

    def load(self):
        """Runs `main.py`; a failure is kept and answers for every rule."""
        self.stage.enter(self)
        try:
            self._run_main()
        except BaseException as exc:
            self.fault = self.describe_fault(exc)

    def _run_main(self):
        finder = self.files.open_folder(self.files.root)
        spec = finder.find_spec(MAIN)
        module = importlib.util.module_from_spec(spec)
        sys.modules[MAIN] = module
        spec.loader.exec_module(module)
        if PACKAGE not in sys.modules:
            return
        from margay_worker.pypanther_models import load_models
        from pypanther import Rule, registered_rules

        self.base_rule = Rule
        self.classes = {cls.id: cls for cls in registered_rules()}
        if self.classes:
            self.models = load_models()

    def own_event(self, event):
        """The event with the data model that `pypanther` has for its log type."""
        if event is not self._last_event:
            raw = event._container  # whose top level the new event copies
            model = self.models.get(raw.get("p_log_type", "default"))
            same = model is None and event.data_model is None
            self._last_own = event if same else type(event)(raw, model)
            self._last_event = event
        return self._last_own

    def describe_fault(self, exc):
        """What went wrong while `main.py` ran, and where in the project."""
        from margay_worker.pypanther_faults import locate, say

        error = describe(exc, "")
        error["message"] = say(exc)
        error["memory"] = isinstance(exc, MemoryError)
        error["file"], error["line"] = locate(exc, self.files)
        error["missing"] = exc.name if isinstance(exc, ModuleNotFoundError) else None
        return error
