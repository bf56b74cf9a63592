#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From any configuration to any other: what a reload leaves in the kernel is what a fresh
start with the same files would have put there.

A reload sends only what differs.  Here one daemon goes through a long row of made-up
configurations (always the same ones), and after each reload the table is compared with
that of a daemon that knows nothing of the ones before.
"""

import json
import random
import re
import unittest

import hosts

STEPS = 60
PEERS = ("ssh-client", "rdp-client", "windows-host", "linux-host", "app-server")
OPTIONAL = ("register-leaf-node", "register-cluster-node")


def address(rng):
    """A host, a prefix or a range, of either family, with edges of the address space."""
    n = rng.choice((rng.randrange(2**16), rng.randrange(2**32)))
    kind = rng.randrange(10)
    if kind < 4:
        return dotted(0x0A000000 + rng.randrange(2**10))
    if kind < 6:
        bits = rng.randrange(8, 31)
        return f"{dotted(n >> (32 - bits) << (32 - bits))}/{bits}"
    if kind < 7:
        last = min(n + rng.randrange(2**20), 2**32 - 1)
        return f"{dotted(n)}-{dotted(last)}"
    if kind < 8:
        return rng.choice(("0.0.0.0/8", "255.255.255.255", "255.255.255.0/24", "ff00::/8"))
    if kind < 9:
        return f"2001:db8::{rng.randrange(2**8):x}"
    return f"2001:db8:{rng.randrange(2**4):x}::/48"


def dotted(n):
    return ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0))


class Configuration:
    """One that is changed here and there from step to step."""

    def __init__(self, rng):
        self.rng = rng
        self.peers = {peer: [address(rng) for _ in range(30)] for peer in PEERS}
        self.options = {}
        self.site = {}

    def step(self):
        rng = self.rng
        for peer in rng.sample(PEERS, rng.randrange(3)):
            items = self.peers[peer]
            for _ in range(rng.randrange(8)):
                if items and rng.random() < 0.5:
                    items.remove(rng.choice(items))
                else:
                    items.append(address(rng))
            if rng.random() < 0.05:
                items.extend(address(rng) for _ in range(300))
        for option, values in (
            ("size", ("450", "900", None)),
            ("outbound", ("allow", None)),
            ("enable", (*OPTIONAL, None)),
            ("disable", ("rdp-proxy", "ssh-target", None)),
        ):
            if rng.random() < 0.2:
                self.options[option] = rng.choice(values)
        if rng.random() < 0.3:
            first = rng.randrange(1, 65536)
            last = min(65535, first + rng.choice((0, 3, 200, 30000)))
            self.site[f"site-{rng.randrange(4)}"] = (f"{first}-{last}", rng.choice(PEERS))
        if self.site and rng.random() < 0.1:
            self.site.pop(rng.choice(sorted(self.site)))

    def text(self):
        lines = ["[host]", "roles = proxy"]
        lines += [f"{k} = {v}" for k, v in sorted(self.options.items()) if v]
        lines += ["[management]", "from = 10.0.9.0/24"]
        for peer, items in self.peers.items():
            lines += [f"[peer {peer}]", "address = " + (", ".join(items) or "none")]
        for name, (ports, peer) in sorted(self.site.items()):
            lines += [f"[flow {name}]", f"port = {ports}", "protocol = tcp udp"]
            lines += [f"source = {peer}", "target = this-host", "initiator = either"]
        return "\n".join(lines) + "\n"


def comparable(listing):
    """The table without handles, the generation, and the room that sets were born with."""
    items = [i for i in json.loads(listing)["nftables"] if "metainfo" not in i]
    text = json.dumps(items, sort_keys=True)
    marks = [i["set"]["elem"][0] for i in items if i.get("set", {}).get("name") == "generation"]
    text = re.sub(rf"\b{marks[0] | 0xFFFF}\b", "-1", text)
    text = re.sub(rf"\b{marks[0]}\b", "-2", text)

    def clean(value):
        if isinstance(value, list):
            return [clean(v) for v in value]
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items() if k not in ("handle", "size")}
        return value

    cleaned = clean(json.loads(text))
    rules = {}
    for item in cleaned:
        for kind, body in item.items():
            if kind == "table":
                body = {"name": body["name"]}  # whose it is, is another matter
            key = f"{kind} {body.get('chain', body.get('name'))}"
            if "elem" in body:
                body["elem"] = sorted(json.dumps(e, sort_keys=True) for e in body["elem"])
            rules.setdefault(key, []).append(body)
    return rules


class Transitions(unittest.TestCase):
    def test_every_reload_ends_where_a_fresh_start_would(self):
        self.maxDiff = 2000
        lab = self.enterContext(hosts.Lab())
        us = lab.host("us")
        config = lab.config()
        made_up = Configuration(random.Random(4422))
        config.file("rolewall.conf", made_up.text())
        daemon = us.daemon(config)
        for step in range(STEPS):
            made_up.step()
            config.file("rolewall.conf", made_up.text())
            daemon.reload()
            fresh = lab.host(f"fresh-{step}")
            self.assertEqual(fresh.daemon(config).stop(), 0)
            with self.subTest(step=step):
                self.assertEqual(self.table(us), self.table(fresh))
        # the first time only: a difference that the kernel refuses is replaced as a whole
        self.assertEqual(daemon.stderr().count("whole table"), 1, daemon.stderr())
        self.assertEqual(daemon.stop(), 0)

    def table(self, host):
        return comparable(host.nft_json("table", "inet", "rolewall"))


if __name__ == "__main__":
    hosts.main()
