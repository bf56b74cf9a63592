# SPDX-License-Identifier: GPL-2.0-or-later
"""A name server for tests, which answers as it is told: rightly, wrongly, or not at all.

    server = dns.Server(host, "127.0.0.1")
    server.says("www.example", lambda q: q.reply([dns.a("www.example", "192.0.2.1", 60)]))

What it says of a name is a function of the question; it gives the bytes of one message, or None
for silence.  What it does not know does not exist.  It writes down what it was asked.
"""

import dataclasses
import ipaddress
import socket
import struct
import threading

A, CNAME, AAAA, SRV = 1, 5, 28, 33
GOOD, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
PORT, TLS_PORT = 53, 853


def encode_name(name):
    labels = [l.encode() for l in name.split(".") if l]
    return b"".join(bytes([len(l)]) + l for l in labels) + b"\0"


def record(owner, kind, ttl, data):
    return encode_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def a(owner, address, ttl=60):
    """An A or AAAA record."""
    address = ipaddress.ip_address(address)
    return record(owner, A if address.version == 4 else AAAA, ttl, address.packed)


def cname(owner, target, ttl=60):
    return record(owner, CNAME, ttl, encode_name(target))


def srv(owner, target, port, ttl=60):
    return record(owner, SRV, ttl, struct.pack("!HHH", 0, 100, port) + encode_name(target))


@dataclasses.dataclass(frozen=True)
class Question:
    id: int
    name: str  # as it was asked
    type: int
    over_tcp: bool
    has_edns: bool

    def reply(self, records=(), code=GOOD, truncated=False, name=None):
        flags = 0x8180 | code | (0x0200 if truncated else 0)
        head = struct.pack("!HHHHHH", self.id, flags, 1, len(records), 0, 0)
        question = encode_name(name or self.name) + struct.pack("!HH", self.type, 1)
        return head + question + b"".join(records)

    def addresses(self, addresses, ttl=60):
        """A good reply with those of the list that it asks for."""
        version = {A: 4, AAAA: 6}.get(self.type)
        wanted = [x for x in addresses if ipaddress.ip_address(x).version == version]
        return self.reply([a(self.name, x, ttl) for x in wanted])


def parse(message, over_tcp):
    number, _, _, _, _, additional = struct.unpack_from("!HHHHHH", message)
    labels, at = [], 12
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode())
        at += 1 + length
    kind, _ = struct.unpack_from("!HH", message, at + 1)
    return Question(number, ".".join(labels), kind, over_tcp, additional > 0)


class Server:
    """Serves from its making on, at one address of a host, over UDP and TCP; with a context of ssl
    over TLS, too."""

    def __init__(self, host, address, port=PORT, tls=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._behaviours = {}
        self._asked = []
        self._heard = threading.Condition()
        with host.inside():
            self._udp = socket.socket(family, socket.SOCK_DGRAM)
            self._tcp = socket.socket(family, socket.SOCK_STREAM)
            self._tls = socket.socket(family, socket.SOCK_STREAM)
        self._udp.bind((address, port))
        self._start(self._serve_udp)
        self._listen(self._tcp, address, port)
        if tls:
            self._listen(self._tls, address, TLS_PORT, tls)

    def _start(self, serve, *arguments):
        threading.Thread(target=serve, args=arguments, daemon=True).start()

    def _listen(self, s, address, port, tls=None):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        s.listen(64)
        self._start(self._serve_tcp, s, tls)

    def close(self):
        for s in (self._udp, self._tcp, self._tls):
            try:
                s.shutdown(socket.SHUT_RDWR)  # wakes who waits there
            except OSError:
                pass
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def says(self, name, behaviour):
        self._behaviours[name.lower()] = behaviour

    def send(self, message, peer):
        """Over UDP, whoever asked for it."""
        self._udp.sendto(message, peer)

    def asked(self, name=None):
        """The questions so far, of a name or of all."""
        with self._heard:
            return [q for q in self._asked if name in (None, q.name.lower())]

    def wait_asked(self, name, count, seconds):
        """Waits for so many questions for a name."""
        with self._heard:
            return self._heard.wait_for(lambda: len(self._of(name)) >= count, seconds)

    def _of(self, name):
        return [q for q in self._asked if q.name.lower() == name]

    def _answer(self, message, over_tcp):
        q = parse(message, over_tcp)
        with self._heard:
            self._asked.append(q)
            self._heard.notify_all()
        behaviour = self._behaviours.get(q.name.lower())
        return behaviour(q) if behaviour else q.reply(code=NXDOMAIN)

    def _serve_udp(self):
        while True:
            try:
                message, peer = self._udp.recvfrom(65536)
                if not message:
                    return
                answer = self._answer(message, False)
                if answer is not None:
                    self._udp.sendto(answer, peer)
            except OSError:
                return

    def _serve_tcp(self, listener, tls):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._start(self._serve_stream, connection, tls)

    def _serve_stream(self, connection, tls):
        try:
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while len(head := stream.read(2)) == 2:
                    answer = self._answer(stream.read(struct.unpack("!H", head)[0]), True)
                    if answer is not None:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
        except OSError:
            return
