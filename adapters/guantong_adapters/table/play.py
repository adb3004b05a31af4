"""Settings of the simulated county behind exchange tables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guantong_adapters.simulation.settings import SimulatorSettings


class CountyTableSettings(SimulatorSettings):
    """`family` is that of its tables: `gdbs` (EX_GDBS_*) or `ea-jc` (EA_JC_*). `url` is the exchange database (SQLAlchemy's URL); empty: `exchange.db` (SQLite) in the simulator's
    folder. `county` picks its stories. `read_every` is how often, in seconds, its program looks at the
    tables; `make_tables` says whether it creates them first."""

    family: Literal["gdbs", "ea-jc"] = "gdbs"
    url: str = ""
    county: str = "jiexi"
    read_every: float = Field(default=0.1, gt=0, le=60)
    make_tables: bool = True


class SupervisionTableSettings(SimulatorSettings):
    """`url` is the middle database (SQLAlchemy's URL); empty: `middle.db` (SQLite) in the simulator's folder.
    `read_every` is how often, in seconds, its program looks; `warn_about` are the cases it raises a yellow card
    about when their first log comes; `make_tables` says whether it creates the tables first."""

    url: str = ""
    read_every: float = Field(default=0.1, gt=0, le=60)
    warn_about: tuple[str, ...] = ()
    make_tables: bool = True
