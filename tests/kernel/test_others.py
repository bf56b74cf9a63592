#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rulesets of those who live beside us: no false alarm, and no defeat that is missed.

`others/` has what ufw, firewalld, docker, podman, libvirt, fail2ban, crowdsec and keepalived
of Debian 12 have put into a kernel, as nft and iptables-nft tell it.  Each is loaded beside a
daemon, as it is and with something that defeats us.  Then every flow is tried with real
packets from several of its peers, and what `status` says must be what the packets have met:

- a flow that nobody can use is defeated, by a rule (or policy) that is named;
- a flow that some single addresses cannot use is noted, and status is healthy;
- of a flow that works nothing is said, unless the case expects a note.
"""

import ipaddress
import json
import pathlib
import re
import shutil
import unittest

import hosts

HERE = pathlib.Path(__file__).parent / "others"

US = ("10.20.0.1", "2001:db8:20::1")
VIRTUAL = "10.20.0.100"
GATEWAY, CONTAINER = "172.17.0.1", "172.17.0.2"
POD_GATEWAY, POD = "10.88.0.1", "10.88.0.2"
VM_GATEWAY = "192.168.122.1"

# Of each flow, its port and peers that try it.
FLOWS = {
    "management": (22, ("10.0.9.5", "10.0.9.6", "2001:db8:9::5")),
    "web": (4422, ("10.2.0.22", "10.2.0.23", "2001:db8:2::22")),
    "desk": (4489, ("10.3.0.89", "10.3.0.90", "2001:db8:3::89")),
}

CONFIG = """
[host]
[management]
from = 10.0.9.0/24, 2001:db8:9::/64
[flow web]
port = 4422
protocol = tcp
source = staff
target = this-host
[flow desk]
port = 4489
protocol = tcp
source = desks
target = this-host
[flow sentinel]
port = 6520
protocol = tcp
source = this-host
target = far
[peer staff]
address = 10.2.0.0/24, 2001:db8:2::/64
[peer desks]
address = 10.3.0.89, 10.3.0.90, 2001:db8:3::89
[peer far]
address = 10.41.0.7
"""

# Committed after a case: when its note is there, the daemon has looked.
SENTINEL = """
table inet sentinel-NUMBER {
  chain out {
    type filter hook output priority 7
    ip daddr 10.41.0.7 tcp dport 6520 drop
  }
}
"""


class Case(unittest.TestCase):
    sentinels = 0

    @classmethod
    def setUpClass(cls):
        lab = cls.enterClassContext(hosts.Lab())
        cls.us, cls.outside, cls.inside = map(lab.host, ("us", "outside", "inside"))
        lab.wire(cls.us, cls.outside)
        for link, address, prefix in (
            ("docker0", GATEWAY, "172.17.0.0/16"),
            ("podman0", POD_GATEWAY, "10.88.0.0/16"),
            ("virbr0", VM_GATEWAY, "192.168.122.0/24"),
        ):
            lab.wire(cls.us, cls.inside, link, link, prefixes=(prefix,))
            cls.us.address(address, link=link)
        cls.us.address(*US)
        cls.inside.address(CONTAINER, link="docker0")
        cls.inside.address(POD, link="podman0")
        cls.inside.ip(f"route add 10.0.0.0/14 via {GATEWAY}")
        cls.us.sysctl("net/ipv4/ip_forward", "1")
        for _, peers in FLOWS.values():
            cls.outside.address(*peers)
        cls.outside.address("10.99.0.1", "2001:db8:99::7")
        cls.us.serve(hosts.wildcards({("tcp", port) for port, _ in FLOWS.values()}))
        cls.inside.serve([("tcp", "0.0.0.0", 80)])
        config = lab.config()
        config.file("rolewall.conf", CONFIG)
        cls.daemon = cls.us.daemon(config)

    def tearDown(self):
        """Of all tables but ours, which nobody else can remove."""
        for line in self.us.run("nft", "list", "tables").splitlines():
            if not line.endswith("inet rolewall"):
                self.us.run("nft", "delete", *line.split())

    # What others do.

    def load(self, *names):
        for name in names:
            path = HERE / name
            if path.suffix == ".nft":
                self.us.nft(path.read_text())
            else:
                self.need("iptables-nft-restore")
                program = "ip6tables-nft-restore" if path.suffix == ".ip6t" else "iptables-nft-restore"
                self.us.run(program, "-n", text_in=path.read_text())

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(f"{program} is not installed")

    def iptables(self, *rules):
        for rule in rules:
            self.us.run("iptables-nft", *rule.split())

    def both(self, *rules):
        """Of IPv4 and IPv6; ufw's chains are called ufw6-… there."""
        self.iptables(*rules)
        for rule in rules:
            self.us.run("ip6tables-nft", *rule.replace("ufw-", "ufw6-").split())

    # What packets meet, and what is said of it.

    def unreachable(self, destination=US):
        """{flow: peers that cannot use it}"""
        tries = {}
        for flow, (port, peers) in FLOWS.items():
            for peer in peers:
                to = destination[ipaddress.ip_address(peer).version == 6]
                if to:
                    tries[("tcp", peer, to, port)] = flow, peer
        dead = {flow: set() for flow in FLOWS}
        for attempt, result in self.outside.connect(tries).items():
            flow, peer = tries[attempt]
            if result != "open":
                dead[flow].add(peer)
        return dead

    def told(self):
        """What status says once the daemon has looked: ([defeats], [notes])."""
        Case.sentinels += 1
        table = f"table inet sentinel-{Case.sentinels}"
        heard = len(self.daemon.stderr())
        self.us.nft(SENTINEL.replace("NUMBER", str(Case.sentinels)))
        self.daemon.said(heard, f"{table}, ")
        status = self.daemon.ask("status", "--json")
        said = json.loads(status.stdout)
        defeats = said["blocked-by"]
        notes = [line for line in said["notes"] if not line.startswith(table)]
        self.assertEqual(said["state"], "degraded" if defeats else "healthy")
        self.assertEqual(status.returncode, 3 if defeats else 0)
        self.assertEqual(bool(said["problems"]), bool(defeats))
        return defeats, notes

    def check(self, dead=None, defeated="", noted=""):
        """dead: as packets found out.  defeated, noted: words that must be in what is said;
        nothing may be said where there are none."""
        dead = dead if dead is not None else self.unreachable()
        defeats, notes = self.told()
        for flow, (port, peers) in FLOWS.items():
            about = re.compile(rf"bound (.*, )?{flow} tcp {port} ")
            said = [line for line in defeats if about.search(line)]
            if dead[flow] == set(peers) or any(
                self.is_network(flow, peers, dead[flow], version) for version in (4, 6)
            ):
                self.assertTrue(said, f"{flow}: {dead}: {defeats}, {notes}")
            elif dead[flow]:
                for peer in dead[flow]:
                    here = [line for line in notes if about.search(line) and peer in line]
                    self.assertTrue(here, f"{flow}: {dead}: {notes}")
                self.assertFalse(said)
            else:
                self.assertFalse(said, f"{flow}: false alarm")
        for words, lines in ((defeated, defeats), (noted, notes)):
            if words:
                self.assertRegex("\n".join(lines), words)
            else:
                self.assertEqual(lines, [])

    @staticmethod
    def is_network(flow, peers, dead, version):
        """All peers of a family, and more than one."""
        these = {p for p in peers if ipaddress.ip_address(p).version == version}
        return len(these) > 1 and these <= dead


ALLOWED = ("22", "4422", "4489")


class Ufw(Case):
    def load_ufw(self, *ports):
        self.load("ufw.ipt", "ufw.ip6t")
        for port in ports:
            self.both(f"-A ufw-user-input -p tcp -m tcp --dport {port} -j ACCEPT")

    def test_a_ufw_that_allows_the_same_is_not_mentioned(self):
        self.load_ufw(*ALLOWED)
        self.check()

    def test_its_policy_is_named_where_it_does_not_know_a_flow(self):
        self.load_ufw("4422")
        policy = r"table ip filter, chain INPUT, policy drop \(hook input, priority 0\): drops inbound"
        self.check(defeated=f"(?s){policy} desk tcp 4489 .*table ip6 filter, chain INPUT, policy drop")

    def test_deny_is_named_by_its_rule(self):
        self.load_ufw("4422")
        self.both("-A ufw-user-input -p tcp -m tcp --dport 4489 -j DROP")
        self.check(defeated=r"chain ufw-user-input, rule with handle \d+, by way of chain INPUT")

    def test_allow_from_a_network_or_from_single_hosts_is_understood(self):
        self.load_ufw()
        self.iptables(
            "-A ufw-user-input -p tcp --dport 4422 -s 10.2.0.0/16 -j ACCEPT",
            "-A ufw-user-input -p tcp --dport 4489 -s 10.3.0.89 -j ACCEPT",
            "-A ufw-user-input -p tcp --dport 4489 -s 10.3.0.90 -d 10.20.0.1 -j ACCEPT",
        )
        for port in ALLOWED:
            self.us.run(*f"ip6tables-nft -A ufw6-user-input -p tcp --dport {port} -j ACCEPT".split())
        # what goes to another address of ours is not accepted
        self.check(noted=r"policy drop .*may drop inbound desk tcp 4489 .* from 10.3.0.90")

    def test_limit_is_a_note(self):
        self.load_ufw("4422", "4489")
        for family in ("ip", "ip6"):
            chain = "ufw-user-limit" if family == "ip" else "ufw6-user-limit"
            rule = "-m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6"
            self.us.run(
                *f"{family}tables-nft -I {chain.replace('limit', 'input')} -p tcp --dport 4489 {rule} -j {chain}".split()
            )
        self.check(noted="may reject inbound desk tcp 4489")


class Firewalld(Case):
    def test_a_zone_that_allows_the_same_is_not_mentioned(self):
        self.load("firewalld.nft")
        self.us.nft("add rule inet firewalld filter_IN_public_allow tcp dport 4489 accept")
        self.check()

    def test_a_zone_without_our_port_rejects_by_a_rule(self):
        self.load("firewalld.nft")
        self.check(defeated=r"chain filter_IN_public, rule .*: rejects inbound desk tcp 4489")

    def test_the_drop_zone_of_our_interface_is_a_defeat(self):
        self.load("firewalld-drop.nft")
        self.check(defeated=r"chain filter_IN_drop, rule .*: drops inbound management tcp 22")

    def test_a_zone_of_another_interface_is_not_mentioned(self):
        self.us.nft((HERE / "firewalld-drop.nft").read_text().replace('"eth0"', '"eth9"'))
        self.us.nft("add rule inet firewalld filter_IN_public_allow tcp dport { 4422, 4489 } accept")
        self.check()

    def test_a_source_that_is_a_network_of_ours_is_a_defeat(self):
        self.load("firewalld.nft")
        self.us.nft("add rule inet firewalld filter_IN_public_allow tcp dport 4489 accept")
        self.us.nft("insert rule inet firewalld filter_INPUT_ZONES ip saddr 10.2.0.0/16 drop")
        self.check(defeated="chain filter_INPUT_ZONES, rule .*: drops inbound web tcp 4422")


class Containers(Case):
    def test_docker_and_what_it_publishes_are_not_mentioned(self):
        self.load("docker.ipt")
        self.check()

    def test_podman_is_not_mentioned(self):
        self.load("podman.ipt")
        self.check()

    def test_a_drop_for_dockers_users_defeats_what_is_published(self):
        self.load("docker.ipt")
        self.iptables("-I DOCKER-USER -i eth0 -j DROP")
        dead = self.unreachable()
        self.assertEqual(dead["web"], {"10.2.0.22", "10.2.0.23"})
        self.assertFalse(dead["desk"])
        self.check(dead, r"chain DOCKER-USER, rule .* \(hook forward, .*: drops inbound web tcp 4422")

    def test_the_forward_policy_is_named_if_docker_does_not_let_its_container_in(self):
        self.load("docker.ipt")
        self.iptables("-F DOCKER")
        self.check(defeated="chain FORWARD, policy drop .*: drops inbound web tcp 4422")

    def test_an_input_policy_does_not_defeat_what_is_published(self):
        self.load("ufw.ipt", "docker.ipt")
        self.iptables("-A ufw-user-input -p tcp --dport 4489 -j ACCEPT")
        self.check()

    def test_libvirt_is_not_mentioned(self):
        self.load("libvirt.ipt")
        self.check()

    def test_a_reject_in_libvirts_chain_is_found(self):
        self.load("libvirt.ipt")
        self.iptables("-I LIBVIRT_INP -p tcp --dport 4489 -j REJECT")
        self.check(defeated="chain LIBVIRT_INP, rule .*: rejects inbound desk tcp 4489")


class Bans(Case):
    BAN = "(10.3.0.89|10.2.0.22)"

    def test_bans_of_unknown_are_not_mentioned(self):
        for name in ("fail2ban.nft", "fail2ban.ipt", "crowdsec.nft"):
            with self.subTest(name):
                self.load(name)
                self.check()
                self.tearDown()

    def test_a_ban_of_a_peer_is_a_note_that_names_it(self):
        self.load("fail2ban.nft")
        self.us.nft("add element inet f2b-table addr-set-sshd { 10.2.0.22 }")
        self.check(noted="rejects inbound web tcp 4422 .* from 10.2.0.22")

    def test_a_ban_of_a_peer_by_iptables_is_a_note(self):
        self.load("fail2ban.ipt")
        self.iptables("-I f2b-recidive -s 10.3.0.89/32 -j REJECT")
        self.check(noted="chain f2b-recidive, .*: rejects inbound desk tcp 4489 .* from 10.3.0.89")

    def test_a_ban_of_a_peer_by_crowdsec_is_a_note(self):
        self.load("crowdsec.nft")
        self.us.nft("add element ip crowdsec crowdsec-blacklists { 10.3.0.90 timeout 1h }")
        self.check(noted="drops inbound desk tcp 4489 .* from 10.3.0.90")

    def test_of_a_list_of_thousands_only_what_concerns_us_is_said(self):
        self.load("crowdsec.nft")
        many = (f"11.{i // 256}.{i % 256}.1 timeout 1h" for i in range(20000))
        self.us.nft(f"add element ip crowdsec crowdsec-blacklists {{ {', '.join(many)} }}")
        self.check()
        self.us.nft("add element ip crowdsec crowdsec-blacklists { 10.2.0.23 timeout 1h }")
        self.check(noted="drops inbound web tcp 4422 .* from 10.2.0.23")

    def test_a_ban_of_all_peers_one_by_one_is_a_note(self):
        self.load("fail2ban.nft")
        self.us.nft("add rule inet f2b-table f2b-chain ip saddr { 10.3.0.89, 10.3.0.90 } drop")
        self.us.nft("add rule inet f2b-table f2b-chain ip6 saddr 2001:db8:3::89 drop")
        self.assertEqual(self.unreachable()["desk"], set(FLOWS["desk"][1]))
        defeats, notes = self.told()
        self.assertEqual(defeats, [])
        self.assertRegex("\n".join(notes), "drops inbound desk tcp 4489")

    def test_a_list_that_cannot_be_looked_at_is_a_note(self):
        self.need("ipset")
        sets = ("f2b-sshd", "f2b-recidive", "crowdsec-blacklists")
        for name in sets:
            self.us.run("ipset", "create", name, "hash:ip")
        self.us.run("ipset", "add", "crowdsec-blacklists", "10.3.0.89")
        self.load("fail2ban-ipset.ipt", "crowdsec.ipt")
        dead = self.unreachable()
        self.assertEqual(dead["desk"], {"10.3.0.89"})
        defeats, notes = self.told()
        self.assertEqual(defeats, [])
        self.assertRegex("\n".join(notes), "may drop inbound management tcp 22 .*, web .*, desk ")


class Keepalived(Case):
    def test_a_virtual_address_of_another_host_is_not_mentioned(self):
        self.load("keepalived.nft")
        self.check()

    def test_a_virtual_address_of_ours_is_a_note(self):
        self.us.address(VIRTUAL)
        self.addCleanup(self.us.ip, f"address delete {VIRTUAL}/32 dev eth0")
        self.load("keepalived.nft")
        self.assertEqual(self.unreachable(), {flow: set() for flow in FLOWS})
        for flow, dead in self.unreachable((VIRTUAL, None)).items():
            self.assertEqual(len(dead), 2, flow)
        defeats, notes = self.told()
        self.assertEqual(defeats, [])
        self.assertRegex("\n".join(notes), r"table ip keepalived, chain in, .*: may drop inbound ")

    def test_its_rules_for_igmp_are_not_mentioned(self):
        self.us.ip("link add link eth0 name vrrp.51 type macvlan")
        self.addCleanup(self.us.ip, "link delete vrrp.51")
        self.load("keepalived-vmac.nft")
        self.check()


if __name__ == "__main__":
    hosts.main()
