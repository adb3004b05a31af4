"""`guantong sites`: the tree from a table to a screen and back."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.cli.desk import Desk
from tests.sites.tables import CITY

from guantong.sites.kept import read


def put(desk: Desk, text: str = CITY, name: str = "站点.csv", charset: str = "utf-8") -> str:
    file = desk.home.parent / name
    file.write_bytes(text.encode(charset))
    return str(file)


def test_a_table_is_previewed_then_imported(desk: Desk) -> None:
    """The preview keeps nothing; the import says its version and who did it."""
    file = put(desk, charset="gb18030")
    preview = desk.guantong("sites", "import", file, "--dry-run")
    assert (preview.exit_code, "新增 added 9" in preview.stdout, "尚未导入" in preview.stdout) == (0, True, True)
    assert not read(desk.home)
    done = desk.guantong("sites", "import", file, "--as", "陈工", "--why", "年度更新")
    assert (done.exit_code, "已保存为版本 1" in done.stdout, read(desk.home).number) == (0, True, 1)
    (one,) = desk.json("sites", "history")["versions"]
    assert (one["actor"], one["why"], one["source"], one["changes"]["added"]) == ("陈工", "年度更新", "站点.csv", 9)
    again = desk.guantong("sites", "import", file, "--as", "陈工")
    assert ("未生成新版本" in again.stdout, read(desk.home).number) == (True, 1)


def test_mistakes_keep_everything_out(desk: Desk) -> None:
    """All at once, on standard error in both languages; as JSON with their places."""
    file = put(desk, CITY + "X,,村居,没有的镇\n445202001201,重复,村居,仙桥街道便民服务中心,,\n")
    told = desk.guantong("sites", "import", file, "--as", "陈工")
    assert (told.exit_code, read(desk.home).number) == (1, 0)
    assert "站点.csv:11:2 站点名称: “名称”为空; 请填写；或删去该行 [GT893]\n    name is empty; fill it in; or take the row out" in told.stderr
    assert "2 个错误，什么也没有改" in told.stderr
    answer = orjson.loads(desk.guantong("sites", "import", file, "--json").stdout)
    assert [(one["code"], one["line"], one["column"]) for one in answer["problems"]] == [("GT893", 11, 2), ("GT895", 12, 1)]


def test_an_import_is_taken_back(desk: Desk) -> None:
    """The tree is what it was; the history keeps both."""
    desk.guantong("sites", "import", put(desk), "--as", "陈工")
    first = read(desk.home).digest
    desk.guantong("sites", "import", put(desk, CITY.replace("445202001202,永西村便民服务室,村居,仙桥街道便民服务中心,,\n", "")), "--as", "陈工")
    assert read(desk.home).sites["445202001202"].closed
    undone = desk.guantong("sites", "undo", "--as", "陈工")
    assert (undone.exit_code, read(desk.home).digest, read(desk.home).number) == (0, first, 3)
    assert [one["source"] for one in desk.json("sites", "history")["versions"]] == ["undo → 1", "站点.csv", "站点.csv"]
    empty = desk.guantong("sites", "undo", "--to", "0", "--as", "陈工")
    assert (empty.exit_code, len(read(desk.home)), "9 个站点不再列入" in empty.stdout) == (0, 0, True)
    assert desk.guantong("sites", "undo", "--to", "9").exit_code == 2


def test_the_tree_is_listed_and_one_site_shown(desk: Desk) -> None:
    """As a tree, of one county, of one level; what mappings read of a site."""
    desk.guantong("sites", "import", put(desk), "--as", "陈工")
    lines = desk.guantong("sites", "list").stdout.splitlines()
    assert any(line.startswith("      永东村便民服务室") for line in lines)
    assert "共 9 个（市 1，县区 2，镇街 2，村居 2，窗口 2）" in lines[-1]
    listed = desk.json("sites", "list", "--county", "榕城区", "--level", "village")
    assert [one["path"] for one in listed["sites"]] == [f"揭阳市/榕城区/仙桥街道便民服务中心/永{way}村便民服务室" for way in "东西"]
    assert desk.json("sites", "show", "永东村便民服务室")["facts"]["county_name"] == "榕城区"
    assert desk.json("sites", "show", "445203100000/01")["facts"] | {"window": "01", "name": "云路镇便民服务中心"} == desk.json(
        "sites", "show", "445203100000/01")["facts"]
    unknown = desk.guantong("sites", "show", "永东村便民服务")
    assert (unknown.exit_code, "没有站点 '永东村便民服务'; 请给出编码或全名 (永东村便民服务室?) [GT907]" in unknown.stderr) == (2, True)


def test_an_exported_table_imports_to_the_same_tree(desk: Desk, tmp_path: Path) -> None:
    """And a file that is there is not replaced unasked."""
    assert desk.guantong("sites", "list").exit_code == 1
    desk.guantong("sites", "import", put(desk), "--as", "陈工")
    for name in ("出.xlsx", "出.csv"):
        assert desk.guantong("sites", "export", str(tmp_path / name)).exit_code == 0
        answer = desk.json("sites", "import", str(tmp_path / name))
        assert (answer["changes"], answer["version"]) == ([], None)
        assert desk.guantong("sites", "export", str(tmp_path / name)).exit_code == 2


def test_the_template_is_an_empty_table_that_says_so(desk: Desk, tmp_path: Path) -> None:
    """Its sheet of notes is no mistake."""
    file = str(tmp_path / "空表.xlsx")
    assert desk.anywhere("sites", "template", file).exit_code == 0
    told = desk.guantong("sites", "import", file)
    assert (told.exit_code, "没有数据行" in told.stderr, "GT891" in told.stderr) == (1, True, False)
