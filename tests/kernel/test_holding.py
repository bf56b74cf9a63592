#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""First packets to addresses that a peer by name may have, with packets: rolewalld, rolewall-reader
and a name server whose answer changes without anybody's being told.

Where the kernel has a queue the first packet waits until the names were asked for.
"""

import os
import signal
import unittest

import hosts
import test_names
from test_names import ADDRESSES, NAME, SECOND_NAME, SERVICE, UNKNOWN, US

LONG = 300  # seconds: nobody asks again by itself
FREE_QUEUE = 7


class Holding(test_names.Names):
    def setUp(self):
        super().setUp()
        rule = f"add table inet q; add chain inet q c; add rule inet q c queue num {FREE_QUEUE}"
        if self.outside.run("nft", "-c", rule, check=False).returncode:
            self.skipTest("this kernel has no nft_queue")

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

    def stop(self, process):
        os.kill(process.pid(), signal.SIGSTOP)

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
