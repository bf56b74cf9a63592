#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`resolver = yes` with a real systemd-resolved, in the service's own sandbox.

The machine's resolv.conf names the stub at 127.0.0.53.  Whom the stub asks is told to it by its
configuration; what is asserted is which look-ups leave the machine, of the stub and of anybody.
"""

import unittest

import machine
import network
import resolved

import hosts

SERVERS = ("10.2.0.53", "10.2.0.54")
DNS = 53
CONFIG = network.CONFIG + f"""\
[flow names]
port = {DNS}
protocol = udp
source = this-host
target = name-server
[peer name-server]
resolver = yes
"""
CHANGED = "the host has changed: "


class Resolved(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(hosts.Lab())
        cls.us, cls.outside = cls.lab.host("us"), cls.lab.host("outside")
        network.wire(cls.lab, cls.us, cls.outside)
        cls.outside.address(*SERVERS)
        server = hosts.Process(cls.outside, ["python3", "-c", SERVER, *SERVERS])
        cls.lab.started(server)
        assert server.line() == "ready"
        cls.machine = machine.Machine(cls.lab)
        resolved.put(cls.machine)
        cls.machine.write("etc/resolv.conf", "nameserver 127.0.0.53\n")
        cls.machine.boot(cls.us)
        cls.machine.run("systemd-sysusers")
        cls.machine.install()
        cls.machine.config.file("rolewall.conf", CONFIG)

    def ask(self, server):
        """Has systemd-resolved ask another server."""
        resolved.configure(self.machine, f"DNS={server}")

    def resolves(self, server):
        return self.us.connect_one("udp", network.US[0], server, DNS) == "open"

    def test_the_servers_behind_the_stub_are_the_peers(self):
        before = self.machine.mark()
        self.machine.run("systemctl", "start", "rolewalld")
        self.assertFalse(self.resolves(SERVERS[0]))
        self.assertIn("systemd-resolved (127.0.0.53", self.machine.said(before))
        for server, other in (SERVERS, SERVERS[::-1]):
            with self.subTest(server=server):
                mark = self.machine.mark()
                self.ask(server)
                self.machine.wait_said(mark, CHANGED)
                self.assertTrue(self.resolves(server))
                self.assertFalse(self.resolves(other))
        # what a program on the machine asks the stub gets out, as the stub's own question
        self.assertEqual(self.machine.run("python3", "-c", QUESTION).strip(), "no such name")


# A question to the stub, as any program asks it.
QUESTION = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(30)
head = bytes.fromhex("123401000001000000000000")
s.sendto(head + b"\\x04host\\x07example\\x00\\x00\\x01\\x00\\x01", ("127.0.0.53", 53))
answer = s.recv(512)
print("no such name" if answer[:2] == head[:2] and answer[3] & 15 == 3 else answer)
"""

# Name servers that know no name.  What is no question (the probe's) they send back.
SERVER = """
import select, socket, sys
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in sys.argv[1:]]
for s, address in zip(sockets, sys.argv[1:]):
    s.bind((address, 53))
print("ready", flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        data, source = s.recvfrom(4096)
        is_question = len(data) > 12 and not data[2] & 0x80 and data[4:6] == b"\\0\\1"
        s.sendto(data[:2] + b"\\x81\\x83" + data[4:] if is_question else data, source)
"""


if __name__ == "__main__":
    machine.main()
