"""config.md: every key of every configuration file, from the models that read it."""

from __future__ import annotations

from guantong.config.calendar import YearFile
from guantong.config.declared import PlaceFile, ProfileFile, RouteKeys, RoutesFile, SystemKeys
from guantong.config.hub import BlobKeys, HubFile, TicketKeys
from guantong.config.supervision import SupervisionFile
from guantong.onboarding.answers import Answers
from reference_pages.schema import model_sections
from reference_pages.text import page


def config_page() -> str:
    """The files of `config/` and their keys."""
    return page(
        "Configuration keys 配置项",
        "`guantong check` reads these files with the loader `guantong run` uses and reports every mistake at its "
        "line. A key that is not listed is an error.\n\n"
        "`guantong check` 与 `guantong run` 使用同一加载程序，一次报出全部错误。未列出的键视为错误。",
        "- `config/guantong.yaml`: [HubFile](#hubfile)\n"
        "- `config/routes.yaml`: [RoutesFile](#routesfile), a list of [RouteKeys](#routekeys)\n"
        "- `config/profiles/NAME.yaml`: [ProfileFile](#profilefile)\n"
        "- `config/counties/PLACE.yaml`: [PlaceFile](#placefile), whose `systems` are [SystemKeys](#systemkeys)\n"
        "- `answers.yaml` of `guantong county add --from`: [Answers](#answers)\n"
        "- `config/calendar/YEAR.yaml`: [YearFile](#yearfile)\n"
        "- `config/supervision.yaml`: [SupervisionFile](#supervisionfile), whose `items` are [ItemRule](#itemrule)s\n\n"
        "`settings` of a profile or system are those of its adapter, and the keys of `store:` beside `use` those of "
        "the store: see [plugins.md](plugins.md). `blobs:` holds the keys of [BlobKeys](#blobkeys) and those of the blob store.",
        *model_sections([HubFile, TicketKeys, BlobKeys, RoutesFile, RouteKeys, ProfileFile, PlaceFile, SystemKeys, YearFile, SupervisionFile, Answers]),
    )
