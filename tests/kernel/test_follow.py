#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that changes: links, addresses, routes, name servers and lists of peers.

The rules follow without a reload.  What is waited for is the line that the daemon logs
when it has applied a change; what is asserted is what packets then do.
"""

import os
import pathlib
import resource
import subprocess
import unittest
import unittest.mock

import hosts

HTTP, DNS, SSH = 80, 53, 22
NEAR, FAR = "10.7.0.2", "10.8.0.2"
US_NEAR, US_FAR = "10.7.0.1", "10.8.0.1"
CHANGED, LIST_CHANGED = "the host has changed: ", "a list has changed: "

FLOWS = f"""
[flow web]
port = {HTTP}
protocol = tcp
source = near
target = this-host
[flow names]
port = {DNS}
protocol = udp
source = this-host
target = dns
[flow next-hop]
port = {HTTP}
protocol = udp
source = way-out
target = this-host
"""
NOBODY = {"near": "address = none", "dns": "address = none", "way-out": "address = none"}


class Follow(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.lab.wire(self.us, self.outside, "eth1", "eth1", prefixes=())
        self.us.address(US_FAR, "2001:db8:8::1")
        self.outside.address(NEAR, FAR, "10.8.0.3", "2001:db8:7::2", "2001:db8:8::2")
        listeners = hosts.wildcards({("tcp", HTTP), ("tcp", SSH), ("udp", HTTP)})
        self.us.serve(listeners)
        self.outside.serve(hosts.wildcards({("udp", DNS)}))
        self.config = self.lab.config()
        self.daemon = None

    def write(self, host="", management="from = 10.0.9.1", **peers):
        text = f"[host]\n{host}\n[management]\n{management}\n{FLOWS}"
        for party, place in {**NOBODY, **{k.replace("_", "-"): v for k, v in peers.items()}}.items():
            text += f"[peer {party}]\n{place}\n"
        self.config.file("rolewall.conf", text)

    def start(self, **options):
        self.daemon = self.us.daemon(self.config, **options)

    def changes(self, action, words=CHANGED):
        """Does something, and waits until the rules have followed."""
        heard = len(self.daemon.stderr())
        action()
        return self.daemon.said(heard, words)

    def reaches_us(self, source, destination, port=HTTP, protocol="tcp"):
        return self.outside.connect_one(protocol, source, destination, port) == "open"

    def rules(self):
        """With their handles: anything that is sent anew has another one."""
        return self.us.run("nft", "-a", "list", "table", "inet", "rolewall")

    # ---- interfaces

    def test_networks_of_an_interface_come_and_go(self):
        self.write(near="interface = eth0")
        self.start()
        # /32: nobody else is connected there
        self.changes(lambda: self.us.address(US_NEAR))
        self.assertFalse(self.reaches_us(NEAR, US_NEAR))
        self.changes(lambda: self.us.ip("address add 10.7.0.1/24 dev eth0"))
        self.assertTrue(self.reaches_us(NEAR, US_NEAR))
        self.assertFalse(self.reaches_us(FAR, US_FAR))
        self.changes(lambda: self.us.ip("address add 2001:db8:7::1/64 dev eth0 nodad"))
        self.assertTrue(self.reaches_us("2001:db8:7::2", "2001:db8:7::1"))
        self.assertFalse(self.reaches_us("2001:db8:8::2", "2001:db8:8::1"))
        text = self.changes(lambda: self.us.ip("address delete 10.7.0.1/24 dev eth0"))
        self.assertRegex(text, "live sessions? cut")
        self.assertFalse(self.reaches_us(NEAR, US_NEAR))

    def test_a_session_ends_with_the_network_that_it_came_from(self):
        self.us.ip("address add 10.7.0.1/24 dev eth0", "address add 10.7.0.1/32 dev lo")
        self.write(near="interface = eth0")
        self.start()
        hold = self.outside.hold(1, NEAR, US_NEAR, HTTP, 500)
        self.assertEqual(hold.opened, ["held 1"])
        self.changes(lambda: self.us.ip("address add 10.9.0.1/24 dev eth0"))
        self.assertTrue(hold.alive(1))
        self.changes(lambda: self.us.ip("address delete 10.7.0.1/24 dev eth0"))
        self.assertFalse(hold.alive(1))

    def test_a_renamed_and_a_late_interface_are_followed(self):
        self.write(near="interface = wan0")
        self.start()
        self.assertIn("there is no interface 'wan0' now", self.daemon.stderr())
        self.us.ip("address add 10.7.0.1/24 dev eth1")
        self.us.ip("link set eth1 down")
        self.us.ip("link set eth1 name wan0")
        self.changes(lambda: self.us.ip("link set wan0 up"))
        self.assertTrue(self.reaches_us(NEAR, US_FAR))
        self.changes(lambda: self.us.ip("link delete wan0"))
        self.assertFalse(self.reaches_us(NEAR, US_FAR))

    def test_nobody_is_at_an_interface_that_is_down(self):
        self.us.ip("address add 10.7.0.1/24 dev eth1")
        self.write(near="interface = eth1")
        self.start()
        self.assertTrue(self.reaches_us(NEAR, US_FAR))
        self.changes(lambda: self.us.ip("link set eth1 down"))
        self.assertFalse(self.reaches_us(NEAR, US_FAR))
        self.changes(lambda: self.us.ip("link set eth1 up"))
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def test_an_address_with_a_label_is_one_of_its_interface(self):
        self.write(near="interface = eth0")
        self.start()
        self.assertFalse(self.reaches_us(NEAR, US_FAR))
        self.changes(lambda: self.us.ip("address add 10.7.0.1/24 dev eth0 label eth0:1"))
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def test_the_other_end_of_a_point_to_point_link_is_who_is_there(self):
        self.us.ip(f"address add 10.7.0.1 peer {NEAR}/32 dev eth0")
        self.us.ip("address add 2001:db8:7::1 peer 2001:db8:7::2/128 dev eth0 nodad")
        self.write(near="interface = eth0")
        self.start()
        self.assertTrue(self.reaches_us(NEAR, "10.7.0.1"))
        self.assertFalse(self.reaches_us(FAR, US_FAR))
        self.assertTrue(self.reaches_us("2001:db8:7::2", "2001:db8:7::1"))

    def test_a_look_that_fails_changes_nothing_and_is_tried_again(self):
        self.us.ip("address add 10.7.0.1/24 dev eth0")
        self.write(near="interface = eth0")
        self.start()
        before = self.rules()
        descriptors = pathlib.Path(f"/proc/{self.daemon.pid()}/fd")
        limits = resource.prlimit(self.daemon.pid(), resource.RLIMIT_NOFILE)
        first_free = next(i for i in range(1000) if not (descriptors / str(i)).is_symlink())
        resource.prlimit(self.daemon.pid(), resource.RLIMIT_NOFILE, (first_free, limits[1]))
        # neither what has gone nor what has come is seen
        text = self.changes(
            lambda: self.us.ip("address delete 10.7.0.1/24 dev eth0"), "cannot read the addresses"
        )
        self.assertIn("Too many open files", text)
        self.assertEqual(self.rules(), before)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))
        self.changes(
            lambda: resource.prlimit(self.daemon.pid(), resource.RLIMIT_NOFILE, limits)
        )
        self.assertFalse(self.reaches_us(NEAR, US_FAR))

    def test_management_by_interface_follows_too(self):
        self.write(management="interface = eth0")
        self.start()
        self.assertFalse(self.reaches_us(NEAR, US_FAR, SSH))
        self.changes(lambda: self.us.ip("address add 10.7.0.9/24 dev eth0"))
        self.assertTrue(self.reaches_us(NEAR, US_FAR, SSH))

    # ---- routes and name servers

    def test_the_gateway_of_the_default_route_is_followed(self):
        self.write(way_out="gateway = yes")
        self.start()
        self.assertFalse(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.changes(lambda: self.us.ip(f"route add default via {FAR} dev eth0"))
        self.assertTrue(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.changes(lambda: self.us.ip("route replace default via 10.8.0.3 dev eth0"))
        self.assertFalse(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.assertTrue(self.reaches_us("10.8.0.3", US_FAR, HTTP, "udp"))
        self.changes(lambda: self.us.ip("route add ::/0 via 2001:db8:8::2 dev eth0"))
        self.assertTrue(self.reaches_us("2001:db8:8::2", "2001:db8:8::1", HTTP, "udp"))
        self.changes(lambda: self.us.ip("link set eth0 down"))  # takes its routes along

    def test_all_next_hops_of_the_default_route_are_gateways(self):
        self.write(way_out="gateway = yes")
        self.us.ip(f"route add default nexthop via {FAR} nexthop via 10.8.0.3")
        self.start()
        self.assertTrue(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.assertTrue(self.reaches_us("10.8.0.3", US_FAR, HTTP, "udp"))
        self.assertFalse(self.reaches_us(NEAR, US_FAR, HTTP, "udp"))

    def test_next_hops_that_stand_by_themselves_are_followed(self):
        one, two = f"id 1 via {FAR} dev eth0", "id 2 via 10.8.0.3 dev eth0"
        if self.us.run("ip", *f"nexthop add {one}".split(), check=False).returncode:
            self.skipTest("SKIPPED: this kernel or ip has no next hop objects")
        self.us.sysctl("net/ipv4/nexthop_compat_mode", 0)
        self.us.ip(f"nexthop add {two}", "nexthop add id 3 group 1", "route add default nhid 3")
        self.write(way_out="gateway = yes")
        self.start()
        self.assertTrue(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.assertFalse(self.reaches_us("10.8.0.3", US_FAR, HTTP, "udp"))
        self.changes(lambda: self.us.ip("nexthop replace id 3 group 2"))
        self.assertFalse(self.reaches_us(FAR, US_FAR, HTTP, "udp"))
        self.assertTrue(self.reaches_us("10.8.0.3", US_FAR, HTTP, "udp"))

    def resolves(self, server):
        return self.us.connect_one("udp", US_FAR, server, DNS) == "open"

    def test_the_name_servers_of_resolv_conf_are_followed(self):
        etc = self.lab.config()  # as the daemon's /etc
        etc.file("resolv.conf", f"nameserver {FAR}\n")
        self.write(dns="resolver = yes")
        mount = f'mount --bind {etc.directory} /etc && exec "$@"'
        self.start(wrap=("unshare", "--mount", "sh", "-c", mount, "sh"))
        self.assertTrue(self.resolves(FAR))
        self.assertFalse(self.resolves("10.8.0.3"))
        self.changes(lambda: etc.file("resolv.conf", "nameserver 10.8.0.3\n"))
        self.assertFalse(self.resolves(FAR))
        self.assertTrue(self.resolves("10.8.0.3"))
        with open(etc.directory / "resolv.conf", "a", encoding="ascii") as f:  # as it lies there
            self.changes(lambda: (f.write(f"nameserver {FAR}\n"), f.close()))
        self.assertTrue(self.resolves(FAR))
        self.changes((etc.directory / "resolv.conf").unlink)
        self.assertFalse(self.resolves(FAR))

    def test_resolv_conf_is_not_read_while_it_is_written(self):
        etc = self.lab.config()  # as the daemon's /etc
        path = etc.file("resolv.conf", f"nameserver {FAR}\n")
        self.write(dns="resolver = yes", way_out="gateway = yes")
        mount = f'mount --bind {etc.directory} /etc && exec "$@"'
        self.start(wrap=("unshare", "--mount", "sh", "-c", mount, "sh"))
        with open(path, "w", encoding="ascii") as f:
            f.write("nameserver 10.8.0.3")  # of 10.8.0.30
            f.flush()
            self.changes(lambda: self.us.ip(f"route add default via {FAR} dev eth0"))
            self.assertTrue(self.resolves(FAR))
            self.assertFalse(self.resolves("10.8.0.3"))
            f.write("0\n")
            heard = len(self.daemon.stderr())
        self.daemon.said(heard, CHANGED)
        self.assertFalse(self.resolves(FAR))
        self.assertFalse(self.resolves("10.8.0.3"))

    def test_the_name_servers_of_systemd_resolved_are_followed(self):
        etc, run = self.lab.config(), self.lab.config()  # as the daemon's /etc and /run
        etc.file("resolv.conf", "nameserver 127.0.0.53\n")
        self.write(dns="resolver = yes")
        mount = f'mount --bind {etc.directory} /etc && mount --bind {run.directory} /run'
        self.start(wrap=("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"))
        self.assertIn("systemd-resolved (127.0.0.53", self.daemon.stderr())
        self.assertFalse(self.resolves(FAR))
        (run.directory / "systemd" / "resolve").mkdir(parents=True)
        uplinks = "systemd/resolve/resolv.conf"
        self.changes(lambda: run.file(uplinks, f"nameserver {FAR}\n"))
        self.assertTrue(self.resolves(FAR))
        self.changes(lambda: run.file(uplinks, "nameserver 10.8.0.3\n"))
        self.assertFalse(self.resolves(FAR))
        self.assertTrue(self.resolves("10.8.0.3"))
        # and where it is asked without a stub
        self.changes(lambda: etc.file("resolv.conf", f"nameserver {FAR}\n"))
        self.assertTrue(self.resolves(FAR))
        self.assertFalse(self.resolves("10.8.0.3"))

    # ---- lists

    def test_a_list_is_taken_up_when_it_is_written(self):
        self.write(near="file = lists/near.list")
        self.config.file("lists/near.list", f"{FAR}\n")
        self.start()
        self.assertFalse(self.reaches_us(NEAR, US_FAR))
        self.changes(lambda: self.config.file("lists/near.list", f"{NEAR}\n"), LIST_CHANGED)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))
        self.assertFalse(self.reaches_us(FAR, US_FAR))

        # what an admin is editing beside it is not
        self.write(near="address = 10.8.0.3")
        self.changes(
            lambda: self.config.file("lists/near.list", f"{NEAR}\n{FAR}\n"), LIST_CHANGED
        )
        self.assertTrue(self.reaches_us(FAR, US_FAR))
        self.assertFalse(self.reaches_us("10.8.0.3", US_FAR))

        # and a directory put in its place as a whole
        new = self.config.file("new/near.list", "10.8.0.3\n").parent
        (self.config.directory / "lists").rename(self.config.directory / "old")
        self.changes(lambda: new.rename(self.config.directory / "lists"), LIST_CHANGED)
        self.assertTrue(self.reaches_us("10.8.0.3", US_FAR))
        self.changes(lambda: self.config.file("lists/near.list", f"{FAR}\n"), LIST_CHANGED)
        self.assertTrue(self.reaches_us(FAR, US_FAR))
        self.assertFalse(self.reaches_us("10.8.0.3", US_FAR))

    def test_a_bad_list_is_refused_and_the_host_followed_all_the_same(self):
        self.write(near="file = near.list\ninterface = eth0")
        self.config.file("near.list", f"{FAR}\n")
        self.start()
        before = self.rules()
        text = self.changes(lambda: self.config.file("near.list", "10.8.0\n"), "refused")
        self.assertIn("near.list:1:1: error: ", text)
        self.assertEqual(self.rules(), before)
        self.changes(lambda: self.us.ip("address add 10.7.0.9/24 dev eth0"))
        self.assertTrue(self.reaches_us(NEAR, US_FAR))
        self.assertTrue(self.reaches_us(FAR, US_FAR))

    def test_a_link_to_a_list_is_followed_to_its_end(self):
        there = self.lab.config()
        there.file("near.list", f"{NEAR}\n")
        (self.config.directory / "near.list").symlink_to(there.directory / "near.list")
        self.write(near="file = near.list")
        self.start()
        self.changes(lambda: there.file("near.list", f"{FAR}\n"), LIST_CHANGED)
        self.assertTrue(self.reaches_us(FAR, US_FAR))

    def both(self, near=NEAR, dns="10.8.0.3"):
        """Two lists: near, that this test is about, and dns, another one."""
        self.config.file("lists/near.list", f"{near}\n")
        self.config.file("dns.list", f"{dns}\n")
        self.write(
            near="file = lists/near.list", dns="file = dns.list", way_out="gateway = yes"
        )
        self.start()
        return self.config.directory / "lists/near.list"

    def another_list_is_taken(self, server):
        """After which what was heard before has been dealt with, too."""
        text = self.changes(lambda: self.config.file("dns.list", f"{server}\n"), LIST_CHANGED)
        self.assertTrue(self.resolves(server))
        return text

    def test_a_list_is_not_read_while_it_is_written(self):
        path = self.both(near=FAR)
        with open(path, "w", encoding="ascii", buffering=1) as f:  # in place, cut to nothing
            self.another_list_is_taken(FAR)
            f.write(NEAR)  # of 10.7.0.25
            f.flush()
            self.another_list_is_taken("10.8.0.3")
            path.chmod(0o640)  # attributes say nothing, nor does the host
            self.changes(lambda: self.us.ip(f"route add default via {FAR} dev eth0"))
            self.another_list_is_taken(FAR)
            self.assertFalse(self.reaches_us(NEAR, US_FAR))
            self.assertTrue(self.reaches_us(FAR, US_FAR))
            f.write("5\n")
            path.chmod(0o644)
            heard = len(self.daemon.stderr())
        text = self.daemon.said(heard, LIST_CHANGED)
        self.assertFalse(self.reaches_us(NEAR, US_FAR))
        self.assertFalse(self.reaches_us(FAR, US_FAR))
        self.assertEqual(text.count(LIST_CHANGED), 1)

    def test_a_list_made_anew_is_not_read_before_it_is_closed(self):
        path = self.both(near=FAR)
        path.unlink()  # as some editors do
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{NEAR}\n")
            f.flush()
            self.another_list_is_taken(FAR)
            self.assertTrue(self.reaches_us(FAR, US_FAR))
            self.assertFalse(self.reaches_us(NEAR, US_FAR))
            heard = len(self.daemon.stderr())
        self.daemon.said(heard, LIST_CHANGED)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def test_a_list_in_a_directory_made_anew_is_not_read_before_it_is_closed(self):
        path = self.both(near=FAR)
        path.unlink()
        path.parent.rmdir()
        path.parent.mkdir()
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{NEAR}\n")
            f.flush()
            self.another_list_is_taken(FAR)
            self.assertTrue(self.reaches_us(FAR, US_FAR))
            self.assertFalse(self.reaches_us(NEAR, US_FAR))
            heard = len(self.daemon.stderr())
        self.daemon.said(heard, LIST_CHANGED)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def test_what_a_killed_writer_leaves_is_taken_with_a_warning(self):
        path = self.both(near=FAR)
        writer = subprocess.Popen(
            ["sh", "-c", f'exec >"$1"; printf "%s" {NEAR}; kill -STOP $$', "sh", path]
        )
        os.waitid(os.P_PID, writer.pid, os.WSTOPPED)
        self.another_list_is_taken(FAR)
        self.assertFalse(self.reaches_us(NEAR, US_FAR))
        text = self.changes(lambda: (writer.kill(), writer.wait()), LIST_CHANGED)
        self.assertIn("near.list:1:1: warning: the last line has no newline", text)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def test_a_start_and_a_reload_read_a_list_as_it_is(self):
        path = self.both(near=FAR)
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{NEAR}\n")
            f.flush()
            self.daemon.reload()
            self.assertTrue(self.reaches_us(NEAR, US_FAR))

    def ctl(self, *arguments, status=0):
        """rolewallctl; what it printed."""
        done = self.daemon.ask(*arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def follows(self, action, source):
        """Does something after which only source is near."""
        self.changes(action, LIST_CHANGED)
        attempts = [("tcp", address, US_FAR, HTTP) for address in (NEAR, FAR, "10.8.0.3")]
        found = self.outside.connect(attempts, 400)
        self.assertEqual([a[1] for a in attempts if found[a] == "open"], [source])

    def test_each_link_on_the_way_to_a_list_is_followed(self):
        there = self.lab.config()
        for name, address in (("v1", NEAR), ("v2", FAR), ("v3", "10.8.0.3")):
            (there.directory / name).mkdir()
            there.file(f"{name}/near.list", f"{address}\n")
        current, middle = there.directory / "current", there.directory / "middle"
        current.symlink_to("v1")
        middle.symlink_to(current)
        (self.config.directory / "near.list").symlink_to(middle / "near.list")
        self.write(near="file = near.list")
        self.start()
        self.assertTrue(self.reaches_us(NEAR, US_FAR))

        def switch(link, target):  # ln -sfn, and as configmaps do it
            new = link.with_name("new")
            new.symlink_to(target)
            new.rename(link)

        self.follows(lambda: switch(current, "v2"), FAR)
        self.follows(lambda: switch(middle, "v3"), "10.8.0.3")
        self.follows(lambda: there.file("v3/near.list", f"{NEAR}\n"), NEAR)
        self.follows(lambda: (middle.unlink(), middle.symlink_to("v2")), FAR)
        # nothing of the old way is listened to any more
        heard = len(self.daemon.stderr())
        there.file("v3/near.list", "10.8.0.3\n")
        self.follows(lambda: there.file("v2/near.list", f"{NEAR}\n"), NEAR)
        self.assertEqual(self.daemon.stderr()[heard:].count(LIST_CHANGED), 1)

    def test_a_parent_directory_that_is_replaced_is_followed(self):
        for name, address in (("one", NEAR), ("two", FAR)):
            (self.config.directory / name / "lists").mkdir(parents=True)
            self.config.file(f"{name}/lists/near.list", f"{address}\n")
        path = self.config.directory / "one"
        self.config.file("dns.list", "10.8.0.3\n")
        self.write(near="file = one/lists/near.list", dns="file = dns.list")
        self.start()
        self.another_list_is_taken(FAR)  # what follows a start is over
        self.follows(
            lambda: (path.rename(path.with_name("old")), path.with_name("two").rename(path)), FAR
        )
        self.follows(lambda: self.config.file("one/lists/near.list", f"{NEAR}\n"), NEAR)

    @unittest.skipUnless(hosts.FULL_LENGTH, "takes half a minute")
    def test_a_list_that_nobody_closes_is_told_of(self):
        """truncate(2) is heard like a writer who never closes what he writes."""
        path = self.config.file("near.list", f"{NEAR}\n{FAR}\n")
        self.write(near="file = near.list")
        self.start()
        heard = len(self.daemon.stderr())
        os.truncate(path, len(NEAR) + 1)
        with unittest.mock.patch.object(hosts, "WAIT_SECONDS", 45):
            self.daemon.said(heard, "written to and not closed")
        self.assertEqual(self.daemon.ask("status").returncode, 3)
        self.daemon.reload()
        self.daemon.said(heard, "resolved: these lists were written to and not closed")
        self.assertEqual(self.daemon.ask("status").returncode, 0)

    def test_a_list_that_is_gone_is_a_trouble_until_it_is_back(self):
        path = self.both()
        self.changes(path.unlink, "refused")
        status = self.ctl("status", status=3)
        self.assertIn("near.list (faults: 1)", status)
        self.assertIn("cannot be read: No such file or directory", status)
        self.assertTrue(self.reaches_us(NEAR, US_FAR))  # what was read stays
        path.parent.rename(path.parent.with_name("off"))
        self.config.file("off/near.list", f"{FAR}\n")
        back = lambda: path.parent.with_name("off").rename(path.parent)
        self.changes(back, LIST_CHANGED)
        self.assertTrue(self.reaches_us(FAR, US_FAR))
        self.ctl("status", status=0)

    def test_a_list_of_faults_is_told_by_its_first_and_their_number(self):
        path = self.both()
        faulty = "10.8.0\n" * 200000
        text = self.changes(lambda: self.config.file("lists/near.list", faulty), "refused")
        self.assertIn("near.list:1:1: error: ", text)
        self.assertIn("near.list:20:1: error: ", text)
        self.assertNotIn("near.list:21:1: error: ", text)
        self.assertRegex(text, r"and 19998\d more")  # and warnings
        status = self.ctl("status", status=3)
        self.assertIn("near.list (faults: 200000)", status)
        self.assertIn("near.list:20:1: error: ", status)
        self.assertLess(len(status), 8000)
        # the same again is not said again
        heard = len(self.daemon.stderr())
        path.touch()
        text = self.another_list_is_taken(FAR)
        self.assertNotIn("near.list:1:1", self.daemon.stderr()[heard:])
        # nor does it keep a good one back that comes with it
        with_it = lambda: (path.touch(), self.config.file("dns.list", "10.8.0.3\n"))
        self.changes(with_it, LIST_CHANGED)
        self.assertTrue(self.resolves("10.8.0.3"))
        self.ctl("status", status=3)
        self.changes(lambda: self.config.file("lists/near.list", f"{FAR}\n"), LIST_CHANGED)
        self.ctl("status", status=0)

    # ---- how much

    def test_a_burst_is_few_applies_and_nothing_is_sent_for_nothing(self):
        self.write(near="interface = eth0")
        self.start()
        before, heard = self.rules(), len(self.daemon.stderr())
        burst = [f"address add 10.9.{i // 250}.{i % 250 + 1}/32 dev eth1" for i in range(1000)]
        burst += [f"route add 10.10.{i}.0/24 dev eth0" for i in range(250)]
        burst += ["link set eth1 name eth9", "link set eth9 name eth1"] * 10
        self.us.ip("link set eth1 down", *burst)
        # the burst was none of our business; one that is, right behind it, is the first to show
        text = self.changes(lambda: self.us.ip("address add 10.7.0.1/24 dev eth0"))
        self.assertEqual(self.daemon.stderr()[heard:].count(CHANGED), 1)
        self.assertNotEqual(self.rules(), before)

        heard = len(self.daemon.stderr())
        networks = [f"address add 10.11.{i}.1/24 dev eth0" for i in range(250)]
        gone = [line.replace(" add ", " delete ") for line in networks]
        text = self.changes(lambda: self.us.ip(*(networks + gone) * 2, networks[7]))
        applies = text.count(CHANGED)
        while "10.11.7.0/24" not in self.rules():
            text = self.daemon.said(heard, CHANGED)
        self.assertLessEqual(applies, 5)
        self.assertNotIn("10.11.8.0/24", self.rules())

    def test_who_follows_nothing_hears_nothing(self):
        self.write(host="interface = eth0", near=f"address = {NEAR}")
        self.start()
        found = subprocess.run(
            ["ls", "-l", f"/proc/{self.daemon.pid()}/fd"], capture_output=True, text=True
        ).stdout
        self.assertNotIn("inotify", found)

    # ---- [host] interface

    def test_flows_come_in_by_the_interfaces_of_the_host_only(self):
        self.us.address(US_NEAR, link="eth1")
        self.outside.ip(f"route add {US_NEAR}/32 dev eth1 src {NEAR}")
        self.us.ip(f"route add {NEAR}/32 dev eth1")
        both = f"address = {NEAR}, {FAR}"
        self.write(near=both)
        self.start()
        near, far = (self.outside.hold(1, a, us, HTTP, 500) for a, us in
                     ((NEAR, US_NEAR), (FAR, US_FAR)))
        self.assertEqual(near.opened + far.opened, ["held 1", "held 1"])

        self.write(host="interface = eth0 later0", near=both, management=f"from = {NEAR}")
        self.daemon.reload()
        self.assertFalse(near.alive(1))
        self.assertTrue(far.alive(1))
        self.assertFalse(self.reaches_us(NEAR, US_NEAR))
        self.assertTrue(self.reaches_us(FAR, US_FAR))
        self.assertTrue(self.reaches_us(NEAR, US_NEAR, SSH))

        self.us.ip("link set eth1 down", "link set eth1 name later0", "link set later0 up")
        self.us.ip(f"route add {NEAR}/32 dev later0")
        self.assertTrue(self.reaches_us(NEAR, US_NEAR))


if __name__ == "__main__":
    hosts.main()
