"""The register (支部名册): which branches are expected, in which order, under whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evaluator.diagnostics import Place
from evaluator.evidence.values import plain

__all__ = ["COLUMNS", "DISSOLVED", "IN_SERVICE", "PATH", "Branch", "Register", "register_column"]

# The words by which each column is known; the first Chinese and the first English one are printed in templates.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("支部编码", "branch id", "支部代码", "组织编码", "组织代码", "编码", "branch_id", "id", "branch"),
    "order": ("序号", "order", "编号", "排序", "no", "no."),
    "name": ("支部名称", "name", "党支部名称", "组织名称", "名称", "支部", "党组织名称"),
    "path": ("隶属路径", "path", "所属路径", "隶属关系"),
    "city": ("市", "city", "地市"),
    "county": ("区", "county", "区县", "县", "县区", "县(市、区)", "市县", "district"),
    "township": ("乡镇街道", "township", "乡镇(街道)", "乡镇", "街道", "镇街"),
    "village": ("村社区", "village", "村(社区)", "社区", "村"),
    "area_type": ("区域类型", "area type", "area_type", "类型"),
    "status": ("状态", "status"),
}
PATH = ("city", "county", "township", "village")
IN_SERVICE = {"", "在册", "正常", "在用", "运行", "有效", "active", "in service"}
DISSOLVED = {"撤销", "已撤销", "合并", "已合并", "注销", "dissolved", "merged"}


@dataclass(frozen=True)
class Branch:
    """One branch of the register. ``path`` runs from city to village; ``attributes`` hold what conditions read (``area_type`` …) as
    text."""

    id: str
    name: str
    order: int
    path: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    place: Place = Place("")  # noqa: RUF009  # Place is frozen
    township: str = ""
    """The township or street: what the register's column says, else the third of a full path, else the last but one of a shorter one."""

    def __post_init__(self) -> None:
        if not self.township:
            object.__setattr__(self, "township", self.path[2] if len(self.path) >= 3 else self.path[-2] if len(self.path) == 2 else "")


@dataclass(frozen=True)
class Register:
    """All branches in service, sorted by id."""

    branches: tuple[Branch, ...]
    given: bool = True  # False: made from the evidence rows because no register was supplied
    closed: tuple[Branch, ...] = ()  # in the register, but dissolved or merged: not expected, and their evidence is not used

    def by_id(self) -> dict[str, Branch]:
        return {branch.id: branch for branch in self.branches}

    def by_name(self) -> dict[str, Branch | None]:
        """Return name to branch; None for a name that several bear."""
        found: dict[str, Branch | None] = {}
        for branch in self.branches:
            found[branch.name] = None if branch.name in found else branch
        return found


def register_column(header: str, attributes: Iterable[str]) -> str | None:
    """Return which register column a header names: a key of :data:`COLUMNS`, an attribute's id, or None."""
    word = plain(header).casefold().replace(" ", "_").replace("\n", "")
    for column, words in COLUMNS.items():
        if word in {one.replace(" ", "_") for one in words}:
            return column
    return word if word in set(attributes) else None
