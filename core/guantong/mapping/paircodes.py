"""Problem codes of tests of mappings: pairs, mutations, proofs (GT330–GT349)."""

from __future__ import annotations

from guantong.problems import Code

PAIR_DIFFERS = Code(
    "GT330", "{name}: expected {expected}, got {came}", "{name}：应为 {expected}，实际为 {came}",
    "mend the mapping, or the pair where it is wrong", "请修正映射；若样例有误则修正样例",
)
PAIR_REFUSED = Code(
    "GT331", "{name}: refused: {what}", "{name}：被拒：{what_zh}",
    "mend the mapping, or say `refused:` in the pair", "请修正映射；若确应拒绝，请在样例中写 refused:",
)
PAIR_TAKEN = Code(
    "GT332", "{name}: should be refused with {expected}, and was not", "{name}：应以 {expected} 拒绝，实际未拒绝",
    "mend the mapping, or the pair where it is wrong", "请修正映射；若样例有误则修正样例",
)
PAIR_WIRE = Code(
    "GT333", "{name}: the record does not survive its wire form: {what}", "{name}：报文编码后再解码不一致：{what_zh}",
    "see the codec's options and charset in dialect.yaml", "请检查 dialect.yaml 中的编解码器选项与字符集",
)
PAIR_WAITS = Code(
    "GT334", "{name}: expected to wait for {expected}, got {came}", "{name}：应等待 {expected}，实际为 {came_zh}",
    "mend `need:` in the mapping, or the pair", "请修正映射中的 need:，或修正样例",
)
PAIR_EVENTS = Code(
    "GT335", "{name}: expected the events {expected}, got {came}", "{name}：应得到过程信息 {expected}，实际为 {came}",
    "mend the mapping, or the pair where it is wrong", "请修正映射；若样例有误则修正样例",
)
PAIR_SHAPE = Code(
    "GT336", "a pair {what}", "样例{what_zh}",
    "see mappings/README.md, 对照样例", "请参阅 mappings/README.md 的“对照样例”",
)
NO_PAIRS = Code(
    "GT337", "the dialect {dialect} has no pairs of record and event", "数据规范 {dialect} 没有对照样例",
    "write some into {folder}/tests/*.yaml; `guantong try {dialect} SAMPLE --pair NAME` makes one of a sample",
    "请在 {folder}/tests/*.yaml 中编写；可用 `guantong try {dialect} 样例 --pair 名称` 由样例生成", severity="warning",
)
NOTHING_NOTICES = Code(
    "GT349", "there are no pairs: none of {count} changes would be noticed", "没有对照样例：{count} 处改动都无法发现",
    "write pairs first", "请先编写对照样例",
)
UNNOTICED = Code(
    "GT338", "no pair notices: {what}", "没有样例能发现：{what_zh}",
    "add a pair that does, or exempt {rule!r} with its reason", "请补充样例；确实无法发现的，请在 exempt: 中写明 {rule!r} 及原因",
)
IDLE_EXEMPTION = Code(
    "GT339", "{rule!r} is exempt, but {what}", "{rule!r} 已豁免，但{what_zh}",
    "remove the exemption", "请删除该豁免",
)
