"""WSDLs are fetched once, kept, and used from what was kept; hostile ones cost little and say what they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.adapters.caseexchange import connected, sample_wsdl, sending, service, step
from tests.adapters.wsdls import wsdl

from guantong.problems import ProblemsError
from guantong.record import Reply
from guantong_adapters.soap.wsdl.documents import _Gathering
from guantong_adapters.soap.wsdl.keeping import FOLDER, Keeper

PART = '<w:part name="parameters" element="t:{}"/>'
SIMPLE = wsdl(
    '<xs:element name="Submit" type="xs:string"/><xs:element name="Done" type="xs:string"/>', PART.format("Submit"), PART.format("Done"),
)


def importing(location: str) -> str:
    """A WSDL that imports a schema from *location*."""
    return SIMPLE.replace(
        'elementFormDefault="qualified">', f'elementFormDefault="qualified"><xs:import namespace="urn:u" schemaLocation="{location}"/>', 1
    )


@asynccontextmanager
async def serving(pages: dict[str, bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server of *pages* by their paths; gives its address and the paths asked for."""
    asked: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/moved":
            raise web.HTTPFound("/s.wsdl")
        if request.path not in pages:
            raise web.HTTPNotFound
        return web.Response(body=pages[request.path], content_type="text/xml")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/"), asked


async def problem(home: Path, root: str, seconds: float = 5.0) -> str:
    """What is wrong with the WSDL at *root*."""
    with pytest.raises(ProblemsError) as refused:
        await Keeper(root, home, seconds).description()
    return str(refused.value)


async def test_a_wsdl_is_fetched_once_and_the_hub_starts_without_the_network(tmp_path: Path) -> None:
    """What was fetched is pinned, with all it imports; what it says is read once."""
    pages = {"/s.wsdl": importing("u.xsd").encode(), "/u.xsd": b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u"/>'}
    async with serving(pages) as (url, asked):
        first = await Keeper(f"{url}/s.wsdl", tmp_path).description()
    assert asked == ["/s.wsdl", "/u.xsd"]
    assert await Keeper(f"{url}/s.wsdl", tmp_path).description() == first  # nobody is there any more
    files = sorted(file.name for file in (tmp_path / FOLDER).iterdir())
    assert len(files) == 2
    assert [file.endswith(".documents.json") for file in files].count(True) == 1


async def test_a_change_is_told_and_not_followed(tmp_path: Path) -> None:
    """Until someone deletes the kept copy."""
    pages = {"/s.wsdl": SIMPLE.encode()}
    async with serving(pages) as (url, _):
        keeper = Keeper(f"{url}/s.wsdl", tmp_path)
        before = await keeper.description()
        assert await keeper.changes() == []
        pages["/s.wsdl"] = SIMPLE.replace("Submit", "Deliver").encode()
        [told] = await keeper.changes()
        assert await keeper.description() == before
        (tmp_path / keeper.pinned_at).unlink()
        assert (await keeper.description()).services[0].ports[0].operations[0].name == "Deliver"
    assert told.code.severity == "error"
    assert told.line() == (
        f"the WSDL at {url}/s.wsdl is no longer the one that is used: {url}/s.wsdl; compare the two; to accept the new"
        f" one: guantong reload, or, where no hub runs, delete {keeper.pinned_at.as_posix()} and check anew (that fetches it) [GT651]"
    )


async def test_a_kept_copy_that_is_damaged_is_told_and_a_reading_that_is_is_made_again(tmp_path: Path) -> None:
    """The one cannot be replaced without the network, the other can."""
    async with serving({"/s.wsdl": SIMPLE.encode()}) as (url, _):
        keeper = Keeper(f"{url}/s.wsdl", tmp_path)
        description = await keeper.description()
    [read] = [file for file in (tmp_path / FOLDER).iterdir() if not file.name.endswith(".documents.json")]
    read.write_bytes(read.read_bytes()[:100])
    assert await keeper.description() == description
    (tmp_path / keeper.pinned_at).write_bytes(b"{")
    assert "the kept copy of the WSDL cannot be used: it is damaged; delete" in await problem(tmp_path, f"{url}/s.wsdl")


async def test_deliveries_go_on_with_the_kept_wsdl_of_a_service_that_came_back_without_it(tmp_path: Path) -> None:
    """Many vendors switch ?wsdl off in production."""
    async with service(tmp_path) as url, connected(tmp_path, url) as connection:
        await connection.close()
        async with connected(tmp_path, url, wsdl=f"{url}?wsdl") as again:
            assert isinstance(await again.send(sending(step())), Reply)


@pytest.mark.parametrize(("pages", "said"), [
    ({}, "the WSDL cannot be fetched: HTTP 404"),
    ({"/s.wsdl": b"<html/>"}, "this is no WSDL: its root element is 'html'"),
    ({"/s.wsdl": b"<a><b>"}, "this is no WSDL: not well-formed at line 1, column 7"),
    ({"/s.wsdl": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'}, "this is no WSDL: it declares a document type"),
    ({"/s.wsdl": importing("file:///etc/hostname").encode()}, "the WSDL wants '/etc/hostname', which is not read from here"),
    ({"/s.wsdl": importing("http://example.invalid/u.xsd").encode()}, "the WSDL wants 'http://example.invalid/u.xsd', which is not read from here"),
    ({"/s.wsdl": importing("gone.xsd").encode()}, "gone.xsd: the WSDL cannot be fetched: HTTP 404"),
    ({"/s.wsdl": importing("s.wsdl").encode()}, "the WSDL refers to the schema"),
    ({"/s.wsdl": b"<a>" + b" " * (17 << 20) + b"</a>"}, "the WSDL is larger than what is read: more than 16777216 bytes"),
    ({"/s.wsdl": SIMPLE.replace('element="t:Done"', 'element="t:Gone"').encode()}, "the WSDL refers to the element {urn:t}Gone"),
    ({"/s.wsdl": SIMPLE.replace('element="t:Done"', 'type="xs:string"').encode()}, "the WSDL uses what is not supported: a part 'parameters' of style document that names no element"),
    ({"/s.wsdl": SIMPLE.replace('binding="t:B"', 'binding="t:C"').encode()}, "the WSDL refers to the binding {urn:t}C"),
    ({"/s.wsdl": SIMPLE.replace("http://schemas.xmlsoap.org/soap/http", "http://schemas.xmlsoap.org/soap/smtp").encode()}, "this is no WSDL: it has no service with a port that speaks SOAP"),
])
async def test_whatever_is_wrong_with_a_wsdl_is_said_where_it_is(tmp_path: Path, pages: dict[str, bytes], said: str) -> None:
    """Nothing else is opened, fetched or expanded, and nothing is kept."""
    async with serving(pages) as (url, _):
        line = await problem(tmp_path, f"{url}/s.wsdl")
    assert said in line
    assert line.startswith(url)


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    """It may lead anywhere."""
    async with serving({"/s.wsdl": SIMPLE.encode()}) as (url, asked):
        assert "cannot be fetched: HTTP 302" in await problem(tmp_path, f"{url}/moved")
        assert asked == ["/moved"]


async def test_a_wsdl_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """Within its time, whatever trickles."""
    gone, asked = asyncio.Event(), list[bool]()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<a>")
            await writer.drain()
            await reader.read()  # until the other side has had enough
        except asyncio.IncompleteReadError:
            asked.append(False)  # its time was up before it had asked
        writer.close()
        gone.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        line = await problem(tmp_path, f"http://127.0.0.1:{port}/s.wsdl", seconds=0.2)
        await gone.wait()
    assert "no answer within 0.2 s" in line


async def test_imports_without_end_are_counted(tmp_path: Path) -> None:
    """Each schema imports the next one."""
    (tmp_path / "s.wsdl").write_text(importing("0.xsd"), encoding="utf-8")
    for number in range(120):
        (tmp_path / f"{number}.xsd").write_text(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u">'
            f'<xs:include schemaLocation="{number + 1}.xsd"/></xs:schema>', encoding="utf-8")
    assert "more than 100 documents" in await problem(tmp_path, (tmp_path / "s.wsdl").as_uri())


@pytest.mark.parametrize("location", ["../outside.xsd", "link.xsd"])
async def test_files_outside_the_home_folder_are_not_read(tmp_path: Path, location: str) -> None:
    """By no path and by no link."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "outside.xsd").write_text("<secret/>", encoding="utf-8")
    (home / "link.xsd").symlink_to(tmp_path / "outside.xsd")
    (home / "s.wsdl").write_text(importing(location), encoding="utf-8")
    assert "which is not read from here; put the file under the home folder" in await problem(home, (home / "s.wsdl").as_uri())


NESTED = '<xs:element name="a{0}"><xs:complexType><xs:sequence>{1}</xs:sequence></xs:complexType></xs:element>'


def nested(depth: int) -> str:
    """A WSDL whose elements stand *depth* deep in one another."""
    inside = ""
    for level in range(depth):
        inside = NESTED.format(level, inside)
    return SIMPLE.replace('<xs:element name="Submit" type="xs:string"/>', inside.replace(f'name="a{depth - 1}"', 'name="Submit"', 1))


@pytest.mark.parametrize("text", [
    nested(60),
    SIMPLE.replace('<xs:element name="Submit" type="xs:string"/>', "".join(
        f'<xs:complexType name="T{n}"><xs:sequence><xs:element name="x" type="t:T{n + 1}"/><xs:element name="y" type="t:T{n + 1}"/></xs:sequence></xs:complexType>'
        for n in range(40)) + '<xs:complexType name="T40"/><xs:element name="Submit" type="t:T0"/>'),
], ids=["anonymous types in one another", "types that unfold to 2⁴⁰ elements"])
async def test_large_types_cost_what_they_are_long(tmp_path: Path, text: str) -> None:
    """Types stand once, however often they are referred to."""
    from guantong_adapters.soap.calls.message import compile_operations

    path = tmp_path / "s.wsdl"
    path.write_text(text, encoding="utf-8")
    description = await Keeper(path.as_uri(), tmp_path).description()
    compile_operations(description.services[0].ports[0], description.types)


async def test_types_nested_beyond_reason_are_refused(tmp_path: Path) -> None:
    """Deeper than XML itself is read."""
    path = tmp_path / "s.wsdl"
    path.write_text(nested(400), encoding="utf-8")
    assert "[GT64" in await problem(tmp_path, path.as_uri())


async def test_a_local_wsdl_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    """A file under the home folder is configuration: its owner changed it."""
    path = sample_wsdl(tmp_path)
    keeper = Keeper(path.as_uri(), tmp_path)
    before: Any = await keeper.description()
    path.write_text(path.read_text("utf-8").replace("http://localhost", "http://elsewhere"), encoding="utf-8")
    assert before.digest != (await keeper.description()).digest
    assert await keeper.changes() == []


def test_a_document_that_is_wanted_many_times_waits_once() -> None:
    """400,000 imports of one document in 9 MiB held the hub up for 48 seconds."""
    gathering = _Gathering("file:///a")
    assert gathering.next() == "file:///a"
    one = '<w:import location="b"/><w:import location="a"/>'
    gathering.add("file:///a", f'<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/">{one * 1000}</w:definitions>'.encode())
    assert list(gathering._waiting) == ["file:///b"]
