/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of events that the daemon tells of: their names in C and in ROLEWALL_EVENT, and their
 * MESSAGE_IDs.
 *
 * An id is for life: programs and people look for it.  What it means to an operator is said in
 * systemd/rolewall.catalog; tests/catalog.py holds both to each other.
 */
#pragma once

#define JOURNAL_EVENTS(EVENT) \
	/* a configuration came into force, or is there already */ \
	EVENT(LOADED, "loaded", "6330191deca9455199dc2d72850e04da") \
	/* one was to come into force, and did not */ \
	EVENT(NOT_LOADED, "not-loaded", "a4645f72d87b4493a6c5da5165ed1f5b") \
	/* something is wrong in a file of the configuration */ \
	EVENT(FAULT, "fault", "aeb4211591ef4366820c071ba2b73222") \
	/* the daemon did not start, since there is nothing good to start with */ \
	EVENT(NOT_STARTED, "not-started", "afe33161594142519bbc6179ef856094") \
	EVENT(TRIAL_BEGUN, "trial-begun", "e0bbcabc69944d2dbccde7db844c7504") \
	EVENT(TRIAL_CONFIRMED, "trial-confirmed", "0cd2f5e185784b489dc218fd2324d7e3") \
	/* rolled back: by somebody, by time, or by a reload of what was confirmed */ \
	EVENT(TRIAL_UNDONE, "trial-undone", "524b49e7f9584f1993d3485429a5dc12") \
	/* it goes on, and something about it has failed */ \
	EVENT(TRIAL_TROUBLE, "trial-trouble", "2c1af032407443c29c0a16d54bd5ad77") \
	EVENT(FLUSHED, "flushed", "aa5cc0bb8c6e40609a0418f7883bae8d") \
	EVENT(NOT_FLUSHED, "not-flushed", "97c75a27a68645f5934519461918a071") \
	/* the host is protected, and something is wrong all the same */ \
	EVENT(TROUBLE, "trouble", "7712f9388c87496aabde01cc04fc77e4") \
	EVENT(RESOLVED, "resolved", "3df2d15b6d854cbf8e07f85abc305910") \
	/* our table was not as we left it */ \
	EVENT(REPAIRED, "repaired", "c559196e017f417c979cdcbe82b18ee8") \
	/* somebody changes our table again and again */ \
	EVENT(CONTESTED, "contested", "2e6037f7eeee4c2586fccd30b7b1c0e9") \
	/* rules beside our table that keep out what is allowed, or that an admin should know of \
	 */ \
	EVENT(FINDING, "finding", "96c497ab7d8a4b658b3ee94d014f2c9f") \
	EVENT(FINDING_GONE, "finding-gone", "13ca47da8cc44833bc20e25c5fb42493") \
	/* what was saved cannot be read */ \
	EVENT(STATE_DAMAGED, "state-damaged", "e47cb82825e54d88a6034068c4f28dd4") \
	/* the daemon itself: its arguments, its sockets, its start and end */ \
	EVENT(SERVICE, "service", "0ccc5519133d4ff395c1f0f17fc3eded")
