# Tidemark.  GNU make and pkg-config; no configure.
#
#   make BUILD=asan unit      another flavour, in a directory of its own
#   make BUILD=static all     programs that need no shared library
#   make O=/tmp/x all         everything built goes below O
#   make V=1                  show the commands
#   make WERROR=              warnings do not end the build (for packagers)
#
# Sources are found by their folder, sorted: a new lib/x.c, fcgi/x.c,
# watcher/x.c, cli/x.c, tests/unit/test_x.c or tests/fuzz/fuzz_x.c needs no edit
# here.

VERSION = 0.1.0

O = build
BUILD = release
WERROR = -Werror
V = 0
JOBS := $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS = 30
FAULT_ROUNDS = 100
SOAK_SECONDS = 600
PREFIX = /usr/local
DESTDIR =
STATE =
PORT = 8080

# --- toolchain --------------------------------------------------------------

ifneq ($(filter fuzz clang,$(BUILD)),)
CC = clang
endif
CC_IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))

WARNINGS = \
	-Wall \
	-Wcast-qual \
	-Wconversion \
	-Wextra \
	-Wformat=2 \
	-Wmissing-prototypes \
	-Wno-sign-conversion \
	-Wpointer-arith \
	-Wshadow \
	-Wstrict-prototypes \
	-Wundef \
	-Wvla \
	-Wwrite-strings \
	$(if $(CC_IS_CLANG),,$(WARNINGS_GCC))
WARNINGS_GCC = \
	-Wduplicated-branches \
	-Wduplicated-cond \
	-Wjump-misses-init \
	-Wlogical-op

FLAVOUR_release = -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# For its warnings.
FLAVOUR_clang = -O0
FLAVOUR_asan = -DWITHOUT_SANDBOX -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined \
	-fno-sanitize-recover=all
FLAVOUR_tsan = -DWITHOUT_SANDBOX -O1 -fno-omit-frame-pointer -fsanitize=thread
FLAVOUR_fuzz = -O1 -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAVOUR_coverage = -DWITHOUT_SANDBOX -O0 --coverage
FLAVOUR_static = $(FLAVOUR_release)
ifndef FLAVOUR_$(BUILD)
$(error BUILD is one of release, clang, asan, tsan, fuzz, coverage, static)
endif

# Libraries that depend on others, and the linker, are told.
STATIC = $(if $(filter static,$(BUILD)),--static)
ALL_LDFLAGS = $(if $(STATIC),-static) $(LDFLAGS)
# libcurl stands on libraries that are not to be had so.
FETCH = $(if $(STATIC),fetch_none,fetch)

# Asked for once, and only when something is compiled: make deps must work
# before pkg-config exists.  -isystem, because warnings in other people's
# headers are not ours to fix.
PACKAGES = json-c libxxhash sqlite3 zlib
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(patsubst -I%,-isystem %, \
	$$(shell pkg-config --cflags $(PACKAGES))))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(STATIC) \
	$(PACKAGES)))$(PKG_LIBS)
CURL_LIBS = $(if $(STATIC),,$(SHARED_CURL_LIBS))
SHARED_CURL_LIBS = $(eval SHARED_CURL_LIBS := \
	$$(shell pkg-config --libs libcurl))$(SHARED_CURL_LIBS)
FCGI_LIBS = $(eval FCGI_LIBS := $$(shell pkg-config --libs fcgi 2>/dev/null \
	|| echo -lfcgi))$(FCGI_LIBS)

DIALECT = -std=c11 -D_GNU_SOURCE -fno-common \
	-DTIDEMARK_VERSION='"$(VERSION)"'
# -iquote: lib/glob.h must not stand in the way of <glob.h>.
INCLUDES_lib = -iquote $(O)/gen
INCLUDES_watcher = -iquote lib -iquote $(O)/gen
INCLUDES_fcgi = -iquote lib -iquote $(O)/gen
INCLUDES_cli = -iquote lib -iquote $(O)/gen
INCLUDES_tests = -iquote lib -iquote fcgi -iquote watcher -iquote cli \
	-iquote tests/unit -iquote tests/e2e -iquote $(O)/gen
ALL_CFLAGS = $(DIALECT) $(WARNINGS) $(WERROR) $(FLAVOUR_$(BUILD)) -g \
	$(PKG_CFLAGS) $(CFLAGS)
includes_of = $(INCLUDES_$(firstword $(subst /, ,$(1))))

# A static program is made of the same objects.
B = $(O)/$(if $(STATIC),release,$(BUILD))
BIN = $(if $(filter release,$(BUILD)),$(O)/bin,$(O)/$(BUILD)/bin)

Q_0 = @
Q = $(Q_$(V))
say_0 = @printf '  %-7s %s\n'
say_1 = @:
say = $(say_$(V))

# --- what there is ----------------------------------------------------------

LIB_SRCS := $(sort $(wildcard lib/*.c))
WATCHER_SRCS := $(sort $(wildcard watcher/*.c))
FCGI_SRCS := $(sort $(wildcard fcgi/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
BENCH_SRCS := $(sort $(wildcard tests/bench/*.c))
BENCH_MAINS := $(shell grep -l '^main\>' $(BENCH_SRCS))
E2E_SRCS := $(sort $(wildcard tests/e2e/*.c))
PRODUCT_SRCS = $(LIB_SRCS) $(WATCHER_SRCS) $(FCGI_SRCS) $(CLI_SRCS)
PRODUCT_HEADERS := $(sort $(wildcard lib/*.h watcher/*.h fcgi/*.h cli/*.h))
SRCS = $(PRODUCT_SRCS) $(UNIT_SRCS) $(FUZZ_SRCS) $(BENCH_SRCS) $(E2E_SRCS) \
	$(wildcard tests/fuzz/replay.c tests/fault/*.c)
HEADERS = $(PRODUCT_HEADERS) $(sort $(wildcard tests/*/*.h))
GENERATED := $(patsubst lib/%,$(O)/gen/%.h,$(sort $(wildcard lib/*.sql)))
SHELL_SRCS := $(sort .ci/run $(shell grep -lE '^\#!/(bin/sh|usr/bin/env bash)' \
	tools/* tests/*/* examples/* examples/*/* 2>/dev/null)) \
	$(wildcard tests/e2e/lib.sh tests/fault/lib.sh tests/dist/lib.sh tests/hosts/*.sh)

objects = $(patsubst %.c,$(B)/%.o,$(1))
LIB_A = $(B)/libtidemark.a
WATCHER_A = $(B)/libwatcher.a
FCGI_A = $(B)/libfcgiapp.a
CLI_A = $(B)/libcli.a
UNIT_BINS = $(patsubst %.c,$(B)/%,$(UNIT_SRCS))
REPLAY_BINS = $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/fuzz/replay_%,$(FUZZ_SRCS))
FUZZ_BINS = $(patsubst %.c,$(B)/%,$(FUZZ_SRCS))
BENCH_A = $(B)/libbench.a
BENCH_BINS = $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(BENCH_MAINS))
E2E_BINS = $(patsubst tests/e2e/%.c,$(O)/bin-test/%,$(E2E_SRCS))
FAULT_LIBS = $(O)/bin-test/skew.so

UNITS := $(sort $(wildcard conf/systemd/*.service conf/systemd/*.socket))

E2E_TESTS := $(sort $(wildcard tests/e2e/*.t))
# What asks how long clients wait has the machine to itself.
E2E_ALONE = tests/e2e/60_crowd.t
E2E_TOGETHER = $(filter-out $(E2E_ALONE),$(E2E_TESTS))
SOAK_TESTS := $(sort $(wildcard tests/soak/*.t))
HOST_TESTS := $(sort $(wildcard tests/hosts/*.t))
DIST_TESTS := $(sort $(wildcard tests/dist/*.t))
WEB_TESTS := $(sort $(wildcard www/test/*.test.js))
FAULT_TESTS := $(sort $(wildcard tests/fault/*.t))
BROWSER_TESTS := $(sort $(wildcard tests/browser/*.test.js tests/browser/*.t))

DIST_TARBALL = $(abspath $(O)/dist/tidemark-$(VERSION)-linux-$(shell uname -m).tar.gz)

# --- build ------------------------------------------------------------------

.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: watcher fcgi cli ## build the three programs, into bin/ below O (build/)
watcher: $(BIN)/tidemark-watcher ## build the watcher alone
fcgi: $(BIN)/tidemark-fcgi ## build the FastCGI program alone
cli: $(BIN)/tidemark ## build the command-line tool alone
deps: ## install the Debian packages needed for run, test and check
	$(Q)tools/deps.sh check

$(BIN)/tidemark-watcher: $(B)/watcher/main.o $(WATCHER_A) $(LIB_A)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

$(BIN)/tidemark-fcgi: $(B)/fcgi/main.o $(FCGI_A) $(LIB_A)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(FCGI_LIBS) $(PKG_LIBS) $(LDLIBS)

$(BIN)/tidemark: $(B)/cli/main.o $(B)/cli/$(FETCH).o $(CLI_A) $(LIB_A)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(CURL_LIBS) $(PKG_LIBS) \
		$(LDLIBS)

# The same for those who have libcurl; all else is in it.
$(BIN)/tidemark-with-curl: $(B)/cli/main.o $(B)/cli/fetch.o $(CLI_A) $(LIB_A)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,-Bstatic \
		$(filter-out -lm,$(PKG_LIBS)) -Wl,-Bdynamic \
		$(SHARED_CURL_LIBS) -lm $(LDLIBS)

# The archives hold everything but main(), so a test can link any module.
$(LIB_A): $(call objects,$(LIB_SRCS))
$(WATCHER_A): $(call objects,$(filter-out watcher/main.c,$(WATCHER_SRCS)))
$(FCGI_A): $(call objects,$(filter-out fcgi/main.c,$(FCGI_SRCS)))
$(CLI_A): $(call objects,$(filter-out cli/main.c cli/fetch%.c,$(CLI_SRCS)))
# What has no main() is for all benchmarks.
$(BENCH_A): $(call objects,$(filter-out $(BENCH_MAINS),$(BENCH_SRCS)))
$(LIB_A) $(WATCHER_A) $(FCGI_A) $(CLI_A) $(BENCH_A):
	$(say) AR $@
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(B)/%.o: %.c $(B)/flags | $(GENERATED)
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(call includes_of,$<) -MMD -MP -c -o $@ $<

# lib/schema.sql becomes `static const char schema_sql[]` in "schema.sql.h".
$(O)/gen/%.sql.h: lib/%.sql
	$(say) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'static const char $*_sql[] =' && \
		sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' $< && \
		echo '    "";'; } >$@

# Other flags, another compiler: everything of this flavour is built again.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS_NOW" | cmp -s - $@ || \
		printf '%s\n' "$$FLAGS_NOW" >$@
$(B)/flags: export FLAGS_NOW = $(CC) $(ALL_CFLAGS)
FORCE:

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)

# --- test programs ----------------------------------------------------------

# test_x and fuzz_x link the archive of the folder that has x.c, so a module
# can be tested while another folder does not compile; what carries no
# module's name gets all of them.
module = $(patsubst test_%,%,$(patsubst fuzz_%,%,$(patsubst replay_%,%,$(notdir $(1)))))
archives = $(strip \
	$(if $(wildcard lib/$(1).c lib/$(1).h),$(LIB_A), \
	$(if $(wildcard fcgi/$(1).c),$(FCGI_A) $(LIB_A), \
	$(if $(wildcard watcher/$(1).c),$(WATCHER_A) $(LIB_A), \
	$(if $(wildcard cli/$(1).c),$(CLI_A) $(LIB_A), \
	$(FCGI_A) $(WATCHER_A) $(LIB_A))))))
test_archives = $(call archives,$(call module,$(1)))

define link_test
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LINK_EXTRA) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(if $(filter $(FCGI_A),$^),$(FCGI_LIBS)) \
		$(PKG_LIBS) -lm $(LDLIBS)
endef

.SECONDEXPANSION:
$(UNIT_BINS): $(B)/%: $(B)/%.o $$(call test_archives,$$*)
	$(link_test)
$(REPLAY_BINS): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o \
		$(B)/tests/fuzz/replay.o $$(call test_archives,$$*)
	$(link_test)
$(FUZZ_BINS): LINK_EXTRA = -fsanitize=fuzzer
$(FUZZ_BINS): $(B)/%: $(B)/%.o $$(call test_archives,$$*)
	$(link_test)
$(BENCH_BINS): $(B)/%: $(B)/%.o $(BENCH_A) $(FCGI_A) $(WATCHER_A) $(LIB_A)
	$(link_test)
# What a static program is measured against.
$(B)/tests/bench/cgi_floor: LINK_EXTRA = -static
# Clients of the programs under test: they need nothing of ours.
$(E2E_BINS): $(O)/bin-test/%: tests/e2e/%.c
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(DIALECT) $(WARNINGS) $(WERROR) -O1 -g -o $@ $<

$(FAULT_LIBS): $(O)/bin-test/%.so: tests/fault/%.c
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(DIALECT) $(WARNINGS) $(WERROR) -O1 -g -fPIC -shared -o $@ $<

# --- tests ------------------------------------------------------------------

# prove reads TAP from whatever tests/tap starts: programs and scripts as they
# are, *.test.js under node.
# They wait more than they work: one more at a time than there are cores; the
# longest come first.
PROVE_JOBS := $(shell echo $$(($(JOBS) + 1)))
PROVE = prove -j$(PROVE_JOBS) -e tests/tap $(PROVE_FLAGS)
TEST_ENV = TIDEMARK_BIN=$(abspath $(BIN)) TIDEMARK_BIN_TEST=$(abspath $(O)/bin-test) \
	TIDEMARK_CORPUS=tests/fuzz/corpus TIDEMARK_DIST=$(DIST_TARBALL) \
	TIDEMARK_STATIC=$(abspath $(O)/static/bin)
NODE_MODULES = node_modules/.package-lock.json
MAKE_HERE = $(MAKE) --no-print-directory

test: ## unit, corpora, end-to-end, host, node and browser tests
	$(Q)tools/deps.sh test
	$(Q)$(MAKE_HERE) -j$(JOBS) test-programs $(NODE_MODULES)
	$(Q)$(MAKE_HERE) dist
	$(Q)$(TEST_ENV) FAULT_ROUNDS=2 $(PROVE) $(HOST_TESTS) \
		tests/dist/10_unpacked.t $(UNIT_BINS) \
		$(REPLAY_BINS) $(E2E_TOGETHER) $(FAULT_TESTS) $(WEB_TESTS) \
		$(BROWSER_TESTS)
	$(Q)$(TEST_ENV) $(PROVE) $(E2E_ALONE)

test-programs: all $(UNIT_BINS) $(REPLAY_BINS) $(E2E_BINS) $(FAULT_LIBS)

unit: $(UNIT_BINS) ## unit tests of the C modules
	$(Q)$(TEST_ENV) $(PROVE) $(UNIT_BINS)
corpora: $(REPLAY_BINS) ## replay the committed fuzzing corpora
	$(Q)$(TEST_ENV) $(PROVE) $(REPLAY_BINS)
e2e: all $(E2E_BINS) ## the real programs from outside, through sockets and lighttpd
	$(Q)$(TEST_ENV) $(PROVE) $(E2E_TESTS)
fault: all $(E2E_BINS) $(FAULT_LIBS) ## kills, damage, full disks … FAULT_ROUNDS (100) times; test has 2 rounds
	$(Q)$(TEST_ENV) FAULT_ROUNDS=$(FAULT_ROUNDS) $(PROVE) $(FAULT_TESTS)
# They mostly wait, so that more of them than there are cores cost nothing.
test-hosts: all ## one suite through every web server and set-up, and what each gives
	$(Q)tools/deps.sh test
	$(Q)rm -rf $(O)/hosts && mkdir -p $(O)/hosts
	$(Q)$(TEST_ENV) TIDEMARK_HOSTS=$(abspath $(O)/hosts) $(PROVE) -j4 \
		$(HOST_TESTS); status=$$?; \
		tests/hosts/matrix $(O)/hosts; exit $$status
test-dist: ## the tarball for shared hosts, in a bare chroot (debootstrap, root)
	$(Q)tools/deps.sh dist
	$(Q)$(MAKE_HERE) -j$(JOBS) all
	$(Q)$(MAKE_HERE) dist
	$(Q)$(TEST_ENV) TIDEMARK_CHROOT=$(O)/chroot prove -v -e tests/tap \
		$(DIST_TESTS)
web: $(NODE_MODULES) ## the page's modules under node
	$(Q)$(TEST_ENV) $(PROVE) $(WEB_TESTS)
browser: all $(E2E_BINS) $(NODE_MODULES) ## the page in a real Chromium
	$(Q)$(TEST_ENV) $(PROVE) $(BROWSER_TESTS)

$(NODE_MODULES): package-lock.json
	$(say) NPM $<
	$(Q)npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

asan: ## unit, corpora and end-to-end tests under ASan and UBSan
	$(Q)$(MAKE_HERE) BUILD=asan -j$(JOBS) test-programs
	$(Q)$(MAKE_HERE) BUILD=asan asan-prove
asan-prove:
	$(Q)$(TEST_ENV) $(PROVE) $(SOAK_TESTS) $(UNIT_BINS) $(REPLAY_BINS) \
		$(E2E_TOGETHER)
	$(Q)$(TEST_ENV) $(PROVE) $(E2E_ALONE)

fuzz: ## each fuzzer for FUZZ_SECONDS (30), starting from its corpus
	$(Q)$(MAKE_HERE) BUILD=fuzz fuzz-run
fuzz-run: $(FUZZ_BINS)
	$(Q)for f in $(FUZZ_BINS); do \
		name=$${f##*/fuzz_}; found=$(O)/fuzz/$$name; \
		mkdir -p $$found; printf '  FUZZ    %s\n' $$name; \
		$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
			-artifact_prefix=$(O)/fuzz/$$name- \
			$$(find tests/fuzz/dict -name $$name.dict -printf '-dict=%p') \
			$$found \
			$$(ls -d tests/fuzz/corpus/$$name 2>/dev/null) \
			>$(O)/fuzz/$$name.log 2>&1 || \
			{ tail -n 40 $(O)/fuzz/$$name.log; exit 1; }; \
		grep -E 'stat::number_of_executed|stat::new_units' \
			$(O)/fuzz/$$name.log; \
	done

# SECONDS is a variable of the shell's, too: of make's own only when it is given.
soak: all $(E2E_BINS) ## files change and programs die for SECONDS (600), by SEED: all agree
	$(Q)$(TEST_ENV) $(if $(SEED),SEED=$(SEED)) \
		SOAK_SECONDS=$(or $(SECONDS),$(SOAK_SECONDS)) \
		tests/soak/soak.t

bench: ## the figures, printed beside their limits
	$(Q)tools/deps.sh bench
	$(Q)$(MAKE_HERE) -j$(JOBS) bench-programs $(NODE_MODULES)
	$(Q)$(MAKE_HERE) BUILD=static -j$(JOBS) fcgi
	$(Q)$(TEST_ENV) TIDEMARK_BENCH=$(abspath $(B)/tests/bench) tests/bench/run

bench-programs: all $(BENCH_BINS) $(E2E_BINS)

# --- what CI runs -----------------------------------------------------------

check: ## everything CI runs: format, lint, floors, both compilers, ASan, all tests
	$(Q)tools/deps.sh check
	$(Q)$(MAKE_HERE) format-check floors
	$(Q)$(MAKE_HERE) -k -j$(JOBS) lint
	$(Q)$(MAKE_HERE) BUILD=clang -j$(JOBS) test-programs
	$(Q)$(MAKE_HERE) asan
	$(Q)$(MAKE_HERE) test

format: ## format the C sources in place
	$(Q)clang-format -i $(SRCS) $(HEADERS)
format-check: ## fail where clang-format would change a line
	$(Q)clang-format --dry-run -Werror $(SRCS) $(HEADERS)

floors: ## the include rule: a file includes its own floor and lower ones
	$(Q)tools/floors

lint: tidy cppcheck shellcheck headers ## clang-tidy, cppcheck, shellcheck, size caps, forbidden words
	$(Q)tools/sizes
	$(Q)tools/forbidden

# The static analyzer takes most of the time: it is for what we ship.
TIDY_CHECKS_tests = --checks=-clang-analyzer-*
tidy_checks_of = $(TIDY_CHECKS_$(firstword $(subst /, ,$(1))))
TIDY_STAMPS = $(patsubst %.c,$(O)/lint/%.tidy,$(SRCS))
tidy: $(TIDY_STAMPS)
$(O)/lint/%.tidy: %.c .clang-tidy $(HEADERS) | $(GENERATED)
	$(say) TIDY $<
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' \
		$(call tidy_checks_of,$<) $< -- $(DIALECT) \
		$(PKG_CFLAGS) $(call includes_of,$<) 2>$@.log || \
		{ cat $@.log; exit 1; }
	@touch $@

cppcheck: $(GENERATED)
	$(say) CPPCHECK .
	$(Q)mkdir -p $(O)/lint/cppcheck
	$(Q)cppcheck --quiet -j$(JOBS) --std=c11 --error-exitcode=1 \
		--enable=warning,performance,portability,style --inline-suppr \
		--suppressions-list=.cppcheck --cppcheck-build-dir=$(O)/lint/cppcheck \
		-D_GNU_SOURCE -D__linux__ '-DTIDEMARK_VERSION="$(VERSION)"' \
		-I lib -I watcher -I fcgi -I cli -I tests/unit -I $(O)/gen $(SRCS)

shellcheck:
	$(say) SHELL .
	$(Q)shellcheck -x $(SHELL_SRCS) $(E2E_TESTS)

# Every header compiles alone, so it may be included first.
headers: $(patsubst %.h,$(O)/lint/%.header,$(PRODUCT_HEADERS))
$(O)/lint/%.header: %.h $(PRODUCT_HEADERS)
	@mkdir -p $(@D)
	$(Q)echo '#include "$<"' | $(CC) $(DIALECT) $(WARNINGS) -Wno-unused-function \
		$(WERROR) $(PKG_CFLAGS) -iquote . $(call includes_of,$<) \
		-fsyntax-only -x c -
	@touch $@

compdb: ## write compile_commands.json for editors
	$(Q)tools/compdb $(SRCS) >compile_commands.json
compdb: export COMPILE = $(CC) $(ALL_CFLAGS) $(INCLUDES_tests)

# --- use --------------------------------------------------------------------

run: ## serve this machine's state, or STATE=dir, on PORT (8080) through lighttpd
	$(Q)tools/deps.sh run
	$(Q)$(MAKE_HERE) -j$(JOBS) all
	$(Q)TIDEMARK_BIN=$(abspath $(BIN)) TIDEMARK_RUN=$(abspath $(O)/run) \
		STATE='$(STATE)' PORT='$(PORT)' exec \
		setpriv --pdeathsig TERM tools/run

install: all ## install below DESTDIR and PREFIX (/usr/local)
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/tidemark \
		$(DESTDIR)$(PREFIX)/share/doc/tidemark
	$(Q)install -m 755 $(BIN)/tidemark $(BIN)/tidemark-fcgi \
		$(BIN)/tidemark-watcher $(DESTDIR)$(PREFIX)/bin
	$(Q)cp -R www conf $(DESTDIR)$(PREFIX)/share/tidemark
	$(Q)rm -rf $(DESTDIR)$(PREFIX)/share/tidemark/www/test \
		$(DESTDIR)$(PREFIX)/share/tidemark/conf/systemd \
		$(DESTDIR)$(PREFIX)/share/tidemark/conf/dist
	$(Q)cp -R LICENSE README.md docs/*.md $(DESTDIR)$(PREFIX)/share/doc/tidemark
	$(Q)install -d $(addprefix $(DESTDIR)$(PREFIX)/lib/,systemd/system \
		sysusers.d tmpfiles.d)
	$(Q)for unit in $(notdir $(UNITS)); do \
		sed -e 's|@BIN@|$(PREFIX)/bin|' \
			-e 's|@DOC@|$(PREFIX)/share/doc/tidemark|' \
			conf/systemd/$$unit \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; \
	done
	$(Q)install -m 644 conf/systemd/tidemark.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/tidemark.conf
	$(Q)install -m 644 conf/systemd/tidemark.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/tidemark.conf

# From what git knows of, as it is now, in a folder of its own.
DEB = $(O)/deb
deb: ## build a Debian package below O/deb, and let lintian look at it
	$(Q)tools/deps.sh deb
	$(Q)rm -rf $(DEB)
	$(Q)mkdir -p $(DEB)/tidemark-$(VERSION)
	$(Q)git ls-files -z | xargs -0 cp --parents -Pt $(DEB)/tidemark-$(VERSION)
	$(Q)cd $(DEB)/tidemark-$(VERSION) && \
		dpkg-buildpackage --build=binary --no-sign >../build.log 2>&1 || \
		{ tail -n 40 ../build.log; exit 1; }
	$(Q)lintian --fail-on=error,warning $(DEB)/*.changes
	$(Q)ls $(DEB)/*.deb

dist: ## a tarball for shared hosts, below O/dist: nothing needs to be there
	$(Q)tools/deps.sh run
	$(Q)$(MAKE_HERE) BUILD=static -j$(JOBS) all \
		$(O)/static/bin/tidemark-with-curl
	$(Q)tools/dist $(O)/static/bin $(O)/dist $(VERSION)

clean: ## remove everything built
	rm -rf $(O) compile_commands.json

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | \
		sort | expand -t 18

.PHONY: FORCE all asan asan-prove bench bench-programs browser \
	check clean cli compdb corpora cppcheck deb deps dist e2e fault fcgi \
	floors format format-check fuzz fuzz-run headers help install lint \
	run shellcheck soak test test-dist test-hosts test-programs tidy unit \
	watcher web
