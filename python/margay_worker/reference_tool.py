"""The two functions of the public test tool that unit-test files of data models call.

Such a file asks the tool to load the data models of its folder. Here they are those of the program,
loaded already: the same objects that rules see.
"""

import sys
import types


class _DataModelItem:
    """A data model as the tool describes items."""

    def __init__(self, log_types, model):
        self.model = model
        self.analysis_spec = {
            "AnalysisType": "datamodel",
            "DataModelID": model.data_model_id,
            "LogTypes": log_types,
            "Enabled": True,
        }

    def analysis_id(self):
        return self.model.data_model_id

    def analysis_type(self):
        return "datamodel"


class _Items:
    def __init__(self, models):
        by_id = {}
        for log_type, model in models.items():
            by_id.setdefault(model.data_model_id, ([], model))[0].append(log_type)
        self.data_models = [_DataModelItem(log_types, model) for log_types, model in by_id.values()]

    def __getattr__(self, name):
        raise AttributeError("in a unit-test file only `data_models` can be loaded, not `%s`" % name)


def install(models):
    """Puts `panther_analysis_tool.main` in place of an installed tool. `models`: log type to data model."""

    def load_analysis(path, *_, **__):
        """The items of the program, and those that are invalid: none."""
        return _Items(models), []

    def setup_data_models(data_models):
        """The data model of each log type, and those that are invalid: none."""
        found = {}
        for item in data_models:
            for log_type in item.analysis_spec["LogTypes"]:
                found[log_type] = item.model
        return found, []

    package = types.ModuleType("panther_analysis_tool")
    package.__path__ = []
    main = types.ModuleType("panther_analysis_tool.main")
    main.load_analysis = load_analysis
    main.setup_data_models = setup_data_models
    package.main = main
    sys.modules[package.__name__] = package
    sys.modules[main.__name__] = main
