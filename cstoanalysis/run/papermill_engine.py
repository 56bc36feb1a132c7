"""The engine for papermill itself: ``papermill --engine csto in.ipynb out.ipynb``."""

import math
import os
import sys
from pathlib import Path

from jupyter_client.manager import KernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from cstoanalysis.run import engine
from cstoanalysis.run.errors import ParameterError, RunError


class CstoEngine(Engine):
    """Runs the cells in a fork with all libraries loaded; where none is to be had, in a kernel."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        log_output=False,
        stdout_file=None,
        stderr_file=None,
        execution_timeout=None,
        **options,
    ):
        """Run the notebook that papermill manages; papermill saves it as the cells go on.

        Raises
        ------
        ParameterError
            If the kernel is one of another language.
        RunError
            If the process dies, or a cell takes longer than it may.
        """
        logs = {"log_output": log_output, "stdout_file": stdout_file, "stderr_file": stderr_file}
        if not engine.available() or not _is_this_python(kernel_name):
            logger.warning("An ordinary kernel runs the notebook: %s cannot be forked", kernel_name)
            options["execution_timeout"] = execution_timeout
            return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **logs, **options)
        from ipykernel.ipkernel import IPythonKernel

        folder = (options.get("resources") or {}).get("metadata", {}).get("path") or os.getcwd()
        nb_man.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        client = PapermillNotebookClient(nb_man, log=logger, **logs)
        runs = engine.Engine(
            output_limit=math.inf,
            cell_timeout=execution_timeout or options.get("timeout"),
            environment=dict(os.environ),
        )
        return _follow(runs.events(nb_man.nb.cells, Path(folder)), nb_man, client)


def _follow(events, nb_man, client) -> None:
    """Let papermill take what happens in a run as it takes the messages of a kernel."""
    cells, at, problem = nb_man.nb.cells, -1, ""
    try:
        for kind, index, *rest in events:
            if kind == "start":
                _pass_over(nb_man, range(at + 1, index))
                at = index
                nb_man.cell_start(cells[index], index)
                client.clear_before_next_output = False
            elif kind == "message":
                kind, content = rest
                message = {"header": {"msg_type": kind}, "parent_header": {}, "content": content}
                client.process_message({**message, "msg_type": kind}, cells[index], index)
            elif kind == "done":
                cells[index].execution_count, _, problem = rest
                if problem:
                    nb_man.cell_exception(cells[index], index)
                nb_man.cell_complete(cells[index], index)
    except RunError:
        nb_man.cell_exception(cells[max(at, 0)], max(at, 0))
        raise
    if not problem:
        _pass_over(nb_man, range(at + 1, len(cells)))
    elif cells[at].execution_count is None:  # stopped: there is no traceback in the notebook
        raise RunError(problem)


def _pass_over(nb_man, indices) -> None:
    for index in indices:
        nb_man.cell_start(nb_man.nb.cells[index], index)
        nb_man.cell_complete(nb_man.nb.cells[index], index)


def _is_this_python(kernel_name: str) -> bool:
    """Whether a kernel is the one that comes with this interpreter; an unknown one is an error."""
    kernel = KernelManager(kernel_name=kernel_name).kernel_spec
    if kernel.language.lower() != "python":
        raise ParameterError(
            f"The engine csto runs Python, and the kernel {kernel_name} is for {kernel.language}: "
            "leave --engine out."
        )
    ours = kernel.argv[0] in ("python", "python3", sys.executable)
    return ours and "ipykernel_launcher" in kernel.argv and not kernel.env
