#!/usr/bin/env bash
# Installs our packages as an operator does, in a Debian system that has never seen them, with its own
# systemd: install, configure, start under the unit's restrictions, text, upgrade, remove, purge. After
# each step the texts, the people and their tokens have to be as they were.
#
#   packaging/test-install.sh OLD NEW    folders with a smsdesk-relay_*.deb and a smsdesk_*.deb each
#
# What it wants of the machine says packaging/debian-tree.sh.
set -euo pipefail
# shellcheck source=packaging/debian-tree.sh
. "$(dirname "$0")/debian-tree.sh"

if [ "$#" -ne 2 ]; then
  echo "usage: packaging/test-install.sh OLD NEW" >&2
  exit 2
fi
old=$(realpath "$1") new=$(realpath "$2")

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
  relay=http://127.0.0.1:$(free_port)
  start_twilio "$relay/webhooks/twilio/message#rc=5&rp=all"
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

work_on_it() {
  say "Work"
  inside useradd --create-home ana
  local invite
  invite=$(operator agent invite Ana | tail -n 1)
  app join "$invite"
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

goes_on() { [ "$(state ActiveState) $(state MainPID)" = "active $1" ]; }

# A manager of services that holds its port, tells it to read its settings again, and sees that it hangs.
managed() {
  say "Port, reload, watchdog"
  local units=/etc/systemd/system pid
  is "it said that it is ready" "$(state Type) $(state SubState)" "notify running"
  pid=$(state MainPID)
  inside systemctl reload smsdesk-relay
  # It says so itself when it has read them.
  until_ok "it reads its settings again and goes on" goes_on "$pid"
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
