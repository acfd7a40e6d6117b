"""What the tests of READMEs and guides share: console blocks as commands with what is shown below each, held against what was printed."""

import re

__all__ = ["compare", "sessions"]


def sessions(block: str) -> list[tuple[str, list[str]]]:
    """Return each command of a console block with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def compare(command: str, shown: list[str], output: str) -> None:
    """Hold the lines that a document shows against an output; ``…`` stands for lines, or the rest of a line, left out."""
    printed = [line.rstrip() for line in output.splitlines()]
    place = 0
    for line in shown:
        if line == "…":
            continue
        pattern = re.escape(line).replace("…", ".*")
        hits = [number for number in range(place, len(printed)) if re.fullmatch(pattern, printed[number])]
        assert hits, f"{command}: no line {line!r} in\n{output}"
        place = hits[0] + 1
