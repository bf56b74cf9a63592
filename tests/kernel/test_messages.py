#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the log says of a change: who asked for it, which flows and peers it concerns, and how many
live sessions it has cut."""

import os
import signal

import hosts
from test_trial import CLIENT, NEW, US, WEB, TrialCase

OTHER = "10.2.0.3"


class Messages(TrialCase):
    def said(self, action, words):
        heard = len(self.daemon.stderr())
        action()
        return self.daemon.said(heard, words)

    def add_client(self, address):
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text.replace(f"address = {CLIENT}", f"address = {address}"))

    def test_a_start_says_what_is_in_force_and_who_may_change_the_table(self):
        text = self.daemon.stderr()
        self.assertRegex(text, "start: 1 flow and 1 peer are in force now; the whole table was .*")
        self.assertRegex(text, r"generation 1, ownership \w+")

    def test_an_address_more_names_its_peer_and_cuts_nobody(self):
        hold = self.outside.hold(1, CLIENT, US, WEB, 500)
        self.add_client(f"{CLIENT}, 10.2.0.9")
        text = self.said(lambda: self.ctl("reload"), "generation")
        self.assertRegex(
            text,
            r"reload by root \(uid 0, pid [1-9]\d*\): 1 peer changed "
            r"\(peer client: 1 address added\), every live session goes on",
        )
        self.assertTrue(hold.alive(1))

    def test_sessions_that_a_change_cuts_are_counted(self):
        holds = [self.outside.hold(1, CLIENT, US, WEB, 500) for _ in range(2)]
        self.add_client(OTHER)
        text = self.said(lambda: self.ctl("reload"), "generation")
        self.assertIn(
            "1 peer changed (peer client: 1 address added, 1 removed), 2 live sessions cut", text
        )
        self.assertFalse(any(hold.alive(1) for hold in holds))

    def test_sessions_that_a_trial_holds_up_are_counted(self):
        self.outside.hold(1, CLIENT, US, WEB, 500)
        self.write(NEW)
        text = self.said(lambda: self.ctl("reload", "--confirm=60"), "on trial")
        self.assertIn("81 flow web added), 1 live session held up until the trial ends", text)
        text = self.said(lambda: self.ctl("confirm"), "confirm by root (uid 0, pid ")
        text = self.said(lambda: self.ctl("reload"), "reload by root")
        self.assertIn("nothing changed", text)

    def test_a_trial_that_is_undone_says_by_whom(self):
        self.try_new()
        self.said(lambda: self.ctl("rollback"), "rolled back by root (uid 0, pid ")

    def test_the_sender_of_a_signal_is_named(self):
        said = f"reload by root (uid 0, pid {os.getpid()}): nothing changed"
        self.said(lambda: self.daemon.signal(signal.SIGHUP), said)

    def test_a_refused_reload_says_who_asked(self):
        self.config.file("rolewall.conf", "nonsense\n")
        self.said(lambda: self.ctl("reload", status=1), "pid ")
        self.assertRegex(
            self.daemon.stderr(), r"reload by root \(uid 0, pid \d+\): configuration refused"
        )


if __name__ == "__main__":
    hosts.main()
