"""The engine for papermill itself: ``papermill --engine csto in.ipynb out.ipynb``."""

import os
from pathlib import Path

from nbformat import from_dict
from papermill.engines import Engine, NBClientEngine

from cstoanalysis.run import engine


class CstoEngine(Engine):
    """Runs the cells in a fork with all libraries loaded; where none is to be had, in a kernel."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        """Run the notebook that papermill manages; papermill saves it as the cells end."""
        if not engine.available():
            nb_man.log.warning("processes cannot be forked here: an ordinary kernel is used")
            return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
        resources = options.get("resources") or {}
        folder = Path(resources.get("metadata", {}).get("path") or os.getcwd())
        cells = nb_man.nb.cells

        def on_cell(index: int, state: str) -> None:
            if state == "start":
                nb_man.cell_start(cells[index], index)
                return
            cells[index].pop("work", None)
            cells[index].outputs = from_dict(cells[index].outputs)
            if state == "failed":
                nb_man.cell_exception(cells[index], index)
            nb_man.cell_complete(cells[index], index)

        return engine.Engine().run(nb_man.nb, folder, on_cell)
