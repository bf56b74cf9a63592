# SPDX-License-Identifier: GPL-2.0-or-later
"""D-Bus as bytes, as much of it as is needed to speak badly."""

import struct

AUTHENTICATED = b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"
OBJECT, INTERFACE = "/rolewall", "rolewall.Control1"
PATH, INTERFACE_FIELD, MEMBER, SIGNATURE = 1, 2, 3, 8
METHOD_CALL, NO_REPLY = 1, 1


def _padded(data, size):
    return data + b"\0" * (-len(data) % size)


def _string(text):
    data = text.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def _field(code, kind, value):
    if kind == "g":
        data = bytes([len(value)]) + value.encode() + b"\0"
    else:
        data = _string(value)
    return struct.pack("<BB", code, 1) + kind.encode() + b"\0" + data


def body(signature, *values):
    """Of the types that we use: b, u, s."""
    data = b""
    for kind, value in zip(signature, values, strict=True):
        data = _padded(data, 4)
        data += _string(value) if kind == "s" else struct.pack("<I", value)
    return data


def call(
    member,
    signature="",
    *values,
    serial=1,
    path=OBJECT,
    interface=INTERFACE,
    flags=0,
    length=None,
    payload=None,
):
    """One message; length and payload are those of the body unless something else is said."""
    payload = body(signature, *values) if payload is None else payload
    fields = b""
    for field in (
        (PATH, "o", path),
        (INTERFACE_FIELD, "s", interface),
        (MEMBER, "s", member),
        (SIGNATURE, "g", signature),
    ):
        if field[2]:
            fields = _padded(fields, 8) + _field(*field)
    length = len(payload) if length is None else length
    head = struct.pack("<cBBBIII", b"l", METHOD_CALL, flags, 1, length, serial, len(fields))
    return _padded(head + fields, 8) + payload
