"""Who applies: a person or an enterprise, with the contact who answers the telephone."""

from __future__ import annotations

from random import Random
from typing import Any

from guantong_plugins.demo.stories.counties import County, Matter
from guantong_plugins.demo.stories.identities import credit_code, identity_card, mobile
from guantong_plugins.demo.stories.people import enterprise, person


def applicant_facts(
    random: Random, county: County, matter: Matter, *, rare: bool, old_card: bool
) -> dict[str, Any]:
    """The `applicant.*` and `contact.*` facts. *rare* puts a character beyond GBK in the applicant's name,
    *old_card* gives the contact (of a person: the applicant too) a 15-digit number."""
    card = identity_card(random, county.birthplaces, old=old_card)
    facts: dict[str, Any]
    if matter.enterprise:
        facts = {
            "applicant.type": "enterprise",
            "applicant.name": enterprise(random, county.name[:2], rare=rare),
            "applicant.id_type": "credit_code",
            "applicant.id_no": credit_code(random, county.region),
            "contact.name": person(random),
        }
    else:
        name = person(random, rare=rare)
        facts = {
            "applicant.type": "person",
            "applicant.name": name,
            "applicant.id_type": "identity_card",
            "applicant.id_no": card,
            "contact.name": name,
        }
    if old_card or random.random() < 0.7:
        facts["contact.id_no"] = card
    facts["contact.mobile"] = mobile(random)
    return facts
