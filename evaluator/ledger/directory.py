"""The directory (责任主体名录): who answers where for an owner named in the packs, so that nobody assigns thousands of issues by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.files import Sheet, read_file
from evaluator.evidence.values import plain
from evaluator.ledger.book import Post

__all__ = ["COLUMNS", "Directory", "pieces", "read_directory"]

COLUMNS: dict[str, tuple[str, ...]] = {  # words of headers, the first Chinese one is the one to write
    "township": ("乡镇街道", "township", "乡镇", "街道", "镇街"),
    "branch": ("支部", "branch", "支部名称", "支部编码", "社区", "村"),
    "role": ("责任主体", "role", "角色", "owner"),
    "unit": ("单位", "unit", "责任单位"),
    "post": ("职务", "post"),
    "person": ("姓名", "person", "责任人", "name"),
    "contact": ("联系方式", "contact", "电话"),
    "leader": ("分管领导", "leader", "牵头领导"),
    "force": ("专班", "task force", "force"),
}
HEADER_WITHIN = 20
NEEDED = ("role", "unit")


def pieces(owner: str) -> list[str]:
    """Return the parts of an owner such as ``社区党组织、住建局``: the first leads, the others help."""
    return [piece.strip() for piece in owner.replace("/", "、").split("、") if piece.strip()]


@dataclass(frozen=True)
class Directory:
    """Posts, looked up from the nearest place outwards: the branch, its township, everywhere."""

    posts: tuple[Post, ...]

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str, str], Post]:
        return {(one.branch, one.township, one.role): one for one in self.posts}

    def find(self, owner: str, township: str = "", branch: Iterable[str] = (), *, own: bool = True) -> Post | None:
        """Return who answers for an owner, the whole of its name before its first piece; ``branch`` are the id and names of a branch.

        A line with a branch and no role stands for everything that is the branch's own. What is not its own (``own`` False) never comes
        to it by that line, and goes to the first piece that somebody answers for.
        """
        branch = tuple(branch)
        for role in dict.fromkeys((owner, *pieces(owner)[: 1 if own else None])):
            for one in branch:
                if found := self._by_place.get((one, township, role)) or self._by_place.get((one, "", role)):
                    return found
            if found := self._by_place.get(("", township, role)) or self._by_place.get(("", "", role)):
                return found
        return next((found for one in branch if (found := self.own(one, township))), None) if own else None

    def answers(self, owner: str, township: str, branch: Iterable[str] = (), *, own: bool = False, otherwise: str = "") -> dict[str, Any]:
        """Return unit, person, leader and helpers for an owner; ``otherwise`` is the unit where no line names one."""
        post = self.find(owner, township, branch, own=own)
        unit = (post.unit if post else "") or otherwise
        others = [found.unit for piece in pieces(owner) if (found := self.find(piece, township, branch, own=False))]
        helpers = [one for one in dict.fromkeys(others) if one not in ("", unit)]
        return {"unit": unit, "person": post.person if post else "", "leader": post.leader if post else "", "helpers": helpers}

    def own(self, branch: str, township: str) -> Post | None:
        """Return the line that stands for a branch itself."""
        return self._by_place.get((branch, township, "")) or self._by_place.get((branch, "", ""))


def read_directory(path: Path) -> tuple[Post, ...]:
    """Return the lines of a directory workbook or CSV, in its order.

    Raises:
        Failure: the file cannot be read, has no such header, or lines that cannot be used; all of them in one pass.
    """
    findings: list[Diagnostic] = []
    posts: dict[tuple[str, str, str], tuple[Post, Place]] = {}
    headed = False
    for sheet in read_file(path):
        found = _header(sheet)
        if found is None:
            continue
        headed = True
        top, columns = found
        for number in range(top + 1, len(sheet.rows)):
            _line(sheet, number, columns, posts, findings)
    if not headed:
        findings.append(Diagnostic("directory.E401", Place(str(path)), {"columns": "、".join(COLUMNS[name][0] for name in NEEDED)}))
    elif not posts and not findings:
        findings.append(Diagnostic("directory.E402", Place(str(path))))
    if findings:
        raise Failure(findings)
    return tuple(post for post, _ in posts.values())


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Return the row of the header and the column of each name; None where the sheet has none."""
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(row):
            word = plain(cell).replace("(", "").replace(")", "").replace(" ", "").casefold()
            for name, words in COLUMNS.items():
                if word in {one.replace(" ", "") for one in words}:
                    columns.setdefault(name, at)
        if set(NEEDED) <= columns.keys():
            return number, columns
    return None


def _line(
    sheet: Sheet,
    number: int,
    columns: Mapping[str, int],
    posts: dict[tuple[str, str, str], tuple[Post, Place]],
    findings: list[Diagnostic],
) -> None:
    told = {name: plain(sheet.rows[number][at]) if at < len(sheet.rows[number]) else "" for name, at in columns.items()}
    flawed = [at for at in columns.values() if (number, at) in sheet.flaws]
    if flawed:
        findings += [Diagnostic("directory.E403", sheet.place(number, at), {"found": sheet.flaws[number, at].text}) for at in flawed]
        return
    if not any(told.values()):
        return
    post = Post(**{name: told.get(name, "") for name in COLUMNS})
    place = sheet.place(number, columns["role"])
    if not post.role and not post.branch:
        findings.append(Diagnostic("directory.E404", place))
        return
    if not post.unit and not post.branch:
        findings.append(Diagnostic("directory.E405", sheet.place(number, columns["unit"]), {"role": post.role}))
        return
    key = (post.branch, post.township, post.role)
    if key in posts:
        findings.append(Diagnostic("directory.E406", place, {"role": post.role or post.branch, "first": str(posts[key][1])}))
        return
    posts[key] = (post, place)
