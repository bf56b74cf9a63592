#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program as on a kernel without nf_tables: without_nf_tables.py PROGRAM ARGUMENT...

A seccomp filter answers socket(AF_NETLINK, ..., NETLINK_NETFILTER) as such a kernel does,
with EPROTONOSUPPORT, and lets everything else through.  The filter outlives exec.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

AF_NETLINK, NETLINK_NETFILTER = 16, 12
SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
RET_ALLOW, RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF: ld abs word; jeq constant; ret constant
# offsets in struct seccomp_data: the call's number, its first and its third argument
NUMBER, FAMILY, PROTOCOL = 0, 16, 32

PROGRAM = [
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 5, SOCKET),
    (LOAD, 0, 0, FAMILY),
    (EQUAL, 0, 3, AF_NETLINK),
    (LOAD, 0, 0, PROTOCOL),
    (EQUAL, 0, 1, NETLINK_NETFILTER),
    (RETURN, 0, 0, RET_ERRNO | errno.EPROTONOSUPPORT),
    (RETURN, 0, 0, RET_ALLOW),
]


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in PROGRAM))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(PROGRAM), ctypes.addressof(code))
    )
    for call in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0),
    ):
        if libc.prctl(*call) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
