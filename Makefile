# The only door: people, CI and README call these targets.
#
#   make run     the service with built-in defaults, from a fresh checkout
#   make test    everything: unit, host and virtual machine tests; sets up what it needs

CARGO   ?= cargo
PREFIX  ?= /usr/local
DESTDIR ?=

.PHONY: run build check fmt lint test test-unit test-host test-vm bench install uninstall clean

run: build-release
	target/release/ffrtmp watch

build-release:
	$(CARGO) build --release --locked --bin ffrtmp

build:
	$(CARGO) build --locked --workspace --bins

fmt:
	$(CARGO) fmt --all

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

check: lint
	$(CARGO) build --locked --workspace --all-targets

# One world after the other; the last line counts them all.
test:
	netlink-tests/run unit host 6.1 6.12 systemd

test-unit:
	netlink-tests/run unit

test-host:
	netlink-tests/run host

test-vm:
	netlink-tests/run 6.1 6.12 systemd

bench:
	$(CARGO) bench --locked --workspace

install: build-release
	install -D -m 0755 target/release/ffrtmp $(DESTDIR)$(PREFIX)/bin/ffrtmp
	install -D -m 0644 systemd/ffrtmp-watch.service $(DESTDIR)/etc/systemd/system/ffrtmp-watch.service
	install -D -m 0644 systemd/ffrtmp-jobs.service $(DESTDIR)/etc/systemd/system/ffrtmp-jobs.service
	install -d -m 0755 $(DESTDIR)/etc/ffrtmp
	[ -e $(DESTDIR)/etc/ffrtmp/watch-config.yaml ] || \
	  install -m 0644 config/watch-config.production.yaml $(DESTDIR)/etc/ffrtmp/watch-config.yaml
	[ -e $(DESTDIR)/etc/ffrtmp/watch.env ] || install -m 0644 config/watch.env $(DESTDIR)/etc/ffrtmp/watch.env

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ffrtmp $(DESTDIR)/etc/systemd/system/ffrtmp-watch.service \
	  $(DESTDIR)/etc/systemd/system/ffrtmp-jobs.service

clean:
	$(CARGO) clean
