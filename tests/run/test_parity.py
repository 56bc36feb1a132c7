"""What runs in a kernel runs here, with the same outputs: small cells, run by both and compared."""

import json
import os
import re

import nbclient
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook

from cstoanalysis.run import engine, execute

# Each case is a row of cells; all are run in one session of a kernel, and in one run here.
CASES = {
    "order of texts and displays": [
        "print('before'); display('shown'); print('after'); 'last'",
        "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')",
        "5;",
        "",
        "_ is not None, __name__, [type(_).__name__]",
    ],
    "updates of a display": [
        "handle = display('first', display_id=True)\nhandle.update('second')",
        "handle.update('third')",
        "other = display('A', display_id='k')",
        "from IPython.display import update_display\n"
        "display('B', display_id='k')\nupdate_display('C', display_id='k')",
    ],
    "clear_output": [
        "from IPython.display import clear_output\nprint('gone'); clear_output(wait=True); print('kept')",
        "print('gone'); clear_output(); display('kept')",
        "print('kept'); clear_output(wait=True)",
        "print('a new cell')",
        "cleared = display('x', display_id='c'); clear_output(); cleared.update('y'); print('z')",
    ],
    "frames and formulas": [
        "import pandas as pd\npd.DataFrame({'a': [1, None]})",
        "wide = pd.DataFrame([range(10**6, 10**6 + 40)] * 70)\nprint(wide)\nwide",
        "import numpy as np\nprint(np.arange(2000)); np.linspace(0, 1, 40)",
        "from IPython.display import JSON, SVG, Image, Latex, Markdown, Math\n"
        "display(Math(r'\\frac{1}{2}'), Latex('$x$'), Markdown('*m*'))",
        'SVG(\'<svg xmlns="http://www.w3.org/2000/svg"><circle r="2"/></svg>\')',
        "JSON({'a': [1, None]})",
        "import networkx as nx\nnx.path_graph(3).edges",
        "class Both:\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'p', 'application/x+json': {'n': 1}}, {'m': {'k': 2}}\n"
        "Both()",
    ],
    "figures": [
        "import matplotlib.pyplot as plt\nplt.plot([0, 1]); plt.title('inline')",
        "fig, ax = plt.subplots(figsize=(2, 1))\nfig",
        "%config InlineBackend.figure_formats = ['svg']\n"
        "plt.rcParams['svg.hashsalt'] = 'x'\nplt.figure(figsize=(1, 1)); plt.plot([1, 3]); plt.show()",
        "%matplotlib inline\nplt.figure(figsize=(1, 1)); plt.gca(); print('then')",
    ],
    "magics": [
        "%%capture caught\nprint('hidden'); display('too')",
        "caught.stdout, len(caught.outputs)",
        "%%bash\necho from bash; echo and its stderr >&2",
        "!echo $((1 + 1))",
        "listed = !printf 'a\\nb\\n'\nlisted",
        "%who_ls str",
        "import os\nos.path.basename(os.getcwd())",
        "len?",
        "%%javascript\n1",
    ],
    # a kernel reads what they write in a thread: it gets the time
    "child processes and C": [
        "import subprocess, os, time\nran = subprocess.run(['echo', 'from a child']); time.sleep(0.1)",
        "status = os.system('echo from os.system'); time.sleep(0.1); status",
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "libc.puts(b'from C'); libc.fflush(None); time.sleep(0.1)",
        "os.write(1, b'raw\\n'), os.write(2, b'raw err\\n'), time.sleep(0.1)",
        "sys.__stdout__.write('underneath'); sys.__stdout__.flush(); time.sleep(0.1)",
        "subprocess.run('echo x > /dev/stdout', shell=True); time.sleep(0.1)",
        "subprocess.run(['sh', '-c', 'test -t 1 || echo no terminal'])\n"
        "import shutil; time.sleep(0.1); shutil.get_terminal_size()",
    ],
    "processes": [
        "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing as mp\n"
        "def square(x):\n    return x * x\n\nwith mp.Pool(2) as pool:\n    print(pool.map(square, range(5)))",
        "with ProcessPoolExecutor(2) as pool:\n    print(list(pool.map(square, range(5))))",
        "mp.get_start_method(), mp.current_process().name, mp.parent_process(), __name__",
        "def show(x):\n    print('from', x)\n\n"
        "worker = mp.Process(target=show, args=(1,)); worker.start(); worker.join(); worker.name",
        "with mp.Manager() as manager:\n    shared = manager.dict(a=1)\n    print(dict(shared))",
        "queue = mp.Queue()\nworker = mp.Process(target=queue.put, args=('put',))\n"
        "worker.start(); print(queue.get()); worker.join()",
    ],
    "threads": [
        "import threading\n"
        "threads = [threading.Thread(target=print, args=('thread',)) for _ in range(2)]\n"
        "for thread in threads:\n    thread.start(); thread.join()",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n    list(pool.map(display, ['a', 'a']))",
    ],
    "tasks across cells": [
        "import asyncio\nasync def later(n):\n    await asyncio.sleep(0.01)\n    return n\n\n"
        "print(await asyncio.gather(later(1), later(2)))",
        "task = asyncio.create_task(later(5))",
        "print(await task)",
        "queue = asyncio.Queue()\nawait queue.put(1)",
        "print(await queue.get())",
        "lock = asyncio.Lock()\nasync with lock:\n    print('locked')",
        "coroutine = later(1)\nasyncio.run(coroutine)",
        "coroutine.close()",
        "asyncio.get_running_loop().is_running()",
        "import contextvars\nvariable = contextvars.ContextVar('v'); _token = variable.set('kept')",
        "variable.get('lost')",
        "await asyncio.sleep(0); variable.get('lost'), variable.set('inner')",
        "variable.get('lost')",
        "async for n in later: pass",
        "async with asyncio.timeout(0.01):\n    await asyncio.sleep(5)",
    ],
    "texts": [
        "print('a\\r\\nb\\r\\nc')",
        "for i in (10, 50, 100):\n    sys.stdout.write(f'\\r{i}%')",
        "print('\\x1b[31mred\\x1b[0m ab\\bc \\0 \\x0c')",
        "print('', end='')",
        "print('ß 😀 é')\n'ß 😀'",
        "sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable(), type(sys.stdin).__name__",
        "sys.stdout.writelines(['a\\n', 'b\\n']); sys.stdout.flush()",
        "for i in range(3000):\n    print('line', i)",
        "from tqdm import tqdm\nfor _ in tqdm(range(2), disable=True):\n    print(_)",
    ],
    "the kernel and its history": [
        "kernel = get_ipython().kernel\ntype(kernel).__name__, kernel.shell is get_ipython()",
        "type(get_ipython()).__name__, 'IPKernelApp' in get_ipython().config",
        "In[-2][:6], len(In) == get_ipython().execution_count",
        "history = get_ipython().history_manager\n"
        "[line[2] for line in history.get_range(start=1, stop=2)], history.enabled",
        "_i[:7], _ih[1][:5]",
        "Out[max(Out)] is _",
        "get_ipython().run_cell('print(7)').success",
        "import builtins; builtins.display is display",
        "get_ipython().set_next_input('next'); get_ipython().events.callbacks.keys()",
    ],
    "failures": [
        "def f(x):\n    return 1 / x\n\nf(0)",
        "1 +",
        "raise SystemExit('over')",
        "sys.exit(3)",
        "raise KeyboardInterrupt",
        "input('name? ')",
        "import getpass; getpass.getpass()",
        "%nosuchmagic",
        "!exit 3",
        "%%bash\nexit 3",
        "import nosuchmodule",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('second') from e",
        "raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])",
        "class Bad:\n    def __repr__(self):\n        raise RuntimeError('no repr')\n\nBad()",
        "display(Bad())",
        "import warnings\nwarnings.warn('watch out')",
        "import signal; signal.raise_signal(signal.SIGINT)",
        "async def deep():\n    raise LookupError('deep')\n\nawait deep()",
    ],
    "logging": [
        "import logging\nlogging.warning('from a logger'); logging.getLogger().handlers",
        "logging.basicConfig(level='INFO', force=True, stream=sys.stdout, format='%(message)s')\n"
        "logging.info('on stdout')",
    ],
}


def notebook(cells: list[str], tag: str = "raises-exception"):
    made = [new_code_cell(source, metadata={"tags": [tag] if tag else []}) for source in cells]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=made, metadata=metadata)


def by_case(made: dict) -> dict[str, list]:
    """Outputs of each cell of each case."""
    cells = iter(execute.without_traces(made)["cells"])
    return {name: [next(cells)["outputs"] for _ in CASES[name]] for name in CASES}


def comparable(outputs: list) -> list:
    """Outputs without what a kernel makes up anew each time or colours otherwise.

    It sends stdout and stderr apart and cuts them by time: each counts as one text. Names of
    temporary files, process numbers and addresses differ, and so do colours of tracebacks.
    """
    streams, rest = {}, []
    for output in json.loads(json.dumps(outputs)):
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
        else:
            rest.append(output)
    text = json.dumps([sorted(streams.items()), rest])
    text = re.sub(r"(\\u001b|\x1b)\[[\d;]*m", "", text)
    text = re.sub(r"ipykernel_\d+/\d+\.py", "FILE", text)
    text = re.sub(r"<dc:date>[^<]*", "", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)
    return json.loads(text)


@pytest.fixture(scope="module")
def of_a_kernel():
    made = notebook([source for cells in CASES.values() for source in cells])
    client = nbclient.NotebookClient(made, timeout=120, resources={"metadata": {"path": str(ROOT)}})
    # told that pytest runs it, a kernel leaves the descriptors alone
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    client.execute(env=environment)
    return by_case(json.loads(json.dumps(made)))


@pytest.fixture(scope="module")
def of_a_run():
    made = json.loads(json.dumps(notebook([s for cells in CASES.values() for s in cells])))
    assert engine.Engine(timeout=120).run(made, ROOT) == ""
    return by_case(made)


@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_a_kernel(case, of_a_kernel, of_a_run):
    for source, here, there in zip(CASES[case], of_a_run[case], of_a_kernel[case], strict=True):
        assert comparable(here) == comparable(there), source
