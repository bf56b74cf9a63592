# SPDX-License-Identifier: GPL-2.0-or-later
"""What the machines of the system tests are configured for, and the fire that they are under.

`us` is the host a machine is booted in; `outside` stands for everybody else.  Packets of both
families go both ways, as new connections and as live ones, allowed and forbidden.
"""

import machine  # noqa: F401  (makes the tools of the kernel tests known)

import flood
import hosts

US, SENDER = ("10.20.0.1", "2001:db8:20::1"), ("10.2.0.22", "2001:db8:2::22")
UNKNOWN = ("10.99.0.1", "2001:db8:99::1")
IN, OUT, CLOSED = 7000, 7001, 7002
RATE = 2000  # a second, of each stream

CONFIG = f"""\
[host]
roles = target
[management]
from = 10.0.9.0/24
[peer sender]
address = {", ".join(SENDER)}
[peer app-server]
address = 10.20.0.10
[peer proxy]
address = 10.20.0.11
[flow in]
port = {IN}
protocol = tcp udp
source = sender
target = this-host
[flow out]
port = {OUT}
protocol = tcp udp
source = this-host
target = sender
"""

# The earliest that the network may come up: as soon as network-pre.target has been reached.
EARLY_NETWORK = """\
[Unit]
DefaultDependencies=no
Wants=network-pre.target
After=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip -batch /etc/early-network
[Install]
WantedBy=sysinit.target
"""



def wire(lab, us, outside):
    """Both ends up, with their addresses."""
    lab.wire(us, outside)
    us.address(*US)
    outside.address(*SENDER, *UNKNOWN)


def wire_unconfigured(lab, us, outside):
    """The end of us is down and bare, until a program of us does what early_network() says.

    Outside knows where to send to already; programs may wait at addresses that are to come."""
    for family in ("ipv4", "ipv6"):
        us.sysctl(f"net/{family}/ip_nonlocal_bind", "1")
    lab.wire(us, outside)
    us.ip("link set eth0 address 02:00:00:00:00:01 down", "address flush dev eth0")
    outside.address(*SENDER, *UNKNOWN)
    outside.ip(*(f"neigh replace {a} lladdr 02:00:00:00:00:01 dev eth0" for a in US))


def early_network():
    """For ip -batch."""
    lines = [f"address add {US[0]}/32 dev eth0", f"address add {US[1]}/128 dev eth0 nodad"]
    lines += ["link set eth0 up", *(f"route add {p} dev eth0" for p in hosts.PREFIXES)]
    return "\n".join(lines) + "\n"


def into(outside, us):
    """Streams from outside."""
    for family in (0, 1):
        ends = (outside, us)
        them, here, unknown = SENDER[family], US[family], UNKNOWN[family]
        yield flood.Stream(*ends, "new", them, here, IN, RATE, True)
        yield flood.Stream(*ends, "new", them, here, CLOSED, RATE, False)
        yield flood.Stream(*ends, "new", unknown, here, IN, RATE, False)


def both_ways(outside, us):
    yield from into(outside, us)
    for family in (0, 1):
        ends = (us, outside)
        them, here, unknown = SENDER[family], US[family], UNKNOWN[family]
        yield flood.Stream(outside, us, "live", them, here, IN, RATE, True)
        yield flood.Stream(*ends, "new", here, them, OUT, RATE, True)
        yield flood.Stream(*ends, "live", here, them, OUT, RATE, True)
        yield flood.Stream(*ends, "new", here, unknown, OUT, RATE, False)
        yield flood.Stream(*ends, "new", here, them, CLOSED, RATE, False)
