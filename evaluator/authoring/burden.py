"""What packs ask of people: fields by holder, proofs, points on paper alone, points that the branch cannot win back; see :func:`burden`.

Everything is counted in whole fields, criteria and hundredths of points.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure
from evaluator.packs import models as m
from evaluator.packs.budget import branch_fields, burden_findings
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.packs.scope import all_indicators, manual_columns
from evaluator.packs.together import check_together

__all__ = ["Alike", "Asked", "Burden", "HolderCount", "PackBurden", "Stake", "alike", "burden", "documents", "on_paper", "read_packs"]

HOLDERS = ("branch", "township", "team")  # these first, then the departments
TOGETHER = ("packs.E490", "packs.E492")  # a pack named twice, a field that is two things: neither can be counted
BRACKETS = re.compile(r"[(\[〔【].*?[)\]〕】]")
BETWEEN = re.compile(r"[、,;]")  # what separates documents, and their English commas
SEEN = ("系统", "平台", "现场", "实地", "抽查", "问卷", "测评", "访谈")  # in the name of a proof: not the branch's own paper
SMALL = ("是否", "次数", "件数", "个数", "情况", "组织开展", "开展", "召开", "累计", "本年度", "本年", "全年", "的", "了", "数")
FILLERS = re.compile("|".join(SMALL))
OPPOSITES = frozenset("应已未不无非上下本今去" + "始末前后男女")  # labels that differ in one of these ask different things
NEAR = Fraction(4, 5)  # of the pairs of characters of both labels


@dataclass(frozen=True)
class HolderCount:
    """What one holder has to supply. ``manual``: columns for points and reasons; ``documents``: different ones."""

    holder: str
    fields: int
    manual: int
    by_exception: int
    with_proof: int
    documents: int


@dataclass(frozen=True)
class Asked:
    """What is asked; one field is counted once, however many packs and criteria read it. ``attributes`` are read from the register."""

    holders: tuple[HolderCount, ...]
    fields: int
    manual: int
    by_exception: int
    with_proof: int
    documents: tuple[str, ...]
    attributes: int


@dataclass(frozen=True)
class Stake:
    """Points, in hundredths, and the criteria that carry them."""

    points: int
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class PackBurden:
    """The burden of one pack. ``mending``: who is able to mend what the branch is not, or ``irreversible``: nobody, in this period."""

    pack: m.Pack
    asked: Asked
    branch_fields: int
    most: int
    total: int  # full points of all criteria
    paper: Stake
    unproved: tuple[str, ...]  # those of ``paper`` that read a field for which nothing is asked as proof
    beyond: Stake  # what the branch cannot mend itself
    mending: Mapping[str, int]  # its points
    rules: int  # vetoes and triggers
    rules_beyond: tuple[str, ...]  # those whose cause the branch cannot mend

    @property
    def over(self) -> int:
        return max(self.branch_fields - self.most, 0)


@dataclass(frozen=True)
class Alike:
    """Two fields that ask the same, or nearly. ``computed``: the second is a derived value, so that the first need not be asked."""

    kind: Literal["same", "near", "computed"]
    first: str
    second: str
    labels: tuple[m.Labels, m.Labels]
    packs: tuple[tuple[str, ...], tuple[str, ...]]
    holders: tuple[str, str]  # the second is empty where it is computed


@dataclass(frozen=True)
class Burden:
    """Everything about packs: one by one, together, what is shared (id to packs), what is asked twice, and what is over a budget."""

    packs: tuple[PackBurden, ...]
    together: Asked
    shared: Mapping[str, tuple[str, ...]]
    alike: tuple[Alike, ...]
    findings: tuple[Diagnostic, ...]


def read_packs(names: Iterable[str]) -> list[LoadedPack]:
    """Load packs that need not be scored in one run; criteria may share ids and needed packs may be left out.

    Raises:
        Failure: one cannot be read, is named twice, or shares the id of a field that is something else in another.
    """
    loaded: list[LoadedPack] = []
    findings: list[Diagnostic] = []
    for name in names:
        try:
            loaded.append(load_pack(name))
        except Failure as failure:
            findings += failure.findings
    known = {one.pack.pack for one in loaded} | find_packs().keys()
    findings += [one for one in check_together(loaded, known) if one.key in TOGETHER]
    if findings:
        raise Failure(findings)
    return loaded


def burden(loaded: Sequence[LoadedPack]) -> Burden:
    """Return what packs ask of people, each and together."""
    packs = [one.pack for one in loaded]
    where: dict[str, list[str]] = {}
    for pack in packs:
        for id_, one in all_indicators(pack).items():
            if not one.attribute:
                where.setdefault(id_, []).append(pack.pack)
    return Burden(
        packs=tuple(_pack_burden(pack) for pack in packs),
        together=_asked(packs),
        shared={id_: tuple(found) for id_, found in where.items() if len(found) > 1},
        alike=tuple(_alike(packs)),
        findings=tuple(finding for one in loaded for finding in burden_findings(one)),
    )


# --- fields and proofs ----------------------------------------------------------


def documents(proof: str) -> list[str]:
    """Return the documents that a proof names, without the remarks in brackets: ``会议记录、签到表(原件)`` are two."""
    plain = BRACKETS.sub("", unicodedata.normalize("NFKC", proof))
    return [name for piece in BETWEEN.split(plain) if (name := piece.strip())]


def documents_of(indicators: Iterable[m.Indicator]) -> list[str]:
    """Return the different documents that indicators ask for, in order of first mention."""
    return list(dict.fromkeys(name for one in indicators if one.proof for name in documents(one.proof.zh)))


def _asked(packs: Sequence[m.Pack]) -> Asked:
    fields: dict[str, m.Indicator] = {}
    manual: set[str] = set()
    for pack in packs:
        fields = all_indicators(pack) | fields
        for group in pack.groups:
            for criterion in group.criteria:
                manual |= {column for columns in manual_columns(criterion).values() for column in columns}
    asked = {id_: one for id_, one in fields.items() if not one.attribute}
    by_holder: dict[str, dict[str, m.Indicator]] = {}
    for id_, one in asked.items():
        by_holder.setdefault(one.holder, {})[id_] = one
    holders = [
        HolderCount(
            holder=holder,
            fields=len(held),
            manual=sum(id_ in manual for id_ in held),
            by_exception=sum(one.blank is not None for one in held.values()),
            with_proof=sum(one.proof is not None for one in held.values()),
            documents=len(documents_of(held.values())),
        )
        for holder, held in by_holder.items()
    ]
    return Asked(
        holders=tuple(sorted(holders, key=_place)),
        fields=len(asked),
        manual=sum(one.manual for one in holders),
        by_exception=sum(one.by_exception for one in holders),
        with_proof=sum(one.with_proof for one in holders),
        documents=tuple(documents_of(asked.values())),
        attributes=len(fields) - len(asked),
    )


def _place(count: HolderCount) -> tuple[int, int, str]:
    """Return where a holder stands: branch, township, team, then the departments, those that are asked most first."""
    known = HOLDERS.index(count.holder) if count.holder in HOLDERS else len(HOLDERS)
    return known, 0 if known < len(HOLDERS) else -count.fields, count.holder


# --- points ---------------------------------------------------------------------


def _pack_burden(pack: m.Pack) -> PackBurden:
    criteria = [criterion for group in pack.groups for criterion in group.criteria]
    paper = [criterion for criterion in criteria if on_paper(pack, criterion)]
    mender = {criterion.id: _mender(criterion) for criterion in criteria}
    beyond = [criterion for criterion in criteria if mender[criterion.id] != "branch"]
    rules: list[m.Remedied] = [*pack.vetoes, *pack.triggers]
    return PackBurden(
        pack=pack,
        asked=_asked([pack]),
        branch_fields=len(branch_fields(pack)),
        most=pack.burden.branch_fields,
        total=_stake(criteria).points,
        paper=_stake(paper),
        unproved=tuple(one.id for one in paper if any(field.proof is None for field in evidence_of(pack, one))),
        beyond=_stake(beyond),
        mending={who: _stake(one for one in beyond if mender[one.id] == who).points for who in ("township", "department", "irreversible")},
        rules=len(rules),
        rules_beyond=tuple(one.id for one in rules if one.fixable_by != "branch"),
    )


def _stake(criteria: Iterable[m.Criterion]) -> Stake:
    kept = list(criteria)
    return Stake(sum(int(one.points * 100) for one in kept), tuple(one.id for one in kept))


def _mender(criterion: m.Criterion) -> str:
    """Return who can mend a loss of the criterion; ``irreversible`` where the branch could, but what is lost stays lost."""
    return "irreversible" if criterion.fixable_by == "branch" and criterion.irreversible else criterion.fixable_by


def evidence_of(pack: m.Pack, criterion: m.Criterion) -> list[m.Indicator]:
    """Return the fields from which a criterion's points are counted: not the register's attributes, and not what only says whether the
    criterion applies, for that proves nothing."""
    indicators = all_indicators(pack)
    read = names_of(criterion.model_copy(update={"applies_when": None}))
    return [indicators[id_] for id_ in indicators_behind(pack, read) if id_ in indicators and not indicators[id_].attribute]


def on_paper(pack: m.Pack, criterion: m.Criterion) -> bool:
    """Return whether a criterion's points rest on paper alone: every field is held by the branch itself, and its proof, if any is asked,
    names nothing but what the branch makes or keeps, photographs included. What a team sees, a system holds or a survey answers is not
    paper."""
    fields = evidence_of(pack, criterion)
    return bool(fields) and all(one.holder == "branch" and not (one.proof and any(word in one.proof.zh for word in SEEN)) for one in fields)


# --- asked twice ----------------------------------------------------------------


def _alike(packs: Sequence[m.Pack]) -> list[Alike]:
    """Return pairs of fields under different ids with the same label, or, where no pack has both, nearly the same."""
    fields: dict[str, tuple[m.Indicator, tuple[str, ...]]] = {}
    derived: dict[str, tuple[m.Derived, tuple[str, ...]]] = {}
    for pack in packs:
        for id_, one in pack.indicators.items():
            if not one.attribute:
                fields[id_] = (one, (*fields.get(id_, (one, ()))[1], pack.pack))
        for id_, value in pack.derived.items():
            derived[id_] = (value, (*derived.get(id_, (value, ()))[1], pack.pack))
    found = []
    for (first, (one, here)), (second, (other, there)) in combinations(fields.items(), 2):
        kind = alike(one, other, together=bool(set(here) & set(there)))
        if kind:
            found.append(Alike(kind, first, second, (one.label, other.label), (here, there), (one.holder, other.holder)))
    for first, (one, here) in fields.items():
        for second, (value, there) in derived.items():
            if first != second and _core(one.label.zh) == _core(value.label.zh):
                found.append(Alike("computed", first, second, (one.label, value.label), (here, there), (one.holder, "")))
    return found


def alike(one: m.Indicator, other: m.Indicator, *, together: bool) -> Literal["same", "near"] | None:
    """Return whether two fields ask the same (label for label, little words aside), or nearly (four fifths of the pairs of characters).

    Fields of one pack (``together``) are near one another on purpose: held and due, satisfied and asked. So are labels that differ in a
    word such as 应 or 未.
    """
    first, second = one.label.zh, other.label.zh
    remarks = {_remark(first), _remark(second)}
    if _core(first) == _core(second) and len(remarks if together else remarks - {""}) < 2:
        return "same"
    if together or one.type != other.type or OPPOSITES & (set(first) ^ set(second)):
        return None
    left, right = _pairs(first), _pairs(second)
    return "near" if left and right and Fraction(2 * len(left & right), len(left) + len(right)) >= NEAR else None


def _remark(label: str) -> str:
    """Return what a label says in brackets: the same field of one kind of branch, or one of two that are not the same."""
    return " ".join(BRACKETS.findall(unicodedata.normalize("NFKC", label)))


@lru_cache(maxsize=4096)
def _core(label: str) -> str:
    """Return a label without remarks in brackets, punctuation and the words that say little."""
    plain = BRACKETS.sub("", unicodedata.normalize("NFKC", label)).casefold()
    return FILLERS.sub("", "".join(c for c in plain if c.isalnum())) or plain


@lru_cache(maxsize=4096)
def _pairs(label: str) -> frozenset[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKC", label).casefold() if c.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))
