"""`guantong return`: what only its owner can mend goes back to its owner (退回来源)."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong.cli.acting import ActorOption
from guantong.cli.hold import ReasonOption
from guantong.cli.home import HERE, HomeOption, JsonOption, fail
from guantong.cli.selecting import (
    AtSite,
    AtStage,
    DryRunOption,
    FromTime,
    OfCause,
    OfCode,
    OfEvent,
    OfMatter,
    OfRegion,
    OfSystem,
    UntilTime,
    Wish,
    YesOption,
    act_on,
    selection,
)
from guantong.operations import Act
from guantong.operations.items import dead_items


def give_back(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of dead deliveries (D34), or of whole messages (M12).")] = None,
    home: HomeOption = HERE, system: OfSystem = "", region: OfRegion = "", site: AtSite = "", matter: OfMatter = "",
    event: OfEvent = "", code: OfCode = "", stage: AtStage = "", since: FromTime = "", until: UntilTime = "", cause: OfCause = "",
    yes: YesOption = False, dry_run: DryRunOption = False, actor: ActorOption = "", reason: ReasonOption = "", as_json: JsonOption = False,
) -> None:
    """Send what cannot be delivered or understood back to the system it came from, with the reason (退回来源).

    A value is never edited here. A table's row gets its error flag and the reason, a file a status file beside the errors; what
    its owner then corrects comes anew. Of a message, every dead delivery ends returned; one that is parked, unrouted or in
    conflict is given up here. Chosen by options, they are listed first; `--yes` does it. The running hub does it; where the
    owner's system declares no way, that is said.

    Example: `guantong return D34 --reason 身份证号有误，请更正 --as 陈工` or `guantong return --cause G1a2b3c4d --reason 缺少环节 --yes`
    """
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, code=code, stage=stage,
                      since=since, until=until, cause=cause)
    if not reason and (ids or yes):
        fail("请用 --reason 说明原因 / say why with --reason")
    act_on(home, Wish(Act.RETURN, ids or (), which, False, yes, dry_run, actor, reason), dead_items, as_json)
