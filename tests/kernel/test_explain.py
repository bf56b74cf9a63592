#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Troubles acted out: `rolewallctl explain` names the cause, and a packet meets what it says.

The daemon runs; each test makes one trouble with real servers, tables and files, tries the connection,
and asks.  What is advised is done where that is a line of a file, and then the connection opens.
"""

import json
import os
import shutil
import unittest

import hosts

US, CLIENT, BALANCER, SERVER, NAMED = "10.20.0.1", "10.2.0.22", "10.2.0.33", "10.2.0.40", "10.2.0.41"
SERVICE, OTHER, OPTIONAL, OUT, BY_NAME, PUBLISHED = 7000, 7001, 7002, 7443, 7444, 8080
PORTS = (SERVICE, OTHER, OPTIONAL, PUBLISHED)
ROLE = f"""[role]
name = box
plays = box
peers = client
session-flows = serve
[flow serve]
port = {SERVICE}
protocol = tcp
source = client
target = box
[flow extra]
port = {OPTIONAL}
protocol = tcp
source = client
target = box
optional = yes
[size 100]
sessions = 2
"""
HOST = f"""[host]
roles = box
size = 100
[management]
from = 10.9.0.0/24
[peer client]
address = {CLIENT}
[peer server]
address = {SERVER}
[peer cloud]
name = cloud.example
[flow out]
port = {OUT}
protocol = tcp
source = this-host
target = server
[flow named]
port = {BY_NAME}
protocol = tcp
source = this-host
target = cloud
"""


def has_list_of_connections():
    """Not every kernel lists its connections in a file."""
    return os.path.exists("/proc/net/nf_conntrack")


class Trouble(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(CLIENT, BALANCER, SERVER, NAMED)
        self.config = self.lab.config()
        self.config.file("roles/box.conf", ROLE)
        self.config.file("rolewall.conf", HOST)
        self.daemon = self.us.daemon(self.config)

    def explain(self, *question, options=(), line=""):
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        program = [hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory]
        program += ["--roles-dir", roles, "--runtime-dir", self.daemon.runtime]
        return self.us.run(*program, "explain", *options, *question, text_in=line, check=False)

    def why(self, code, *question, source="daemon"):
        done = self.explain(*question, options=["--json"])
        found = json.loads(done.stdout)
        self.assertEqual((found["code"], found["from"]), (code, source), done.stdout)
        self.assertTrue(done.stdout.startswith('{"schema":"rolewall.explain/1",'), done.stdout)
        self.assertEqual(done.returncode, 0 if found["allowed"] else 1)
        self.assertTrue(found["reason"])
        return found

    def comes_in(self, port=SERVICE, client=CLIENT):
        return self.outside.connect_one("tcp", client, US, port)

    def test_a_client_that_is_not_listed_is_told_and_the_advice_lets_it_in(self):
        self.us.serve([("tcp", US, SERVICE)])
        self.assertNotEqual(self.comes_in(client=BALANCER), "open")
        found = self.why("PEER_UNKNOWN", "tcp", BALANCER, f"{US}:{SERVICE}")
        self.assertEqual((found["flow"], found["peer"]), ("serve", "client"))
        self.assertTrue(found["place"].endswith("rolewall.conf:6"), found)
        self.config.file("rolewall.conf.d/site.conf", found["advice"])
        self.why("NOT_LOADED", "tcp", BALANCER, f"{US}:{SERVICE}")
        self.assertNotEqual(self.comes_in(client=BALANCER), "open")
        self.daemon.reload()
        self.why("ALLOWED", "tcp", BALANCER, f"{US}:{SERVICE}")
        self.assertEqual(self.comes_in(client=BALANCER), "open")

    def test_an_optional_row_that_is_off_is_turned_on_by_the_advice(self):
        self.us.serve([("tcp", US, OPTIONAL)])
        self.assertNotEqual(self.comes_in(OPTIONAL), "open")
        found = self.why("FLOW_OFF", "tcp", CLIENT, f"{US}:{OPTIONAL}")
        self.config.file("rolewall.conf.d/site.conf", found["advice"])
        self.daemon.reload()
        self.assertEqual(self.comes_in(OPTIONAL), "open")

    def test_a_port_of_no_flow_either_way(self):
        self.us.serve([("tcp", US, OTHER)])
        self.assertNotEqual(self.comes_in(OTHER), "open")
        self.why("PORT_UNKNOWN", "tcp", CLIENT, f"{US}:{OTHER}")
        found = self.why("OUTBOUND_NO_FLOW", "tcp", "this-host", f"{SERVER}:{OTHER}")
        self.outside.serve([("tcp", SERVER, OTHER)])
        self.assertNotEqual(self.us.connect_one("tcp", US, SERVER, OTHER), "open")
        self.config.file("rolewall.conf.d/site.conf", found["advice"])
        self.daemon.reload()
        self.assertEqual(self.us.connect_one("tcp", US, SERVER, OTHER), "open")

    def test_a_table_of_others_that_drops_it_is_named(self):
        self.us.serve([("tcp", US, SERVICE)])
        self.us.nft(
            "table ip other { chain first {\ntype filter hook input priority -10\n"
            f"tcp dport {SERVICE} drop\n}}\n}}"
        )
        self.assertEqual(self.comes_in(), "silent")
        found = self.why("FOREIGN_DROP", "tcp", CLIENT, f"{US}:{SERVICE}")
        self.assertIn("table ip other, chain first, rule with handle ", found["reason"])
        self.us.nft("delete table ip other")
        self.why("ALLOWED", "tcp", CLIENT, f"{US}:{SERVICE}")
        self.assertEqual(self.comes_in(), "open")

    def test_a_table_of_others_that_drops_the_answers_is_named(self):
        self.us.serve([("tcp", US, SERVICE)])
        self.us.nft(
            "table ip other { chain last {\ntype filter hook output priority 10\n"
            f"tcp sport {SERVICE} drop\n}}\n}}"
        )
        self.assertEqual(self.comes_in(), "silent")
        found = self.why("FOREIGN_DROP", "tcp", CLIENT, f"{US}:{SERVICE}")
        self.assertIn("drops the answers to inbound tcp 7000", found["reason"])

    @unittest.skipUnless(shutil.which("iptables-nft"), "iptables-nft is not installed")
    def test_a_rule_of_iptables_that_refuses_the_client_is_named(self):
        self.us.serve([("tcp", US, SERVICE)])
        self.us.run("iptables-nft", *f"-A INPUT -s {CLIENT} -p tcp -j DROP".split())
        self.assertEqual(self.comes_in(), "silent")
        found = self.why("FOREIGN_DROP", "tcp", CLIENT, f"{US}:{SERVICE}")
        self.assertIn("table ip filter, chain INPUT", found["reason"])

    def test_a_dead_listener_is_none_of_ours(self):
        self.assertEqual(self.comes_in(), "reset")
        self.why("NO_LISTENER", "tcp", CLIENT, f"{US}:{SERVICE}")

    def test_the_cap_is_reached_and_those_that_are_open_are_live(self):
        self.us.serve([("tcp", US, SERVICE)])
        held = self.outside.hold(2, CLIENT, US, SERVICE)
        self.assertNotEqual(self.comes_in(), "open")
        self.why("SESSIONS_FULL", "tcp", CLIENT, f"{US}:{SERVICE}")
        shown = self.us.run("ss", "-Htn", "state", "established", f"sport = :{SERVICE}")
        port = shown.split()[3].rpartition(":")[2]
        self.why("ALLOWED_LIVE", "tcp", f"{CLIENT}:{port}", f"{US}:{SERVICE}")
        self.assertTrue(held.alive(1))

    def test_a_pasted_line_of_conntrack_or_ss_is_a_question(self):
        self.us.serve([("tcp", US, SERVICE)])
        held = self.outside.hold(1, CLIENT, US, SERVICE)
        tracked = self.us.run("cat", "/proc/net/nf_conntrack") if has_list_of_connections() else None
        listed = self.us.run("ss", "-Htn", "state", "established", f"sport = :{SERVICE}")
        for line in filter(None, (tracked, listed)):
            done = self.explain("-", options=["--json", "--packet"], line=line)
            self.assertEqual(json.loads(done.stdout)["code"], "ALLOWED_LIVE", line)
        done = self.explain("-", options=["--packet"], line="nothing of the kind\n")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no connection is found", done.stderr)
        self.assertTrue(held.alive(1))

    def test_a_published_port_with_another_number_is_judged_by_the_one_dialled(self):
        self.us.serve([("tcp", US, SERVICE)])
        self.us.nft(
            "table ip nat { chain pre {\ntype nat hook prerouting priority -100\n"
            f"tcp dport {PUBLISHED} dnat to {US}:{SERVICE}\n}}\n}}"
        )
        self.assertNotEqual(self.comes_in(PUBLISHED), "open")
        found = self.why("DNAT_PORT", "tcp", CLIENT, f"{US}:{PUBLISHED}")
        self.assertIn(f"port {PUBLISHED} to port {SERVICE}", found["reason"])

    def test_a_name_that_has_no_address_yet(self):
        self.outside.serve([("tcp", NAMED, BY_NAME)])
        self.assertNotEqual(self.us.connect_one("tcp", US, NAMED, BY_NAME), "open")
        found = self.why("NAME_WAITING", "tcp", "this-host", f"{NAMED}:{BY_NAME}")
        self.assertEqual(found["peer"], "cloud")

    def test_no_route_leads_to_the_peer(self):
        self.us.ip("route flush 10.0.0.0/8")
        self.why("NO_ROUTE", "tcp", "this-host", f"{SERVER}:{OUT}")

    def test_without_a_ruleset_or_a_daemon_the_files_answer_and_that_is_said_first(self):
        self.assertEqual(self.daemon.ask("flush", "--yes-open-this-host").returncode, 0)
        self.why("FLUSHED", "tcp", BALANCER, f"{US}:{SERVICE}", source="files")
        self.daemon.stop()
        self.why("NOT_RUNNING", "tcp", CLIENT, f"{US}:{SERVICE}", source="files")
        said = self.explain("tcp", CLIENT, f"{US}:{SERVICE}").stdout
        self.assertTrue(said.startswith("rolewalld does not run; this is what the files"), said)


if __name__ == "__main__":
    hosts.main()
