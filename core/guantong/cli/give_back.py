"""`guantong return`: what only its owner can mend goes back to its owner (退回来源)."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong.cli.acting import ActorOption, act
from guantong.cli.hold import ReasonOption
from guantong.cli.home import HERE, HomeOption, JsonOption, fail
from guantong.operations import Act


def give_back(
    ids: Annotated[list[str], typer.Argument(help="Ids of dead deliveries (D34) or parked messages (M12).")],
    home: HomeOption = HERE, actor: ActorOption = "", reason: ReasonOption = "", as_json: JsonOption = False,
) -> None:
    """Send what cannot be delivered or understood back to the system it came from, with the reason (退回来源).

    A value is never edited here. A table's row gets its error flag and the reason, a file a status file beside the errors; what
    its owner then corrects comes anew. The running hub does it; where the owner's system declares no way, that is said.

    Example: `guantong return D34 --reason 身份证号有误，请更正 --as 陈工`
    """
    if not reason:
        fail("请用 --reason 说明原因 / say why with --reason")
    act(home, Act.RETURN, ids, actor, reason, as_json)
