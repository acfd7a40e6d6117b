"""What a reconciliation prints: what to decide first, the balance as the equation that holds, in a terminal of 80 columns."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from ledger_runs import (
    FIRST,
    SECOND,
    closed,
    compared,
    failing,
    issue_of,
    move,
    new_store,
    opened,
    pack,
    places_of,
    run_command,
    seen,
    submitted,
    write_pack,
)
from rich.cells import cell_len

from evaluator.commands import ledger, upkeep
from evaluator.ledger.store import Store
from evaluator.messages import set_language
from evaluator.reports.compared import print_compared
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.results import Run

MANY = places_of({"云台街道": [f"云{n}社区" for n in range(1, 31)]})
FEW = pack(ledger={"common_least": 99})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    yield made
    made.close()


def printed(store: Store, run: Run, capsys: pytest.CaptureFixture[str], *, done: bool = True, whole: bool = False) -> list[str]:
    found = compared(store, run, dry=not done)
    capsys.readouterr()
    print_compared(found, {id_: one.name for id_, one in store.book().branches.items()}, done=done, whole=whole)
    lines = capsys.readouterr().out.splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= 80
    return [line.rstrip() for line in lines]


def test_what_people_decide_on_comes_first_with_its_signs(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    opened(store, seen(failing(), FIRST, {"B1": ["A-1", "A-2", "A-3", "L-1"], "B2": ["A-1"]}))
    closed(store, "B1|A-1|", date(2024, 2, 1))
    submitted(store, "B1|A-2|", date(2024, 2, 1))
    move(store, issue_of(store, "B1|A-3|"), "register", FIRST)
    number = {item: issue_of(store, f"B1|{item}|").number for item in ("A-1", "A-2", "A-3")}
    run = seen(failing(), SECOND, {"B1": ["A-1", "A-2", "L-1"], "B3": ["A-4"]}, absent=["B2"], loci={("B1", "L-1"): ["西屋"]})
    lines = printed(store, run, capsys)
    told = "\n".join(lines)
    order = [
        "疑似虚假整改 1 项",
        "已申请销号但仍不合格,建议退回 1 项",
        "已合格,建议销号 1 项",
        "可能是同一问题,请核对 1 项",
        "本次未复核 1 项",
    ]
    assert [told.index(one) for one in order] == sorted(told.index(one) for one in order)
    assert lines[0] == "新增待研判 1 项,观察项 0 项,共性问题 0 项"
    first = lines.index("疑似虚假整改 1 项")
    assert lines[first + 1] == f"  {number['A-1']} 青禾社区 第A-1条"
    assert lines[first + 2] == "    · 销号(2024-02-01)后 69 天又不合格,在 90 天观察期内"
    assert lines[first + 3].startswith("    · 复查所见与整改前完全相同")
    assert f"  {number['A-2']} 青禾社区 第A-2条" in lines
    assert any("新问题:" in line and "西屋" in line for line in lines)
    assert lines[-1] == "对账平衡,已写入"


def test_the_balance_is_an_equation(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    opened(store, seen(failing(), FIRST, {"B1": ["A-1", "A-2"], "B2": ["A-1"]}))
    closed(store, "B1|A-1|", date(2024, 2, 1))
    lines = printed(store, seen(failing(), SECOND, {"B1": ["A-1", "A-2"], "B2": ["A-1"], "B3": ["A-1"]}), capsys)
    told = " ".join(lines)
    assert "期初未销 3 + 新增 1 + 反弹 1 + 移入 0 − 销号 1 − 不予立号 0 − 移出 0 − 并号 0 = 期末未销 4" in told
    assert [line.split() for line in lines if line.startswith(("青禾", "双塘", "听泉", "合计"))] == [
        ["青禾社区", "2", "1", "1", "2"],
        ["听泉社区", "0", "1", "1"],
        ["合计", "3", "1", "1", "1", "4"],
    ]
    assert "其余 1 个支部没有变化" in lines
    whole = printed(store, seen(failing(), SECOND, {"B1": ["A-1", "A-2"], "B2": ["A-1"], "B3": ["A-1"]}), capsys, whole=True)
    assert whole[0] == "这次评分已经对过账,没有新的变化"
    assert any(line.startswith("双塘社区") for line in whole)


def test_a_trial_says_that_nothing_was_written(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    opened(store, seen(failing(), FIRST, {"B1": ["A-1"]}))
    assert printed(store, seen(failing(), SECOND), capsys, done=False)[-1] == "对账平衡(试算,未写入,加 --apply 办理)"


def test_long_lists_are_cut_unless_asked_for(tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    base = failing([FEW], MANY)
    opened(store, seen(base, FIRST, {id_: ["A-1"] for id_ in MANY}))
    run = seen(base, SECOND)
    short, long = (printed(store, run, capsys, done=False, whole=whole) for whole in (False, True))
    assert "  ……另有 10 项" in short
    assert sum("第A-1条" in line for line in short) == 20
    assert sum("第A-1条" in line for line in long) == 30


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_tries_first_and_writes_with_apply(tmp_path: Path, store: Store, lang: str) -> None:
    who = ("--ledger", tmp_path / "ledger.db", "--actor", "李明", "--unit", "县委组织部", "--role", "county")
    text = {"small": write_pack(tmp_path, pack()).read_text(encoding="utf-8")}
    for name, run in (
        ("first", seen(failing(), FIRST, {"B1": ["A-1"]})),
        ("second", seen(failing(), SECOND, {"B1": ["A-1"], "B2": ["A-1"]})),
    ):
        with new_folder(tmp_path / name) as folder:
            write_run(run, folder, text)
    set_language(lang)  # type: ignore[arg-type]
    try:
        assert run_command(ledger.COMMANDS, "open", tmp_path / "first", "--as-of", FIRST, *who).exit_code == 0
        head = store.head()
        tried = run_command(upkeep.COMMANDS, "reconcile", tmp_path / "second", "--as-of", SECOND, *who)
        assert (tried.exit_code, store.head()) == (0, head)
        made = run_command(upkeep.COMMANDS, "reconcile", tmp_path / "second", "--as-of", SECOND, "--apply", *who)
        assert made.output.splitlines()[:-1] == tried.output.splitlines()[:-1]
        assert made.output.splitlines()[-1] == {"zh": "对账平衡,已写入", "en": "It balances; written"}[lang]
        assert store.head() != head
        older = run_command(upkeep.COMMANDS, "reconcile", tmp_path / "first", "--as-of", SECOND, *who)
        assert (older.exit_code, "E422" in older.output) == (2, True)
    finally:
        set_language("zh")


def test_one_issue_whole_keeps_to_80_columns(tmp_path: Path, store: Store) -> None:
    opened(store, seen(failing(), FIRST, {"B1": ["A-1"]}))
    long = "、".join(["定下年度组织生活会和民主评议日期,查摆问题列清单"] * 6)
    closed(store, "B1|A-1|", date(2024, 2, 1), given={"measures": [{"text": long}]})
    told = run_command(ledger.COMMANDS, "show", issue_of(store, "B1|A-1|").number, "--ledger", tmp_path / "ledger.db", "--as-of", SECOND)
    lines = told.output.splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    start = next(number for number, line in enumerate(lines) if line.startswith("  措施      1. 定下"))
    assert long in "".join(line.strip() for line in lines[start : start + 6])
    assert lines[start + 1].startswith(" " * 12)
