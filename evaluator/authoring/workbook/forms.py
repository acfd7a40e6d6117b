"""The sheets of a pack's workbook: which columns each has, where in the pack's data a column lives, and what its cells may hold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evaluator.messages import Language, say

__all__ = ["BANDS", "FORMS", "LEDGER", "LISTS", "PACK", "Column", "Form", "Path", "form", "header", "parts_form", "sheet_name"]

Path = tuple[str | int, ...]
LISTS = "_lists"  # the hidden sheet from which drop-downs take their words
BANDS = 3  # condition and points columns of a part; more where a part of the pack has more bands


@dataclass(frozen=True)
class Column:
    """One column, or one row of an upright sheet. ``path`` leads from the row's item to the value; keys with ``@`` are no part of it."""

    name: str  # its header is the message ``packbook.c_<name>``
    path: Path
    kind: str
    width: int = 12
    required: bool = False
    english: bool = False  # the English half of a text
    refers: str = ""  # the form whose ids may stand here


@dataclass(frozen=True)
class Form:
    """One sheet. ``keyed``: a mapping of the pack by id, else a list; ``upright``: one item, its values below each other."""

    name: str
    columns: tuple[Column, ...]
    keyed: bool = False
    upright: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def chinese(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.english)


def _c(name: str, kind: str, width: int = 12, *, path: Path | str = "", required: bool = False, refers: str = "") -> Column:
    where: Path = path if isinstance(path, tuple) else (path or name,)
    return Column(name, where, kind, width, required, refers=refers)


def _t(name: str, key: str | Path, width: int = 30, *, required: bool = False) -> Column:
    """Return the column of a text in two languages: ``_form`` adds the English one at the end of the sheet."""
    return Column(name, (*(key if isinstance(key, tuple) else (key,)), "zh"), "text", width, required)


def _form(name: str, *columns: Column, keyed: bool = False, upright: bool = False) -> Form:
    """Return a form; the English halves of texts stand at its end, where those who write Chinese only do not meet them."""
    english = [
        replace(one, name=f"{one.name}_en", path=(*one.path[:-1], "en"), required=False, english=True)
        for one in columns
        if one.path[-1] == "zh"
    ]
    return Form(name, (*columns, *english), keyed, upright)


ID = _c("id", "id", 16, path="@id", required=True)
BASIS = _c("basis", "ids", 16, required=True)
NUMBERS = _c("numbers", "number_sources", 30)
NOTE = _t("note", "note", 36)
REMEDY = (
    _t("measure", "measure", 44, required=True),
    _c("owner", "owner", 16, required=True),
    _c("fixable_by", "word_fixable_by", 10, required=True),
    _c("deadline", "id", 12, required=True, refers="deadlines"),
)
SUPERSEDES = _c("supersedes", "ids", 12)
LAST = (BASIS, NUMBERS, NOTE, SUPERSEDES)

PACK = _form(
    "pack",
    _c("pack", "id", required=True),
    _c("version", "id", required=True),
    _c("status", "word_status", required=True),
    _t("title", "title", required=True),
    _t("category", "category"),
    _c("stars", "yes"),
    _c("internal", "yes"),
    _c("from", "day", path=("effective", "from"), required=True),
    _c("to", "day", path=("effective", "to")),
    _c("applies_to", "condition"),
    _c("needs", "ids"),
    _c("authority", "line", path=("adopted", "authority")),
    _c("document", "line", path=("adopted", "document")),
    _c("nature", "line", path=("adopted", "nature")),
    _c("reserved", "ids"),
    _c("within", "word_within", path=("scope", "within")),
    _c("rank_by", "ids", path=("scope", "rank", "by")),
    _c("branch_fields", "whole", path=("burden", "branch_fields")),
    _t("burden_why", ("burden", "why")),
    NOTE,
    upright=True,
)
LEDGER = _form(
    "ledger",
    *(
        _c(name, "whole")
        for name in ("branch_limit", "common_over", "common_least", "extensions", "notice_days", "observe_days", "mass_close")
    ),
    _c("ledger_basis", "ids", path="basis"),
    NUMBERS,
    upright=True,
)
PARTS = (
    _c("criterion", "id", 12, path="@criterion", required=True, refers="criteria"),
    _c("template", "word_template", 22, path="@template", required=True),
    _t("part_text", "text", 30),
    _c("full", "points", 8, path="@full"),
    _c("each", "points", 9, path="@each"),
    _c("every", "number", 12, path="@every"),
    _c("formula", "formula", 32, path="@formula"),
)
PARTS_END = (
    _c("of", "id", 16, path="@of", refers="indicators"),
    _c("values", "texts", 18, path="@values"),
    _c("low", "points", 8, path="@low"),
    _c("column", "id", 14, path="@column"),
    _c("when_zero", "when_zero", 10),
    _c("due", "due", 10),
)


def parts_form(bands: int = BANDS) -> Form:
    """Return the sheet of parts with room for so many bands."""
    pairs = [
        pair
        for n in range(1, bands + 1)
        for pair in (
            _c(f"when_{n}", "condition", 26, path=("@bands", n - 1, "when")),
            _c(f"award_{n}", "points", 7, path=("@bands", n - 1, "award")),
        )
    ]
    return _form("parts", *PARTS, *pairs, *PARTS_END)


FORMS = (
    PACK,
    _form(
        "indicators",
        replace(ID, width=24),
        _t("label", "label", 32, required=True),
        _c("type", "word_type", 10, required=True),
        _c("unit", "line", 8),
        _c("low_end", "number", 9, path=("range", 0)),
        _c("high_end", "number", 11, path=("range", 1)),
        _c("options", "texts", 24),
        _c("holder", "holder", 12),
        _t("proof", "proof", 28),
        _c("blank", "word_blank", 14),
        _c("na", "word_na", 10),
        _c("aggregate", "word_aggregate", 12),
        _c("attribute", "yes", 10),
        NOTE,
        keyed=True,
    ),
    _form(
        "derived",
        replace(ID, width=24),
        _t("label", "label", 28, required=True),
        _c("derived_type", "word_number_type", 10, path="type", required=True),
        _c("unit", "line", 8),
        _c("derived_formula", "formula", 48, path="formula", required=True),
        _c("when_zero", "when_zero", 12),
        _c("sample_of", "id", 20, path=("min_sample", "of"), refers="indicators"),
        _c("sample_least", "number", 12, path=("min_sample", "at_least")),
        keyed=True,
    ),
    _form(
        "settings",
        replace(ID, width=20),
        _t("label", "label", 28, required=True),
        _c("unit", "line", 8),
        _c("value", "percent", 10),
        _c("by_date", "dated_numbers", 22),
        _c("by", "id", 16),
        _c("by_values", "named_numbers", 22, path="values"),
        _c("otherwise", "percent", 10),
        _c("setting_basis", "source", 14, path="basis"),
        keyed=True,
    ),
    _form(
        "groups",
        replace(ID, path=("id",), width=10),
        _t("group_title", "title", 24, required=True),
        _c("lead", "line", 20),
        _c("earned_when", "condition", 30),
        _c("min_applicable", "percent", 12),
        _c("requires", "ids", 12),
        _c("bonus_up_to", "points", 10, path=("bonus", "up_to")),
        _c("accumulates", "yes", 8),
        _c("weight", "whole", 8, path="@weight"),
    ),
    _form(
        "criteria",
        _c("group", "id", 9, path="@group", required=True, refers="groups"),
        replace(ID, path=("id",), width=12),
        _t("criterion_text", "text", 32, required=True),
        _c("points", "points", 7, required=True),
        *REMEDY,
        _c("key", "yes", 8),
        _c("bonus", "yes", 8),
        _c("applies_when", "condition", 22),
        _c("zero_when", "condition", 22),
        _c("due", "due", 10),
        _c("irreversible", "yes", 12),
        BASIS,
        NUMBERS,
        NOTE,
        _c("closes_on", "whole", 12),
        _c("auto_close", "yes", 12),
        _c("locus", "id", 12),
        SUPERSEDES,
    ),
    parts_form(),
    _form(
        "deduct",
        _c("criterion", "id", 12, path="@criterion", required=True, refers="criteria"),
        _t("deduct_text", "text", 34),
        _c("deduct_points", "points", 10, path="points", required=True),
        _c("per", "formula", 36),
        _c("every", "number", 12),
        _c("deduct_when", "condition", 36, path="when"),
        _c("up_to", "points", 10),
    ),
    _form(
        "vetoes",
        replace(ID, path=("id",), width=8),
        _t("item_text", "text", 34, required=True),
        _c("when", "condition", 34, required=True),
        _c("cap", "whole", 10),
        _c("strip", "ids", 12),
        _c("void", "yes", 10),
        _c("finding_document", "id", 18, path=("finding", "document")),
        _c("finding_date", "id", 18, path=("finding", "date")),
        *REMEDY,
        *LAST,
    ),
    _form(
        "triggers",
        replace(ID, path=("id",), width=9),
        _c("trigger_kind", "word_trigger_kind", 8, path="kind", required=True),
        _t("item_text", "text", 34, required=True),
        _c("when", "condition", 44, required=True),
        _c("applies_when", "condition", 24),
        *REMEDY,
        *LAST,
    ),
    _form(
        "gates",
        replace(ID, path=("id",), width=10),
        _t("item_text", "text", 34, required=True),
        _c("gate_when", "condition", 44, path="when", required=True),
        BASIS,
        NUMBERS,
        NOTE,
    ),
    _form(
        "rating",
        _c("level", "whole", 8, required=True),
        _t("level_label", "label", 20, required=True),
        _c("level_when", "condition", 48, path="when"),
    ),
    _form(
        "deadlines",
        replace(ID, width=12),
        _t("label", "label", 26, required=True),
        _c("days", "whole", 8),
        _c("day_unit", "word_day_unit", 10, path="unit"),
        _c("date", "month_day", 12),
        _c("at", "word_at", 12),
        _c("review_days", "whole", 12),
        _c("clock_from", "word_clock_from", 12, path="from"),
        _c("basis", "ids", 18),
        keyed=True,
    ),
    LEDGER,
    _form(
        "slips",
        replace(ID, path=("id",), width=16),
        _t("slip_label", "label", 26, required=True),
        _c("slip_days", "whole", 14, path="days", required=True),
        _c("after", "id", 14, refers="slips"),
        _c("slip_to", "word_slip_to", 12, path="to"),
    ),
    _form(
        "scope",
        _c("rule", "word_rule", 14, path="@rule", required=True),
        _c("rule_id", "id", 12, path="id"),
        _t("rule_text", "text", 34),
        _c("rule_level", "whole", 10, path="level"),
        _c("rule_at_most", "share", 12, path="at_most"),
        _c("rule_then", "whole", 10, path="then"),
        _c("level_at_least", "whole", 12),
        _c("level_below", "whole", 12),
        _c("finding", "id", 12),
        _c("compare_least", "share", 12, path=("compare", "at_least")),
        _c("compare_most", "share", 12, path=("compare", "at_most")),
        _c("rule_of", "word_rule_of", 12, path="of"),
        _c("periods", "share", 10),
        _c("streak_kind", "word_streak_kind", 10, path="kind"),
        BASIS,
        NUMBERS,
    ),
    _form(
        "authority",
        _c("authority_title", "line", 50, path="title", required=True),
        _c("authority_document", "line", 30, path="document", required=True),
        _c("authority_for", "ids", 40, path="for"),
    ),
    _form(
        "sources",
        replace(ID, width=14),
        _c("source_title", "text", 56, path="title", required=True),
        _c("grade", "word_grade", 16),
        _c("url", "line", 44),
        _c("source_note", "text", 36, path="note"),
        keyed=True,
    ),
)


def form(name: str) -> Form:
    return next(one for one in FORMS if one.name == name)


def sheet_name(name: str, lang: Language | None = None) -> str:
    return say(f"packbook.s_{name}", lang)


def header(column: Column, lang: Language | None = None) -> str:
    """Return what stands above a column, in one language."""
    base, _, number = column.name.rpartition("_")
    if column.english:
        return say("packbook.in_english", lang, name=say(f"packbook.c_{base}", lang))
    return say(f"packbook.c_{base}_n", lang, n=number) if number.isdecimal() else say(f"packbook.c_{column.name}", lang)


def all_columns() -> Iterator[Column]:
    """Yield every column of every form."""
    for one in FORMS:
        yield from one.columns
