"""Every mistake is reported where it is, with what was expected, what came and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.config import Loaded

Load = Callable[[], Loaded]
Edit = Callable[..., None]

HUB, ROUTES, CITY = "config/guantong.yaml", "config/routes.yaml", "config/city.yaml"
WIRED, PUNING = "config/profiles/wired.yaml", "config/counties/puning.yaml"

# what is wrong: (file, text before, text after, the lines reported)
MISTAKES: dict[str, tuple[str, str, str, list[str]]] = {
    "unknown key of the hub": (HUB, "body_limit:", "body_limits:", [
        ("config/guantong.yaml:4:3 hub.body_limits: the key 'body_limits' is not known here; "
        "did you mean 'body_limit'? [GT102]"),
    ]),
    "unknown group": (HUB, "log: {format", "logs: {format", [
        "config/guantong.yaml:10:1 logs: the key 'logs' is not known here; did you mean 'log'? [GT102]",
    ]),
    "address without a port": (HUB, "127.0.0.1:0", "localhost", [
        ("config/guantong.yaml:3:11 hub.listen: expected an address and a port, such as 127.0.0.1:8080, "
        'came "localhost" [GT104]'),
    ]),
    "size without a unit": (HUB, "16MiB", "16777216", [
        ("config/guantong.yaml:4:15 hub.body_limit: expected a size with its unit, such as 64KiB or 16MiB, "
        'came "16777216" [GT104]'),
    ]),
    "door too wide": (HUB, "16MiB", "1GiB", [
        'config/guantong.yaml:4:15 hub.body_limit: expected a size between 1KiB and 64MiB, came "1GiB" [GT104]',
    ]),
    "word outside a closed list": (HUB, "level: info", "level: inof", [
        ("config/guantong.yaml:10:28 log.level: expected one of debug, info, warning, error, "
        "came \"inof\"; did you mean 'info'? [GT103]"),
    ]),
    "unknown store": (HUB, "use: memory", "use: memroy", [
        "config/guantong.yaml:6:8 store.use: there is no store 'memroy'; did you mean 'memory'? [GT109]",
    ]),
    "store without its setting": (HUB, "  path: var/test.db\n", "", [
        "config/guantong.yaml:5:1 store.path: the key 'path' is missing; add `path:` here [GT101]",
    ]),
    "setting the store does not know": (HUB, "  path: var/test.db\n", "  path: a.db\n  fsync: no\n", [
        "config/guantong.yaml:8:3 store.fsync: the key 'fsync' is not known here; known here: path, size [GT102]",
    ]),
    "group that is a word": (HUB, "log: {format: json, level: info}", "log: json", [
        'config/guantong.yaml:10:6 log: expected a table of keys, came "json" [GT104]',
    ]),
    "missing role": (PUNING, "    role: county\n", "", [
        "config/counties/puning.yaml:4:3 systems.approval.role: the key 'role' is missing; add `role:` here [GT101]",
    ]),
    "unknown profile": (PUNING, "profile: wired", "profile: wierd", [
        ("config/counties/puning.yaml:6:14 systems.approval.profile: there is no profile 'wierd'; "
        "did you mean 'wired'? [GT109]"),
    ]),
    "neither profile nor adapter": (PUNING, "    profile: wired\n", "", [
        ("config/counties/puning.yaml:4:3 systems.approval.profile: the key 'profile' is missing; "
        "add `profile:` here [GT101]"),
    ]),
    "unknown dialect": (PUNING, "dialect: plain", "dialect: plian", [
        ("config/counties/puning.yaml:7:14 systems.approval.dialect: there is no dialect 'plian'; "
        "did you mean 'plain'? [GT109]"),
    ]),
    "setting the adapter needs": (PUNING, "      url: http://approval.example.invalid\n", "", [
        ("config/counties/puning.yaml:8:5 systems.approval.settings.url: the key 'url' is missing; "
        "add `url:` here [GT101]"),
    ]),
    "setting the adapter does not know": (PUNING, "      url:", "      ulr: x\n      url:", [
        ("config/counties/puning.yaml:9:7 systems.approval.settings.ulr: the key 'ulr' is not known here; "
        "did you mean 'url'? [GT102]"),
    ]),
    "setting unknown in a group": (PUNING, "certificate:", "certficate:", [
        ("config/counties/puning.yaml:11:9 systems.approval.settings.tls.certficate: "
        "the key 'certficate' is not known here; did you mean 'certificate'? [GT102]"),
    ]),
    "number in words": (PUNING, "attempts: 3", "attempts: three", [
        ("config/counties/puning.yaml:18:25 systems.approval.delivery.retry.attempts: "
        'expected a whole number, came "three" [GT104]'),
    ]),
    "number out of range": (PUNING, "attempts: 3", "attempts: 0", [
        ("config/counties/puning.yaml:18:25 systems.approval.delivery.retry.attempts: "
        'expected a value of at least 1, came "0" [GT104]'),
    ]),
    "rate without a unit": (PUNING, "50/s", "50", [
        ("config/counties/puning.yaml:17:13 systems.approval.delivery.rate: "
        'expected a rate with its unit, such as 50/s or 30/m, came "50" [GT104]'),
    ]),
    "region that is none": (PUNING, '"445281"', "Puning City", [
        ("config/counties/puning.yaml:2:9 region: expected the code of a region, such as 445281, "
        'came "Puning City" [GT104]'),
    ]),
    "no region at all": (PUNING, 'region: "445281"\n', "", [
        ("config/counties/puning.yaml:3:3 systems.approval: the system has no region; "
        "add `region:` to the place or to the system [GT114]"),
    ]),
    "system key that cannot be an id": (PUNING, "  approval:", "  Approval System:", [
        ("config/counties/puning.yaml:4:3 systems.Approval System: 'Approval System' cannot be part of a "
        "system's id; use lower-case letters, digits, `-` and `_` [GT113]"),
    ]),
    "list where keys belong": (PUNING, '      unit: "007"', "      - unit", [
        "config/counties/puning.yaml:14:5 systems.approval.facts: expected a table of keys, came a list [GT104]",
    ]),
    "variable not set": (PUNING, "PUNING_TOKEN", "PUNING_TOKENS", [
        ("config/counties/puning.yaml:13:14 systems.approval.secrets.token: the environment variable "
        "PUNING_TOKENS is not set; set PUNING_TOKENS to the secret 'token' before starting [GT107]"),
    ]),
    "secret file that is not there": (PUNING, "{env: PUNING_TOKEN}", "{file: secrets/token}", [
        ("config/counties/puning.yaml:13:14 systems.approval.secrets.token: the secret file secrets/token cannot "
        "be used: No such file or directory; put the secret 'token' into that file, as UTF-8 text [GT108]"),
    ]),
    "secret from two places": (PUNING, "{env: PUNING_TOKEN}", "{env: PUNING_TOKEN, file: x}", [
        "config/counties/puning.yaml:13:7 systems.approval.secrets.token: say either `env:` or `file:` [GT105]",
    ]),
    "secret a signer needs": (CITY, "    secrets:\n      stamp_token: {env: PORTAL_TOKEN}\n", "", [
        ("config/city.yaml:4:3 systems.hall-portal.secrets: the secret 'stamp_token' is needed and not given; "
        "add `stamp_token: {env: NAME}` or `stamp_token: {file: path}` under `secrets:` [GT117]"),
    ]),
    "unknown signer": (CITY, "sign: stamp}", "sign: stomp}", [
        ("config/city.yaml:8:58 systems.hall-portal.settings.sign: there is no signer 'stomp'; "
        "did you mean 'stamp'? [GT109]"),
    ]),
    "unknown signer in a table": (CITY, "sign: stamp}", "sign: {scheme: stomp}}", [
        ("config/city.yaml:8:67 systems.hall-portal.settings.sign.scheme: there is no signer 'stomp'; "
        "did you mean 'stamp'? [GT109]"),
    ]),
    "signer without its name": (CITY, "sign: stamp}", "sign: {options: {header: x}}}", [
        "config/city.yaml:8:52 systems.hall-portal.settings.sign.scheme: the key 'scheme' is missing; add `scheme:` here [GT101]",
    ]),
    "unknown option of a signer": (CITY, "sign: stamp}", "sign: {scheme: stamp, options: {heder: x}}}", [
        ("config/city.yaml:8:84 systems.hall-portal.settings.sign.options.heder: the key 'heder' is not known "
        "here; did you mean 'header'? [GT102]"),
    ]),
    "signer whose library is missing": (CITY, "sign: stamp}", "sign: ink}", [
        ("config/city.yaml:8:58 systems.hall-portal.settings.sign: 'ink' needs a library that is not installed here; "
        "install guantong[ink] [GT128]"),
    ]),
    "read, and nobody says how often": (CITY, "sign: stamp}", "sign: stamp, read: /cases}", [
        ("config/city.yaml:4:3 systems.hall-portal.poll: the settings say how the system is read, and nothing says "
        "how often; add `poll: {every: 10s}` [GT129]"),
    ]),
    "unknown adapter": (CITY, "adapter: wire", "adapter: wir", [
        "config/city.yaml:7:14 systems.hall-portal.adapter: there is no adapter 'wir'; did you mean 'wire'? [GT109]",
    ]),
    "mistake in a profile": (WIRED, "first: 1s", "first: 1", [
        ("config/profiles/wired.yaml:11:18 delivery.retry.first: expected a duration with its unit, such as 30s, "
        '10m or 1h30m, came "1" [GT104]'),
    ]),
    "meaning that is none": (WIRED, "means: success", "means: succes", [
        ("config/profiles/wired.yaml:15:43 reply.rules[0].means: expected one of success, duplicate, "
        "token_expired, transient, permanent, unknown, came \"succes\"; did you mean 'success'? [GT103]"),
    ]),
    "broken regular expression": (WIRED, '"busy|忙"', '"busy(|忙"', [
        ("config/profiles/wired.yaml:16:31 reply.rules[1].when.text.matches: expected a regular expression, "
        'came "busy(|忙" [GT104]'),
    ]),
    "rule without a condition": (WIRED, "{field: {code: \"0\"}}", "{}", [
        ("config/profiles/wired.yaml:15:8 reply.rules[0].when: a rule needs a condition: "
        "`text:`, `status:`, `field:` or `meta:` [GT105]"),
    ]),
    "profile named otherwise": (WIRED, "profile: wired", "profile: wire", [
        ("config/profiles/wired.yaml:1:10 profile: the file is named 'wired' but declares the profile 'wire'; "
        "give both the same name [GT112]"),
    ]),
    "query without rules": (WIRED, "unknown: retry", "unknown: query", [
        ("config/profiles/wired.yaml:10:12 delivery.unknown: `unknown: query` needs rules that judge the answers; "
        "add `query:` with its rules, or choose retry or hold [GT115]"),
    ]),
    "unknown event": (ROUTES, "case.step]", "case.stop]", [
        ("config/routes.yaml:7:32 routes[1].events[1]: there is no event 'case.stop'; "
        "did you mean 'case.step'? [GT109]"),
    ]),
    "unknown role": (ROUTES, "to: {role: county, by", "to: {role: conty, by", [
        "config/routes.yaml:5:16 routes[0].to.role: no system has the role 'conty'; did you mean 'county'? [GT121]",
    ]),
    "unknown system": (ROUTES, "to: {role: hall}", "to: {system: city.hal}", [
        ("config/routes.yaml:9:18 routes[1].to.system: there is no system 'city.hal'; "
        "did you mean 'city.hall'? [GT109]"),
    ]),
    "route without a target": (ROUTES, "    to: {role: hall}\n", "", [
        "config/routes.yaml:6:5 routes[1].to: the key 'to' is missing; add `to:` here [GT101]",
    ]),
    "route to a role and a system": (ROUTES, "to: {role: hall}", "to: {role: hall, system: city.hall}", [
        "config/routes.yaml:9:5 routes[1].to: say either `role:` or `system:` [GT105]",
    ]),
    "two routes of one name": (ROUTES, "name: to-hall", "name: to-county", [
        ("config/routes.yaml:6:11 routes[1].name: the route 'to-county' is declared twice "
        "(first at config/routes.yaml:2:11); rename one of them [GT111]"),
    ]),
    "route to itself": (ROUTES, "from: {role: county}\n    to: {role: hall}",
                        "from: {system: city.hall}\n    to: {system: city.hall}", [
        ("config/routes.yaml:9:18 routes[1].to.system: the route leads from 'city.hall' to itself, and an event "
        "never returns to its origin; name another target [GT126]"),
    ]),
    "event the target's dialect has no mapping for": (CITY, "profile: wired\n    dialect: plain",
                                                      "profile: wired\n    dialect: portal", [
        ("config/routes.yaml:7:32 routes[1].events[1]: 'city.hall' cannot be sent case.step: its dialect 'portal' "
        "has no outward mapping for it; add mappings/portal/case.step.yaml, or take the event from the route "
        "[GT122]"),
    ]),
    "target whose replies nobody judges": (ROUTES, "to: {role: hall}", "to: {role: hall-portal}", [
        ("config/city.yaml:4:3 systems.hall-portal: the route 'to-hall' sends here, but nothing says what the "
        "replies mean; add `reply:` with its rules to the profile or the system [GT116]"),
        ("config/city.yaml:11:3 systems.hall: no route leads from or to the system 'city.hall' (role 'hall'); "
        "add a route, or take the system out [GT151]"),
        ("config/routes.yaml:7:32 routes[1].events[1]: 'city.hall-portal' cannot be sent case.step: its dialect "
        "'portal' has no outward mapping for it; add mappings/portal/case.step.yaml, or take the event from the "
        "route [GT122]"),
    ]),
    "events of a sender that no route takes": (ROUTES, "[case.application, case.step]", "case.application", [
        ("config/routes.yaml routes: no route takes these events from systems of the role 'county': case.step; "
        "they would stay unrouted; add a route [GT152]"),
    ]),
    "route that takes nothing": (ROUTES, "events: case.application\n",
                                 "events: case.*\n    except: [case.application]\n", [
        ("config/routes.yaml routes: no route takes these events from systems of the role 'hall-portal': "
        "case.application; they would stay unrouted; add a route [GT152]"),
        ("config/routes.yaml:3:13 routes[0].events: nothing will ever take the route 'to-county': no source has a "
        "mapping that gives these events; correct it or take it out [GT150]"),
    ]),
    "region chosen for a named system": (ROUTES, "to: {role: hall}", "to: {system: city.hall, by: region}", [
        ("config/routes.yaml:9:33 routes[1].to.by: `by:` chooses among the systems of a role, and this "
        "route names its system; leave `by:` out, or write `role:` [GT125]"),
    ]),
    "wildcard that takes nothing": (ROUTES, "[case.application, case.step]", "matter.*", [
        ("config/routes.yaml:7:13 routes[1].events: there is no event 'matter.*'; "
        "known here: case.application, case.step [GT109]"),
    ]),
    "not YAML": (PUNING, "{zh: 普宁市, en: Puning}", "{zh: 普宁市", [
        ("config/counties/puning.yaml:1:7: this is not YAML: the bracket { is not closed, or a comma is missing; "
        "mend the file at this place [GT001]"),
    ]),
    "hub open to others": (HUB, "127.0.0.1:0", "0.0.0.0:8080", [
        ("config/guantong.yaml:3:11 hub.listen: the hub listens on 0.0.0.0, beyond this machine, without TLS; listen "
        "on 127.0.0.1 behind a reverse proxy, or make sure only the government network reaches it [GT156]"),
        ("config/guantong.yaml:3:11 hub.listen: figures, metrics and /openapi.json are shut: others reach the hub, and there "
        "is no token; write `operations: {tokens: {prometheus: {env: GUANTONG_METRICS_TOKEN}}}` [GT775]"),
    ]),
    "hub behind a proxy without a token": (HUB, "listen: 127.0.0.1:0", "listen: 127.0.0.1:0\n  public_url: https://hub.example.invalid", [
        ("config/guantong.yaml:4:15 hub.public_url: figures, metrics and /openapi.json are shut: others reach the hub, and there "
        "is no token; write `operations: {tokens: {prometheus: {env: GUANTONG_METRICS_TOKEN}}}` [GT775]"),
    ]),
    "token that can be guessed": (HUB, "hub:", "operations: {tokens: {desk: {env: SHORT_TOKEN}}}\nhub:", [
        ("config/guantong.yaml:1:22 operations.tokens.desk: the token 'desk' has fewer than 16 characters; "
        "make one: python -c 'import secrets; print(secrets.token_urlsafe(32))' [GT776]"),
    ]),
    "keys the hub makes itself": (HUB, "/srv/keys/of/ours", "var/keys", [
        ("config/guantong.yaml:9:11 keys.folder: the hub makes its own keys in var/keys; keep a copy of that folder "
        "apart from the data, or name a folder of your own in `keys: {folder: …}` [GT155]"),
    ]),
    "key twice": (PUNING, "    role: county\n", "    role: county\n    role: hall\n", [
        ("config/counties/puning.yaml:6:5 role: the key 'role' stands twice (first at line 5); "
        "keep one of them [GT002]"),
    ]),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_reported_whole_and_where_it_is(what: str, loaded: Load, edit: Edit) -> None:
    """One mistake gives its own lines, place and advice, and no others."""
    file, before, after, expected = MISTAKES[what]
    edit(file, before, after)
    assert [problem.line() for problem in loaded().problems] == expected


def test_a_secret_that_is_missing_hides_no_other_mistake(loaded: Load, edit: Edit, home: Path) -> None:
    """Routes are checked with the systems whose secrets are not set yet: a new home has none."""
    twin = home / PUNING.replace("puning", "twin")
    twin.write_text((home / PUNING).read_text(encoding="utf-8").replace("PUNING_TOKEN", "TWIN_TOKEN"), encoding="utf-8")
    assert {problem.code.id for problem in loaded().problems} == {"GT107", "GT123"}
    edit(PUNING, "PUNING_TOKEN", "PUNING_TOKENS")
    assert sorted(problem.code.id for problem in loaded().problems) == ["GT107", "GT107", "GT123"]
