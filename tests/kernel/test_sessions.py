#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The session cap at its exact edge: the last one that fits, and the first that does not.

The vendor's sizing table says that a proxy for 450 administrators carries 150 concurrent
sessions.  They are counted over both session flows together, 4422 and 4489.  One too many
hears a reset, so that a client can say at once what is wrong.

A cap is worth what it is worth across a reload: a reload must not cut a session that
counts, and must not forget one either, or every reload would let another 150 in.

A session is counted at its SYN, so SYNs that lead nowhere take places too: each for five
seconds, and one client cannot take them all.
"""

import json
import socket
import struct
import time
import unittest

import hosts
import matrix

SSH_PROXY, RDP_PROXY = 4422, 4489
PEERS = matrix.parties("proxy")
NETWORK = "10.2.0.0/16"
CLIENTS = [f"10.2.1.{n}" for n in range(1, 4)]
GRACE_SECONDS = 2 * hosts.PATIENCE
TICK_SECONDS = 0.01  # of the slowest kernels
HALF_OPEN_SECONDS, TRACKERS_OWN_SECONDS = 5, 60  # of a connection that is half open
BURST = 50  # SYNs at once, of one client, with the shipped size


class SessionCase(unittest.TestCase):
    """A proxy with a size, and clients of both kinds at the other end of a wire."""

    sessions = None  # [size 450] sessions = of a drop-in role file
    more_clients = ()

    def setUp(self):
        lab = self.enterContext(hosts.Lab())
        self.us, self.outside = lab.host("us"), lab.host("outside")
        lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        for party in ("ssh-client", "rdp-client"):
            self.outside.address(*matrix.ADDRESSES[party])
        self.outside.address(*self.more_clients)
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY), ("tcp", RDP_PROXY)}))
        self.config = lab.config()
        self.configure()
        if self.sessions:
            override = f"[size 450]\nsessions = {self.sessions}\n"
            self.config.file("roles/proxy.conf", override)
        self.daemon = self.us.daemon(self.config)

    def configure(self, **more_peers):
        peers = {party: matrix.spelled(party) for party in PEERS} | more_peers
        self.config.write("proxy", peers, management=matrix.spelled("management"), size=450)

    def hold(self, count, client, port, family=0):
        """Opens sessions, of a party or an address, and demands that all of them open."""
        them = matrix.ADDRESSES[client][family] if client in matrix.ADDRESSES else client
        us = matrix.ADDRESSES["us"][family]
        hold = self.outside.hold(count, them, us, port)
        self.assertEqual(hold.opened, [f"held {k}" for k in range(1, count + 1)])
        return hold

    def assert_full(self, hold):
        answer = hold.one()
        self.assertRegex(answer, r"^refused \d+ reset$")

    def assert_room_for_one(self, hold):
        """The connection tracker forgets a closed connection when it next looks, which it
        does once a tick: asking again within the tick of the last refusal is too early, and
        there is no event to wait for."""
        deadline = time.monotonic() + GRACE_SECONDS
        answer = hold.one()
        while not answer.startswith("held ") and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
            answer = hold.one()
        self.assertRegex(answer, r"^held \d+$")

    def assert_alive(self, hold, count):
        dead = [k for k in range(1, count + 1) if not hold.alive(k)]
        self.assertEqual(dead, [], "sessions that were cut")


class ShippedSize(SessionCase):
    """Of several clients: SYNs of one have a rate."""

    more_clients = CLIENTS[:3]

    def configure(self, **more_peers):
        super().configure(**{"ssh-client": [NETWORK]} | more_peers)

    def setUp(self):
        super().setUp()
        self.others = [self.hold(25, client, SSH_PROXY) for client in self.more_clients]
        self.ssh = self.hold(30, "ssh-client", SSH_PROXY)
        self.rdp = self.hold(45, "rdp-client", RDP_PROXY)

    def assert_all_alive(self):
        for hold in self.others:
            self.assert_alive(hold, 25)
        self.assert_alive(self.ssh, 30)
        self.assert_alive(self.rdp, 45)

    def test_status_tells_how_many_there_are_and_whose_they_are(self):
        status = json.loads(self.daemon.ask("status", "--json").stdout)
        keys = ("sessions", "sessions-half-open", "sessions-cap")
        self.assertEqual([status[k] for k in keys], [150, 0, 150])
        ssh, rdp = (matrix.ADDRESSES[p][0] for p in ("ssh-client", "rdp-client"))
        wanted = [f"{rdp}: 45", f"{ssh}: 30", *(f"{c}: 25" for c in self.more_clients)]
        self.assertEqual(status["busiest-clients"], wanted)
        self.rdp.close_session(1)
        text = self.daemon.ask("status").stdout
        self.assertRegex(text, r"(?m)^sessions: +149$")
        self.assertRegex(text, rf"(?m)^busiest-clients: +{rdp}: 44$")

    def test_session_151_is_reset_on_either_port(self):
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)
        self.assert_full(self.ssh)
        self.assert_all_alive()

    def test_closing_one_lets_exactly_one_in(self):
        self.assert_full(self.rdp)
        self.ssh.close_session(7)
        self.assert_room_for_one(self.rdp)
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)

    def test_reload_without_a_change_cuts_no_session(self):
        self.daemon.reload()
        self.assert_all_alive()

    def test_reload_with_a_change_elsewhere_cuts_no_session(self):
        self.configure(**{"linux-host": ["10.42.0.1"]})
        self.daemon.reload()
        self.assert_all_alive()

    def test_reload_without_a_change_forgets_no_session(self):
        self.daemon.reload()
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)

    def test_reload_with_a_change_elsewhere_forgets_no_session(self):
        self.configure(**{"linux-host": ["10.42.0.1"]})
        self.daemon.reload()
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)

    def test_restart_of_the_daemon_cuts_and_forgets_no_session(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.us.daemon(self.config)
        self.assert_all_alive()
        self.assert_full(self.ssh)

    def test_restart_takes_the_chains_of_sessions_over_as_they_are(self):
        """Their rules keep their handles: a table made anew would have new ones."""
        before = self.handles()
        self.assertTrue(all("# handle " in line for line in before) and before)
        self.assertEqual(self.daemon.stop(), 0)
        self.us.daemon(self.config)
        self.assertEqual(self.handles(), before)

    def handles(self):
        chains = ("session-cap", "session-syn", "session-full", "refused-sessions")
        lists = (self.us.run("nft", "-a", "list", "chain", "inet", "rolewall", c) for c in chains)
        return [line for text in lists for line in text.splitlines() if line.startswith("\t\t")]

    def test_reload_of_a_full_proxy_leaves_it_exactly_full(self):
        self.daemon.reload()
        self.assert_all_alive()
        self.assert_full(self.rdp)
        self.rdp.close_session(45)
        self.assert_room_for_one(self.ssh)
        self.assert_full(self.ssh)


class OverriddenSize(SessionCase):
    sessions = 5

    def test_an_overridden_size_counts_both_families_together(self):
        self.hold(2, "ssh-client", SSH_PROXY, family=0)
        self.hold(1, "rdp-client", RDP_PROXY, family=0)
        ssh = self.hold(1, "ssh-client", SSH_PROXY, family=1)
        rdp = self.hold(1, "rdp-client", RDP_PROXY, family=1)
        self.assert_full(ssh)
        self.assert_full(rdp)
        ssh.close_session(1)
        self.assert_room_for_one(rdp)
        self.assert_full(ssh)

    def assert_size_after_reload(self, sessions):
        """The kernel cannot carry a count over to another limit, so the sessions from before
        a change of size are not counted.  They go on; once they are gone, it is exact."""
        old = self.hold(5, "ssh-client", SSH_PROXY)
        self.assert_full(old)
        self.config.file("roles/proxy.conf", f"[size 450]\nsessions = {sessions}\n")
        self.daemon.reload()
        self.assert_alive(old, 5)
        for number in range(1, 6):
            old.close_session(number)
        new = self.hold(sessions, "rdp-client", RDP_PROXY)
        self.assert_full(new)

    def test_a_smaller_size_cuts_nobody_and_caps_what_comes_after(self):
        self.assert_size_after_reload(3)

    def test_a_larger_size_cuts_nobody_and_caps_what_comes_after(self):
        self.assert_size_after_reload(7)

    def test_a_refused_session_cuts_none_that_is_live_after_a_reload(self):
        """A refused connection is counted for a moment, too: if live sessions were counted
        anew at that moment, they would be the ones too many."""
        ssh = self.hold(5, "ssh-client", SSH_PROXY)
        self.daemon.reload()
        self.assert_full(ssh)
        self.assert_alive(ssh, 5)


    def test_live_sessions_that_the_tracker_meets_late_are_counted_and_not_cut(self):
        """It has forgotten them, and two others have their places by the time they go on."""
        live = self.hold(5, "ssh-client", SSH_PROXY)
        self.us.forget_connections()
        rdp, us = (matrix.ADDRESSES[p][0] for p in ("rdp-client", "us"))
        others = self.outside.hold(1, rdp, us, RDP_PROXY)
        for _ in range(2 - others.opened.count("held 1")):
            self.assert_room_for_one(others)
        self.assert_alive(live, 5)
        self.assert_full(live)
        for number in range(1, 3):
            live.close_session(number)
            self.assert_full(live)
        live.close_session(3)
        self.assert_room_for_one(live)


class NoSize(SessionCase):
    def configure(self):
        self.config.write("proxy", {party: matrix.spelled(party) for party in PEERS})

    def test_without_a_size_nothing_is_capped(self):
        self.hold(151, "ssh-client", SSH_PROXY)
        self.assertNotRegex(self.daemon.ask("status").stdout, "(?m)^session")


class HalfOpen(SessionCase):
    """SYNs that nobody follows up, of whatever addresses the flow lets in."""

    def configure(self):
        super().configure(**{"ssh-client": [NETWORK]})

    def setUp(self):
        super().setUp()
        with self.outside.inside():
            self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.addCleanup(self.raw.close)

    def spoof(self, sources, port=SSH_PROXY):
        us = matrix.ADDRESSES["us"][0]
        for n, source in enumerate(sources):
            self.raw.sendto(syn(source, us, 1024 + n, port), (us, 0))

    def status(self):
        return json.loads(self.daemon.ask("status", "--json").stdout)

    def test_a_hundred_and_sixty_lock_a_client_out_for_seconds_only(self):
        if "ct timeout" not in self.us.list_table("inet", "rolewall"):
            self.skipTest("this kernel has no policies of timeouts")
        self.spoof(f"10.2.7.{n}" for n in range(1, 161))
        begun = time.monotonic()
        client, us = (matrix.ADDRESSES[p][0] for p in ("ssh-client", "us"))
        attempt = ("tcp", client, us, SSH_PROXY)
        self.assertEqual(self.outside.connect_one(*attempt), "reset")
        while self.outside.connect_one(*attempt) != "open":
            self.assertLess(time.monotonic() - begun, TRACKERS_OWN_SECONDS / 2)
            time.sleep(0.2)  # as an impatient client: nothing tells of it
        self.assertGreater(time.monotonic() - begun, HALF_OPEN_SECONDS - 1)

    def test_one_address_cannot_take_all_places(self):
        self.spoof(["10.2.7.1"] * 1000)
        client = self.hold(1, "ssh-client", SSH_PROXY)
        self.assert_alive(client, 1)
        status = self.status()
        self.assertLess(status["sessions-half-open"], 150)
        self.assertGreaterEqual(status["sessions-half-open"], BURST)

    def test_a_client_above_its_rate_hears_nothing_and_gets_in_by_trying_again(self):
        """TCP tries again by itself, after a second."""
        client = self.hold(BURST, "ssh-client", SSH_PROXY)
        self.spoof([matrix.ADDRESSES["ssh-client"][0]] * BURST)
        us = matrix.ADDRESSES["us"][0]
        late = self.outside.hold(1, matrix.ADDRESSES["ssh-client"][0], us, SSH_PROXY, 8000)
        self.assertEqual(late.opened, ["held 1"])
        self.assert_alive(client, BURST)

    def test_an_established_session_outlives_the_five_seconds(self):
        client = self.hold(1, "ssh-client", SSH_PROXY)
        time.sleep(HALF_OPEN_SECONDS + 2)  # the tracker's clock is what is tested
        self.assert_alive(client, 1)
        self.assertEqual(self.status()["sessions"], 1)


class PerClient(SessionCase):
    """[host] sessions-per-client = 3, at its exact edge."""

    most = 3

    def configure(self, **more_peers):
        peers = {party: matrix.spelled(party) for party in PEERS} | more_peers
        keys = {"size": 450, "sessions-per-client": self.most}
        self.config.write("proxy", peers, management=matrix.spelled("management"), **keys)

    def test_a_client_has_so_many_over_all_its_flows_and_another_has_its_own(self):
        both = [matrix.spelled("ssh-client")[0]]
        self.configure(**{"rdp-client": both})
        self.daemon.reload()
        ssh = self.hold(2, "ssh-client", SSH_PROXY)
        rdp = self.hold(1, "ssh-client", RDP_PROXY)
        self.assert_full(ssh)
        self.assert_full(rdp)
        self.hold(3, "ssh-client", SSH_PROXY, family=1)
        ssh.close_session(1)
        self.assert_room_for_one(rdp)
        self.assert_full(ssh)

    def test_it_holds_in_both_families_and_over_reloads_and_restarts(self):
        holds = [self.hold(3, "ssh-client", SSH_PROXY, family=f) for f in (0, 1)]
        self.configure(**{"linux-host": ["10.42.0.1"]})
        self.daemon.reload()
        for hold in holds:
            self.assert_full(hold)
        self.assertEqual(self.daemon.stop(), 0)
        self.us.daemon(self.config)
        for hold in holds:
            self.assert_full(hold)
            self.assert_alive(hold, 3)
            hold.close_session(2)
            self.assert_room_for_one(hold)
            self.assert_full(hold)

    def test_a_client_that_has_left_leaves_no_element_behind(self):
        hold = self.hold(3, "ssh-client", SSH_PROXY)
        listing = self.us.list_table("inet", "rolewall")
        self.assertIn(f"elements = {{ {matrix.ADDRESSES['ssh-client'][0]} ct count", listing)
        for number in range(1, 4):
            hold.close_session(number)
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while f"{matrix.ADDRESSES['ssh-client'][0]} ct count" in self.us.list_table("inet", "rolewall"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)  # the kernel cleans up once a second and tells nobody


def syn(source, destination, source_port, port):
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    tcp = struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 0x50, 2, 1024, 0, 0)
    pseudo = addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(tcp))
    total = sum(struct.unpack(f"!{(len(pseudo) + len(tcp)) // 2}H", pseudo + tcp))
    total = (total & 0xFFFF) + (total >> 16)
    tcp = tcp[:16] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + tcp[18:]
    # the kernel fills in the length and the checksum of the IP header
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses + tcp


if __name__ == "__main__":
    hosts.main()
