#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reload does to sessions that are live: it cuts those that are no longer allowed,
at once, and no other.

Other firewalls judge a connection when it begins and never again, so that a revoked peer
stays for as long as its session does.  Here each allowed connection carries the generation
of the rules that allowed it, and a reload that takes anything away moves the generation on:
then everybody is judged again.  A reload that only adds leaves it.

The promises are tested for connections to us, from us, and to a published container port;
for both families; for TCP and for UDP, where a session is a conversation between two fixed
ends; and for management, which no generation guards.

The last part asks for it under fire, many times: a packet that is on its way while the
rules change must not save its connection.
"""

import json
import re
import time
import unittest

import flood
import hosts

US, MANAGER = ("10.20.0.1", "2001:db8:20::1"), ("10.0.9.5", "2001:db8:9::5")
STAYS, GOES = ("10.2.0.22", "2001:db8:2::22"), ("10.2.0.23", "2001:db8:2::23")
OTHER_MANAGER = ("10.0.8.5", "2001:db8:8::5")
IN, OUT, PUBLISHED, INSIDE, SSH, THEIR_PORT = 7000, 7001, 7003, 2222, 22, 5000
BEHIND, GATEWAY = ("172.17.0.0/16", "fd00:17::/64"), ("172.17.0.1", "fd00:17::1")
CONTAINER = ("172.17.0.2", "fd00:17::2")
FAMILIES = ("IPv4", "IPv6")
FIRE_ROUNDS = 150
LOOK_SECONDS = 0.005 * hosts.PATIENCE  # of a flood: many packets

# An engine publishes a port; somebody else uses the lower half of the connection mark.
FOREIGN = f"""
table ip engine {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport {PUBLISHED} dnat to {CONTAINER[0]}:{INSIDE}
		fib daddr type local udp dport {PUBLISHED} dnat to {CONTAINER[0]}:{INSIDE}
	}}
}}
table ip6 engine {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport {PUBLISHED} dnat to [{CONTAINER[1]}]:{INSIDE}
		fib daddr type local udp dport {PUBLISHED} dnat to [{CONTAINER[1]}]:{INSIDE}
	}}
}}
"""

# `marks` has the mark of each connection whose packets get past rolewall.
MARKS = """
table inet marks {
	set seen {
		type mark
		flags dynamic
		size 100
	}
	chain before {
		type filter hook input priority -10
		ct state new ct mark set ct mark | 0x00001234
	}
	chain after {
		type filter hook input priority 10
		add @seen { ct mark }
	}
}
"""
# Counts what gets past rolewall to port IN.
WATCH = f"""
table inet watch {{
	counter passed {{
	}}
	chain after {{
		type filter hook input priority 10
		udp dport {IN} counter name passed
	}}
}}
"""

# One end of conversations: "send ADDRESS PORT TEXT" and "take", each answered by a line.
END = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
end = socket.socket(family, socket.SOCK_DGRAM)
end.bind((sys.argv[1], int(sys.argv[2])))
end.settimeout(float(sys.argv[3]))
print("ready", flush=True)
for line in sys.stdin:
    order, *rest = line.split()
    try:
        if order == "send":
            end.sendto(rest[2].encode(), (rest[0], int(rest[1])))
            print("sent", flush=True)
        else:
            print(end.recv(100).decode(), flush=True)
    except PermissionError:
        print("refused", flush=True)
    except TimeoutError:
        print("nothing", flush=True)
"""
SILENCE_SECONDS = 0.2 * hosts.PATIENCE


class End(hosts.Process):
    """A UDP socket with a fixed address and port."""

    def __init__(self, host, address, port):
        self.at = (address, port)
        argv = ["/usr/bin/python3", "-c", END, address, port, SILENCE_SECONDS]
        super().__init__(host, argv)
        if self.line() != "ready":
            raise hosts.LabError("an end is not ready")

    def send(self, other, text):
        address, port = other
        self.write(f"send {address} {port} {text}\n")
        return self.line()

    def take(self):
        self.write("take\n")
        return self.line()


class Conversation:
    """Between an end that begins and one that answers; dialled is what the first one dials
    (not where the other one is, if there is NAT between them)."""

    def __init__(self, client, server, dialled=None):
        self.client, self.server = client, server
        self.dialled = dialled or server.at
        self._number = 0

    def _text(self):
        self._number += 1
        return f"text-{self._number}"

    def asks(self):
        """True if what the client says arrives."""
        text = self._text()
        self.client.send(self.dialled, text)
        return self.server.take() == text

    def answers(self):
        """True if what the server says arrives.  It need not have been asked just now."""
        text = self._text()
        self.server.send(self.client.at, text)
        return self.client.take() == text

    def works(self):
        return self.asks() and self.answers()


class RevocationCase(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        for addresses in (STAYS, GOES, MANAGER, OTHER_MANAGER):
            self.outside.address(*addresses)
        self.config = self.lab.config()
        self.configure()
        self.prepare()
        self.daemon = self.us.daemon(self.config)

    def prepare(self):
        self.us.serve(hosts.wildcards({("tcp", IN), ("tcp", SSH)}))
        self.outside.serve(hosts.wildcards({("tcp", OUT)}))

    def configure(self, friends=(*STAYS, *GOES), managers=(*MANAGER, *OTHER_MANAGER), **keys):
        peers = dict.fromkeys(("app-server", "ssh-client", "rdp-client"), ())
        peers |= dict.fromkeys(("windows-host", "linux-host"), ()) | {"friend": friends}
        path = self.config.write("proxy", peers, management=managers, **keys)
        lines = [path.read_text()]
        for name, port, source, target in (
            ("in", IN, "friend", "this-host"),
            ("out", OUT, "this-host", "friend"),
            ("published", PUBLISHED, "friend", "this-host"),
        ):
            lines += [f"[flow {name}]", f"port = {port}", "protocol = tcp udp"]
            lines += [f"source = {source}", f"target = {target}"]
        self.config.file(path.name, "\n".join(lines) + "\n")

    def reload(self, **changes):
        self.configure(**changes)
        self.daemon.reload()
        self.assertNotIn("refused", self.daemon.stderr())

    def end_at(self, host, address, port):
        return self.lab.started(End(host, address, port))

    def inbound_sessions(self, them, port=IN):
        return [self.outside.hold(1, them[f], US[f], port, 300) for f in (0, 1)]

    def outbound_sessions(self, them):
        return [self.us.hold(1, US[f], them[f], OUT, 300) for f in (0, 1)]

    def assert_alive(self, holds, expected):
        self.assertEqual([h.opened for h in holds], [["held 1"]] * len(holds))
        alive = [h.alive(1) for h in holds]
        self.assertEqual(dict(zip(FAMILIES, alive)), dict.fromkeys(FAMILIES, expected))

    def generation(self):
        listing = self.us.nft_json("set", "inet", "rolewall", "generation")
        (marks,) = [i["set"]["elem"] for i in json.loads(listing)["nftables"] if "set" in i]
        (mark,) = marks
        return mark


class Tcp(RevocationCase):
    def test_session_of_a_removed_peer_to_us_is_cut_and_the_others_is_not(self):
        stays, goes = self.inbound_sessions(STAYS), self.inbound_sessions(GOES)
        self.reload(friends=STAYS)
        self.assert_alive(stays, True)
        self.assert_alive(goes, False)

    def test_session_of_ours_to_a_removed_peer_is_cut_and_the_others_is_not(self):
        stays, goes = self.outbound_sessions(STAYS), self.outbound_sessions(GOES)
        self.reload(friends=STAYS)
        self.assert_alive(stays, True)
        self.assert_alive(goes, False)

    def test_session_outlives_many_reloads_that_revoke_others(self):
        stays = [*self.inbound_sessions(STAYS), *self.outbound_sessions(STAYS)]
        for number in range(20):
            self.reload(friends=(*STAYS, f"10.2.1.{number}", "10.3.0.0/16"))
            self.reload(friends=(*STAYS, f"10.2.1.{number + 1}"))
        self.assertEqual([h.alive(1) for h in stays], [True] * 4)

    def test_cut_session_comes_back_with_its_permission(self):
        goes = self.inbound_sessions(GOES)
        self.reload(friends=STAYS)
        self.reload(friends=(*STAYS, *GOES))
        self.assert_alive(goes, True)

    def test_session_that_may_be_kept_goes_on_and_no_new_one_begins(self):
        self.reload(revoke="keep")
        goes = [*self.inbound_sessions(GOES), *self.outbound_sessions(GOES)]
        self.reload(friends=STAYS, revoke="keep")
        self.assertEqual([h.alive(1) for h in goes], [True] * 4)
        for family in (0, 1):
            result = self.outside.connect_one("tcp", GOES[family], US[family], IN)
            self.assertEqual(result, "silent")


class Udp(RevocationCase):
    def inbound(self, them):
        return [
            Conversation(
                self.end_at(self.outside, them[f], THEIR_PORT), self.our_ends[f]
            )
            for f in (0, 1)
        ]

    def outbound(self, them):
        return [
            Conversation(self.our_callers[f], self.end_at(self.outside, them[f], OUT))
            for f in (0, 1)
        ]

    def prepare(self):
        self.our_ends = [self.end_at(self.us, address, IN) for address in US]
        self.our_callers = [self.end_at(self.us, address, THEIR_PORT) for address in US]

    def assert_both_ways(self, conversations, expected):
        """Each direction by itself: after a cut, neither gets anything across."""
        for family, c in zip(FAMILIES, conversations):
            for direction in (c.asks, c.answers):
                self.assertEqual(direction(), expected, f"{family} {direction.__name__}")

    def test_conversation_of_a_removed_peer_with_us_is_cut_in_both_directions(self):
        stays, goes = self.inbound(STAYS), self.inbound(GOES)
        self.assert_both_ways(stays + goes, True)
        self.reload(friends=STAYS)
        self.assert_both_ways(stays, True)
        self.assert_both_ways(goes, False)

    def test_conversation_of_ours_with_a_removed_peer_is_cut_in_both_directions(self):
        stays, goes = self.outbound(STAYS), self.outbound(GOES)
        self.assert_both_ways(stays + goes, True)
        self.reload(friends=STAYS)
        self.assert_both_ways(stays, True)
        self.assert_both_ways(goes, False)

    def test_answers_alone_keep_a_conversation_over_reloads(self):
        """We answer, and they have not said a word since the generation moved."""
        stays = self.inbound(STAYS)
        self.assert_both_ways(stays, True)
        for number in range(3):
            self.reload(friends=(*STAYS, f"10.2.1.{number}"))
            self.assertEqual([c.answers() for c in stays], [True, True])

    def test_nobody_talks_to_us_on_the_port_we_call_from(self):
        """The permission is for a conversation that we began."""
        for family in (0, 1):
            unknown = Conversation(
                self.end_at(self.outside, STAYS[family], OUT), self.our_callers[family]
            )
            self.assertFalse(unknown.asks(), FAMILIES[family])


class Published(RevocationCase):
    """A container behind us, and a flow's port that is DNATed to it."""

    def prepare(self):
        container = self.lab.host("container")
        self.lab.wire(self.us, container, "docker0", "eth0", prefixes=BEHIND)
        self.us.address(*GATEWAY, link="docker0")
        container.address(*CONTAINER)
        for name in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.us.sysctl(name, "1")
        container.ip(*(f"route add default via {g}" for g in GATEWAY))
        container.serve(hosts.wildcards({("tcp", INSIDE)}))
        self.ends = [self.end_at(container, address, INSIDE) for address in CONTAINER]
        self.us.nft(FOREIGN)

    def test_session_of_a_removed_peer_is_cut_and_the_others_is_not(self):
        stays, goes = (self.inbound_sessions(them, PUBLISHED) for them in (STAYS, GOES))
        self.reload(friends=STAYS)
        self.assert_alive(stays, True)
        self.assert_alive(goes, False)

    def test_conversation_of_a_removed_peer_is_cut_and_the_others_is_not(self):
        talks = {}
        for them in (STAYS, GOES):
            for family in (0, 1):
                client = self.end_at(self.outside, them[family], THEIR_PORT)
                talk = Conversation(client, self.ends[family], (US[family], PUBLISHED))
                self.assertTrue(talk.asks(), them[family])
                # what the container sees is the client's own address
                self.assertTrue(talk.answers(), them[family])
                talks[them[family]] = talk
        self.reload(friends=STAYS)
        for address, talk in talks.items():
            for direction in (talk.asks, talk.answers):
                self.assertEqual(direction(), address in STAYS, f"{address} {direction.__name__}")


class Management(RevocationCase):
    def test_session_of_an_address_that_was_taken_out_is_cut(self):
        sessions = self.inbound_sessions(MANAGER, SSH)
        self.reload(managers=OTHER_MANAGER)
        self.assert_alive(sessions, False)

    def test_session_goes_on_when_another_address_is_taken_out(self):
        sessions = self.inbound_sessions(MANAGER, SSH)
        self.reload(managers=MANAGER)
        self.assert_alive(sessions, True)

    def test_session_goes_on_when_flows_and_peers_are_taken_out(self):
        sessions = self.inbound_sessions(MANAGER, SSH)
        self.reload(friends=(), size=450)
        self.assert_alive(sessions, True)


class Generation(RevocationCase):
    def test_reload_that_only_adds_leaves_it(self):
        """Another of a kind that is there; the first of a kind brings a rule with it, and a
        chain that is written anew counts as one that may have lost something."""
        friends = [*STAYS, "10.3.0.0/16", "2001:db8:3::/64"]
        self.reload(friends=friends)
        before = self.generation()
        for added in ("10.2.7.7", "2001:db8:7::7", "10.5.0.0/16", "2001:db8:5::/64"):
            friends.append(added)
            self.reload(friends=friends)
            self.assertEqual(self.generation(), before, added)
        drop_in = "[flow in]\nport = 7000, 7100\n[flow out]\nport = 7001, 7100\n"
        self.config.file("rolewall.conf.d/more.conf", drop_in)
        self.daemon.reload()
        self.assertEqual(self.generation(), before, "a port")

    def test_reload_without_a_change_leaves_it(self):
        before = self.generation()
        self.daemon.reload()
        self.assertEqual(self.generation(), before)

    def test_reload_that_takes_away_moves_it_on(self):
        seen = [self.generation()]
        drop_in = "rolewall.conf.d/less.conf"
        for what, change in (
            ("a host", lambda: self.configure(friends=STAYS)),
            ("a manager", lambda: self.configure(friends=STAYS, managers=MANAGER)),
            ("a port", lambda: self.config.file(drop_in, "[flow in]\nport = 7100\n")),
            ("a flow", lambda: self.config.file(drop_in, "[host]\ndisable = in\n")),
        ):
            change()
            self.daemon.reload()
            self.assertNotIn(self.generation(), seen, what)
            seen.append(self.generation())

    def test_refused_reload_leaves_it(self):
        before = self.generation()
        self.configure(friends=("10.0.0.300",))
        self.daemon.reload()
        self.assertEqual(self.generation(), before)


class Mark(RevocationCase):
    """The other bits of the connection mark are somebody else's."""

    def prepare(self):
        super().prepare()
        self.us.nft(MARKS)

    def seen(self):
        listing = self.us.nft_json("set", "inet", "marks", "seen")
        (found,) = [i["set"].get("elem", []) for i in json.loads(listing)["nftables"] if "set" in i]
        self.us.run("nft", "flush", "set", "inet", "marks", "seen")
        # an element of a dynamic set may come with its counter or timeout
        return {e["elem"]["val"] if isinstance(e, dict) else e for e in found}

    def test_stamp_leaves_the_other_bits_as_they_were(self):
        holds = self.inbound_sessions(STAYS)
        # the first packet passes with the stamp of the generation it was judged by
        self.assertEqual(self.seen(), {self.generation() | 0x1234})
        self.assert_alive(holds, True)

    def test_new_stamp_after_a_reload_leaves_them_too(self):
        holds = self.inbound_sessions(STAYS)
        before = self.generation()
        self.seen()
        self.reload(friends=STAYS)
        self.assertNotEqual(self.generation(), before)
        self.assert_alive(holds, True)
        self.assertEqual(self.seen(), {self.generation() | 0x1234})


class Round(RevocationCase):
    """Generations are counted in few bits, and their numbers come round."""

    def configure(self, *arguments, **keys):
        super().configure(*arguments, mark="0x00ff0000", **keys)

    def test_silent_session_that_was_revoked_stays_so_when_its_number_is_used_again(self):
        stays, goes = self.inbound_sessions(STAYS), self.inbound_sessions(GOES)
        answering = self.outbound_sessions(GOES)
        number = self.generation()
        seen = [number]
        # each takes one friend away and brings another one
        for change in range(1, 300):
            self.reload(friends=(*STAYS, f"10.2.1.{change % 250}"))
            seen.append(self.generation())
            if seen.count(number) == 2:
                break
        self.assertEqual(seen.count(number), 2, "the number was not used again")
        self.assertGreater(len(set(seen)), 250)
        self.assert_alive(goes, False)
        self.assert_alive(answering, False)
        self.assert_alive(stays, True)

    def test_number_that_a_removed_table_has_left_on_a_session_is_not_used_again(self):
        goes = self.inbound_sessions(GOES)
        number = self.generation()
        for _ in range(4):  # by chance it might be another one anyway
            self.assertEqual(self.daemon.stop(), 0)
            self.us.run("nft", "delete", "table", "inet", "rolewall")
            self.configure(friends=STAYS)
            self.daemon = self.us.daemon(self.config)
            self.assertGreater(self.generation(), number)
        self.assert_alive(goes, False)

    def test_another_mask_takes_nobody_for_one_whom_it_has_allowed(self):
        """Sessions carry in it what others have written there."""
        self.us.nft(MARKS.replace("0x00001234", "0x0000fe00"))
        goes, stays = self.inbound_sessions(GOES), self.inbound_sessions(STAYS)
        super().configure(friends=STAYS, mark="0x0000ff00")
        self.daemon.reload()
        self.assertNotIn("refused", self.daemon.stderr())
        self.assert_alive(goes, False)
        self.assert_alive(stays, True)


class UnderFire(RevocationCase):
    """Live conversations that send without a pause while their permission goes."""

    def prepare(self):
        self.us.nft(WATCH)

    def streams(self, them):
        for family in (0, 1):
            for kind in ("live", "live", "new"):
                ends = (self.outside, self.us, kind, them[family], US[family])
                yield flood.Stream(*ends, IN, 15000, True)

    def passed(self):
        text = self.us.run("nft", "list", "counter", "inet", "watch", "passed")
        return int(re.search(r"packets (\d+)", text)[1])

    def wait_for_more_than(self, packets):
        """On a busy machine the flood pauses for a while."""
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while self.passed() <= packets:
            self.assertLess(time.monotonic(), deadline, "the flood never got in")

    def assert_always_cut(self, goes, stays):
        survived = []
        with flood.Flood(self.streams(GOES)):
            for number in range(FIRE_ROUNDS):
                before = self.passed()
                self.reload(friends=(*stays, *goes))
                self.wait_for_more_than(before)
                self.reload(friends=stays)
                after = self.passed()
                time.sleep(LOOK_SECONDS)
                if self.passed() != after:
                    survived.append(number)
        self.assertEqual(survived, [], f"rounds of {FIRE_ROUNDS} that did not cut")

    def test_removed_host_is_cut_every_time(self):
        self.assert_always_cut(GOES, STAYS)

    def test_removed_range_is_cut_every_time(self):
        ranges = ("10.2.0.20-10.2.0.30", "2001:db8:2::20-2001:db8:2::30")
        self.assert_always_cut(ranges, ("10.3.0.0/16", "2001:db8:3::/64"))


if __name__ == "__main__":
    hosts.main()
