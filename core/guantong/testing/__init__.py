"""Contract suites for plugins: a plugin's core test is a class that inherits one of these.

The tests are coroutines; run them with pytest-asyncio in auto mode (`asyncio_mode = "auto"`).
"""

import pytest

# Before they are imported: a failing assertion then tells what came.
pytest.register_assert_rewrite("guantong.testing.adapter_contract", "guantong.testing.blob_contract",
                               "guantong.testing.sending_contract", "guantong.testing.source_contract",
                               "guantong.testing.store_contract", "guantong.testing.listing_contract")

from guantong.testing.adapter_contract import AdapterContract
from guantong.testing.blob_contract import BlobStoreContract
from guantong.testing.faulty_relay import Fault, FaultyRelay
from guantong.testing.faulty_server import Behaviour, FaultyServer
from guantong.testing.memory import Shelf
from guantong.testing.peers import PolledPeer, SendingPeer, SpeakingPeer
from guantong.testing.sending_contract import SendingContract
from guantong.testing.source_contract import ListeningContract, PollingContract
from guantong.testing.store_contract import StoreContract

__all__ = [
    "AdapterContract", "Behaviour", "BlobStoreContract", "Fault", "FaultyRelay", "FaultyServer", "ListeningContract",
    "PolledPeer", "PollingContract", "SendingContract", "SendingPeer", "Shelf", "SpeakingPeer", "StoreContract",
]
