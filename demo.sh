#!/usr/bin/env bash
# Email Tasks in a minute: builds it, starts a server of its own in a fresh folder, and sends 25 mails into files.
# Nothing leaves this machine. Usage: ./demo.sh [--keep]   (--keep leaves the server running and says how to stop it)
set -euo pipefail

keep=no
case ${1-} in
  '') ;;
  --keep) keep=yes ;;
  *) sed -n '2,3s/^# //p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;;
esac

root=$(cd "$(dirname "$0")" && pwd)
server=

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

chapter() { printf '\n%s── %s%s\n' "$bold" "$1" "$plain"; }

stop() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

leave() {
  local exit=$?
  trap - EXIT
  if [ "$exit" != 0 ]; then
    [ -z "${work-}" ] || [ ! -s "$work/serve.log" ] || { echo "--- the server's log"; tail -n 20 "$work/serve.log"; } >&2
    echo "demo.sh: FAILED (exit $exit) after ${SECONDS} s" >&2
  fi
  [ "$exit" = 0 ] && [ "$keep" = yes ] || stop
  exit "$exit"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Shows a line as it is typed, runs exactly that line, shows its answer. run <exit code> <lines shown> <line>
run() {
  local expected=$1 lines=$2 line=$3 exit=0 count answer
  printf '\n%s$ %s%s\n' "$bold" "$line" "$plain"
  answer=$(eval "$line") || exit=$?
  count=$(printf '%s\n' "$answer" | wc -l)
  if [ "$count" -gt "$((lines + 2))" ]; then
    printf '%s\n' "$answer" | sed -n "1,${lines}p" | cut -c1-150
    printf '   … %d more lines\n' "$((count - lines))"
    printf '%s\n' "$answer" | sed -n '/^$/h;/^$/!H;${x;s/^\n*//;p;}' | cut -c1-150
  else
    printf '%s\n' "$answer" | cut -c1-150
  fi
  if [ "$exit" != "$expected" ]; then
    echo "demo.sh: that line should have exited with $expected, not $exit" >&2
    exit 1
  fi
}

field() { noxinfluencer "${@:2}" --field "$1"; }

check() {
  if [ "$2" = "$3" ]; then printf '✓ %s: %s\n' "$1" "$2"; return; fi
  echo "demo.sh: $1 is $2, not $3" >&2
  exit 1
}

# ── build, and a server of our own ──────────────────────────────────────────────────────────────────────────────

echo "Building (the first time takes a few minutes) …"
bash "$root/build.sh" >/dev/null
printf 'Built in %s s.\n' "$SECONDS"
mkdir -p "$root/demo-data"
work=$(mktemp -d "$root/demo-data/$(date +%Y%m%d-%H%M%S)-XXXX")
cd "$work"
PATH=$root/out:$PATH
unset NOXINFLUENCER_API_KEY NOXINFLUENCER_SERVER_URL NOXINFLUENCER_MASTER_KEY
export NOXINFLUENCER_CONFIG=$work/config.json NOXINFLUENCER_OUTPUT=plain NO_PROXY=127.0.0.1

chapter 'A server in a fresh folder, on a free port of this machine'
# Port 0: the system picks a free one. `serve` becomes the server, so $! is the server itself.
printf '\n%s$ %s%s\n' "$bold" 'noxinfluencer serve --data data --urls http://127.0.0.1:0 --public-url http://mail.brand.example --login &' "$plain"
nohup noxinfluencer serve --data data --urls http://127.0.0.1:0 --public-url http://mail.brand.example --login >serve.json 2>serve.log </dev/null &
server=$!
for _ in $(seq 300); do
  [ ! -s serve.json ] || break
  kill -0 "$server" 2>/dev/null || { cat serve.log >&2; exit 1; }
  sleep 0.1
done
[ -s serve.json ] || { echo "demo.sh: the server did not start within 30 s" >&2; exit 1; }
cat serve.json

# ── the files the commands name ─────────────────────────────────────────────────────────────────────────────────

cat >email-task.json <<'JSON'
{"name": "Spring shoes", "note": "First wave: running and outdoor creators"}
JSON

# One object a line; who has no video gets none, and the content's default stands in.
{
  printf '{"recipients": [\n'
  sep=
  while IFS='|' read -r address name video platform; do
    variables="\"platform_name\": \"$platform\""
    [ -z "$video" ] || variables="\"video\": \"$video\", $variables"
    printf '%s  {"email_address": "%s", "name": "%s", "variables": {%s}}' "$sep" "$address" "$name" "$variables"
    sep=$',\n'
  done
  printf '\n]}\n'
} <"$root/demo/creators.txt" >recipients.json

cat >content.json <<'JSON'
{
  "subject": "{{ name }}, new trail shoes for your next video?",
  "preheader": "About \"{{ video | default: \"your videos\" }}\"",
  "html_body": "<p>Hi {{ name }},</p><p>we liked <b>{{ video | default: \"your latest videos\" }}</b> on {{ platform_name | capitalize }} and would love to send you a pair:</p>{{ product_cards }}<p>{{ sender_name }}<br>Brand GmbH, Example Street 1, 10115 Berlin</p><p><a href=\"{{ unsubscribe_url }}\">No more mail from us</a></p>"
}
JSON

printf '%s\n' '{"title": "Trail shoe Ridge", "link": "https://shop.example/ridge", "price": "129.00", "currency": "EUR", "tags": ["shoes"]}' >product-ridge.json
printf '%s\n' '{"title": "Road shoe Tempo", "link": "https://shop.example/tempo", "price": "99.00", "currency": "EUR", "tags": ["shoes"]}' >product-tempo.json

# ── the job ─────────────────────────────────────────────────────────────────────────────────────────────────────

chapter 'Look at the shapes first'
run 0 6 'noxinfluencer schema "email create"'
run 0 6 'noxinfluencer schema "email recipients add"'
run 0 6 'noxinfluencer schema "email content save"'
run 0 6 'noxinfluencer schema "email products replace"'

chapter 'Without --force nothing changes'
run 0 12 'noxinfluencer email create --body-file email-task.json'
check 'tasks so far' "$(field data.total_size email list)" 0

chapter 'Create and fill'
run 0 8 'noxinfluencer email create --body-file email-task.json --force'
task=$(field data.items[0].task_id email list)
run 0 10 "noxinfluencer email recipients add $task --body-file recipients.json --force"
run 0 8 "noxinfluencer email content save $task --body-file content.json --force"
run 0 12 'noxinfluencer email sender list'
printf '{"sender_id": "%s", "from_name": "Mia from Brand", "reply_to": "mia@brand.example"}\n' "$(field data.items[0].sender_id email sender list)" >sender.json
run 0 8 "noxinfluencer email sender update $task --body-file sender.json --force"

chapter 'Product cards, from the Product Center'
run 0 10 'noxinfluencer product create --body-file product-ridge.json --force'
run 0 10 'noxinfluencer product create --body-file product-tempo.json --force'
printf '{"product_collect_ids": ["%s", "%s"]}\n' "$(field data.items[1].product_collect_id product list)" "$(field data.items[0].product_collect_id product list)" >email-products.json
run 0 6 "noxinfluencer email products replace $task --body-file email-products.json --force"
run 0 10 "noxinfluencer email products list $task"

chapter 'Read back'
run 0 10 'noxinfluencer email list --keyword shoes --page_size 10'
run 0 10 'noxinfluencer email drafts --page_size 10'
run 0 40 "noxinfluencer email get $task"
run 0 12 "noxinfluencer email recipients list $task"
run 0 14 "noxinfluencer email preview $task --recipient sam.oneill@coastpath.example"

chapter 'The plan: what would leave, from whom, to whom'
run 0 60 "noxinfluencer email send $task"
check 'mails sent so far' "$(field data.sent_count email report "$task")" 0

chapter 'Or at a planned time, taken back; then at once'
printf '{"plan_send_at": "%s"}\n' "$(date -u -d '+1 day' +%Y-%m-%dT09:00:00+08:00 2>/dev/null || date -u -v+1d +%Y-%m-%dT09:00:00+08:00)" >schedule.json
run 0 4 "noxinfluencer email schedule $task --body-file schedule.json --force"
run 0 4 "noxinfluencer email cancel $task --force"
run 0 4 "noxinfluencer email send $task --force"
run 0 4 "noxinfluencer email get $task --wait settled"

chapter 'Nobody gets the same mail twice: a copy of the task is refused'
run 0 4 "noxinfluencer email copy $task --name 'Spring shoes, again' --recipients all --force"
second=$(field data.items[0].task_id email drafts)
run 6 12 "noxinfluencer email send $second --force"

chapter 'Other content through a mailbox limited to 5 a minute, stopped on the way'
sed 's/new trail shoes for your next video/did you see our mail/' content.json >content-2.json
printf '%s\n' '{"kind": "pickup", "address": "slow@brand.example", "display_name": "Mia", "path": "slow", "limits": {"per_minute": 5}}' >mailbox.json
run 0 4 "noxinfluencer email content save $second --body-file content-2.json --force"
run 0 4 'noxinfluencer mailbox connect --body-file mailbox.json --force'
printf '{"sender_id": "%s"}\n' "$(field data.items[0].sender_id mailbox list)" >sender-2.json
run 0 4 "noxinfluencer email sender update $second --body-file sender-2.json --force"
run 0 4 "noxinfluencer email products delete $second $(field data.items[1].email_product_id email products list "$second") --force"
run 0 4 "noxinfluencer email send $second --force"
for _ in $(seq 100); do [ "$(field data.counts.sent_count email get "$second")" != 5 ] || break; sleep 0.1; done
run 0 4 "noxinfluencer email cancel $second"
run 0 4 "noxinfluencer email cancel $second --force"
field data.settled email get "$second" --wait settled >/dev/null
run 0 20 "noxinfluencer email report $second"

outbox=$(echo "$work"/data/files/*/outbox)
port=$(sed -n 's|.*"url":"http://127.0.0.1:\([0-9]*\).*|\1|p' serve.json)
# What stands in the mails, with the line breaks of their encoding undone; the links point at the public URL, and are asked for here.
words() { tr -d '\r' <"$1" | awk '{ if (sub(/=$/, "")) printf "%s", $0; else print }'; }
link() { for mail in "$outbox"/*.eml; do words "$mail" | grep -o "$1" && return; done; }
visit() { # visit METHOD PATH, as a mail program would
  printf '\n%s%s http://mail.brand.example%s…%s\n' "$bold" "$1" "${2:0:14}" "$plain"
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s %s HTTP/1.1\r\nHost: mail.brand.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Firefox/132.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" "$2" >&3
  tr -d '\r' <&3 | sed -n -e '1s/^/  | /p' -e 's/^[Ll]ocation: /  | Location: /p'
  exec 3>&-
}

chapter 'Somebody opens a mail, follows a link, and opts out'
visit GET "$(link '/t/o/[a-z2-7]*\.gif' | head -n 1)"
visit GET "$(link '/t/c/[a-z2-7]*' | head -n 1)"
optout=$(grep -h -o '/u/[a-z2-7]*' "$outbox"/*.eml | head -n 1)
visit GET "$optout"
check 'opted out by looking at the page' "$(field data.total_size suppression list)" 0
visit POST "$optout"
run 0 6 'noxinfluencer suppression list'
for _ in $(seq 50); do [ "$(field data.click_count email report "$task")" != 1 ] || break; sleep 0.1; done

chapter 'What happened'
run 0 30 "noxinfluencer email report $task"
run 0 4 "noxinfluencer email report $task --output report.html"
first=$(find "$outbox" -name '*.eml' | sort | head -n 1)
chapter "The mails: $outbox"
find "$outbox" -name '*.eml' | sort | sed -n '1,3s/.*\//  /p'
echo "  … and the other files of $(find "$outbox" -name '*.eml' | wc -l). One of them begins:"
echo
sed -n '1,/^\r*$/p' "$first" | tr -d '\r' | cut -c1-110 | sed 's/^/  | /'
echo

check 'mails in the folder' "$(find "$outbox" -name '*.eml' | wc -l | tr -d ' ')" 25
check 'people in it' "$(grep -h -i '^To:' "$outbox"/*.eml | sort -u | wc -l | tr -d ' ')" 25
check 'mails of the second task' "$(find "$work"/data/files/*/slow -name '*.eml' | wc -l | tr -d ' ')" 5
check 'sent by the report' "$(field data.sent_count email report "$task")" 25
check 'opened, clicked, opted out' "$(field data.open_count email report "$task"), $(field data.click_count email report "$task"), $(field data.unsubscribe_count email report "$task")" '1, 1, 1'
check 'sent by the second report' "$(field data.sent_count email report "$second")" 5
check 'never sent' "$(field data.cancelled_count email report "$second")" 20

if [ "$keep" = yes ]; then
  cat <<END

The server keeps running. In another shell:
  export PATH="$root/out:\$PATH" NOXINFLUENCER_CONFIG="$work/config.json"
  noxinfluencer email list
Stop it:
  kill $server
END
else
  stop
  printf '\nThe server is stopped; the files stay in %s (remove it when you like).\n' "$work"
fi
printf 'Done in %s s.\n' "$SECONDS"
