"""`guantong bench rabbitmq`: the verb."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.home import print_problems
from guantong.problems import Problem
from guantong.tickets import TicketsLost, TicketsRefused
from guantong_plugins.bench.codes import NEEDS_RABBITMQ

FAILED = 1
USER, PASSWORD = "GUANTONG_BENCH_AMQP_USER", "GUANTONG_BENCH_AMQP_PASSWORD"  # names of variables


def rabbitmq(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each run lasts (每次秒数).")] = 3.0,
    runs: Annotated[int, typer.Option(min=1, help="How many runs of each, in turns (次数).")] = 5,
    host: Annotated[str, typer.Option(help="Where the broker is (消息服务器主机).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port (端口).")] = 5672,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell and take tickets on a RabbitMQ, beside pika by hand with a window of 256 in the same run (待办票). User and password
    stand in `GUANTONG_BENCH_AMQP_USER` and `GUANTONG_BENCH_AMQP_PASSWORD`; without them guest's, whom a broker lets in from its
    own machine alone.

    Example: `guantong bench rabbitmq --json`
    """
    from guantong_adapters.broker.line import LineLost
    from guantong_plugins.bench.tickets import Broker, measure, together  # pika is an extra

    broker = Broker(host, port, os.environ.get(USER, "guest"), os.environ.get(PASSWORD, "guest"))
    folder = Path(tempfile.mkdtemp(prefix="guantong-bench-"))
    try:
        found = together([measure(broker, folder, seconds) for _ in range(runs)])
    except TicketsRefused as error:
        print_problems([error.problem])
        raise typer.Exit(FAILED) from None
    except (TicketsLost, LineLost, ConnectionError) as error:
        print_problems([Problem(NEEDS_RABBITMQ, details={"where": f"{host}:{port}", "what": str(error)})])
        raise typer.Exit(FAILED) from None
    finally:
        shutil.rmtree(folder)
    if as_object:
        typer.echo(orjson.dumps({"name": "rabbitmq", "goal": "G10", **found}).decode())
    else:
        typer.echo(f"RabbitMQ：每秒告知 told {found['rate']:.0f} 张，领取 taken {found['taken_rate']:.0f}，手写 by hand {found['baseline_rate']:.0f}，"
                   f"比值 ratio {found['ratio']:.2f}（G10），CPU {found['cpu_us']:.0f} µs，离散 spread {found['spread']:.0%}")
