"""Who has what in hand, where several processes share the store: nobody's work is left lying."""

from __future__ import annotations

from guantong.doctor import codes
from guantong.doctor.survey import MOST_NAMED, named
from guantong.doctor.tally import Tally
from guantong.store import Reader

MOST = 1000


def look_at_workers(reader: Reader, tally: Tally) -> bool:
    """What is in hand is in the hand of one who is there. Whether any process is."""
    workers = reader.workers()
    stray = [one.delivery for one in reader.stray_claims(MOST)]
    if stray:
        tally.tell(codes.STRAY_CLAIM, count=len(stray), ids=named(stray[:MOST_NAMED + 1]))
    for one in workers:
        if not one.live:
            tally.tell(codes.SILENT_WORKER, id=one.id, role=one.told.role, host=one.told.host, pid=one.told.pid, seconds=one.silent // 1000)
    return bool(workers)
