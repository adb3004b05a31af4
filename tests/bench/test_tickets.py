"""`guantong bench rabbitmq`: every ticket told is taken, else there are no figures."""

from __future__ import annotations

import orjson
import pytest
from tests.bench.test_queue import bench
from tests.conftest import address


@pytest.mark.service("rabbitmq")
def test_its_answer_is_one_object_with_stable_names() -> None:
    """`--json` prints the names that programs rely on, and the ratio to pika by hand."""
    host, _, port = address("rabbitmq").rpartition(":")
    done = bench("rabbitmq", "--json", "--runs", "1", "--seconds", "0.2", "--host", host, "--port", port)
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["goal"], answer["runs"]) == ("rabbitmq", "G10", 1)
    assert all(answer[name] > 0 for name in ("rate", "taken_rate", "baseline_rate", "ratio", "cpu_us"))


def test_without_a_broker_it_says_what_it_needs() -> None:
    """In both languages."""
    done = bench("rabbitmq", "--port", "9", "--runs", "1")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert said.startswith("此性能测试需要位于 127.0.0.1:9 的 RabbitMQ：Connection refused")
    assert "this benchmark needs a RabbitMQ at 127.0.0.1:9: Connection refused; say where it is by --host and --port" in said
