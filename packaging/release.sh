#!/usr/bin/env bash
# What a release consists of, in dist/: the two programs as Debian packages and as one archive with
# their manual pages, completions and the unit, and the SHA-256 sums of these.
#
#   packaging/release.sh              from `cargo build --release`: some minutes
#   PROFILE=dev packaging/release.sh  from debug builds, for trying: bigger and slow, not for others
#   OUT=folder                        another folder than dist
#   REVISION=2                        of the Debian packages: 0.1.0-2
#
# The programs need the C library of the machine that they were built on, or a newer one, and nothing
# else; dist/GLIBC says which. Build on the oldest system that they shall run on.
set -euo pipefail
cd "$(dirname "$0")/.."

PROFILE=${PROFILE:-release}
OUT=${OUT:-dist}
REVISION=${REVISION:-1}
CARGO_DEB_VERSION=3.7.0
PROGRAMS=(smsdesk-relay smsdesk)
# What every Linux with glibc has.
LIBRARIES='linux-vdso|libc|libm|libgcc_s|ld-linux'

target=${CARGO_TARGET_DIR:-$PWD/target}
case "$PROFILE" in
  dev) built=$target/debug ;;
  *) built=$target/$PROFILE ;;
esac
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# Where things lie on this machine, and what others read instead; the last that fits counts.
places=("$PWD=smsdesk" "$target=target" "${CARGO_HOME:-$HOME/.cargo}=cargo" "$(rustc --print sysroot)=rust")
work=$(mktemp -d)
# cargo-deb takes what it did not build itself from a folder of this name.
stage=$work/target/release
mkdir -p "$stage/packaged"
trap 'rm -rf "$work"' EXIT

say() { printf '\n==> [%4d s] %s\n' "$SECONDS" "$*"; }

build() {
  say "Building ($PROFILE)"
  if [ "$PROFILE" = release ]; then
    local place
    for place in "${places[@]}"; do
      export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$place"
      export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$place"
    done
  fi
  cargo build --locked --profile "$PROFILE" -p smsdesk-relay -p smsdesk
  local program
  for program in "${PROGRAMS[@]}"; do
    strip -o "$stage/$program" "$built/$program"
    check "$stage/$program"
  done
}

# Ends where a program wants a library that other machines may not have, or tells of this one.
check() {
  local wants
  wants=$(ldd "$1" | grep -vE "^\s*(/lib64/)?($LIBRARIES)" || true)
  if [ -n "$wants" ]; then
    echo "$1 wants more than the C library: $wants" >&2
    exit 1
  fi
  local place
  [ "$PROFILE" = release ] || return 0
  for place in "${places[@]%=*}"; do
    if grep -qaF "$place/" "$1"; then
      echo "$1 holds paths of this machine: $place" >&2
      exit 1
    fi
  done
}

# The newest symbol version that a program asks of the C library.
glibc() { objdump -T "$@" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1; }

pages() {
  say "Manual pages and completions"
  local program pages=$stage/packaged
  mkdir "$pages/bash" "$pages/zsh" "$pages/fish"
  for program in "${PROGRAMS[@]}"; do
    "$stage/$program" man --to "$pages/man-$program"
    gzip -9n "$pages/man-$program"/*.1
    "$stage/$program" completions bash >"$pages/bash/$program"
    "$stage/$program" completions zsh >"$pages/zsh/_$program"
    "$stage/$program" completions fish >"$pages/fish/$program.fish"
  done
}

packages() {
  say "Debian packages"
  if ! cargo deb --version >/dev/null 2>&1; then
    cargo install --locked --version "$CARGO_DEB_VERSION" cargo-deb
  fi
  local program fast=()
  [ "$PROFILE" = release ] || fast=(--fast)
  for program in "${PROGRAMS[@]}"; do
    CARGO_TARGET_DIR=$work/target cargo deb --no-build "${fast[@]}" --deb-revision "$REVISION" \
      -p "$program" --output "$OUT/"
  done
}

archive() {
  say "Archive"
  local name=smsdesk-$version-$(uname -m)-linux
  local tree=$work/$name program
  mkdir -p "$tree/bin" "$tree/share/man/man1" "$tree/share/doc"
  for program in "${PROGRAMS[@]}"; do
    install -m 755 "$stage/$program" "$tree/bin/"
    cp "$stage/packaged/man-$program"/* "$tree/share/man/man1/"
  done
  cp -r "$stage/packaged/bash" "$stage/packaged/zsh" "$stage/packaged/fish" "$tree/share/"
  cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT config.example.toml \
    packaging/smsdesk-relay.service packaging/smsdesk-relay.socket docs/operations.md "$tree/share/doc/"
  tar --create --gzip --file "$OUT/$name.tar.gz" --directory "$work" --sort=name \
    --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$name"
}

build
pages
rm -rf "$OUT"
mkdir -p "$OUT"
OUT=$(realpath "$OUT")
# From here on only: what is compiled with another one is compiled anew.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
packages
archive
glibc "${PROGRAMS[@]/#/$stage/}" >"$OUT/GLIBC"
(cd "$OUT" && sha256sum -- *.deb *.tar.gz >SHA256SUMS)
say "In $OUT, for $(cat "$OUT/GLIBC") and newer"
cat "$OUT/SHA256SUMS"
