"""What a store does for findings: a part of `Transaction` and of `Reader` in `guantong.store`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from guantong.store import FindingFilter, FindingRow, NewFinding


class KeepsFindings(Protocol):
    """The part of a transaction that keeps and settles findings."""

    def add_finding(self, finding: NewFinding, reopen: str) -> int:
        """Keep *finding* and return its number; 0 where one of the same subject, kind and identity is known. One
        that was settled by *reopen* is open again, as new."""
        ...

    def find_finding(self, subject: int, kind: str, identity: str) -> int:
        """The number of the finding, open or settled; 0 where there is none."""
        ...

    def finding(self, finding: int) -> FindingRow | None: ...

    def settle_finding(self, finding: int, at: int, by: str, why: str) -> bool:
        """Settle an open finding; False where it is not open."""
        ...


class ReadsFindings(Protocol):
    """The part of a reader that lists and counts findings."""

    def finding(self, finding: int) -> FindingRow | None: ...

    def findings(self, which: FindingFilter, limit: int = 1000, after: int = 0) -> list[FindingRow]:
        """Findings with an id above *after*, by id: those that are open, or those that are settled."""
        ...

    def finding_counts(self) -> list[tuple[str, str, bool, int]]:
        """(kind, system, whether ordinary, count) of open findings."""
        ...
