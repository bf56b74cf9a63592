#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes whatever the flows say, with real packets: the loopback, ICMP, DHCP, multicast
memberships; and whether `explain` says of it what the kernel does."""

import unittest

import hosts
import matrix

OURS, THEIRS = matrix.ADDRESSES["us"], matrix.ADDRESSES["stranger"]
MANAGEMENT = matrix.ADDRESSES["management"]
PEER = matrix.ADDRESSES["app-server"]
PORT = 7777  # of no flow
V4, V6 = 0, 1

# How many echo requests a host may have answered at once, and a second: known ones, others.
KNOWN_BURST, OTHERS_BURST, OTHERS_RATE = 400, 100, 50

# argv: source, destination, number: sends so many echo requests as fast as it can; prints how many
# were answered, and how many seconds went by until the last was sent.
PINGER = """
import os, socket, struct, sys, time
source, destination, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
six = ":" in source
s = socket.socket(*((socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) if six
    else (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)))
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
s.bind((source, 0))
request, reply = (128, 129) if six else (8, 0)
name = os.getpid() & 0xffff

def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff

began = time.monotonic()
for i in range(number):
    message = struct.pack("!BBHHH", request, 0, 0, name, i)
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    s.sendto(message, (destination, 0))
took = time.monotonic() - began
answered = set()
s.settimeout(0.5)
try:
    while len(answered) < number:
        data, sender = s.recvfrom(2048)
        message = data if six else data[(data[0] & 15) * 4 :]
        kind, _, _, whose, which = struct.unpack("!BBHHH", message[:8])
        if kind == reply and whose == name and sender[0] == destination:
            answered.add(which)
except socket.timeout:
    pass
print(len(answered), took)
"""


class Guarded(unittest.TestCase):
    """A host with the daemon, a target, and somebody outside."""

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*OURS)
        self.outside.address(*THEIRS, *MANAGEMENT, *PEER)
        self.config = self.lab.config()
        peers = {party: matrix.spelled(party) for party in matrix.parties("target")}
        self.config.write("target", peers, management=matrix.spelled("management"))

    def explain(self, protocol, source, destination, port=None):
        """True if `explain` on the guarded host says that it is allowed; and what it says."""
        if ":" in destination and port:
            destination = f"[{destination}]"
        to = f"{destination}:{port}" if port else destination
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        program = (hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory)
        argv = (*program, "--roles-dir", roles, "explain", protocol, source, to)
        done = self.us.run(*argv, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode == 0, done.stdout


class ToItself(Guarded):
    def test_explain_agrees_with_the_kernel_on_each_way_from_this_host_to_itself(self):
        """By its name, an address of its own, or a loopback address, at either end."""
        ends = {
            V4: {"this-host": OURS[V4], OURS[V4]: OURS[V4], "127.0.0.1": "127.0.0.1"},
            V6: {"this-host": OURS[V6], OURS[V6]: OURS[V6], "::1": "::1"},
        }
        self.us.serve(hosts.wildcards({("tcp", PORT)}))
        self.us.daemon(self.config)
        asked = 0
        for spelled in ends.values():
            for source in spelled:
                for destination in set(spelled) - ({source} & {"this-host"}):
                    attempt = ("tcp", spelled[source], spelled[destination], PORT)
                    opens = self.us.connect_one(*attempt) == "open"
                    allowed, answer = self.explain("tcp", source, destination, PORT)
                    self.assertTrue(opens, attempt)
                    self.assertTrue(allowed, f"{source} to {destination}: {answer}")
                    asked += 1
        self.assertEqual(asked, 16)


class Echo(Guarded):
    def answered(self, host, source, destination, number):
        """Of so many requests, how many are answered; and how long it took to send them."""
        argv = ("/usr/bin/python3", "-c", PINGER, source, destination, number)
        count, seconds = host.run(*argv).split()
        return int(count), float(seconds)

    def flood(self, family):
        """A stranger has all of his share, and no more."""
        number = 3 * OTHERS_BURST
        count, seconds = self.answered(self.outside, THEIRS[family], OURS[family], number)
        self.assertGreaterEqual(count, OTHERS_BURST)
        self.assertLessEqual(count, OTHERS_BURST + OTHERS_RATE * seconds + 1)

    def test_a_strangers_flood_takes_nothing_from_others(self):
        self.us.daemon(self.config)
        for family in (V4, V6):
            self.flood(family)  # over IPv6, too, though he has just had his share over IPv4
            for who in (MANAGEMENT, PEER):
                answered, _ = self.answered(self.outside, who[family], OURS[family], KNOWN_BURST)
                self.assertEqual(answered, KNOWN_BURST, who)

    def test_echo_of_this_hosts_own_is_not_limited(self):
        self.us.daemon(self.config)
        number = 4 * KNOWN_BURST
        for family in (V4, V6):
            self.flood(family)
            for to in (THEIRS, MANAGEMENT):
                answered, _ = self.answered(self.us, OURS[family], to[family], number)
                self.assertEqual(answered, number)

    def test_explain_says_how_many_a_second(self):
        for who, share in (
            (THEIRS, "everybody else, up to 50 a second"),
            (MANAGEMENT, "management, up to 200 a second"),
            (PEER, "peers of this host, up to 200 a second"),
        ):
            for family, protocol in ((V4, "icmp"), (V6, "icmpv6")):
                allowed, answer = self.explain(protocol, who[family], "this-host")
                self.assertTrue(allowed)
                self.assertIn(share, answer)
                allowed, answer = self.explain(protocol, "this-host", who[family])
                self.assertTrue(allowed)
                self.assertIn("not limited", answer)


if __name__ == "__main__":
    hosts.main()
