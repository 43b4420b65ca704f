#!/usr/bin/env python3
"""What `redact` must make of a text, by regular expressions: redact.py PRESET,... < IN > OUT

    redact.py --make SEED LINES > OUT   makes lines of things that nearly are what redact finds
"""
import ipaddress
import random
import re
import sys

EMAIL = re.compile(rb"[A-Za-z0-9._%+\x80-\xff-]+@[A-Za-z0-9.\x80-\xff-]+\.[A-Za-z\x80-\xff]{2,}")
OCTET = rb"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
IPV4 = re.compile(
    rb"(?<![A-Za-z0-9_])(?<![0-9]\.)" + OCTET + rb"(?:\." + OCTET + rb"){3}(?![A-Za-z0-9_])(?!\.[0-9])"
)
V6_RUN = re.compile(rb"[0-9A-Fa-f:.]{3,45}")
CARD_BEGIN = re.compile(rb"(?<![A-Za-z0-9_])(?<![0-9]\.)[2-6]")
CARDS = [
    re.compile(pattern + rb"(?![A-Za-z0-9_])(?!\.[0-9])")
    for pattern in (
        rb"[0-9]{13,19}",
        rb"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}\1[0-9]{1,3}",
        rb"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}",
        rb"[0-9]{4}([ -])[0-9]{6}\1[0-9]{4,5}",
    )
]
B = rb"[A-Za-z0-9_-]"
JWT = re.compile(
    rb"(?<![A-Za-z0-9_-])eyJ" + B + rb"{7,}(?:\." + B + rb"*\." + B + rb"+\." + B + rb"+\." + B
    + rb"+|\." + B + rb"{2,}\." + B + rb"*)"
)
BEARER = re.compile(rb"(?<![A-Za-z0-9_])[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")
AWS_ID = re.compile(rb"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])")
AWS_SECRET = re.compile(
    rb"(?i:secret[_-]?(?:access[_-]?)?key)\\?[\"']? {0,3}[:=]{1,2} {0,3}\\?[\"']?"
    rb"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)


def is_luhn(text):
    digits = [int(c) for c in text.decode() if c.isdigit()]
    doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_ipv6(text):
    if "." in text:  # Octets may have leading zeros, which ipaddress refuses.
        head, _, quad = text.rpartition(":")
        octets = [str(int(o)) if o.isdigit() and len(o) <= 3 else o for o in quad.split(".")]
        text = head + ":" + ".".join(octets)
    try:
        ipaddress.IPv6Address(text)
        return text != "::"
    except ValueError:
        return False


def ipv6(text):
    word = re.compile(rb"[A-Za-z0-9_]")
    at = last_end = 0
    while at < len(text):
        run = V6_RUN.match(text, at)
        before = text[at - 1 : at] if at else b""
        end = at
        if run and (at == last_end or not word.match(before)):
            longest = run.group()
            # A shorter one ends where no word goes on.
            for size in range(len(longest), 2, -1):
                if b":" not in longest[:size]:
                    break
                if word.match(text[at + size : at + size + 1]):
                    continue
                if is_ipv6(longest[:size].decode()):
                    end = at + size
                    break
        if end > at:
            yield at, end
            at = last_end = end
        else:
            at += 1


def cards(text):
    at = 0
    while begin := CARD_BEGIN.search(text, at):
        found = [m for m in (c.match(text, begin.start()) for c in CARDS) if m and is_luhn(m.group())]
        if found:
            longest = max(found, key=lambda m: m.end())
            yield longest.span()
            at = longest.end()
        else:
            at = begin.start() + 1


def bearers(text):
    at = 0
    while match := BEARER.search(text, at):
        token = match.group(1)
        if len(token) >= (8 if re.search(rb"[0-9]", token) else 20):
            yield match.span()
            at = match.end()
        else:
            at = match.start() + 1


def aws_keys(text):
    for match in AWS_ID.finditer(text):
        yield match.span()
    for match in AWS_SECRET.finditer(text):
        yield match.span(1)


FINDERS = {
    "email": lambda text: (m.span() for m in EMAIL.finditer(text)),
    "ipv4": lambda text: (m.span() for m in IPV4.finditer(text)),
    "ipv6": ipv6,
    "credit_card": cards,
    "jwt": lambda text: (m.span() for m in JWT.finditer(text)),
    "bearer": bearers,
    "aws_key": aws_keys,
}


def redact(text, presets):
    spans = []
    for number, preset in enumerate(presets):
        spans += [(begin, -end, number) for begin, end in FINDERS[preset](text)]
    out, done, last = [], 0, None
    for begin, negative_end, number in sorted(spans):
        if last and begin < last[1]:
            last[1] = max(last[1], -negative_end)
            continue
        last = [begin, -negative_end, number]
        out.append(last)
    result = b""
    for begin, end, number in out:
        result += text[done:begin] + b"[" + presets[number].encode() + b"]"
        done = end
    return result + text[done:]


def make(seed, lines):
    r = random.Random(seed)
    pieces = [
        *"0123456789", *"abcdefxyzABCDEF", *".:-@ _/=\"'[],;+%\\", "..", "::", "ä", "語", "1.2.3.4",
        "255.255.255.255", "256.1.1.1", "10.0.0.", "a@b.cd", "user@example.com", "@", ".com", "fe80::1",
        "2001:db8:0:1:2:3:4:5", "::ffff:", "12:34:56", "4111111111111111", "4111 1111 1111 1111",
        "5500-0000-0000-0004", "3782 822463 10005", "4222222222222", "6011000990139424123",
        "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxIn0", ".c2ln", "eyJ", "Bearer ", "bearer  ", "abcdef12",
        "AKIA", "ASIA", "IOSFODNN7EXAMPLE", "aws_secret_access_key", "secret-key", " = ", ":",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "SecretAccessKey\":\"",
    ]
    for _ in range(lines):
        text = "".join(r.choice(pieces) for _ in range(r.randrange(40)))
        sys.stdout.buffer.write(text.encode() + (b"\r\n" if r.random() < 0.1 else b"\n"))


def main():
    if sys.argv[1] == "--make":
        make(int(sys.argv[2]), int(sys.argv[3]))
        return
    presets = sys.argv[1].split(",")
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(redact(line, presets))


main()
