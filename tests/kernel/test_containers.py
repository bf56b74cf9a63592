#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Containers on this host: what of their traffic is governed, and what is not.

A published port is a port of this host: what comes from outside for it is judged by inbound
flows.  What a container sends is none of our business, wherever the engine's DNAT leads it; nor is
what is only routed through.  What this host says to its containers, and to its own published
ports, gets there.  The engine's rules are those that docker makes without its userland proxy.
"""

import unittest

import hosts

US, FRIEND, UNKNOWN = ("10.20.0.1", "2001:db8:20::1"), "10.2.0.22", "10.99.0.1"
FRIEND6, UNKNOWN6 = "2001:db8:2::22", "2001:db8:99::1"
WEB, OTHER = ("172.17.0.2", "fd00:17::2"), ("172.17.0.3", "fd00:17::3")
BRIDGE = ("172.17.0.1", "fd00:17::1")
THIRD = ("10.30.7.7", "2001:db8:30::77")  # a host outside
VIP = ("10.88.0.1", "2001:db8:88::1")  # an address of nobody here, which DNAT leads there
FOREIGN = ("10.89.0.1", "2001:db8:89::1")  # one that a careless rule leads to a container
PUBLISHED, UNNAMED, INSIDE, SERVICE, ANYWHERE = 8080, 8081, 80, 2323, 7777
CARELESS = 8088


def engine(family, i):
    web = WEB[i] if i == 0 else f"[{WEB[i]}]"
    third = THIRD[i] if i == 0 else f"[{THIRD[i]}]"
    local = f"fib daddr type local tcp dport {{ {PUBLISHED}, {UNNAMED} }} dnat to {web}:{INSIDE}"
    return f"""
table {family} engine {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		{local}
		{family} daddr {VIP[i]} tcp dport 443 dnat to {third}:{ANYWHERE}
		tcp dport {CARELESS} dnat to {web}:{INSIDE}
	}}
	chain output {{
		type nat hook output priority -100
		{local}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		{family} saddr {WEB[i]} {family} daddr {WEB[i]} masquerade
		{family} saddr {{ {WEB[i]}, {OTHER[i]} }} oifname "eth0" masquerade
	}}
}}
"""


class ContainersCase(unittest.TestCase):
    def setUp(self):
        lab = self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = lab.host("us"), lab.host("outside")
        self.web, self.other = lab.host("web"), lab.host("other")
        lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(FRIEND, FRIEND6, UNKNOWN, UNKNOWN6, *THIRD)
        self.us.ip("link add docker0 type bridge", "link set docker0 up")
        for host, addresses, link in ((self.web, WEB, "veth1"), (self.other, OTHER, "veth2")):
            lab.wire(self.us, host, link, "eth0", prefixes=())
            self.us.ip(
                f"link set {link} master docker0",
                f"link set {link} type bridge_slave hairpin on",  # as docker does for this
            )
            host.ip(
                f"address add {addresses[0]}/16 dev eth0",
                f"address add {addresses[1]}/64 dev eth0 nodad",
                *(f"route add default via {b}" for b in BRIDGE),
            )
        self.us.ip(
            f"address add {BRIDGE[0]}/16 dev docker0",
            f"address add {BRIDGE[1]}/64 dev docker0 nodad",
        )
        for name in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.us.sysctl(name, "1")
        # everything of theirs goes by us
        self.outside.ip(
            *(f"route add {to} via {US[':' in to]}" for to in (*VIP, *FOREIGN)),
        )
        for host in (self.web, self.other):
            host.serve(hosts.wildcards({("tcp", INSIDE), ("udp", INSIDE)}))
        self.outside.serve(hosts.wildcards({("tcp", ANYWHERE)}))
        self.us.serve(hosts.wildcards({("tcp", SERVICE)}))
        self.us.nft(engine("ip", 0) + engine("ip6", 1))
        self.config = lab.config()
        self.configure()
        self.daemon = self.us.daemon(self.config)

    def configure(self, friends=(FRIEND, FRIEND6), **keys):
        peers = dict.fromkeys(("app-server", "ssh-client", "rdp-client"), ())
        peers |= dict.fromkeys(("windows-host", "linux-host"), ()) | {"friend": friends}
        path = self.config.write("proxy", peers, **keys)
        flow = f"[flow web]\nport = {PUBLISHED}, {CARELESS}\nprotocol = tcp\nsource = friend\n"
        self.config.file(path.name, path.read_text() + flow + "target = this-host\n")

    def reload(self, **changes):
        self.configure(**changes)
        self.daemon.reload()
        self.assertNotIn("refused", self.daemon.stderr())

    def assert_results(self, host, source, destination, port, wanted, protocol="tcp"):
        attempts = [(protocol, source[f], destination[f], port) for f in (0, 1)]
        self.assertEqual(host.connect(attempts), dict.fromkeys(attempts, wanted))


class FromOutside(ContainersCase):
    def test_published_port_is_judged_by_flows(self):
        self.assert_results(self.outside, (FRIEND, FRIEND6), US, PUBLISHED, "open")
        self.assert_results(self.outside, (UNKNOWN, UNKNOWN6), US, PUBLISHED, "silent")
        self.assert_results(self.outside, (UNKNOWN, UNKNOWN6), US, UNNAMED, "silent")

    def test_container_is_published_whatever_address_was_dialled(self):
        self.assert_results(self.outside, (FRIEND, FRIEND6), FOREIGN, CARELESS, "open")
        self.assert_results(self.outside, (UNKNOWN, UNKNOWN6), FOREIGN, CARELESS, "silent")

    def test_what_is_neither_to_nor_from_this_host_is_left_alone(self):
        """We are a router for it, and the third host is reached by the same wire."""
        self.us.nft(
            "".join(
                f"add rule {family} engine postrouting {family} daddr {THIRD[i]} masquerade\n"
                for i, family in enumerate(("ip", "ip6"))
            )
        )
        self.assert_results(self.outside, (UNKNOWN, UNKNOWN6), VIP, 443, "open")


class FromContainers(ContainersCase):
    def test_what_dnat_leads_to_a_third_host_gets_there(self):
        self.assert_results(self.other, OTHER, VIP, 443, "open")

    def test_published_port_of_this_host_is_reached_by_others_and_by_the_container_itself(self):
        for port in (PUBLISHED, UNNAMED):
            self.assert_results(self.other, OTHER, US, port, "open")
            self.assert_results(self.web, WEB, US, port, "open")
            self.assert_results(self.other, OTHER, BRIDGE, port, "open")

    def test_this_host_itself_is_reached_by_flows_only(self):
        self.assert_results(self.other, OTHER, US, SERVICE, "silent")
        self.assert_results(self.other, OTHER, BRIDGE, SERVICE, "silent")
        path = self.config.directory / "rolewall.conf"
        named = f"[peer here]\ninterface = docker0\n[flow service]\nport = {SERVICE}\n"
        named += "protocol = tcp\nsource = here\ntarget = this-host\n"
        self.config.file(path.name, path.read_text() + named)
        self.daemon.reload()
        self.assert_results(self.other, OTHER, BRIDGE, SERVICE, "open")

    def test_a_container_need_not_be_there_when_the_daemon_starts(self):
        """A bridge without a port may be one for a wire."""
        self.us.ip("link set veth1 nomaster", "link set veth2 nomaster")
        self.daemon.reload()
        listing = self.us.list_table("inet", "rolewall")
        self.assertNotIn("containers-ranges4", listing)
        self.us.ip("link set veth1 master docker0", "link set veth2 master docker0")
        # the set is made first, and rules look into it one transaction later
        for _ in range(100):
            if "@containers-ranges4" in str(self.us.list_table("inet", "rolewall")):
                break
            self.us.run("sleep", "0.05")
        self.assert_results(self.us, BRIDGE, WEB, INSIDE, "open")


class FromThisHost(ContainersCase):
    def test_published_ports_of_its_own_are_reached(self):
        for port in (PUBLISHED, UNNAMED):
            self.assert_results(self.us, US, US, port, "open")

    def test_session_with_a_published_port_of_its_own_goes_on_over_reloads(self):
        holds = [self.us.hold(1, US[f], US[f], PUBLISHED, 500) for f in (0, 1)]
        self.assertEqual([h.opened for h in holds], [["held 1"]] * 2)
        for friends in ((FRIEND,), (FRIEND6,), (FRIEND, FRIEND6)):
            self.reload(friends=friends)
            self.assertEqual([h.alive(1) for h in holds], [True] * 2)

    def test_containers_are_reached(self):
        for protocol in ("tcp", "udp"):
            self.assert_results(self.us, BRIDGE, WEB, INSIDE, "open", protocol)

    def test_session_with_a_container_goes_on_over_reloads(self):
        holds = [self.us.hold(1, BRIDGE[f], WEB[f], INSIDE, 500) for f in (0, 1)]
        self.reload(friends=(FRIEND,))
        self.assertEqual([h.alive(1) for h in holds], [True] * 2)
        self.reload(friends=(FRIEND,), containers="none")
        self.assertEqual([h.alive(1) for h in holds], [False] * 2)

    def test_nobody_else_is_reached(self):
        for protocol in ("tcp", "udp"):
            attempt = (protocol, US[0], THIRD[0], ANYWHERE)
            self.assertIn(self.us.connect_one(*attempt), ("reset", "unreachable"))


class None_(ContainersCase):
    def test_containers_none_leaves_them_to_the_flows(self):
        self.reload(containers="none")
        self.assertIn(self.us.connect_one("tcp", BRIDGE[0], WEB[0], INSIDE), ("reset", "silent"))
        self.assert_results(self.other, OTHER, US, PUBLISHED, "silent")
        # but what is no matter of containers
        self.assert_results(self.other, OTHER, VIP, 443, "open")
        self.assert_results(self.us, US, US, PUBLISHED, "open")

    def test_containers_may_be_named(self):
        self.reload(containers="eth0")
        self.assert_results(self.other, OTHER, US, PUBLISHED, "silent")
        self.reload(containers="docker0")
        self.assert_results(self.other, OTHER, US, PUBLISHED, "open")


class Told(ContainersCase):
    def explain(self, *question):
        program = [hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory]
        program += ["--roles-dir", hosts.setting("SOURCE_DIR") / "conf" / "roles", "explain"]
        return self.us.run(*program, *question, check=False)

    def test_explain_says_what_the_kernel_does(self):
        for question, allowed in (
            (("tcp", FRIEND, f"this-host:{PUBLISHED}"), True),
            (("tcp", UNKNOWN, f"this-host:{PUBLISHED}"), False),
            (("tcp", "this-host", f"{WEB[0]}:{INSIDE}"), True),
            (("tcp", "this-host", f"{US[0]}:{PUBLISHED}"), True),
            (("tcp", "this-host", f"{THIRD[0]}:{ANYWHERE}"), False),
            (("tcp", OTHER[0], f"{VIP[0]}:443"), True),
            (("tcp", OTHER[0], f"this-host:{SERVICE}"), False),
        ):
            answer = self.explain(*question)
            self.assertEqual(answer.returncode, 0 if allowed else 1, answer.stdout)
        self.assertIn("DNAT", self.explain("tcp", OTHER[0], f"this-host:{UNNAMED}").stdout)

    def test_diff_does_not_take_their_sessions_for_ones_that_are_cut(self):
        own = self.us.hold(1, US[0], US[0], PUBLISHED)
        inner = self.us.hold(1, BRIDGE[0], WEB[0], INSIDE)
        third = self.other.hold(1, OTHER[0], VIP[0], 443)
        hairpin = self.other.hold(1, OTHER[0], US[0], PUBLISHED)
        friend = self.outside.hold(1, FRIEND, US[0], PUBLISHED)
        for hold in (own, inner, third, hairpin, friend):
            self.assertEqual(hold.opened, ["held 1"])
        self.configure(friends=(FRIEND6,))
        program = [hosts.setting("ROLEWALLCTL"), "--runtime-dir", self.daemon.runtime]
        program += ["--config-dir", self.config.directory]
        program += ["--roles-dir", hosts.setting("SOURCE_DIR") / "conf" / "roles", "diff"]
        told = self.us.run(*program, check=False).stdout
        self.assertIn(FRIEND, told)
        for address in (OTHER[0], BRIDGE[0], f"{US[0]} "):
            self.assertNotIn(f" {address}", told.partition("session")[2], told)
        self.daemon.reload()
        self.assertEqual(
            [h.alive(1) for h in (own, inner, third, hairpin, friend)], [True] * 4 + [False]
        )


if __name__ == "__main__":
    hosts.main()
