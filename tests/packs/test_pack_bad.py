"""One broken pack for each diagnostic: where it points and what it says, in both languages."""

from pathlib import Path

import pytest

from evaluator.diagnostics import Diagnostic, Failure, Place, render
from evaluator.messages import LANGUAGES, catalogue
from evaluator.packs import shape as shape_module
from evaluator.packs.load import check_packs, load_pack, load_packs
from evaluator.packs.source import LARGEST

BAD = Path(__file__).parent.parent / "bad" / "packs"
RUNS = {  # the packs of one run, where a mistake is between two
    "E490": ["good", "E490"],
    "E491": ["good", "E491"],
    "E492": ["good", "E492"],
    "E494": ["E494", "with-E494"],
}
TABLE = {  # file: line and column, words in Chinese, words in English
    "E103": ("4:13", "文件不是 UTF-8 编码:第 57 个字节是 0xD1", "the file is not UTF-8: byte 57 is 0xD1"),
    "E104": ("1:1", "文件是空的", "the file is empty"),
    "E105": ("28:17", "文件里有不可见的控制字符 U+0007", "the file holds the control character U+0007"),
    "E106": ("24:1", "这里用了制表符(Tab)", "a tab stands here"),
    "E107": ("24:10", "这里用了全角冒号“：”", "the colon here is the full-width '：'"),
    "E108": ("28:17", "这里不该有冒号", "a colon cannot stand here"),
    "E109": ("28:15", "引号没有闭合", "the quote is never closed"),
    "E110": ("46:22", "从这里开始的 { 没有写完整", "what begins with this { is not complete"),
    "E111": ("28:18", "双引号里的 \\开 没有意义", "\\开 means nothing in double quotes"),
    "E112": ("28:19", "引号或括号闭合之后还有文字", "text follows a closed quote or bracket"),
    "E113": ("69:1", "文件里又开始了一份文档(---)", "a second document begins here (---)"),
    "E114": ("69:56", "嵌套超过 50 层", "more than 50 levels are nested"),
    "E115": ("28:15", "规则包里不能用锚点和引用(*)", "a pack cannot use anchors and aliases (*)"),
    "E116": ("28:15", "规则包里不能用 YAML 标签(!)", "a pack cannot use YAML tags (!)"),
    "E117": ("28:15", "不加引号的文字不能以 @ 开头", "a text without quotes cannot begin with @"),
    "E118": ("30:9", "“text”重复了,前一个在第 28 行第 9 列", "'text' is given twice; the first is in line 28, column 9"),
    "E119": ("29:7", "从这里开始读不懂", "this cannot be read as YAML"),
    "E120": ("6:8", "“yes”在不同程序里读法不同", "'yes' is read in different ways by different programs"),
    "E121": ("39:20", "“~”表示没有值", "'~' stands for no value"),
    "E122": ("28:15", "“12:30”会被一些程序读成六十进制的数", "'12:30' is a number to base 60 for some programs"),
    "E123": ("4:17", "文字在逗号处被截断,“第二版”成了单独的一项", "a text was cut at the comma: '第二版' became a key of its own"),
    "E124": ("28:9", "“text”后面没有内容", "nothing follows 'text'"),
    "E125": ("29:17", "“１０”用了全角字符", "'１０' is written in full-width characters"),
    "E126": ("9:3", "键必须是文字,不能是列表或映射", "a key is a text, not a list or mapping"),
    "E127": ("1:1", "文件最外层必须是“键: 值”", "a pack is written as 'key: value' lines"),
    "E128": ("29:17", "“010”不是普通写法的数", "'010' is no plainly written number"),
    "E129": ("29:17", "“.inf”不是数", "'.inf' is not a number"),
    "E130": ("5:19", "没有“2023-02-30”这一天", "there is no day '2023-02-30'"),
    "E131": ("5:19", "日期“2023-1-1”的写法不对", "the date '2023-1-1' is not written in full"),
    "E136": ("29:9", "“points”旁边有全角空格", "a full-width or invisible space stands beside 'points'"),
    "E301": ("27:9", "criteria[1] 缺少 points", "criteria[1] lacks points"),
    "E302": ("29:9", "没有“pionts”这个键,是不是 points?", "there is no key 'pionts' here; did you mean points?"),
    "E303": ("29:17", "points 必须是数,不能是“ten”", "points must be a number, not 'ten'"),
    "E304": ("68:28", "days 必须是整数,不能是“1.5”", "days must be a whole number, not '1.5'"),
    "E305": ("2:10", "version 必须是文字,不能是“2023.1”", "version must be a text, not '2023.1'"),
    "E306": ("57:11", "void 必须是 true 或 false,不能是“yes”", "void must be true or false, not 'yes'"),
    "E307": ("5:19", "from 必须是日期,不能是“年初”", "from must be a date, not '年初'"),
    "E308": ("5:12", "effective 必须由“键: 值”组成,不能是“2023", "effective must be made of 'key: value', not '2023-01-01'"),
    "E309": ("51:16", "basis 必须是列表,不能是“doc”", "basis must be a list, not 'doc'"),
    "E310": ("19:32", "type 不能是“bool”", "type cannot be 'bool'"),
    "E311": ("29:17", "points 是 -10,不能小于 0", "points is -10, and must be at least 0"),
    "E312": ("65:13", "level 是 101,不能大于 100", "level is 101, and must be at most 100"),
    "E313": ("31:41", "less 是 0.125,小数最多 2 位", "less is 0.125, and has at most 2 decimals"),
    "E314": ("56:11", "when 是空的", "when is empty"),
    "E315": ("56:11", "when 太长,最多 2000 个字符", "when is too long: at most 2000 characters"),
    "E316": ("16:3", "spot-1:“spot-1”不能作名称", "spot-1: 'spot-1' cannot be a name"),
    "E317": ("27:13", "id:“C_01”不能作编号", "id: 'C_01' cannot be an id"),
    "E318": ("2:10", "版本“第1版”的写法不对", "'第1版' cannot be a version"),
    "E319": ("68:28", "date:“13-01”不是月日", "date: '13-01' is not a month and day"),
    "E320": ("46:13", "parts[1] 不是任何一种计分方式", "parts[1] has none of the shapes of a part"),
    "E321": ("46:13", "一项里有两种计分方式:award, choices", "one part has two shapes: award, choices"),
    "E322": ("30:9", "没有“colour”这个键", "there is no key 'colour' here"),
    "E323": ("21:80", "when_zero 不能是“none”", "when_zero cannot be 'none'"),
    "E324": ("47:18", "due 不能是“13”", "due cannot be '13'"),
    "E325": ("51:16", "basis 至少要有一项", "basis needs at least one item"),
    "E326": ("12:49", "range 要正好 2 个数", "range takes exactly 2 numbers"),
    "E327": ("66:5", "rating[2] 里用了全角冒号:“level：0”", "rating[2] holds a full-width colon: 'level：0'"),
    "E328": ("28:15", "text 必须是文字,不能是“2023”", "text must be a text, not '2023'"),
    "E402": ("41:66", "sources 里没有依据“dox”", "sources has no 'dox'"),
    "E403": ("36:19", "deadlines 里没有时限类别“sooon”", "deadlines has no class 'sooon'"),
    "E404": ("57:13", "groups 里没有“G2”", "groups has no 'G2'"),
    "E405": ("46:36", "indicators 里没有指标“topic”", "indicators has no 'topic'"),
    "E406": ("10:31", "“meetings”不是支部属性", "'meetings' is not an attribute of branches"),
    "E420": ("44:17", "分值不能是 0", "the points cannot be 0"),
    "E421": ("42:9", "C-02 没有 parts,也没有 deduct,谁都能得满", "C-02 has neither parts nor deduct, so that everyone has full"),
    "E422": ("29:17", "分值是 12,各项满分加起来是 10(4 + 6)", "the points are 12, and the full marks of the parts add up to"),
    "E423": ("47:9", "一条准则不能既是关键项(key)又是加分项(bonus)", "a criterion cannot be both key and bonus"),
    "E424": ("45:9", "组 G1 没有规定加分上限", "the group G1 has no limit for its bonus"),
    "E425": ("35:16", "locus 要读文字或单选的指标,“held”是 integ", "locus reads a text or a choice, and 'held' is integer"),
    "E430": ("39:20", "整改措施要求“补开”", "the measure asks for records of the past to be made up (补开)"),
    "E440": ("12:49", "range 的最小值 366 不小于最大值 0", "the lowest of range, 366, is not below the highest, 0"),
    "E441": ("47:13", "这一项没有读比率,用不上 when_zero", "this part reads no ratio, so that when_zero means nothing"),
    "E442": ("46:13", "deduct 没有写 per,也没有写 when", "deduct has neither per nor when"),
    "E443": ("31:75", "every 是 0,必须大于 0", "every is 0, and must be above 0"),
    "E444": ("31:49", "per 要数出一个数量,“done_rate”不是", "per counts something, and 'done_rate' is no count"),
    "E445": ("46:38", "prorate 的 of 要读比率或百分数,“held”不是", "of in prorate reads a ratio or a percent, and 'held' is"),
    "E446": ("21:51", "“held / due_count”的除数可能是 0,没有写", "'held / due_count' may divide by 0, and when_zero does not"),
    "E447": ("46:36", "choices 的 of 要读多选指标,“spot”是 te", "of in choices reads an indicator of type choices, and 'spot'"),
    "E448": ("46:61", "选项里没有“治里”", "'治里' is not among the options"),
    "E450": ("5:35", "失效日期 2022-12-31 早于生效日期 2023-01", "the pack ends on 2022-12-31, before it begins on 2023-01-01"),
    "E451": ("3:9", "status 是 adopted,没有写 adopted", "the status is adopted, and adopted does not say by whom"),
    "E452": ("4:1", "status 是 reference,不能写 adopted", "the status is reference, so that adopted cannot be given"),
    "E453": ("1:7", "规则包里没有准则,也没有情形", "the pack has neither criteria nor triggers"),
    "E455": ("16:3", "“months”在条件里另有意义,不能作名称", "'months' has a meaning of its own in conditions and cannot be"),
    "E456": ("21:3", "名称“meetings”在 indicators 里已经用过", "the name 'meetings' is already used in indicators"),
    "E457": ("12:53", "integer 类型的指标不能用 aggregate: an", "an indicator of type integer cannot have aggregate: any"),
    "E458": ("15:3", "选择类指标“topics”没有写 options", "the choice 'topics' has no options"),
    "E459": ("19:41", "boolean 类型的指标不能有 options", "an indicator of type boolean cannot have options"),
    "E460": ("15:47", "有 41 个选项,最多 40 个", "there are 41 options, and at most 40 are allowed"),
    "E461": ("15:56", "“学习”重复了", "'学习' is listed twice"),
    "E462": ("19:41", "boolean 类型的指标不能有 range", "an indicator of type boolean cannot have a range"),
    "E463": ("13:45", 'integer 类型的指标不能用 blank: "none"', 'an indicator of type integer cannot have blank: "none"'),
    "E464": ("21:69", "这个公式不会除以 0,用不上 when_zero", "this formula never divides by 0, so that when_zero means"),
    "E465": ("21:51", "派生值必须是数,“finding_date”不是", "a derived value is a number, and 'finding_date' is not"),
    "E466": ("21:3", "派生值互相引用成了圈:done_rate → twice →", "derived values read one another in a circle: done_rate →"),
    "E467": ("10:3", "设置要正好有一种写法,这里是:value, by_date", "a setting has exactly one form, and this has: value, by_date"),
    "E468": ("10:27", "设置从 2023-07-01 起才有值,规则包从 2023-", "the setting begins on 2023-07-01, and the pack on 2023-01-01"),
    "E469": ("68:3", "时限类别要正好有一种写法,这里是:days, date", "a deadline class has exactly one form, and this has: days,"),
    "E470": ("68:37", "没有 days,用不上 unit", "unit means nothing without days"),
    "E471": ("68:28", "不是每年都有“02-29”这一天", "not every year has a day '02-29'"),
    "E472": ("23:5", "组 G1 是一颗星,没有写 earned_when", "the group G1 is a star, and earned_when does not say when it"),
    "E473": ("26:15", "requires 互相要求成了圈:G1 → G1", "groups require one another in a circle: G1 → G1"),
    "E474": ("54:5", "一票否决 V1 没有后果", "the veto V1 does nothing"),
    "E475": ("58:25", "“meetings”是 integer,这里要 text", "'meetings' is integer, and text is needed here"),
    "E476": ("66:13", "等级 1 重复了", "the level 1 is given twice"),
    "E477": ("65:5", "这一行没有 when,后面的等级永远轮不到", "this line has no when, so that the levels below it are never"),
    "E478": ("66:28", "最后一个等级不能有 when", "the last level cannot have a when"),
    "E479": ("43:13", "编号“C-02”是保留的", "the id 'C-02' is reserved"),
    "E480": ("42:13", "编号“C-01”重复了,前一个在第 27 行", "the id 'C-01' is used twice, first in line 27"),
    "E481": ("21:51", "百分数“held * 100 / due_count”多乘了 100", "'held * 100 / due_count' is multiplied by 100 once too often"),
    "E482": ("21:101", "min_sample 要读一个数量,“spot”不是", "min_sample reads a number, and 'spot' is none"),
    "E483": ("65:33", "不能读佐证“held”", "cannot read the evidence 'held'"),
    "E484": ("25:18", "“NOT score >= pass_line”在得分升高时", "may stop to hold as the score rises"),
    "E485": ("72:12", "督办阶梯里有两档都叫“blue”", "two slips are both called 'blue'"),
    "E486": ("71:45", "它前面没有这一档", "no slip before it is called that"),
    "E487": ("72:34", "不晚于它所接的“blue”(7)", "no later than 7 of the slip 'blue'"),
    "E490": ("1:7", "规则包 sample 写了两次,另一个是 tests/bad", "the pack sample is given twice; the other is"),
    "E491": ("27:13", "编号“C-01”在规则包 sample 里已经用过", "the id 'C-01' is already used in the pack sample"),
    "E492": ("16:27", "指标“spot”与规则包 sample 里的不一致:type", "the indicator 'spot' differs from that of the pack sample in:"),
    "E493": ("7:9", "还需要规则包 soft-and-lax 的结果", "the results of the pack soft-and-lax are needed too"),
    "E494": ("7:1", "规则包互相需要成了圈:second → sample → s", "packs need one another in a circle: second → sample → second"),
    "E600": ("74:3", "内部规则包不能写 rise", "an internal pack cannot have rise"),
    "E601": ("70:15", "不能按 stars 排名", "ranks cannot go by stars"),
    "E602": ("73:15", "rating 里没有等级 5", "rating has no level 5"),
    "E603": ("73:38", "超出名额的降到 1,不低于等级 1", "go to 1, which is not below the level 1"),
    "E604": ("74:15", "等级 1 的名额写了两次,前一个在第 73 行", "the level 1 is capped twice, first in line 73"),
    "E605": ("78:12", "编号“screen”重复了,前一个在第 75 行", "the id 'screen' is used twice, first in line 75"),
    "E606": ("78:7", "twice 要正好写一种数法,这里是:—", "twice counts in exactly one way, and this has: —"),
    "E607": ("78:40", "没有情形、一票否决或底线“V2”", "there is no trigger, veto or gate 'V2'"),
    "E608": ("75:46", "level_at_least: 0 会数到全部支部", "level_at_least: 0 counts all branches or none"),
    "E609": ("75:55", "compare 没有写 at_least,也没有写 at_most", "compare has neither at_least nor at_most"),
    "E610": ("75:80", "下限 10% 高于上限 5%", "the lower ratio 10% is above the upper one, 5%"),
    "E611": ("73:27", "比例 110% 不在 0% 到 100% 之间", "the share 110% is not between 0% and 100%"),
    "E612": ("76:19", "设置“pass_line”的值是 80,这里要 1 到 20", "the setting 'pass_line' is 80, and a whole number from 1 to 20"),
    "E613": ("73:27", "settings 里没有设置“pass_lime”", "settings has no 'pass_lime'"),
    "E614": ("75:27", "设置“top_share”随支部属性 area_type 变化", "the setting 'top_share' differs by the attribute area_type"),
    "E615": ("73:27", "“10”不是比例", "'10' is no share"),
    "W501": ("19:3", "“laughs”没有用到", "nothing reads 'laughs'"),
    "W502": ("34:49", "数 3 没有写出处", "the number 3 does not say where it comes from"),
    "W503": ("68:3", "时限类别“later”没有用到", "nothing uses the deadline class 'later'"),
    "W504": ("9:3", "依据“rumour”没有引用", "nothing cites the source 'rumour'"),
    "W505": ("69:25", "要支部填报的指标有 8 个,超过上限 5 个(多 3 个)", "8 indicators are asked of the branch, 3 over the budget of 5"),
    "W506": ("69:25", "填报上限提高到 31 个(默认 30 个),没有写理由", "the budget is raised to 31 fields (the default is 30) without"),
    "W507": ("33:37", "“done_rate”是百分数,与它比的 0.9 就是 0.9%,是不是 90%", "means 0.9%; did you mean 90%?"),
    "W650": ("74:38", "从等级 2 降到 0,排在它们后面、够等级 1 的却照旧", "and keep the level 1"),
}
ELSEWHERE = {"E101", "E102", "E132", "E133", "E134", "E135", "E137", "E138", "E329"}  # not about what a file holds; tested below


def only(findings: list[Diagnostic] | tuple[Diagnostic, ...]) -> Diagnostic:
    assert len(findings) == 1, [render(finding, lang="en") for finding in findings]
    return findings[0]


def refused(name: str) -> Diagnostic:
    with pytest.raises(Failure) as failure:
        load_pack(name)
    return only(list(failure.value.findings))


@pytest.mark.parametrize("code", TABLE)
def test_each_mistake_is_told_once_at_its_place_in_both_languages(code: str) -> None:
    path = BAD / f"{code}.yaml"
    if code == "E493":  # only a run asks for the packs that are needed
        with pytest.raises(Failure) as failure:
            load_packs([str(path)])
        found = only(list(failure.value.findings))
    else:
        found = only(check_packs([str(BAD / f"{name}.yaml") for name in RUNS.get(code, [code])]))
    at, zh, en = TABLE[code]
    assert found.key == f"packs.{code}"
    assert str(found.place).endswith(f"tests/bad/packs/{code}.yaml:{at}")
    assert zh in found.message("zh")
    assert en in found.message("en")
    assert found.hint("zh")
    assert found.hint("en")
    if code != "E103":
        caret = render(found, path.read_text(encoding="utf-8"), "en").splitlines()[2]
        assert caret.strip().strip("^") == ""


@pytest.mark.parametrize("code", sorted(TABLE))
def test_errors_stop_a_pack_and_warnings_do_not(code: str) -> None:
    path = str(BAD / f"{code}.yaml")
    if code.startswith("W") or code in ("E490", "E491", "E492", "E493", "E494"):
        assert load_pack(path).pack
    else:
        assert refused(path).code == code


def test_every_diagnostic_has_its_broken_pack_and_every_broken_pack_its_row() -> None:
    codes = {name for name in catalogue("packs") if name[0] in "EW" and name[1:].isdigit()}
    assert set(TABLE) | ELSEWHERE == codes
    assert {path.stem for path in BAD.glob("*.yaml")} - {"good", "with-E494", "condition"} == set(TABLE)


def test_the_pack_that_the_broken_ones_come_from_is_sound() -> None:
    assert check_packs([str(BAD / "good.yaml")]) == []


def test_mistakes_in_conditions_point_into_quoted_and_folded_texts() -> None:
    found = check_packs([str(BAD / "condition.yaml")])
    assert [(one.key, one.place.line, one.place.column, one.place.end_column) for one in found] == [
        ("conditions.E250", 31, 59, 71),  # mee\u0074ing, as it is written
        ("conditions.E250", 59, 7, 12),
    ]


def test_the_line_of_the_design() -> None:
    found = only(check_packs([str(BAD / "E303.yaml")]))
    lines = render(found, (BAD / "E303.yaml").read_text(encoding="utf-8"), "en").splitlines()
    assert lines[0].endswith("tests/bad/packs/E303.yaml:29:17: E303 points must be a number, not 'ten'")
    assert lines[1:] == ["            points: ten", "                    ^^^", "    hint: Write digits, such as 8 or 0.5."]


# --- what is not in a file ----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "zh", "en"),
    [
        ("nowhere/pack.yaml", "E101", "找不到规则包文件 nowhere/pack.yaml", "no file nowhere/pack.yaml"),
        ("mine.yml", "E101", "mine.yml", "no file mine.yml"),
        ("five-star-urbann", "E132", "是不是 five-star-urban", "did you mean five-star-urban"),
        ("Five-Star-Rural", "E132", "是不是 five-star-rural", "did you mean five-star-rural"),
        ("zzz", "E133", "没有名为“zzz”的规则包", "no pack 'zzz'"),
        ("", "E102", "文件夹 . 里没有", "the folder . holds no pack.yaml"),
    ],
)
def test_a_pack_that_is_not_there(name: str, code: str, zh: str, en: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = refused(name)
    assert found.code == code
    assert zh in found.message("zh")
    assert en in found.message("en")
    if code == "E133":
        assert "soft-and-lax" in found.hint("zh")


def test_a_folder_without_a_pack(tmp_path: Path) -> None:
    assert refused(str(tmp_path)).code == "E102"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pack.yaml"
    with path.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    assert refused(str(path)).code == "E134"


def test_a_workbook_or_word_file_is_named_and_where_to_take_it(tmp_path: Path) -> None:
    for name, begins, code, words in (
        ("a b.xlsx", b"PK\x03\x04\xff", "E137", ("Excel 工作簿", "an Excel workbook")),
        ("a b.docx", b"PK\x03\x04\xff", "E138", ("Word 文档", "a Word document")),
        ("a b.doc", b"\xd0\xcf\x11\xe0\xa1", "E138", ("Word 文档", "a Word document")),
    ):
        path = tmp_path / name
        path.write_bytes(begins)
        found = refused(str(path))
        assert found.code == code
        for lang, word in zip(LANGUAGES, words, strict=True):
            assert word in found.message(lang)
            assert f'starbranch pack import "{path.as_posix()}"' in found.hint(lang)
    (tmp_path / "c.xlsx").write_bytes(b"\xff")
    assert refused(str(tmp_path / "c.xlsx")).code == "E103"


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = refused(str(BAD / "good.yaml"))
    assert found.code == "E135"
    assert "Permission denied" in found.message("en")


def test_a_kind_of_error_that_is_not_known_still_makes_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape_module, "KEYS", {})
    found = refused(str(BAD / "E303.yaml"))
    assert found.code == "E329"
    assert [found.message(lang) for lang in LANGUAGES] == ["points 的值“ten”不对", "points cannot be 'ten'"]


def test_of_a_long_line_only_what_stands_around_the_mistake_is_shown() -> None:
    row = "a: " + "x" * 500 + "!" + "y" * 500
    for start, end in ((1, 2), (504, 505), (504, 900), (1004, 1005)):
        shown, carets = render(Diagnostic("packs.E104", Place("long.yaml", 1, start, end)), row, "en").splitlines()[1:3]
        at = carets.index("^")
        assert len(shown) < 200
        assert shown[at : at + 1] == row[start - 1 : start]
        assert "^" * min(end - start, 100) in carets
