"""Where the rules of jurisdictions are printed: a sheet of the results workbook, a section on the terminal, sentences for the leader."""

from rich.console import Console
from rich.text import Text

from evaluator.messages import Language, language, say
from evaluator.reports.sheets import Book, Cell, Column, Value, broken
from evaluator.reports.words import Branch, Category

__all__ = ["acting_lines", "print_jurisdictions", "rating_of", "write_standings"]

SHOWN = 12  # sentences on the terminal
MARKS = ",。;:、)"
CHANGED = {"bg_color": "#FDE2E1"}
MARKED = {"bg_color": "#FFF3CD"}
UNVISITED = {"font_color": "#7B8794", "bg_color": "#F0F2F4"}
COLUMNS = {  # name of a column: the widths between which it is measured, and its alignment
    "scope": (10, 22, "left"),
    "rank": (6, 8, "center"),
    "order": (5, 6, "center"),
    "branch": (16, 30, "left"),
    "computed": (10, 14, "center"),
    "proposed": (10, 14, "center"),
    "mark": (8, 10, "center"),
    "notes": (24, 64, "left"),
    "counts": (60, 76, "left"),
}
RANKS = ("scope", "rank", "order", "branch", "computed", "proposed", "mark", "notes")
NONE = "—"


def rating_of(branch: Branch, lang: Language) -> str:
    """Return the computed level, and under it the one that is proposed where it is another."""
    return f"{branch.rating}\n{say('ranks.suggested', lang, level=branch.proposed)}" if branch.proposed else branch.rating


def write_standings(book: Book, category: Category, several: bool) -> None:
    """Write the sheet of a category's jurisdictions: what each rule came to, then every branch in rank order."""
    behind = f" {category.title}" if several else ""
    if any(place.rank != NONE for one in category.jurisdictions for place in one.standings):  # internal packs rank nobody
        _ranks(book, category, say("ranks.sheet", book.lang) + behind)
    _rules(book, category, say("ranks.sheet_rules", book.lang) + behind)


def _columns(book: Book, *names: str) -> list[Column]:
    return [Column(say(f"ranks.col_{name}", book.lang), *COLUMNS[name]) for name in names]


def _ranks(book: Book, category: Category, name: str) -> None:
    sheet = book.sheet(name)
    top = book.title(sheet, say("ranks.title", book.lang, title=category.title))
    ranked: list[list[Value | Cell]] = []
    for one in category.jurisdictions:
        for place in one.standings:
            look = {} if place.visited else UNVISITED
            proposed = Cell(place.proposed, CHANGED) if place.proposed else Cell("", look)
            mark = Cell(place.mark, MARKED) if place.mark else Cell("", look)
            cells = [Cell(text, look) for text in (one.name, place.rank, place.number, place.branch, place.computed)]
            ranked.append([*cells, proposed, mark, Cell("\n".join(place.notes), look)])
    end = book.table(sheet, top, _columns(book, *RANKS), ranked)
    sheet.autofilter(top, 0, end - 1, len(RANKS) - 1)
    sheet.freeze_panes(top + 1, 4)
    sheet.repeat_rows(top)
    sheet.fit_to_pages(1, 0)


def _rules(book: Book, category: Category, name: str) -> None:
    sheet = book.sheet(name, landscape=False)
    top = book.title(sheet, say("ranks.title_rules", book.lang, title=category.title))
    for note in category.scope_notes:
        book.put(sheet, top, 0, note, book.look(font_color="#52606D"))
        sheet.set_row(top, 18)
        top += 1
    rows: list[list[Value | Cell]] = [
        [one.name, Cell(line.text, CHANGED if line.acts else {})] for one in category.jurisdictions for line in one.lines
    ]
    book.table(sheet, top, _columns(book, "scope", "counts"), rows)
    sheet.repeat_rows(top)
    sheet.fit_to_pages(1, 0)


def acting_lines(category: Category, most: int, lang: Language) -> tuple[str, ...]:
    """Return the sentences of rules that lowered somebody or found what they look for, each with its jurisdiction; at most so many."""
    found = [say("ranks.heading", lang, name=one.name) + line.text for one in category.jurisdictions for line in one.lines if line.acts]
    if not category.jurisdictions:
        return ()
    if not found:
        return (say("ranks.quiet", lang),)
    sheet = say("ranks.sheet_rules", lang)
    return (*found[:most], *([say("ranks.more", lang, count=len(found) - most, sheet=sheet)] if len(found) > most else []))


def print_jurisdictions(category: Category, console: Console) -> None:
    """Print what the rules of jurisdictions did; nothing for a pack without any."""
    lines = acting_lines(category, SHOWN, language())
    if not lines:
        return
    console.print()
    console.print(Text(say("ranks.title", title=category.title), style="bold"))
    for text, style in [*((line, "") for line in lines), *((note, "dim") for note in category.scope_notes)]:
        for number, piece in enumerate(_wrapped(text, console.width)):
            console.print(Text(("    " if number else "  ") + piece, style=style))


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text between any two Chinese characters, none of which begins with a mark that belongs to the one before."""
    lines: list[str] = []
    for piece in broken(text, width - 4):
        rest = piece.lstrip(MARKS) if lines else piece
        if lines:
            lines[-1] += piece[: len(piece) - len(rest)]
        lines += [rest.strip()] if rest.strip() else []
    return lines
