"""The data models of the `pypanther` package, in the form that events ask."""

from panther_core._jsonpath import JsonPath


class PackageModel:
    """One data model class as `event.udm` uses it."""

    def __init__(self, cls):
        self.data_model_id = getattr(cls, "id", cls.__name__)
        self.paths = {}
        self.methods = {}
        for mapping in cls.mappings:
            if mapping.path:
                self.paths[mapping.name] = JsonPath(mapping.path)
            elif mapping.method:
                self.methods[mapping.name] = mapping.method


def load_models():
    """The data model of each log type; of several the last by name, as in the package."""
    from pypanther.get import get_panther_data_models

    models = {}
    for cls in sorted(get_panther_data_models(), key=lambda cls: (cls.__module__, cls.__qualname__)):
        model = PackageModel(cls)
        for log_type in cls.log_types:
            models[str(getattr(log_type, "value", log_type))] = model
    return models
