#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon's life: start, SIGHUP, SIGTERM, and what each leaves in the kernel.

Three promises are tested here.  A good change takes effect at once, live sessions
included, and nobody else notices.  A bad one changes nothing and is named by file, line
and column.  And whatever the daemon does, it does to its own table only.
"""

import json
import re
import os
import shutil
import unittest

import hosts
import matrix

SSH_PROXY = 4422
STAYS, GOES = ("10.2.0.22", "2001:db8:2::22"), ("10.2.0.23", "2001:db8:2::23")
FOREIGN = """
table inet foreign {
	set numbers {
		type ipv4_addr
		elements = { 10.1.2.3, 10.1.2.4 }
	}
	counter seen {
	}
	chain input {
		type filter hook input priority 10; policy accept
		ip saddr @numbers counter name "seen" accept
		tcp dport 9 drop
	}
}
table ip other {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept
		ip saddr 192.0.2.1 masquerade
	}
}
"""
UNPRIVILEGED = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs"),
)
# what is wrong, the lines that are appended to a good file, and which of them is at fault
FAULTS = (
    ("an address that is none", "[peer time-server]\naddress = 10.0.0.300\n", 2),
    ("a section that nobody knows", "[pear time-server]\naddress = 10.0.0.3\n", 1),
    ("a line that is nothing", "[peer time-server]\naddress = 10.0.0.3\nnonsense\n", 3),
)
NONSENSE = "nonsense\n"


class DaemonCase(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*matrix.ADDRESSES["us"])
        self.outside.address(*STAYS, *GOES)
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY)}))
        self.config = self.lab.config()
        self.configure([*STAYS, *GOES])

    def configure(self, ssh_clients, append=""):
        """rolewall.conf; its path, and on which line the appended text begins."""
        peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")}
        peers["ssh-client"] = ssh_clients
        path = self.config.write("proxy", peers, management=matrix.spelled("management"))
        good = path.read_text()
        self.config.file(path.name, good + append)
        return path, len(good.splitlines()) + 1

    def ruleset(self):
        return self.us.list_table("inet", "rolewall")

    def foreign(self):
        return [self.us.list_table(*name) for name in (("inet", "foreign"), ("ip", "other"))]

    def reach(self, sources):
        attempts = [
            ("tcp", source, matrix.ADDRESSES["us"][family], SSH_PROXY)
            for family, source in enumerate(sources)
        ]
        return list(self.outside.connect(attempts).values())

    def sessions(self, sources):
        holds = [
            self.outside.hold(1, source, matrix.ADDRESSES["us"][family], SSH_PROXY, 500)
            for family, source in enumerate(sources)
        ]
        for hold in holds:
            self.assertEqual(hold.opened, ["held 1"])
        return holds

    def assert_fault_named(self, text, path, line):
        """file:line:column: error: and something to read after it."""
        pattern = rf"(?m)^{re.escape(str(path))}:{line}:\d+: error: \S+"
        self.assertRegex(text, pattern)


class Reload(DaemonCase):
    def test_removed_peer_stops_and_kept_peer_goes_on(self):
        daemon = self.us.daemon(self.config)
        kept, removed = self.sessions(STAYS), self.sessions(GOES)
        self.configure(STAYS)
        daemon.reload()
        self.assertEqual([h.alive(1) for h in kept], [True, True])
        self.assertEqual([h.alive(1) for h in removed], [False, False])
        self.assertEqual(self.reach(STAYS), ["open", "open"])
        self.assertEqual(self.reach(GOES), ["silent", "silent"])

    def test_added_peer_gets_in(self):
        self.configure(STAYS)
        daemon = self.us.daemon(self.config)
        self.assertEqual(self.reach(GOES), ["silent", "silent"])
        self.configure([*STAYS, *GOES])
        daemon.reload()
        self.assertEqual(self.reach(GOES), ["open", "open"])

    def test_drop_in_moves_a_port(self):
        daemon = self.us.daemon(self.config)
        (session, _) = self.sessions(STAYS)
        self.config.file("rolewall.conf.d/port.conf", "[flow ssh-proxy]\nport = 2222\n")
        daemon.reload()
        self.assertFalse(session.alive(1))
        self.assertEqual(self.reach(STAYS), ["reset", "reset"])

    def test_reload_without_a_change_changes_nothing_that_counts(self):
        daemon = self.us.daemon(self.config)
        (session, _) = self.sessions(STAYS)
        for _ in range(3):
            daemon.reload()
            self.assertTrue(session.alive(1))
        self.assertEqual(self.reach(STAYS), ["open", "open"])
        self.assertEqual(daemon.stop(), 0)

    def test_bad_file_keeps_the_old_ruleset_and_is_named(self):
        daemon = self.us.daemon(self.config)
        before = self.ruleset()
        self.assertIsNotNone(before)
        for what, text, at in FAULTS:
            with self.subTest(what):
                path, line = self.configure(STAYS, append=text)
                (session, _) = self.sessions(GOES)
                heard = len(daemon.stderr())
                daemon.reload()
                self.assertEqual(self.ruleset(), before)
                self.assert_fault_named(daemon.stderr()[heard:], path, line + at - 1)
                self.assertTrue(session.alive(1))
                self.assertEqual(self.reach(GOES), ["open", "open"])

    def test_good_file_after_a_bad_one_takes_effect(self):
        daemon = self.us.daemon(self.config)
        self.configure(STAYS, append=NONSENSE)
        daemon.reload()
        self.assertEqual(self.reach(GOES), ["open", "open"])
        self.configure(STAYS)
        daemon.reload()
        self.assertEqual(self.reach(GOES), ["silent", "silent"])
        self.assertEqual(self.reach(STAYS), ["open", "open"])


class End(DaemonCase):
    def test_sigterm_leaves_the_ruleset_and_exits_0(self):
        daemon = self.us.daemon(self.config)
        before = self.ruleset()
        self.assertIsNotNone(before)
        (session, _) = self.sessions(STAYS)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.ruleset(), before)
        self.assertTrue(session.alive(1))
        self.assertEqual(self.reach(STAYS), ["open", "open"])

    def test_next_start_takes_the_table_over_and_cuts_nobody(self):
        first = self.us.daemon(self.config)
        (session, _) = self.sessions(STAYS)
        self.assertEqual(first.stop(), 0)
        second = self.us.daemon(self.config)
        self.assertTrue(session.alive(1))
        self.assertEqual(self.reach(STAYS), ["open", "open"])
        self.configure(GOES)
        second.reload()
        self.assertFalse(session.alive(1))
        self.assertEqual(second.stop(), 0)

    def test_a_restart_with_the_same_files_makes_no_set_anew(self):
        def handles():
            listing = json.loads(self.us.nft_json("table", "inet", "rolewall"))
            sets = (item.get("set") or item.get("map") for item in listing["nftables"])
            return {s["name"]: s["handle"] for s in sets if s}

        self.assertEqual(self.us.daemon(self.config).stop(), 0)
        before = handles()
        self.assertIn("peer-ssh-client-hosts4", before)
        self.assertEqual(self.us.daemon(self.config).stop(), 0)
        self.assertEqual(handles(), before)

    def test_foreign_tables_are_untouched(self):
        self.us.nft(FOREIGN)
        before = self.foreign()
        self.assertNotIn(None, before)
        daemon = self.us.daemon(self.config)
        self.assertEqual(self.foreign(), before)
        self.configure(STAYS)
        daemon.reload()
        self.assertEqual(self.foreign(), before)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.foreign(), before)


class Start(DaemonCase):
    def assert_refuses(self, daemon, status=os.EX_CONFIG):
        """Ends by itself, without ever having been ready."""
        self.assertEqual(daemon.outcome(), status, daemon.stderr())

    def assert_bad_configuration_refused(self):
        path, line = self.configure(STAYS, append=NONSENSE)
        daemon = self.us.start_daemon(self.config)
        self.assert_refuses(daemon)
        self.assert_fault_named(daemon.stderr(), path, line)

    def test_bad_configuration_changes_nothing_on_a_bare_host(self):
        self.us.nft(FOREIGN)
        before = self.us.run("nft", "list", "ruleset")
        self.assert_bad_configuration_refused()
        self.assertEqual(self.us.run("nft", "list", "ruleset"), before)

    def test_bad_configuration_leaves_what_an_earlier_daemon_left(self):
        self.assertEqual(self.us.daemon(self.config).stop(), 0)
        before = self.ruleset()
        self.assertIsNotNone(before)
        self.assert_bad_configuration_refused()
        self.assertEqual(self.ruleset(), before)

    def test_missing_configuration_is_refused(self):
        self.config.directory.joinpath("rolewall.conf").unlink()
        daemon = self.us.start_daemon(self.config)
        self.assert_refuses(daemon)
        self.assertIn("rolewall.conf", daemon.stderr())
        self.assertIsNone(self.ruleset())

    def test_world_writable_configuration_is_refused(self):
        self.config.directory.joinpath("rolewall.conf").chmod(0o666)
        daemon = self.us.start_daemon(self.config)
        self.assert_refuses(daemon)
        self.assertIn("rolewall.conf", daemon.stderr())
        self.assertIsNone(self.ruleset())

    def test_without_privileges_it_says_so_in_one_line(self):
        # Copies: nobody may not be able to read the build and the source tree.
        program = shutil.copy(hosts.setting("ROLEWALLD"), self.lab.directory)
        roles = self.lab.directory / "roles"
        shutil.copytree(hosts.setting("SOURCE_DIR") / "conf" / "roles", roles)
        daemon = self.us.start_daemon(
            self.config, program=program, roles_dir=roles, wrap=UNPRIVILEGED
        )
        self.assert_refuses(daemon, os.EX_OSERR)
        said = daemon.stderr().splitlines()
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], r"(?i)privilege|permi|CAP_NET_ADMIN|root")
        self.assertIsNone(self.ruleset())

    def test_on_a_kernel_without_nf_tables_it_says_so_in_one_line(self):
        wrapper = hosts.setting("SOURCE_DIR") / "tests" / "kernel" / "without_nf_tables.py"
        daemon = self.us.start_daemon(self.config, wrap=("/usr/bin/python3", wrapper))
        self.assert_refuses(daemon, os.EX_OSERR)
        said = daemon.stderr().splitlines()
        self.assertEqual(len(said), 1, said)
        self.assertIn("no nf_tables", said[0])
        self.assertIsNone(self.ruleset())


if __name__ == "__main__":
    hosts.main()
