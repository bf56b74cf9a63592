#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""First packets to addresses that a peer by name may have, with packets: rolewalld, rolewall-reader
and a name server whose answer changes without anybody's being told.

Where the kernel has a queue the first packet waits until the names were asked for.
"""

import concurrent.futures
import os
import signal
import time
import unittest

import hosts
import test_names
from test_names import ADDRESSES, NAME, SECOND_NAME, SERVICE, UNKNOWN, US

LONG = 300  # seconds: nobody asks again by itself
FREE_QUEUE = 7
QUESTIONS_MOST = 100  # in a second
REPEATED_AFTER = 1000  # milliseconds: of a first packet without an answer


class Dialling(test_names.Names):
    """What both kinds of kernels need."""

    def has_queue(self):
        rule = f"add table inet q; add chain inet q c; add rule inet q c queue num {FREE_QUEUE}"
        return self.outside.run("nft", "-c", rule, check=False).returncode == 0

    def begin(self, **keys):
        self.configure(**keys)
        self.answer(ADDRESSES[0], ttl=LONG)
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.assert_open(ADDRESSES[0])

    def repeated(self):
        """How many first packets were sent again."""
        lines = self.us.run("cat", "/proc/net/netstat").splitlines()
        keys, values = (line.split() for line in lines if line.startswith("TcpExt:"))
        return int(dict(zip(keys[1:], values[1:]))["TCPSynRetrans"])

    def dial(self, address, timeout_ms=900):
        return self.us.connect_one("tcp", US, address, SERVICE, timeout_ms)

    def dial_meanwhile(self, address, timeout_ms):
        """What comes of it is to be asked for later."""
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        return pool.submit(self.dial, address, timeout_ms)

    def stop(self, process):
        os.kill(process.pid(), signal.SIGSTOP)

    def waiting(self):
        """How many first packets the rules have let wait, or dropped."""
        counter = self.us.run("nft", "list", "counter", "inet", "rolewall", "unknown-outbound")
        return int(counter.partition("packets ")[2].split()[0])


class Holding(Dialling):
    def setUp(self):
        super().setUp()
        if not self.has_queue():
            self.skipTest("this kernel has no nft_queue")

    def test_an_address_that_a_name_has_got_is_asked_for_and_passes_with_its_first_packet(self):
        self.begin()
        self.answer(*ADDRESSES[:3], ttl=LONG)
        self.assertEqual(self.dial(ADDRESSES[1]), "open", self.daemon.stderr())
        self.assertEqual(self.dial(ADDRESSES[2]), "open", self.daemon.stderr())
        self.assertEqual(self.repeated(), 0)

    def test_each_of_many_addresses_passes_when_it_is_dialled(self):
        self.begin()
        for address in ADDRESSES[1:20]:
            self.answer(address, ttl=LONG)
            self.assertEqual(self.dial(address), "open", self.daemon.stderr())
        self.assertEqual(self.repeated(), 0)

    def test_an_address_that_nobody_has_is_refused_and_not_asked_for_twice(self):
        self.begin()
        self.assertEqual(self.dial(UNKNOWN), "reset", self.daemon.stderr())
        asked = len(self.server.asked(NAME))
        for _ in range(3):
            self.assertEqual(self.dial(UNKNOWN), "reset")
        self.assertEqual(len(self.server.asked(NAME)), asked)
        self.assertEqual(self.repeated(), 0)

    def test_a_second_name_of_the_peer_is_asked_for_as_well(self):
        self.answer(ADDRESSES[5], name=SECOND_NAME, ttl=LONG)
        self.begin(names=f"{NAME}, {SECOND_NAME}")
        self.wait_for(self.set_has, ADDRESSES[5])
        self.answer(ADDRESSES[6], name=SECOND_NAME, ttl=LONG)
        self.assertEqual(self.dial(ADDRESSES[6]), "open", self.daemon.stderr())
        self.assertEqual(self.repeated(), 0)

    def test_while_the_reader_says_nothing_an_unknown_address_is_dropped_in_silence(self):
        self.begin()
        self.stop(self.reader)
        # before the packet comes again
        self.assertEqual(self.dial(UNKNOWN, 600 // hosts.PATIENCE), "silent")
        self.assert_open(ADDRESSES[0])

    def test_a_name_server_that_fails_gets_nobody_refused(self):
        self.begin()
        self.fails(2)
        self.assertEqual(self.dial(UNKNOWN, 600 // hosts.PATIENCE), "silent")
        self.answer(UNKNOWN, ttl=LONG)
        self.assertEqual(self.dial(UNKNOWN), "open", self.daemon.stderr())

    def test_a_stopped_daemon_drops_what_is_unknown_and_lets_through_what_is_known(self):
        self.begin()
        self.stop(self.daemon)
        self.assertEqual(self.dial(UNKNOWN, 600 // hosts.PATIENCE), "silent")
        self.assert_open(ADDRESSES[0])

    def test_a_killed_daemon_drops_what_is_unknown_and_lets_through_what_is_known(self):
        self.begin()
        self.kill(self.daemon)
        self.assertEqual(self.dial(UNKNOWN, 600 // hosts.PATIENCE), "silent")
        self.assertEqual(self.dial(ADDRESSES[0]), "open")

    def test_a_packet_that_is_dropped_after_a_quarter_of_a_second_comes_again_and_passes(self):
        self.begin()
        asked = len(self.server.asked(NAME))
        self.server.says(NAME, lambda q: None)
        dialled = self.dial_meanwhile(UNKNOWN, 3 * REPEATED_AFTER)
        self.assertTrue(self.server.wait_asked(NAME, asked + 1, hosts.WAIT_SECONDS))
        self.answer(UNKNOWN, ttl=LONG)
        self.assertEqual(dialled.result(), "open", self.daemon.stderr())
        self.assertEqual(self.repeated(), 1)

    def test_what_a_reload_allows_while_a_packet_waits_to_be_read_passes_with_it(self):
        self.begin()
        self.stop(self.daemon)
        self.stop(self.reader)  # so that nobody else says whose address it is
        dialled = self.dial_meanwhile(UNKNOWN, 5 * REPEATED_AFTER)
        self.wait_for(lambda: self.waiting() == 1)
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text.replace("private = yes", f"private = yes\naddress = {UNKNOWN}"))
        self.daemon.signal(signal.SIGHUP)
        self.daemon.signal(signal.SIGCONT)
        self.assertEqual(dialled.result(), "open", self.daemon.stderr())

    def test_what_a_reload_forbids_while_a_packet_waits_to_be_read_is_refused(self):
        self.begin()
        self.stop(self.daemon)
        dialled = self.dial_meanwhile(UNKNOWN, 5 * REPEATED_AFTER)
        self.wait_for(lambda: self.waiting() == 1)
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text.replace("[host]", "[host]\ndisable = out"))
        self.daemon.signal(signal.SIGHUP)
        self.daemon.signal(signal.SIGCONT)
        self.assertEqual(dialled.result(), "reset", self.daemon.stderr())

    def test_a_program_that_dials_at_random_has_few_questions_asked_and_keeps_nobody_waiting(self):
        self.begin()
        asked = len(self.server.asked(NAME))
        count = hosts.length(20000, 2000)
        attempts = [("tcp", US, f"10.3.{i >> 8}.{i & 255}", SERVICE) for i in range(count)]
        begun, used = time.monotonic(), self.daemon.cpu_seconds() + self.reader.cpu_seconds()
        results = self.us.connect(attempts, 100)
        seconds = time.monotonic() - begun
        used = self.daemon.cpu_seconds() + self.reader.cpu_seconds() - used
        questions = len(self.server.asked(NAME)) - asked
        print(f"measured: {count} random addresses in {seconds:.1f} s: {questions} questions, {used:.2f} s of processor time")
        self.assertNotIn("open", results.values())
        self.assertLessEqual(questions, QUESTIONS_MOST * (seconds + 1))
        self.answer(ADDRESSES[1], ttl=LONG)
        self.assertEqual(self.dial(ADDRESSES[0]), "open")
        self.assertEqual(self.dial(ADDRESSES[1], 5 * REPEATED_AFTER), "open", self.daemon.stderr())

    def test_a_reload_and_a_new_daemon_hold_as_before(self):
        self.begin()
        self.daemon.reload()
        self.answer(ADDRESSES[1], ttl=LONG)
        self.assertEqual(self.dial(ADDRESSES[1]), "open", self.daemon.stderr())
        self.kill(self.daemon)
        self.kill(self.reader)
        self.start()
        self.assert_open(ADDRESSES[0], ADDRESSES[1])
        self.answer(ADDRESSES[2], ttl=LONG)
        self.assertEqual(self.dial(ADDRESSES[2], 5000), "open", self.daemon.stderr())


class Dropping(Dialling):
    """Where the kernel has no queue."""

    def setUp(self):
        super().setUp()
        if self.has_queue():
            self.skipTest("this kernel has nft_queue")

    def test_an_unknown_address_is_dropped_in_silence_and_never_refused(self):
        self.begin()
        self.assertIn("no queue for packets to unknown addresses", self.daemon.stderr())
        self.assertEqual(self.dial(UNKNOWN, 300), "silent")
        self.assert_open(ADDRESSES[0])

    def test_the_repeated_packet_finds_the_door_open(self):
        self.begin()
        self.answer(UNKNOWN, ttl=LONG)
        dialled = self.dial_meanwhile(UNKNOWN, 5 * REPEATED_AFTER)
        self.wait_for(lambda: self.waiting() == 1)
        self.assertEqual(self.daemon.ask("names", "--refresh").returncode, 0)
        self.assertEqual(dialled.result(), "open", self.daemon.stderr())

    def test_without_a_daemon_what_is_unknown_is_dropped_and_what_is_known_passes(self):
        self.begin()
        self.kill(self.daemon)
        self.assertEqual(self.dial(UNKNOWN, 300), "silent")
        self.assertEqual(self.dial(ADDRESSES[0]), "open")


class NotHolding(test_names.Names):
    def test_with_hold_no_an_unknown_address_is_refused_at_once(self):
        self.configure(hold="no")
        self.answer(ADDRESSES[0], ttl=LONG)
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        os.kill(self.reader.pid(), signal.SIGSTOP)
        answered = self.us.connect_one("tcp", US, UNKNOWN, SERVICE)
        self.assertEqual(answered, "reset", self.daemon.stderr())


if __name__ == "__main__":
    hosts.main()
