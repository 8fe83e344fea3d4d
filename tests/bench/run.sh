#!/usr/bin/env bash
# How fast it is, beside a peer in the same run. Figures, never a verdict: this machine is not
# yours. Everything runs on loopback, on ports that are free, and is stopped at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PATH:/usr/sbin"

bin=${CARGO_TARGET_DIR:-target}/release
messages=${MESSAGES:-300000}
work=$(mktemp -d)
pids=()

stop_all() {
    if [ -n "$cluster" ]; then as_postgres "$cluster_bin/pg_ctl" -D "$cluster/data" -m fast stop; fi
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    wait 2> /dev/null || true
    rm -rf "$work" "$cluster"
}
cluster=
trap 'stop_all > /dev/null' EXIT

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
}

seconds() { date +%s.%N; }
rate() { awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN { printf "%.0f", n / (to - from) }'; }
field() { sed -E "s/.*\"$1\":([0-9.]+).*/\1/"; }

start_mosquitto() {
    port=$(free_port)
    cat > "$work/mosquitto.conf" << END
listener $port 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages 1000
END
    mosquitto -c "$work/mosquitto.conf" > "$work/mosquitto.log" 2>&1 &
    pids+=($!)
    until mosquitto_pub -p "$port" -t ready -n 2> /dev/null; do :; done
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# A cluster that keeps what it commits, as ours has to; sets $postgres to the URL of a database.
start_postgres() {
    cluster_bin=$(dirname "$(ls -v /usr/lib/postgresql/*/bin/initdb 2> /dev/null | tail -1)")
    [ "$cluster_bin" != . ] || cluster_bin=$(dirname "$(command -v initdb)")
    local at
    at=$(free_port)
    cluster=$(cd / && as_postgres mktemp -d)
    (
        cd "$cluster"
        as_postgres "$cluster_bin/initdb" -D data -U jikimi -E UTF8 --locale=C -A trust --no-sync
        as_postgres "$cluster_bin/pg_ctl" -D data -w -l log -o \
            "-p $at -k $cluster -c listen_addresses=127.0.0.1 -c fsync=on" start
    ) > "$work/postgres.log" 2>&1 < /dev/null
    postgres="postgres://jikimi@127.0.0.1:$at/postgres"
}

# A service of our own; $1 is its database, $2 the table with its source of messages.
start_jikimi() {
    rm -rf "$work/service"
    "$bin/jikimi-sim" load --write-config "$work/service/config" > /dev/null
    cat > "$work/service/config/jikimi.toml" << END
[service]
listen = "127.0.0.1:0"
database = "$1"
$2
END
    JIKIMI_LOG=warn "$bin/jikimi" serve --config "$work/service/config" \
        > "$work/service/said" 2> "$work/service/log" &
    service=$!
    pids+=("$service")
    until grep -qs '^jikimi hears' "$work/service/said"; do sleep 0.05; done
    address=$(sed -nE 's#^jikimi listens on (http://[^ ]+).*#\1#p' "$work/service/said")
    until curl -s "$address/readyz" | grep -q '"hears":true'; do sleep 0.05; done
}

stored() {
    curl -s "$address/metrics" \
        | awk '/^jikimi_inputs_total\{.*"reading"/ { print int($2); found = 1 } END { if (!found) print 0 }'
}

rss_mb() { awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

echo "── replay: decode and step, one core"
"$bin/jikimi-sim" generate --seed 7 --sites 2 --incidents 16 --out "$work/golden" > /dev/null
"$bin/jikimi" replay "$work/golden/recording.jsonl" --config "$work/golden/config" --json \
    2> /dev/null | cmp - tests/golden/storm-7.jsonl
echo "golden replay: byte-identical in release"
"$bin/jikimi-sim" generate --seed 11 --sites 20 --incidents 2000 --out "$work/storm" > /dev/null
"$bin/jikimi" replay "$work/storm/recording.jsonl" --config "$work/storm/config" 2>&1 > /dev/null

echo "── signs: how soon, and how soon everyone is out"
cargo bench --quiet --bench evacuation

echo "── through Mosquitto, $messages messages at QoS 1 as fast as it takes them"
start_mosquitto
: > "$work/received"
mosquitto_sub -p "$port" -q 1 -i bench-sub -c -t 'jikimi/v1/+/+/reading' -C "$messages" > /dev/null &
subscriber=$!
until mosquitto_pub -p "$port" -i bench-probe -t probe -n 2> /dev/null; do :; done
from=$(seconds)
"$bin/jikimi-sim" load --broker "mqtt://127.0.0.1:$port" --rate max --connections 100 \
    --in-flight 20 --messages "$messages" --json > "$work/load.json" &
loader=$!
wait "$subscriber"
to=$(seconds)
wait "$loader"
peer=$(rate "$messages" "$from" "$to")
echo "mosquitto_sub to /dev/null: $peer messages/s"
mosquitto_sub -p "$port" -i bench-sub -t none -W 1 > /dev/null 2>&1 || true

# $1 is what it is called, $2 its database. Looking costs what is looked at, so it is done seldom.
through_mosquitto() {
    start_jikimi "$2" "[mqtt]
url = \"mqtt://127.0.0.1:$port\""
    from=$(seconds)
    "$bin/jikimi-sim" load --broker "mqtt://127.0.0.1:$port" --rate max --connections 100 \
        --in-flight 20 --messages "$messages" --json > "$work/load.json" &
    loader=$!
    while [ "$(stored)" -lt "$messages" ]; do sleep 0.05; done
    to=$(seconds)
    wait "$loader"
    ours=$(rate "$messages" "$from" "$to")
    ratio=$(awk -v a="$ours" -v b="$peer" 'BEGIN { printf "%.2f", a / b }')
    echo "jikimi, stored in $1 with all rules run: $ours messages/s, $ratio of the peer;" \
        "at most $(rss_mb "$service") MB"
    kill "$service"; wait "$service" || true
    # What it left at the broker is the next one's otherwise.
    for session in bulk alarm; do
        mosquitto_sub -p "$port" -V 5 -i "jikimi-$session" -t none -W 1 > /dev/null 2>&1 || true
    done
}

through_mosquitto SQLite "sqlite:$work/service/jikimi.db"
start_postgres
through_mosquitto PostgreSQL "$postgres"

echo "── its own broker, PUBACK after the commit"
# Each message waits for the one before it on its connection, so 1,000 connections at full speed
# measure the rate, and their latency is 1,000 over it. Latency is measured at a rate of its own.
port=$(free_port)
start_jikimi "sqlite:$work/service/jikimi.db" "[broker]
listen = \"127.0.0.1:$port\""
"$bin/jikimi-sim" load --broker "mqtt://127.0.0.1:$port" --rate max --connections 1000 \
    --in-flight 1 --messages "$messages" --json
"$bin/jikimi-sim" load --broker "mqtt://127.0.0.1:$port" --rate 40000 --connections 1000 \
    --in-flight 1 --messages "$messages" --json
echo "at most $(rss_mb "$service") MB"
kill "$service"; wait "$service" || true

echo "── the console"
if [ -f web/dist/index.html ]; then
    # What the page itself asks for; the rest comes when it is wanted.
    initial() { grep -o "assets/[^\"]*\.$1" web/dist/index.html | sed 's|^|web/dist/|' | xargs cat; }
    echo "initial script $(initial js | gzip -9 | wc -c) bytes gzip," \
        "style $(initial css | gzip -9 | wc -c); fonts $(cat web/dist/assets/*.woff2 | wc -c)"
    cargo test --quiet --test page flood:: -- --show-output | grep '^message to paint'
else
    echo "skipped: web/dist is not built"
fi
