"""A paper in words: what templates, sheets and the terminal print of a quiz. The answers stand apart from the questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from evaluator.authoring.kit.handbook import banners_of
from evaluator.authoring.kit.questions import Clause, Question
from evaluator.authoring.kit.quiz import Paper, answer
from evaluator.messages import language, say
from evaluator.reports.sheets import text_width

__all__ = ["Answer", "Asked", "Part", "Printed", "printed", "text_of"]

LETTERS = "ABCDEFGH"
SHORT = 44  # columns of an option (a Chinese character takes two): two of them stand side by side, four of half as much
KEYS = 10  # answers in a line of the key


@dataclass(frozen=True)
class Asked:
    """One question as it is printed. ``rows`` are the options in lines, ``options`` each by itself."""

    number: int
    kind: str
    stem: str
    blank: str  # "" where the stem has its own
    options: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    title: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class Answer:
    number: int
    answer: str
    clause: str
    told: str  # names the item, too
    source: str


@dataclass(frozen=True)
class Printed:
    """A whole paper in words."""

    title: str
    line: str
    note: str
    banners: tuple[str, ...]
    parts: tuple[Part, ...]
    key: tuple[str, ...]
    answers: tuple[Answer, ...]


def printed(paper: Paper) -> Printed:
    """Return the paper in the language in force."""
    lang = language()
    count = len(paper.questions)
    titles = [say("kit.paper_pack", title=pack.title.text(lang), version=pack.version) for pack in paper.packs]
    one = len(paper.packs) == 1
    title = say("kit.paper_title", title=paper.packs[0].title.text(lang), count=count) if one else say("kit.paper_titles", count=count)
    asked = [_asked(number, question, several=not one) for number, question in enumerate(paper.questions, 1)]
    answers = [
        Answer(number, answer(question), _clause(question.clause), _told(question.clause), question.clause.source)
        for number, question in enumerate(paper.questions, 1)
    ]
    return Printed(
        title=title,
        line=say("kit.paper_line", packs=say("conditions.list").join(titles), seed=paper.seed),
        note=say("kit.paper_note"),
        banners=banners_of(paper.packs),
        parts=tuple(_parts(paper.questions, asked)),
        key=tuple(_key(paper.questions)),
        answers=tuple(answers),
    )


def _asked(number: int, question: Question, *, several: bool) -> Asked:
    stem = say("kit.of_pack", title=question.pack, stem=question.stem) if several else question.stem
    options = () if question.kind == "judge" else tuple(f"{LETTERS[n]}. {one.text}" for n, one in enumerate(question.options))
    blank = "" if say("kit.gap") in question.stem else say("kit.blank")
    return Asked(number, say(f"kit.kind_{question.kind}"), stem, blank, options, tuple(_rows(options)))


def _clause(clause: Clause) -> str:
    return f"{clause.id} {clause.text}".strip()


def _told(clause: Clause) -> str:
    """Return the sentence that is right, with so much of the item before it as the sentence leaves out."""
    if not clause.id or clause.id in clause.told:
        return clause.told
    return say("kit.of_item", item=clause.id if clause.text in clause.told else _clause(clause), told=clause.told)


def _rows(options: tuple[str, ...]) -> Iterator[str]:
    """Yield the options in lines: four short ones in one, two middling ones, else each by itself."""
    longest = max(map(text_width, options), default=0)
    beside = 4 if longest <= SHORT // 2 else 2 if longest <= SHORT else 1
    for at in range(0, len(options), beside):
        yield "　　".join(options[at : at + beside])


def _parts(questions: tuple[Question, ...], asked: list[Asked]) -> Iterator[Part]:
    places = iter(say("kit.places"))
    for kind, group in groupby(zip(questions, asked, strict=True), key=lambda pair: pair[0].kind):
        found = tuple(one for _, one in group)
        yield Part(say(f"kit.part_{kind}", place=next(places), first=found[0].number, last=found[-1].number), found)


def _key(questions: tuple[Question, ...]) -> Iterator[str]:
    """Yield the answers alone, some in a line, so that a paper is marked at a glance."""
    answers = [answer(question).partition(" ")[0] for question in questions]
    for at in range(0, len(answers), KEYS):
        row = answers[at : at + KEYS]
        yield say("kit.key_row", first=at + 1, last=at + len(row), answers="  ".join(row))


def text_of(paper: Printed) -> str:
    """Return the paper as plain text, answers at the end."""
    lines = [*([" · ".join(paper.banners)] if paper.banners else []), paper.title, paper.line, paper.note]
    for part in paper.parts:
        lines += ["", part.title]
        for one in part.questions:
            lines += [f"{one.number}. {one.stem}{one.blank}", *(f"   {row}" for row in one.rows)]
    lines += ["", say("kit.answers_title", title=paper.title), *paper.key, ""]
    for found in paper.answers:
        lines += [f"{found.number}. {found.answer}  {found.told}", f"   {found.source}"]
    return "\n".join(lines) + "\n"
