#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that pretend: made by hand, sent by a peer that the host knows, to bring a
revoked connection back, to cut one that is allowed, or to lead its packets elsewhere.

All of it once worked.  The kernel takes an ICMP message that quotes a connection for a packet
related to it, with that connection's tuple and mark, a redirect too; and a reset that answers a segment out of its
window is a good one for the connection that the segment pretends to belong to.
"""

import ipaddress
import struct
import unittest

import hosts
import matrix

SSH_PROXY = 4422
CLIENT, ACCOMPLICE = "10.2.0.22", "10.2.0.23"
REDIRECT, SOURCE_QUENCH, UNREACHABLE = 5, 4, 3
REDIRECT6, TOO_BIG6 = 137, 2
TCP, UDP = 6, 17
MTU = 1400
SERVICE, CLIENT_PORT = 9999, 5000

# A client behind a gateway, and where somebody else on the link would have its packets.
FAR, GATEWAY, THIEF = "198.51.100.7", "10.2.0.1", "10.2.0.66"
FAR6, GATEWAY6, THIEF6 = "3fff::7", "fe80::2:1", "fe80::2:66"

# argv: protocol number, source, destination, bytes in hexadecimal
SENDER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[1]))
s.bind((sys.argv[2], 0))
s.sendto(bytes.fromhex(sys.argv[4]), (sys.argv[3], 0))
"""

# argv: link, link-local source, destination, bytes in hexadecimal (the kernel fills in the checksum)
SENDER6 = """
import socket, sys
link, source, destination, data = sys.argv[1:]
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
scope = socket.if_nametoindex(link)
s.bind((source, 0, 0, scope))
s.sendto(bytes.fromhex(data), (destination, 0, 0, scope))
"""

# argv: our address, our port, address, port: sends and awaits the answer
TALKER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
s.settimeout(5)
s.sendto(b"?", (sys.argv[3], int(sys.argv[4])))
s.recv(100)
"""

# argv: link, address, port: answers.  A socket of no link of its own is not told of redirects over
# IPv6.
ECHOER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
s.bind((sys.argv[2], int(sys.argv[3])))
print("ready", flush=True)
while True:
    data, sender = s.recvfrom(100)
    s.sendto(data, sender)
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


def icmp_about(
    kind, source, destination, source_port, port, protocol=TCP, code=0, word=packed(CLIENT)
):
    """An ICMP message that quotes a packet of a connection; the word is a redirect's gateway, or
    ends in the size that fits."""
    quoted = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, protocol, 0)
    quoted += packed(source) + packed(destination) + tcp_header(source_port, port)[:8]
    body = struct.pack("!BBH", kind, code, 0) + word + quoted
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def packed6(address):
    return ipaddress.IPv6Address(address).packed


def quoted6(source, destination, source_port, port):
    """A datagram."""
    header = struct.pack("!IHBB", 6 << 28, 8, UDP, 64)
    datagram = struct.pack("!HHHH", source_port, port, 8, 0)
    return header + packed6(source) + packed6(destination) + datagram


def redirect6(router, quoted):
    """RFC 4861, 4.5: it is for the destination of the packet that it quotes."""
    option = struct.pack("!BBHI", 4, 1 + len(quoted) // 8, 0, 0) + quoted
    return struct.pack("!BBHI", REDIRECT6, 0, 0, 0) + packed6(router) + quoted[24:40] + option


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


class Redirected(unittest.TestCase):
    """A host that believes redirects, as most do, with a live session from behind its gateway."""

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        self.outside.address(FAR, FAR6, GATEWAY, THIEF)
        self.outside.ip(
            f"address add {GATEWAY6}/64 dev eth0 nodad", f"address add {THIEF6}/64 dev eth0 nodad"
        )
        self.us.ip(
            f"route add {FAR}/32 via {GATEWAY} dev eth0",
            f"route add {FAR6}/128 via {GATEWAY6} dev eth0",
        )
        for family in ("ipv4", "ipv6"):
            for of in ("all", "eth0"):
                self.us.sysctl(f"net/{family}/conf/{of}/accept_redirects", 1)
        for ours in matrix.ADDRESSES["us"]:
            argv = ["/usr/bin/python3", "-c", ECHOER, "eth0", ours, SERVICE]
            server = self.lab.started(hosts.Process(self.us, argv))
            self.assertEqual(server.line(), "ready")
        config = self.lab.config()
        config.file(
            "rolewall.conf",
            f"[host]\n[management]\nfrom = {', '.join(matrix.spelled('management'))}\n"
            f"[flow service]\nport = {SERVICE}\nprotocol = udp\nsource = client\n"
            f"target = this-host\n[peer client]\naddress = {FAR}, {FAR6}\n",
        )
        self.us.daemon(config)

    def converse(self, far, ours):
        """A question and its answer; what was sent before has arrived by then."""
        argv = ("/usr/bin/python3", "-c", TALKER, far, CLIENT_PORT, ours, SERVICE)
        self.outside.run(*argv)

    def route(self, far):
        return self.us.run("ip", "route", "get", far)

    def test_a_redirect_does_not_move_the_route_of_a_live_session(self):
        ours = matrix.ADDRESSES["us"][0]
        ends = (ours, FAR, SERVICE, CLIENT_PORT)
        too_big = icmp_about(UNREACHABLE, *ends, UDP, 4, struct.pack("!HH", 0, MTU))
        redirect = icmp_about(REDIRECT, *ends, UDP, 1, packed(THIEF))
        self.converse(FAR, ours)
        self.assertTrue(self.outside.pings(THIEF, ours))  # so that his is a known address
        for message in (too_big, redirect):
            argv = ("/usr/bin/python3", "-c", SENDER, 1, GATEWAY, ours, message.hex())
            self.outside.run(*argv)
        self.converse(FAR, ours)
        self.assertIn(f"mtu {MTU}", self.route(FAR))  # an error about it is believed
        self.assertIn(f"via {GATEWAY} ", self.route(FAR))

    def test_a_redirect_over_ipv6_does_not_either(self):
        ours = matrix.ADDRESSES["us"][1]
        quoted = quoted6(ours, FAR6, SERVICE, CLIENT_PORT)
        too_big = struct.pack("!BBHI", TOO_BIG6, 0, 0, MTU) + quoted
        self.converse(FAR6, ours)
        for message in (too_big, redirect6(THIEF6, quoted)):
            argv = ("/usr/bin/python3", "-c", SENDER6, "eth0", GATEWAY6, ours, message.hex())
            self.outside.run(*argv)
        self.converse(FAR6, ours)
        self.assertIn(f"mtu {MTU}", self.route(FAR6))
        self.assertIn(f"via {GATEWAY6} ", self.route(FAR6))


if __name__ == "__main__":
    hosts.main()
