"""The text of a county's place file, and of the list of environment variables that hold its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from guantong.config.declared import SecretSource
from guantong.config.nodes import NOTHING, merge, text_of
from guantong.mapping.excel.values import quoted, scalar, show_flow
from guantong.onboarding.answers import Answered, Answers
from guantong.onboarding.basis import shown_title
from guantong.onboarding.shipped import Profile
from guantong.yamlfile import Node, Table, node_of


def source_of(answers: Answers, secret: str) -> SecretSource:
    """Where a secret comes from: as the answers say, else an environment variable named after county and secret."""
    return answers.secrets.get(secret) or SecretSource(env=variable(answers, secret))


def variable(answers: Answers, secret: str) -> str:
    """`GUANTONG_KONGGANG_KEY`: the variable of a secret; a system that is not the usual one is named in it."""
    parts = ["guantong", answers.county, *([] if answers.system == "approval" else [answers.system]), secret]
    return "_".join(parts).replace("-", "_").upper()


def place_file(answered: Answered, profile: Profile, address: Mapping[str, Any], secrets: tuple[str, ...],
               keys: Mapping[str, Any] = MappingProxyType({})) -> str:
    """`config/counties/<county>.yaml`; *keys* are those of the system that differ from its profile's beside its settings."""
    said = answered.said
    own = answered.table.get("settings")
    nothing_sent = {} if said.sends else {key: NOTHING for key in ("send", "query", "queries") if profile.says(key)}
    settings = merge(node_of({**address, **nothing_sent}), own if isinstance(own, Table) else None)
    lines = [
        f"# {one_line(said.name.zh)}：{profile.title}（{profile.name}）。由 guantong county add 生成，可直接修改；改后运行 guantong check。",
        f"# Made by guantong county add for the profile {profile.name}. Change it as you like, then run guantong check.",
        f"name: {shown_title(said.name)}",
        f"region: {quoted(said.region)}",
        "systems:",
        f"  {said.system}:".ljust(36) + f"# 系统标识 {said.county}.{said.system} · its id",
        f"    role: {said.role}",
        f"    profile: {said.profile}".ljust(36) + f"# config/profiles/{said.profile}.yaml",
        f"    dialect: {dialect_of(said)}".ljust(36) + f"# mappings/{dialect_of(said)}/",
    ]
    if said.title:
        lines.append(f"    title: {shown_title(said.title)}")
    if isinstance(settings, Table) and settings.entries:
        lines.append("    settings:                       # 与接口模板不同之处 · what differs from the profile")
        lines += [f"      {scalar(key)}: {show_flow(value)}{_remark(value)}" for key, value in settings]
    if said.test_door:
        lines.append("    test_door: true".ljust(36) + f"# 对方可向 /test/{said.county}.{said.system}/… 试报 · their records can be tried there")
    if secrets:
        lines.append("    secrets:                        # 只写来源，不写内容 · where they come from, never what they are")
        lines += [f"      {name}: {_source(source_of(said, name))}" for name in secrets]
    if "delivery" in keys:
        lines.append(f"    delivery: {show_flow(node_of(keys['delivery']))}".ljust(36)
                     + "# 无法判断的应答留待人工处理，不自动重发 · what cannot be judged is left to a person, not sent again")
    if "reply" in keys:
        lines += _reply(keys["reply"])
    if said.facts:
        lines.append("    facts:                          # 映射中以 $system.… 取用 · read by mappings as $system.…")
        lines += [f"      {scalar(key)}: {quoted(value)}" for key, value in said.facts.items()]
    return "\n".join([*lines, ""])


def variables_file(answers: Answers, secrets: tuple[str, ...]) -> str | None:
    """`config/counties/<county>.env.example`: the variables to set, empty; None where there are none."""
    names = [(secret, source.env) for secret in secrets if (source := source_of(answers, secret)).env]
    if not names:
        return None
    lines = [
        f"# {one_line(answers.name.zh)}所需的密钥。复制为受保护的文件（0600），填入内容，不要放进版本库。",
        "# The secrets of this county. Copy to a protected file (0600), fill in, never put it under version control.",
    ]
    for secret, name in names:
        lines += [f"# 密钥 secret: {secret}", f"{name}="]
    return "\n".join([*lines, ""])


def dialect_file(answers: Answers, extends: str) -> str:
    """`mappings/<dialect>/dialect.yaml` of a dialect that only extends another."""
    zh = quoted(f"{answers.name.zh}审批系统")
    return "\n".join([
        f"# {one_line(answers.name.zh)}：在 {extends} 之上改写。报文格式、字符集、字段、代码表先全部沿用。",
        f"# Lies over {extends}: wire form, charset, fields and code tables are taken from it until a file here says otherwise.",
        "# 某个过程信息的字段不同：新建同名文件，只写不同之处，如 case.acceptance.yaml。Where an event's fields differ,",
        "# write a file of its name with only what differs. 代码不同：在 codes/ 中写同名代码表 · other codes: codes/TABLE.yaml.",
        f"dialect: {dialect_of(answers)}",
        f"title: {{zh: {zh}, en: {quoted(answers.name.en or answers.county)}}}",
        f"extends: {extends}",
        "",
    ])


def dialect_of(answers: Answers) -> str:
    """The name of the county's dialect."""
    return answers.dialect or answers.county.replace("_", "-")


def one_line(text: str) -> str:
    """A text as part of a comment."""
    return " ".join(text.split())


def _remark(value: Node) -> str:
    """What a setting that takes something out of the profile means."""
    return "    # 不向对方推送：取消模板中的这一项 · nothing is sent: left out of the profile" if text_of(value) == NOTHING else ""


def _reply(reply: Mapping[str, Any]) -> list[str]:
    """The rules for replies, one on each line."""
    rules = [f"        - {show_flow(node_of(one))}" for one in reply["rules"]]
    return [
        "    reply:                          # 应答的含义，自上而下第一条符合的生效 · the first rule that holds decides",
        f"      decode: {reply['decode']}", "      rules:", *rules, f"      otherwise: {reply['otherwise']}",
    ]


def _source(source: SecretSource) -> str:
    return f"{{env: {source.env}}}" if source.env else f"{{file: {scalar(source.file or '')}}}"
