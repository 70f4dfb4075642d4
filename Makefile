# weir.  make, make test [T=room/name], make demo, bench, fuzz F=target, fmt, lint, install.
#   make SAN=address,undefined ...   the same with sanitizers, in a folder of its own
#   make CC=clang BUILD=build/clang ...
# Every room is a library; a test links its room and what src/ROOMS lets that room see.

CC      ?= gcc
SAN     ?=
BUILD   ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
comma   := ,
PREFIX  ?= /usr/local
DESTDIR ?=

VERSION  := 0.1.0
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wpointer-arith
OPT      ?= -O2 -g
CFLAGS_  := -std=gnu17 -D_GNU_SOURCE $(OPT) $(WARN) $(if $(WERROR),-Werror) -Isrc \
            -DWEIR_VERSION='"$(VERSION)"' -fno-omit-frame-pointer -MMD -MP \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
LDFLAGS_ := $(if $(SAN),-fsanitize=$(SAN)) -pthread -Wl,--as-needed

# Packages by the room that needs them (pkg-config names).
PKG_net    := libcurl
PKG_state  := sqlite3 libsodium
PKG_snmp   := netsnmp
PKG_wire   := liblz4 libzstd
PKG_identity := libjwt jansson libsodium libcrypto pam
PKG_model  := libxml-2.0 jansson libsodium yaml-0.1 libmaxminddb
PKG_store  := libzstd liblz4
PKG_collect := libseccomp libssl libcrypto
PKG_chart  := cairo pangocairo fontconfig
PKG_filter := libpcre2-8
PKG_script := javascriptcoregtk-4.1 libxml-2.0 libseccomp libsodium
PKG_rest   := jansson libsodium
PKG_app    := jansson yaml-0.1 libsodium libcrypto

ROOMS := $(shell sed -n 's/^\([a-z]*\):.*/\1/p' src/ROOMS)
below  = $(shell sed -n 's/^$(1): *//p' src/ROOMS)
pkgs   = $(sort $(foreach r,$(1) $(foreach b,$(call below,$(1)),$(b)),$(PKG_$(r))))
pcflag = $(if $(1),$(shell pkg-config --cflags $(1) | sed 's/-I/-isystem /g'))
pclibs = $(if $(1),$(shell pkg-config --libs $(1)))

all: $(BUILD)/weir

# -- rooms ---------------------------------------------------------------------
define ROOM
SRC_$(1)    := $$(wildcard src/$(1)/*.c)
OBJ_$(1)    := $$(patsubst src/%.c,$(BUILD)/obj/%.o,$$(SRC_$(1)))
CFLAGS_$(1) := $$(call pcflag,$(PKG_$(1)))
LIBS_$(1)   := $$(foreach r,$(1) $$(call below,$(1)),$(BUILD)/lib$$(r).a)
LINK_$(1)   := $$(call pclibs,$$(call pkgs,$(1))) -lm
$(BUILD)/obj/$(1)/%.o: src/$(1)/%.c
	@mkdir -p $$(@D)
	$$(CC) $(CFLAGS_) $$(CFLAGS_$(1)) $(CFLAGS) -c -o $$@ $$<
$(BUILD)/lib$(1).a: $$(OBJ_$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
-include $$(OBJ_$(1):.o=.d)
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM,$(r))))

$(BUILD)/weir: $(LIBS_app)
	$(CC) $(LDFLAGS_) -o $@ -Wl,--whole-archive $(BUILD)/libapp.a -Wl,--no-whole-archive $(LIBS_app) $(LINK_app)

# -- tests: tests/unit/ROOM/*.c and tests/text/ROOM.c, one program each ------------
define TESTS
UNIT_$(1) := $$(patsubst tests/%.c,$(BUILD)/tests/%,$$(wildcard tests/unit/$(1)/*.c) $$(wildcard tests/text/$(1).c))
$$(UNIT_$(1)): $(BUILD)/tests/%: tests/%.c $$(LIBS_$(1)) $$(wildcard tests/unit/*.h)
	@mkdir -p $$(@D)
	$$(CC) $(CFLAGS_) $$(CFLAGS_$(1)) -Itests/unit $(CFLAGS) $(LDFLAGS_) -o $$@ $$< $$(LIBS_$(1)) $$(LINK_$(1)) -lcmocka
FUZZ_$(1) := $$(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$$(wildcard tests/fuzz/$(1)_*.c))
$$(FUZZ_$(1)): $(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $$(LIBS_$(1)) $$(wildcard tests/fuzz/*.h)
	@mkdir -p $$(@D)
	$$(CC) $(CFLAGS_) $$(CFLAGS_$(1)) $(CFLAGS) $(LDFLAGS_) -o $$@ $$< \
	    $$(if $$(FUZZING),-fsanitize=fuzzer,tests/fuzz/replay.c) $$(LIBS_$(1)) $$(LINK_$(1))
tests-$(1): $$(UNIT_$(1)) $$(FUZZ_$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call TESTS,$(r))))
UNIT := $(foreach r,$(ROOMS),$(UNIT_$(r)))
FUZZ := $(foreach r,$(ROOMS),$(FUZZ_$(r)))

# Databases that generated questions are asked of too, where scripts/bootstrap bench has fetched them.
PEERS ?= build/peers
export PEERS
PEER_SIDES := $(if $(wildcard $(PEERS)/done),$(addprefix $(BUILD)/tests/bench/query_,duckdb chdb))

tests: $(BUILD)/weir $(UNIT) $(FUZZ) $(PEER_SIDES)

# T=room/name runs one case; see tests/run.
test check: tests
	BUILD=$(BUILD) tests/run $(T)

# F=wire_datagram: that target, for SECONDS_.  Without it all targets in turn, in an hour (HOUR=3600).
SECONDS_ ?= 600
HOUR     ?= 3600
FUZZED   := $(if $(F),$(F),$(notdir $(basename $(wildcard tests/fuzz/*_*.c))))
fuzz:
	$(MAKE) CC=clang SAN=address,undefined FUZZING=1 BUILD=build/fuzz CFLAGS=-fsanitize=fuzzer-no-link $(FUZZED:%=build/fuzz/tests/fuzz/%)
	for f in $(FUZZED); do mkdir -p build/fuzz/corpus/$$f && ASAN_OPTIONS=detect_stack_use_after_return=0 \
	    build/fuzz/tests/fuzz/$$f -max_total_time=$(if $(F),$(SECONDS_),$$(($(HOUR) / $(words $(FUZZED))))) -rss_limit_mb=2048 \
	    $$(ls tests/fuzz/$$f.dict 2>/dev/null | sed s/^/-dict=/) build/fuzz/corpus/$$f $$(ls -d tests/fuzz/corpus/$$f 2>/dev/null) || exit 1; \
	done

# Each target in turn, for SECONDS_ each; the first that finds something ends it.
fuzz-all:
	for f in $(notdir $(basename $(wildcard tests/fuzz/*_*.c))); do $(MAKE) fuzz F=$$f SECONDS_=$(SECONDS_) || exit 1; done

bench: all
	tests/bench/run

$(BUILD)/tests/bench/ingest_send: tests/bench/ingest_send.c $(LIBS_wire)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) $(CFLAGS) $(LDFLAGS_) -o $@ $< $(LIBS_wire) -lm

$(BUILD)/tests/bench/decode: tests/bench/decode.c $(LIBS_wire)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) $(CFLAGS) $(LDFLAGS_) -o $@ $< $(LIBS_wire) $(LINK_wire)

# What decoding alone takes: a switch's samples and counters, routers' flows, and a real capture where there is one.
bench-decode: $(BUILD)/weir $(BUILD)/tests/bench/decode
	cd $(BUILD)/tests/bench && for p in sflow:00 netflow5:58 netflow9:58 ipfix:58; do \
	    $(abspath $(BUILD))/weir generate --protocol $${p%:*} --records 10000 --from 2026-01-01T23:$${p#*:}:00Z \
	        --to 2026-01-02T00:00:00Z --pcap $${p%:*}.pcap >/dev/null && ./decode $${p%:*}.pcap || exit 1; done
	for f in $(wildcard ../shared/captures/load/pmacctd-sflow.pcap); do $(BUILD)/tests/bench/decode $$f; done

BENCHED := $(patsubst %,$(BUILD)/lib%.a,generate collect query model store filter wire net flow base)
$(BUILD)/tests/bench/query_%: tests/bench/query_%.c tests/bench/query_serve.h $(BENCHED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) $(CFLAGS) $(LDFLAGS_) -o $@ $< $(BENCHED) $(LINK_query) $(LINK_collect) $(LINK_model) -ldl

bench-query: $(BUILD)/weir $(foreach s,load weir duckdb chdb,$(BUILD)/tests/bench/query_$(s))
	BUILD=$(BUILD) tests/bench/bench-query

# How answers take longer as a store grows.
bench-growth: $(BUILD)/weir $(foreach s,load weir,$(BUILD)/tests/bench/query_$(s))
	BUILD=$(BUILD) tests/bench/bench-growth

# What is too long for every test run: 2,000 generated questions against other engines; ten million frames
# through three real switches.
check-all: all $(PEER_SIDES)
	scripts/lint --all
	QUESTIONS=2000 BUILD=$(BUILD) bash tests/e2e/answers.sh
	RATE=1000 FRAMES=100 BUILD=$(BUILD) bash tests/e2e/collect_row.sh

bench-ingest: $(BUILD)/weir $(BUILD)/tests/bench/ingest_send
	BUILD=$(BUILD) tests/bench/ingest

bench-forward: $(BUILD)/weir $(BUILD)/tests/bench/ingest_send
	BUILD=$(BUILD) tests/bench/forward

# Everything a stranger can grow, to its ceiling, and an hour of a changed corpus into a running collector.
# Long forms of tests: kills at any moment, two years of retention (KILLS=500).
KILLS ?= 500
soak: $(BUILD)/tests/unit/store/kills
	WEIR_SOAK=$(KILLS) $(BUILD)/tests/unit/store/kills

# What scripts cost, and a thousand of them one after another.
bench-script: $(BUILD)/weir $(BUILD)/tests/unit/script/pool
	BUILD=$(BUILD) tests/bench/script

soak-collect: $(BUILD)/weir
	FLOOD=100 BUILD=$(BUILD) bash tests/e2e/collect_flood.sh
	SECONDS_=3600 BUILD=$(BUILD) bash tests/e2e/collect_fuzz.sh

demo: all
	scripts/demo

fmt:
	clang-format -i $(wildcard src/*/*.[ch] tests/*/*.[ch] tests/unit/*/*.c)

lint:
	scripts/lint

# A page for each command, of what its --help prints.
man: all
	scripts/manpages $(BUILD)/weir $(BUILD)/man

install: man
	install -D -m 755 $(BUILD)/weir $(DESTDIR)$(PREFIX)/bin/weir
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local/bin|$(PREFIX)/bin|' systemd/weir-collect.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/weir-collect.service


# The reference product's path, so that its cron lines and PHP pages work unchanged (root).
install-compat:
	install -d $(DESTDIR)/usr/local/inmsf/bin
	ln -sf $(PREFIX)/bin/weir $(DESTDIR)/usr/local/inmsf/bin/query

clean:
	rm -rf build

.PHONY: all tests test check check-all fuzz fuzz-all bench bench-decode bench-query bench-growth bench-script bench-ingest bench-forward soak soak-collect demo fmt lint install install-compat clean
.DELETE_ON_ERROR:
