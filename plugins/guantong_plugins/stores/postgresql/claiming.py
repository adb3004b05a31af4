"""Who does what, as a group of work finds and puts it: workers, claims, duties."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from guantong.clock import NEVER
from guantong.sharedstore import ANYTHING, Enlisted, NotShared, Pulse, Worker
from guantong.store import DeliveryRow
from guantong_plugins.stores.postgresql.asking import Asking
from guantong_plugins.stores.postgresql.lines import CLAIM
from guantong_plugins.stores.postgresql.sharing import Share
from guantong_plugins.stores.rows import delivery_row, worker_row


class Claiming(Asking):
    """`guantong.sharedstore.KeepsWorkers`. A schema that is not shared knows no claims."""

    def is_mine(self, delivery: int) -> bool:
        if self._share is None:
            return True
        self._stands(delivery)
        row = self._lines.row(delivery)
        return row is not None and row[CLAIM] == self._share.worker

    def is_elsewhere(self, delivery: int) -> bool:
        share = self._share
        if share is None:
            return False
        self._stands(delivery)
        row = self._lines.row(delivery)
        if row is None or row[CLAIM] in (0, share.worker):
            return False
        if share.living is None:
            share.living = frozenset(worker for (worker,) in self.all("living", (share.lease,)))
        return row[CLAIM] in share.living

    def claim(self, target: str, now: int, most: int, besides: Collection[int]) -> list[DeliveryRow]:
        worker = self._sharing().worker
        self._settle_deliveries()
        found: list[DeliveryRow] = []
        for low in (0, 1):
            if len(found) == most:
                break
            rows = self.all("claim", {"target": target, "now": now, "low": low, "worker": worker, "besides": list(besides),
                                      "most": most - len(found)})
            for row in rows:
                self._begin()
                known = self._lines.row(row[0])
                if known is not None:
                    known[CLAIM] = worker
            found += [delivery_row(row) for row in rows]
        return found

    def let_go(self, deliveries: Sequence[int]) -> None:
        self.now("let_go", (list(deliveries), self._sharing().worker))
        self.forget()
        self._tell(ANYTHING)

    def enlist(self, told: Enlisted) -> list[Worker]:
        share = self._sharing()
        self.now("enlist", (told.name, told.role, told.host, told.pid, int(told.lines), told.keys, share.worker), alone=True)
        return [one for one in self._workers(share) if one.id != share.worker]

    def beat(self, wanted: Collection[str]) -> Pulse:
        share = self._sharing()
        lapsed = self.now("beat", (share.worker,), alone=True) == 0
        if lapsed:
            self.now("revive", (share.worker,), alone=True)
        if wanted:
            self.now("take_duties", (share.worker, list(wanted)), alone=True)
        duties = frozenset(name for name, worker in self.all("duties") if worker == share.worker)
        return Pulse(lapsed, duties, self._workers(share))

    def bury(self, worker: int, *, surely: bool = False) -> bool:
        share = self._sharing()
        values = {"worker": worker, "surely": surely or worker == share.worker, "lease": share.lease}
        return self.now("bury", values, alone=True) == 1

    def left_by(self, worker: int) -> list[DeliveryRow]:
        self._settle_deliveries()
        rows = self.all("left_by", (worker,)) if worker else self.all("left_by_nobody")
        return [delivery_row(row) for row in rows]

    def free(self, worker: int) -> int:
        freed = self.now("free", (worker,))
        self.now("free_duties", (worker,), alone=True)
        self.now("forget_workers", (), alone=True)
        self.forget()
        self._tell(ANYTHING)
        return freed

    def bring_forward(self, target: str, latest: int) -> None:
        self.now("bring_forward", {"target": target, "latest": latest, "never": NEVER})
        self.forget()

    def _tell(self, word: str) -> None:
        if self._share is not None:
            self._share.words.add(word)

    def _workers(self, share: Share) -> list[Worker]:
        return [worker_row(row) for row in self.all("workers", {"lease": share.lease})]

    def _sharing(self) -> Share:
        if self._share is None:
            raise NotShared
        return self._share
