"""Virtual environments, made once and kept: one for the content, one for the public tool."""

import hashlib
import os
import shutil
import subprocess
import sys

# What the content imports. `moto` is for unit-test files of older states.
CONTENT = (
    "boto3",
    "jsonpath-ng",
    "moto[dynamodb]<5",
    "policyuniverse",
    "pycountry",
    "pypanther==0.1.1a62",
    "python-dateutil",
    "requests",
)
# The public tool with the library that it runs detections with, and what the content imports.
REFERENCE = (
    "panther_analysis_tool==1.11.1",
    "panther_core==0.16.3",
    "panther-detection-helpers==1.0.2",
    "policyuniverse",
    "pycountry",
    "pyyaml",
    "ruamel.yaml",
)


class Environment:
    """A virtual environment."""

    def __init__(self, folder):
        self.folder = folder
        self.python = os.path.join(folder, "bin", "python")

    def program(self, name):
        return os.path.join(self.folder, "bin", name)


class Environments:
    """Makes environments below a folder; one that is complete is used again."""

    def __init__(self, folder):
        self._folder = os.path.abspath(folder)

    def content(self):
        return self._make("content", CONTENT)

    def reference(self):
        return self._make("reference", REFERENCE)

    def _make(self, name, packages):
        key = hashlib.sha256(repr((sys.version, packages)).encode()).hexdigest()[:12]
        folder = os.path.join(self._folder, "%s-%s" % (name, key))
        made = os.path.join(folder, "complete")
        if not os.path.exists(made):
            print("corpus: making the environment `%s`" % folder, file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet"]
            pip += ["--disable-pip-version-check"]
            subprocess.run(pip + list(packages), check=True)
            with open(made, "w", encoding="utf-8"):
                pass
        return Environment(folder)
