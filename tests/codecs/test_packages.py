"""The codec `xml-package`: many records in one document, whole or refused."""

from __future__ import annotations

from typing import Any

import pytest

from guantong.codec import Undecodable
from guantong.record import Native
from guantong_plugins.codecs.package import Package, PackageOptions

TWO = (
    '<Package xmlns="urn:x"><Head><TYPE>EX_GDBS_SL</TYPE><COUNT>2</COUNT></Head><Body>'
    "<{0}><SBLSH>S1</SBLSH></{0}>\n<{1}><SBLSH>S2</SBLSH><SBCLQD><CL><CLMC>章程</CLMC></CL></SBCLQD></{1}>"
    "</Body></Package>"
)


def make(**options: Any) -> Package:
    given = {"count": "Head/COUNT", "lists": {"SBCLQD": {"item": "CL"}}, **options}
    return Package(PackageOptions.model_validate(given), "gb18030")


def refused(text: str, **options: Any) -> tuple[str, str]:
    with pytest.raises(Undecodable) as error:
        make(**options).decode(text.encode("gb18030"), None)
    return error.value.code, error.value.reason


def test_each_records_element_names_its_kind() -> None:
    """In the order of the document; a namespace is not part of a name."""
    second: dict[str, Any] = {"SBLSH": "S2", "SBCLQD": [{"CLMC": "章程"}]}
    assert make().decode(TWO.format("EX_GDBS_SL", "EX_GDBS_BJ").encode("gb18030"), None) == [
        Native("EX_GDBS_SL", {"SBLSH": "S1"}), Native("EX_GDBS_BJ", second),
    ]


def test_the_head_names_the_kind_of_all_or_the_transport_does() -> None:
    """With one name for every record's element."""
    body = TWO.format("R", "R").encode("gb18030")
    assert [native.kind for native in make(record="R", kind="Head/TYPE").decode(body, "X")] == ["EX_GDBS_SL"] * 2
    assert [native.kind for native in make(record="R").decode(body, "X")] == ["X", "X"]


def test_a_package_with_fewer_or_more_records_than_it_says_is_refused() -> None:
    """It was cut, or put together wrongly: nothing of it is taken."""
    text = TWO.format("A", "A")
    assert refused(text.replace(">2<", ">3<")) == ("GT319", "Head/COUNT says 3 records, and there are 2")
    assert refused(text.replace(">2<", ">x<"))[1] == "Head/COUNT says ? records, and there are 2"
    assert make().decode(text.replace("<COUNT>2</COUNT>", "").encode("gb18030"), None)


def test_what_is_no_package_is_refused_where_it_differs() -> None:
    """Another root, no body, an element of another name, text between records."""
    text = TWO.format("R", "R")
    assert refused("<ROOT/>") == ("GT307", "the record: expected Package, got something else")
    assert refused("<Package><Head/></Package>") == ("GT307", "Body: expected an element, got nothing")
    assert refused(TWO.format("R", "Q"), record="R") == ("GT307", "Body/2: expected R, got something else")
    assert refused(text.replace("</R>\n", "</R>x")) == ("GT307", "Body: expected an element, got text between elements")
    assert refused(text[:-9])[0] == "GT302"


def test_a_package_of_ours_says_who_sends_it_and_how_many_records_it_holds() -> None:
    """In the order in which the options name them."""
    head = {"Head/SENDER": "揭阳市", "Head/VERSION": "1.0"}
    written = make(head=head).encode(Native("EX_GDBS_SB", {"SQRMC": "林䶮", "SBCLQD": [{"CLMC": "<章程>"}]}))
    assert written.decode("gb18030") == (
        '<?xml version="1.0" encoding="GB18030"?><Package><Head><SENDER>揭阳市</SENDER><VERSION>1.0</VERSION>'
        "<COUNT>1</COUNT></Head><Body><EX_GDBS_SB><SQRMC>林䶮</SQRMC><SBCLQD><CL><CLMC>&lt;章程&gt;</CLMC></CL>"
        "</SBCLQD></EX_GDBS_SB></Body></Package>"
    )
