# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that somebody can do to our table while nobody defends it.

damages() goes through a listing of the table and yields (what, script) for each object in it
and each thing that can be done to an object: removed, emptied, renamed, retyped, opened.  A
script is nft's; what stands in its way (rules that name the object) it removes as well.

As a program, `damage.py FLAGS` gives our table other flags, which nft 1.0.6 cannot say.
"""

import json
import socket
import struct
import sys

TABLE = "inet rolewall"

NFNETLINK = 12
BATCH_BEGIN, BATCH_END, NEWTABLE = 0x10, 0x11, 0x0A00
REQUEST, ACK, CREATE = 0x1, 0x4, 0x400
INET, SUBSYSTEM = 1, 10
NAME, FLAGS = 1, 2


def _message(number, kind, flags, family, resource, attributes=b""):
    body = struct.pack("=BBH", family, 0, socket.htons(resource)) + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, flags, number, 0) + body


def _attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def set_table_flags(flags):
    """Of our table in this namespace: nft 1.0.6 cannot say all of them."""
    attributes = _attribute(NAME, b"rolewall\0") + _attribute(FLAGS, struct.pack(">I", flags))
    batch = _message(1, BATCH_BEGIN, REQUEST, 0, SUBSYSTEM)
    batch += _message(2, NEWTABLE, REQUEST | ACK | CREATE, INET, 0, attributes)
    batch += _message(3, BATCH_END, REQUEST, 0, SUBSYSTEM)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NFNETLINK) as nl:
        nl.send(batch)
        answer = nl.recv(65536)
        _, kind, _, number, _ = struct.unpack_from("=IHHII", answer)
        (error,) = struct.unpack_from("=i", answer, 16)
        if (kind, number, error) != (2, 2, 0):
            raise OSError(-error, "the kernel refuses these flags")


class Objects:
    """Of a table as `nft -j list table` shows it."""

    def __init__(self, listing):
        items = [i for i in json.loads(listing)["nftables"] if "metainfo" not in i]
        self.chains = [i["chain"] for i in items if "chain" in i]
        rules = [i["rule"] for i in items if "rule" in i]
        self.rules = [(r["chain"], r["handle"], json.dumps(r["expr"])) for r in rules]
        self.sets = [i["set"] for i in items if "set" in i]
        self.maps = [i["map"] for i in items if "map" in i]
        self.map_texts = [(m["name"], json.dumps(m)) for m in self.maps]
        self.counters = [i["counter"] for i in items if "counter" in i]

    def without_rules_that_name(self, *words):
        """The script that removes all rules in which one of the JSON texts occurs."""
        return "".join(
            f"delete rule {TABLE} {chain} handle {handle}\n"
            for chain, handle, text in self.rules
            if any(word in text for word in words)
        )

    def without_what_leads_to(self, chain):
        target = f'"target": "{chain}"'
        return self.without_rules_that_name(target) + "".join(
            f"flush map {TABLE} {name}\n" for name, text in self.map_texts if target in text
        )

    def without_set(self, kind, name):
        words = (f'"@{name}"', f'"set": "{name}"')
        return self.without_rules_that_name(*words) + f"delete {kind} {TABLE} {name}\n"


def _chains(objects):
    for c in objects.chains:
        name = c["name"]
        removed = objects.without_what_leads_to(name)
        removed += f"flush chain {TABLE} {name}\ndelete chain {TABLE} {name}\n"
        yield f"chain {name} removed", removed
        yield f"chain {name} emptied", f"flush chain {TABLE} {name}\n"
        yield f"chain {name} renamed", f"rename chain {TABLE} {name} {name}-elsewhere\n"
        yield f"chain {name} opened", f"insert rule {TABLE} {name} accept\n"
        if "hook" in c:
            yield from _base_chain(name, c["hook"], removed)
        else:
            hooked = f"add chain {TABLE} {name} {{ type filter hook prerouting priority 0; }}\n"
            yield f"chain {name} retyped", removed + hooked


def _base_chain(name, hook, removed):
    def anew(what, words):
        text = f"{{ type {words}; policy accept; }}" if words else ""
        return f"chain {name} {what}", removed + f"add chain {TABLE} {name} {text}\n"

    yield f"chain {name} of another policy", f"chain {TABLE} {name} {{ policy accept; }}\n"
    yield anew("unhooked", "")
    yield anew("of another priority", f"filter hook {hook} priority 10")
    yield anew("on another hook", "filter hook prerouting priority 0")
    yield anew("made open", f"filter hook {hook} priority 0")
    if hook != "forward":
        yield anew("retyped", f"nat hook {hook} priority 0")


def _sets(objects):
    for kind, sets in (("set", objects.sets), ("map", objects.maps)):
        for s in sets:
            name, flags = s["name"], set(s.get("flags", ()))
            data = f" : {s['map']}" if kind == "map" else ""

            def anew(what, new_kind, key, data, flags):
                words = f"type {key}{data};" + (f" flags {', '.join(flags)};" if flags else "")
                made = f"add {new_kind} {TABLE} {name} {{ {words} }}\n"
                return f"{kind} {name} {what}", objects.without_set(kind, name) + made

            yield f"{kind} {name} removed", objects.without_set(kind, name)
            if s.get("elem"):
                yield f"{kind} {name} emptied", f"flush {kind} {TABLE} {name}\n"
            other = "ether_addr" if s["type"] != "ether_addr" else "ipv6_addr"
            yield anew("retyped", kind, other, data, flags)
            yield anew("of other flags", kind, s["type"], data, flags ^ {"interval"})
            if name.startswith("sessions-"):
                words = f"type {s['type']}; size {s['size']}; flags dynamic; counter;"
                made = f"add set {TABLE} {name} {{ {words} }}\n"
                yield f"set {name} counting otherwise", objects.without_set(kind, name) + made
            yield anew("with a time-out", kind, s["type"], data, flags | {"timeout"})
            if kind == "map":
                yield anew("made a set", "set", s["type"], "", flags)


def _counters(objects):
    for c in objects.counters:
        name = c["name"]
        removed = objects.without_rules_that_name(f'"counter": "{name}"')
        removed += f"delete counter {TABLE} {name}\n"
        yield f"counter {name} removed", removed
        yield f"counter {name} retyped", removed + f"add quota {TABLE} {name} {{ 1 mbytes }}\n"


def damages(listing):
    objects = Objects(listing)
    yield "table removed", f"delete table {TABLE}\n"
    yield "table made anew, empty", f"delete table {TABLE}\nadd table {TABLE}\n"
    yield "all rules removed", f"flush table {TABLE}\n"
    bases = [c["name"] for c in objects.chains if "hook" in c]
    yield "all base chains removed", "".join(
        f"flush chain {TABLE} {name}\ndelete chain {TABLE} {name}\n" for name in bases
    )
    yield "things added", (
        f"add chain {TABLE} c\n"
        f"add map {TABLE} m {{ type inet_service : verdict; elements = {{ 1 : jump c }}\n}}\n"
        f"add set {TABLE} s {{ type ipv4_addr; flags dynamic, timeout; timeout 1m; }}\n"
        f"add quota {TABLE} q {{ 1 mbytes }}\n"
        f'add rule {TABLE} c tcp dport {{ 1, 2 }} accept\nadd rule {TABLE} c quota name "q"\n'
        f"add rule {TABLE} c jump {{ drop; }}\n"
        f"add chain {TABLE} early {{ type filter hook input priority -10; }}\n"
        f"add rule {TABLE} early jump c\n"
        f"add chain {TABLE} nat {{ type nat hook prerouting priority -100; }}\n"
        f"add rule {TABLE} nat tcp dport 2 redirect to :3\n"
        f"insert rule {TABLE} input tcp dport vmap @m\n"
    )
    yield from _chains(objects)
    yield from _sets(objects)
    yield from _counters(objects)


if __name__ == "__main__":
    set_table_flags(int(sys.argv[1], 0))
