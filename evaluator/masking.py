"""Personal numbers in free text, hidden before anything is printed."""

import re
import unicodedata

__all__ = ["mask"]

GAP = "[ \\-\u200b\u200c\u200d\ufeff]?"
IDENTITY = re.compile(f"(?<![0-9A-Za-z])(?:[0-9]{GAP}){{17}}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(f"(?<![0-9])1[3-9](?:{GAP}[0-9]){{9}}(?![0-9])|(?<=86)1[3-9](?:{GAP}[0-9]){{9}}(?![0-9])")


def mask(text: str) -> str:
    """Return ``text`` with identity numbers as ``110105********4426`` and mobile numbers as ``138****5678``; all else word for word."""
    # Full-width digits are digits, but what is not hidden keeps the width in which it was written.
    folded = "".join(one if len(one := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)
    for pattern, head, tail in ((IDENTITY, 6, 4), (MOBILE, 3, 4)):
        for found in reversed(list(pattern.finditer(folded))):
            digits = [c for c in found[0] if c.isalnum()]
            hidden = "".join(digits[:head]) + "*" * (len(digits) - head - tail) + "".join(digits[-tail:])
            text = text[: found.start()] + hidden + text[found.end() :]
            folded = folded[: found.start()] + hidden + folded[found.end() :]
    return text
