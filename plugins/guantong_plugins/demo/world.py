"""The simulated world: which simulator plays which system, with what secrets, faults and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from guantong_adapters.simulation.story import Act, Story
from guantong_plugins.demo.books.guangdong import KINDS
from guantong_plugins.demo.home import Home
from guantong_plugins.demo.processes import Child

LEDGER = "ledger.db"
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Role:
    """A part in the play. `name` is the simulator's folder, `simulator` its registered name, `system` the one
    whose ledger it keeps; `secrets` maps the simulator's names of secrets to the configuration's variables;
    `fills` says where its address goes: file and dotted path of the configuration, and what of `ready.json`
    it is. An HTTP address keeps the path that stands there."""

    name: str
    simulator: str
    system: str
    fills: tuple[str, str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


ROLES = (
    Role(
        "hall", "hall", "city.hall", ("city.yaml", "systems.hall.settings.url", "url"),
        {"token": "GUANTONG_HALL_PORTAL_TOKEN", "dept_code": "GUANTONG_HALL_DEPT_CODE",
         "identify": "GUANTONG_HALL_IDENTIFY"},
    ),
    Role(
        "supervision", "supervision", "city.supervision",
        ("city.yaml", "systems.supervision.settings.url", "url"),
        {"user": "GUANTONG_SUPERVISION_USER", "password": "GUANTONG_SUPERVISION_PASSWORD",
         "hub_key": "GUANTONG_SUPERVISION_HUB_KEY"},
    ),
    Role(
        "rongcheng", "county-rest", "rongcheng.approval",
        ("counties/rongcheng.yaml", "systems.approval.settings.url", "url"),
        {"token": "GUANTONG_RONGCHENG_TOKEN"},
    ),
    Role(
        "jiedong", "county-soap", "jiedong.approval",
        ("counties/jiedong.yaml", "systems.approval.settings.url", "url"), {"key": "GUANTONG_JIEDONG_KEY"},
    ),
    Role(
        "jiexi", "county-table", "jiexi.approval",
        ("counties/jiexi.yaml", "systems.approval.settings.url", "database"),
    ),
    Role(
        "huilai", "county-files", "huilai.approval",
        ("counties/huilai.yaml", "systems.approval.settings.place.local.folder", "drop"),
    ),
    Role(
        "puning", "county-rest-xmlstr", "puning.approval",
        ("counties/puning.yaml", "systems.approval.settings.url", "url"),
        {"access_token": "GUANTONG_PUNING_ACCESS_TOKEN", "app_id": "GUANTONG_PUNING_APP_ID",
         "app_secret": "GUANTONG_PUNING_APP_SECRET", "cipher_key": "GUANTONG_PUNING_SM4_KEY",
         "cipher_iv": "GUANTONG_PUNING_SM4_IV", "hub_token": "GUANTONG_PUNING_HUB_TOKEN"},
    ),
)


def faults(role: Role, stories: Sequence[Story]) -> dict[str, Any]:
    """What goes wrong at *role*: the lost replies and rejected receipts of the stories, a busy answer now and
    then, for Rongcheng some seconds in which nobody listens, all that can be wrong with Huilai's files, and Puning's
    tokens that run out and answers of every manner."""
    lost = [
        _lost(role, story, act)
        for story, act in _acts(stories) if act.quirks.get("lost_reply") == role.name
    ]
    lost += [
        card.raised.facts["alert.no"]
        for story in stories for card in story.cards if card.raised.quirks.get("lost_reply") == role.name
    ]
    rejected = [
        story.province_serial for story, act in _acts(stories) if act.quirks.get("reject") == role.name
    ]
    made: dict[str, Any] = {"lose_reply": lost, "reject_receipt": rejected}
    if role.name == "rongcheng":
        applications = sum(story.county == role.name and story.channel == "online" for story in stories)
        made["down"] = [{"after_requests": max(2, applications // 3), "for_seconds": 3}]
    if role.name in ("hall", "supervision"):
        made["busy_every"] = 97
    if role.name == "huilai":
        made |= {"half_written_every": 5, "vanish_every": 7, "twice_every": 11, "wrong_charset_every": 13, "scan_late_every": 3}
    if role.name == "puning":
        made |= {"expire_every": 7, "words_every": 5, "json_every": 4}
    return made


def _lost(role: Role, story: Story, act: Act) -> str:
    """How *role* lists a reply it loses: by serial; the hall, which takes many records of a case, by table too."""
    serial = story.province_serial or story.county_serial
    return f"{KINDS[act.event]}:{serial}" if role.name == "hall" else serial


def _acts(stories: Sequence[Story]) -> list[tuple[Story, Act]]:
    return [(story, act) for story in stories for act in story.acts]


class Simulator:
    """One running simulator of the play, in *folder*."""

    def __init__(self, role: Role, folder: Path, settings: Mapping[str, Any]) -> None:
        self.role = role
        self.folder = folder
        folder.mkdir(parents=True)
        file = folder / "settings.json"
        file.touch(mode=0o600)
        file.write_bytes(orjson.dumps(settings))
        arguments = ("simulate", role.simulator, "--settings", str(file), "--folder", str(folder))
        self.child = Child(role.name, arguments, folder / "log.txt", {})
        self._ready: dict[str, Any] = {}

    @property
    def ledger(self) -> Path:
        return self.folder / LEDGER

    @property
    def url(self) -> str:
        return str(self._ready["url"])

    def start(self) -> None:
        """Start it; `await_ready` tells when it listens."""
        self.child.start()

    def await_ready(self) -> None:
        """Wait until it listens."""
        self._ready = self.child.await_seen(self._look)

    def address(self) -> str:
        """What the hub's configuration must name to reach it."""
        return str(self._ready[self.role.fills[2]])

    def begin(self, client: httpx.Client) -> None:
        """Let it act out its stories."""
        client.post(f"{self._ready['control']}/_sim/start", timeout=_ANSWER_SECONDS).raise_for_status()

    def status(self, client: httpx.Client) -> dict[str, Any]:
        """Its own counts, with `done` true when it has nothing left to push. Raises `ProblemsError` when the
        process is gone."""
        self.child.must_run()
        answer = client.get(f"{self._ready['control']}/_sim/status", timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        counts: dict[str, Any] = answer.json()
        return counts

    def _look(self) -> dict[str, Any] | None:
        ready = self.folder / "ready.json"
        return orjson.loads(ready.read_bytes()) if ready.exists() else None


def make_simulators(home: Home, folder: Path, stories_file: Path, stories: Sequence[Story], hub_url: str
                    ) -> list[Simulator]:
    """Every simulator of the play, not started yet. They push to *hub_url* once told to begin."""
    return [
        Simulator(role, folder / role.name, {
            "stories": str(stories_file), "hub_url": hub_url, "faults": faults(role, stories),
            "secrets": {name: home.secrets[variable] for name, variable in role.secrets.items()},
            **role.settings,
        })
        for role in ROLES
    ]


