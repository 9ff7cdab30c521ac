#!/usr/bin/env bash
# Shows that the rigs can see: builds the relay with one deliberate fault each, in a copy of the
# sources with a target folder of its own, and demands that the rig finds it.
#
#   tests/controls.sh              every control
#   tests/controls.sh sync-off     one or some of: sync-off sync-normal ack-early
set -euo pipefail
cd "$(dirname "$0")/.."

room=${CARGO_TARGET_DIR:-$PWD/target}/controls
copy=$room/sources
rig=${CARGO_TARGET_DIR:-$PWD/target}/debug/rig

# Changes the store of the copy by a Perl expression; one that changes nothing is an error.
patch() {
  local before
  before=$(sums)
  find "$copy/relay/src/store" -name '*.rs' -exec perl -0pi -e "$1" {} +
  if [ "$before" = "$(sums)" ]; then
    echo "nothing fits: $1" >&2
    exit 2
  fi
}

sums() { find "$copy/relay/src/store" -name '*.rs' -exec cksum {} + | sort; }

# A fresh copy of what is tracked, as it is in the working tree.
fresh() {
  rm -rf "$copy"
  mkdir -p "$copy"
  git ls-files -z | tar --null -T - -c | tar -x -C "$copy"
}

# Another level of PRAGMA synchronous, and what the relay reads back of it.
synchronous() {
  patch "s/synchronous = FULL/synchronous = $1/; s/\"synchronous\", \"FULL\"/\"synchronous\", \"$1\"/;
    s/(\"synchronous\",[^)]*)\"2\"/\$1\"$2\"/"
}

build() {
  (cd "$copy" && CARGO_TARGET_DIR=$room/target cargo build --quiet --locked -p smsdesk-relay)
  cp "$room/target/debug/smsdesk-relay" "$room/smsdesk-relay-$1"
}

# Runs the rig on the broken relay; a rig that sees nothing fails.
demand_red() {
  local name=$1 output
  shift
  printf '==> %s: rig %s\n' "$name" "$*"
  if output=$("$rig" "$@" --relay "$room/smsdesk-relay-$name" 2>&1); then
    printf '%s\n%s: the rig does not see it\n' "$output" "$name" >&2
    return 1
  fi
  printf '%s\n' "$output"
  if ! grep -q VIOLATED <<<"$output"; then
    echo "$name: the rig failed by itself" >&2
    return 1
  fi
  rm -rf "$(sed -n 's/^[a-z]*:   files in //p' <<<"$output")"
}

control() {
  fresh
  case "$1" in
    sync-off) synchronous OFF 0 ;;
    sync-normal) synchronous NORMAL 1 ;;
    ack-early) patch 's/Ok\(answer\) => answers\.push\(answer\),/Ok(answer) => answer(Ok(())),/' ;;
    *)
      echo "there is no control $1" >&2
      exit 2
      ;;
  esac
  build "$1"
  case "$1" in
    sync-*) demand_red "$1" power --images 100 ;;
    ack-early)
      demand_red "$1" kills --count 60
      demand_red "$1" power --images 100
      ;;
  esac
}

if [ "$#" -eq 0 ]; then
  set -- sync-off sync-normal ack-early
fi
cargo build --quiet --locked -p smsdesk-tests --bin rig
for name in "$@"; do
  control "$name"
done
printf '==> red as they should be: %s\n' "$*"
