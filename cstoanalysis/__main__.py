"""``python -m cstoanalysis``, where the ``csto`` command is not on the path."""

from cstoanalysis.cli import main

main(prog_name="csto")
