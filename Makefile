# The only door: people, CI and README call these targets.
#
#   make run     the service with built-in defaults, from a fresh checkout
#   make test    everything: unit, host, fuzz and virtual machine tests; sets up what it needs
#   make fuzz    arbitrary bytes against every parser, for DURATION seconds (600)
#   make soak    a million processes live and die around it while it is stopped, killed and reloaded (as root, 20 minutes)
#   make churn   2000 processes a second come and go for a minute, and 10,000 scans are made meanwhile (as root)
#   make bomb    a hundred fork bombs of 5000 processes, each caught whole (as root)
#   make bench   what it costs, beside its peers: decoding, latency, passes over /proc, processor time, memory, recovery, being asked (as root)
#   make screenshot  docs/images/page.png, from the real program with real processes in a real browser (as root)
#   make recording  what ps, explain and top really print, written into README.md (as root)

CARGO   ?= cargo
PREFIX  ?= /usr/local
DESTDIR ?=

RELEASE  = $(or $(CARGO_TARGET_DIR),target)/release/ffrtmp
# A program to install that was built elsewhere: `make install BIN=/path/to/ffrtmp` runs no cargo.
BIN     ?=
INSTALLED = $(DESTDIR)$(PREFIX)/bin/ffrtmp
SHARE    = $(DESTDIR)$(PREFIX)/share
# Each is set up with all it needs, virtual machines run side by side; the last line counts the tests of all.
WORLDS   = $(CARGO) run --locked --quiet --package netlink-tests --bin worlds --

.PHONY: run build build-release check fmt lint test test-unit test-host test-vm fuzz soak churn bomb bench screenshot recording install \
  uninstall clean

run: build-release
	$(RELEASE) watch

build-release:
	$(CARGO) build --release --locked --bin ffrtmp

build:
	$(CARGO) build --locked --workspace --bins

fmt:
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml

lint:
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

check: lint
	$(CARGO) build --locked --workspace --all-targets

# The same random histories in every run, so that a red one is red again: PROPTEST_RNG_SEED=7 for others, PROPTEST_CASES=60000
# for many.
test test-unit: export PROPTEST_RNG_SEED ?= 1

test:
	$(WORLDS) unit host fuzz 6.1 6.12 systemd

test-unit:
	$(WORLDS) unit

# This machine's own kernel: without root, every test says SKIPPED.
test-host:
	$(WORLDS) host

# Other kernels and a Debian with systemd, emulated: needs root on an amd64 Debian, and nothing in the kernel.
test-vm:
	$(WORLDS) 6.1 6.12 systemd

# What `make test` does for a few seconds. It finds more the longer it runs, and goes on where it ended.
fuzz: export DURATION ?= 600
fuzz:
	$(WORLDS) fuzz

# DURATION=24h for those who have the time; SEED=7 for the same plan again; LIFETIMES and RATE as well. A minute of it is
# part of `make test`.
soak: export DURATION ?= 20m
soak: export LIFETIMES ?= 1000000
soak: build-release
	FFRTMP_BIN=$(abspath $(RELEASE)) $(CARGO) test --locked --release --workspace --test soak -- --nocapture

# What `make test` does for a few seconds with a program built for tests, and so without holding it to its budget.
churn: export DURATION ?= 60s
churn: export SCANS ?= 10000
churn: build-release
	FFRTMP_BIN=$(abspath $(RELEASE)) $(CARGO) test --locked --release --workspace --test churn -- --nocapture --test-threads 1

# What `make test` does three times.
bomb: export ROUNDS ?= 100
bomb: build-release
	FFRTMP_BIN=$(abspath $(RELEASE)) $(CARGO) test --locked --release --workspace --test fork_bomb -- --nocapture --test-threads 1

recording: build build-release
	FFRTMP_BIN=$(abspath $(RELEASE)) FFRTMP_ACTOR=$(abspath $(dir $(RELEASE))../debug/actor) \
	  $(CARGO) run --locked --quiet --package netlink-tests --bin recording

bench: build-release
	$(CARGO) bench --locked --workspace

# The picture of the page in README.md. The browser is Debian's, unpacked under target/.
screenshot: build
	FFRTMP_PICTURE=$(abspath docs/images/page.png) $(CARGO) test --locked --package netlink-tests --test page looks

install: $(if $(BIN),,build-release)
	[ $(or $(BIN),$(RELEASE)) -ef $(DESTDIR)$(PREFIX)/bin/ffrtmp ] || \
	  install -D -m 0755 $(or $(BIN),$(RELEASE)) $(DESTDIR)$(PREFIX)/bin/ffrtmp
	# Of the program that was installed, so that they say what it does.
	install -d -m 0755 $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
	  $(SHARE)/fish/vendor_completions.d
	$(INSTALLED) man >$(SHARE)/man/man1/ffrtmp.1
	$(INSTALLED) completions bash >$(SHARE)/bash-completion/completions/ffrtmp
	$(INSTALLED) completions zsh >$(SHARE)/zsh/site-functions/_ffrtmp
	$(INSTALLED) completions fish >$(SHARE)/fish/vendor_completions.d/ffrtmp.fish
	install -D -m 0644 systemd/ffrtmp-watch.service $(DESTDIR)/etc/systemd/system/ffrtmp-watch.service
	install -D -m 0644 systemd/ffrtmp-jobs.service $(DESTDIR)/etc/systemd/system/ffrtmp-jobs.service
	install -d -m 0755 $(DESTDIR)/etc/ffrtmp
	[ -e $(DESTDIR)/etc/ffrtmp/watch-config.yaml ] || \
	  install -m 0644 config/watch-config.production.yaml $(DESTDIR)/etc/ffrtmp/watch-config.yaml
	[ -e $(DESTDIR)/etc/ffrtmp/watch.env ] || install -m 0644 config/watch.env $(DESTDIR)/etc/ffrtmp/watch.env

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ffrtmp $(DESTDIR)/etc/systemd/system/ffrtmp-watch.service \
	  $(DESTDIR)/etc/systemd/system/ffrtmp-jobs.service $(SHARE)/man/man1/ffrtmp.1 \
	  $(SHARE)/bash-completion/completions/ffrtmp $(SHARE)/zsh/site-functions/_ffrtmp \
	  $(SHARE)/fish/vendor_completions.d/ffrtmp.fish

clean:
	$(CARGO) clean
