"""Whether cells can stand alone, or use what an earlier run left in the kernel."""

import ast
import builtins


def left_over(sources: list[str]) -> str:
    """First name that is used and nowhere set: an earlier run may have left it in the kernel."""
    from IPython.core.inputtransformer2 import TransformerManager

    text = "\n".join(map(TransformerManager().transform_cell, sources))
    nodes = list(ast.walk(ast.parse(text)))
    known = {*vars(builtins), "get_ipython", "display", "In", "Out", "exit", "quit", "_"}
    for node in nodes:
        if isinstance(node, ast.alias):
            known.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.Name):
            known |= set() if isinstance(node.ctx, ast.Load) else {node.id}
        else:
            known.add(getattr(node, "name", None))  # of a function, a class, a caught error
    used = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return next((name for name in used if name not in known), "")
