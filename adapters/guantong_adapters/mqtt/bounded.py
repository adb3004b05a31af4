"""A client of paho's that keeps no more of a packet than it may: MQTT 3.1.1 has no word for how much we take, and a packet may have 256 MB."""

from __future__ import annotations

from paho.mqtt.client import Client

BESIDE = 1 << 17
"""Bytes of a packet beside the record: its topic, at most 64 KiB, and what MQTT 5 says about it."""
AT_ONCE = 1 << 16


class BoundedClient(Client):
    """Of a packet longer than `most` bytes the first so many are kept, the rest is read and thrown away: the record, which is too long for
    us as it stands, is refused and acknowledged as any that is, so that what comes behind it is taken."""

    most = BESIDE

    def _sock_recv(self, bufsize: int) -> bytes:
        """Paho asks for the rest of a packet at once, and counts what it got."""
        packet = self._in_packet
        room = self.most - len(packet["packet"])
        if room > 0:
            return super()._sock_recv(min(bufsize, room))
        data = super()._sock_recv(min(bufsize, AT_ONCE))
        if data:
            packet["to_process"] -= len(data) - 1
        return data[:1]
