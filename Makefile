# The commands of CodeCraft. Each installs what it needs first; see .ci/setup.
#   make run     build and start the app on http://127.0.0.1:8787
#   make test    every check and every test; ends with "N passed, N failed"
#   make dev     the app with a fake provider, rebuilt and reloaded as you edit
#   make bench   every benchmark as a ratio to its floor or peer, into target/bench/; BENCH=proxy takes one
#   make build   target/release/codecraft, and dist/ for static hosts (PUBLIC_URL=/sub/path/)
#   make static  the same program for any Linux of this processor: one file that needs no other, as containers want it

PUBLIC_URL ?= /
TARGET := $(or $(CARGO_TARGET_DIR),target)
STAMPS := target/stamps
export PATH := $(CURDIR)/target/tools/bin:$(CURDIR)/app/editor/node_modules/.bin:$(PATH)

.PHONY: run test dev bench build static web binary always setup-build setup-test setup-bench setup-static
.DEFAULT_GOAL := run

run: build
	@exec $(TARGET)/release/codecraft

build: binary

test: setup-test
	@node tests/all.mjs

dev: setup-build
	@exec node tests/dev.mjs

bench: setup-bench binary
	cargo build --release --locked --package codecraft-tests --bins
	@node tests/bench/run.mjs $(BENCH)

setup-build setup-test setup-bench setup-static: setup-%:
	@.ci/setup $*

# The server embeds the app, so the app comes first; cargo sees for itself what changed.
binary: web
	cargo build --release --locked --package codecraft-server

# Position-independent, with all relocations read-only before the first line runs: that is Rust's own choice for musl. The
# paths of this machine stay out of the file.
MUSL := $(shell uname -m)-unknown-linux-musl
static: web setup-static
	CARGO_ENCODED_RUSTFLAGS="$$(printf -- '--remap-path-prefix=%s=\037--remap-path-prefix=%s=cargo' '$(CURDIR)/' "$${CARGO_HOME:-$$HOME/.cargo}")" \
	  cargo build --release --locked --package codecraft-server --target $(MUSL)

# Trunk links and optimises anew at every call (15 s), so it is called only if something it reads is newer than what it made.
web: setup-build
	@$(MAKE) --no-print-directory $(STAMPS)/web

# Folders are among the sources: theirs is the date that tells of a file taken away. So no target may have the name of one.
WEB_SOURCES = $(shell find app style public -name node_modules -prune -o -print) \
  Cargo.toml Cargo.lock Trunk.toml rust-toolchain.toml $(wildcard .cargo/config.toml)

$(STAMPS)/web: $(WEB_SOURCES) $(STAMPS)/public-url $(if $(wildcard dist/index.html),,always)
	trunk build --release --public-url "$(PUBLIC_URL)"
	@touch $@

# Touched only when the value is another than last time.
$(STAMPS)/public-url: always
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = "$(PUBLIC_URL)" ] || printf '%s\n' "$(PUBLIC_URL)" > $@
