"""starbranch: score grassroots branches against rule packs, explain every point, follow every issue to its close-out."""

from pathlib import Path

__all__ = ["__version__", "data_dir"]

__version__ = "0.1.0"


def data_dir(kind: str) -> Path:
    """Return the folder of shipped data named ``kind``: ``rules``, ``templates`` or ``examples``.

    A wheel carries the folder inside this package; a checkout, and so an editable install, has it beside the package.

    Raises:
        FileNotFoundError: neither place holds it.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(kind)
