#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lives of addresses that names have, with packets: while one lasts, when it is over, and over
whatever may happen to the daemon, the reader, the table and the machine.

A life of one second and a grace of seconds stand for minutes and an hour: an address is used after
its TTL, is retired, and keeps its connections.
"""

import itertools
import json
import re
import resource
import shutil
import threading
import time

import dns
import hosts
import notices
import test_names
from test_names import ADDRESSES, MANY, NAME, SERVICE, UNKNOWN, US

LIVE, RETIRED = "peer-service-named4", "peer-service-retired4"
ROTATING = [f"10.4.{i // 250}.{i % 250 + 1}" for i in range(12_000)]
A_HOLD = 50  # connections with one address
FIRST_OF_ALL = "10.9.0.2"  # who manages, in turn with
SECOND_OF_ALL = "10.9.0.3"


class Lives(test_names.Names):
    def setUp(self):
        super().setUp()
        self.held = []
        self.managers = itertools.cycle((SECOND_OF_ALL, FIRST_OF_ALL))

    def restrict(self):
        """A reload that forbids something: what is allowed on must be stamped anew."""
        path = self.config.directory / "rolewall.conf"
        text = re.sub(r"(?m)^from = .*$", f"from = {next(self.managers)}", path.read_text())
        self.config.file(path.name, text)
        self.daemon.reload()

    def hold(self, count, address):
        self.held.append((count, address, self.us.hold(count, US, address, SERVICE)))

    def assert_all_alive(self):
        dead = [(a, k) for count, a, h in self.held for k in range(1, count + 1) if not h.alive(k)]
        self.assertEqual(dead, [], self.daemon.stderr())

    def is_retired(self, address):
        return self.set_has(address, RETIRED) and not self.set_has(address)

    def learn(self, address, ttl=test_names.TTL):
        """Asked for at once."""
        self.answer(address, ttl=ttl)
        self.daemon.ask("names", "--refresh")
        self.wait_for(self.set_has, address)


class Grace(Lives):
    def test_an_address_is_dialled_until_its_ttl_and_the_grace_are_over(self):
        """In lib/names the same is tested with an hour."""
        grace = 5
        told = []

        def first(q):
            told.append(time.monotonic())
            return q.addresses(ADDRESSES[:1], test_names.TTL)

        self.configure(names_grace=f"{grace} s")
        self.answer()
        self.server.says(NAME, first)
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.answer(ADDRESSES[1])
        reached = time.monotonic()
        while self.passes(ADDRESSES[0]):
            reached = time.monotonic()
            self.assertLess(reached - told[-1], hosts.WAIT_SECONDS)
            time.sleep(0.05)  # an application that dials now and then
        refused = time.monotonic()
        self.assertGreater(refused - told[-1], test_names.TTL + grace)
        self.assertGreater(reached - told[-1], test_names.TTL)
        self.wait_for(self.is_retired, ADDRESSES[0])
        self.assert_open(ADDRESSES[1])


class OverTheEnd(Lives):
    ROUNDS = hosts.length(100, 5)

    def begin(self, **options):
        self.outside.address(*MANY)
        self.configure(names_grace="1 s")
        self.answer(ADDRESSES[0])
        self.start(**options)
        self.wait_for(self.set_has, ADDRESSES[0])
        self.hold(20, ADDRESSES[0])
        self.learn(ADDRESSES[1])
        self.wait_for(self.is_retired, ADDRESSES[0])

    def take_another(self, i):
        """Its life ends some rounds later, with a connection."""
        self.learn(MANY[i])
        if i % 4 == 0:
            self.hold(1, MANY[i])

    def end(self):
        self.assertFalse(self.passes(ADDRESSES[0]))
        self.answer(ADDRESSES[2])
        for _, address, _ in self.held:
            self.wait_for(self.is_retired, address)
        self.restrict()
        self.assert_all_alive()

    def test_reloads_cut_no_connection_with_an_address_whose_life_is_over(self):
        self.begin()
        for i in range(self.ROUNDS):
            self.take_another(i)
            self.restrict()
            self.assert_all_alive()
        self.end()

    def test_kills_of_both_cut_no_connection_with_an_address_whose_life_is_over(self):
        options = {"arguments": ("--fd-store",)}
        self.begin(**options)
        for i in range(self.ROUNDS):
            self.take_another(i)
            self.kill(self.daemon)
            self.assert_all_alive()
            self.start(with_reader=False, kept=self.daemon.kept, **options)
            self.kill(self.reader)
            self.assertFalse(self.passes(ADDRESSES[0]))
            self.start_reader()
            self.assert_all_alive()
        self.end()


class Rotations(Lives):
    """What the reader says comes from here, so that it comes fast."""

    ROTATIONS, CONNECTIONS, MOST = hosts.length((10_000, 1000, 1000), (100, 50, 10))

    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for the server
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUp()
        self.outside.ip("route add local 10.4.0.0/16 dev lo")

    def connect_as_reader(self):
        self.channel = notices.connect(self.daemon.runtime, hosts.WAIT_SECONDS)
        self.addCleanup(self.channel.close)
        # the other end hangs up on who does not listen
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        try:
            while self.channel.receive():
                pass
        except OSError:
            pass

    def rotate_to(self, address):
        self.channel.send(*notices.encode_answer(NAME, [(address, test_names.TTL)]))

    def test_rotations_cut_no_connection(self):
        self.configure(names_grace="1 s", names_most=self.MOST)
        self.start(with_reader=False)
        self.connect_as_reader()
        left = iter(ROTATING)
        each = min(A_HOLD, self.CONNECTIONS // 5)
        for _ in range(self.CONNECTIONS // each):
            address = next(left)
            self.rotate_to(address)
            self.wait_for(self.set_has, address)
            self.hold(each, address)
        for i in range(1, 1 + self.ROTATIONS):
            address = next(left)
            self.rotate_to(address)
            if i % (self.ROTATIONS // 20) == 0:
                self.wait_for(self.set_has, address)
                self.assert_open(address)
                if i > self.ROTATIONS // 2:  # which makes room for those that are retired
                    self.restrict()
                self.assert_all_alive()
        self.assertEqual(self.daemon.stderr().count("not in force yet"), 0, self.daemon.stderr())
        for _, address, _ in self.held:
            self.assertTrue(self.is_retired(address), address)
            self.assertFalse(self.passes(address))
        self.assert_all_alive()


class FirstCommit(Lives):
    """Without any answer the sets are as they were, from the first commit on."""

    def setUp(self):
        super().setUp()
        self.configure(names_grace="1 s")
        self.answer(*ADDRESSES[:3])
        self.start(arguments=("--ownership", "none"))  # so that others may delete the table
        self.wait_for(self.set_has, ADDRESSES[2])
        for address in ADDRESSES[:3]:
            self.hold(1, address)
        self.answer(*ADDRESSES[3:6])
        for address in ADDRESSES[:3]:
            self.wait_for(self.is_retired, address)
        self.answer(*ADDRESSES[3:6], ttl=3600)
        self.wait_for(self.is_asked_for_later)
        self.server.close()  # nobody answers from now on
        self.before = self.sets()
        self.assertEqual(self.before, {LIVE: set(ADDRESSES[3:6]), RETIRED: set(ADDRESSES[:3])})
        self.monitor = None

    def is_asked_for_later(self):
        [name] = json.loads(self.daemon.ask("names", "--json").stdout)["names"]
        return name["next-asked-seconds"] > 1000

    def sets(self):
        listed = (self.us.run("nft", "list", "set", "inet", "rolewall", s) for s in (LIVE, RETIRED))
        found = (set(re.findall(r"10\.2\.0\.\d+", text)) for text in listed)
        return dict(zip((LIVE, RETIRED), found))

    def watch(self):
        """What is committed from now on."""
        argv = ["stdbuf", "-oL", "nft", "monitor"]
        self.monitor = self.lab.started(hosts.Process(self.us, argv))
        table = "inet begun"
        while True:  # until it hears
            self.us.run("nft", f"add table {table}; delete table {table}")
            try:
                while "delete table" not in self.monitor.line(0.2):
                    pass
                return
            except hosts.LabError:
                continue

    def assert_in_first_commit(self):
        """Of those that have the sets."""
        found, is_made = {LIVE: set(), RETIRED: set()}, False
        while "new generation" not in (line := self.monitor.line()) or not is_made:
            is_made |= line.startswith(f"add set inet rolewall {LIVE} ")
            if said := re.match(r"add element inet rolewall (\S+) ", line):
                if said[1] in found:
                    found[said[1]] |= set(re.findall(r"10\.2\.0\.\d+", line))
        self.assertEqual(found, self.before)

    def assert_as_before(self):
        self.assertEqual(self.sets(), self.before)
        self.assert_open(*ADDRESSES[3:6])
        self.assert_closed(UNKNOWN, ADDRESSES[0])
        self.assert_all_alive()

    def reload_twice(self):
        for _ in range(2):
            self.restrict()
            self.assert_as_before()

    def delete_the_table(self):
        self.watch()
        self.us.run("nft", "delete table inet rolewall")
        self.assert_in_first_commit()
        self.assert_as_before()

    def restart(self):
        self.daemon.stop()
        self.daemon.end()
        self.kill(self.reader)
        self.us.run("nft", "delete table inet rolewall")
        self.watch()
        self.start(with_reader=False)
        self.assert_in_first_commit()
        self.assert_as_before()

    def reboot(self):
        """After a loss of power: nothing is left but the disk."""
        self.kill(self.daemon)
        self.us.run("nft", "flush ruleset")
        self.us.forget_connections()
        shutil.rmtree(self.daemon.runtime)
        self.watch()
        self.start()
        self.assert_in_first_commit()
        self.assertEqual(self.sets()[LIVE], self.before[LIVE])
        self.assert_open(*ADDRESSES[3:6])
        self.assert_closed(UNKNOWN, ADDRESSES[0])

    def test_the_sets_are_as_they_were_whatever_has_happened(self):
        for happening in (self.reload_twice, self.delete_the_table, self.restart, self.reboot):
            with self.subTest(happening.__name__):
                happening()


del Lives  # it is no test of its own


if __name__ == "__main__":
    hosts.main()
