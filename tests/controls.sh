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

# Replaces text in a file of the copy; a pattern that fits nowhere is an error.
patch() {
  local file=$copy/$1 before
  before=$(cksum <"$file")
  perl -0pi -e "$2" "$file"
  if [ "$before" = "$(cksum <"$file")" ]; then
    echo "the pattern does not fit $1: $2" >&2
    exit 2
  fi
}

# A fresh copy of what is tracked, as it is in the working tree.
fresh() {
  rm -rf "$copy"
  mkdir -p "$copy"
  git ls-files -z | tar --null -T - -c | tar -x -C "$copy"
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
  local engine=relay/src/store/engine/sqlite.rs
  fresh
  case "$1" in
    sync-off)
      patch "$engine" 's/synchronous = FULL/synchronous = OFF/; s/\("synchronous", "2"\)/("synchronous", "0")/'
      ;;
    sync-normal)
      patch "$engine" 's/synchronous = FULL/synchronous = NORMAL/; s/\("synchronous", "2"\)/("synchronous", "1")/'
      ;;
    ack-early)
      patch relay/src/store/writer.rs \
        's/Ok\(answer\) => answers\.push\(answer\),/Ok(answer) => answer(Ok(())),/'
      ;;
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
