"""The two small packs of the sample run: three stars for everybody, and one that only the organisation office may see."""

from typing import Any

from evaluator.packs.models import Pack

__all__ = ["INTERNAL_MARK", "internal_pack", "pack"]

INTERNAL_MARK = "内部情形"  # in every text of the internal pack and nowhere else
COMMON: dict[str, Any] = {"owner": "社区党组织", "fixable_by": "branch", "deadline": "D_30", "basis": ["reg"]}


def _criterion(id_: str, zh: str, en: str, points: int, reads: str, measure: str, **more: Any) -> dict[str, Any]:
    part = {"award": points, "when": f"{reads} >= 1"}
    return {
        **COMMON,
        "id": id_,
        "text": {"zh": zh, "en": en},
        "points": points,
        "parts": [part],
        "measure": {"zh": measure, "en": f"Do: {en}"},
        **more,
    }


def pack() -> Pack:
    """Return the public pack: three stars, five criteria, two vetoes."""
    return Pack.model_validate(
        {
            "pack": "demo-star",
            "version": "2023.1",
            "status": "reference",
            "title": {"zh": "示例“三星”支部创建", "en": "Three-star branch, sample"},
            "category": {"zh": "社区", "en": "Communities"},
            "effective": {"from": "2023-01-01"},
            "stars": True,
            "ledger": {"common_least": 3},
            "sources": {
                "reg": {"title": "中国共产党支部工作条例(试行)", "grade": "a"},
                "own": {"title": "本规则包自拟的参考值,没有文件依据"},
            },
            "indicators": {
                "theme_day_months": {
                    "label": {"zh": "开展主题党日的月份数", "en": "Months with a theme day"},
                    "type": "integer",
                    "unit": "月",
                },
                "fee_rate": {"label": {"zh": "党费按月足额交纳率", "en": "Dues paid in full"}, "type": "percent"},
                "joint_meetings": {
                    "label": {"zh": "联席会议次数", "en": "Joint meetings"},
                    "type": "integer",
                    "unit": "次",
                    "holder": "township",
                },
                "requests_done": {"label": {"zh": "居民诉求办结率", "en": "Requests settled"}, "type": "percent", "holder": "信访"},
                "cameras": {"label": {"zh": "公共部位技防覆盖率", "en": "Camera coverage"}, "type": "percent", "holder": "公安"},
                "accidents": {
                    "label": {"zh": "重大责任事故起数", "en": "Grave accidents"},
                    "type": "integer",
                    "unit": "起",
                    "holder": "应急",
                },
                "fraud_no": {"label": {"zh": "弄虚作假认定文号", "en": "Number of the finding"}, "type": "text", "holder": "纪委"},
            },
            "groups": [
                {
                    "id": "ZB",
                    "title": {"zh": "支部过硬星", "en": "Strong branch"},
                    "lead": "组织部",
                    "earned_when": "score >= 80",
                    "criteria": [
                        _criterion(
                            "DZB-01",
                            "主题党日按月开展",
                            "A theme day every month",
                            8,
                            "theme_day_months",
                            "自下月起按月开展主题党日,当天记录,连续三个月按时后申请销号;过去月份不补记录",
                            key=True,
                            irreversible=True,
                            deadline="D_now",
                        ),
                        _criterion(
                            "DZB-02",
                            "党费按月足额交纳,交纳率达到95%",
                            "Dues paid in full each month",
                            12,
                            "fee_rate",
                            "逐人核对,30天内收齐本年应交党费",
                        ),
                    ],
                },
                {
                    "id": "GJ",
                    "title": {"zh": "共建共享星", "en": "Shared work"},
                    "lead": "组织部/住建",
                    "earned_when": "score >= 80",
                    "criteria": [
                        _criterion(
                            "DGJ-01",
                            "党建联席会议每季度召开",
                            "A joint meeting each quarter",
                            10,
                            "joint_meetings",
                            "乡镇(街道)排出联席会议日期,列出共建事项清单",
                            owner="街道党工委",
                            fixable_by="township",
                        ),
                        _criterion(
                            "DGJ-02",
                            "居民诉求及时办结",
                            "Residents' requests settled in time",
                            7.5,
                            "requests_done",
                            "逐件列出未办诉求,明确经办人和答复日期",
                        ),
                    ],
                },
                {
                    "id": "PA",
                    "title": {"zh": "平安法治星", "en": "Safe and lawful"},
                    "lead": "政法委",
                    "earned_when": "score >= 80",
                    "criteria": [
                        _criterion(
                            "DPA-01",
                            "主要路口和公共部位技防覆盖,覆盖率<60%的计0分",
                            "Cameras at main crossings",
                            20,
                            "cameras",
                            "公安机关年底前补齐点位",
                            owner="公安",
                            fixable_by="department",
                            deadline="D_year",
                            basis=["own"],
                        ),
                    ],
                },
            ],
            "vetoes": [
                {
                    **COMMON,
                    "id": "DV1",
                    "text": {"zh": "发生重大责任事故", "en": "A grave accident"},
                    "when": "accidents >= 1",
                    "cap": 1,
                    "measure": {"zh": "配合调查,落实防范措施", "en": "Help the inquiry"},
                    "owner": "乡镇党委",
                    "fixable_by": "township",
                },
                {
                    **COMMON,
                    "id": "DV2",
                    "text": {"zh": "评星材料弄虚作假", "en": "Fraud in the material"},
                    "when": "given(fraud_no)",
                    "void": True,
                    "measure": {"zh": "退回材料,说明情况", "en": "Withdraw the material"},
                },
            ],
            "rating": [
                {"level": 3, "label": {"zh": "三星支部", "en": "Three stars"}, "when": "stars = 3"},
                {"level": 2, "label": {"zh": "二星支部", "en": "Two stars"}, "when": "stars = 2"},
                {"level": 1, "label": {"zh": "一星支部", "en": "One star"}, "when": "stars = 1"},
                {"level": 0, "label": {"zh": "未授星", "en": "No star"}},
            ],
            "deadlines": {
                "D_now": {"label": {"zh": "立行立改", "en": "At once"}, "days": 3, "unit": "workday"},
                "D_30": {"label": {"zh": "限期30天", "en": "Within 30 days"}, "days": 30},
                "D_year": {"label": {"zh": "年底对账", "en": "By year end"}, "date": "12-31"},
            },
        }
    )


def internal_pack() -> Pack:
    return Pack.model_validate(
        {
            "pack": "demo-lax",
            "version": "2023.1",
            "status": "reference",
            "title": {"zh": f"软弱涣散{INTERNAL_MARK}", "en": f"Soft and lax {INTERNAL_MARK}"},
            "internal": True,
            "effective": {"from": "2023-01-01"},
            "sources": {"reg": {"title": f"整顿文件({INTERNAL_MARK})"}},
            "indicators": {
                "vacant_days": {
                    "label": {"zh": f"书记空缺天数({INTERNAL_MARK})", "en": "Days vacant"},
                    "type": "integer",
                    "unit": "天",
                    "holder": "组织部",
                },
                "survey": {"label": {"zh": f"群众满意度({INTERNAL_MARK})", "en": "Satisfaction"}, "type": "percent", "holder": "township"},
            },
            "triggers": [
                {
                    **COMMON,
                    "id": "TL-01",
                    "kind": "hard",
                    "text": {"zh": f"书记长期缺职({INTERNAL_MARK})", "en": "Secretary long absent"},
                    "when": "vacant_days > 90",
                    "measure": {"zh": f"30天内选配到位({INTERNAL_MARK})", "en": "Appoint one"},
                    "owner": "乡镇党委",
                    "fixable_by": "township",
                },
                {
                    **COMMON,
                    "id": "TL-02",
                    "kind": "soft",
                    "text": {"zh": f"群众满意度低({INTERNAL_MARK})", "en": "Low satisfaction"},
                    "when": "survey < 60%",
                    "measure": {"zh": f"入户听取意见({INTERNAL_MARK})", "en": "Listen"},
                },
            ],
            "rating": [
                {"level": 2, "label": {"zh": "建议列入", "en": "Listing recommended"}, "when": "hard >= 1"},
                {"level": 1, "label": {"zh": "关注", "en": "Watch"}, "when": "soft >= 1"},
                {"level": 0, "label": {"zh": "未触发", "en": "None met"}},
            ],
            "deadlines": {"D_30": {"label": {"zh": "限期30天", "en": "30 days"}, "days": 30}},
        }
    )
