"""Which rule template the words of a standard look like. Only a suggestion: nothing is made a rule by its words."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from evaluator.messages import LANGUAGES, Language, say

__all__ = ["Suggestion", "suggest", "without_suggestions"]

NUMBER = r"(\d+(?:\.\d+)?)"
EACH = "|".join(("每少", "每缺", "每差", "每漏", "每发现", "每发生", "每出现", "每有", "每逾期", "少", "缺", "发现", "每"))
MORE = "|".join(("每多", "每增加", "每新增", "每建成", "每完成", "每开展", "每有", "每"))
THERE = "|".join(("有", "建立", "设有", "达到", "完成", "配齐", "符合"))
OFF = re.compile(rf"(?:{EACH})[^,;。]{{0,24}}?扣{NUMBER}分")
ON = re.compile(rf"(?:{MORE})[^,;。扣]{{0,24}}?(?:加|得|计){NUMBER}分")
BAND = re.compile(rf"\d+(?:\.\d+)?%[^,;。%]{{0,12}}?(?:得|计){NUMBER}分")
LIMIT = "|".join(("不少于", "不低于", "不超过", "达到", "超过", "高于", "大于", "低于", "少于", "小于", "不足", "满"))
STEP = re.compile(  # a band by amounts: from, up to, or between
    rf"(?:(?:{LIMIT}){NUMBER}|{NUMBER}[^,;。\d]{{0,4}}[-~—–至到]{NUMBER}|{NUMBER}[^,;。\d]{{0,4}}(?:以上|以下))"
    rf"[^,;。\d]{{0,16}}?(?:[得计]{NUMBER}分|不得分)"
)
RATIO = re.compile(r"按[^,;。]{0,10}比例|折算[得计]分|率[×x*]\d|\d分?[×x*][^,;。]{0,16}率")
AWARD = re.compile(
    rf"(?:{THERE})[^,;。]{{0,24}}得(?:满分|\d+(?:\.\d+)?分)|(?:没有|无|未)[^,;。]{{0,24}}不得分"
    rf"|\d[^,;。\d]{{0,6}}以上[^,;。\d]{{0,8}}得(?:满分|\d+(?:\.\d+)?分)|否则不得分"
)


@dataclass(frozen=True)
class Suggestion:
    """A template, and in which way the standard counts."""

    template: str
    how: str
    values: tuple[tuple[str, str], ...] = ()

    def text(self, lang: Language) -> str:
        how = say(f"packbook.how_{self.how}", lang, **dict(self.values))
        return say("packbook.pasted_suggest", lang, template=say(f"packbook.w_template_{self.template}", lang), how=how)


def without_suggestions(note: Mapping[str, str]) -> dict[str, str]:
    """Return a note without the lines that are ours word for word; whole when only its English would have anything left.

    A suggestion that somebody changed, or wrote more into, is theirs.
    """
    kept = {lang: "\n".join(line for line in text.split("\n") if not _ours().fullmatch(line.strip())) for lang, text in note.items()}
    left = {lang: text for lang, text in kept.items() if text.strip()}
    return dict(note) if left and "zh" not in left else left


@cache
def _ours() -> re.Pattern[str]:
    """Return what every suggestion looks like, in both languages."""
    hows = {"off": "count_down", "on": "count_up", "bands": "bands", "prorate": "prorate", "award": "award"}
    number = "\x00"
    values = (("points", number), ("count", number))
    texts = [Suggestion(template, how, values).text(lang) for how, template in hows.items() for lang in LANGUAGES]
    return re.compile("|".join(re.escape(text).replace(re.escape(number), r"\d+(?:\.\d+)?") for text in texts))


def suggest(standard: str) -> Suggestion | None:
    """Return what a standard looks like, None where it looks like nothing in particular."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", standard))
    bands = BAND.findall(text)
    bands = bands if len(bands) >= 2 else STEP.findall(text)
    if len(bands) >= 2:
        return Suggestion("bands", "bands", (("count", str(len(bands))),))
    if found := OFF.search(text):
        return Suggestion("count_down", "off", (("points", found[1]),))
    if RATIO.search(text):
        return Suggestion("prorate", "prorate")
    if found := ON.search(text):
        return Suggestion("count_up", "on", (("points", found[1]),))
    return Suggestion("award", "award") if AWARD.search(text) else None
