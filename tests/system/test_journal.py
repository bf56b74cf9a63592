#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the journal has of the daemon: entries that programs find by MESSAGE_ID, with fields; and the
catalog's text for people.
"""

import json
import re
import time
import unittest

import machine
import network

import hosts

EVENTS = dict(
    re.findall(
        r'EVENT\(\w+, "([a-z-]+)", "(\w+)"\)',
        (hosts.setting("SOURCE_DIR") / "daemon/events.h").read_text(),
    )
)
LESS = network.CONFIG.partition("[flow out]")[0]
FAULTS = network.CONFIG.replace("roles = target", "roles = tarjet") + "[pear x]\nnonsense\n"
WATCHED = """\
[Service]
ExecStart=
ExecStart=/usr/sbin/rolewalld --fd-store --ownership none
"""
FORGET = "rm -rf /var/lib/rolewall/*; nft delete table inet rolewall 2>/dev/null || true"
LOGIN = 4711


class Journal(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(hosts.Lab())
        cls.us = cls.lab.host("us")
        cls.machine = machine.Machine(cls.lab)
        cls.machine.boot(cls.us)
        cls.machine.install()

    def setUp(self):
        self.machine.drop_in(WATCHED)
        self.configure(network.CONFIG)
        self.machine.run("systemctl", "stop", "rolewalld")
        self.machine.run("sh", "-c", FORGET)
        self.machine.run("systemctl", "start", "rolewalld")
        self.mark = self.machine.mark()
        # --after-cursor passes over the first entry where others than the cursor's are asked for
        self.since = f"@{time.time():.6f}"

    def configure(self, text):
        self.machine.config.file("rolewall.conf", text)

    def ctl(self, *argv, status=0):
        done = self.machine.run("rolewallctl", *argv, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def entries(self, event):
        """Those of a kind since the mark."""
        self.machine.run("journalctl", "--sync")
        out = self.machine.run(
            "journalctl", "-o", "json", f"--since={self.since}",
            f"MESSAGE_ID={EVENTS[event]}",
        )  # fmt: skip
        return [json.loads(line) for line in out.splitlines()]

    def only(self, event):
        found = self.entries(event)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def assert_fields(self, entry, **fields):
        wanted = {f"ROLEWALL_{name}": str(value) for name, value in fields.items()}
        self.assertEqual({name: entry.get(name) for name in wanted}, wanted, entry)

    def assert_asked(self, entry):
        self.assert_fields(entry, ASKER_UID=0)
        self.assertRegex(entry["ROLEWALL_ASKER_PID"], r"^[1-9]\d*$")

    def test_a_reload_is_found_with_who_has_asked_for_it(self):
        self.configure(LESS)
        self.ctl("reload")
        entry = self.only("loaded")
        self.assert_asked(entry)
        self.assert_fields(entry, EVENT="loaded", REASON="reload", OWNERSHIP="none")
        self.assertRegex(entry["ROLEWALL_GENERATION"], r"^\d+$")
        self.assertEqual(entry["PRIORITY"], "6")
        self.assertEqual(entry["SYSLOG_IDENTIFIER"], "rolewalld")
        self.assertEqual(entry["_SYSTEMD_UNIT"], "rolewalld.service")
        self.assertRegex(entry["MESSAGE"], r"^reload by root \(uid 0, pid \d+\): 1 flow removed")

    def test_who_has_logged_in_before_he_became_root_is_told(self):
        as_user = f"echo {LOGIN} > /proc/self/loginuid && exec rolewallctl reload"
        done = self.machine.run("sh", "-c", as_user, check=False)
        if "loginuid" in done.stderr:
            self.skipTest("this kernel, or the container, has no loginuid to set")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_fields(self.only("loaded"), ASKER_UID=0, ASKER_LOGIN_UID=LOGIN)

    def test_each_fault_of_a_refused_reload_has_its_place(self):
        self.configure(FAULTS)
        lines = FAULTS.splitlines()
        self.ctl("reload", status=1)
        found = self.entries("fault")
        for entry in found:
            self.assert_fields(entry, CONFIG_FILE="/etc/rolewall/rolewall.conf")
            self.assertEqual(entry["PRIORITY"], "3")
            place = [entry[f"ROLEWALL_CONFIG_{name}"] for name in ("FILE", "LINE", "COLUMN")]
            self.assertIn(":".join(place) + ": error: ", entry["MESSAGE"])
        wanted = {str(lines.index(x) + 1) for x in ("roles = tarjet", "[pear x]", "nonsense")}
        self.assertEqual({entry["ROLEWALL_CONFIG_LINE"] for entry in found}, wanted)
        refused = self.only("not-loaded")
        self.assert_asked(refused)
        self.assert_fields(refused, REASON="reload", FAULTS=len(found))
        self.assertEqual(self.entries("loaded"), [])
        self.assert_fields(self.only("trouble"), TROUBLE="refused")
        self.configure(network.CONFIG)
        self.ctl("reload")
        self.assert_fields(self.only("resolved"), TROUBLE="refused")

    def test_a_trial_says_who_has_begun_confirmed_and_undone_it(self):
        self.configure(LESS)
        self.ctl("reload", "--confirm=600")
        begun = self.only("trial-begun")
        self.assert_asked(begun)
        self.assert_fields(begun, TRIAL_SECONDS=600)
        self.ctl("confirm")
        self.assert_asked(self.only("trial-confirmed"))
        self.configure(network.CONFIG)
        self.ctl("reload", "--confirm=600")
        self.ctl("rollback")
        undone = self.only("trial-undone")
        self.assert_asked(undone)
        self.ctl("reload", "--confirm=1")
        self.machine.wait_said(self.mark, "was not confirmed in time")
        late = self.entries("trial-undone")[1]
        self.assertNotIn("ROLEWALL_ASKER_PID", late)

    def test_a_flush_says_who_has_opened_the_host(self):
        self.ctl("flush", "--yes-open-this-host")
        entry = self.only("flushed")
        self.assert_asked(entry)
        self.assertEqual(entry["PRIORITY"], "4")

    def test_a_repair_names_the_program_that_changed_the_table(self):
        self.us.run("nft", "flush", "chain", "inet", "rolewall", "input")
        self.machine.wait_said(self.mark, "the change is undone")
        entry = self.only("repaired")
        self.assert_fields(entry, CHANGED_BY="nft")
        self.assertRegex(entry["ROLEWALL_CHANGED_BY_PID"], r"^[1-9]\d*$")
        self.assertIn("input", entry["ROLEWALL_DIFFERENCE"])

    def test_rules_of_others_are_findings(self):
        self.us.nft("add table inet other; add chain inet other c { type filter hook input priority 5; policy drop; }")
        try:
            self.machine.wait_said(self.mark, "inet other")
            self.assertIn("other", self.entries("finding")[0]["ROLEWALL_SUBJECT"])
        finally:
            self.us.nft("delete table inet other")

    def test_the_catalog_explains_an_entry(self):
        self.ctl("reload")
        catalog = ["journalctl", "-x", "-u", "rolewalld", f"--since={self.since}"]
        self.machine.run("journalctl", "--sync")
        self.assertIn("Subject: A firewall configuration is in force", self.machine.run(*catalog))
        listed = self.machine.run("journalctl", "--list-catalog", *EVENTS.values())
        self.assertEqual(len(listed.splitlines()), len(EVENTS))

    def test_why_a_start_fails_belongs_to_the_unit(self):
        self.machine.run("systemctl", "stop", "rolewalld")
        self.machine.run("sh", "-c", FORGET)
        self.configure(FAULTS)
        self.machine.run("systemctl", "start", "rolewalld", check=False)
        self.assertEqual(self.machine.show("SubState"), "failed")
        self.assertEqual(self.only("not-started")["_SYSTEMD_UNIT"], "rolewalld.service")
        status = self.machine.run("systemctl", "status", "rolewalld", check=False).stdout
        self.assertIn("not started, and nothing was changed: the configuration has faults", status)

    def test_why_a_start_fails_belongs_to_the_unit_if_the_journal_reads_it_too_late(self):
        """When the daemon has ended, and nobody can tell of which unit it was."""
        self.machine.run("systemctl", "stop", "rolewalld")
        self.machine.run("sh", "-c", FORGET)
        self.configure(FAULTS)
        journald = self.machine.show("MainPID", "systemd-journald.service")
        mark = self.machine.mark()
        self.machine.run("kill", "-STOP", journald)
        try:
            self.machine.run("systemctl", "start", "rolewalld", check=False)
            self.assertEqual(self.machine.show("SubState"), "failed")
        finally:
            self.machine.run("kill", "-CONT", journald)
        said = self.machine.said(mark)
        self.assertIn("not started, and nothing was changed: the configuration has faults", said)
        self.assertIn("rolewall.conf:2:9: error: ", said)


if __name__ == "__main__":
    machine.main()
