# SPDX-License-Identifier: GPL-2.0-or-later
"""Notices of lib/names/notice.h in Python, for either end of the channel between rolewalld and
rolewall-reader."""

import collections
import ipaddress
import socket
import struct
import time

VERSION, SIZE, BODY = 1, 288, 256
LIMITS, FOLLOW, FORGET, ASK, LOG, DRAIN = range(1, 7)
ANSWER, ADDRESSES, TARGET, DRAINED, STATE = range(64, 69)
HOST, SERVICE = 0, 1
A, AAAA, SRV = 0, 1, 2
FINE, EMPTY, NXDOMAIN, SERVFAIL, REFUSED, TIMEOUT, GARBLED = range(7)
ASKING, OBSERVING, HOSTS = 1, 2, 4
ADDRESSES_MOST = 10
_HEAD = "=BBBBBBHIIHB13x"

Notice = collections.namedtuple(
    "Notice",
    "version kind name_kind question source error count serial ttl port urgent body",
)
Answer = collections.namedtuple("Answer", "name question source error serial items")


def encode(kind, *, name_kind=0, question=0, source=0, error=0, count=0, serial=0, ttl=0, port=0,
           urgent=0, name="", body=b"", version=VERSION):
    head = struct.pack(
        _HEAD, version, kind, name_kind, question, source, error, count, serial, ttl, port, urgent
    )
    return head + (name.encode() or body).ljust(BODY, b"\0")


def decode(data):
    assert len(data) == SIZE, data
    head = struct.unpack_from(_HEAD, data)
    return Notice(*head, data[-BODY:])


def name_of(notice):
    return notice.body.rstrip(b"\0").decode()


def encode_addresses(serial, addresses):
    """One notice of at most ten (address, ttl)."""
    packed = [(ipaddress.ip_address(a), ttl) for a, ttl in addresses]
    body = b"".join(struct.pack("=B3xI16s", a.version, ttl, a.packed) for a, ttl in packed)
    return encode(ADDRESSES, serial=serial, count=len(packed), body=body)


def encode_answer(name, addresses, question=A, source=ASKING, serial=0):
    """All notices of an answer of addresses."""
    head = encode(ANSWER, name=name, question=question, source=source, serial=serial,
                  count=len(addresses))
    parts = [addresses[i : i + ADDRESSES_MOST] for i in range(0, len(addresses), ADDRESSES_MOST)]
    return [head, *(encode_addresses(serial, p) for p in parts)]


def decode_address(data):
    version, ttl, packed = struct.unpack("=B3xI16s", data)
    return str(ipaddress.ip_address(packed[: 4 if version == 4 else 16])), ttl


def addresses_of(notice, start=0):
    count = notice.count
    return [decode_address(notice.body[start + 24 * i : start + 24 * i + 24]) for i in range(count)]


class Channel:
    """A connection; what it does not get in time is a failure."""

    def __init__(self, connection, seconds):
        self._socket = connection
        self._seconds = seconds
        connection.settimeout(seconds)

    def close(self):
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    def send(self, *messages):
        for message in messages:
            self._socket.send(message)

    def follow(self, name, kind=HOST):
        self.send(encode(FOLLOW, name=name, name_kind=kind))

    def ask(self, name, serial, questions=(A,), kind=HOST, urgent=False):
        bits = sum(1 << q for q in questions)
        self.send(encode(ASK, name=name, name_kind=kind, question=bits, serial=serial,
                         urgent=int(urgent)))

    def give_log(self, descriptor):
        socket.send_fds(self._socket, [encode(LOG)], [descriptor])

    def drain(self, serial):
        """All answers that come before it is done."""
        self.send(encode(DRAIN, serial=serial))
        found = []
        while (n := self.receive()).kind != DRAINED:
            if n.kind == ANSWER:
                found.append(self._items(n))
        assert n.serial == serial, n
        return found

    def receive(self):
        """The next notice, or None if the other end has hung up."""
        data = self._socket.recv(SIZE + 1)
        return decode(data) if data else None

    def answer(self):
        """The next answer, as a whole; its items are (address, ttl) or (target, port, ttl)."""
        while (head := self.receive()).kind != ANSWER:
            assert head.kind in (STATE, DRAINED), head
        return self._items(head)

    def _items(self, head):
        items = []
        while len(items) < head.count:
            n = self.receive()
            assert n.kind in (ADDRESSES, TARGET) and n.serial == head.serial, n
            items += addresses_of(n) if n.kind == ADDRESSES else [(name_of(n), n.port, n.ttl)]
        return Answer(name_of(head), head.question, head.source, head.error, head.serial, items)

    def answers(self, count):
        """So many, by serial and question."""
        found = {}
        while len(found) < count:
            answer = self.answer()
            found[answer.serial, answer.question] = answer
        return found

    def state(self):
        """The next one: {"resolvers": [address], "asked", "observed", "overruns", "dropped"}."""
        while (n := self.receive()).kind != STATE:
            pass
        names = ("asked", "observed", "overruns", "dropped")
        found = dict(zip(names, struct.unpack_from("=4Q", n.body)))
        return found | {"resolvers": [a for a, _ in addresses_of(n, 32)]}


class Listener:
    """The daemon's end: RUNTIME_DIR/reader."""

    def __init__(self, directory, seconds, mode=0o666):
        self._path = directory / "reader"
        self._seconds = seconds
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(seconds)
        new = directory / "reader.new"
        self._socket.bind(str(new))
        new.chmod(mode)
        self._socket.listen(8)
        new.rename(self._path)

    def accept(self, most=1000):
        """A reader that has been told the limits, and has told its state."""
        connection, _ = self._socket.accept()
        channel = Channel(connection, self._seconds)
        channel.send(encode(LIMITS, port=most))
        return channel

    def close(self):
        self._socket.close()
        self._path.unlink(missing_ok=True)


def connect(directory, seconds):
    """The reader's end."""
    deadline = time.monotonic() + seconds
    while True:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            s.connect(str(directory / "reader"))
            return Channel(s, seconds)
        except (FileNotFoundError, ConnectionRefusedError):
            s.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
