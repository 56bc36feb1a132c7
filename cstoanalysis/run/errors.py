"""Everything that can go wrong in the back rooms: one tree, and each error is a sentence to be read."""


class CstoError(Exception):
    """One sentence that says what is wrong and what can be done about it."""


class ParameterError(CstoError, ValueError):
    """A notebook, a parameter or a value that is refused before anything runs."""


class ClusterError(CstoError):
    """A cluster that cannot be used, or is lost."""


class RunError(CstoError, RuntimeError):
    """A run that came to no end of its own."""


class Died(RunError):
    """The process of a run ended before the run did."""


class Stopped(RunError):
    """The caller was interrupted, and its runs with it."""
