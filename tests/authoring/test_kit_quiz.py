"""The quiz: every option is decided a second time from the raw YAML, so that no wrong answer is right by accident."""

import re
from collections import Counter
from decimal import Decimal
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

import pytest
from kit_packs import write_pack

from evaluator.authoring.kit.facts import Facts
from evaluator.authoring.kit.questions import Question
from evaluator.authoring.kit.quiz import Bank, answer, bank_of, draw
from evaluator.authoring.kit.values import Claim, overlap
from evaluator.diagnostics import Failure
from evaluator.messages import set_language
from evaluator.packs.load import load_pack
from evaluator.packs.source import parse_yaml

PACKS = ("five-star-urban", "five-star-rural", "soft-and-lax", "soft-and-lax-acceptance")
LIMIT = re.compile(r"([\w.]+) (>=|<=|>|<) (-?[0-9.]+)%?")


@pytest.fixture(autouse=True)
def _chinese() -> None:
    set_language("zh")  # a command of another test may have left English behind


@cache
def bank(*names: str) -> Bank:
    return bank_of([load_pack(name).pack for name in names])


@cache
def raw(name: str) -> dict[str, Any]:
    loaded = load_pack(name)
    data = parse_yaml(loaded.text, "pack.yaml").data
    assert isinstance(data, dict)
    return data


# --- the second opinion: nothing but dictionaries -------------------------------


def zh(text: Any) -> str:
    return str(text["zh"] if isinstance(text, dict) else text)


class Solver:
    """Decides claims from what the YAML says, sharing no code with the kit."""

    def __init__(self, *names: str) -> None:
        self.packs = [raw(name) for name in names]
        self.items: dict[str, tuple[dict[str, Any], str, dict[str, Any], str]] = {}
        self.fields: dict[str, list[dict[str, Any]]] = {}
        for pack in self.packs:
            for group in pack.get("groups", []):
                for one in group["criteria"]:
                    self.items[f"{pack['pack']}:{one['id']}"] = (one, "criterion", pack, zh(group["title"]))
            for kind in ("vetoes", "triggers", "gates"):
                for one in pack.get(kind, []):
                    self.items[f"{pack['pack']}:{one['id']}"] = (one, one.get("kind") or kind[:-1].replace("vetoe", "veto"), pack, "")
            for field in pack["indicators"].values():
                self.fields.setdefault(zh(field["label"]), []).append(field)

    def true(self, claim: Claim) -> bool:
        value = claim.value
        match claim.relation:
            case "holder":
                return any(bool(one.get("holder", "branch") == value) for one in self.fields[claim.subject])
            case "proof":
                return any("proof" in one and zh(one["proof"]) == value for one in self.fields[claim.subject])
            case "missing":
                field = self.fields[claim.subject][0]
                return value == ("blank" if "blank" in field else "branch" if field.get("holder", "branch") == "branch" else "others")
            case "setting":
                name, _, id_ = claim.subject.partition("/")
                setting = next(one for one in self.packs if one["pack"] == name)["settings"][id_]
                return value in (setting.get("value"), *setting.get("by_date", {}).values())
            case "level":
                name, _, stars = claim.subject.partition("/")
                lines = next(one for one in self.packs if one["pack"] == name)["rating"]
                return bool(value == next(one["level"] for one in lines if one.get("when") in (f"stars = {stars}", None)))
            case "threshold" | "line" | "worth":
                return bool(self.number(claim) == value)
        item, kind, pack, group = self.items[claim.subject]
        match claim.relation:
            case "points":
                return bool(item["points"] == value)
            case "group":
                return bool(group == value)
            case "kind":
                return bool(kind == value)
            case "key" | "irreversible":
                return bool(item.get(claim.relation, False) == value)
            case "repair":
                return bool(item["irreversible"]) and value == "resume"
            case "fixable":
                return bool(item["fixable_by"] == value)
            case "owner":
                return bool(item["owner"] == value)
            case "deadline":
                assert isinstance(value, tuple)
                return bool(zh(pack["deadlines"][item["deadline"]]["label"]) == value[0])
            case "highest":
                return bool(item.get("cap") == value)
            case "effect":
                return bool(value in ("void", "cap", "strip") and item.get(str(value)) not in (None, False))
        raise AssertionError(claim)

    def number(self, claim: Claim) -> Decimal:
        """Return what the part, condition or deduction gives, worked out from its text."""
        id_, _, place = claim.subject.partition("#")
        item = self.items[id_][0]
        place, _, at = place.partition("=")
        if place == "when":
            return self.limit(item["when"])[1]
        if place.startswith("deduct"):
            deduct = item["deduct"][int(place.removeprefix("deduct"))]
            times = floor(Decimal(at) / Decimal(deduct.get("every", 1))) if at else 1
            return min(Decimal(item["points"]), Decimal(deduct.get("up_to", item["points"])), Decimal(deduct["points"]) * times)
        part = item["parts"][int(place)]
        lines = part.get("bands") or ([part] if "award" in part else [])
        if claim.relation == "threshold":
            return self.limit(lines[0]["when"])[1]
        if "award" in part:
            return Decimal(part["award"])
        if "bands" in part:
            found = Decimal(at)
            for line in lines:
                op, limit = self.limit(line["when"])
                if {">=": found >= limit, "<=": found <= limit, ">": found > limit, "<": found < limit}[op]:
                    return Decimal(line["award"])
            return Decimal(0)
        shape = part.get("count_down") or part["count_up"]
        times = floor(Decimal(at) / Decimal(shape.get("every", 1)))
        if "count_down" in part:
            return max(Decimal(0), Decimal(shape["full"]) - Decimal(shape["less"]) * times)
        return min(Decimal(shape["up_to"]), Decimal(shape["each"]) * times)

    def limit(self, text: str) -> tuple[str, Decimal]:
        found = LIMIT.fullmatch(text)
        assert found, text
        return found[2], Decimal(found[3])


def checked(solver: Solver, question: Question) -> None:
    """The answer of a question is what the raw data say, it is the only one, and its options are printed as they are meant."""
    assert question.right == tuple(n for n, option in enumerate(question.options) if solver.true(option.claim)), question
    texts = [option.text for option in question.options]
    assert len(set(texts)) == len(texts)
    if question.kind == "single":
        assert len(question.right) == 1
        assert 3 <= len(texts) <= 4
        assert len({option.claim.subject for option in question.options}) == (len(texts) if question.family == "pick" else 1)
    if question.kind == "multiple":
        assert len(texts) == 4
        assert len(question.right) in (2, 3)
        assert len({(option.claim.relation, option.claim.value) for option in question.options}) == 1
    if question.kind == "single" and question.family in ("owner", "proof"):
        right = texts[question.right[0]]
        assert not any(overlap(right, text) for text in texts if text != right)
    for option in question.options:
        value = option.claim.value
        if isinstance(value, Decimal) and question.kind == "single":
            assert re.match(r"[0-9.]+", option.text)
            assert Decimal(re.match(r"[0-9.]+", option.text)[0]) == value  # type: ignore[index]
        if question.family in ("points", "owner", "fixable", "deadline", "repair", "key") and question.kind != "multiple":
            assert f"({option.claim.subject.partition(':')[2]})" in question.stem


@pytest.mark.parametrize("name", PACKS)
def test_answers_are_what_the_data_say(name: str) -> None:
    solver = Solver(name)
    for seed in range(20):
        for question in draw(bank(name), 100, seed).questions:
            checked(solver, question)


@pytest.mark.parametrize("name", PACKS)
def test_every_question_of_the_bank_is_sound(name: str) -> None:
    solver = Solver(name)
    for question in draw(bank(name), 2000, 3, at_most=True).questions:
        checked(solver, question)


def test_two_packs_make_one_paper_that_says_which_pack_it_asks_about() -> None:
    both = bank(*PACKS[:2])
    solver = Solver(*PACKS[:2])
    paper = draw(both, 200, 4)
    for question in paper.questions:
        checked(solver, question)
    assert {question.pack for question in paper.questions} == {pack.title.zh for pack in both.packs}


@pytest.mark.parametrize("name", PACKS)
def test_no_two_questions_are_equal(name: str) -> None:
    for seed in (0, 1):
        questions = draw(bank(name), 2000, seed, at_most=True).questions
        assert len({(one.stem, frozenset(option.text for option in one.options)) for one in questions}) == len(questions)
        single = [one.stem for one in questions if one.kind == "single" and one.family != "pick"]
        assert len(set(single)) == len(single)


# --- the paper ------------------------------------------------------------------


def test_the_same_seed_gives_the_same_paper_whatever_the_order_of_packs() -> None:
    one, two = (load_pack(name).pack for name in PACKS[:2])
    first, again, turned = draw(bank_of([one, two]), 60, 7), draw(bank_of([one, two]), 60, 7), draw(bank_of([two, one, two]), 60, 7)
    assert first == again == turned
    assert draw(bank_of([one, two]), 60, 8).questions != first.questions


def test_kinds_groups_and_truths_are_mixed_evenly() -> None:
    for seed in range(5):
        questions = draw(bank("five-star-urban"), 100, seed).questions
        assert Counter(one.kind for one in questions) == {"single": 50, "multiple": 25, "judge": 25}
        assert Counter(bool(one.right) for one in questions if one.kind == "judge")[True] in (12, 13)
        asked = Counter(
            option.claim.subject.partition(":")[2][1:3]
            for one in questions
            for option in one.options[:1]
            if one.family in ("points", "owner")
        )
        assert len(asked) >= 3
        families = Counter(one.family for one in questions if one.kind == "single")
        assert len(families) >= 12
        assert max(families.values()) <= 5
    assert Counter(one.kind for one in draw(bank("five-star-urban"), 7, 0).questions) == {"single": 5, "multiple": 1, "judge": 1}
    assert [one.kind for one in draw(bank("five-star-urban"), 1, 0).questions] == ["single"]


def test_a_fact_is_not_asked_for_twice_while_there_are_others() -> None:
    for seed in range(5):
        questions = [one for one in draw(bank("five-star-rural"), 100, seed).questions if one.kind != "multiple" and one.family != "pick"]
        facts = [(one.family, one.options[0].claim.subject) for one in questions]
        assert len(set(facts)) == len(facts)


def test_answers_say_on_what_they_rest() -> None:
    found = {one.options[0].claim.subject: one.clause.source for one in draw(bank("soft-and-lax"), 2000, 1, at_most=True).questions}
    assert found["soft-and-lax/hard_to_list"] == "依据:市级基层组织排查情形报道"
    assert found["soft-and-lax/soft_to_list"] == "本包默认值"
    assert all(re.match("依据:.|本包默认值", source) for source in found.values())


def test_answers_are_letters_and_marks() -> None:
    questions = draw(bank("five-star-urban"), 100, 1).questions
    assert {answer(one) for one in questions if one.kind == "judge"} == {"√", "×"}
    assert all(re.fullmatch("[A-D]", answer(one)) for one in questions if one.kind == "single")
    assert all(re.fullmatch("A?B?C?D?", answer(one)) for one in questions if one.kind == "multiple")


# --- traps ----------------------------------------------------------------------


def test_where_two_limits_earn_full_marks_neither_is_asked_for(tmp_path: Path) -> None:
    made = bank_of([load_pack(str(write_pack(tmp_path))).pack])
    keys = {seed.key for seed in made.seeds}
    assert "threshold|tiny:T-03#0" in keys
    assert "threshold|tiny:T-01#0" not in keys


def test_what_the_same_words_ask_with_two_answers_is_not_asked(tmp_path: Path) -> None:
    keys = {seed.key for seed in bank_of([load_pack(str(write_pack(tmp_path))).pack]).seeds}
    assert "threshold|tiny:T-04#0" not in keys  # 3 points from 55 % on, and 3 points from 75 % on
    assert "threshold|tiny:T-04#1" not in keys
    assert "points|tiny:T-04" in keys


def test_items_that_read_alike_are_asked_about_only_where_they_agree(tmp_path: Path) -> None:
    facts = Facts([load_pack(str(write_pack(tmp_path))).pack])
    assert facts.is_true(Claim("points", "tiny:T-01", Decimal(10))) is None  # T-03 reads the same and is worth 6
    assert facts.is_true(Claim("points", "tiny:T-01", Decimal(6))) is None
    assert facts.is_true(Claim("points", "tiny:T-01", Decimal(7))) is False
    assert facts.is_true(Claim("kind", "tiny:T-01", "criterion")) is True
    assert facts.is_true(Claim("points", "tiny:T-02", Decimal(8))) is True


def test_time_limits_that_come_to_the_same_are_no_wrong_answers(tmp_path: Path) -> None:
    facts = Facts([load_pack(str(write_pack(tmp_path))).pack])
    assert facts.is_true(Claim("deadline", "tiny:T-02", ("限期3天", "3"))) is True
    assert facts.is_true(Claim("deadline", "tiny:T-02", ("立行立改", "3"))) is None
    assert facts.is_true(Claim("deadline", "tiny:T-02", ("一个月", "30"))) is False


def test_owners_that_share_a_word_or_a_task_are_no_wrong_answers() -> None:
    facts = Facts([load_pack("five-star-urban").pack])
    assert facts.is_true(Claim("owner", "five-star-urban:UZB-04", "社区党组织")) is True
    assert facts.is_true(Claim("owner", "five-star-urban:UZB-04", "社区")) is None
    assert facts.is_true(Claim("owner", "five-star-urban:UZB-04", "社区书记")) is None  # mends what the branch mends
    assert facts.is_true(Claim("owner", "five-star-urban:UZB-04", "公安局")) is False
    assert facts.is_true(Claim("owner", "five-star-urban:UZB-04", "公安局、司法所")) is None  # two bodies: part of an answer may be right


def test_a_lower_cap_makes_a_higher_one_no_answer_but_the_highest_level_is_one() -> None:
    facts = Facts([load_pack("five-star-urban").pack])
    assert [facts.is_true(Claim("highest", "five-star-urban:V1", level)) for level in range(4)] == [False, False, True, False]
    assert facts.is_true(Claim("highest", "five-star-urban:V2", 2)) is None  # it voids the rating
    assert facts.is_true(Claim("effect", "five-star-urban:V2", "cap")) is None


def test_what_counts_as_none_may_be_full_marks_so_these_are_no_wrong_answers() -> None:
    facts = Facts([load_pack("five-star-urban").pack])
    assert facts.is_true(Claim("missing", "逾期未完成的项目数", "blank")) is True
    assert facts.is_true(Claim("missing", "逾期未完成的项目数", "full")) is None
    assert facts.is_true(Claim("missing", "开展主题党日的月份数", "full")) is False


def test_proofs_of_the_same_sort_are_no_wrong_answers() -> None:
    facts = Facts([load_pack("five-star-urban").pack])
    assert facts.is_true(Claim("proof", "党务村(居)务财务按期公开的季数", "公开栏照片(含日期)")) is True
    assert facts.is_true(Claim("proof", "党务村(居)务财务按期公开的季数", "公示照片")) is None
    assert facts.is_true(Claim("proof", "党务村(居)务财务按期公开的季数", "资源清单")) is False


def test_no_question_gives_its_answer_away() -> None:
    for name in PACKS:
        for question in draw(bank(name), 2000, 5, at_most=True).questions:
            if question.kind == "single" and question.family in ("threshold", "line", "owner", "group", "holder"):
                assert question.options[question.right[0]].text not in question.stem


# --- too few --------------------------------------------------------------------


def test_a_small_pack_says_how_many_it_gives(tmp_path: Path) -> None:
    made = bank_of([load_pack(str(write_pack(tmp_path))).pack])
    most = len(made.seeds)
    assert 10 < most < 100
    with pytest.raises(Failure, match=f"these packs give {most} that differ"):
        draw(made, most + 1, 1)
    assert len(draw(made, most, 1).questions) == most
    assert len(draw(made, 500, 1, at_most=True).questions) == most


def test_english_papers_are_sound_too() -> None:
    set_language("en")
    english = bank_of([load_pack("five-star-urban").pack])
    solver = Solver("five-star-urban")
    for question in draw(english, 300, 2).questions:
        checked(solver, question)
        assert "。" not in question.stem
