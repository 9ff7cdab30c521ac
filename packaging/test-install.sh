#!/usr/bin/env bash
# Installs our packages as an operator does, in a Debian system that has never seen them, with its own
# systemd: install, configure, start under the unit's restrictions, text, upgrade, remove, purge. After
# each step the texts, the people and their tokens have to be as they were.
#
#   packaging/test-install.sh OLD NEW    folders with a smsdesk-relay_*.deb and a smsdesk_*.deb each
#
# Wants root, and Debian packages of other people's; ends with 77 where they cannot be had.
# TREE=folder keeps the empty system there for the next time.
set -euo pipefail

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

if [ "$#" -ne 2 ]; then
  echo "usage: packaging/test-install.sh OLD NEW" >&2
  exit 2
fi
old=$(realpath "$1") new=$(realpath "$2")
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
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}
operator() { inside runuser -u smsdesk -- smsdesk-relay "$@"; }
ana() { inside runuser -u ana -- env HOME=/home/ana smsdesk "$@"; }

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

tools() {
  say "Tools"
  [ "$(id -u)" -eq 0 ] || skip "not root"
  local missing=()
  command -v debootstrap >/dev/null || missing+=(debootstrap)
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

install_packages() {
  rm -rf "$root/packages"
  mkdir "$root/packages"
  cp "$1"/smsdesk-relay_*.deb "$1"/smsdesk_*.deb "$root/packages/"
  inside sh -c 'apt-get install -y -qq --no-install-recommends --reinstall --allow-downgrades \
    /packages/*.deb' </dev/null >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log" >&2
    fail "the packages of $1 install"
  }
  pass "installed: $(inside dpkg-query -W smsdesk-relay | tr '\t' ' ')"
}

mode() { inside stat -c '%U:%G %a' "$1"; }
state() { inside systemctl show -P "$1" smsdesk-relay; }

fresh() {
  say "Install"
  inside apt-get update -qq >"$work/apt.log" 2>&1 || skip "no package lists from $MIRROR"
  refuses "nobody is called smsdesk before" inside getent passwd smsdesk
  install_packages "$old"
  is "the settings are the service's to read" "$(mode /etc/smsdesk/relay.toml)" "root:smsdesk 640"
  is "so is their folder" "$(mode /etc/smsdesk)" "root:smsdesk 750"
  is "the database's folder is the service's alone" "$(mode /var/lib/smsdesk)" "smsdesk:smsdesk 700"
  is "nothing starts before it is configured" "$(state UnitFileState) $(state ActiveState)" \
    "disabled inactive"
  refuses "what is missing is said" operator check-config
  grep -q 'public_url' "$work/words" || fail "it names public_url: $(cat "$work/words")"
  inside sh -c 'command -v smsdesk && test -s /usr/share/man/man1/smsdesk-relay-agent-invite.1.gz' \
    >/dev/null || fail "programs and manual pages are there"
}

configure() {
  say "Configure and start"
  simulator=http://127.0.0.1:$(free_port)
  relay=http://127.0.0.1:$(free_port)
  inside systemd-run --quiet --unit twilio smsdesk-relay simulate --port "${simulator##*:}" \
    --account "$ACCOUNT" --auth-token "$TOKEN" --line "$LINE" \
    --webhook-url "$relay/webhooks/twilio/message#rc=5&rp=all"
  inside install -o root -g smsdesk -m 640 /dev/stdin /etc/smsdesk/twilio-token <<<"$TOKEN"
  inside sh -c 'cat >/etc/smsdesk/relay.toml' <<TOML
[relay]
listen = "${relay#http://}"
public_url = "$relay"
database = "sqlite:/var/lib/smsdesk/smsdesk.db"
[relay.twilio]
account_sid = "$ACCOUNT"
auth_token = "file:/etc/smsdesk/twilio-token"
api_base_url = "$simulator"
lines = ["$LINE"]
TOML
  inside systemctl enable --quiet --now smsdesk-relay
  until_ok "it serves" curl -fsS "$relay/health"
}

# The kernel's word for what the unit says.
restricted() {
  say "Restrictions"
  local pid status
  pid=$(state MainPID)
  status=$(inside cat "/proc/$pid/status")
  field() { awk -v name="$1:" '$1 == name { print $2 }' <<<"$status"; }
  is "it runs as its own user" "$(inside id -u smsdesk)" "$(field Uid)"
  is "it can get no rights" "$(field NoNewPrivs)" 1
  is "it has none" "$(field CapEff) $(field CapBnd)" "0000000000000000 0000000000000000"
  is "system calls are filtered" "$(field Seccomp)" 2
  refuses "it sees users of its own" \
    cmp -s <(inside cat "/proc/$pid/uid_map") <(inside cat /proc/1/uid_map)
  refuses "it cannot write /etc" inside touch "/proc/$pid/root/etc/smsdesk/x"
  refuses "it cannot write /usr" inside touch "/proc/$pid/root/usr/bin/x"
  refuses "it sees nobody's home" inside test -e "/proc/$pid/root/home/ana"
  refuses "it can start no other program" inside nsenter --target "$pid" --mount -- /usr/bin/true
  inside systemd-analyze security --no-pager --threshold=16 smsdesk-relay.service | tail -n 1
}

texts() { ana show "$MARIA" --json | grep -c '"kind":"entry"' || true; }

says() {
  curl -fsS -o /dev/null -H 'content-type: application/json' \
    -d "{\"from\":\"$MARIA\",\"to\":\"$LINE\",\"body\":\"$1\"}" "$simulator/_sim/inbound"
  until_ok "a customer's text is shown: $1" holds "$1"
}
answers() {
  ana send "$MARIA" "$1" >/dev/null
  until_ok "the answer is delivered: $1" delivered "$1"
}
holds() { ana show "$MARIA" --json | grep -F "\"$1\""; }
delivered() { holds "$1" | grep -F '"delivered"'; }

work_on_it() {
  say "Work"
  inside useradd --create-home ana
  local invite
  invite=$(operator agent invite Ana | tail -n 1)
  ana join "$invite"
  says "Is it done?"
  answers "In an hour."
  before=$(texts)
  operator verify
  operator backup /var/lib/smsdesk/backup-1.db
}

# What docs/operations.md says of a token for root alone and of a port below 1024.
as_documented() {
  say "A token for root alone, a low port"
  local settings=/etc/smsdesk/relay.toml unit=/etc/systemd/system/smsdesk-relay.service.d low
  inside install -D -m 600 /dev/stdin /etc/credstore/smsdesk.twilio-token <<<"$TOKEN"
  inside rm /etc/smsdesk/twilio-token
  inside sed -i 's#file:/etc/smsdesk/twilio-token#file:/run/credentials/smsdesk-relay.service/smsdesk.twilio-token#' \
    "$settings"
  inside systemctl restart smsdesk-relay
  until_ok "it serves with a token for root alone" curl -fsS "$relay/health"
  says "Hello?"
  before=$(texts)
  low=http://127.0.0.1:$(free_port low)
  inside sed -i "s#^listen = .*#listen = \"${low#http://}\"#" "$settings"
  inside mkdir -p "$unit"
  inside sh -c "cat >$unit/port.conf" <<'UNIT'
[Service]
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
PrivateUsers=false
UNIT
  inside systemctl daemon-reload
  inside systemctl restart smsdesk-relay
  until_ok "it serves on a port below 1024" curl -fsS "$low/health"
  inside rm -r "$unit"
  inside sed -i "s#^listen = .*#listen = \"${relay#http://}\"#" "$settings"
  inside systemctl daemon-reload
  inside systemctl restart smsdesk-relay
  until_ok "it serves as before" curl -fsS "$relay/health"
}

# A manager of services that holds its port, tells it to read its settings again, and sees that it hangs.
managed() {
  say "Port, reload, watchdog"
  local units=/etc/systemd/system pid
  is "it said that it is ready" "$(state Type) $(state SubState)" "notify running"
  pid=$(state MainPID)
  inside systemctl reload smsdesk-relay
  is "it reads its settings again and goes on" "$(state ActiveState) $(state MainPID)" "active $pid"
  inside systemctl stop smsdesk-relay
  inside mkdir -p "$units/smsdesk-relay.socket.d" "$units/smsdesk-relay.service.d"
  inside sh -c "cat >$units/smsdesk-relay.socket.d/port.conf" <<UNIT
[Socket]
ListenStream=
ListenStream=${relay#http://}
UNIT
  inside sh -c "cat >$units/smsdesk-relay.service.d/watchdog.conf" <<<$'[Service]\nWatchdogSec=5'
  inside systemctl daemon-reload
  inside systemctl enable --quiet --now smsdesk-relay.socket
  refuses "it is at rest" inside systemctl is-active smsdesk-relay
  until_ok "who calls meanwhile waits until it runs" curl -fsS "$relay/health"
  says "Anybody there?"
  before=$(texts)
  inside sh -c "kill -STOP $(state MainPID)"
  until_ok "one that hangs is started again" inside sh -c '[ "$(systemctl show -P NRestarts smsdesk-relay)" -gt 0 ]'
  inside systemctl disable --quiet --now smsdesk-relay.socket
  inside systemctl stop smsdesk-relay
  inside rm -r "$units/smsdesk-relay.socket.d" "$units/smsdesk-relay.service.d"
  inside systemctl daemon-reload
  inside systemctl start smsdesk-relay
  until_ok "it serves as before" curl -fsS "$relay/health"
}

unharmed() {
  until_ok "it serves" curl -fsS "$relay/health"
  operator verify
  is "as many texts as before" "$(texts)" "$before"
  until_ok "what was said is there" holds "Is it done?"
  says "And now, $1?"
  answers "Now it is, $1."
  before=$(texts)
}

upgrade() {
  say "Upgrade"
  local pid
  pid=$(state MainPID)
  install_packages "$new"
  [ "$(state MainPID)" != "$pid" ] || fail "the new version runs"
  grep -q stopping <(inside journalctl -u smsdesk-relay -o cat "_PID=$pid") || fail "the old one drained"
  is "it is still enabled" "$(state UnitFileState) $(state ActiveState)" "enabled active"
  grep -q "$relay" <(inside cat /etc/smsdesk/relay.toml) || fail "the settings are as they were"
  unharmed upgraded
  restricted
}

leave() {
  say "Remove, come back, purge"
  inside apt-get remove -y -qq smsdesk-relay </dev/null >"$work/apt.log" 2>&1
  refuses "it has stopped" curl -fsS "$relay/health"
  install_packages "$new"
  inside systemctl start smsdesk-relay
  inside systemctl restart twilio
  unharmed back
  inside apt-get purge -y -qq smsdesk-relay </dev/null >"$work/apt.log" 2>&1
  grep -q 'the database stays' "$work/apt.log" || fail "it says what stays"
  refuses "settings and token are gone" inside test -e /etc/smsdesk
  is "nothing starts it any more" "$(inside find /etc/systemd/system -name 'smsdesk*')" ""
  inside test -s /var/lib/smsdesk/smsdesk.db || fail "the database stays"
  is "and its owner" "$(mode /var/lib/smsdesk)" "smsdesk:smsdesk 700"
}

tools
tree
boot
fresh
configure
work_on_it
restricted
as_documented
upgrade
managed
leave
say "Everything as it should be"
