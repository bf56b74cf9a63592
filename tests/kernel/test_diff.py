#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`rolewallctl diff` says which live connections a reload would cut; then a reload comes, and
cuts those and no other.

Connections of every kind are made first: to us, from us, to a published container port, of
management; both families; TCP and UDP.  Half of them are of a peer that goes.  What is
listed is compared with what was made, and what still works after the reload with what was
not listed.
"""

import json
import re
import time
import unittest

import hosts
from test_revocation import (
    BEHIND, CONTAINER, FOREIGN, GATEWAY, GOES, IN, INSIDE, MANAGER, OTHER_MANAGER, OUT,
    PUBLISHED, SSH, STAYS, THEIR_PORT, US, Conversation, RevocationCase,
)  # fmt: skip

NO_CHANGE, FAULTY, BAD_USE, CHANGE = 0, 1, 2, 3
LED = 2222  # leads to SSH
OURS = 6000  # where our UDP conversations with others begin


class DiffCase(RevocationCase):
    def ctl(self, *arguments, wrap=(), environment=()):
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        argv = [*wrap, "env", "-u", "SSH_CONNECTION", *environment, hosts.setting("ROLEWALLCTL")]
        argv += ["--config-dir", self.config.directory, "--roles-dir", roles]
        argv += ["--state-dir", self.daemon.state, "--runtime-dir", self.daemon.runtime, *arguments]
        return self.us.run(*argv, check=False)

    def diff(self, status, **options):
        """The preview, of which the exit status is demanded."""
        done = self.ctl("diff", "--json", **options)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return json.loads(done.stdout)

    def diff_text(self, status, **options):
        done = self.ctl("diff", **options)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return done.stdout

    def peer_changes(self, preview):
        return {
            c.get("name"): (c["elements-added"], c["elements-removed"], c["added"], c["removed"])
            for c in preview["changes"]
            if c["what"] == "peer"
        }


def cuts(preview):
    """{(direction, protocol, source, destination, port)}"""
    keys = ("direction", "protocol", "source", "destination", "destination-port")
    listed = [tuple(c[k] for k in keys) for c in preview["cuts"]]
    assert len(listed) == len(set(listed)), listed
    return set(listed)


class Listed(DiffCase):
    """Everything at once."""

    def prepare(self):
        super().prepare()
        self.container = self.lab.host("container")
        self.lab.wire(self.us, self.container, "docker0", "eth0", prefixes=BEHIND)
        self.us.address(*GATEWAY, link="docker0")
        self.container.address(*CONTAINER)
        for name in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.us.sysctl(name, "1")
        self.container.ip(*(f"route add default via {g}" for g in GATEWAY))
        self.container.serve(hosts.wildcards({("tcp", INSIDE)}))
        self.us.nft(FOREIGN)
        self.our_ends = [self.end_at(self.us, a, IN) for a in US]
        self.our_callers = [self.end_at(self.us, a, OURS) for a in US]
        self.inside_ends = [self.end_at(self.container, a, INSIDE) for a in CONTAINER]

    def open_all(self):
        """{what is listed of it: a function that tells whether it works}"""
        made = {}
        for f in (0, 1):
            for them in (STAYS[f], GOES[f]):
                made |= self.open_tcp(f, them) | self.open_udp(f, them)
            for manager in (MANAGER[f], OTHER_MANAGER[f]):
                hold = self.held(self.outside, manager, US[f], SSH)
                made["inbound", "tcp", manager, US[f], SSH] = hold
        return made

    def held(self, host, source, destination, port):
        hold = host.hold(1, source, destination, port, 300)
        self.assertEqual(hold.opened, ["held 1"])
        return lambda: hold.alive(1)

    def open_tcp(self, f, them):
        return {
            ("inbound", "tcp", them, US[f], IN): self.held(self.outside, them, US[f], IN),
            ("inbound", "tcp", them, US[f], PUBLISHED): self.held(
                self.outside, them, US[f], PUBLISHED
            ),
            ("outbound", "tcp", US[f], them, OUT): self.held(self.us, US[f], them, OUT),
        }

    def open_udp(self, f, them):
        client = self.end_at(self.outside, them, THEIR_PORT)
        talks = {
            ("inbound", "udp", them, US[f], IN): Conversation(client, self.our_ends[f]),
            ("inbound", "udp", them, US[f], PUBLISHED): Conversation(
                client, self.inside_ends[f], (US[f], PUBLISHED)
            ),
            ("outbound", "udp", US[f], them, OUT): Conversation(
                self.our_callers[f], self.end_at(self.outside, them, OUT)
            ),
        }
        for key, talk in talks.items():
            self.assertTrue(talk.works(), key)
        return {key: talk.works for key, talk in talks.items()}

    def assert_cuts_what_it_lists(self, made, going, **changes):
        self.configure(**changes)
        preview = self.diff(CHANGE)
        self.assertEqual(cuts(preview), going)
        self.assertEqual({key for key in made if not made[key]()}, set(), "by diff alone")
        self.daemon.reload()
        self.assertEqual({key for key in made if not made[key]()}, going)
        self.assertEqual(self.diff_text(NO_CHANGE), "no change\n", "what is cut is cut")
        return preview

    def going(self, made, *addresses):
        return {key for key in made if set(key) & set(addresses)}

    def test_what_is_listed_is_cut_and_nothing_else(self):
        made = self.open_all()
        going = self.going(made, *GOES, *MANAGER)
        self.assertEqual((len(made), len(going)), (28, 14))
        preview = self.assert_cuts_what_it_lists(
            made, going, friends=STAYS, managers=OTHER_MANAGER
        )
        for cut in preview["cuts"]:
            management = cut["destination-port"] == SSH
            self.assertEqual(cut["management"], management, cut)
            flow = {IN: "in", OUT: "out", PUBLISHED: "published"}.get(cut["destination-port"])
            self.assertEqual(cut["flow"], flow, cut)
            self.assertTrue(cut["reason"], cut)
            self.assertFalse(cut["own-session"], cut)

    def test_kept_sessions_are_not_listed(self):
        """Those of management neither."""
        self.reload(revoke="keep")
        made = self.open_all()
        preview = self.assert_cuts_what_it_lists(
            made, set(), friends=STAYS, managers=OTHER_MANAGER, revoke="keep"
        )
        self.assertTrue(preview["keeps-sessions"])
        # to keep them no longer cuts what was kept
        going = self.going(made, *GOES, *MANAGER)
        self.assert_cuts_what_it_lists(made, going, friends=STAYS, managers=OTHER_MANAGER)


class Live(DiffCase):
    def test_session_that_was_silent_since_an_earlier_change_is_listed(self):
        """It bears the mark of a generation that is gone, and lives."""
        sessions = self.inbound_sessions(GOES)
        self.assert_alive(sessions, True)
        for number in (1, 2):  # generations pass
            self.reload(friends=(*STAYS, *GOES, f"10.2.1.{number}"))
        self.configure(friends=STAYS)
        expected = {("inbound", "tcp", GOES[f], US[f], IN) for f in (0, 1)}
        self.assertEqual(cuts(self.diff(CHANGE)), expected)
        self.daemon.reload()
        self.assert_alive(sessions, False)

    def test_closed_session_is_not_listed(self):
        for hold in self.inbound_sessions(GOES):
            hold.close_session(1)
        self.configure(friends=STAYS)
        # the other end closes when it has heard of it
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while cuts(self.diff(CHANGE)) and time.monotonic() < deadline:
            pass
        self.assertEqual(cuts(self.diff(CHANGE)), set())

    def test_own_session_is_marked(self):
        own, other = (self.outside.hold(1, MANAGER[0], US[0], SSH, 300) for _ in (1, 2))
        self.assertEqual((own.opened, other.opened), (["held 1"], ["held 1"]))
        self.configure(managers=OTHER_MANAGER)
        ports = {c["source-port"] for c in self.diff(CHANGE)["cuts"]}
        self.assertEqual(len(ports), 2)
        for port in ports:
            ssh = f"SSH_CONNECTION={MANAGER[0]} {port} {US[0]} {SSH}"
            marked = {
                c["source-port"]: (c["own-session"], c["management"])
                for c in self.diff(CHANGE, environment=[ssh])["cuts"]
            }
            self.assertEqual(marked, {p: (p == port, True) for p in ports})
            text = self.diff_text(CHANGE, environment=[ssh])
            lines = [l for l in text.splitlines() if "YOUR OWN SESSION, management session" in l]
            self.assertEqual(len(lines), 1, text)
            self.assertIn(f"{MANAGER[0]}:{port} -> {US[0]}:{SSH}", lines[0])
        # sudo drops it; the shell of the session has it
        shell = ("env", ssh, "sh", "-c", '"$@"; exit $?', "sh")
        preview = self.diff(CHANGE, wrap=shell)
        self.assertEqual([c["source-port"] for c in preview["cuts"] if c["own-session"]], [port])

    def test_management_that_was_led_to_its_port_is_listed_with_what_was_dialled(self):
        for table in ("ip", "ip6"):
            self.us.nft(
                f"table {table} lead {{\nchain c {{\ntype nat hook prerouting priority dstnat\n"
                f"tcp dport {LED} redirect to :{SSH}\n}}\n}}\n"
            )
        sessions = self.inbound_sessions(MANAGER, LED)
        self.assert_alive(sessions, True)
        self.configure(managers=OTHER_MANAGER)
        preview = self.diff(CHANGE)
        self.assertEqual(
            cuts(preview), {("inbound", "tcp", MANAGER[f], US[f], LED) for f in (0, 1)}
        )
        self.assertEqual([c["management"] for c in preview["cuts"]], [True, True])
        # sshd knows only the port that it listens on
        ssh = f"{MANAGER[0]} {preview['cuts'][0]['source-port']} {US[0]} {SSH}"
        preview = self.diff(CHANGE, environment=[f"SSH_CONNECTION={ssh}"])
        self.assertEqual([c["own-session"] for c in preview["cuts"]], [True, False])
        self.daemon.reload()
        self.assert_alive(sessions, False)

    def test_rubbish_for_a_session_is_no_session(self):
        self.outside.hold(1, MANAGER[0], US[0], SSH, 300)
        self.configure(managers=OTHER_MANAGER)
        for ssh in ("", "rubbish", f"{MANAGER[0]} 99999 {US[0]} 22", f"{MANAGER[0]} 1"):
            preview = self.diff(CHANGE, environment=[f"SSH_CONNECTION={ssh}"])
            self.assertEqual([c["own-session"] for c in preview["cuts"]], [False], ssh)


class Interfaces(DiffCase):
    """[host] interface: which one a connection came by, the tracker does not say."""

    NEAR, US_NEAR = "10.2.0.22", "10.20.0.1"
    FAR, US_FAR = "192.168.7.2", "192.168.7.1"

    def prepare(self):
        super().prepare()
        self.lab.wire(self.us, self.outside, "eth1", "eth1", prefixes=("192.168.7.0/24",))
        self.us.address(self.US_FAR, link="eth1")
        self.outside.address(self.FAR, link="eth1")

    def configure(self, **keys):
        super().configure(friends=(self.NEAR, self.FAR), **keys)

    def test_connections_by_an_interface_that_is_left_out_are_listed(self):
        ends = ((self.NEAR, self.US_NEAR), (self.FAR, self.US_FAR))
        by_eth0, by_eth1 = (("inbound", "tcp", them, us, IN) for them, us in ends)
        for interface, going in (
            ("eth1 eth0", set()),
            ("eth1", {by_eth0}),
            ("eth0", {by_eth1}),
            ("lo", {by_eth0, by_eth1}),
        ):
            self.reload(interface="eth0 eth1")
            sessions = [self.outside.hold(1, them, us, IN, 300) for them, us in ends]
            self.assertEqual([s.opened for s in sessions], [["held 1"]] * 2)
            self.configure(interface=interface)
            self.assertEqual(cuts(self.diff(CHANGE)), going, interface)
            self.daemon.reload()
            alive = [s.alive(1) for s in sessions]
            self.assertEqual(alive, [by_eth0 not in going, by_eth1 not in going], interface)
            for session in sessions:
                session.end()


class Differences(DiffCase):
    def test_unchanged_configuration_is_no_change(self):
        self.assertEqual(self.diff_text(NO_CHANGE), "no change\n")
        preview = self.diff(NO_CHANGE)
        self.assertEqual((preview["in-force"], preview["changes"]), (True, []))
        self.assertEqual(preview["generation"] << 16, self.generation())

    def test_unchanged_configuration_with_a_size_and_ranges_is_no_change(self):
        ranges = ("10.3.0.0/16", "10.4.0.1-10.4.0.9", "2001:db8:7::/48")
        self.reload(size=450, friends=(*STAYS, *ranges), interface="eth0")
        done = self.ctl("diff")  # it may warn of a machine too small for the size
        self.assertEqual((done.returncode, done.stdout), (NO_CHANGE, "no change\n"))

    def test_nothing_is_changed_by_asking(self):
        before = self.us.list_table("inet", "rolewall"), self.generation()
        self.configure(friends=STAYS)
        self.diff(CHANGE)
        self.assertEqual((self.us.list_table("inet", "rolewall"), self.generation()), before)

    def test_addresses_that_come_and_go_are_named(self):
        self.configure(friends=(*STAYS, GOES[0], "10.3.0.0/16", "2001:db8:7::7"))
        changes = self.peer_changes(self.diff(CHANGE))
        added, removed, which, gone = changes["friend"]
        self.assertEqual((added, removed), (2, 1))
        self.assertEqual(sorted(which), ["10.3.0.0/16", "2001:db8:7::7"])
        self.assertEqual(gone, [GOES[1]])
        text = self.diff_text(CHANGE)
        self.assertRegex(text, r"(?m)^~ peer friend \(\S+:\d+\): 2 added, 1 removed: ")

    def test_a_range_that_grows_is_another_one(self):
        self.reload(friends=(*STAYS, "10.3.0.0/16", "10.5.0.1-10.5.0.9"))
        self.configure(friends=(*STAYS, "10.3.0.0/16", "10.5.0.1-10.5.0.10"))
        changes = self.peer_changes(self.diff(CHANGE))
        self.assertEqual(
            changes, {"friend": (1, 1, ["10.5.0.1-10.5.0.10"], ["10.5.0.1-10.5.0.9"])}
        )

    def test_many_addresses_are_counted(self):
        self.configure(friends=(*STAYS, *GOES, *(f"10.2.7.{n}" for n in range(100))))
        changes = self.peer_changes(self.diff(CHANGE))
        self.assertEqual((changes["friend"][0], len(changes["friend"][2])), (100, 8))
        self.assertIn("… 92 more", self.diff_text(CHANGE))

    def test_flows_and_their_ports_are_named(self):
        self.config.file(
            "rolewall.conf.d/more.conf",
            "[host]\ndisable = out\n[flow in]\nport = 7000, 7100\n"
            "[flow extra]\nport = 7200\nprotocol = tcp\nsource = friend\ntarget = this-host\n",
        )
        preview = self.diff(CHANGE)
        flows = {(c["name"], c["side"]): c["change"] for c in preview["changes"] if c["what"] == "flow"}
        self.assertEqual(flows["extra", "inbound"], "added")
        self.assertEqual(flows["out", "outbound"], "removed")
        self.assertNotIn(("published", "inbound"), flows)
        ports = {
            (c["name"], c["side"]): (c["added"], c["removed"])
            for c in preview["changes"]
            if c["what"] == "ports"
        }
        self.assertEqual(
            ports["tcp", "inbound"], (["7100 flow in", "7200 flow extra"], [])
        )
        self.assertEqual(ports["udp", "inbound"], (["7100 flow in"], []))
        self.assertEqual(ports["tcp", "outbound"][1], [f"{OUT} flow out"])
        protocols = [c for c in preview["changes"] if c["what"] == "protocols"]
        self.assertEqual([c["removed"] for c in protocols], [["tcp", "udp"]])
        text = self.diff_text(CHANGE)
        self.assertRegex(text, r"(?m)^\+ flow extra, inbound \(\S+more\.conf:5\)$")
        self.assertRegex(text, r"(?m)^- flow out, outbound$")
        self.assertNotRegex(text, "-[0-9a-f]{8}")

    def test_rule_that_only_comes_from_another_line_is_counted(self):
        path = self.config.directory / "rolewall.conf"
        self.config.file(path.name, "# a line more\n" + path.read_text())
        text = self.diff_text(CHANGE)
        self.assertRegex(
            text, r"^  \d+ stay the same, and come from other lines of the files\n"
            r"no live connection would be cut\n$"
        )

    def test_foreign_rule_in_an_unowned_table_is_a_difference(self):
        self.daemon.stop()
        self.us.nft("add rule inet rolewall echo-answer counter drop")
        self.assertIn("~ built-in echo-answer\n", self.diff_text(CHANGE))
        preview = self.diff(CHANGE)
        self.assertEqual([c["name"] for c in preview["disturbed"]], ["echo-answer"])
        self.assertEqual(preview["changes"], [])

    def test_without_the_daemon_it_says_the_same(self):
        sessions = self.inbound_sessions(GOES)
        self.assert_alive(sessions, True)
        self.configure(friends=(*STAYS, "10.3.0.0/16"))
        asked = self.diff(CHANGE)
        self.daemon.stop()
        self.assertEqual(self.diff(CHANGE), asked)
        self.assertEqual(len(cuts(asked)), 2)

    def test_without_the_daemon_it_knows_what_is_on_trial(self):
        self.configure(friends=(*STAYS, "10.3.0.0/16"))
        self.assertEqual(self.daemon.ask("reload", "--confirm=300").returncode, 0)
        self.assertEqual(self.diff(NO_CHANGE)["disturbed"], [])
        self.daemon.stop()
        self.assertEqual(self.diff(NO_CHANGE)["disturbed"], [])

    def test_a_table_of_which_nothing_is_saved_is_compared_as_it_is(self):
        self.daemon.stop()
        (self.daemon.state / "confirmed").unlink()
        self.assertEqual(self.diff(NO_CHANGE)["changes"], [])
        self.configure(friends=STAYS)
        self.assertIn("that no saved configuration describes", self.diff_text(CHANGE))
        self.assertEqual([c["name"] for c in self.diff(CHANGE)["disturbed"]], ["friend"])

    def test_other_directories_than_the_daemon_s_are_compared_with_what_is_in_force(self):
        other = self.lab.config()
        path = self.config.directory / "rolewall.conf"
        other.file(path.name, path.read_text())
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        argv = [hosts.setting("ROLEWALLCTL"), "--config-dir", other.directory]
        argv += ["--roles-dir", roles, "--state-dir", self.daemon.state]
        argv += ["--runtime-dir", self.daemon.runtime, "diff", "--json"]
        preview = json.loads(self.us.run(*argv, check=False).stdout)
        self.assertEqual([c for c in preview["changes"] if c["change"] != "moved"], [])

    def test_connection_behind_a_foreign_rule_is_taken_to_live(self):
        """The rule is one that diff does not understand."""
        sessions = self.inbound_sessions(GOES)
        self.assert_alive(sessions, True)
        self.daemon.stop()
        self.us.nft("insert rule inet rolewall input meta cpu 0-100 accept")
        self.configure(friends=STAYS)
        expected = {("inbound", "tcp", GOES[f], US[f], IN) for f in (0, 1)}
        self.assertEqual(cuts(self.diff(CHANGE)), expected)


class Refusals(DiffCase):
    def test_without_a_table_all_is_new(self):
        sessions = self.inbound_sessions(GOES)
        self.assert_alive(sessions, True)
        self.daemon.stop()
        self.us.nft("delete table inet rolewall")
        self.configure(friends=STAYS)
        preview = self.diff(CHANGE)
        self.assertEqual((preview["in-force"], preview["changes"]), (False, []))
        self.assertEqual(cuts(preview), {("inbound", "tcp", GOES[f], US[f], IN) for f in (0, 1)})
        text = self.diff_text(CHANGE)
        self.assertTrue(text.startswith("nothing is in force"), text)

    def test_faulty_configuration_is_told_as_check_does(self):
        self.configure(friends=("10.0.0.300",))
        done, check = self.ctl("diff"), self.ctl("check")
        self.assertEqual((done.returncode, done.stdout), (FAULTY, ""))
        self.assertEqual(done.stderr, check.stderr)
        self.assertRegex(done.stderr, r"rolewall\.conf:\d+:\d+: error: ")

    def test_wrong_arguments_are_told(self):
        for arguments in (("more",), ("--yaml",), ("--json=no",)):
            done = self.ctl("diff", *arguments)
            self.assertEqual((done.returncode, done.stdout), (BAD_USE, ""), arguments)
            self.assertTrue(done.stderr, arguments)

    def test_unprivileged_is_told_once(self):
        done = self.ctl("diff", wrap=("setpriv", "--reuid=65534", "--clear-groups"))
        self.assertEqual((done.returncode, done.stdout), (FAULTY, ""))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("CAP_NET_ADMIN", done.stderr)

    def test_help_tells_the_exit_status(self):
        self.assertTrue(re.search(r"of diff: 0 no change, 3 some", self.ctl("--help").stdout))


if __name__ == "__main__":
    hosts.main()
