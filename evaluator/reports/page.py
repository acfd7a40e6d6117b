"""The dashboard: one page that needs no network, to sort, filter and open branch by branch."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from evaluator.masking import mask
from evaluator.messages import Language, say
from evaluator.packs.scope import all_indicators
from evaluator.reports.render import PageTemplate
from evaluator.reports.words import Branch, Category, Context
from evaluator.scoring.explain import facts_of, points
from evaluator.scoring.results import CriterionRow, Run

__all__ = ["write_dashboard"]

CHARTED = 10  # criteria
STATUSES = ("met", "partial", "unmet", "unproven", "not_due", "not_applicable")


def write_dashboard(run: Run, ctx: Context, path: Path, templates: Path | None) -> None:
    """Write the page of the public packs. What its panels show is carried as data; the page's script only makes text of it.

    Raises:
        Failure: a template of the user that cannot be used.
    """
    template = PageTemplate(templates, "dashboard/page.html", ctx.lang)
    marks = list(dict.fromkeys(share.label for category in ctx.categories for share in category.distribution))
    labels = {(category.pack.id, share.stars): share.label for category in ctx.categories for share in category.distribution}
    shown = {
        branch.stem: labels.get((branch.pack, branch.stars), branch.rating) if branch.visited else branch.rating for branch in ctx.branches
    }
    charts = {category.pack.id: _charts(category, ctx.lang) for category in ctx.categories}
    template.render({"ctx": ctx, "marks": marks, "shown": shown, "charts": charts, "data": _Panels(run, ctx).data()}, path)


def _charts(category: Category, lang: Language) -> dict[str, list[tuple[str, int, str]]]:
    """Return the bars of the two charts: label, length, and what stands beside it."""
    stars = [(share.label, share.count, f"{share.count} ({share.percent}%)") for share in category.distribution]
    lost = [
        (
            f"{cost.criterion} {cost.text}",
            cost.lost_points,
            say("documents.board_lost_value", lang, lost=cost.lost, failing=cost.failing, visited=cost.visited),
        )
        for cost in category.costs[:CHARTED]
    ]
    return {"stars": stars, "lost": lost}


class _Panels:
    """Collects what the panels print, texts of criteria once for each pack."""

    def __init__(self, run: Run, ctx: Context) -> None:
        self.run = run
        self.ctx = ctx
        self.indicators = {pack.pack: all_indicators(pack) for pack in run.packs}
        self.categories = {category.pack.id: number for number, category in enumerate(ctx.categories)}
        self.inputs = {(run.plan.packs[step.pack].id, step.id): step.inputs for step in run.plan.criteria}
        self.texts: dict[str, int] = {}
        self.criteria: dict[tuple[str, str], list[CriterionRow]] = defaultdict(list)
        for row in run.criteria:
            if row.pack in self.categories:
                self.criteria[row.branch_id, row.pack].append(row)

    def data(self) -> dict[str, Any]:
        """Return ``{statuses, packs, branches, texts}``; panels hold places in ``texts`` and ``statuses`` instead of what they share."""
        return {
            "statuses": [[status, say(f"documents.status_{status}", self.ctx.lang)] for status in STATUSES],
            "packs": [{id_: [text, points(full)] for id_, text, _, full in category.criteria} for category in self.ctx.categories],
            "branches": {branch.stem: self._panel(branch) for branch in self.ctx.branches},
            "texts": list(self.texts),
        }

    def _text(self, text: str) -> int:
        """Return the place of a text that many panels share."""
        return self.texts.setdefault(text, len(self.texts))

    def _panel(self, branch: Branch) -> dict[str, Any]:
        lang = self.ctx.lang
        comma = say("documents.comma", lang)
        told = {issue.item: issue.facts for issue in branch.issues}
        slots = self.run.values.get(branch.id, {})
        rows: dict[str, list[list[str | int]]] = defaultdict(list)
        for row in self.criteria[branch.id, branch.pack]:
            read = self.inputs[branch.pack, row.criterion]
            facts = told.get(row.criterion)
            if facts is None:
                known = facts_of(self.run.plan, self.indicators[branch.pack], read, slots, lang, self.run.about.get(branch.id, {}))
                facts = mask(say("reports.x_and", lang).join(known))
            earned = points(row.earned) if row.earned == row.earned_possible else f"{points(row.earned)}–{points(row.earned_possible)}"
            rows[row.group].append([row.criterion, STATUSES.index(row.status), earned, self._text(facts)])
        return {
            "pack": self.categories[branch.pack],
            "notes": [*branch.notes, *(f"{one.id} {one.text}:{one.words};{one.effect};{one.facts}" for one in branch.findings)],
            "groups": [
                [f"{one.mark} {one.title}", f"{one.earned}/{one.applicable}", one.percent, one.why, rows[one.id]] for one in branch.groups
            ],
            "issues": [
                [one.item, *map(self._text, (one.text, one.measure, one.owner, f"{one.due_text} {one.light_text}"))]
                for one in branch.issues
            ],
            "owed": [
                say("documents.board_owed", lang, label=one.label, holder=one.holder_text, items=comma.join(one.items))
                for one in (*branch.owed, *branch.owed_own)
            ],
        }
