# A clean Debian with a systemd of its own, and what is done in it: shared by the scripts here that try
# our packages. It is sourced, asks for root and other people's Debian packages, and ends with 77 where
# they cannot be had. TREE=folder keeps the empty system there for the next time.
# shellcheck shell=bash
SUITE=bookworm
MIRROR=${MIRROR:-http://deb.debian.org/debian}
ACCOUNT=AC0123456789abcdef0123456789abcdef
TOKEN=0123456789abcdef0123456789abcdef
LINE=+15557122661
MARIA=+12394267058
# How long something may take on a busy machine.
PATIENCE_S=180
SKIPPED=77

say() { printf '\n==> [%4d s] %s\n' "$SECONDS" "$*"; }
pass() { printf '    ok: %s\n' "$*"; }
skip() {
  printf '    skipped: %s\n' "$*"
  exit "$SKIPPED"
}

work=$(mktemp -d)
root=$work/root
booted='' leader=''

clean_up() {
  local status=$?
  if [ "$status" -ne 0 ] && [ "$status" -ne "$SKIPPED" ] && [ -n "$leader" ]; then
    inside journalctl --no-pager -n 60 -u smsdesk-relay >&2 || true
    tail -n 20 "$work/boot.log" >&2 || true
  fi
  if [ -n "$booted" ]; then
    # It halts the system inside.
    kill "$booted" 2>/dev/null || true
    wait "$booted" 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command inside of the booted system.
inside() {
  nsenter --target "$leader" --all -- \
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}
operator() { inside runuser -u smsdesk -- smsdesk-relay "$@"; }
# Whoever works with the app.
agent=ana
app() { inside runuser -u "$agent" -- env HOME="/home/$agent" smsdesk "$@"; }

fail() {
  echo "not so: $*" >&2
  exit 1
}

# Waits until a command succeeds; its last words tell why it did not.
until_ok() {
  local what=$1 deadline=$((SECONDS + PATIENCE_S))
  shift
  until "$@" >"$work/words" 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      cat "$work/words" >&2
      fail "$what"
    fi
    sleep 0.2
  done
  pass "$what"
}

is() {
  [ "$2" = "$3" ] || fail "$1: expected \"$3\", found \"$2\""
  pass "$1"
}

refuses() {
  local what=$1
  shift
  ! "$@" >"$work/words" 2>&1 || fail "$what"
  pass "$what"
}

# A port that nobody has; with an argument one that only some may have.
free_port() {
  if [ "$#" -gt 0 ]; then
    python3 - <<'PYTHON'
import socket
for port in range(1023, 600, -1):
    try:
        with socket.socket() as s:
            s.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
    return 0
  fi
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What this machine has to have, and the packages given.
tools() {
  say "Tools"
  [ "$(id -u)" -eq 0 ] || skip "not root"
  local missing=() program
  for program in debootstrap "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
  if [ "${#missing[@]}" -gt 0 ]; then
    env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${missing[@]}" </dev/null >"$work/apt.log" 2>&1 || skip "apt-get cannot install ${missing[*]}"
  fi
}

# A system as Debian makes it; what our packages need has to come with them.
tree() {
  say "A clean Debian"
  if [ -n "${TREE:-}" ] && [ -d "$TREE/usr" ]; then
    cp -a "$TREE" "$root"
    return 0
  fi
  if ! debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$SUITE" "$root" "$MIRROR" \
    >"$work/debootstrap.log" 2>&1; then
    tail -n 5 "$work/debootstrap.log" >&2
    skip "no Debian from $MIRROR"
  fi
  if [ -n "${TREE:-}" ]; then
    cp -a "$root" "$TREE"
  fi
}

# The network is that of this machine, so that we can ask the relay and apt its mirror.
boot() {
  say "Its systemd"
  systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --resolv-conf=copy-host \
    --console=read-only </dev/null >"$work/boot.log" 2>&1 &
  booted=$!
  local deadline=$((SECONDS + PATIENCE_S))
  until leader=$(pgrep -P "$booted") && [ -d "/proc/$leader/root/run/systemd/system" ]; do
    if ! kill -0 "$booted" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      cat "$work/boot.log" >&2
      leader=''
      skip "systemd does not run in a container here"
    fi
    sleep 0.1
  done
  until_ok "it has started" inside sh -c 'systemctl is-system-running | grep -xE "running|degraded"'
  inside systemctl --version | head -n 1
}

# Settings that were changed on both sides stay as they are here: dpkg would ask.
install_packages() {
  rm -rf "$root/packages"
  mkdir "$root/packages"
  cp "$1"/smsdesk-relay_*.deb "$1"/smsdesk_*.deb "$root/packages/"
  inside sh -c 'apt-get install -y -qq --no-install-recommends --reinstall --allow-downgrades \
    -o Dpkg::Options::=--force-confold /packages/*.deb' </dev/null >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log" >&2
    fail "the packages of $1 install"
  }
  pass "installed: $(inside dpkg-query -W smsdesk-relay | tr '\t' ' ')"
}

# Twilio, whose number leads to the address given.
start_twilio() {
  simulator=http://127.0.0.1:$(free_port)
  inside systemd-run --quiet --unit twilio smsdesk-relay simulate --port "${simulator##*:}" \
    --account "$ACCOUNT" --auth-token "$TOKEN" --line "$LINE" --webhook-url "$1"
}

mode() { inside stat -c '%U:%G %a' "$1"; }
state() { inside systemctl show -P "$1" smsdesk-relay; }

texts() { app show "$MARIA" --json | grep -c '"kind":"entry"' || true; }

says() {
  curl -fsS -o /dev/null -H 'content-type: application/json' \
    -d "{\"from\":\"$MARIA\",\"to\":\"$LINE\",\"body\":\"$1\"}" "$simulator/_sim/inbound"
  until_ok "a customer's text is shown: $1" holds "$1"
}
answers() {
  app send "$MARIA" "$1" >/dev/null
  until_ok "the answer is delivered: $1" delivered "$1"
}
holds() { app show "$MARIA" --json | grep -F "\"$1\""; }
delivered() { holds "$1" | grep -F '"delivered"'; }
