"""Settings of detections: `config.NAME` is that of `panther_config_overrides`, else of the defaults.

Used only where neither the loaded content nor the interpreter has a module of this name; the same goes
for the two modules that it reads. A name that neither of them has is None.
"""

import panther_config_defaults
import panther_config_overrides


class Config:
    """Looks every attribute up when it is asked for."""

    def __getattr__(self, name):
        found = getattr(panther_config_overrides, name, self)
        return getattr(panther_config_defaults, name, None) if found is self else found


config = Config()
