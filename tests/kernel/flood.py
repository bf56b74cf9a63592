# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of numbered datagrams between hosts, of which each one counts (see flood.c).

    with Flood(streams) as flood:
        ...
    flood.results[stream].lost

The receivers' buffers are far larger than what a flood sends in a tick.  If one
overflows nevertheless, what is missing says nothing about a firewall: that is a LabError.
"""

import collections
import dataclasses
import re

import hosts


@dataclasses.dataclass(frozen=True)
class Stream:
    """Datagrams of one kind ("new" or "live") from an address of one host to one of another."""

    sender: hosts.Host
    receiver: hosts.Host
    kind: str
    source: str
    destination: str
    port: int
    rate: int  # a second
    allowed: bool

    def __str__(self):
        may = "allowed" if self.allowed else "forbidden"
        return f"{may} {self.kind} {self.source} -> {self.destination} {self.port}"


@dataclasses.dataclass
class Result:
    """What became of a stream; answers are asked for in live streams only."""

    sent: int
    asked: int
    answered: int
    received: int = 0
    first_missing: int = 0

    @property
    def lost(self):
        return self.sent - self.received

    @property
    def unanswered(self):
        return self.asked - self.answered


class Tool(hosts.Process):
    """A subcommand of flood; what it prints at its end is a list of lines."""

    def __init__(self, host, subcommand, lines):
        program = hosts.setting("PROBE").with_name("flood")
        super().__init__(host, [program, subcommand])
        self.write("".join(line + "\n" for line in lines) + "\n")
        if self.line() != "ready":
            raise hosts.LabError(f"flood {subcommand} is not ready")

    def report(self):
        self.write("\n")
        lines = []
        while (line := self.line()) != "end":
            lines.append(line)
        self.wait()
        return lines


def pump(host, sessions):
    """TCP sessions [(source, destination, port)] that echo until report() is asked for."""
    lines = [f"{source} {destination} {port}" for source, destination, port in sessions]
    return host.lab.started(Tool(host, "pump", lines))


def broken(report):
    """The sessions of a pump's report that did not live to its end."""
    return [line for line in report if not re.fullmatch(r"\d+ exchanges [1-9]\d* slowest .*", line)]


def _overflows(host):
    """How many datagrams the sockets of a host had no room for."""
    text = host.run("cat", "/proc/net/snmp", "/proc/net/snmp6")
    names, values = re.findall(r"(?m)^Udp: (.*)$", text)
    ipv4 = dict(zip(names.split(), map(int, values.split())))["RcvbufErrors"]
    return ipv4 + int(re.search(r"(?m)^Udp6RcvbufErrors\s+(\d+)", text)[1])


class Flood:
    """Runs for the length of a with statement; results: {stream: Result}."""

    def __init__(self, streams):
        self.streams = list(streams)
        self.results = {}
        self._senders, self._receivers, self._full = [], [], {}

    def __enter__(self):
        listeners, senders = collections.defaultdict(set), collections.defaultdict(list)
        for number, s in enumerate(self.streams):
            listeners[s.receiver].add(f"{s.destination} {s.port}")
            end = f"{s.source} {40000 + number} {s.destination} {s.port}"
            senders[s.sender].append(f"{number} {s.kind} {end} {s.rate}")
        self._full = {host: _overflows(host) for host in listeners}
        for host, lines in listeners.items():
            self._receivers.append(host.lab.started(Tool(host, "receive", sorted(lines))))
        for host, lines in senders.items():
            self._senders.append(host.lab.started(Tool(host, "send", lines)))
        return self

    def __exit__(self, kind, *exception):
        tools = self._senders + self._receivers
        if kind is None:
            self._collect()
        for tool in tools:
            tool.end()

    def _collect(self):
        for tool in self._senders:
            for line in tool.report():
                number, sent, asked, answered = map(int, re.findall(r"\d+", line))
                self.results[self.streams[number]] = Result(sent, asked, answered)
        for tool in self._receivers:
            for line in tool.report():
                number, received, missing = map(int, re.findall(r"\d+", line))
                result = self.results[self.streams[number]]
                result.received, result.first_missing = received, missing
        for host, before in self._full.items():
            if _overflows(host) != before:
                raise hosts.LabError(f"{host.name}: a socket overflowed: the machine is too slow")

    def sent(self, allowed):
        return sum(r.sent for s, r in self.results.items() if s.allowed == allowed)

    def faults(self):
        """What no firewall should do to a flood, a line each."""
        found = []
        for s, r in self.results.items():
            if s.allowed and r.lost:
                found.append(f"{s}: {r.lost} of {r.sent} lost, the first is {r.first_missing}")
            if s.allowed and r.unanswered:
                found.append(f"{s}: {r.unanswered} of {r.asked} answers lost")
            if not s.allowed and r.received:
                found.append(f"{s}: {r.received} of {r.sent} let through")
        return found
