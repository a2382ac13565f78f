"""The old name of `panther_default`; whoever has a module of that name finds its own here."""

import panther_default as _default
from panther_default import *  # noqa: F403 - the whole point


def __getattr__(name):
    return getattr(_default, name)
