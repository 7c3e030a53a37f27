"""The import contract of pyproject.toml's table ``places``: an allow-list, so that a new module is guarded from the start.

import-linter's own contracts list what is forbidden, and whom; what they do not name is free.
"""

import sys
from collections.abc import Iterable, Mapping

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Places = Mapping[str, frozenset[str]]


class _PlacesField(fields.Field[Places]):
    """A table: a package outside, and the modules that may import it; a module stands for all below it too.

    The root package's own ``__init__`` is written out, for its name would stand for everything.
    """

    def parse(self, raw_data: object) -> Places:
        if not isinstance(raw_data, dict) or not all(isinstance(places, list) for places in raw_data.values()):
            raise fields.ValidationError("must be a table of lists: package = [module, …]")
        return {package: frozenset(places) for package, places in raw_data.items()}


class OutsidePackages(Contract):
    """Each outside package only where ``places`` allows it, and none that it does not name.

    Of the standard library only what ``places`` names is held to it. ``reached_from`` names, for a package, every module
    from which a chain of imports leads to it. An entry that nothing uses any more is a fault as well.
    """

    type_name = "outside_packages"

    places = _PlacesField()
    reached_from = _PlacesField(required=False, default={})

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        (root,) = self.session_options["root_packages"]
        faults: list[str] = []
        outside = {name for name in graph.modules if name != root and not name.startswith(root + ".")}
        for package in sorted(outside | self.places.keys()):
            if package in sys.stdlib_module_names and package not in self.places:
                continue
            importers = graph.find_modules_that_directly_import(package) if package in outside else set()
            faults += _faults(package, self.places.get(package, frozenset()), importers, "imports")
        for package, places in self.reached_from.items():
            faults += _faults(package, places, graph.find_downstream_modules(package), "leads to")
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for fault in check.metadata["faults"]:
            output.print_error(f"- {fault}")


def _faults(package: str, places: frozenset[str], importers: Iterable[str], does: str) -> Iterable[str]:
    unused = set(places)
    for importer in sorted(importers):
        written = importer if "." in importer else f"{importer}.__init__"
        found = {place for place in places if written == place or written.startswith(place + ".")}
        unused -= found
        if not found:
            who = f"only {', '.join(sorted(places))}" if places else "no module"
            yield f"{written} {does} {package}, which {who} may"
    for place in sorted(unused):
        yield f"{place} no longer {does} {package}: take it off the list"
