#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose the table is: what others may do to it, and what is left of it when the daemon
ends, in each of the ways in which a kernel can let us own it.

A kernel that does not know a way is skipped for it, visibly.  The service manager's part in
keeping a socket is played by the test, with the protocol of sd_notify(3) and
sd_listen_fds(3).
"""

import os
import signal
import unittest

import hosts
import matrix

SSH_PROXY = 4422
CLIENT, UNKNOWN = "10.2.0.22", "192.0.2.9"
PERSIST = ("--ownership", "persist")
OWNER = ("--ownership", "owner", "--fd-store")
NONE = ("--ownership", "none")


class OwnershipCase(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        self.outside.address(CLIENT)
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY), ("tcp", 81)}))
        self.config = self.lab.config()
        peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")}
        peers["ssh-client"] = [CLIENT]
        self.config.write("proxy", peers, management=matrix.spelled("management"))

    def start(self, arguments, **options):
        daemon = self.us.daemon(self.config, arguments=arguments, **options)
        wanted = arguments[1]
        if f"ownership {wanted}" not in daemon.stderr():
            self.skipTest(f"this kernel does not know ownership {wanted}")
        return daemon

    def kill(self, daemon):
        daemon.signal(signal.SIGKILL)
        daemon.wait()

    def edit(self, *script):
        return self.us.run("nft", *script, check=False).returncode

    def assert_protected(self):
        us = matrix.ADDRESSES["us"][0]
        results = self.outside.connect(
            [("tcp", CLIENT, us, SSH_PROXY), ("tcp", CLIENT, us, 81)]
        )
        self.assertEqual(list(results.values()), ["open", "reset"])

    def assert_untouchable(self):
        before = self.us.list_table("inet", "rolewall")
        self.assertNotEqual(self.edit("delete", "table", "inet", "rolewall"), 0)
        self.assertNotEqual(self.edit("flush", "chain", "inet", "rolewall", "input"), 0)
        self.assertEqual(self.edit("flush", "ruleset"), 0)
        self.assertEqual(self.us.list_table("inet", "rolewall"), before)


class Persist(OwnershipCase):
    def test_nobody_else_changes_the_table(self):
        daemon = self.start(PERSIST)
        self.assert_untouchable()
        daemon.reload()
        self.assert_untouchable()
        self.assertEqual(daemon.stop(), 0)

    def test_the_table_outlives_a_kill_and_is_taken_over(self):
        daemon = self.start(PERSIST)
        hold = self.outside.hold(1, CLIENT, matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
        self.kill(daemon)
        self.assert_protected()
        self.assertTrue(hold.alive(1))
        second = self.start(PERSIST)
        self.assert_protected()
        self.assertTrue(hold.alive(1))
        self.assert_untouchable()
        self.assertEqual(second.stop(), 0)
        self.assert_protected()

    def test_a_second_daemon_is_refused(self):
        self.start(PERSIST)
        second = self.us.start_daemon(self.config)
        self.assertEqual(second.outcome(), os.EX_OSERR)
        self.assertIn("another process owns the table", second.stderr())
        self.assert_protected()


class Owner(OwnershipCase):
    def test_nobody_else_changes_the_table(self):
        daemon = self.start(OWNER)
        self.assert_untouchable()
        self.assertEqual(daemon.stop(), 0)

    def test_the_table_outlives_a_kill_with_the_socket_in_keeping(self):
        daemon = self.start(OWNER)
        self.assertIsNotNone(daemon.kept_socket)
        hold = self.outside.hold(1, CLIENT, matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
        self.kill(daemon)
        self.assert_protected()
        self.assert_untouchable()
        second = self.start(OWNER, kept_socket=daemon.kept_socket)
        self.assert_protected()
        self.assertTrue(hold.alive(1))
        self.assert_untouchable()
        second.reload()
        self.assertEqual(second.stop(), 0)

    def test_a_daemon_that_is_stopped_gives_the_table_up_and_leaves_it(self):
        daemon = self.start(OWNER)
        hold = self.outside.hold(1, CLIENT, matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
        self.assertEqual(daemon.stop(), 0)
        hosts.close(daemon.kept_socket)
        self.assert_protected()
        self.assertTrue(hold.alive(1))

    def test_without_a_keeper_it_is_not_begun(self):
        daemon = self.us.start_daemon(self.config, arguments=OWNER[:2])
        self.assertEqual(daemon.outcome(), 2)
        self.assertIn("--fd-store", daemon.stderr())
        self.assertIsNone(self.us.list_table("inet", "rolewall"))


class FlushOnExit(OwnershipCase):
    def assert_flushed_when_stopped(self, way):
        """And only then: not when it is killed."""
        daemon = self.start((*way, "--flush-on-exit"))
        self.us.nft("table inet other")
        self.kill(daemon)
        self.assert_protected()
        kept = daemon.kept_socket
        second = self.start((*way, "--flush-on-exit"), kept_socket=kept)
        self.assertEqual(second.stop(), 0)
        self.assertIn("not protected any more", second.stderr())
        self.assertIsNone(self.us.list_table("inet", "rolewall"))
        self.assertIsNotNone(self.us.list_table("inet", "other"))
        if kept is not None:
            hosts.close(kept)

    def test_persist(self):
        self.assert_flushed_when_stopped(PERSIST)

    def test_owner(self):
        self.assert_flushed_when_stopped(OWNER)

    def test_none(self):
        self.assert_flushed_when_stopped(NONE)


class Changing(OwnershipCase):
    def test_every_way_leads_to_every_other_without_a_gap(self):
        ways = (PERSIST, NONE, OWNER, PERSIST, OWNER, NONE, PERSIST)
        hold = None
        for way in ways:
            daemon = self.start(way)
            if hold is None:
                hold = self.outside.hold(1, CLIENT, matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
            self.assert_protected()
            self.assertTrue(hold.alive(1), way)
            self.assertEqual(daemon.stop(), 0)
            if daemon.kept_socket is not None:
                hosts.close(daemon.kept_socket)
            self.assert_protected()

    def test_a_socket_that_is_still_kept_does_not_shut_out_who_wants_none(self):
        """As when --fd-store is taken out of the unit: the service manager hands it over once more."""
        first = self.start((*PERSIST, "--fd-store"))
        hold = self.outside.hold(1, CLIENT, matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
        self.assertEqual(first.stop(), 0)
        second = self.start(NONE, kept_socket=first.kept_socket)
        self.assertIn("FDSTOREREMOVE=1", second.announced())
        self.assert_protected()
        self.assertTrue(hold.alive(1))
        self.assertEqual(second.stop(), 0)
        self.assert_protected()
        hosts.close(first.kept_socket)

    def test_an_unowned_table_outlives_a_kill(self):
        self.kill(self.start(NONE))
        self.assert_protected()


if __name__ == "__main__":
    hosts.main()
