"""A SOAP service made with spyne, as a process of its own: `python spyne_service.py 1.1`. Prints its port.

It validates what it gets by its own schema, answers with what it understood, and refuses a case without materials.
"""

from __future__ import annotations

import sys
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import (  # type: ignore[import-untyped]  # spyne has no types
    Application,
    Array,
    ComplexModel,
    DateTime,
    Decimal,
    Fault,
    Integer,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne.protocol.soap import Soap11, Soap12  # type: ignore[import-untyped]  # the same
from spyne.server.wsgi import WsgiApplication  # type: ignore[import-untyped]  # the same


class Material(ComplexModel):  # type: ignore[misc]  # the same
    """One material."""

    __namespace__ = "urn:spyne"
    name = Unicode
    copies = Integer


class Case(ComplexModel):  # type: ignore[misc]  # the same
    """A case with its materials."""

    __namespace__ = "urn:spyne"
    caseNo = Unicode(min_occurs=1)
    acceptedAt = DateTime
    fee = Decimal
    materials = Array(Material)


class Exchange(ServiceBase):  # type: ignore[misc]  # the same
    """The service."""

    @rpc(Case, _returns=Case)  # type: ignore[untyped-decorator]  # the same
    def Submit(ctx: Any, case: Any) -> Any:
        """Take a case."""
        if not case.materials:
            raise Fault("Client.NoMaterials", "缺少材料", detail={"InvalidCase": {"code": "17"}})
        return case


class Quiet(WSGIRequestHandler):
    """Prints nothing of requests."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    Protocol = Soap11 if sys.argv[1] == "1.1" else Soap12
    application = Application([Exchange], "urn:spyne", in_protocol=Protocol(validator="lxml"), out_protocol=Protocol())
    with make_server("127.0.0.1", 0, WsgiApplication(application), handler_class=Quiet) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
