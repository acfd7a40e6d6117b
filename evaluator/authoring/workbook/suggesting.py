"""Which rule template the words of a standard look like. Only a suggestion: nothing is made a rule by its words."""

import re
import unicodedata
from dataclasses import dataclass

from evaluator.messages import Language, say

__all__ = ["Suggestion", "suggest"]

NUMBER = r"(\d+(?:\.\d+)?)"
EACH = "|".join(("每少", "每缺", "每差", "每漏", "每发现", "每发生", "每出现", "每有", "每逾期", "少", "缺", "发现", "每"))
MORE = "|".join(("每多", "每增加", "每新增", "每建成", "每完成", "每开展", "每有", "每"))
THERE = "|".join(("有", "建立", "设有", "达到", "完成", "配齐", "符合"))
OFF = re.compile(rf"(?:{EACH})[^,;。]{{0,24}}?扣{NUMBER}分")
ON = re.compile(rf"(?:{MORE})[^,;。扣]{{0,24}}?(?:加|得|计){NUMBER}分")
BAND = re.compile(rf"\d+(?:\.\d+)?%[^,;。%]{{0,12}}?(?:得|计){NUMBER}分")
RATIO = re.compile(r"按[^,;。]{0,10}比例|折算[得计]分")
AWARD = re.compile(rf"(?:{THERE})[^,;。]{{0,24}}得(?:满分|\d+(?:\.\d+)?分)|(?:没有|无|未)[^,;。]{{0,24}}不得分")


@dataclass(frozen=True)
class Suggestion:
    """A template, and in which way the standard counts."""

    template: str
    how: str
    values: tuple[tuple[str, str], ...] = ()

    def text(self, lang: Language) -> str:
        how = say(f"packbook.how_{self.how}", lang, **dict(self.values))
        return say("packbook.pasted_suggest", lang, template=say(f"packbook.w_template_{self.template}", lang), how=how)


def suggest(standard: str) -> Suggestion | None:
    """Return what a standard looks like, None where it looks like nothing in particular."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", standard))
    bands = BAND.findall(text)
    if len(bands) >= 2:
        return Suggestion("bands", "bands", (("count", str(len(bands))),))
    if found := OFF.search(text):
        return Suggestion("count_down", "off", (("points", found[1]),))
    if RATIO.search(text):
        return Suggestion("prorate", "prorate")
    if found := ON.search(text):
        return Suggestion("count_up", "on", (("points", found[1]),))
    return Suggestion("award", "award") if AWARD.search(text) else None
