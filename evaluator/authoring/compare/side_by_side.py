"""Two packs compared: their edits, which of them are stricter and on what document, and the flow of branches where evidence is given."""

from dataclasses import dataclass
from datetime import date

from evaluator.authoring.compare.authority import STRICTER, document_of, is_laid_over, needed, usual_period
from evaluator.authoring.compare.edits import edits_between
from evaluator.authoring.compare.flow import Flow, flow
from evaluator.authoring.compare.scoring import Files
from evaluator.authoring.compare.strict import Judged, judge
from evaluator.packs.load import LoadedPack, load_pack
from evaluator.scoring.period import Period

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """``documents`` has for each judged edit the document on which it rests, "" for none; ``overlay``: the second extends the first."""

    a: LoadedPack
    b: LoadedPack
    judged: tuple[Judged, ...]
    documents: tuple[str, ...]
    overlay: bool
    period: Period
    flow: Flow | None

    @property
    def unfounded(self) -> int:
        """Return how many edits are stricter without a document; only an overlay has to name one."""
        return sum(self.lacks(one, document) for one, document in zip(self.judged, self.documents, strict=True))

    def lacks(self, one: Judged, document: str) -> bool:
        return self.overlay and one.verdict in STRICTER and not document


def compare(first: str, second: str, files: Files | None = None, as_of: date | None = None) -> Comparison:
    """Return two packs side by side.

    Raises:
        Failure: packs or evidence that cannot be used.
    """
    a, b = load_pack(first), load_pack(second)
    others = needed(a.pack, b.pack)
    period = files.period if files else usual_period(a.pack, b.pack)
    if as_of and not files:
        period = Period(date(as_of.year, 1, 1), date(as_of.year, 12, 31), as_of)
    edits = edits_between(a.pack, b.pack)
    judged = tuple(judge(a.pack, b.pack, edits, period, others))
    documents = tuple(document_of(edit, a.pack, b.pack) for edit in edits)
    found = flow(a.pack, b.pack, files, others) if files else None
    return Comparison(a, b, judged, documents, is_laid_over(b, a), period, found)
