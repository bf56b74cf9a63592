#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes whatever the flows say, with real packets: the loopback, ICMP, DHCP, multicast
memberships; and whether `explain` says of it what the kernel does."""

import unittest

import hosts
import matrix

OURS, THEIRS = matrix.ADDRESSES["us"], matrix.ADDRESSES["stranger"]
MANAGEMENT = matrix.ADDRESSES["management"]
PORT = 7777  # of no flow
V4, V6 = 0, 1


class Guarded(unittest.TestCase):
    """A host with the daemon, a target, and somebody outside."""

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*OURS)
        self.outside.address(*THEIRS, *MANAGEMENT)
        self.config = self.lab.config()
        peers = {party: matrix.spelled(party) for party in matrix.parties("target")}
        self.config.write("target", peers, management=matrix.spelled("management"))

    def explain(self, protocol, source, destination, port=None):
        """True if `explain` on the guarded host says that it is allowed; and what it says."""
        if ":" in destination and port:
            destination = f"[{destination}]"
        to = f"{destination}:{port}" if port else destination
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        program = (hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory)
        argv = (*program, "--roles-dir", roles, "explain", protocol, source, to)
        done = self.us.run(*argv, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode == 0, done.stdout


class ToItself(Guarded):
    def test_explain_agrees_with_the_kernel_on_each_way_from_this_host_to_itself(self):
        """By its name, an address of its own, or a loopback address, at either end."""
        ends = {
            V4: {"this-host": OURS[V4], OURS[V4]: OURS[V4], "127.0.0.1": "127.0.0.1"},
            V6: {"this-host": OURS[V6], OURS[V6]: OURS[V6], "::1": "::1"},
        }
        self.us.serve(hosts.wildcards({("tcp", PORT)}))
        self.us.daemon(self.config)
        asked = 0
        for spelled in ends.values():
            for source in spelled:
                for destination in set(spelled) - ({source} & {"this-host"}):
                    attempt = ("tcp", spelled[source], spelled[destination], PORT)
                    opens = self.us.connect_one(*attempt) == "open"
                    allowed, answer = self.explain("tcp", source, destination, PORT)
                    self.assertTrue(opens, attempt)
                    self.assertTrue(allowed, f"{source} to {destination}: {answer}")
                    asked += 1
        self.assertEqual(asked, 16)


if __name__ == "__main__":
    hosts.main()
