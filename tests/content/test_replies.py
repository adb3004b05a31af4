"""What the shipped profiles make of the answers their systems give."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.config import Configuration, load
from guantong.config.reply import Meaning
from guantong.journey.judge import judge
from guantong.plugins import registry
from guantong.record import Reply

ROOT = Path(__file__).resolve().parents[2]
GB = {"charset": "gb18030"}
ANSWERS = [
    ("city.hall", "编码：0；描述：接收成功；流水号：10000010100699201211407150001", {}, Meaning.SUCCESS),
    ("city.hall", "编码：1；描述：办件已存在", {}, Meaning.DUPLICATE),
    ("city.hall", "编码：2；描述：事项不存在", {}, Meaning.PERMANENT),
    ("city.hall", "编码：3；描述：字段超长 SPYJ", {}, Meaning.PERMANENT),
    ("city.hall", "编码：9；描述：系统繁忙", {}, Meaning.TRANSIENT),
    ("city.hall", "编码：01", {}, Meaning.UNKNOWN),
    ("city.hall", "<html>维护中</html>", {}, Meaning.UNKNOWN),
    ("city.supervision", "<result><code>0</code><desc>成功</desc></result>", GB, Meaning.SUCCESS),
    ("city.supervision", "<result><code>1</code><desc>重复数据</desc></result>", GB, Meaning.DUPLICATE),
    ("city.supervision", "<result><code>2</code><desc>登录失效</desc></result>", GB, Meaning.TOKEN_EXPIRED),
    ("city.supervision", "<result><code>3</code><desc>签名错误</desc></result>", GB, Meaning.PERMANENT),
    ("city.supervision", "<result><code>9</code><desc>系统繁忙</desc></result>", GB, Meaning.TRANSIENT),
    ("rongcheng.approval", '{"code":0,"msg":"ok","data":{"bizNo":"RC1"}}', {"status": "200"}, Meaning.SUCCESS),
    ("rongcheng.approval", '{"code":1002,"msg":"办件已存在"}', {"status": "200"}, Meaning.DUPLICATE),
    ("rongcheng.approval", '{"code":2001,"msg":"事项不存在"}', {"status": "200"}, Meaning.PERMANENT),
    ("rongcheng.approval", "", {"status": "503"}, Meaning.TRANSIENT),
    ("rongcheng.approval", "<html></html>", {"status": "502"}, Meaning.UNKNOWN),
    ("jiedong.approval", "<RESULT><CODE>1</CODE><MSG>接收成功</MSG></RESULT>", GB, Meaning.SUCCESS),
    ("jiedong.approval", "<RESULT><CODE>2</CODE><MSG>办件已存在</MSG></RESULT>", GB, Meaning.DUPLICATE),
    ("jiedong.approval", "<RESULT><CODE>3</CODE><MSG>事项不存在</MSG></RESULT>", GB, Meaning.PERMANENT),
    ("jiedong.approval", "<RESULT><CODE>9</CODE><MSG>系统繁忙</MSG></RESULT>", GB, Meaning.TRANSIENT),
    ("jiexi.approval", '{"result":"inserted"}', {}, Meaning.SUCCESS),
    ("jiexi.approval", '{"result":"duplicate"}', {}, Meaning.DUPLICATE),
    ("jiexi.approval", '{"result":"error","class":"busy"}', {}, Meaning.TRANSIENT),
    ("jiexi.approval", '{"result":"error","class":"data","column":"SQRMC"}', {}, Meaning.PERMANENT),
    ("huilai.approval", '{"result":"written"}', {}, Meaning.SUCCESS),
    ("huilai.approval", '{"result":"error","class":"full","state":"ENOSPC"}', {}, Meaning.TRANSIENT),
    ("huilai.approval", '{"result":"error","class":"name","reason":"no value"}', {}, Meaning.PERMANENT),
    ("puning.approval", "<RESULT><code>200</code><data><APPROVEDATAINFO><YWLSH>PN1</YWLSH></APPROVEDATAINFO></data></RESULT>", {},
     Meaning.SUCCESS),
    ("puning.approval", '{"status":"200","msg":"请求成功"}', {}, Meaning.SUCCESS),
    ("puning.approval", '{"msg":"ok", "status" : 200}', {}, Meaning.SUCCESS),
    ("puning.approval", "请求成功", {}, Meaning.SUCCESS),
    ("puning.approval", "请求成功", {"status": "502"}, Meaning.TRANSIENT),
    ("puning.approval", "当前业务已受理", {}, Meaning.DUPLICATE),
    ("puning.approval", "<RESULT><code>500</code><msg>当前业务已办结，请勿重复提交</msg></RESULT>", {}, Meaning.DUPLICATE),
    ("puning.approval", "接口令牌不存在", {}, Meaning.TOKEN_EXPIRED),
    ("puning.approval", '{"status":"401","msg":"接口令牌不存在"}', {"status": "401"}, Meaning.TOKEN_EXPIRED),
    ("puning.approval", "<RESULT><code>200</code><data><RESULT><msg>事项不存在</msg></RESULT></data></RESULT>", {}, Meaning.PERMANENT),
    ("puning.approval", "<RESULT><code>400</code><msg>报文中缺少申办流水号</msg></RESULT>", {}, Meaning.PERMANENT),
    ("puning.approval", "系统繁忙，请稍后再试", {}, Meaning.TRANSIENT),
    ("puning.approval", '{"status":"2000"}', {}, Meaning.UNKNOWN),
    ("puning.approval", "<html>维护中</html>", {}, Meaning.UNKNOWN),
]
FATES = [
    ("rongcheng.approval", '{"code":0,"data":{"bizNo":"RC1"}}', {"status": "200"}, Meaning.SUCCESS),
    ("rongcheng.approval", '{"code":1404}', {"status": "404"}, Meaning.PERMANENT),
    ("rongcheng.approval", "404 page not found", {"status": "404"}, Meaning.UNKNOWN),
    ("jiexi.approval", '{"result":"found"}', {}, Meaning.SUCCESS),
    ("jiexi.approval", '{"result":"absent"}', {}, Meaning.PERMANENT),
]


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    loaded = load(ROOT, registry(), {}, secrets=False).configuration
    assert loaded is not None
    return loaded


@pytest.mark.parametrize(("system", "answer", "meta", "meaning"), ANSWERS)
def test_an_answer_means_what_its_interface_says(
    configuration: Configuration, system: str, answer: str, meta: dict[str, str], meaning: Meaning
) -> None:
    """Each answer of each interface is judged rightly, in the charset it comes in; a stranger's is unknown."""
    reply = Reply(answer.encode(meta.get("charset", "utf-8")), {"status": "200", **meta})
    assert judge(reply, configuration.systems[system].reply).meaning is meaning


@pytest.mark.parametrize(("system", "answer", "meta", "meaning"), FATES)
def test_the_fate_of_a_delivery_is_told_by_the_system_alone(
    configuration: Configuration, system: str, answer: str, meta: dict[str, str], meaning: Meaning
) -> None:
    """Only the system's own words say that it does not have a delivery: a proxy's error page does not."""
    rules = configuration.systems[system].query
    assert rules is not None
    assert judge(Reply(answer.encode(), {"status": "200", **meta}), rules).meaning is meaning
