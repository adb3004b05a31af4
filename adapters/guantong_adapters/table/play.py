"""Settings of the simulated county behind exchange tables."""

from __future__ import annotations

from pydantic import Field

from guantong_adapters.simulation.settings import SimulatorSettings


class CountyTableSettings(SimulatorSettings):
    """`url` is the exchange database (SQLAlchemy's URL); empty: `exchange.db` (SQLite) in the simulator's
    folder. `county` picks its stories. `read_every` is how often, in seconds, its program looks at the
    tables; `make_tables` says whether it creates them first."""

    url: str = ""
    county: str = "jiexi"
    read_every: float = Field(default=0.1, gt=0, le=60)
    make_tables: bool = True
