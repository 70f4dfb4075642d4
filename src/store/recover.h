/* Opening a store for writing: make it if there is none, lock it, and put right what a crash or
 * damage has left: the journal's torn end is cut off, files that no MANIFEST names are removed,
 * damaged files are moved to quarantine and noted as gaps. */
#pragma once
#include "store/writer.h"

/* Fills folder, lock, manifest, marks and journals of w; on failure store_write_abandon cleans up.
 */
enum err recover(const char *folder, struct store_writer *w, struct problem *why) _must_check_;
