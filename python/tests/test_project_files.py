"""Modules of a project are importable from their texts, and two projects do not meet."""

import importlib
import pkgutil
import sys
import traceback
import unittest

from margay_worker.project_files import ProjectFiles
from margay_worker.pypanther_project import Project, Stage

FILES = [
    ("main.py", "import tools\nfrom shelf import box\nDONE = [tools.NAME, box.NAME]\n"),
    ("tools.py", "NAME = 'tools'\n"),
    ("shelf/box.py", "NAME = 'box'\n"),
    ("pack/__init__.py", "from . import inner\n"),
    ("pack/inner.py", "from pack import deep\nNAME = deep.NAME\n"),
    ("pack/deep/__init__.py", "NAME = 'deep'\n"),
    ("pack/plain/x.py", ""),
]


def make_project(number, files, globals_=frozenset(), stage=None):
    return Project(number, {"files": files, "broken": None}, stage or Stage(), globals_)


class ImportsTest(unittest.TestCase):
    def setUp(self):
        self.modules, self.path, self.hooks = dict(sys.modules), list(sys.path), list(sys.path_hooks)

    def tearDown(self):
        for name in set(sys.modules) - set(self.modules):
            del sys.modules[name]
        sys.path[:], sys.path_hooks[:] = self.path, self.hooks
        sys.path_importer_cache.clear()

    def test_main_runs_with_modules_and_folders_without_init(self):
        project = make_project(0, FILES)
        project.load()
        self.assertIsNone(project.fault)
        main = sys.modules["main"]
        self.assertEqual(main.DONE, ["tools", "box"])
        self.assertEqual(main.__file__, "/pypanther-project/0/main.py")
        self.assertEqual(main.__name__, "main")

    def test_packages_import_themselves_and_are_walked(self):
        project = make_project(0, FILES)
        project.load()
        pack = importlib.import_module("pack")
        self.assertEqual(pack.inner.NAME, "deep")
        walked = [info.name for info in pkgutil.walk_packages(pack.__path__, "pack.")]
        self.assertEqual(walked, ["pack.deep", "pack.inner"])
        with self.assertRaises(ModuleNotFoundError):
            importlib.import_module("pack.missing")

    def test_tracebacks_show_the_source(self):
        project = make_project(0, [("main.py", "def fail():\n    return 1 / 0\n\n\nfail()\n")])
        project.load()
        self.assertEqual((project.fault["file"], project.fault["line"]), ("main.py", 2))
        self.assertEqual(project.fault["message"], "ZeroDivisionError: division by zero")
        try:
            sys.modules["main"].fail()
        except ZeroDivisionError:
            self.assertIn("return 1 / 0", traceback.format_exc())

    def test_a_module_that_is_missing_is_named(self):
        project = make_project(0, [("main.py", "import nothing.like_it\n")])
        project.load()
        self.assertEqual(project.fault["missing"], "nothing")

    def test_two_projects_take_turns(self):
        stage = Stage()
        one = make_project(0, [("main.py", "import tools\n"), ("tools.py", "NAME = 1\n")], stage=stage)
        two = make_project(1, [("main.py", "import tools\n"), ("tools.py", "NAME = 2\n")], stage=stage)
        one.load()
        two.load()
        seen = []
        for project in (one, two, one, one, two):
            stage.enter(project)
            seen.append(importlib.import_module("tools").NAME)
        self.assertEqual(seen, [1, 2, 1, 1, 2])
        stage.enter(None)
        self.assertEqual(importlib.import_module("tools").NAME, 2, "nothing is mixed up, so it stays")

    def test_a_global_of_the_same_name_is_hidden_for_the_project_only(self):
        sys.modules["tools"] = type(sys)("tools")
        sys.modules["tools"].NAME = "global"
        stage = Stage()
        project = make_project(0, FILES, {"tools", "other"}, stage)
        project.load()
        self.assertEqual(sys.modules["main"].DONE, ["tools", "box"])
        stage.enter(None)
        self.assertEqual(importlib.import_module("tools").NAME, "global")
        self.assertNotIn("main", sys.modules)
        self.assertFalse(any(entry.startswith("/pypanther-project") for entry in sys.path))
        stage.enter(project)
        self.assertEqual(importlib.import_module("tools").NAME, "tools")

    def test_names_and_places(self):
        files = ProjectFiles(3, FILES)
        self.assertEqual(files.top_names(), {"main", "tools", "shelf", "pack"})
        self.assertEqual(files.relative("/pypanther-project/3/shelf/box.py"), "shelf/box.py")
        for other in ("/pypanther-project/3/none.py", "/etc/passwd", None):
            self.assertIsNone(files.relative(other))


class DetectionResultTest(unittest.TestCase):
    def test_filters(self):
        from panther_core.detection import DetectionResult

        told = []
        for output, exception in ((None, None), (True, None), (False, None), (True, ValueError())):
            result = DetectionResult("R", "LOW", "RULE", False)
            result.filter_output, result.filter_exception = output, exception
            told.append(
                (result.filters_not_ran, result.all_filters_matched, result.filters_did_not_match)
            )
        self.assertEqual(
            told,
            [(True, False, False), (False, True, False), (False, False, True), (False, False, False)],
        )

    def test_environment_words(self):
        import os

        from panther_core.util import get_bool_env_var

        name = "MARGAY_TEST_OF_A_WORD"
        self.assertIs(get_bool_env_var(name, True), True)
        for word, expected in (("true", True), ("On", True), ("1", True), ("no", False), ("", False)):
            os.environ[name] = word
            self.addCleanup(os.environ.pop, name, None)
            self.assertIs(get_bool_env_var(name), expected, word)


if __name__ == "__main__":
    unittest.main()
