"""Contract suites for plugins: a plugin's core test is a class that inherits one of these.

The tests are coroutines; run them with pytest-asyncio in auto mode (`asyncio_mode = "auto"`).
"""

from guantong.testing.adapter_contract import AdapterContract
from guantong.testing.faulty_server import Behaviour, FaultyServer

__all__ = ["AdapterContract", "Behaviour", "FaultyServer"]
