#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes whatever the flows say, with real packets: the loopback, ICMP, DHCP, multicast
memberships; and whether `explain` says of it what the kernel does."""

import unittest

import hosts
import matrix

OURS, THEIRS = matrix.ADDRESSES["us"], matrix.ADDRESSES["unknown"]
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

# argv: port: prints the first word of each datagram to it, over either family.
HEARER = """
import select, socket, sys
ends = []
for family, everywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((everywhere, int(sys.argv[1])))
    ends.append(s)
print("ready", flush=True)
while True:
    for s in select.select(ends, [], [])[0]:
        print(s.recv(100).decode(), flush=True)
"""

# argv: link, port, then SOURCE SOURCE_PORT DESTINATION WORD for each datagram
TELLER = """
import socket, sys
link, port = sys.argv[1], int(sys.argv[2])
scope = socket.if_nametoindex(link)
for i in range(3, len(sys.argv), 4):
    source, source_port, destination, word = sys.argv[i : i + 4]
    six = ":" in source
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    tail = (0, scope) if six else ()
    s.bind((source, int(source_port), *tail))
    s.sendto(word.encode(), (destination, port, *tail))
"""

# argv: link, address of ours, group: is a member of the group until it is ended.
MEMBER = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mine = socket.inet_aton(sys.argv[3]) + socket.inet_aton(sys.argv[2])
mine += socket.if_nametoindex(sys.argv[1]).to_bytes(4, sys.byteorder)
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mine)
print("member", flush=True)
sys.stdin.read()
"""

# Prints source, destination and type of each IGMP message, as a router hears it.
ROUTER = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
print("ready", flush=True)
while True:
    p = s.recv(2048)
    if p[9] == 2:
        kind = p[(p[0] & 15) * 4]
        print(socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20]), hex(kind), flush=True)
"""

# argv: link, source, TTL: a general query to all hosts (RFC 2236), answered in a tenth of a second.
QUERIER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 2)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, int(sys.argv[3]))
s.bind((sys.argv[2], 0))
s.sendto(bytes.fromhex("1101eefe00000000"), ("224.0.0.1", 0))
"""

# argv: link, source: says that the source is a router, and 2001:db8:bad::/64 the link's network
# (RFC 4861, 4.2 and 4.6.2; the kernel fills in the checksum).
ADVERTISER = """
import socket, sys
link, source = sys.argv[1:]
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
scope = socket.if_nametoindex(link)
s.bind((source, 0, 0, scope))
prefix = bytes.fromhex("030440c0" + 2 * "00000708" + "00000000")
prefix += socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
s.sendto(bytes.fromhex("86000000" "40000708" + 16 * "0") + prefix, ("ff02::1", 0, 0, scope))
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

    def ctl(self, *arguments):
        """rolewallctl on the guarded host, the whole result."""
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        program = (hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory)
        return self.us.run(*program, "--roles-dir", roles, *arguments, check=False)

    def explain(self, protocol, source, destination, port=None):
        """True if `explain` on the guarded host says that it is allowed; and what it says."""
        if ":" in destination and port:
            destination = f"[{destination}]"
        to = f"{destination}:{port}" if port else destination
        done = self.ctl("explain", protocol, source, to)
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
        """An unknown host has all of his share, and no more."""
        number = 3 * OTHERS_BURST
        count, seconds = self.answered(self.outside, THEIRS[family], OURS[family], number)
        self.assertGreaterEqual(count, OTHERS_BURST)
        self.assertLessEqual(count, OTHERS_BURST + OTHERS_RATE * seconds + 1)

    def test_an_unknown_hosts_flood_takes_nothing_from_others(self):
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


class Dhcp(Guarded):
    """What servers and unknown hosts send to the client's port; nothing behind the last one is
    awaited."""

    def hear(self, port):
        argv = ["/usr/bin/python3", "-c", HEARER, port]
        hearer = self.lab.started(hosts.Process(self.us, argv))
        self.assertEqual(hearer.line(), "ready")
        return hearer

    def expect(self, port, datagrams):
        """Sends (SOURCE, SOURCE_PORT, DESTINATION, whether it is heard), the last of which is."""
        hearer = self.hear(port)
        self.us.daemon(self.config)
        words = [word for number, d in enumerate(datagrams) for word in (*d[:3], number)]
        self.outside.run("/usr/bin/python3", "-c", TELLER, "eth0", port, *words)
        expected = [str(number) for number, d in enumerate(datagrams) if d[3]]
        self.assertEqual([hearer.line() for _ in expected], expected)

    def test_dhcpv4_comes_over_ipv4_only(self):
        us, server = OURS, THEIRS
        self.expect(
            68,
            [
                (server[V6], 67, us[V6], False),
                (server[V4], 67, "224.0.0.1", False),
                (server[V4], 69, us[V4], False),
                (server[V4], 67, us[V4], True),  # who renews has an address
                (server[V4], 67, "255.255.255.255", True),
            ],
        )

    def test_dhcpv6_comes_from_the_link_to_the_link_only(self):
        self.us.ip("address add fe80::a/64 dev eth0 nodad")
        self.outside.ip("address add fe80::b/64 dev eth0 nodad")
        self.expect(
            546,
            [
                (THEIRS[V6], 547, OURS[V6], False),
                ("fe80::b", 547, OURS[V6], False),
                ("fe80::b", 548, "fe80::a", False),
                (THEIRS[V4], 547, OURS[V4], False),
                ("fe80::b", 547, "fe80::a", True),
            ],
        )

    def test_a_client_may_ask(self):
        """From no address, and from its own."""
        argv = ["/usr/bin/python3", "-c", HEARER, 67]
        server = self.lab.started(hosts.Process(self.outside, argv))
        self.assertEqual(server.line(), "ready")
        self.us.daemon(self.config)
        asked = [(OURS[V4], 68, THEIRS[V4], 0), (OURS[V4], 68, "255.255.255.255", 1)]
        words = [word for datagram in asked for word in datagram]
        self.us.run("/usr/bin/python3", "-c", TELLER, "eth0", 67, *words)
        self.assertEqual([server.line() for _ in asked], ["0", "1"])

    def test_explain_agrees(self):
        for source, destination, port, allowed in (
            (THEIRS[V4] + ":67", "this-host", 68, True),
            (THEIRS[V4] + ":67", "255.255.255.255", 68, True),
            (f"[{THEIRS[V6]}]:67", "this-host", 68, False),
            (f"[{THEIRS[V6]}]:547", "this-host", 546, False),
            ("[fe80::b]:547", "fe80::a", 546, True),
        ):
            answer = self.explain("udp", source, destination, port)
            self.assertEqual(answer[0], allowed, (source, destination, answer[1]))


class Membership(Guarded):
    GROUP = "239.1.2.3"

    def refused(self):
        """Packets that were refused, inbound."""
        listing = self.us.run("nft", "list", "counter", "inet", "rolewall", "refused-inbound")
        return int(listing.split("packets ")[1].split()[0])

    def query(self, ttl):
        argv = ("/usr/bin/python3", "-c", QUERIER, "eth0", THEIRS[V4], ttl)
        self.outside.run(*argv)

    def test_a_membership_is_told_and_asked_for(self):
        self.us.daemon(self.config)
        argv = ["/usr/bin/python3", "-c", ROUTER]
        router = self.lab.started(hosts.Process(self.outside, argv))
        self.assertEqual(router.line(), "ready")
        argv = ["/usr/bin/python3", "-c", MEMBER, "eth0", OURS[V4], self.GROUP]
        member = self.lab.started(hosts.Process(self.us, argv))
        self.assertEqual(member.line(), "member")
        while (told := router.line().split())[0] != OURS[V4]:
            pass
        self.assertEqual(told, [OURS[V4], "224.0.0.22", "0x22"])
        before = self.refused()
        self.query(ttl=1)
        self.query(ttl=2)  # not of this link
        self.assertEqual(self.refused() - before, 1)
        # of an older querier it is answered in its own version
        while (told := router.line().split()) != [OURS[V4], self.GROUP, "0x16"]:
            self.assertEqual(told[0] in (OURS[V4], THEIRS[V4]), True)
        allowed, answer = self.explain("2", "this-host", "224.0.0.22")
        self.assertTrue(allowed, answer)


class Advertisement(Guarded):
    """Management is what the host knows of its links and gateways, and an unknown host tells it."""

    UNKNOWN, NETWORK = "fe80::b", "2001:db8:bad::/64"

    def test_check_warns_and_show_says_what_was_learned(self):
        self.us.ip("address add fe80::a/64 dev eth0 nodad")
        self.outside.ip(f"address add {self.UNKNOWN}/64 dev eth0 nodad")
        for key in ("accept_ra", "autoconf"):
            self.us.sysctl(f"net/ipv6/conf/eth0/{key}", 1)
        path = self.config.file(
            "rolewall.conf", "[host]\n[management]\ninterface = eth0\ngateway = yes\n"
        )
        warnings = self.ctl("check").stderr
        self.assertEqual(warnings.count("an IPv6 router advertisement"), 2, warnings)
        self.assertEqual(warnings.count("safer to name the administrators' addresses"), 2)
        self.assertIn(f"{path.name}:3:13: warning:", warnings)
        self.assertIn(f"{path.name}:4:1: warning:", warnings)
        self.assertNotIn("learned", self.ctl("show").stdout)

        monitor = self.lab.started(hosts.Process(self.us, ["ip", "-6", "monitor", "route"]))
        self.outside.run("/usr/bin/python3", "-c", ADVERTISER, "eth0", self.UNKNOWN)
        while f"default via {self.UNKNOWN} " not in monitor.line():
            pass
        learned = self.ctl("show").stdout.partition("learned by router advertisement: ")[2]
        self.assertEqual(
            set(learned.partition(" (")[0].split(", ")), {self.NETWORK, self.UNKNOWN}
        )


if __name__ == "__main__":
    hosts.main()
