# SPDX-License-Identifier: GPL-2.0-or-later
"""The vendor's page as data: what must be open, and by inference what must not.

Written by hand from the page's three tables, row by row, and never derived from the
role files or from anything that rolewall prints: this is the other side of the
comparison.  Whoever changes a shipped role must change this file too, by reading the
page again.

A row says who may open the connection (initiator), which the page's arrow does not: a
domain controller never opens 389 to the application server, though packets flow both
ways.  Two of the page's rows are registrations, which the far end may begin as well.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    number: int  # on the page, counted from 1; 0: a row the page does not have
    flow: str  # its section in the role files
    ports: tuple  # numbers, or (first, last)
    protocols: tuple
    sources: tuple
    targets: tuple
    initiator: str = "source"  # source, target or either

    @property
    def optional(self):
        return self.number == 0


_TCP = ("tcp",)
_UDP = ("udp",)
_BOTH = ("tcp", "udp")
_SERVER = ("app-server",)
_DC = ("domain-controller",)
_ACTIONS = ("remote-action-service",)
_SERVER_AND_PROXY = ("app-server", "proxy")

ROWS = (
    # Application Server Firewall Rules
    Row(1, "ms-rpc", (135,), _TCP, _SERVER, _DC),
    Row(2, "ldap", (389, 636), _BOTH, _SERVER, _DC),
    Row(3, "dns", (53,), _BOTH, _SERVER, ("dns-service",)),
    Row(4, "netbios", (137, 138), _UDP, _SERVER, _DC),
    Row(5, "ad-web-services", (9389,), _TCP, _SERVER, _DC),
    Row(6, "kerberos", (88,), _UDP, _SERVER, _DC),
    Row(7, "entra-https", (443,), _TCP, _SERVER, ("azure",)),
    # Proxy Firewall Rules
    Row(8, "ssh-proxy", (4422,), _TCP, ("ssh-client",), _SERVER_AND_PROXY),
    Row(9, "rdp-proxy", (4489,), _TCP, ("rdp-client",), _SERVER_AND_PROXY),
    # Target Environment Firewall Rules
    Row(10, "rdp-target", (3389,), _TCP, _SERVER_AND_PROXY, ("windows-host",)),
    Row(11, "powershell-remoting", (5985, 5986), _TCP, _SERVER, ("windows-host",)),
    Row(12, "password-change-windows", (5985, 5986), _TCP, _SERVER, ("windows-host",)),
    Row(13, "ssh-target", (22,), _TCP, _SERVER_AND_PROXY, ("linux-host",)),
    Row(14, "register-proxy", (6520,), _TCP, _SERVER, ("remote-proxy",), "either"),
    Row(15, "register-action-service", (6500,), _TCP, _SERVER, _ACTIONS, "either"),
    Row(16, "azure-graph", (443,), _TCP, _SERVER, ("azure",)),
    # Not on the page, and off until a host asks for them
    Row(0, "register-leaf-node", (6523,), _TCP, _SERVER, ("remote-proxy",), "either"),
    Row(0, "register-cluster-node", (6524,), _TCP, _SERVER, ("remote-proxy",), "either"),
    Row(0, "rpc-dynamic", ((49152, 65535),), _TCP, _SERVER, _DC),
    Row(0, "rpc-dynamic-legacy", ((1025, 5000),), _TCP, _SERVER, _DC),
    Row(0, "kerberos-tcp", (88,), _TCP, _SERVER, _DC),
    Row(0, "kerberos-password", (464,), _BOTH, _SERVER, _DC),
    Row(0, "smb", (445,), _TCP, _SERVER, _DC),
    Row(0, "global-catalog", ((3268, 3269),), _TCP, _SERVER, _DC),
    Row(0, "web-console", (6500,), _TCP, ("browser",), _SERVER),
    Row(0, "certificate-revocation", (80,), _TCP, _SERVER, ("revocation-server",)),
    Row(0, "high-availability", (5432,), _TCP, _SERVER, _SERVER, "either"),
)

# Which of the parties a host with a role of ours is.
PLAYS = {
    "app-server": ("app-server",),
    "proxy": ("proxy", "remote-proxy"),
    "target": ("linux-host",),
}

# Where everybody is, in the tests: party -> (IPv4, IPv6).
ADDRESSES = {
    "us": ("10.20.0.1", "2001:db8:20::1"),
    "app-server": ("10.20.0.10", "2001:db8:20::10"),
    "proxy": ("10.20.0.20", "2001:db8:20::20"),
    "remote-proxy": ("10.21.0.30", "2001:db8:21::30"),
    "remote-action-service": ("10.21.0.40", "2001:db8:21::40"),
    "domain-controller": ("10.22.0.10", "2001:db8:22::10"),
    "dns-service": ("10.22.0.53", "2001:db8:22::53"),
    "azure": ("10.23.0.43", "2001:db8:23::43"),
    "revocation-server": ("10.23.0.80", "2001:db8:23::80"),
    "windows-host": ("10.30.7.7", "2001:db8:30::77"),
    "linux-host": ("10.41.0.7", "2001:db8:41::7"),
    "ssh-client": ("10.2.0.22", "2001:db8:2::22"),
    "rdp-client": ("10.2.0.89", "2001:db8:2::89"),
    "browser": ("10.2.0.65", "2001:db8:2::65"),
    "management": ("10.0.9.5", "2001:db8:9::5"),
    "unknown": ("10.99.0.1", "2001:db8:99::1"),
}

# How the configuration names them: as hosts where nothing else is said.  A prefix and a
# range stand for two of the parties, so that all three spellings see real packets.
SPELLED = {
    "windows-host": ("10.30.0.0/16", "2001:db8:30::/48"),
    "linux-host": ("10.41.0.5-10.41.0.9", "2001:db8:41::5-2001:db8:41::9"),
    "management": ("10.0.9.0/24", "2001:db8:9::/64"),
}


def spelled(party):
    return SPELLED.get(party, ADDRESSES[party])


def rows_of(role, enable=(), disable=()):
    """The rows in force on a host of that role."""
    plays = PLAYS[role]
    return [
        row
        for row in ROWS
        if set(plays) & set(row.sources + row.targets)
        and (row.flow in enable or not row.optional)
        and row.flow not in disable
    ]


def optional_rows_of(role):
    return [row for row in rows_of(role, [row.flow for row in ROWS]) if row.optional]


def ends(role, row):
    """What the row means on a host of that role: (direction, party) for everyone who may
    open a connection, "out" to the party or "in" from it."""
    found = set()
    if set(PLAYS[role]) & set(row.sources):
        found |= {("out", t) for t in row.targets if row.initiator in ("source", "either")}
        found |= {("in", t) for t in row.targets if row.initiator in ("target", "either")}
    if set(PLAYS[role]) & set(row.targets):
        found |= {("in", s) for s in row.sources if row.initiator in ("source", "either")}
        found |= {("out", s) for s in row.sources if row.initiator in ("target", "either")}
    return found


def parties(role, rows=None):
    """The other ends of rows: the peers that a configuration needs.  Without rows, of
    those that are in force when nobody enables or disables any."""
    rows = rows_of(role) if rows is None else rows
    return sorted({party for row in rows for _, party in ends(role, row)})
