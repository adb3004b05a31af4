"""The life of one case, act by act, as the people involved know it."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from guantong_adapters.simulation.story import Act
from guantong_plugins.demo.stories.applicant import applicant_facts
from guantong_plugins.demo.stories.clock import Clock
from guantong_plugins.demo.stories.counties import Matter, item_code
from guantong_plugins.demo.stories.identities import identity_card
from guantong_plugins.demo.stories.people import address, person
from guantong_plugins.demo.stories.plan import Plan

UNKNOWN_CODE = "X9"
"""A code that no table of any system knows."""

TOO_LONG = "经查验，该项目现场条件与申报材料相符。" * 60
"""An opinion beyond 2,000 bytes in GBK, which the hall refuses for good."""

_STEPS = {
    1: (("approval", "批准", "局长"),),
    2: (("handling", "承办", "科员"), ("approval", "批准", "局长")),
    3: (("handling", "承办", "科员"), ("review", "审核", "科长"), ("approval", "批准", "局长")),
}
_OPINIONS = (
    "材料齐全，符合法定形式，拟同意。",
    "同意。",
    "经营面积<60㎡，符合《办法》第3条&第5条，同意上报。",
    "现场核查“合格”，编号[2014]12号；附件见]]>目录。",
    "符合条件，同意发证。",
)
_CORRECTIONS = ("身份证明复印件未签名", "经营场所证明已过期", "申请表第2页漏填联系电话")
_REMARKS = ("材料已与原件核对", "群众要求短信通知", "加急")


class Life:
    """Writes down one case. Serials the sender knows are in the facts of each act."""

    def __init__(self, random: Random, plan: Plan, matter: Matter, day: date,
                 province_serial: str, county_serial: str) -> None:
        self._random = random
        self._plan = plan
        self._matter = matter
        self._clock = Clock(random, day)
        self._province = province_serial
        self._county = county_serial
        self._clerk = person(random)
        self._clerk_no = f"{plan.county.mark}{random.randrange(1, 60):03d}"
        self.acts: list[Act] = []

    def write(self) -> tuple[Act, ...]:
        """Every act of the case in the order it happened."""
        traits = self._plan.traits
        if self._plan.channel == "immediate":
            self._finish()
            return tuple(self.acts)
        self._application()
        if traits & {"receipt_rejects", "status_file_rejects"}:
            return tuple(self.acts)
        self._pre_acceptance()
        if "correction" in traits:
            self._correction()
        self._acceptance()
        if "refused" in traits:
            return tuple(self.acts)
        self._steps()
        if "too_long" in traits:
            return tuple(self.acts)
        self._finish()
        if "bad_code" not in traits and self._random.random() < 0.95:
            self._collection()
        return tuple(self.acts)

    def _tell(self, event: str, facts: dict[str, Any]) -> None:
        common = {
            "item.code": item_code(self._plan.county, self._matter),
            "item.name": self._matter.name,
            "region": self._plan.county.region,
        }
        if self._province:
            common["serial.province"] = self._province
        if not (event == "case.application" and self._plan.channel == "online"):
            common["serial.county"] = self._county
        if self._random.random() < 0.1:
            common["remark"] = self._random.choice(_REMARKS)
        self.acts.append(Act(event, common | facts))

    def _bureau(self) -> dict[str, Any]:
        return {"org.name": self._matter.bureau.name, "org.code": self._matter.bureau.org}

    def _application(self) -> None:
        plan, random = self._plan, self._random
        self._applicant = applicant_facts(
            random, plan.county, self._matter,
            rare="rare_name" in plan.traits, old_card="old_card" in plan.traits,
        )
        online = plan.channel == "online"
        kinds = ("electronic",) if online else ("original", "copy")
        facts = self._applicant | {
            "title": f"{plan.county.name}{self._matter.name}申请",
            "channel": "online" if online else "counter",
            "applied_at": self._clock.read(),
            "receipt_no": f"SB{plan.county.region}{plan.number:06d}",
            "materials": [
                {"name": name, "kind": random.choice(kinds), "count": random.randrange(1, 4)}
                for name in self._matter.materials[: random.randrange(1, len(self._matter.materials) + 1)]
            ],
        }
        if not online:
            facts["applied_place"] = address(random, plan.county.towns)
        self._tell("case.application", facts)

    def _pre_acceptance(self) -> None:
        self._tell("case.pre_acceptance", self._bureau() | {
            "operator.name": self._clerk, "operator.no": self._clerk_no,
            "outcome": "correction" if "correction" in self._plan.traits else "passed",
            "pre_accepted_at": self._clock.minutes(10, 200),
        })

    def _correction(self) -> None:
        what = self._random.choice(_CORRECTIONS)
        self._tell("case.correction_notice", {
            "notice.sender": self._clerk, "notice.reason": what, "notice.items": self._matter.materials[0],
            "notice.at": self._clock.minutes(5, 60),
        })
        self._tell("case.correction", {
            "correction.operator": self._clerk, "correction.items": self._matter.materials[0],
            "correction.at": self._clock.days(1, 5),
            "correction.place": address(self._random, self._plan.county.towns),
        })

    def _acceptance(self) -> None:
        refused = "refused" in self._plan.traits
        facts = self._bureau() | {
            "operator.name": self._clerk, "operator.no": self._clerk_no,
            "outcome": "refused" if refused else "accepted",
            "accepted_at": self._clock.minutes(20, 400),
            "receipt_no": f"SL{self._plan.county.region}{self._plan.number:06d}",
            "legal_limit": self._matter.limit,
            "legal_limit_unit": "workday" if self._matter.workdays else "day",
            "query_password": f"{self._random.randrange(10**6):06d}",
        }
        if refused:
            facts["refusal_reason"] = "申请事项依法不属于本机关职权范围"
        if self._plan.channel == "onsite":
            facts["queue_no"] = f"A{self._random.randrange(1, 200):03d}"
        self._tell("case.acceptance", facts)

    def _steps(self) -> None:
        """One to three steps; a case sent back goes through its first two once more."""
        steps = _STEPS[self._random.choice((1, 2, 2, 3, 3, 3, 3, 3, 3, 3))]
        statuses = ["passed"] * len(steps)
        if "sent_back" in self._plan.traits:
            steps = _STEPS[3][:2] + _STEPS[3]
            statuses = ["passed", "returned", "passed", "passed", "passed"]
        pauses = 2 if "two_pauses" in self._plan.traits else 1 if "one_pause" in self._plan.traits else 0
        for number, ((code, name, post), status) in enumerate(zip(steps, statuses, strict=True), start=1):
            last = number == len(steps)
            self._tell("case.step", self._bureau() | {
                "step.code": code, "step.name": name, "step.post": post,
                "operator.name": person(self._random),
                "step.opinion": self._opinion(status, last),
                "step.at": self._clock.days(0, 3),
                "step.status": status,
            })
            if number == 1:
                for sequence in range(1, pauses + 1):
                    self._pause(sequence)

    def _opinion(self, status: str, last: bool) -> str:
        if last and "too_long" in self._plan.traits:
            return TOO_LONG
        return "材料第3页与现场不符，退回核实。" if status == "returned" else self._random.choice(_OPINIONS)

    def _pause(self, sequence: int) -> None:
        extension = self._random.random() < 0.5
        self._tell("case.pause", {
            "pause.seq": sequence,
            "pause.kind": "extension" if extension else "statutory",
            "pause.name": "延长审批" if extension else "专家评审",
            "pause.started_at": self._clock.days(0, 2), "pause.approver": person(self._random),
            "pause.reason": "案情复杂，需延长审批时限" if extension else "依法需组织专家评审",
            "pause.limit": 10 if extension else 0, "pause.limit_unit": "workday",
        })
        self._tell("case.resumption", {
            "pause.seq": sequence, "pause.result": "延期届满" if extension else "评审通过",
            "pause.result_at": self._clock.days(2, 8), "pause.ended_at": self._clock.minutes(5, 60),
        })

    def _finish(self) -> None:
        facts = self._bureau() | {
            "outcome": "certificate", "outcome_text": "准予许可",
            "licence.name": self._matter.licence,
            "licence.no": f"{self._plan.county.mark}{self._random.randrange(10**8):08d}",
            "finished_at": self._clock.days(0, 2),
        }
        if self._matter.fee != "0.00":
            facts |= {"fee.amount": self._matter.fee, "fee.currency": "CNY"}
        fate = self._random.random()
        if fate < 0.05:
            facts |= {"outcome": "void", "outcome_text": "作废", "void_reason": "申请人主动撤回申请"}
            del facts["licence.name"], facts["licence.no"]
        elif fate < 0.2:
            facts |= {"outcome": "finished", "outcome_text": "已办结"}
        if "bad_code" in self._plan.traits:
            facts["outcome"] = UNKNOWN_CODE
        self._tell("case.finish", facts)

    def _collection(self) -> None:
        way = self._random.choice(("self", "self", "mail"))
        facts = {
            "collector.name": person(self._random), "collector.id_type": "identity_card",
            "collector.id_no": identity_card(self._random, self._plan.county.birthplaces),
            "collection.way": way, "collected_at": self._clock.days(1, 6),
        }
        if self._applicant["applicant.type"] == "person":
            facts |= {
                "collector.name": self._applicant["applicant.name"],
                "collector.id_no": self._applicant["applicant.id_no"],
            }
        self._tell("case.collection", facts)
