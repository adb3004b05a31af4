"""One case as a county behind a broker lives it: applied for online, accepted, finished in a second version."""

from __future__ import annotations

from guantong_adapters.simulation.story import Act, Story

SERIAL, OWN = "10000000100000000011407150001", "JX20140715-0001"
STORY = Story(1, "jiexi", "online", SERIAL, OWN, (
    Act("case.application", {"serial.province": SERIAL}),
    Act("case.acceptance", {"serial.province": SERIAL, "serial.county": OWN, "accepted_at": "2014-07-15T10:03:00"}),
    Act("case.finish", {"serial.county": OWN, "finished_at": "2014-07-18T16:00:00"}, version=2),
))
