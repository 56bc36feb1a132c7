"""Whether cells can stand alone, or use what an earlier run left in the kernel."""

import ast
import builtins


def left_over(sources: list[str]) -> str:
    """Why the cells cannot have run as they stand; empty if they can.

    An earlier run may have left a name in the kernel that is used and nowhere set any more.
    """
    from IPython.core.inputtransformer2 import TransformerManager

    text = "\n".join(map(TransformerManager().transform_cell, sources))
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return "has a cell that is no Python"
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
    unknown = next((name for name in used if name not in known), "")
    return f"uses {unknown}, which no cell defines" if unknown else ""
