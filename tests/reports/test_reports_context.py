"""The context: what is decided about a run before anything is printed."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_packs import INTERNAL_MARK
from sample_run import approved, sample_run

from evaluator.filenames import LONGEST, safe_name, unique_name
from evaluator.ledger.opening import common_problems
from evaluator.messages import LANGUAGES, catalogue
from evaluator.reports.context import Context, context
from evaluator.scoring.results import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return sample_run()


@pytest.fixture(scope="module")
def ctx(run: Run) -> Context:
    return context(run, "zh")


def test_banners_say_what_the_run_is(run: Run, ctx: Context) -> None:
    assert ctx.header.banners == ("征求意见稿", "参考试算,不作为考核依据", "示例数据,支部和事实均为虚构")
    assert context(approved(run), "zh").header.banners == ("参考试算,不作为考核依据",)
    assert ctx.internal is not None
    assert "内部资料" in ctx.internal.header.banners[0]


@pytest.mark.parametrize(
    ("summary", "told"), [({"ran": False, "reason": "off"}, "已关闭"), ({"ran": False, "reason": "no_engine"}, "没有安装")]
)
def test_second_count_that_did_not_run_is_said(run: Run, summary: dict[str, object], told: str) -> None:
    other = replace(run, info=replace(run.info, second_count=summary))
    assert told in context(other, "zh").header.second_count
    assert "2 个支部" in context(run, "zh").header.second_count


def test_totals_count_the_unvisited(ctx: Context) -> None:
    totals = ctx.totals
    assert (totals.expected, totals.visited, totals.unvisited) == (7, 6, 1)
    for category in ctx.categories:
        for shares in (category.distribution, category.levels):
            assert sum(share.count for share in shares) == totals.expected
            assert shares[-1].label == "未检"
            assert shares[-1].count == 1
    assert sum(township.totals.expected for township in ctx.townships) == totals.expected
    assert sum(len(township.issues) for township in ctx.townships) == totals.issues == len(ctx.issues)


def test_ranking_shares_places_and_leaves_out_the_unvisited(ctx: Context) -> None:
    ranking = ctx.categories[0].ranking
    assert [(place.rank, place.branch.number) for place in ranking] == [(1, "01"), (2, "03"), (2, "07"), (4, "04"), (5, "02"), (6, "05")]
    assert next(b for b in ctx.branches if not b.visited).rank == ""


def test_branches_stand_in_register_order_under_safe_names(ctx: Context) -> None:
    assert [branch.order for branch in ctx.branches] == [1, 2, 3, 4, 5, 6, 7]
    assert ctx.branches[0].stem == "01-青山社区党支部"
    stems = [branch.stem for branch in ctx.branches]
    assert len({stem.casefold() for stem in stems}) == len(stems)
    assert not any(c in stem for stem in stems for c in '/\\:*?"<>|')


def test_equal_order_numbers_still_give_each_branch_its_own(run: Run) -> None:
    same = replace(run, register=replace(run.register, branches=tuple(replace(b, order=1, name="同名") for b in run.register.branches)))
    made = context(replace(same, branches=tuple(replace(row, order=1, name="同名") for row in run.branches)), "zh")
    assert len({branch.stem for branch in made.branches}) == 7
    assert sorted(branch.number for branch in made.branches) == ["01", "02", "03", "04", "05", "06", "07"]


def test_stars_and_levels_in_words(ctx: Context) -> None:
    by = {branch.number: branch for branch in ctx.branches}
    assert (by["01"].stars_text, by["01"].rating, by["01"].score) == ("★★★", "三星支部", "100%")
    assert (by["04"].stars_text, by["04"].rating) == ("★★☆", "一星支部")
    assert "DV1" in by["04"].notes[0]
    assert (by["06"].stars_text, by["06"].rating, by["06"].score) == ("未检", "未检", "—")
    assert by["03"].rating_confirmed == "未授星"
    assert [star.mark for star in by["05"].groups] == ["◇", "☆", "☆"]
    assert (by["05"].groups[1].percent, by["05"].groups[1].earned, by["05"].groups[1].applicable) == ("15.2%", "2.66", "17.5")


def test_what_to_do_first_is_the_branchs_own_and_key_before_dear(ctx: Context) -> None:
    branch = ctx.branches[1]
    assert [issue.item for issue in branch.own] == ["DZB-01"]
    assert {issue.item for issue in branch.others} == {"DGJ-01", "DPA-01"}
    five = ctx.branches[4]
    assert [issue.item for issue in five.first] == ["DZB-02", "DGJ-02"]
    assert [one.indicator for one in five.owed] == ["joint_meetings"]
    assert "不得补造" in five.first[0].measure


def test_facts_carry_the_note_word_for_word(ctx: Context) -> None:
    issue = ctx.branches[1].issues[0]
    assert "开展主题党日的月份数 4月" in issue.facts
    assert '查阅台账:+2月、5月无记录,=HYPERLINK("x") 照录 照片12' in issue.facts


def test_lights_follow_the_due_date(ctx: Context) -> None:
    lights = {issue.item: (issue.light, issue.light_text) for issue in ctx.branches[1].issues}
    assert lights["DZB-01"] == ("overdue", "⚠ 逾期 10 天")
    assert lights["DPA-01"] == ("soon", "◔ 临期 余 2 天")
    assert lights["DGJ-01"][0] == "waiting"


def test_costs_are_sure_losses_dearest_first(ctx: Context) -> None:
    costs = ctx.categories[0].costs
    assert [(cost.criterion, cost.lost, cost.failing, cost.percent) for cost in costs] == [
        ("DPA-01", "60", 3, 50),
        ("DGJ-02", "9.18", 3, 50),
        ("DZB-01", "8", 1, 16),
        ("DGJ-01", "5", 1, 16),
    ]
    assert [cost.criterion for cost in ctx.categories[0].common] == ["DPA-01", "DGJ-02"]


def test_common_problems_are_those_of_the_ledger(run: Run, ctx: Context) -> None:
    """Half the branches failing is no common problem where they are fewer than the pack's least number."""
    told = []
    for least in (3, 4):
        packs = [pack.model_copy(update={"ledger": pack.ledger.model_copy(update={"common_least": least})}) for pack in run.packs]
        changed = replace(run, packs=tuple(packs))
        category = context(changed).categories[0]
        county = [one.criterion for one in common_problems(changed, packs) if not one.township]
        assert sorted(cost.criterion for cost in category.common) == sorted(county)
        told.append((len(county), category.common_over, category.common_least))
    assert told == [(2, 30, 3), (0, 30, 4)]


def test_holders_others_first(ctx: Context) -> None:
    assert [(holder.title, holder.own, holder.count) for holder in ctx.holders] == [
        ("乡镇(街道)", False, 1),
        ("纪委", False, 1),
        ("支部", True, 1),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_internal_results_stand_apart(run: Run, lang: str) -> None:
    made = context(run, lang)  # type: ignore[arg-type]
    public = repr(asdict(replace(made, internal=None)))
    for secret in (INTERNAL_MARK, "demo-lax", "TL-01", "TL-02", "建议列入", "Listing recommended"):
        assert secret not in public
    assert made.internal is not None
    assert {branch.rating for branch in made.internal.branches} & {"建议列入", "Listing recommended"}
    assert "demo-star" not in repr(asdict(made.internal))
    assert all(not category.ranking for category in made.internal.categories)


def test_english_has_no_chinese_words_of_ours(run: Run) -> None:
    made = context(run, "en")
    assert made.branches[5].stars_text == "not visited"
    assert made.branches[3].notes == ('2 stars earned; because of veto DV1 the level is "One star".',)
    assert made.branches[1].issues[0].due_text == "by 2023-06-20"


def test_every_message_of_ours_is_in_both_languages() -> None:
    for name, entry in catalogue("reports").items():
        if name.startswith("x_"):
            assert set(entry) == {"zh", "en"}, name


# --- file names ---------------------------------------------------------------


@given(st.text() | st.from_regex(r"(?i)(con|nul)\.[a中]{40,160}[ .]*"))
def test_safe_names_are_safe_everywhere(text: str) -> None:
    name = safe_name(text)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set('<>:"/\\|?*')
    assert all(ord(c) >= 32 and ord(c) != 127 for c in name)
    assert name[-1] not in " ."
    assert name[0] not in " ."
    assert len(name.encode()) <= LONGEST
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["CON", "con", "nul.txt", "COM1", "LPT9.xlsx", "Aux ", "com¹"])
def test_reserved_names_are_not_used(name: str) -> None:
    assert safe_name(name).startswith("_")


@pytest.mark.parametrize(
    ("text", "name"),
    [("../../x", "_.._x"), ("a/b\\c", "a_b_c"), ("", "_"), ("...", "_"), ("青山 社区", "青山 社区"), ("x\u202etxt.exe", "x_txt.exe")],
)
def test_names_stay_in_their_folder(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.lists(st.text(alphabet="aAb/.中", max_size=3), max_size=12))
def test_unique_names_differ_where_case_does_not_count(texts: list[str]) -> None:
    taken: set[str] = set()
    for text in texts:
        name = unique_name(text, taken)
        assert name.casefold() not in taken
        taken.add(name.casefold())
