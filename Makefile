# Perilune: a Lua VM behind liblua's C interface.
#
#   make              everything, gathered under build/
#   make demo         upstream's own lua.c, and a small host, running on the library
#   make test         all tests
#   make bench        the benchmarks, against upstream's library; BENCH='--only sort --pairs 9' passes options
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

EDITION    = 5.4
RELEASE    = 5.4.8
FEATURES   =
BENCH      =

TARGET     = $(or $(CARGO_TARGET_DIR),target)
BUILD      = build
SONAME     = liblua$(EDITION).so.0
HEADERS    = lua.h luaconf.h lauxlib.h lualib.h lua.hpp luashare.h lgc.h
HEADERDIR  = $(INCLUDEDIR)/lua$(EDITION)
PCFILES    = lua$(EDITION).pc lua-$(EDITION).pc
PROGRAMS   = lua$(EDITION) luac$(EDITION)

# What the tests run or compile against, beside a Rust toolchain. `make test` installs what is missing, if it may.
TEST_PACKAGES = gcc g++ libc6-dev make binutils util-linux pkg-config python3 python3-pip libreadline-dev libclang-dev valgrind gdb \
	liblua5.4-0 liblua5.4-dev lua5.4 lua-lpeg lua-cjson lua-filesystem lua-socket lua-term

# What a program needs that links the static library.
PRIVATE_LIBS = -lgcc_s -lpthread -ldl -lm

.PHONY: all library test packages bench demo install uninstall clean
.DELETE_ON_ERROR:

all: library $(addprefix $(BUILD)/,$(PCFILES))

# Cargo knows what is out of date, so it is always asked. With a linker that cannot give the library its symbol versions (see
# build.rs) the shared library is linked again, from the static one.
library:
	$(CARGO) build --release $(FEATURES)
	@mkdir -p $(BUILD)
	@cp -f $(TARGET)/release/libperilune.a $(BUILD)/liblua$(EDITION).a
	@$(STRIP) --strip-debug $(BUILD)/liblua$(EDITION).a
	@if nm -D $(TARGET)/release/libperilune.so | grep -q '@@LUA_$(EDITION)'; then \
		cp -f $(TARGET)/release/libperilune.so $(BUILD)/$(SONAME); \
	else \
		$(CC) -shared -o $(BUILD)/$(SONAME) -Wl,-soname,$(SONAME) -Wl,--version-script=src/capi/liblua$(EDITION).map \
			-Wl,-Bsymbolic-functions -Wl,--gc-sections -Wl,-z,now \
			-Wl,--whole-archive $(BUILD)/liblua$(EDITION).a -Wl,--no-whole-archive $(PRIVATE_LIBS); \
	fi
	@ln -sf $(SONAME) $(BUILD)/liblua$(EDITION).so
	@ln -sf $(SONAME) $(BUILD)/liblua.so
	@cp -f $(TARGET)/release/lua $(BUILD)/lua$(EDITION)
	@cp -f $(TARGET)/release/luac $(BUILD)/luac$(EDITION)

# Both names of the pkg-config file have the same contents.
define PC
prefix=$(PREFIX)
exec_prefix=$${prefix}
bindir=$(BINDIR)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)
major_version=$(EDITION)
version=$(RELEASE)
INSTALL_LMOD=$${prefix}/share/lua/$${major_version}
INSTALL_CMOD=$${prefix}/lib/lua/$${major_version}

Name: Lua
Description: Lua $(EDITION), as implemented by Perilune
Version: $${version}
Requires:
Libs: -L$${libdir} -llua$(EDITION)
Libs.private: $(PRIVATE_LIBS)
Cflags: -I$${includedir}/lua$(EDITION)
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
	$(addprefix $(LIBDIR)/,$(SONAME) liblua$(EDITION).so liblua.so liblua$(EDITION).a) \
	$(addprefix $(BINDIR)/,$(PROGRAMS)) \
	$(addprefix $(HEADERDIR)/,$(HEADERS)) \
	$(addprefix $(PKGDIR)/,$(PCFILES))

install: $(BUILD)/$(SONAME) $(addprefix $(BUILD)/,$(PCFILES))
	$(INSTALL) -d $(addprefix $(DESTDIR),$(LIBDIR) $(BINDIR) $(HEADERDIR) $(PKGDIR))
	$(INSTALL) -m 644 $(BUILD)/$(SONAME) $(BUILD)/liblua$(EDITION).a $(DESTDIR)$(LIBDIR)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/liblua$(EDITION).so
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/liblua.so
	$(INSTALL) -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 $(addprefix include/$(EDITION)/,$(HEADERS)) $(DESTDIR)$(HEADERDIR)
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

# The runner only starts processes, so it is built as the tests are; what it measures is the library above.
bench: library
	PERILUNE_LIBRARY_DIR=$(abspath $(BUILD)) $(CARGO) bench --profile dev --bench run $(FEATURES) -- $(BENCH)

demo: all
	@sh examples/demo.sh $(BUILD) $(CC)

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
