# Perilune: a Lua VM behind liblua's C interface.
#
#   make              everything for edition 5.4, gathered under build/; LUA=5.5, here and below, for edition 5.5
#   make all-editions both
#   make demo         upstream's own lua.c, and a small host, running on the library
#   make test         all tests, of both editions
#   make lint         the layout of the sources, and clippy on all of them, for both editions
#   make stress       the tests that collect garbage all the time, with more collections than `make test` has time for
#   make bench        the benchmarks, against upstream's library; BENCH='--only sort --pairs 9' passes options
#   make scale        what a VM costs among thousands; SCALE='--services 1000 --rounds 1' passes options
#   make pauses       how long the collector keeps a program waiting; PAUSES='--only incremental' passes options
#   make growth       how the time per element grows with tables, strings, recursion and chunks; GROWTH='--only hash' passes options
#   make soak         threads that share at random, SOAK_SECONDS=600 plain and SOAK_SANITIZED_SECONDS=60 under ThreadSanitizer
#   make install      into $(DESTDIR)$(PREFIX); LIBDIR, BINDIR and INCLUDEDIR may be given by themselves
#   make uninstall    removes what install put there
#   make clean
#
# Default search paths are fixed at build time: LUA_PATH_DEFAULT, LUA_CPATH_DEFAULT and LUA_MULTIARCH in the environment.

PREFIX     = /usr/local
DESTDIR    =
BINDIR     = $(PREFIX)/bin
LIBDIR     = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
PKGDIR     = $(LIBDIR)/pkgconfig

CARGO      = cargo
INSTALL    = install
CC         = cc
STRIP      = strip
CFLAGS     = -O2 -g

LUA        = 5.4
FEATURES   =
BENCH      =
SCALE      =
PAUSES     =
GROWTH     =
SOAK_SECONDS           = 600
SOAK_SANITIZED_SECONDS = 60

# What differs between editions. Each has a folder of its own for what cargo makes: the file names there are the same.
BUILDS     = $(or $(CARGO_TARGET_DIR),target)
ifeq ($(LUA),5.4)
RELEASE    = 5.4.8
SELECT     =
TARGET     = $(BUILDS)
else ifeq ($(LUA),5.5)
RELEASE    = 5.5.1
SELECT     = --no-default-features --features lua55
TARGET     = $(BUILDS)/5.5
else
$(error LUA=$(LUA): there are editions 5.4 and 5.5)
endif
CARGO_ARGS = --target-dir $(TARGET) $(SELECT) $(FEATURES)

# Programs that ask for "lua" and no edition get 5.4; 5.5 is found by its own name.
UNVERSIONED = $(if $(filter 5.4,$(LUA)),liblua.so)

BUILD      = build
SONAME     = liblua$(LUA).so.0
HEADERS    = lua.h luaconf.h lauxlib.h lualib.h lua.hpp luashare.h lgc.h
HEADERDIR  = $(INCLUDEDIR)/lua$(LUA)
PCFILES    = lua$(LUA).pc lua-$(LUA).pc
PROGRAMS   = lua$(LUA) luac$(LUA)

# What the tests run or compile against, beside a Rust toolchain. `make test` installs what is missing, if it may.
TEST_PACKAGES = gcc g++ libc6-dev make binutils util-linux pkg-config python3 python3-pip libreadline-dev libclang-dev valgrind gdb \
	liblua5.4-0 liblua5.4-dev lua5.4 lua-lpeg lua-cjson lua-filesystem lua-socket lua-term

# What the demonstration needs of these: a C compiler, and pip, which fetches upstream's lua.c.
DEMO_PACKAGES = gcc libc6-dev binutils python3 python3-pip

# What a program needs that links the static library.
PRIVATE_LIBS = -lgcc_s -lpthread -ldl -lm

.PHONY: all all-editions library test test-optimized lint stress packages bench scale pauses growth soak demo install uninstall clean
.DELETE_ON_ERROR:

all: library $(addprefix $(BUILD)/,$(PCFILES))

all-editions:
	$(MAKE) LUA=5.4 all
	$(MAKE) LUA=5.5 all

# Cargo knows what is out of date, so it is always asked. With a linker that cannot give the library its symbol versions (see
# build.rs) the shared library is linked again, from the static one.
library:
	$(CARGO) build --release $(CARGO_ARGS)
	@mkdir -p $(BUILD)
	@cp -f $(TARGET)/release/libperilune.a $(BUILD)/liblua$(LUA).a
	@$(STRIP) --strip-debug $(BUILD)/liblua$(LUA).a
	@if nm -D $(TARGET)/release/libperilune.so | grep -q '@@LUA_$(LUA)'; then \
		cp -f $(TARGET)/release/libperilune.so $(BUILD)/$(SONAME); \
	else \
		$(CC) -shared -o $(BUILD)/$(SONAME) -Wl,-soname,$(SONAME) -Wl,--version-script=src/capi/liblua$(LUA).map \
			-Wl,-Bsymbolic-functions -Wl,--gc-sections -Wl,-z,now \
			-Wl,--whole-archive $(BUILD)/liblua$(LUA).a -Wl,--no-whole-archive $(PRIVATE_LIBS); \
	fi
	@ln -sf $(SONAME) $(BUILD)/liblua$(LUA).so
	@for link in $(UNVERSIONED); do ln -sf $(SONAME) $(BUILD)/$$link; done
	@cp -f $(TARGET)/release/lua $(BUILD)/lua$(LUA)
	@cp -f $(TARGET)/release/luac $(BUILD)/luac$(LUA)

# Both names of the pkg-config file have the same contents.
define PC
prefix=$(PREFIX)
exec_prefix=$${prefix}
bindir=$(BINDIR)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)
major_version=$(LUA)
version=$(RELEASE)
INSTALL_LMOD=$${prefix}/share/lua/$${major_version}
INSTALL_CMOD=$${prefix}/lib/lua/$${major_version}

Name: Lua
Description: Lua $(LUA), as implemented by Perilune
Version: $${version}
Requires:
Libs: -L$${libdir} -llua$(LUA)
Libs.private: $(PRIVATE_LIBS)
Cflags: -I$${includedir}/lua$(LUA)
endef
export PC

# Written anew each time: the folders in it may be others.
.PHONY: $(addprefix $(BUILD)/,$(PCFILES))
$(addprefix $(BUILD)/,$(PCFILES)):
	@mkdir -p $(BUILD)
	@rm -f $@
	@echo "$$PC" > $@

# For install, which takes what `make` left there: whoever installs need not be able to build.
$(BUILD)/$(SONAME):
	$(MAKE) library

# Everything that install creates, for uninstall.
INSTALLED = \
	$(addprefix $(LIBDIR)/,$(SONAME) liblua$(LUA).so $(UNVERSIONED) liblua$(LUA).a) \
	$(addprefix $(BINDIR)/,$(PROGRAMS)) \
	$(addprefix $(HEADERDIR)/,$(HEADERS)) \
	$(addprefix $(PKGDIR)/,$(PCFILES))

install: $(BUILD)/$(SONAME) $(addprefix $(BUILD)/,$(PCFILES))
	$(INSTALL) -d $(addprefix $(DESTDIR),$(LIBDIR) $(BINDIR) $(HEADERDIR) $(PKGDIR))
	$(INSTALL) -m 644 $(BUILD)/$(SONAME) $(BUILD)/liblua$(LUA).a $(DESTDIR)$(LIBDIR)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/liblua$(LUA).so
	for link in $(UNVERSIONED); do ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/$$link; done
	$(INSTALL) -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 $(addprefix include/$(LUA)/,$(HEADERS)) $(DESTDIR)$(HEADERDIR)
	$(INSTALL) -m 644 $(addprefix $(BUILD)/,$(PCFILES)) $(DESTDIR)$(PKGDIR)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig || true; fi

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	@rmdir $(DESTDIR)$(HEADERDIR) 2>/dev/null || true
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig || true; fi

packages:
	@sh tests/support/packages.sh $(TEST_PACKAGES)

test: packages
	$(CARGO) test $(FEATURES)
	$(CARGO) test --target-dir $(BUILDS)/5.5 --no-default-features --features lua55 $(FEATURES)
	$(MAKE) LUA=5.4 test-optimized
	$(MAKE) LUA=5.5 test-optimized

# What is installed executes instructions in another way than the libraries that cargo builds for tests (cfg `threaded` in build.rs).
test-optimized: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) test $(CARGO_ARGS) --test official_suite upstreams_lua
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) test $(CARGO_ARGS) --test snippets --test c_api --test native_stack

# No part of `test`: other compilers have other lints.
lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --all-targets --target-dir $(BUILDS)/5.5 --no-default-features --features lua55 -- -D warnings

stress: packages
	PERILUNE_STRESS=long $(CARGO) test --test stress $(CARGO_ARGS) -- --nocapture

# The runner only starts processes, so it is built as the tests are; what it measures is the library above.
bench: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) bench --profile dev --bench run $(CARGO_ARGS) -- $(BENCH)

scale: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) bench --profile dev --bench scale $(CARGO_ARGS) -- $(SCALE)

pauses: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) bench --profile dev --bench pauses $(CARGO_ARGS) -- $(PAUSES)

growth: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) bench --profile dev --bench growth $(CARGO_ARGS) -- $(GROWTH)

# The plain run is on the library that is installed.
soak: library
	PERILUNE_THREADS_SECONDS=$(SOAK_SANITIZED_SECONDS) $(CARGO) test $(CARGO_ARGS) --test threads sanitizer -- --nocapture
	PERILUNE_THREADS_SECONDS=$(SOAK_SECONDS) PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) \
		$(CARGO) test $(CARGO_ARGS) --test threads sixteen_threads -- --nocapture

demo:
	@{ command -v $(CC) && python3 -m pip --version; } >/dev/null 2>&1 || sh tests/support/packages.sh $(DEMO_PACKAGES)
	@$(MAKE) all
	@sh examples/demo.sh $(BUILD) $(CC) $(LUA)

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
