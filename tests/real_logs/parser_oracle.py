#!/usr/bin/env python3
"""What the parsers of sluice must make of real logs, by Python's own libraries.

  parser_oracle.py syslog FILE    with `year: 2024, zone: Europe/Berlin`
  parser_oracle.py combined FILE  with a type for `time`
  parser_oracle.py to-csv FILE CSV_FILE

Prints one JSON object per record. `to-csv` cuts the lines of FILE into pieces of up to three,
writes each as a CSV record to CSV_FILE, and prints what csv.reader makes of that.
"""
import csv
import datetime
import io
import json
import re
import sys
import zoneinfo


def lines_of(path):
    with open(path, "rb") as file:
        data = file.read()
    lines = data.split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return [line[:-1] if line.endswith(b"\r") else line for line in lines]


def text_of(line):
    return line.decode("utf-8", "replace")


def show(record):
    print(json.dumps(record, ensure_ascii=False, separators=(",", ":")))


SYSLOG = re.compile(
    r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\S+) (?:([^ :\[]+)(?:\[([^\]]*)\])?: ?)?(.*)\Z", re.S
)


def syslog(path):
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    for line in lines_of(path):
        time, host, app, pid, message = SYSLOG.match(text_of(line)).groups()
        local = datetime.datetime.strptime("2024 " + time, "%Y %b %d %H:%M:%S")
        utc = local.replace(tzinfo=zone).astimezone(datetime.timezone.utc)
        show(
            {
                "timestamp": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "host": host,
                "app": app,
                "pid": pid or None,
                "message": message,
            }
        )


COMBINED = re.compile(
    r'(\S+) (\S+) (.+?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d+|-) (\d+|-) '
    r'"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"'
)


def combined(path):
    def text(value):
        return None if value == "-" else value

    def number(value):
        return None if value == "-" else int(value)

    for line in lines_of(path):
        match = COMBINED.match(text_of(line))
        if match is None:
            show({"error": "bad"})
            continue
        client, ident, user, time, request, status, size, referrer, agent = match.groups()
        when = datetime.datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")
        method, path_text, protocol = request.split(" ")
        show(
            {
                "client": client,
                "ident": text(ident),
                "user": text(user),
                "time": when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "method": method,
                "path": path_text,
                "protocol": protocol,
                "status": number(status),
                "bytes": number(size),
                "referrer": text(referrer),
                "agent": text(agent),
            }
        )


def to_csv(path, csv_path):
    lines = [text_of(line) for line in lines_of(path)]
    records = []
    at = 0
    while at < len(lines):
        count = at % 3 + 1
        records.append([str(at), "\n".join(lines[at : at + count]), ""])
        at += count
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if len(records) % 2 else "\n")
    writer.writerows(records)
    with open(csv_path, "w", encoding="utf-8", newline="") as file:
        file.write(out.getvalue())
    with open(csv_path, encoding="utf-8", newline="") as file:
        for number, text, nothing in csv.reader(file):
            show({"n": int(number), "text": text or None, "nothing": nothing or None})


if __name__ == "__main__":
    if sys.argv[1] == "to-csv":
        to_csv(sys.argv[2], sys.argv[3])
    else:
        {"syslog": syslog, "combined": combined}[sys.argv[1]](sys.argv[2])
