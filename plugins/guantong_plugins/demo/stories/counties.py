"""The five counties of the demo: their regions, bureaus, matters and serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guantong_plugins.demo.stories.identities import organisation_code


@dataclass(frozen=True, slots=True)
class Bureau:
    """An approving body: `org` is its nine-character organisation code."""

    name: str
    org: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter people apply for. `prefix` (nine characters) opens its code and the serials of its cases;
    `limit` is the legal limit, in work days when `workdays`, else in days; `fee` is in yuan."""

    prefix: str
    name: str
    bureau: Bureau
    enterprise: bool
    limit: int
    workdays: bool
    licence: str
    fee: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class County:
    """A county's system `<id>.approval`. `mark` opens its own serial numbers; `birthplaces` are the region codes
    it had before 1983, before 1991, before 1993 and since, which stay in its people's identity numbers."""

    id: str
    name: str
    region: str
    mark: str
    birthplaces: tuple[str, str, str, str]
    towns: tuple[str, ...]
    matters: tuple[Matter, ...]


def item_code(county: County, matter: Matter) -> str:
    """The 26-character matter code: prefix, organisation code, kind, region."""
    return f"{matter.prefix}{matter.bureau.org}13{county.region}"


def province_serial(matter: Matter, day: date, sequence: int) -> str:
    """The 29-character uniform serial: prefix (9), organisation code (9), 1, yyMMdd, sequence (4)."""
    return f"{matter.prefix}{matter.bureau.org}1{day:%y%m%d}{sequence:04d}"


def county_serial(county: County, day: date, sequence: int) -> str:
    """The county's own serial, as its approval system numbers cases."""
    return f"{county.mark}{day:%Y%m%d}-{sequence:04d}"


def _matters(name: str, number: int) -> tuple[Matter, ...]:
    """The matters of one county; *number* (one digit) keeps the organisation codes of counties apart."""
    commerce = Bureau(f"{name}工商行政管理局", organisation_code(f"00699{number}01"))
    civil = Bureau(f"{name}民政局", organisation_code(f"00699{number}02"))
    housing = Bureau(f"{name}住房和城乡建设局", organisation_code(f"00699{number}03"))
    health = Bureau(f"{name}卫生和计划生育局", organisation_code(f"00699{number}04"))
    return (
        Matter("100000101", "个体工商户设立登记", commerce, False, 15, True, "营业执照", "0.00",
               ("个体工商户登记申请书", "经营者身份证明", "经营场所使用证明")),
        Matter("100000102", "有限责任公司设立登记", commerce, True, 20, True, "企业法人营业执照", "120.50",
               ("公司登记申请书", "公司章程", "股东身份证明", "住所使用证明")),
        Matter("100000201", "社会团体成立登记", civil, True, 60, False, "社会团体法人登记证书", "0.00",
               ("成立登记申请书", "章程草案")),
        Matter("100000202", "城乡居民最低生活保障待遇审批", civil, False, 30, True, "最低生活保障证", "0.00",
               ("申请书", "户口簿", "收入证明")),
        Matter("100000301", "建设工程施工许可证核发", housing, True, 15, True, "建筑工程施工许可证", "200.00",
               ("施工许可申请表", "建设用地批准书", "中标通知书", "资金落实证明")),
        Matter("100000401", "公共场所卫生许可证核发", health, True, 20, True, "公共场所卫生许可证", "35.80",
               ("卫生许可申请表", "场所平面图", "检测报告")),
        Matter("100000402", "再生育审批", health, False, 20, True, "计划生育服务证", "0.00",
               ("再生育申请表", "结婚证")),
    )


COUNTIES = (
    County("rongcheng", "榕城区", "445202", "RC", ("442326", "440525", "445202", "445202"),
           ("仙桥街道", "渔湖镇", "梅云镇", "炮台镇"),
           _matters("揭阳市榕城区", 2)),
    County("jiedong", "揭东区", "445203", "JD", ("442326", "440525", "445221", "445221"),
           ("锡场镇", "新亨镇", "埔田镇", "玉湖镇"),
           _matters("揭阳市揭东区", 3)),
    County("jiexi", "揭西县", "445222", "JX", ("442327", "440526", "445222", "445222"),
           ("棉湖镇", "河婆街道", "金和镇", "钱坑镇"),
           _matters("揭西县", 4)),
    County("huilai", "惠来县", "445224", "HL", ("442329", "440528", "445224", "445224"),
           ("惠城镇", "隆江镇", "葵潭镇", "神泉镇"),
           _matters("惠来县", 5)),
    County("puning", "普宁市", "445281", "PN", ("442328", "440527", "445223", "445281"),
           ("流沙东街道", "占陇镇", "里湖镇", "洪阳镇"),
           _matters("普宁市", 6)),
)
