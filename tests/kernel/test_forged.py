#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that pretend: made by hand, sent by a peer that the host knows, to bring a
revoked connection back or to cut one that is allowed.

Both once worked.  The kernel takes an ICMP message that quotes a connection for a packet
related to it, with that connection's tuple; and a reset that answers a segment out of its
window is a good one for the connection that the segment pretends to belong to.
"""

import struct
import unittest

import hosts
import matrix

SSH_PROXY = 4422
CLIENT, ACCOMPLICE = "10.2.0.22", "10.2.0.23"
REDIRECT, SOURCE_QUENCH = 5, 4

# argv: protocol number, source, destination, bytes in hexadecimal
SENDER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[1]))
s.bind((sys.argv[2], 0))
s.sendto(bytes.fromhex(sys.argv[4]), (sys.argv[3], 0))
"""

# argv: destination port; prints the acknowledgement number of the next segment to it
LISTENER = """
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
print("ready", flush=True)
while True:
    p = s.recv(65536)
    t = p[(p[0] & 15) * 4 :]
    if p[0] >> 4 == 4 and p[9] == 6 and struct.unpack("!H", t[2:4])[0] == int(sys.argv[1]):
        print(struct.unpack("!I", t[8:12])[0], flush=True)
        break
"""


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def packed(address):
    return bytes(int(part) for part in address.split("."))


def tcp_header(source_port, port, sequence=1, acknowledged=1, addresses=None):
    numbers = (source_port, port, sequence, acknowledged, 0x50, 0x10, 1024, 0, 0)
    header = struct.pack("!HHIIBBHHH", *numbers)
    if addresses:
        pseudo = b"".join(map(packed, addresses)) + struct.pack("!BBH", 0, 6, len(header))
        header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
    return header


def icmp_about(kind, source, destination, source_port, port):
    """An ICMP message that quotes a segment of a connection."""
    quoted = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0)
    quoted += packed(source) + packed(destination) + tcp_header(source_port, port)[:8]
    body = struct.pack("!BBH", kind, 0, 0) + packed(CLIENT) + quoted
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


class Forged(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        self.address = matrix.ADDRESSES["us"][0]
        self.outside.address(CLIENT, ACCOMPLICE)
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY)}))
        self.config = self.lab.config()
        self.configure([CLIENT])
        self.daemon = self.us.daemon(self.config)

    def configure(self, clients):
        peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")}
        peers["ssh-client"] = clients
        path = self.config.write("proxy", peers, management=matrix.spelled("management"))
        monitor = (
            "[flow monitoring]\nprotocol = icmp\nsource = monitor\ntarget = this-host\n"
            f"[peer monitor]\naddress = {CLIENT}, {ACCOMPLICE}\n"
        )
        self.config.file(path.name, path.read_text() + monitor)

    def session(self):
        hold = self.outside.hold(1, CLIENT, self.address, SSH_PROXY, 500)
        self.assertEqual(hold.opened, ["held 1"])
        (line,) = [
            line
            for line in self.outside.run("ss", "-Htn", "state", "established").splitlines()
            if f"{self.address}:{SSH_PROXY}" in line
        ]
        (local,) = [word for word in line.split() if word.startswith(f"{CLIENT}:")]
        return hold, int(local.rpartition(":")[2])

    def send(self, protocol, source, data):
        argv = ("/usr/bin/python3", "-c", SENDER, protocol, source, self.address, data.hex())
        self.outside.run(*argv)

    def test_icmp_about_a_revoked_connection_does_not_bring_it_back(self):
        hold, port = self.session()
        self.configure([ACCOMPLICE])
        self.daemon.reload()
        for kind in (REDIRECT, SOURCE_QUENCH):
            for source in (CLIENT, ACCOMPLICE):
                message = icmp_about(kind, self.address, CLIENT, SSH_PROXY, port)
                self.send(1, source, message)
                message = icmp_about(kind, CLIENT, self.address, port, SSH_PROXY)
                self.send(1, source, message)
        self.assertFalse(hold.alive(1))

    def test_a_segment_out_of_its_window_does_not_cut_a_live_connection(self):
        hold, port = self.session()
        listener = self.lab.started(
            hosts.Process(self.outside, ["/usr/bin/python3", "-c", LISTENER, SSH_PROXY])
        )
        self.assertEqual(listener.line(), "ready")
        self.assertTrue(hold.alive(1))
        # a reset would bear this number, and be believed
        acknowledged = int(listener.line()) + 1  # the echo has been read since
        for sequence in (1, 2**31, 2**32 - 1):
            addresses = (CLIENT, self.address)
            self.send(6, CLIENT, tcp_header(port, SSH_PROXY, sequence, acknowledged, addresses))
        self.assertTrue(hold.alive(1))


if __name__ == "__main__":
    hosts.main()
