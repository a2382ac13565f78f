"""Where the repository is: its files, and its history when there is one."""

import os
import subprocess


class Git:
    """A git directory; only read."""

    def __init__(self, folder):
        self._folder = folder

    def _run(self, *arguments, **options):
        command = ["git", "--git-dir", self._folder, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout

    def last_before(self, day):
        """The last revision of the main line before a day; `None` when there is none."""
        found = self._run("rev-list", "-1", "--first-parent", "--before=%s" % day, "HEAD")
        return found.decode().strip() or None

    def day_of(self, revision):
        return self._run("show", "-s", "--format=%cs", revision).decode().strip()

    def extract(self, revision, folder):
        """Writes the files of a revision into a new folder."""
        os.makedirs(folder)
        archive = subprocess.Popen(
            ["git", "--git-dir", self._folder, "archive", revision], stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
        if archive.wait() != 0:
            raise SystemExit("corpus: `git archive %s` failed" % revision)


def locate(folder, temporary):
    """The folder of the files, and the history or `None`. A git directory alone is extracted."""
    if os.path.isdir(os.path.join(folder, "rules")):
        git = os.path.join(folder, ".git")
        return os.path.abspath(folder), Git(git) if os.path.isdir(git) else None
    if os.path.isfile(os.path.join(folder, "HEAD")):
        git = Git(folder)
        checkout = os.path.join(temporary, "checkout")
        git.extract("HEAD", checkout)
        return checkout, git
    raise SystemExit(
        "corpus: `%s` is neither a checkout (it has no `rules`) nor a git directory; "
        "clone the public repository and name its folder: make corpus DIR=…" % folder
    )
