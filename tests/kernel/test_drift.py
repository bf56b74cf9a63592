#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Others at our table: what they change is noticed, undone, and said with their name.

The daemon logs each repair on a line; the test waits for that line, or for READY after a
reload, and never for time to pass.  The tables are compared as in test_transitions.
"""

import re
import select
import time
import unittest

import hosts
import matrix
import test_transitions

SSH_PROXY = 4422
UNOWNED = ("--ownership", "none")  # otherwise nobody gets that far

FEW = 5  # edits in a row that are not yet a fight, which is not logged blow by blow

# each changes one thing; the words that the log must say of it
EDITS = (
    ("delete table inet rolewall", "the table is gone"),
    ("flush ruleset", "the table is gone"),
    ("flush chain inet rolewall input", "chain input changed"),
    ("insert rule inet rolewall input accept", "chain input changed"),
    ("add rule inet rolewall in-ssh-proxy drop", "chain in-ssh-proxy changed"),
    ("add chain inet rolewall extra", "chain extra added"),
    ("add element inet rolewall peer-ssh-client-hosts4 { 192.0.2.66 }",
     "set peer-ssh-client-hosts4 changed"),
    ("delete element inet rolewall PORTS { 4422 }", "set PORTS changed"),
    ("flush set inet rolewall peer-ssh-client-hosts6", "set peer-ssh-client-hosts6 changed"),
    ("add set inet rolewall extra { type ipv4_addr; }", "set extra added"),
    ("add counter inet rolewall extra", "object extra added"),
    ("chain inet rolewall input { policy accept; }", "chain input changed"),
    ("add table inet rolewall { flags dormant; }", "table rolewall made dormant"),
)


class Drift(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        self.outside.address("10.2.0.22", "2001:db8:2::22")
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY)}))
        self.config = self.lab.config()
        peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")}
        peers["ssh-client"] = ["10.2.0.22", "2001:db8:2::22"]
        self.config.write("proxy", peers, management=matrix.spelled("management"))
        self.daemon = self.us.daemon(self.config, arguments=UNOWNED)

    def table(self):
        listing = self.us.nft_json("table", "inet", "rolewall")
        return test_transitions.comparable(listing)

    def said(self, heard, words):
        return self.daemon.said(heard, words)

    def test_every_edit_is_undone_and_its_author_named(self):
        before = self.table()
        for number, (script, words) in enumerate(EDITS):
            if number % FEW == 0 and number:
                self.assertEqual(self.daemon.stop(), 0)
                self.daemon = self.us.daemon(self.config, arguments=UNOWNED)
            with self.subTest(script):
                ports = re.search(r"inbound-tcp-ports-\w+", str(before))[0]
                script, words = (text.replace("PORTS", ports) for text in (script, words))
                heard = len(self.daemon.stderr())
                self.us.nft(script)
                text = self.said(heard, "; the change is undone")
                self.assertIn("nft (pid ", text)
                self.assertIn(words, text)
                self.assertEqual(self.table(), before)
        self.assertEqual(self.daemon.stop(), 0)

    def test_changes_of_other_tables_are_left_alone_and_not_mentioned(self):
        heard = len(self.daemon.stderr())
        for number in range(20):
            self.us.nft(f"add table inet other{number}")
        self.daemon.reload()
        self.assertNotIn("changed the table inet rolewall", self.daemon.stderr()[heard:])
        self.assertIsNotNone(self.us.list_table("inet", "other7"))

    def test_a_live_session_outlives_the_deletion_of_the_table(self):
        hold = self.outside.hold(1, "10.2.0.22", matrix.ADDRESSES["us"][0], SSH_PROXY, 500)
        self.assertEqual(hold.opened, ["held 1"])
        heard = len(self.daemon.stderr())
        self.us.nft("delete table inet rolewall")
        self.said(heard, "; the change is undone")
        self.assertTrue(hold.alive(1))

    def test_a_fight_is_said_once_and_still_won(self):
        before = self.table()
        heard = len(self.daemon.stderr())
        for _ in range(40):
            self.us.run("nft", "add", "chain", "inet", "rolewall", "extra", check=False)
            self.us.run("nft", "delete", "table", "inet", "rolewall", check=False)
        self.said(heard, "again and again")
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while self.us.list_table("inet", "rolewall") is None or self.table() != before:
            self.assertLess(time.monotonic(), deadline, "the table did not come back")
            select.select([], [], [], 0.01)
        self.assertEqual(self.daemon.stderr()[heard:].count("again and again"), 1)
        self.assertLessEqual(self.daemon.stderr()[heard:].count("; the change is undone"), 12)


if __name__ == "__main__":
    hosts.main()
