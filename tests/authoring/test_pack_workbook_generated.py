"""Packs drawn at random, every shape of a part among them, come back from a workbook and from its YAML as they went in."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from packbook_files import again, book_of, digest

from evaluator.authoring.workbook.printing import pack_yaml
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml

sys.path.append(str(Path(__file__).parent.parent / "scoring"))
from pack_strategies import Case, cases

SIGNS = "甲乙ab19 -:#'\"\\,;{}[]&*!|>%@`?~=。:,\n\t"


@settings(max_examples=20, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(cases())
def test_packs_drawn_at_random_come_back(case: Case) -> None:
    for data in case.packs:
        source = parse_yaml(json.dumps(data, ensure_ascii=False), "drawn")
        assert source.data is not None
        pack, findings = shape(source.data, source.spans)
        assert pack is not None, findings
        with TemporaryDirectory() as folder:
            back = again(book_of(pack, Path(folder) / "pack.xlsx"))
        assert back == pack
        assert digest(back) == digest(pack)


def plain(value: Any) -> Any:
    """Return data as the strict reader gives it: tuples as lists, whole decimals as they compare."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


@settings(max_examples=200)
@given(
    st.lists(st.text(SIGNS, max_size=30), min_size=1, max_size=4),
    st.sampled_from(["2023-01-01", "yes", "12", "0.5", "null", "on", "12:30", "甲:乙"]),
)
def test_any_text_is_read_back_from_the_yaml(texts: list[str], odd: str) -> None:
    data = {
        "title": {"zh": texts[0], "en": odd},
        "note": texts[-1],
        "sources": {texts[0] or "k": {"title": texts[-1], "note": odd}, "z": {"title": odd}},
        "needs": [*texts, odd],
        "groups": [{"id": "G", "criteria": [{"id": odd, "text": text, "numbers": {odd: text}} for text in texts]}],
    }
    text = pack_yaml(data)
    found = parse_yaml(text, "printed")
    assert not found.findings, (text, found.findings)
    assert found.data == plain(data), text
