"""What the verifiers of an evidence pack say: the one table that the Python file and the page are both made with."""

from __future__ import annotations

from typing import Dict, Tuple  # noqa: UP035  it runs on older Pythons, too

SAYS: Dict[str, Tuple[str, str]] = {  # noqa: UP006  the same
    # the file itself
    "form": ("取证包完整：{count} 个文件", "the pack is whole: {count} files"),
    "form.empty": ("不是取证包：不是 ZIP 文件", "this is no evidence pack: it is no ZIP file"),
    "form.cut": ("ZIP 文件被截断，或其后附加了内容", "the ZIP is cut short, or something was put behind it"),
    "form.zip": ("ZIP 文件已损坏，或不是导出时的样子（第 {at} 字节处）", "the ZIP is damaged, or is not as it was exported (at byte {at})"),
    "form.packed": (
        "{name} 被压缩过：取证包的文件均不压缩，请用导出的原文件核验", "{name} is compressed: the files of a pack never are; verify the file as it was exported"),
    "form.name": ("ZIP 中有不允许的文件名：{name}", "the ZIP holds a name that is not allowed: {name}"),
    "form.twice": ("ZIP 中有两个文件同名：{name}", "the ZIP holds two files of one name: {name}"),
    "form.large": ("超出可核验的大小：{name}", "too large to be verified: {name}"),
    "form.lacks": ("取证包缺少 {name}", "the pack lacks {name}"),
    "form.foreign": ("不是 guantong-pack/1 或 /2 格式的取证包", "this is no pack of the form guantong-pack/1 or /2"),
    "form.json": ("{name} 不是所要求的 JSON", "{name} is not the JSON it has to be"),
    "manifest": (
        "{count} 个文件均与清单的校验值一致；清单未签名，供阅读的文件（README.txt、pack.json、history.txt、events.jsonl、lineage.*、mappings/、文书）只有校验值",
        "{count} files are as the manifest says; nobody signed it, and aids to reading (README.txt, pack.json, history.txt, events.jsonl, lineage.*, mappings/, the papers) have checksums alone"),
    "manifest.differs": ("与清单的校验值不一致：{name}", "not as the manifest says: {name}"),
    "manifest.lacks": ("清单所列的文件不在包中：{name}", "the manifest names what is not in the pack: {name}"),
    "manifest.foreign": ("{name} 不是取证包应有的文件，无从核验", "{name} is none of the files of a pack: nothing verifies it"),
    "manifest.more": ("包中有清单未列的文件：{name}", "the pack holds what the manifest does not name: {name}"),
    # whose log, and how far it is known outside
    "key": ("由核验人另行提供：{name}", "given by who verifies: {name}"),
    "key.own": (
        "取自文件本身：请与另行取得的公钥对照，此前不视为通过", "the file's own: hold it against one you got elsewhere; until then nothing is verified"),
    "key.bad": ("无法使用：{why}", "it cannot be used: {why_en}"),
    "checkpoint": ("签名成立：{origin}，{size} 条，{hash} {root}", "signed: {origin}, {size} entries, {hash} {root}"),
    "checkpoint.bad": ("不成立：{why}", "it does not hold: {why_en}"),
    "checkpoint.kind": ("此处无法核验该签名算法（如 SM2）：不能视为通过", "this kind of signature (SM2, say) is not checkable here: it is not verified"),
    "checkpoint.hash": ("文件所写的哈希算法与检查点不符", "the file names another hash function than the checkpoint"),
    "outside": ("该检查点与外部保存的逐字相同", "the checkpoint stands letter for letter among those kept outside"),
    "outside.older": (
        "与外部保存的检查点（{size} 条）一致，其中的 {covered} 条已向外证明；其后 {left} 条在较新的、签名成立的检查点中",
        "it agrees with the checkpoint of {size} entries kept outside, which proves {covered} lines; {left} later ones are in the newer signed checkpoint"),
    "outside.none": (
        "未提供外部保存的检查点：只证明到签名人本人", "no checkpoint kept outside was given: it is proved as far as the signer is believed"),
    "outside.fork": (
        "与外部保存的检查点（{size} 条）矛盾：同一日志签出了两种内容", "the checkpoint of {size} entries kept outside contradicts it: two contents were signed for one log"),
    "outside.other": ("所给的检查点属于另一日志：{origin}", "the checkpoint that was given is of another log: {origin}"),
    "outside.bad": ("所给的检查点中有 {count} 份签名不成立", "of the checkpoints that were given, the signatures of {count} do not hold"),
    "outside.apart": ("所给的检查点与此文件无法对照：请用同一时期的检查点", "the checkpoints that were given cannot be held against this file: give those of the same time"),
    "outside.text": ("所给的文件中没有检查点", "there is no checkpoint in the file that was given"),
    "consistency": ("包含此前 {count} 个检查点的全部内容", "it holds all that {count} earlier checkpoints hold"),
    "consistency.bad": ("与此前的检查点（第 {number} 个）不相容：日志被改写过，或证明不成立", "it does not contain the earlier checkpoint number {number}: the log was rewritten, or the proof is none"),
    "consistency.key": ("此前第 {number} 个检查点由未给出的公钥签名：更换过签名密钥的，请一并给出旧公钥",
        "the earlier checkpoint number {number} is signed by a key that was not given: where the signing key was changed, give the former one, too"),
    "consistency.kind": ("此前第 {number} 个检查点的签名算法（如 SM2）此处无法核验", "the signature of the earlier checkpoint number {number} (SM2, say) is not checkable here"),
    "consistency.none": ("包中没有更早的检查点", "there is no earlier checkpoint in the pack"),
    # the lines
    "entries": ("{count} 条日志均在该检查点的日志中，逐字未改", "{count} lines are in the log of the checkpoint, letter for letter"),
    "entries.bad": ("第 {entry} 条不在该检查点的日志中，或已被改动", "entry {entry} is not in the log of the checkpoint, or was altered"),
    "entries.form": ("证明文件不完整：第 {number} 项", "the proof is not whole: item {number}"),
    "entries.twice": ("第 {entry} 条出现两次", "entry {entry} is there twice"),
    "entries.unproved": (
        "{count} 条已核验；{late} 条晚于该检查点，尚未证明：{which}", "{count} lines verified; {late} are newer than the checkpoint and not proved yet: {which}"),
    "journal": ("journal.jsonl、journal.csv 与已核验的条目逐项一致", "journal.jsonl and journal.csv say what the verified lines say"),
    "journal.differs": ("日志清单第 {entry} 条与已核验的条目不一致", "line {entry} in the list is not what was verified"),
    "journal.lacks": ("日志清单缺少第 {entry} 条", "the list lacks line {entry}"),
    "journal.form": ("日志清单无法读取：第 {number} 行", "the list of the journal cannot be read: line {number}"),
    "journal.csv": ("journal.csv 与日志条目不一致", "journal.csv is not what the lines say"),
    "chain": (
        "首尾相接，中间无缺口；最新一条（{head}）之后是否还有、它是否跳过了更早的，须核验全部日志",
        "each line names the one before it, from {head} to the first; whether later ones exist, or it passes over any, is shown by verifying the whole journal only"),
    "chain.gap": ("第 {entry} 条指明其上一条为 {previous}，而后者不在包中", "entry {entry} names {previous} as the one before it, which is not in the pack"),
    "chain.other": ("第 {entry} 条与其上一条 {previous} 不属于同一办件", "entry {entry} and {previous}, which it names as the one before it, are not of one case"),
    "chain.foreign": ("第 {entry} 条不属于任何办件，也不是本办件报文归入办件之前的记录", "entry {entry} is of no case, and not about a message of this one before it found it"),
    "chain.heads": ("条目不相连：有 {count} 条没有后续，应为 {expected} 条", "the lines do not hang together: {count} have no successor, {expected} should"),
    "chain.untold": ("有日志属于办件 C{case}，而包未写明是哪个办件的：有无缺口未经核验", "lines are of the case C{case}, and the pack names no case: whether lines are missing is not checked"),
    "chain.none": ("不属于任何办件的日志没有先后链", "lines of no case have no chain"),
    # the bytes
    "bytes": ("{count} 份报文与收发当时承诺的字节一致", "{count} records are the bytes that were committed to when they came or went"),
    "bytes.gone": (
        "{count} 份报文与收发当时承诺的字节一致；{gone} 份已清除（日志载明）",
        "{count} records are the bytes that were committed to when they came or went; {gone} were pruned or redacted, as the journal says"),
    "bytes.masked": ("脱敏包：不含报文原文", "the pack is masked: it holds no records"),
    "bytes.differs": ("{of} 与第 {entry} 条承诺的字节不一致", "{of} is not the bytes that entry {entry} committed to"),
    "bytes.entry": ("{of} 没有对应的已核验条目", "{of} belongs to no verified line"),
    "bytes.lacks": ("{of} 的报文不在包中，且日志未载明已清除（包内说明：{why}）", "the record of {of} is not in the pack, and no line says that it went (the pack says: {why})"),
    "bytes.contents": ("{of} 的附件与承诺的不一致：{name}", "the attachment {name} of {of} is not the one that was committed to"),
    "bytes.whole": ("{of} 的原文文件与承诺的字节不一致：{name}", "the file {name} of {of} is not made of the bytes that were committed to"),
    "bytes.more": ("{name} 未经核验：报文目录没有它，或不足以证明它", "{name} is not verified: the list of records does not have it, or does not prove it"),
    "bytes.none": ("包中没有报文", "there are no records in the pack"),
    # single values
    "fields": ("{count} 个标准字段的值与受理时承诺的一致", "{count} values are those that were committed to when they were accepted"),
    "fields.none": ("没有逐个出示的字段", "no single values are shown"),
    "fields.bad": ("{of} 所出示的字段与当时的承诺不一致，或不完整", "the values shown of {of} are not those that were committed to, or not whole"),
    # the whole, as it was exported
    "exported": ("与日志第 E{entry} 条所记的 SHA-256 一致：整包自导出以来一字节未改", "as line E{entry} says it was exported: not a byte was changed since"),
    "exported.none": (
        "未提供导出记录的证明（guantong audit proof）：供阅读的文件只有校验值", "no proof of the export's line was given (guantong audit proof): aids to reading have checksums alone"),
    "exported.differs": ("所给的导出记录中没有本包的 SHA-256：不是那个包，或导出后被改动", "no export in the proof that was given has this SHA-256: it is another pack, or was changed since"),
    "exported.bad": ("导出记录的证明不成立：{why}", "the proof of the export does not hold: {why_en}"),
    # in the end
    "unchecked": ("前一项不成立或无法核验，未核验", "not checked, as something before it does not hold, or is not checkable here"),
    "verified": ("核验通过", "Verified"),
    "refused": ("核验未通过：标 ✗ 的断言不成立", "Not verified: the claims marked ✗ do not hold"),
    "open": ("未全部证明：见标 ! 的断言", "Not wholly proved: see the claims marked !"),
}
"""Each as it is said in Chinese and in English."""

TITLES: Dict[str, Tuple[str, str]] = {  # noqa: UP006  it runs on older Pythons, too
    "form": ("文件", "the file"), "manifest": ("校验值", "checksums"), "key": ("公钥", "the key"), "checkpoint": ("检查点", "the checkpoint"),
    "outside": ("外部对照", "held against outside"), "consistency": ("只增不改", "only added to"), "entries": ("日志条目", "lines"),
    "journal": ("日志清单", "lists of lines"), "chain": ("经过完整", "no gap"), "bytes": ("报文原文", "records"), "fields": ("字段", "values"), "exported": ("导出记录", "the export"),
}
"""What each claim is about."""
