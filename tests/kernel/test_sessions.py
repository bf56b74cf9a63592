#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The session cap at its exact edge: the last one that fits, and the first that does not.

The vendor's sizing table says that a proxy for 450 administrators carries 150 concurrent
sessions.  They are counted over both session flows together, 4422 and 4489.  One too many
hears a reset, so that a client can say at once what is wrong.

A cap is worth what it is worth across a reload: a reload must not cut a session that
counts, and must not forget one either, or every reload would let another 150 in.
"""

import time
import unittest

import hosts
import matrix

SSH_PROXY, RDP_PROXY = 4422, 4489
PEERS = matrix.parties("proxy")
GRACE_SECONDS = 2 * hosts.PATIENCE
TICK_SECONDS = 0.01  # of the slowest kernels


class SessionCase(unittest.TestCase):
    """A proxy with a size, and clients of both kinds at the other end of a wire."""

    sessions = None  # [size 450] sessions = of a drop-in role file

    def setUp(self):
        lab = self.enterContext(hosts.Lab())
        self.us, self.outside = lab.host("us"), lab.host("outside")
        lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        for party in ("ssh-client", "rdp-client"):
            self.outside.address(*matrix.ADDRESSES[party])
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

    def hold(self, count, party, port, family=0):
        """Opens sessions and demands that all of them open."""
        them, us = (matrix.ADDRESSES[p][family] for p in (party, "us"))
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
    def setUp(self):
        super().setUp()
        self.ssh = self.hold(100, "ssh-client", SSH_PROXY)
        self.rdp = self.hold(50, "rdp-client", RDP_PROXY)

    def test_session_151_is_reset_on_either_port(self):
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)
        self.assert_full(self.ssh)
        self.assert_alive(self.ssh, 100)
        self.assert_alive(self.rdp, 50)

    def test_closing_one_lets_exactly_one_in(self):
        self.assert_full(self.rdp)
        self.ssh.close_session(7)
        self.assert_room_for_one(self.rdp)
        self.assert_full(self.ssh)
        self.assert_full(self.rdp)

    def test_reload_without_a_change_cuts_no_session(self):
        self.daemon.reload()
        self.assert_alive(self.ssh, 100)
        self.assert_alive(self.rdp, 50)

    def test_reload_with_a_change_elsewhere_cuts_no_session(self):
        self.configure(**{"linux-host": ["10.42.0.1"]})
        self.daemon.reload()
        self.assert_alive(self.ssh, 100)
        self.assert_alive(self.rdp, 50)

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
        self.assert_alive(self.ssh, 100)
        self.assert_alive(self.rdp, 50)
        self.assert_full(self.ssh)

    def test_reload_of_a_full_proxy_leaves_it_exactly_full(self):
        self.daemon.reload()
        self.assert_alive(self.ssh, 100)
        self.assert_alive(self.rdp, 50)
        self.assert_full(self.rdp)
        self.rdp.close_session(50)
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


class NoSize(SessionCase):
    def configure(self):
        self.config.write("proxy", {party: matrix.spelled(party) for party in PEERS})

    def test_without_a_size_nothing_is_capped(self):
        self.hold(151, "ssh-client", SSH_PROXY)


if __name__ == "__main__":
    hosts.main()
