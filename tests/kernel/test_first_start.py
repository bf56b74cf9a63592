#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The first start does not lock out who administers the host.

Where nothing was ever in force, a start asks of every established session to the ports of SSH
and of management whether it would be cut.  If all would be, it changes nothing, says which and
what to write, and ends with a status after which nobody tries again.
"""

import unittest

import hosts

SSH, ODD, WEB, DIALLED = 22, 2200, 80, 2222
WRITTEN, WRONG, OTHER, US = "10.9.0.2", "10.9.1.2", "10.9.1.3", "10.20.0.1"
US6, WRONG6 = "2001:db8:20::1", "2001:db8:9::2"
NOT_STARTED = 78  # RestartPreventExitStatus= of the unit
MARK = "force-start"

HOST = """[host]
[management]
from = %s
%s[flow web]
port = 80
protocol = tcp
source = client
target = this-host
[peer client]
address = 10.2.0.2
"""


class FirstStart(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US, US6)
        self.outside.address(WRITTEN, WRONG, OTHER, WRONG6)
        # as sshd has it: one listener for both families
        self.us.serve([("tcp", a, port) for port in (SSH, ODD, WEB) for a in ("0.0.0.0", "::")])
        self.config = self.lab.config()
        self.state = self.lab.directory / "state"
        self.write()

    def write(self, source=WRITTEN, more=""):
        self.config.file("rolewall.conf", HOST % (source, more))

    def session(self, source, port=SSH, to=US):
        return self.outside.hold(1, source, to, port)

    def start(self, **options):
        """Its outcome: READY=1, or the exit status; and the daemon."""
        daemon = self.us.start_daemon(self.config, state=self.state, **options)
        return daemon.outcome(), daemon

    def assert_refused(self, *words):
        outcome, daemon = self.start()
        self.assertEqual(outcome, NOT_STARTED)
        for word in words:
            self.assertIn(word, daemon.stderr())
        self.assertEqual(self.us.run("nft", "list", "tables"), "")
        self.assertFalse((self.state / "confirmed").exists())

    def assert_started(self):
        outcome, daemon = self.start()
        self.assertEqual(outcome, "READY=1", daemon.stderr())
        return daemon

    def test_a_start_that_would_cut_all_sessions_changes_nothing(self):
        held = self.session(WRONG)
        self.assert_refused(
            "not started, and nothing was changed",
            f"from {WRONG} port ",
            f" to {US} port 22: add {WRONG} to from = in [management] ",
            "rolewall.conf:2)",
            "rolewallctl start --force",
        )
        self.assertTrue(held.alive(1))
        self.write(f"{WRITTEN}, {WRONG}")
        self.assert_started()
        self.assertTrue(held.alive(1))

    def test_each_session_of_ipv6_and_of_managements_port_is_asked_for(self):
        self.write(more="port = 2200\n")
        self.session(WRONG6, to=US6)
        self.session(WRONG, ODD)
        self.session(WRITTEN)
        self.assert_refused(
            f"add {WRONG6} to from = and 22 to port =",
            f"port 2200: add {WRONG} to from = in",
            "port 22: add 22 to port = in",
        )

    def test_one_session_that_stays_is_enough(self):
        self.session(WRONG)
        held = self.session(WRITTEN)
        self.assert_started()
        self.assertTrue(held.alive(1))

    def test_a_session_that_dnat_has_led_to_ssh_is_one_to_the_port_that_was_dialled(self):
        self.us.nft(
            f"""table ip translation {{
    chain prerouting {{
        type nat hook prerouting priority -100; policy accept;
        tcp dport {DIALLED} redirect to :{SSH}
    }}
}}
"""
        )
        flow = "[flow ssh]\nport = %s\nprotocol = tcp\nsource = admin\ntarget = this-host\n"
        admin = f"[peer admin]\naddress = {WRONG}\n"
        session = self.session(WRONG, DIALLED)
        self.write(more=flow % SSH + admin)
        outcome, daemon = self.start()
        self.assertEqual(outcome, NOT_STARTED)
        self.assertIn(f"from {WRONG}", daemon.stderr())
        self.assertTrue(session.alive(1))
        self.write(more=flow % f"{SSH} {DIALLED}" + admin)
        self.assertEqual(self.start()[0], "READY=1")
        self.assertTrue(session.alive(1))

    def test_without_sessions_there_is_nothing_to_ask(self):
        self.session(WRONG, WEB)
        self.assert_started()

    def test_a_session_of_this_host_with_itself_does_not_count(self):
        self.session(WRONG)
        self.us.hold(1, US, US, SSH)
        self.assert_refused(f"from {WRONG} port ")

    def test_it_is_asked_only_where_nothing_was_ever_in_force(self):
        self.assert_started().stop()
        self.us.nft("delete table inet rolewall")
        self.session(WRONG)
        self.assert_started()

    def test_force_is_for_one_start(self):
        self.write("none")
        held = self.session(WRONG)
        run = self.lab.directory / "run"
        run.mkdir()
        run.chmod(0o777)
        (run / MARK).touch()
        outcome, daemon = self.start(arguments=("--runtime-dir", run))
        self.assertEqual(outcome, "READY=1", daemon.stderr())
        self.assertFalse((run / MARK).exists())
        self.assertFalse(held.alive(1))

    def check(self, session):
        done = self.us.run(
            *("env", f"SSH_CONNECTION={session}", hosts.setting("ROLEWALLCTL")),
            *("--config-dir", self.config.directory, "--roles-dir"),
            *(hosts.setting("SOURCE_DIR") / "conf" / "roles", "check"),
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_check_warns_who_sits_in_a_session_that_would_be_cut(self):
        self.assertNotIn("session", self.check(f"{WRITTEN} 40000 {US} 22"))
        self.assertRegex(
            self.check(f"{WRONG} 40000 {US} 22"),
            r"rolewall\.conf:2:\d+: warning: this would cut your SSH session, "
            rf"from {WRONG} port 40000 to {US} port 22; add {WRONG} to from = in \[management\]",
        )


if __name__ == "__main__":
    hosts.main()
