#!/usr/bin/env bash
# Sets the relay up as an operator does, by `smsdesk-relay setup` as root in a Debian system that has never
# seen it, with the simulator as Twilio: install, setup, service, doctor, invite, a text on the app's
# screen; then once more, on another port, undone, and without a package. Says how long each step up to
# that text took, beside what reading and typing take.
#
#   packaging/test-setup.sh PACKAGES     a folder with a smsdesk-relay_*.deb and a smsdesk_*.deb
#
# What it wants of the machine says packaging/debian-tree.sh.
set -euo pipefail
# shellcheck source=packaging/debian-tree.sh
. "$(dirname "$0")/debian-tree.sh"

if [ "$#" -ne 1 ]; then
  echo "usage: packaging/test-setup.sh PACKAGES" >&2
  exit 2
fi
packages=$(realpath "$1")
readme=$(dirname "$(realpath "$0")")/../README.md

# Where the number's texts went before us.
BEFORE=https://before.example/sms
WORDS_PER_MINUTE=200
KEYS_PER_MINUTE=200
COPY_MS=5000
# From nothing to the first text, reading included.
GOAL_MS=300000
ANSWERS=/root/answers.toml
CONFIG=/etc/smsdesk/relay.toml
DROP_IN=/etc/systemd/system/smsdesk-relay.service.d/setup.conf

steps=()
total_ms=0
note() {
  steps+=("$(printf '%-44s %6d.%d s' "$1" $(($2 / 1000)) $(($2 % 1000 / 100)))")
  total_ms=$((total_ms + $2))
}
now_ms() { date +%s%3N; }
timed() {
  local name=$1 from
  from=$(now_ms)
  shift
  "$@"
  note "$name" $(($(now_ms) - from))
}

refresh() { inside apt-get update -qq >"$work/apt.log" 2>&1 || skip "no package lists from $MIRROR"; }

# The answers; further ones come as arguments.
answer() {
  inside sh -c "cat >$ANSWERS" <<TOML
public_url = "$relay"
listen = "${relay#http://}"
account_sid = "$ACCOUNT"
auth_token = "$TOKEN"
api_base_url = "$simulator"
webhooks = true
service = true
admin = "Ana"
$(printf '%s\n' "$@")
TOML
}

setup() {
  inside smsdesk-relay setup "$@" >"$work/setup.log" 2>&1 || {
    cat "$work/setup.log" >&2
    fail "setup $*"
  }
}
said() { grep -qF "$1" "$work/setup.log" || fail "setup says \"$1\": $(cat "$work/setup.log")"; }
hook() {
  curl -fsS "$simulator/_sim/numbers" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["numbers"][0]["sms_url"])'
}
ours() { printf '%s/webhooks/twilio/message#rc=5&rp=all&ct=2500&rt=5000' "$relay"; }

join() {
  inside useradd --create-home "$agent"
  app join "$(tail -n 1 "$work/setup.log")" >/dev/null
}

# The app at a terminal of the agent's.
terminal() { tmux -f /dev/null -S "$work/tmux" "$@"; }
open_app() {
  terminal new-session -d -x 100 -y 30 "nsenter --target $leader --all -- \
    env -i PATH=/usr/sbin:/usr/bin TERM=screen-256color LANG=C.UTF-8 HOME=/home/$agent runuser -u $agent -- smsdesk"
  until_ok "the app is live" shows live
}
shows() { terminal capture-pane -p | grep -F "$1"; }
first_text() {
  curl -fsS -o /dev/null -H 'content-type: application/json' \
    -d "{\"from\":\"$MARIA\",\"to\":\"$LINE\",\"body\":\"Is it done?\"}" "$simulator/_sim/inbound"
  until_ok "it is on the screen" shows "Is it done?"
}

# All is well but for what no plain address has; how fast and large the disk is is not ours to say.
green() {
  operator doctor --json >"$work/doctor.json" || true
  python3 - "$work/doctor.json" <<'PYTHON' || fail "the doctor has nothing to say"
import json, sys
checks = json.load(open(sys.argv[1]))["checks"]
bad = [
    check for check in checks
    if check["state"] != "ok"
    and not check["name"].startswith("disk_")
    and (check["name"], check["state"]) != ("certificate", "skipped")
]
for check in bad:
    print(json.dumps(check), file=sys.stderr)
print(f"    ok: the doctor finds {len(checks)} things right")
sys.exit(1 if bad else 0)
PYTHON
}

# What a person takes. Of the answers the addresses of this try-out are left out; what Twilio's console and
# setup show is copied.
figure() {
  local words keys
  words=$(sed -n '/^## Set-up/,/^## What works/p' "$readme" | wc -w)
  keys=$(
    printf 'sudo apt install ./smsdesk-relay_0.1.0-1_amd64.deb ./smsdesk_0.1.0-1_amd64.deb\n'
    printf 'sudo smsdesk-relay setup\nsmsdesk join\nsmsdesk\n'
    inside cat "$ANSWERS" | grep -v api_base_url | sed "s/$ACCOUNT//; s/$TOKEN//"
  )
  note "reading the README's set-up, $words words" $((words * 60000 / WORDS_PER_MINUTE))
  note "typing ${#keys} keys" $((${#keys} * 60000 / KEYS_PER_MINUTE))
  note "copying account, token and invite" $((3 * COPY_MS))
}

go_live() {
  say "From nothing to the first text"
  relay=http://127.0.0.1:$(free_port)
  timed "apt-get update" refresh
  timed "apt-get install of both packages" install_packages "$packages"
  start_twilio "$BEFORE"
  until_ok "Twilio is there" hook
  answer
  timed "setup" setup --answers "$ANSWERS"
  timed "join" join
  timed "the app starts" open_app
  timed "a text, from Twilio to the screen" first_text
  figure
}

it_is_right() {
  say "What setup made"
  is "it runs, and will after a restart" "$(state UnitFileState) $(state ActiveState)" "enabled active"
  is "settings" "$(mode "$CONFIG")" "root:smsdesk 640"
  is "their folder" "$(mode /etc/smsdesk)" "root:smsdesk 750"
  is "the token" "$(mode /etc/smsdesk/twilio-token)" "smsdesk:smsdesk 600"
  is "what was replaced" "$(mode "$CONFIG.replaced.json")" "root:root 600"
  is "the database's folder" "$(mode /var/lib/smsdesk)" "smsdesk:smsdesk 700"
  is "the database" "$(mode /var/lib/smsdesk/smsdesk.db)" "smsdesk:smsdesk 600"
  is "nothing there is another's" "$(inside find /var/lib/smsdesk ! -user smsdesk)" ""
  refuses "no token stands in the settings or the log" \
    inside sh -c "{ cat $CONFIG; journalctl -u smsdesk-relay; } | grep -E '(^|[^C])$TOKEN'"
  is "Twilio sends here" "$(hook)" "$(ours)"
  green
}

fingerprint() {
  inside sh -c "stat -c '%n %i %Y %U %a' /etc/smsdesk/* $DROP_IN 2>/dev/null; sha256sum /etc/smsdesk/*"
  curl -fsS "$simulator/_sim/numbers"
  state MainPID
}

again() {
  say "Once more"
  local before
  before=$(fingerprint)
  setup --answers "$ANSWERS"
  said "Everything is as it should be."
  said "Ana has joined already."
  is "nothing has changed" "$(fingerprint)" "$before"
}

elsewhere() {
  say "On a port below 1024, and back"
  local first=$relay
  relay=http://127.0.0.1:$(free_port low)
  answer
  setup --answers "$ANSWERS"
  until_ok "it serves there" curl -fsS "$relay/health"
  is "Twilio sends there" "$(hook)" "$(ours)"
  inside test -e "$DROP_IN" || fail "the service has the right to that port"
  green
  relay=$first
  answer
  setup --answers "$ANSWERS"
  until_ok "it serves as before" curl -fsS "$relay/health"
  refuses "the right to the port is gone" inside test -e "$DROP_IN"
}

undone() {
  say "Undone"
  setup --undo --yes
  is "Twilio sends where it sent before" "$(hook)" "$BEFORE"
  setup --undo --yes
  said "Nothing was replaced"
}

without_package() {
  say "Without a package"
  inside install -m 755 /usr/bin/smsdesk-relay /usr/local/bin/
  inside apt-get purge -y -qq smsdesk-relay </dev/null >"$work/apt.log" 2>&1
  inside rm -r /var/lib/smsdesk
  inside userdel smsdesk
  relay=http://127.0.0.1:$(free_port low)
  answer 'database = "/srv/desk/smsdesk.db"'
  setup --answers "$ANSWERS"
  is "it runs, and will after a restart" "$(state UnitFileState) $(state ActiveState)" "enabled active"
  is "from a unit of the machine's" "$(state FragmentPath)" /etc/systemd/system/smsdesk-relay.service
  is "settings" "$(mode "$CONFIG")" "root:smsdesk 640"
  is "their folder" "$(mode /etc/smsdesk)" "root:smsdesk 750"
  is "the token" "$(mode /etc/smsdesk/twilio-token)" "smsdesk:smsdesk 600"
  is "the database's folder" "$(mode /srv/desk)" "smsdesk:smsdesk 700"
  is "the database" "$(mode /srv/desk/smsdesk.db)" "smsdesk:smsdesk 600"
  green
  agent=bo
  join
  says "Hello?"
}

tools tmux
tree
boot
go_live
it_is_right
again
elsewhere
undone
without_package
say "From nothing to the first text"
printf '    %s\n' "${steps[@]}"
[ "$total_ms" -le "$GOAL_MS" ] || fail "all of it within $((GOAL_MS / 1000)) s: $((total_ms / 1000)) s"
say "Everything as it should be: $((total_ms / 1000)) s of $((GOAL_MS / 1000))"
