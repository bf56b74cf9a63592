/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flow is called on the wire: a transport protocol and, where it has them, ports. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVICE_FAULT_SIZE = 160 };

/* Both ends belong to it; 1 to 65535. */
struct port_range {
	uint16_t first;
	uint16_t last;
};

/* "22" or "49152-65535".  0, or -EINVAL with a message in why. */
int port_range_parse(const char *s, size_t length, struct port_range *ret,
	char why[SERVICE_FAULT_SIZE]);

/* A name of ours (tcp, udp, sctp, icmp, icmpv6; in capitals too, as the page has them) or an IANA
 * protocol number from 0 to 255. 0, or -EINVAL with a message in why. */
int protocol_parse(const char *s, size_t length, uint8_t *ret, char why[SERVICE_FAULT_SIZE]);

/* The name, or NULL for a protocol that has only a number here. */
const char *protocol_name(uint8_t protocol);
/* As protocol_parse() reads it: the name or the number. */
void protocol_print(uint8_t protocol, char to[8]);

/* True for those whose ports we dispatch by: tcp, udp, sctp. */
bool protocol_has_ports(uint8_t protocol);
