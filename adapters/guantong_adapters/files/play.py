"""Settings of the simulated county behind a file drop."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from guantong_adapters.simulation.settings import FaultSettings, SimulatorSettings


class DropFaults(FaultSettings):
    """What goes wrong with files besides: counted, nothing random. Of the files the county writes, every
    *n*-th is `half_written_every` first half there, then whole; `vanish_every` is taken back and written
    again; `wrong_charset_every` comes first in a charset its declaration denies; `twice_every` comes once more
    under another name. Of the attachments that lie in files, every *n*-th of `scan_late_every` is half there, without its marker,
    when its record comes, and whole afterwards."""

    half_written_every: int = Field(default=0, ge=0)
    vanish_every: int = Field(default=0, ge=0)
    wrong_charset_every: int = Field(default=0, ge=0)
    twice_every: int = Field(default=0, ge=0)
    scan_late_every: int = Field(default=0, ge=0)


class CountyFilesSettings(SimulatorSettings):
    """`drop` is the folder of exchange; empty: `drop` in the simulator's folder. `county` picks its stories.
    `read_every` is how often, in seconds, its program looks; `records` how many go into one package;
    `gbk_names` says whether its file names hold Chinese in the county's old charset."""

    drop: Path | None = None
    county: str = "huilai"
    read_every: float = Field(default=0.1, gt=0, le=60)
    records: int = Field(default=1, ge=1, le=1000)
    gbk_names: bool = True
    faults: DropFaults = DropFaults()
