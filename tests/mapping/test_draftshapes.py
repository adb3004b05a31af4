"""Drafts of samples in less common shapes, and of schemas in several files."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.mapping.handedover import FORM, SAMPLE, SPACED, XSD, drafted, known
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.cli.dialectfiles import loaded
from guantong.mapping.draft import Handed, read_handed
from guantong.mapping.draft.write import dialect_files
from guantong.starter import starter


def test_a_form_is_drafted_with_its_charset_and_kind() -> None:
    """As it was sent: percent-encoded in the county's own charset."""
    dialect = dialect_files(drafted("form.txt", FORM.encode()), "某县")["dialect.yaml"].decode()
    assert "codec: {in: form, out: form}" in dialect
    assert "options: {in: {kind_field: type}, out: {kind_field: type}}" in dialect
    assert "charset: gb18030" in dialect


def test_what_was_drafted_of_namespaces_and_attributes_reads_and_writes_the_sample_itself(tmp_path: Path) -> None:
    """Attributes are fields like any other; what repeats is a list; the namespace is the document's own."""
    home = tmp_path
    shutil.copytree(starter("mappings"), home / "mappings")
    (home / "EX_GDBS_SL.xml").write_bytes(SPACED.encode())
    words = ["--from", str(home / "EX_GDBS_SL.xml"), "--dialect", "konggang", "--home", str(home)]
    assert CliRunner().invoke(build_app("mapping"), ["mapping", "draft", *words]).exit_code == 0
    text = (home / "mappings/konggang/case.acceptance.yaml").read_text(encoding="utf-8")
    assert [name for name in ("@n ", "CL ", "@lx ", "CLMC ") if f"#   {name}" not in text and f"#     {name}" not in text] == []
    model = known().model
    dialect = loaded(home / "mappings", model)[0]["konggang"]
    [native] = dialect.decode(SPACED.encode())
    assert native.kind == "EX_GDBS_SL"
    assert native.fields == {"@n": "1", **SAMPLE, "CL": [{"@lx": "1", "CLMC": "申请表"}, {"@lx": "2", "CLMC": "证明"}]}
    assert dialect.decode(dialect.encode(native)) == [native]


def test_a_wsdl_and_the_schema_it_imports_are_read_together() -> None:
    """Whichever is named first; without the schema's file, that is told and nothing is fetched."""
    xsd = Handed("types.xsd", XSD.encode("gb2312"))
    wsdl = Handed("service.wsdl", b"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
      ><types><xs:schema><xs:import namespace="urn:x" schemaLocation="http://10.0.0.1/a/types.xsd?v=1"/><xs:import schemaLocation="service.wsdl"/>
      <xs:element name="Send"><xs:complexType><xs:sequence><xs:element ref="x:EX_GDBS_SL"/></xs:sequence></xs:complexType></xs:element>
      </xs:schema></types></definitions>""")
    alone = read_handed(wsdl, {}, ())
    [line] = [problem.line() for problem in alone.problems]
    assert line == ("service.wsdl: the schema 'http://10.0.0.1/a/types.xsd?v=1' is imported from elsewhere and was not fetched;"
                    " give that file with --from too [GT726]")
    both = read_handed(wsdl, {}, (), [wsdl, xsd])
    assert both.problems == []
    assert {record.name: [one.name for one in record.fields][:2] for record in both.records} == {
        "Send": ["EX_GDBS_SL/SBLSH", "EX_GDBS_SL/SLZTDM"], "EX_GDBS_SL": ["SBLSH", "SLZTDM"]}
