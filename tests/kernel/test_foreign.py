#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of others: what defeats ours is reported with table, chain and flow, and never touched.

Each case shows with packets that what the log says is true: the port that is said to be
dropped cannot be reached, and where nothing is said it can.  The daemon looks a second
after a commit, and says one line; the test waits for the line.  That nothing is said is
seen by a table that is committed last, about which something is.
"""

import contextlib
import json
import re
import select
import shutil
import signal
import time
import unittest

import hosts
import matrix

SSH_PROXY, RDP_PROXY = 4422, 4489
US, CLIENT = matrix.ADDRESSES["us"][0], "10.2.0.22"

# name, script, what deletes it, words of the log; each loses connections to SSH_PROXY
DEFEATS = (
    (
        "earlier drop in inet",
        "table inet early { chain first {\ntype filter hook input priority -10\n"
        "tcp dport { 4000-4500, 9 } counter drop\n}\n}",
        "table inet early",
        r"table inet early, chain first, rule with handle \d+ \(hook input, priority -10\): drops "
        r"inbound ssh-proxy tcp 4422 \(\S*/proxy\.conf:\d+\), rdp-proxy tcp 4489 ",
    ),
    (
        "later drop in ip",
        "table ip late { chain last {\ntype filter hook input priority 300\n"
        "tcp dport vmap { 4422 : jump sub, 80 : drop }\n}\nchain sub {\nreject\n}\n}",
        "table ip late",
        r"table ip late, chain sub, rule with handle \d+, by way of chain last \(hook input, "
        r"priority 300\): rejects inbound ssh-proxy tcp 4422 ",
    ),
    (
        "policy drop in ip",
        "table ip strict { chain in {\ntype filter hook input priority 0; policy drop\n"
        "ct state established,related accept\niifname lo accept\ntcp dport 22 accept\n}\n}",
        "table ip strict",
        r"table ip strict, chain in, policy drop \(hook input, priority 0\): drops inbound .*"
        r"ssh-proxy tcp 4422 ",
    ),
    (
        "netdev ingress",
        'table netdev dev { chain wire {\ntype filter hook ingress device "eth0" priority 0\n'
        "tcp dport 4422 drop\n}\n}",
        "table netdev dev",
        r"table netdev dev, chain wire, rule with handle \d+ \(hook ingress of eth0, priority "
        r"0\): drops inbound ssh-proxy tcp 4422 ",
    ),
    (
        "inet ingress",
        'table inet dev { chain wire {\ntype filter hook ingress device "eth0" priority 0\n'
        "tcp dport 4422 drop\n}\n}",
        "table inet dev",
        r"table inet dev, chain wire, rule with handle \d+ \(hook ingress of eth0, priority 0\): "
        r"drops inbound ssh-proxy tcp 4422 ",
    ),
    (
        "invalid before the connection tracker",
        "table ip raw { chain pre {\ntype filter hook prerouting priority -300\n"
        "ct state invalid drop\n}\n}",
        "table ip raw",
        r"table ip raw, chain pre, rule with handle \d+ \(hook prerouting, priority -300\): drops "
        r"inbound ",
    ),
    (
        "answers",
        "table ip mute { chain out {\ntype filter hook output priority 5\n"
        "tcp sport 4422 drop\n}\n}",
        "table ip mute",
        r"table ip mute, chain out, rule with handle \d+ \(hook output, priority 5\): drops the "
        r"answers to inbound ssh-proxy tcp 4422 ",
    ),
    (
        "a ban of the only peer",
        "table inet bad {\nset bad {\ntype ipv4_addr\nelements = { 10.2.0.22 }\n}\nchain in {\n"
        "type filter hook input priority 0\nip saddr @bad tcp dport 4422 drop\n}\n}",
        "table inet bad",
        r"table inet bad, chain in, rule with handle \d+ \(hook input, priority 0\): drops "
        r"inbound ssh-proxy tcp 4422 ",
    ),
)

HARMLESS = """
table ip nat {
  chain PREROUTING {
    type nat hook prerouting priority -100
    tcp dport 8080 dnat to 10.0.0.5:80
  }
  chain POSTROUTING {
    type nat hook postrouting priority 100
    ip saddr 172.17.0.0/16 masquerade
  }
}
table ip docker {
  chain FORWARD {
    type filter hook forward priority 0; policy drop
    jump ISOLATION
    oifname "docker0" ct state related,established accept
    iifname "docker0" oifname != "docker0" accept
  }
  chain ISOLATION {
    iifname "docker0" oifname != "docker0" jump STAGE
  }
  chain STAGE {
    oifname "docker0" drop
  }
}
table inet count {
  counter seen { }
  chain in {
    type filter hook input priority 0
    counter name "seen"
    tcp dport 4422 counter
  }
  chain out {
    type filter hook output priority 0
    log prefix "out "
    meta mark set 7
  }
}
table inet blocks {
  set bad {
    type ipv4_addr
    elements = { 192.0.2.1 }
  }
  chain in {
    type filter hook input priority -5
    ip saddr @bad drop
    ct state invalid drop
    iifname "lo" accept
    tcp dport 9999 drop
    udp dport { 1, 2 } reject
  }
}
table inet firewall {
  chain services {
    tcp dport { 4000-7000 } accept
    meta l4proto tcp reject with tcp reset
  }
  chain in {
    type filter hook input priority 10; policy drop
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif "lo" accept
    tcp dport 22 accept
    jump services
    meta l4proto { icmp, icmpv6 } accept
  }
}
"""

LAST = "table inet last { chain in {\ntype filter hook input priority 7\ntcp dport 4489 drop\n}\n}"


class Case(unittest.TestCase):
    """A proxy with a listener on each port, and a client of ssh-proxy and rdp-proxy."""

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.client = self.lab.host("us"), self.lab.host("client")
        self.lab.wire(self.us, self.client)
        self.us.address(*matrix.ADDRESSES["us"])
        self.client.address(CLIENT)
        self.us.serve(hosts.wildcards({("tcp", SSH_PROXY), ("tcp", RDP_PROXY)}))
        self.config = self.lab.config()
        self.peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")}
        self.peers["ssh-client"] = self.peers["rdp-client"] = [CLIENT]
        self.write()

    def write(self, **keys):
        self.config.write("proxy", self.peers, management=matrix.spelled("management"), **keys)

    def start(self, ownership):
        self.daemon = self.us.daemon(self.config, arguments=("--ownership", ownership))

    def said(self, heard, words):
        """Waits until the daemon has said a line with the words since; all that it said."""
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while True:
            text = self.daemon.stderr()[heard:]
            if re.search(words, text) and text.endswith("\n"):
                return text
            self.assertLess(time.monotonic(), deadline, f"never said {words!r}: {text!r}")
            select.select([], [], [], 0.01)  # a file cannot be waited for

    def heard(self):
        return len(self.daemon.stderr())

    def reaches(self, port):
        return self.client.connect_one("tcp", CLIENT, US, port) == "open"

    def listing(self):
        """Of all tables but ours, without what packets change."""
        text = self.us.run("nft", "-a", "list", "ruleset")
        text = re.sub(r"(?ms)^table inet rolewall \{.*?^\}\n", "", text)
        return re.sub(r"packets \d+ bytes \d+", "", text)


class Foreign(Case):
    def check_defeats(self, ownership, defeats):
        self.start(ownership)
        self.assertTrue(self.reaches(SSH_PROXY))
        for name, script, table, words in defeats:
            with self.subTest(name, ownership=ownership):
                heard = self.heard()
                self.us.nft(script)
                before = self.listing()
                text = self.said(heard, words)
                self.assertFalse(self.reaches(SSH_PROXY))
                self.assertEqual(self.listing(), before)
                self.assertNotIn("no longer", text)
                self.assertNotIn("changed the table inet rolewall", text)
                self.us.nft(f"delete {table}")
                self.said(heard, f"gone or harmless now: {table}, ")
                self.assertTrue(self.reaches(SSH_PROXY))
        self.assertEqual(self.daemon.stop(), 0)

    def test_what_defeats_us_is_said_when_it_comes_and_goes_while_the_table_is_ours(self):
        self.check_defeats("persist", DEFEATS)

    def test_what_defeats_us_is_said_when_it_comes_and_goes_while_the_table_is_anybodys(self):
        self.check_defeats("none", DEFEATS[:3])

    def test_what_is_there_before_us_is_said_too(self):
        self.us.nft(LAST)
        self.start("persist")
        self.said(0, "table inet last, .*rdp-proxy tcp 4489")
        self.assertRegex(self.defeated_by()[0], "^table inet last, .*rdp-proxy tcp 4489")
        self.us.nft("delete table inet last")
        self.said(0, "gone or harmless now: table inet last, ")
        self.assertEqual(self.defeated_by(), [])

    def defeated_by(self):
        """As `rolewallctl status` has it."""
        program = hosts.setting("ROLEWALLCTL")
        ask = (program, "--runtime-dir", self.daemon.runtime, "status", "--json")
        done = self.us.run(*ask, check=False)
        found = json.loads(done.stdout)["blocked-by"]
        self.assertEqual(done.returncode, 3 if found else 0, done.stdout)
        return found

    def test_harmless_tables_are_not_mentioned(self):
        self.start("persist")
        heard = self.heard()
        self.us.nft(HARMLESS)
        self.assertTrue(self.reaches(SSH_PROXY))
        self.us.nft(LAST)
        text = self.said(heard, "table inet last, ")
        self.assertEqual(text.count("\n"), 1, text)

    def test_a_finding_is_said_once_and_anew_when_the_configuration_changes_it(self):
        self.start("persist")
        heard = self.heard()
        self.us.nft(LAST)
        self.said(heard, "table inet last, ")
        for number in range(3):
            mark = self.heard()
            self.us.nft(LAST.replace("last", f"more{number}"))
            self.said(mark, f"table inet more{number}, ")
        self.assertEqual(self.daemon.stderr()[heard:].count("table inet last, "), 1)
        mark = self.heard()
        self.write(disable="rdp-proxy")
        self.daemon.reload()
        text = self.said(mark, "gone or harmless now: table inet last, ")
        self.assertEqual(text.count("gone or harmless now: "), 4, text)

    def test_a_storm_of_commits_is_no_storm_of_looks(self):
        """Told by the daemon's CPU time, in units of one look at a table this size."""
        rules = "udp dport 1 ip saddr 192.0.2.1 drop\n" * 5000
        large = "table inet large {\nchain in {\ntype filter hook input priority 9\n"
        self.us.nft(f"{large}{rules}}}\n}}")
        self.start("persist")
        self.us.nft(LAST)
        self.said(0, "table inet last, ")
        heard, before = self.heard(), self.daemon.cpu_seconds()
        self.us.nft("delete table inet last")
        self.said(heard, "gone or harmless now")
        one = self.daemon.cpu_seconds() - before
        began, before = time.monotonic(), self.daemon.cpu_seconds()
        script = "add table inet storm\\ndelete table inet storm\\n"
        loop = f"i=0; while [ $i -lt 200 ]; do printf '{script}'; i=$((i+1)); done"
        self.us.run("sh", "-c", f"{{ {loop}; }} | nft -i >/dev/null")
        looks = (self.daemon.cpu_seconds() - before) / one
        # hearing of four hundred commits costs something too
        self.assertLess(looks, 1.5 * (time.monotonic() - began) + 3)

    @unittest.skipUnless(shutil.which("iptables-nft"), "iptables-nft is not installed")
    def test_iptables_is_understood(self):
        self.start("persist")
        heard = self.heard()
        for rule in (
            "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment x -j ACCEPT",
            "-A INPUT -i lo -j ACCEPT",
            "-A INPUT -p tcp -m multiport --dports 22,4489 -j ACCEPT",
            "-A INPUT -p tcp --dport 4422 -j REJECT",
            "-P INPUT DROP",
        ):
            self.us.run("iptables-nft", *rule.split())
        text = self.said(heard, "table ip filter, chain INPUT, policy drop .*: drops inbound ")
        self.assertRegex(
            text, r"chain INPUT, rule with handle \d+ .*: rejects inbound ssh-proxy tcp 4422 "
        )
        self.assertNotIn("rdp-proxy", text)
        self.assertTrue(self.reaches(RDP_PROXY))
        self.assertFalse(self.reaches(SSH_PROXY))


class Overrun(Case):
    def test_what_was_missed_while_we_slept_is_made_good(self):
        """More commits than the socket's buffer holds, and among the lost ones ours."""
        self.start("none")
        before = self.table()
        heard = self.heard()
        self.said(0, "generation")
        self.daemon.signal(signal.SIGSTOP)
        with contextlib.ExitStack() as stack:
            stack.callback(self.daemon.signal, signal.SIGCONT)
            lines = "\n".join(["add table inet storm", "delete table inet storm"])
            loop = f"i=0; while [ $i -lt 3000 ]; do echo '{lines}'; i=$((i+1)); done"
            # one transaction for each line
            self.us.run("sh", "-c", f"{{ {loop}; }} | nft -i >/dev/null")
            self.assertGreater(self.drops(), 0)
            ports = re.search(r"inbound-tcp-ports-\w+", str(before))[0]
            self.us.nft(f"delete element inet rolewall {ports} {{ 4422 }}")
            self.us.nft(LAST)
            self.assertFalse(self.reaches(SSH_PROXY))
        self.said(heard, f"set {ports} changed; the change is undone")
        self.said(heard, "table inet last, ")
        self.assertEqual(self.table(), before)
        self.assertTrue(self.reaches(SSH_PROXY))

    def table(self):
        """Ours, without the generation, which moves on with each repair."""
        return re.sub(r"0x[0-9a-f]{4}(0000|ffff)", "GENERATION", self.us.list_table("inet", "rolewall"))

    def drops(self):
        """Messages that netlink sockets in the namespace have lost."""
        rows = self.us.run("cat", "/proc/net/netlink").splitlines()
        column = rows[0].split().index("Drops")
        return sum(int(row.split()[column]) for row in rows[1:])


if __name__ == "__main__":
    hosts.main()
