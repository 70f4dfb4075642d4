/* The column `vantage` of traffic: whether a row was taken where its flow enters the network, and
 * where it leaves it (docs/queries.md, "Counted once").  0: never looked at. */
#pragma once

enum vantage_bits {
	VANTAGE_ENTRY = 1,       /* the source enters here */
	VANTAGE_EXIT = 2,        /* the destination leaves here */
	VANTAGE_ENTRY_KNOWN = 4, /* the bit ENTRY was decided; else nothing was known, and the row counts */
	VANTAGE_EXIT_KNOWN = 8,
	VANTAGE_AGAIN = 16, /* looked at on its way out by an exporter that also tells of its way in */
	VANTAGE_VALUES = 32
};
