"""One case, looked at before anybody believes what is shown of it: its lines against the tree, its rows against its lines.

Nothing is opened and no other case is read; `guantong audit verify` holds the bodies and the tree itself, `guantong doctor` all there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from guantong.doctor.codes import NOT_AS_JOURNALED, UNTOLD
from guantong.doctor.told import QUIET, STEPS, agrees
from guantong.journey.states import DeliveryState
from guantong.operations.idents import delivery_ident
from guantong.problems import Problem
from guantong.proof.casework import verify_case
from guantong.store import DeliveryRow, EntryRow, Reader


def look_at_case(reader: Reader, subject: int) -> list[Problem]:
    """What of the case *subject* is not as it was sealed, or not as its journal tells it."""
    return [*verify_case(reader, None, subject, []).problems, *_states(reader.deliveries_of_subject(subject), reader.journal_of(subject))]


def _states(rows: Sequence[DeliveryRow], lines: Sequence[EntryRow]) -> list[Problem]:
    told = {line.delivery: STEPS[line.what] for line in lines if line.delivery and line.what in STEPS}
    found = []
    for row in rows:
        state, after = DeliveryState(row.state), told.get(row.id)
        if after is None and state not in QUIET:
            found.append(Problem(UNTOLD, details={"id": delivery_ident(row.id)}))
        elif after is not None and not agrees(after, state):
            found.append(Problem(NOT_AS_JOURNALED, details={"id": delivery_ident(row.id), "state": state, "after": after}))
    return found
