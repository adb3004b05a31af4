"""The exchange tables of the simulated county (EX_GDBS_*), as its own people would have made them.

CHAR columns come padded where the database pads; the fee is a number and the version an integer where the
database knows such things; ID, CLZT, CLJG and INSERTTIME are how both sides keep count.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB
from sqlalchemy.types import TypeEngine

CONTROL = ("ID", "CLZT", "CLJG", "INSERTTIME")
APPLICATIONS = "EX_GDBS_SB"
ONSITE_APPLICATIONS = "EX_GDBS_SB_OUT"
CARDS, WITHDRAWN, REPLIES = "EX_GDBS_YJ", "EX_GDBS_CP", "EX_GDBS_ZGHF_OUT"
"""Cards of supervision, cards taken back, and replies: agreed on beyond the specification."""
FILES = "EX_GDBS_FILE"
"""Contents of attachments, to which the materials refer by `ATTACH_ID`: no records, so that nobody flags them."""

_APPLICATION = (
    "SBLSH SBLSH_SHORT YWLSH SXBM SXBM_SHORT SXMC FSXBM FSXMC SXQXBM XZQHDM F_XZQHDM SQRLX SQRMC SQRZJLX"
    " SQRZJHM SQRDH LXRXM LXRZJLX LXRSFZJHM LXRSJ LXRYX SBXMMC SBCLQD TJFS WSSBQD SBHZH SBSJ SBJTWD YSBLSH"
    " XMHGCBH LXWH USERIDCODE PROJECT_CODE OBTAIN_PAPER_WAY OBTAIN_DELIVER_WAY XML_DATA D_ZZJGDM SJBBH BZ BYZDA BYZDB BYZDC BYZDD"
)
_COMMON = "SBLSH YWLSH SXBM SXMC XZQHDM SJBBH BZ"
_OWN = {
    "EX_GDBS_WSYSL": "YSLBMMC YSLBMZZJGDM BLRXM BLRGH YSLZTDM BSLYY BJBZSM YSLSJ YSLJTDD",
    "EX_GDBS_SL": (
        "SLBMMC SLBMZZJDDM BLRXM BLRGH SLZTDM BSLYY SLHZH SLSJ GXDXZQHDM CXMM GDBLSX GDBLSXDDW GDSF XMMC"
        " SLJTDD SLZLQD TJFS PDH BJCKBM BJCKMC BJDTBM BMDTMC BYZDA BYZDB BYZDC BYZDD"
    ),
    "EX_GDBS_SPCL": "SPHJDM SPHJMC SPBMMC SPBMZZJDMD SPRXM SPRZWDM SPRZWMC SPYJ SPSJ SPHJZTDM SPBZH",
    "EX_GDBS_TBCXSQ": "XH TBCXZL TBCXZLMC TBCXKSRQ TBCXPZR TBCXQDLY SQNR TBCXSX TBCXSXDW",
    "EX_GDBS_TBCXJG": "XH TBCXJG JGCSRQ TBCXJSRQ TBCXSFJE JEDWDM",
    "EX_GDBS_BJGZ": "BZGZFCRXM BZGZYY BZCLQD BZGZSJ",
    "EX_GDBS_BJSL": "BZSLBLRXM BZCLQD BZSJ BZSLJTDD",
    "EX_GDBS_BJ": "BJBMMC BJBMZZJDDM BJJGDM BJJGMS ZFHTHYY ZJGZMC ZJBH ZJYXQX FZGZDW SFJE JEDWDM BJSJ BYZDA BYZDB BYZDC BYZDD",
    "EX_GDBS_LQDJ": "LQRXM LQRZJLX LQRSFZJHM LQFS LQSJ",
    "EX_GDBS_SBCL": "SEQ STUFF_SEQ CLMC WJLX CLLX CLSL ATTACH_ID ATTACH_NAME ATTACH_TYPE ATTACH_PATH ATTACH_SIGN SAVE_TYPE",
    CARDS: "JCBH YJJB YJSJ YJNR YJYY HFQX HJBM ZRBMMC ZRBMZZJGDM BJCKBM BJCKMC BJDTBM BMDTMC",
    WITHDRAWN: "JCBH CPSJ CPYY",
    REPLIES: "JCBH ZGQK HFSJ HFRXM HFBMMC HFBMZZJGDM",
}
_CODES = (
    "SQRLX SQRZJLX LXRZJLX LQRZJLX TJFS WSSBQD YSLZTDM SLZTDM SPHJDM SPHJZTDM TBCXZL TBCXSXDW GDBLSXDDW"
    " BJJGDM LQFS OBTAIN_PAPER_WAY OBTAIN_DELIVER_WAY"
)
_PADDED = {
    **dict.fromkeys(_CODES.split(), 4),
    **dict.fromkeys(("XZQHDM", "F_XZQHDM", "GXDXZQHDM"), 12),
    **dict.fromkeys(("YSLBMZZJGDM", "SLBMZZJDDM", "SPBMZZJDMD", "BJBMZZJDDM"), 18),
    "JEDWDM": 6,
}
_LONG = frozenset({
    "SBCLQD", "SLZLQD", "BZCLQD", "SPYJ", "SQNR", "BSLYY", "BZ", "TBCXQDLY", "BZGZYY", "BJJGMS", "ZGQK",
    "YJNR", "YJYY", "CPYY", "XML_DATA",
})
_INTEGERS = frozenset({"SJBBH", "XH", "TBCXSX", "GDBLSX"})
_MONEY = frozenset({"SFJE", "TBCXSFJE", "GDSF"})


def make_tables() -> dict[str, Table]:
    """All tables of records by name, on one new metadata (`table.metadata`), which also has that of the contents."""
    metadata = MetaData()
    content = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
    Table(FILES, metadata, Column("FILE_ID", String(50), primary_key=True), Column("CONTENT", content, nullable=False),
          mysql_engine="InnoDB", mysql_charset="utf8mb4")
    columns = {
        APPLICATIONS: _APPLICATION, ONSITE_APPLICATIONS: _APPLICATION,
        **{name: f"{_COMMON} {own}" for name, own in _OWN.items()},
    }
    return {name: _table(metadata, name, names.split()) for name, names in columns.items()}


def _table(metadata: MetaData, name: str, columns: list[str]) -> Table:
    unique = {APPLICATIONS: "SBLSH", CARDS: "JCBH", WITHDRAWN: "JCBH"}
    extra = [UniqueConstraint(unique[name], "SJBBH", name=f"UK_{name}")] if name in unique else []
    moment = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
    return Table(
        name, metadata,
        Column("ID", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        *(Column(each, _type(each)) for each in columns),
        Column("CLZT", String(2), nullable=False, server_default="N"),
        Column("CLJG", String(2000)),
        Column("INSERTTIME", moment),
        Index(f"IX_{name}_CLZT", "CLZT", "ID"),
        *extra,
        mysql_engine="InnoDB", mysql_charset="utf8mb4",
    )


def _type(name: str) -> TypeEngine[Any]:
    if name in _PADDED:
        return CHAR(_PADDED[name])
    if name in _LONG:
        return Text()
    if name in _INTEGERS:
        return Integer()
    if name in _MONEY:
        return String(20).with_variant(Numeric(12, 2), "mysql", "mariadb", "postgresql")
    return String(50) if name.startswith(("SBLSH", "YWLSH", "JCBH")) else String(200)


def fit(column: Column[Any], value: str | None, dialect: str) -> str | None:
    """*value* as *column* of *dialect* holds it: numbers take no words, SQLite leaves the padding of CHAR to
    its client."""
    if value is None or isinstance(column.type, Text):
        return value
    if column.name in _INTEGERS or (column.name in _MONEY and dialect != "sqlite"):
        return value if value.strip() and value != "null" else None
    if dialect == "sqlite" and column.name in _PADDED:
        return value.ljust(_PADDED[column.name])
    return value
