"""The workbook of results: overview, branches in register order, ranking, points, what cost most, what is still owed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from evaluator.messages import say
from evaluator.reports.points_sheets import write_count, write_matrix
from evaluator.reports.sheets import Book, Cell, Column, Value
from evaluator.reports.standing_sheet import rating_of, write_standings
from evaluator.reports.words import Branch, Category, Context, Finding, Share
from evaluator.scoring.results import Run

__all__ = ["write_results"]

GREY = {"font_color": "#7B8794", "bg_color": "#F0F2F4"}
WARN = {"bg_color": "#FFF3CD"}
BAD = {"bg_color": "#FDE2E1"}
WIDTHS = (20, 52, 12, 12)  # of the overview

# name of a column: the widths between which it is measured, and its alignment
COLUMNS = {
    "value": (6, 20, "left"),
    "bar": (6, 52, "left"),
    "count": (6, 12, "center"),
    "share": (6, 12, "center"),
    "order": (5, 6, "center"),
    "branch": (16, 30, "left"),
    "township": (10, 18, "left"),
    "proposal": (10, 16, "center"),
    "mark": (8, 10, "center"),
    "possible": (12, 18, "center"),
    "hard": (6, 8, "center"),
    "soft": (6, 8, "center"),
    "score": (9, 10, "center"),
    "stars": (12, 14, "center"),
    "rating": (10, 14, "center"),
    "coverage": (8, 10, "center"),
    "rank": (6, 8, "center"),
    "issues": (5, 6, "center"),
    "remarks": (20, 44, "left"),
    "id": (7, 10, "center"),
    "situation": (20, 36, "left"),
    "effect": (10, 22, "left"),
    "finding": (8, 12, "center"),
    "facts": (20, 44, "left"),
    "criterion": (9, 12, "center"),
    "star": (10, 14, "left"),
    "text": (20, 36, "left"),
    "lost": (8, 10, "right"),
    "failing": (8, 10, "center"),
    "share_visited": (8, 10, "center"),
    "common": (6, 8, "center"),
    "owner": (10, 16, "left"),
    "measure": (20, 44, "left"),
    "holder": (10, 16, "left"),
    "evidence": (16, 34, "left"),
    "branch_count": (7, 9, "center"),
    "waits": (12, 30, "left"),
    "branches": (24, 60, "left"),
}


def write_results(run: Run, ctx: Context, path: Path) -> None:
    """Write the workbook of one audience: the packs of ``ctx`` and nothing else. For internal packs hand in ``ctx.internal``."""
    with Book(path, ctx, ctx.header.title) as book:
        _Results(run, ctx, book).write()


class _Results:
    def __init__(self, run: Run, ctx: Context, book: Book) -> None:
        self.run = run
        self.ctx = ctx
        self.book = book
        self.worst = {pack.pack: max(line.level for line in pack.rating) for pack in run.packs if pack.internal}

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"reports.x_{name}", self.ctx.lang, **values)

    def columns(self, *names: str) -> list[Column]:
        return [Column(self.word(f"col_{name}"), *COLUMNS[name]) for name in names]

    def name(self, sheet: str, category: Category) -> str:
        """Return a sheet's name, with the category behind it where there are several."""
        return self.word(f"sheet_{sheet}") + (f" {category.title}" if len(self.ctx.categories) > 1 else "")

    def write(self) -> None:
        self.overview()
        for category in self.ctx.categories:
            self.branches(category)
        for category in self.ctx.categories:
            if category.ranking:
                self.ranking(category)
        for category in self.ctx.categories:
            if category.jurisdictions:
                write_standings(self.book, category, len(self.ctx.categories) > 1)
        if any(branch.findings for branch in self.ctx.branches):
            self.findings()
        for category in self.ctx.categories:
            if category.criteria:
                write_matrix(self.book, self.run, self.ctx, category, self.name("matrix", category))
                write_count(self.book, self.run, self.ctx, category, self.name("count", category))
                self.costs(category)
        self.owed()

    # --- overview -------------------------------------------------------------

    def overview(self) -> None:
        book, header, totals = self.book, self.ctx.header, self.ctx.totals
        sheet = book.sheet(self.word("sheet_overview"), landscape=False)
        row = book.title(sheet, header.title)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.fit_to_pages(1, 0)
        facts: list[tuple[str, Value]] = [
            ("period", header.period), ("as_of", header.as_of), ("reference", header.reference),
            ("round", header.round), ("state", header.state),
            *(("pack", self.word("pack_line", title=pack.title, version=pack.version, status=pack.status)) for pack in header.packs),
            ("totals", self.word("totals_line", expected=totals.expected, visited=totals.visited, unvisited=totals.unvisited)),
            ("provisional_count", totals.provisional), ("issue_count", totals.issues),
            ("pending_count", totals.pending), ("tool", f"{header.tool} · {header.digest}"),
        ]  # fmt: skip
        if not self.ctx.internal_only:
            facts.insert(-2, ("veto_count", totals.vetoes))
        pair = [Column(self.word("col_item")), Column(self.word("col_told"))]
        rows = [(self.word(f"fact_{name}"), value) for name, value in facts]
        row = book.table(sheet, row, pair, rows, widths=WIDTHS[:2], look={"align": "left"}) + 1
        for category in self.ctx.categories:
            row = self.distribution(sheet, row, "distribution", category, category.distribution) + 1
            if category.has_stars:
                row = self.distribution(sheet, row, "levels", category, category.levels) + 1
        sentences = [*header.notes, *(self.word("pack_note", title=pack.title, note=pack.note) for pack in header.packs if pack.note)]
        if self.ctx.unrouted:
            sentences.append(self.word("unrouted", count=len(self.ctx.unrouted), names="、".join(self.ctx.unrouted)))
        row = self.sentences(sheet, row, "notes", sentences)
        row = self.sentences(sheet, row, "bad_cells", header.bad_cells)
        self.sentences(sheet, row, "warnings", header.warnings)

    def distribution(self, sheet: Worksheet, row: int, name: str, category: Category, shares: Sequence[Share]) -> int:
        """Write what became of a category's branches, each line with its bar."""
        book = self.book
        book.put(sheet, row, 0, self.word(name, category=category.title), book.look(bold=True, font_size=12))
        sheet.set_row(row, 22)
        columns = self.columns("value", "bar", "count", "share")
        most = max((share.count for share in shares), default=0) or 1
        return book.table(sheet, row + 1, columns, [self.share(share, most, share is shares[-1]) for share in shares], widths=WIDTHS)

    def share(self, share: Share, most: int, unvisited: bool) -> Sequence[Value | Cell]:
        # A bar of characters: it prints, and every spreadsheet program shows it alike.
        bar = "█" * (20 * share.count // most) or ("▏" if share.count else "")
        return (share.label, Cell(bar, {"font_color": "#829AB1" if unvisited else "#C9252D"}), share.count, f"{share.percent}%")

    def sentences(self, sheet: Worksheet, row: int, name: str, texts: Sequence[str]) -> int:
        if not texts:
            return row
        columns = [Column(self.word("col_order")), Column(self.word(f"head_{name}"))]
        return self.book.table(sheet, row, columns, list(enumerate(texts, 1)), widths=WIDTHS[:2], look={"align": "left"}) + 1

    # --- branches -------------------------------------------------------------

    def branches(self, category: Category) -> None:
        book = self.book
        sheet = book.sheet(self.name("branches", category))
        top = book.title(sheet, self.word("title_branches", category=category.title))
        columns = self.columns("order", "branch", "township")
        if self.ctx.internal_only:
            columns += self.columns("proposal", "mark", "possible")
            columns += self.columns("hard", "soft") if not category.criteria else []
            columns += self.columns("score") if category.criteria else []
        else:
            columns += self.columns("stars", "rating", "mark")
            columns += self.columns("possible", "score")
            columns += [Column(title, 11, 14, "center") for _, title in category.groups]
            columns += self.columns("coverage", "rank")
        columns += self.columns("issues", "remarks")
        rows = [self.branch(branch, category) for branch in self.ctx.of(category.pack.id)]
        end = book.table(sheet, top, columns, rows)
        sheet.freeze_panes(top + 1, 2)
        sheet.autofilter(top, 0, max(top, end - 1), len(columns) - 1)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)

    def branch(self, branch: Branch, category: Category) -> list[Value | Cell]:
        def one(value: Value, **look: Any) -> Cell:
            return Cell(value, look if branch.visited else {**look, **GREY})

        possible = branch.rating_possible or ("" if not branch.visited else self.word("same"))
        cells: list[Value | Cell] = [one(branch.order), one(branch.name, bold=True), one(branch.township)]
        mark = one(branch.provisional_text, **(WARN if branch.provisional else {}))
        if self.ctx.internal_only:
            worst = not category.criteria and branch.level == self.worst[branch.pack]
            cells += [one(branch.rating, bold=True, **(BAD if worst else {})), mark, one(possible)]
            cells += [one(branch.score)] if category.criteria else [one(branch.hard), one(branch.soft)]
        else:
            capped = branch.visited and branch.stars is not None and branch.level != branch.stars
            if branch.visited and category.has_stars and branch.stars_possible != branch.stars_text:
                possible = f"{branch.stars_possible}\n{possible}"
            cells += [one(branch.stars_text, font_color="#B7791F"), one(rating_of(branch, self.ctx.lang), **(BAD if capped else {}))]
            cells += [mark, one(possible), one(branch.score)]
            stars = {star.id: star for star in branch.groups}
            for id_, _ in category.groups:
                star = stars.get(id_)
                cells.append(one(f"{star.mark} {star.percent}\n{star.earned}/{star.applicable}" if star else ""))
            cells += [one(branch.coverage), one(branch.rank)]
        findings = [self.finding(finding) for finding in branch.findings]
        return [*cells, one(len(branch.issues)), one("\n".join([*findings, *branch.notes]))]

    def finding(self, finding: Finding) -> str:
        return self.word("finding_line", id=finding.id, text=finding.text, words=finding.words, effect=finding.effect)

    def ranking(self, category: Category) -> None:
        book = self.book
        sheet = book.sheet(self.name("ranking", category), landscape=False)
        top = book.title(sheet, self.word("title_ranking", category=category.title))
        columns = self.columns("rank", "branch", "township", "stars")
        columns += self.columns("rating", "score", "mark")
        rows: list[list[Value | Cell]] = []
        for place in category.ranking:
            branch = place.branch
            look = {"bg_color": "#FBF6E6"} if place.rank <= 3 else {}
            told = rating_of(branch, self.ctx.lang)
            values: tuple[Value, ...] = (place.rank, branch.name, branch.township, branch.stars_text, told, branch.score)
            rows.append([*(Cell(value, look) for value in values), Cell(branch.provisional_text, WARN if branch.provisional else look)])
        ranked = {place.branch.stem for place in category.ranking}
        for branch in self.ctx.of(category.pack.id):
            if branch.stem not in ranked:
                rows.append([Cell(value, GREY) for value in ("—", branch.name, branch.township, branch.stars_text, "—", "—", "")])
        book.table(sheet, top, columns, rows)
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)

    def findings(self) -> None:
        book = self.book
        kind = "findings_internal" if self.ctx.internal_only else "findings"
        sheet = book.sheet(self.word(f"sheet_{kind}"))
        top = book.title(sheet, self.word(f"title_{kind}"))
        columns = self.columns("order", "branch", "township", "id")
        columns += self.columns("situation", "effect", "finding", "facts")
        looks = {"true": BAD, "open": WARN, "pending": WARN}
        rows: list[list[Value | Cell]] = [
            [b.order, b.name, b.township, f.id, f.text, f.effect, Cell(f.words, looks[f.state]), f.facts]
            for b in self.ctx.branches
            for f in b.findings
        ]
        end = book.table(sheet, top, columns, rows)
        sheet.autofilter(top, 0, end - 1, len(columns) - 1)
        sheet.freeze_panes(top + 1, 2)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)

    # --- what cost most, what is owed -----------------------------------------

    def costs(self, category: Category) -> None:
        book = self.book
        sheet = book.sheet(self.name("costs", category))
        top = book.title(sheet, self.word("title_costs", category=category.title))
        columns = self.columns("rank", "criterion", "star", "text")
        columns += self.columns("lost", "failing", "share_visited", "common")
        columns += self.columns("owner", "measure")
        common = {cost.criterion for cost in category.common}
        rows: list[list[Value | Cell]] = [
            [
                *(n, cost.criterion, cost.group, cost.text, cost.lost_points / 100, f"{cost.failing}/{cost.visited}", f"{cost.percent}%"),
                Cell(self.word("common"), WARN) if cost.criterion in common else "",
                *(cost.owner, cost.measure),
            ]
            for n, cost in enumerate(category.costs, 1)
        ]
        end = book.table(sheet, top, columns, rows)
        if rows:
            bar = {"type": "data_bar", "bar_color": "#E8A0A0", "bar_solid": True, "min_type": "num", "min_value": 0}
            sheet.conditional_format(top + 1, 4, end - 1, 4, bar)
        sheet.set_row(end, 18)
        note = self.word("note_costs", over=category.common_over, least=category.common_least)
        book.put(sheet, end, 0, note, book.look(font_color="#52606D"))
        sheet.freeze_panes(top + 1, 2)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)

    def owed(self) -> None:
        book = self.book
        sheet = book.sheet(self.word("sheet_owed"))
        top = book.title(sheet, self.word("title_owed"))
        columns = self.columns("holder", "evidence", "branch_count", "waits")
        columns += self.columns("branches")
        rows: list[list[Value | Cell]] = []
        for holder in self.ctx.holders:
            look = {} if holder.own else {"bold": True}
            for one in holder.indicators:
                rows.append([Cell(holder.title, look), one.label, len(one.branches), "、".join(one.items), "、".join(one.branches)])
        if not rows:
            rows.append([self.word("owed_none"), "", "", "", ""])
        end = book.table(sheet, top, columns, rows, split=True)
        sheet.set_row(end, 18)
        book.put(sheet, end, 0, self.word("note_owed"), book.look(font_color="#52606D"))
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, end - 1, len(columns) - 1)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)
