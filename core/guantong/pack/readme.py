"""README.txt of a pack: for whoever opens it without this program, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.pack.parts import Part

_HEAD = """取证包 EVIDENCE PACK  {case}
导出 exported  {at}  {actor}
{mode}

一、怎么核验（不需要本程序，不联网）
  1. 另行取得：签名公钥一行（public.txt）、外部保存的检查点文件、核验程序。包内的 verify.py 和 verify.html 便于使用，但随包而来；
     要紧的核验请用另行取得的核验程序（guantong audit verifier）。
  2. 用 Python 3.8 以上：  python3 verify.py 本包.zip --key public.txt --against checkpoints
     或用浏览器打开 verify.html，把本包拖进去，粘贴公钥。
  3. 逐项给出结论：✓ 成立，✗ 不成立，! 未证明或无法核验，– 没有这一项。
  请勿解压后重新压缩：本包的文件均不压缩，重新压缩后核验程序不认。

二、证明了什么
  - 日志（journal.csv、journal.jsonl）的每一条都在签名检查点的日志中（第四节所列晚于检查点的除外），逐字未改，办件经过首尾相接、中间无缺口；
  - 收发的报文（records/，脱敏包没有）就是收发当时承诺的字节；附件（attachments/）与报文中的摘要一致；
  - fields.json 中标准字段的值就是受理时承诺的值；
  - 日志只增不改：包含此前各检查点的全部内容。
  没有证明：对方所述属实；时间准确（取自服务器时钟）；最新一条之后没有别的条目；以下供阅读的文件——history.txt、events.jsonl、
  lineage.*、mappings/、本文件和两份文书——只由清单的校验值保护，清单本身未签名；整包的 SHA-256 在导出时记入了交换日志（事项 exported）。

三、文件
{files}
四、没有列入的
{left}

HOW TO VERIFY, without the program that made this pack, and offline
  1. Get from elsewhere: the public key (one line, public.txt), the file of checkpoints that was kept outside, and the verifier. Those in the
     pack came with it: for what matters, use one you got otherwise (guantong audit verifier).
  2. With Python 3.8 or newer:  python3 verify.py THIS.zip --key public.txt --against checkpoints
     or open verify.html in a browser, drop the pack on it and paste the key.
  3. Each claim has its verdict: ✓ it holds, ✗ it does not, ! not proved or not checkable here, – there is nothing of the kind.
  Do not unpack and compress it again: nothing in it is compressed, and the verifiers take it only so.

WHAT IS PROVED  Every line of the journal but those listed above as newer than the checkpoint is in the signed log, letter for letter, and the
  history has no gap; the records, where there are any, are the bytes that were committed to when they came or went, as
  are the values in fields.json; the log was only added to. NOT PROVED: that what others told is true; times, which are the server's
  clock; that nothing came after the newest line. history.txt, events.jsonl, lineage.*, mappings/, this file and both documents are
  aids to reading: only the manifest's hashes guard them, and nobody signed it; the SHA-256 of the whole pack is in the journal ("exported").
"""
RULES, RULES_ZH, RULES_EN = "mappings/", "用到的字段映射，{} 个文件", "the mappings used, {} files"
_MASKED = ("脱敏包：不含报文原文及其盐值，个人信息已脱敏；可核验日志和 fields.json 中逐个出示的值 · masked: no records, nor their salts; personal values are "
           "masked; the journal and the values shown one by one in fields.json are verified")
_CLEAR = "含原文：内有未脱敏的个人信息，请依法保管 · unmasked: it holds personal data in clear"


def readme(case: str, at: str, actor: str, *, masked: bool, parts: Sequence[Part], left: Sequence[str]) -> str:
    """The text."""
    rules = sum(one.name.startswith(RULES) for one in parts)
    files = "".join(f"  {one.name}  {one.zh} · {one.en}\n" for one in parts if not one.name.startswith(RULES))
    files += f"  {RULES}…  {RULES_ZH.format(rules)} · {RULES_EN.format(rules)}\n"
    said = "".join(f"  - {one}\n" for one in left) or "  无 none\n"
    return _HEAD.format(case=case, at=at, actor=actor, mode=_MASKED if masked else _CLEAR, files=files, left=said)
