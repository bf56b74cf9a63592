#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that the connection tracker meets midway, and so may have the wrong way round.

The tracker takes the first packet that it sees for the one that opened the connection.  It
begins when the first rule asks for it, is flushed by people (`conntrack -F`), and forgets a
connection whose packets go unanswered.  If then the server speaks first, the tracker
believes for the rest of the session's life that the server had called its client.

What must hold: a session that a flow allows goes on, whoever speaks first; one that nothing
allows does not, `outbound = allow` or not; what is refused hears nothing, as it may turn out to
be allowed; and nobody opens a connection this way.
"""

import unittest

import hosts

US = ("10.20.0.1", "2001:db8:20::1")
FRIEND, OTHER = ("10.2.0.22", "2001:db8:2::22"), ("10.2.0.23", "2001:db8:2::23")
UNKNOWN = ("10.99.0.1", "2001:db8:99::1")
IN, OUT, UNNAMED, ANYWHERE = 7000, 7001, 7005, 7777
SILENCE_SECONDS = 0.3 * hosts.PATIENCE
CALLERS_PORT = 19999  # is in nobody's ip_local_port_range: a port that a program has chosen

# Both ends of a session: "send TEXT" and "take", each answered by a line.
END = """
import socket, sys
role, address, port, their_address, their_port, silence = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
end = socket.socket(family, socket.SOCK_STREAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
end.bind((address, int(port)))
if role == "server":
    end.listen()
    print("ready", flush=True)
    end, peer = end.accept()
else:
    end.connect((their_address, int(their_port)))
print("open", flush=True)
end.settimeout(float(silence))
for line in sys.stdin:
    order, *rest = line.split()
    try:
        if order == "send":
            end.sendall(rest[0].encode())
            print("sent", flush=True)
        else:
            print(end.recv(100).decode() or "closed", flush=True)
    except TimeoutError:
        print("nothing", flush=True)
    except OSError as e:
        print(type(e).__name__, flush=True)
"""

# Flushes the tracker, as conntrack -F does: a request to delete that names no connection.
FLUSH = """
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 1 | 4, 1, 0, 0, 0, 0))
assert struct.unpack_from("=i", s.recv(4096), 16) == (0,)
"""

# argv: source, source port, destination, port, flags
SEGMENT = """
import socket, struct, sys
source, source_port, destination, port, flags = sys.argv[1:]
packed = socket.inet_aton(source) + socket.inet_aton(destination)
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
fields = [int(source_port), int(port), 1000, 2000, 0x50, int(flags), 1024, 0, 0]
pseudo = packed + struct.pack("!BBH", 0, 6, 20)
fields[7] = checksum(pseudo + struct.pack("!HHIIBBHHH", *fields))
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 6)
s.bind((source, 0))
s.sendto(struct.pack("!HHIIBBHHH", *fields), (destination, 0))
"""
SYN, ACK = 2, 16

# Counts what gets past rolewall to a port of no flow.
WATCH = f"""
table inet watch {{
	counter acks {{
	}}
	counter syns {{
	}}
	chain after {{
		type filter hook input priority 10
		tcp dport {UNNAMED} tcp flags & (syn | ack) == syn counter name syns
		tcp dport {UNNAMED} tcp flags & (syn | ack) == ack counter name acks
	}}
}}
"""


class End(hosts.Process):
    """One end of a session, told what to say."""

    def __init__(self, host, role, at, to=("-", 0)):
        argv = ["/usr/bin/python3", "-c", END, role, *at, *to, SILENCE_SECONDS]
        super().__init__(host, argv)

    def expect(self, word):
        if (line := self.line()) != word:
            raise hosts.LabError(f"{self.argv}: said {line}, not {word}")

    def send(self, text):
        self.write(f"send {text}\n")
        return self.line()

    def take(self):
        self.write("take\n")
        return self.line()


class Session:
    """client and server, which have not spoken yet."""

    def __init__(self, lab, client, client_at, server, server_at):
        self._number = 0
        self.server = lab.started(End(server, "server", server_at))
        self.server.expect("ready")
        self.client = lab.started(End(client, "client", client_at, server_at))
        self.client.expect("open")
        self.server.expect("open")

    def _says(self, one, other):
        self._number += 1
        text = f"text-{self._number}."
        if one.send(text) != "sent":
            return "reset"
        heard = other.take()
        return True if heard.endswith(text) else heard

    def server_speaks(self):
        """True if what the server says arrives, or what its client heard instead."""
        return self._says(self.server, self.client)

    def client_speaks(self):
        return self._says(self.client, self.server)

    def wait_until_retransmitted(self):
        """What both ends have said in vain, and say again and again."""
        for end in (self.server, self.client):
            wait_for_words(end)


def wait_for_words(end):
    """What it hears, sooner or later."""
    for _ in range(30):
        if (heard := end.take()) != "nothing":
            return heard
    raise hosts.LabError("nothing was heard")


class MidwayCase(unittest.TestCase):
    outbound = "enforce"

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(*FRIEND, *OTHER, *UNKNOWN)
        self.config = self.lab.config()
        self._number = 0
        self.configure()

    def configure(self, friends=(*FRIEND, *OTHER)):
        peers = dict.fromkeys(("app-server", "ssh-client", "rdp-client"), ())
        peers |= dict.fromkeys(("windows-host", "linux-host"), ()) | {"friend": friends}
        path = self.config.write("proxy", peers, outbound=self.outbound)
        lines = [path.read_text()]
        for name, port, source, target in (
            ("in", IN, "friend", "this-host"),
            ("out", OUT, "this-host", "friend"),
        ):
            lines += [f"[flow {name}]", f"port = {port}", "protocol = tcp"]
            lines += [f"source = {source}", f"target = {target}"]
        self.config.file(path.name, "\n".join(lines) + "\n")

    def start(self):
        self.daemon = self.us.daemon(self.config)

    def reload(self, **changes):
        self.configure(**changes)
        self.daemon.reload()
        self.assertNotIn("refused", self.daemon.stderr())

    def forget(self):
        self.us.run("/usr/bin/python3", "-c", FLUSH)

    def to_us(self, them, port=IN):
        self._number += 1
        at = (them, 20000 + self._number)
        address = US[":" in them]
        return Session(self.lab, self.outside, at, self.us, (address, port))

    def from_us(self, them, port=OUT, our_port=None):
        self._number += 1
        at = (US[":" in them], our_port or 21000 + self._number)
        return Session(self.lab, self.us, at, self.outside, (them, port))

    def assert_lives(self, session):
        self.assertEqual(session.server_speaks(), True)
        self.assertEqual(session.client_speaks(), True)
        self.assertEqual(session.server_speaks(), True)

    def assert_silent(self, session):
        """Nobody hears anything, least of all a reset."""
        self.assertEqual(session.server_speaks(), "nothing")
        self.assertEqual(session.client_speaks(), "nothing")


class Flows(MidwayCase):
    def sessions(self):
        for family in (0, 1):
            yield self.to_us(FRIEND[family])
            yield self.from_us(FRIEND[family])

    def test_sessions_from_before_the_first_start_go_on_though_the_server_speaks_first(self):
        sessions = list(self.sessions())
        self.start()
        for session in sessions:
            self.assert_lives(session)

    def test_sessions_go_on_when_the_tracker_has_forgotten_them(self):
        self.start()
        sessions = list(self.sessions())
        for session in sessions:
            self.assert_lives(session)
        self.forget()
        for session in sessions:
            self.assert_lives(session)

    def test_sessions_are_judged_the_right_way_round_in_each_later_generation(self):
        sessions = list(self.sessions())
        self.start()
        for session in sessions:
            self.assertEqual(session.server_speaks(), True)
        self.reload(friends=FRIEND)
        for session in sessions:
            self.assertEqual(session.client_speaks(), True)
        self.reload(friends=(*FRIEND, "10.2.0.77"))
        self.reload(friends=FRIEND)
        for session in sessions:
            self.assert_lives(session)

    def test_sessions_that_are_revoked_are_cut_and_no_packet_of_theirs_passes(self):
        sessions = list(self.sessions())
        self.start()
        for session in sessions:
            self.assertEqual(session.server_speaks(), True)
        self.reload(friends=OTHER)
        for session in sessions:
            self.assertIsNot(session.client_speaks(), True)
            self.assertIsNot(session.server_speaks(), True)

    def test_refused_session_hears_nothing_and_goes_on_once_it_is_allowed(self):
        sessions = list(self.sessions())
        self.configure(friends=OTHER)
        self.start()
        for session in sessions:
            self.assert_silent(session)
        self.reload()
        for session in sessions:
            session.wait_until_retransmitted()
            self.assert_lives(session)

    def test_session_outlives_an_outage_longer_than_the_trackers_patience(self):
        self.start()
        for name in ("tcp_timeout_max_retrans", "tcp_max_retrans"):
            self.us.sysctl(f"net/netfilter/nf_conntrack_{name}", "1")
        session = self.to_us(FRIEND[0])
        self.assert_lives(session)
        self.outside.nft("table inet cut { chain in { type filter hook input priority 0; "
            "policy drop; }; }")  # fmt: skip
        for _ in range(20):
            if session.server.send("late") != "sent" or not self.is_tracked():
                break
            session.client.take()  # as long as it takes to be silent
        self.assertFalse(self.is_tracked(), "the tracker has not forgotten the session")
        self.outside.run("nft", "delete", "table", "inet", "cut")
        self.assertTrue(wait_for_words(session.client).startswith("late"))
        self.assert_lives(session)

    def is_tracked(self):
        path = "/proc/net/nf_conntrack"
        text = self.us.run("sh", "-c", f"cat {path}")
        return f"dport={IN}" in text or f"sport={IN}" in text

    def test_nobody_who_may_be_called_opens_a_connection_behind_an_ack(self):
        """The tracker takes a SYN for a part of the connection that the ACK has begun."""
        self.start()
        self.us.nft(WATCH)
        self.us.serve(hosts.wildcards({("tcp", UNNAMED)}))
        for flags in (ACK, SYN, SYN, ACK, SYN):
            ends = (FRIEND[0], OUT, US[0], UNNAMED)
            self.outside.run("/usr/bin/python3", "-c", SEGMENT, *ends, flags)
        self.assertEqual(self.passed("syns"), 0)
        self.assertEqual(self.passed("acks"), 2)  # so the ACK does pass, and opens nothing

    def passed(self, counter):
        text = self.us.run("nft", "list", "counter", "inet", "watch", counter)
        return int(text.split("packets ")[1].split()[0])


class OutboundAllow(MidwayCase):
    outbound = "allow"

    def test_an_unknown_hosts_session_from_before_the_first_start_does_not_count_as_ours(self):
        sessions = [self.to_us(UNKNOWN[f], port) for f in (0, 1) for port in (IN, UNNAMED)]
        self.start()
        for session in sessions:
            self.assert_silent(session)

    def test_an_unknown_hosts_session_does_not_count_as_ours_when_the_tracker_is_flushed(self):
        session = self.to_us(UNKNOWN[0], UNNAMED)
        self.start()
        self.assertEqual(session.client_speaks(), "nothing")
        self.forget()
        self.assert_silent(session)

    def test_our_sessions_go_on_whoever_speaks_first(self):
        sessions = [self.from_us(UNKNOWN[f], ANYWHERE + f) for f in (0, 1)]
        self.start()
        for session in sessions:
            self.assert_lives(session)
        self.forget()
        self.reload(friends=FRIEND)
        for session in sessions:
            self.assert_lives(session)

    def test_allowed_sessions_to_us_go_on_and_are_revoked(self):
        session = self.to_us(FRIEND[0])
        self.start()
        self.assert_lives(session)
        self.reload(friends=OTHER)
        self.assertIsNot(session.client_speaks(), True)
        self.assertIsNot(session.server_speaks(), True)

    def test_our_session_from_a_port_of_our_own_choice_outlives_reloads(self):
        """Whose it is, is known from its beginning."""
        self.start()
        session = self.from_us(UNKNOWN[0], ANYWHERE, CALLERS_PORT)
        self.assert_lives(session)
        self.reload(friends=FRIEND)
        self.assert_lives(session)

    def test_port_that_an_inbound_flow_serves_is_none_that_we_call_from(self):
        """Though the kernel would let programs call from it."""
        served = 21999
        path = self.config.directory / "rolewall.conf"
        flow = f"[flow high]\nport = {served}\nprotocol = tcp\nsource = friend\n"
        self.config.file(path.name, path.read_text() + flow + "target = this-host\n")
        session = self.to_us(UNKNOWN[0], served)
        self.start()
        self.assert_silent(session)


if __name__ == "__main__":
    hosts.main()
