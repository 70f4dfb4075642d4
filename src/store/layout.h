/* The folder of a store: names in it, its STORE file, and whether it is one at all.
 *
 *	STORE                   text, four lines; flock'ed by the one writer:
 *	                            weir-store 1
 *	                            created USEC weir VERSION
 *	                            end CRC              CRC-32C of the lines before, hexadecimal
 *	                            writer 0000012345    pid of the last writer, written in place
 *	MANIFEST                manifest.h
 *	MANIFEST.copy           the same, written after it and never synced, for repair.c
 *	TABLE/journal/NUMBER    journal.h
 *	TABLE/fresh/NUMBER.seg  segment.h
 *	TABLE/hour/NUMBER.seg   the same, compacted; the folder is made when it is needed
 *	TABLE/rollup/NUMBER.seg likewise, a roll-up (rollup.h)
 *	NUMBER-DIGEST.own       beside a segment: whose its rows are (sidecar.h)
 *	quarantine/             damaged files
 *
 * STORE is made last, so a folder without it is no store yet.  Numbers have ten digits. */
#pragma once
#include "store/manifest.h"

enum { STORE_VERSION = 1, PATH_ROOM = 64 };

enum folder_is { FOLDER_STORE, FOLDER_EMPTY, FOLDER_OTHER, FOLDER_BROKEN };

/* What lies there.  EMPTY also stands for a half-made store; OTHER: not ours (why names a file);
 * BROKEN: data of a store, but no STORE. */
enum err layout_look(int folder, enum folder_is *ret, struct problem *why) _must_check_;

/* Its parts, for a copy: the first and the last. */
enum err layout_make_folders(int folder, bool sync) _must_check_;
enum err layout_write_store(int folder, bool sync) _must_check_;

enum err layout_make_journal(int folder, const struct table *t, uint64_t number,
			     bool sync) _must_check_;

/* Sub-folders, empty journals, MANIFEST, STORE, in this order. */
enum err layout_make(int folder, bool sync) _must_check_;

/* A table's folder for compacted segments ("hour") or roll-ups, if it is not there yet. */
enum err layout_make_sub(int folder, const struct table *t, const char *name,
			 bool sync) _must_check_;

/* Checks STORE's text.  E_CORRUPT, E_VERSION. */
enum err layout_read(int folder, unsigned *ret_version, int *ret_pid,
		     struct problem *why) _must_check_;

/* Opens and locks STORE and writes this process's pid into it.  E_BUSY names the other one's. */
enum err layout_lock(int folder, int *ret_fd, struct problem *why) _must_check_;
void layout_write_pid(int fd, int pid); /* only a help for people: failures do not matter */
bool layout_is_locked(int folder);

void path_journal(char out[static PATH_ROOM], const struct table *t, uint64_t number);
void path_segment(char out[static PATH_ROOM], const struct table *t, uint64_t number);
void path_hour(char out[static PATH_ROOM], const struct table *t, uint64_t number);
void path_rollup(char out[static PATH_ROOM], const struct table *t, uint64_t number);
bool path_is_fresh(const struct table *t, const char *path);
void path_folder(char out[static PATH_ROOM], const struct table *t, const char *name);

enum err layout_read_manifest(int folder, struct manifest *ret, struct problem *why) _must_check_;

/* The copy that is written beside it; it may be older. */
enum err layout_read_copy(int folder, struct manifest *ret, struct problem *why) _must_check_;

/* *ret_there as sys_replace says it. */
enum err layout_write_manifest(int folder, const struct manifest *m, bool sync,
			       bool *ret_there) _must_check_;

/* Calls fn for each name in a sub-folder but "." and ".."; an absent folder has none. */
typedef enum err name_fn(void *arg, const char *name);
enum err layout_each(int folder, const char *path, name_fn *fn, void *arg) _must_check_;
