#!/usr/bin/env bash
# Runs sluice over real logs and compares with independent tools: grep, awk, zcat, jq, cat, and, where
# they are installed, Python and Miller.
#
#   check_real_logs.sh SLUICE FOLDER
#
# FOLDER holds web/ and loghub/ with logs that are not part of this repository. Exits with 77
# (skipped) where it is missing.
set -euo pipefail
export LC_ALL=C

sluice=$(realpath "$1")
oracle=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/parser_oracle.py
logs=$2
if [[ ! -d $logs/web || ! -d $logs/loghub ]]; then
  echo "skipped: no real logs in '$logs' (configure with -DSLUICE_REAL_LOGS=FOLDER, which has web/ and loghub/)"
  exit 77
fi
logs=$(realpath "$logs")
for tool in jq zstd gzip awk; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
checks=0
failures=0

# run THREADS BUFFER SOURCE FILTER_OPTIONS SINK_PATH
run() {
  {
    printf 'version: 1\nengine: { threads: %s, buffer: %s }\n' "$1" "$2"
    printf 'pipelines:\n  real:\n    stages:\n'
    printf '      - source: file\n        paths: "%s"\n' "$3"
    [[ -z $4 ]] || printf '      - { transform: filter, %s }\n' "$4"
    printf '      - sink: file\n        path: "%s"\n' "$5"
  } >config.yaml
  "$sluice" run --quiet -f config.yaml
}

# same WHAT EXPECTED_FILE ACTUAL_FILE
same() {
  checks=$((checks + 1))
  if ! cmp -s "$2" "$3"; then
    failures=$((failures + 1))
    echo "DIFFERS: $1"
    diff "$2" "$3" | head -5 | cut -c 1-200 || true
  fi
}

# last_line_as_in INPUT FOUND: FOUND without its last line end, if its last line is that of INPUT and
# INPUT does not end it: grep and awk end every line.
last_line_as_in() {
  if [[ -s $1 && $(tail -c 1 "$1" | od -An -tx1) != " 0a" && $(tail -n 1 "$1") == "$(tail -n 1 "$2")" ]]; then
    head -c -1 "$2"
  else
    cat "$2"
  fi
}

for log in "$logs"/web/*.log "$logs"/web/*.jsonl "$logs"/loghub/*.log; do
  name=$(basename "$log")
  run 2 512KiB "$log" "" out.log
  same "$name copied" "$log" out.log

  gzip -6 -c "$log" >in.gz
  { head -c 70000 "$log" | gzip -1; tail -c +70001 "$log" | gzip -9; } >members.gz
  zstd -q -3 -f "$log" -o in.zst
  for input in in.gz members.gz in.zst; do
    run 2 64KiB "$input" "" out.log
    same "$name from $input" "$log" out.log
  done
  for output in out.gz out.zst; do
    run 2 512KiB "$log" "" "$output"
    case $output in *.gz) gzip -dc "$output" ;; *) zstd -q -dc "$output" ;; esac >decoded
    same "$name to $output" "$log" decoded
  done

  for words in error INFO " 404 " user; do
    grep -F -- "$words" "$log" >found || true
    last_line_as_in "$log" found >expected
    for setting in "1 64B" "2 4KiB" "8 512KiB"; do
      # shellcheck disable=SC2086
      run $setting "$log" "contains: \"$words\"" out.log
      same "$name contains '$words', threads and buffer $setting" expected out.log
    done
    awk -v words="$words" 'index($0, words) == 0' "$log" >found
    last_line_as_in "$log" found >expected
    run 2 512KiB members.gz "contains: \"$words\", not: true" out.log
    same "$name without '$words'" expected out.log
  done

  for regex in ' (4|5)[0-9][0-9] ' '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+' '^[A-Z]' 'fail(ed|ure)?'; do
    grep -E -- "$regex" "$log" >found || true
    last_line_as_in "$log" found >expected
    run 2 512KiB "$log" "regex: '$regex'" out.log
    same "$name regex '$regex'" expected out.log
  done
done

# JSON lines: keep those whose bytes hold the key; jq agrees on how many have it.
json=$logs/web/nginxplus.jsonl
run 2 512KiB "$json" "contains: '\"4xx\":'" out.log
jq -c 'select([.. | objects | has("4xx")] | any)' "$json" | wc -l >expected
wc -l <out.log >counted
same "nginxplus.jsonl by key, against jq" expected counted

# Questions over fields, plain and compressed, against awk and jq. One line of the access log has an
# unclosed quote: awk splits it all the same, so it is left out there.
ask() { "$sluice" run --quiet --threads "$1" --set engine.buffer="$2" "${@:3}" 2>/dev/null; }
access=$logs/web/apache_combined.log
awk -F'"' 'NF == 7 || /\\"/' "$access" >sound.log
gzip -c sound.log >sound.log.gz
head -c 900000 sound.log | zstd -q -c >frames.zst
tail -c +900001 sound.log | zstd -q -c >>frames.zst
awk '$9 >= 400 { print }' sound.log >wanted
awk '{ hits[$9]++; bytes[$9] += $10 } END { for (s in hits) print s "," hits[s] "," bytes[s] }' sound.log |
  sort >sums
for setting in "1 4KiB" "2 512KiB" "8 64KiB"; do
  for input in sound.log sound.log.gz frames.zst; do
    # shellcheck disable=SC2086
    ask $setting --file "$input" --parse combined --filter 'status >= 400' --file out.log
    same "$input where status >= 400, $setting" wanted out.log
    # shellcheck disable=SC2086
    ask $setting --file "$input" --parse combined \
      --aggregate '{group_by: status, compute: [count(), sum(bytes)]}' --file out.csv
    tail -n +2 out.csv | awk -F, '{ print $1 "," $2 "," $3 + 0 }' | sort >counted
    same "$input by status, $setting" sums counted
  done
done
for client in 66.249.73.135 46.105.14.53; do
  awk -v client="$client" '$1 == client { print $7 }' sound.log | sort | uniq -c |
    awk '{ print $2, $1 }' | sort >paths
  ask 2 64KiB --file sound.log --parse combined --filter "client == \"$client\"" \
    --aggregate path --file out.jsonl
  jq -r '"\(.path) \(.count)"' out.jsonl | sort >counted
  same "paths of $client" paths counted
done
nested=$logs/web/nginxplus.jsonl
key='.connections.active'
jq -c "select($key >= 5)" "$nested" >wanted
ask 2 64KiB --file "$nested" --parse json --filter 'connections.active >= 5' --file out.log
jq -c . out.log >found
same "nginxplus.jsonl where a nested number is large, against jq" wanted found
jq -r '[.connections.active, .nginx_version // .version] | @csv' "$nested" | tr -d '"' | sort |
  uniq -c | awk '{ print $2 "," $1 }' | sort >sums
ask 2 4KiB --file "$nested" --parse json --aggregate '[connections.active, nginx_version]' --file out.csv
tail -n +2 out.csv | sort >counted
same "nginxplus.jsonl by two fields, against jq" sums counted

# What is sensitive, against Python's regular expressions.
if command -v python3 >/dev/null; then
  redact=$(dirname "$(realpath "$0")")/redact.py
  for seed in 1 2 3; do python3 "$redact" --make "$seed" 2000; done >made.log
  for log in made.log "$logs"/web/*.log "$logs"/web/*.jsonl "$logs"/loghub/*.log; do
    for presets in email,ipv4 email,ipv4,ipv6,credit_card,jwt,bearer,aws_key; do
      python3 "$redact" "$presets" <"$log" >expected
      for setting in "1 4KiB" "8 512KiB"; do
        # shellcheck disable=SC2086
        ask $setting --file "$log" --redact "[$presets]" --file out.log
        same "$(basename "$log") without $presets, $setting" expected out.log
      done
    done
  done
fi

# Aggregates over expressions and windows of time. All times of the access log are in one zone.
timed="{format: combined, types: {time: \"timestamp('%d/%b/%Y:%H:%M:%S %z')\"}}"
awk '{
  split(substr($4, 2), t, "[/:]"); months = "JanFebMarAprMayJunJulAugSepOctNovDec"
  month = (index(months, t[2]) + 2) / 3
  hour = sprintf("%s-%02d-%sT%s:00:00Z", t[3], month, t[1], t[4])
  hits[hour]++; if (!seen[hour, $1]++) clients[hour]++
  of_day[t[4] + 0]++; if (!seen_of_day[t[4], $1]++) clients_of_day[t[4] + 0]++
  class = int($9 / 100); bits[class] += $10 * 8
} END {
  for (h in hits) print h "," clients[h] "," hits[h] > "by_hour"
  for (h in of_day) print h "," clients_of_day[h] "," of_day[h] > "by_hour_of_day"
  for (c in bits) print c "," bits[c] > "bits"
}' sound.log
sort by_hour >hours
sort -n by_hour_of_day >hours_of_day
sort -n bits >bits_by_class
awk '{ print $7 }' sound.log | sort | uniq -c | awk '{ print $2 " " $1 }' | sort >all_paths
for setting in "1 4KiB" "2 512KiB" "8 64KiB"; do
  # shellcheck disable=SC2086
  ask $setting --file sound.log --parse "$timed" \
    --aggregate '{window: 1h, compute: [distinct(client), count()]}' --file out.csv
  tail -n +2 out.csv >found
  same "different clients by window, $setting" hours found
  # shellcheck disable=SC2086
  ask $setting --file sound.log --parse "$timed" \
    --aggregate '{group_by: {hour: time.getHours()}, compute: [distinct(client), count()]}' --file out.csv
  tail -n +2 out.csv >found
  same "different clients by hour of day, $setting" hours_of_day found
  # shellcheck disable=SC2086
  ask $setting --file sound.log --parse "$timed" \
    --aggregate '{group_by: {class: status / 100}, compute: {bits: sum(bytes * 8)}}' --file out.csv
  tail -n +2 out.csv | awk -F, '{ print $1 "," $2 + 0 }' >found
  same "bits by class of status, $setting" bits_by_class found
  # shellcheck disable=SC2086
  ask $setting --file sound.log --parse "$timed" \
    --aggregate '{group_by: path, max_groups: 50, overflow: spill}' --file out.jsonl
  jq -r '"\(.path) \(.count)"' out.jsonl | sort >found
  same "paths by way of the disk, $setting" all_paths found
  jq -r .path out.jsonl >found
  sort found >wanted
  same "order of paths by way of the disk, $setting" wanted found
done

# Windows that close, and what comes late, record by record; quantiles and distinct within their error.
if command -v python3 >/dev/null; then
  cat >windows.py <<'END'
import datetime, sys
every, lateness = 600, 120
newest, hits, late = None, {}, 0
for line in open("sound.log", encoding="latin-1"):
    text = line.split()[3][1:]
    time = int(datetime.datetime.strptime(text + " +0000", "%d/%b/%Y:%H:%M:%S %z").timestamp())
    start = time // every * every
    if newest is not None and start + every + lateness <= newest:
        late += 1
    else:
        hits[start] = hits.get(start, 0) + 1
    newest = time if newest is None else max(newest, time)
for start in sorted(hits):
    print(datetime.datetime.utcfromtimestamp(start).strftime("%Y-%m-%dT%H:%M:%SZ") + f",{hits[start]}")
print(f"late,{late}")
END
  python3 -W ignore windows.py >wanted
  for setting in "1 4KiB" "2 512KiB" "8 64KiB"; do
    # shellcheck disable=SC2086
    ask $setting --file sound.log --parse "$timed" \
      --aggregate '{window: {every: 10m, lateness: 2m}, compute: [count()]}' --file out.csv
    tail -n +2 out.csv >found
    echo "late,$(($(wc -l <sound.log) - $(awk -F, '{ n += $2 } END { print n }' found)))" >>found
    same "windows that close, against python3, $setting" wanted found
  done

  ask 2 64KiB --file sound.log --parse combined \
    --aggregate '{group_by: status, compute: {p50: "quantile(bytes, 0.5)", p95: "quantile(bytes, 0.95)", p99: "quantile(bytes, 0.99)"}}' \
    --file quantiles.csv
  ask 2 64KiB --file sound.log --parse combined \
    --aggregate '{compute: {lines: distinct(raw), agents: distinct(agent)}}' --file distinct.csv
  cat >within.py <<'END'
import csv
values, lines, agents = {}, set(), set()
for line in open("sound.log", "rb"):
    fields = line.split()
    lines.add(line)
    agents.add(line.rstrip().rsplit(b' "', 1)[1])
    values.setdefault(int(fields[8]), [])
    if fields[9] != b"-":
        values[int(fields[8])].append(int(fields[9]))
rows = 0
for row in csv.DictReader(open("quantiles.csv")):
    known = sorted(values[int(row["status"])])
    rows += 1
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        if not known:
            assert row[name] == "", row
            continue
        exact = known[int(q * (len(known) - 1))]
        if abs(float(row[name]) - exact) > 0.01 * exact + 1e-9:
            print(f"{name} of {row['status']}: {row[name]}, not {exact}")
assert rows == len(values)
row = next(csv.DictReader(open("distinct.csv")))
assert len(lines) > 4096 > len(agents)
if abs(int(row["lines"]) / len(lines) - 1) > 3 * 0.0081:
    print(f"distinct lines: {row['lines']}, not {len(lines)}")
if int(row["agents"]) != len(agents) - (b'-"' in agents):
    print(f"distinct agents: {row['agents']}, not {len(agents)}")
END
  : >wanted
  python3 within.py >found
  same "quantiles and distinct within their error, against python3" wanted found
fi

if command -v mlr >/dev/null; then
  mlr --ijson --ocsv --ofmt %.9g flatten then \
    stats1 -a count,sum,min,max,mean,stddev -f connections.active -g nginx_version then sort -f nginx_version \
    "$nested" | tail -n +2 >wanted
  ask 2 4KiB --file "$nested" --parse json --aggregate '{group_by: nginx_version, compute: ["count(connections.active)", "sum(connections.active)", "min(connections.active)", "max(connections.active)", "avg(connections.active)", "stddev(connections.active)"]}' --file out.csv
  tail -n +2 out.csv | awk -F, '{ printf "%s", $1; for (i = 2; i <= NF; i++) printf ($i ~ /[.]/ ? ",%.9g" : ",%s"), $i; print "" }' >found
  same "nginxplus.jsonl by version, against Miller" wanted found
fi

# Parsers against Python's strptime, re and csv, and csv against Miller as well.
if command -v python3 >/dev/null && python3 -c 'import zoneinfo; zoneinfo.ZoneInfo("Europe/Berlin")' 2>/dev/null; then
  syslog='{format: syslog, year: 2024, zone: Europe/Berlin}'
  for log in "$logs"/web/auth.log "$logs"/loghub/Linux_2k.log "$logs"/loghub/OpenSSH_2k.log; do
    python3 "$oracle" syslog "$log" >wanted
    for setting in "1 4KiB" "2 512KiB"; do
      # shellcheck disable=SC2086
      ask $setting --file "$log" --parse "$syslog" --keep '[timestamp, host, app, pid, message]' \
        --file out.jsonl
      same "$(basename "$log") as syslog, against Python, $setting" wanted out.jsonl
    done
  done
  python3 "$oracle" combined "$access" >wanted
  time="timestamp('%d/%b/%Y:%H:%M:%S %z')"
  ask 2 64KiB --file "$access" --parse "{format: combined, types: {time: \"$time\"}}" --file out.jsonl
  jq -c 'if has("error") then {error: "bad"} else . end' out.jsonl >found
  same "apache_combined.log, against Python" wanted found
  for log in "$logs"/web/kafka_server_multiline.log "$logs"/web/nginxplus.jsonl "$access"; do
    python3 "$oracle" to-csv "$log" made.csv >wanted
    zstd -q -f made.csv -o made.csv.zst
    for setting in "1 4KiB" "2 512KiB" "8 64B"; do
      for input in made.csv made.csv.zst; do
        # shellcheck disable=SC2086
        ask $setting --file "{paths: $input, framing: csv}" \
          --parse '{format: csv, columns: [n, text, nothing], types: {n: int}}' --file out.jsonl
        same "$(basename "$log") as $input, against Python, $setting" wanted out.jsonl
      done
    done
    if command -v mlr >/dev/null; then
      mlr --icsv --implicit-csv-header --ojsonl cut -f 2 made.csv | jq -r '.["2"] | @json' >wanted
      jq -r '.text // "" | @json' out.jsonl >found
      same "$(basename "$log") as CSV, against Miller" wanted found
    fi
  done
else
  echo "skipped: parsers against Python (python3 with zone data is not installed)"
fi
pattern='^(?P<day>\S+) (?P<time>\S+) - (?P<level>[A-Z]+) '
awk -v OFS=, '{ hits[$4]++ } END { for (level in hits) print level, hits[level] }' \
  "$logs/loghub/Zookeeper_2k.log" | sort >wanted
ask 2 4KiB --file "$logs/loghub/Zookeeper_2k.log" --parse "{format: regex, pattern: '$pattern'}" \
  --aggregate level --file out.csv
tail -n +2 out.csv | sort >found
same "Zookeeper_2k.log by level, against awk" wanted found


# Encodings: unchanged JSON is its bytes; the fields of the access log as Miller reads them from CSV
# and as the parser of logfmt reads them again are those of the JSON lines.
ask 2 64KiB --file "$nested" --parse json --file out.jsonl
same "nginxplus.jsonl, unchanged" "$nested" out.jsonl
for setting in "1 64B" "8 512KiB"; do
  # shellcheck disable=SC2086
  ask $setting --file "$access" --parse combined --file out.jsonl
  # shellcheck disable=SC2086
  ask $setting --file "$access" --parse combined --file '{path: out.log, encoding: logfmt}'
  ask 2 64KiB --file out.log --parse logfmt \
    --file '{path: again.jsonl, fields: [client, method, path, status, bytes, referrer, agent]}'
  jq -c '{client, method, path, status, bytes, referrer, agent} |
    with_entries(select(.value != null))' out.jsonl >expected
  same "apache_combined.log by logfmt and back, $setting" expected again.jsonl
  if command -v mlr >/dev/null; then
    # shellcheck disable=SC2086
    ask $setting --file "$access" --parse combined --file out.csv
    mlr -S --icsv --ojsonl cat out.csv | jq -c . >counted
    jq -c '{client, ident, user, time, method, path, protocol, status, bytes, referrer, agent, error} |
      map_values(if . == null then "" else tostring end)' out.jsonl >expected
    same "apache_combined.log as CSV, against Miller, $setting" expected counted
  fi
done

# All files at once: order, counts, and no two lines run together.
printf 'version: 1\npipelines:\n  real:\n    stages:\n      - { source: file, paths: "%s/loghub/*_2k.log" }\n      - { sink: file, path: all.log }\n' "$logs" >config.yaml
"$sluice" run --quiet -f config.yaml
awk 1 "$logs"/loghub/*_2k.log >expected
last=$(printf '%s\n' "$logs"/loghub/*_2k.log | tail -n 1)
[[ $(tail -c 1 "$last" | od -An -tx1) == " 0a" ]] || { head -c -1 expected >cut && mv cut expected; }
same "ten files in a row, against awk" expected all.log

echo "$checks comparisons, $failures differ"
exit $((failures > 0))
