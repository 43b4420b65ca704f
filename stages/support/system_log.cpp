#include "stages/support/system_log.h"

#include <array>
#include <string_view>

namespace sluice {

using namespace made_up;  // NOLINT(google-build-using-namespace): most of what follows is from it

namespace {

constexpr unsigned milliseconds_per_record = 10;

/// A program that logs.
struct App {
  std::string_view name;
  unsigned facility;  ///< RFC 5424, section 6.2.1.
  bool has_process;   ///< Whether it tells its process id.
};

constexpr App kernel{"kernel", 0, false};
constexpr App sshd{"sshd", 10, true};
constexpr App sudo{"sudo", 10, false};
constexpr App cron{"CRON", 9, true};
constexpr App systemd{"systemd", 3, true};
constexpr App postfix{"postfix/smtpd", 2, true};
constexpr App dhcpd{"dhcpd", 3, true};
constexpr App nginx{"nginx", 23, true};
constexpr App haproxy{"haproxy", 16, true};
constexpr App billing{"billing", 17, true};

constexpr unsigned error = 3;
constexpr unsigned warning = 4;
constexpr unsigned notice = 5;
constexpr unsigned info = 6;
constexpr unsigned debug = 7;

/// FRONT ADDRESS MIDDLE NUMBER BACK, without an address if there is no middle.
struct Event {
  const App* app;
  unsigned severity;
  std::string_view id;
  std::string_view front;
  std::string_view middle;
  std::string_view back;
  unsigned share;
};

constexpr std::array<Event, 22> events{
    {{&sshd, info, "AUTH", "Accepted publickey for deploy from ", " port ", " ssh2", 70},
     {&sshd, info, "AUTH", "Failed password for invalid user admin from ", " port ", " ssh2", 110},
     {&sshd, info, "CLOSE", "Connection closed by ", " port ", " [preauth]", 60},
     {&sudo, notice, "-", "deploy : TTY=pts/", "", " ; USER=root ; COMMAND=/usr/bin/apt update",
      20},
     {&cron, info, "-", "(root) CMD (/usr/lib/sysstat/sa1 1 ", "", ")", 80},
     {&systemd, info, "UNIT", "Started session-", "", ".scope - Session of User deploy.", 60},
     {&systemd, warning, "UNIT", "backup.service: Main process exited, code=exited, status=", "",
      "/n/a", 10},
     {&kernel, warning, "-", "[UFW BLOCK] IN=eth0 OUT= SRC=", " DST=10.0.0.5 PROTO=TCP DPT=", "",
      90},
     {&kernel, info, "-", "eth0: link up, 1000Mbps, full-duplex, id ", "", "", 15},
     {&kernel, error, "-", "EXT4-fs error (device sda1): inode #", "", ": comm nginx: bad block",
      5},
     {&postfix, info, "SMTP", "connect from unknown[", "]: queue id ", "", 60},
     {&postfix, warning, "SMTP", "warning: hostname mail.example.org does not resolve to ", ": ",
      "", 20},
     {&dhcpd, info, "LEASE", "DHCPACK on ", " to 52:54:00:12:34:56 via eth1, xid ", "", 60},
     {&nginx, error, "HTTP", "*", "",
      " connect() failed (111: Connection refused) while connecting to upstream", 15},
     {&nginx, info, "HTTP", "client ", " closed keepalive connection, requests: ", "", 70},
     {&haproxy, info, "PROXY", "", ":51234 shop-in shop-out/app-7 0/0/1/12/13 200 ",
      " - - ---- 12/10/3/1/0 0/0 \"GET /products HTTP/1.1\"", 100},
     {&haproxy, warning, "PROXY",
      "Server shop-out/app-3 is DOWN, reason: Layer4 timeout, check: ", "", "ms", 5},
     {&billing, info, "INVOICE", "invoice ", "", " sent to customer", 90},
     {&billing, info, "INVOICE", "\xef\xbb\xbfRechnung ", "",
      " an K\u00e4ufer in K\u00f6ln verschickt", 15},
     {&billing, notice, "LEDGER", "ledger closed, entries: ", "", "", 20},
     {&billing, error, "LEDGER", "ERROR: ledger does not add up, difference in cents: ", "", "", 5},
     {&billing, debug, "-", "cache refreshed, keys: ", "", "", 20}}};
static_assert(adds_up(events));

struct Host {
  std::string_view name;
  bool is_modern;  ///< Speaks RFC 5424.
  unsigned share;
};

constexpr std::array<Host, 10> hosts{{{"web-01.eu.example.net", true, 150},
                                      {"web-02.eu.example.net", true, 150},
                                      {"web-03.us.example.net", true, 120},
                                      {"db-01.eu.example.net", true, 80},
                                      {"mail.example.net", true, 80},
                                      {"10.20.0.17", true, 40},
                                      {"2001:db8::17", true, 80},
                                      {"gw1", false, 150},
                                      {"sw-3-12", false, 100},
                                      {"nas", false, 50}}};
static_assert(adds_up(hosts));

/// Before the record's own number and after it.
struct Data {
  std::string_view front;
  std::string_view back;
  unsigned share;
};

// 32473 is the number for examples (RFC 5612).
constexpr std::array<Data, 6> structured_data{
    {{"-", "", 660},
     {"[origin ip=\"10.20.0.17\" enterpriseId=\"32473\" software=\"rsyslogd\" swVersion=\"8.",
      "\"]", 80},
     {"[meta sequenceId=\"", "\"]", 120},
     {"[request@32473 id=\"", R"(" user="anna" role="shop admin"])", 80},
     {"[timeQuality tzKnown=\"1\" isSynced=\"1\"][job@32473 id=\"", "\"]", 40},
     {R"([quoted@32473 text="he said \"no\" [twice\]" path="C:\\log\\)", "\"]", 20}}};
static_assert(adds_up(structured_data));

constexpr auto event_length = [](const Event& event) {
  return event.app->name.size() + event.id.size() + event.front.size() + event.middle.size() +
         event.back.size();
};
constexpr auto host_length = [](const Host& host) { return host.name.size(); };
constexpr auto data_length = [](const Data& data) { return data.front.size() + data.back.size(); };
constexpr std::string_view longest_frame =
    "<191>1 2025-03-01T00:00:00.000Z   32767   50099 255.255.255.25550099\n";
static_assert(longest_frame.size() + longest(events, event_length) + longest(hosts, host_length) +
                  longest(structured_data, data_length) <=
              SystemLog::longest_record_bytes);

char* put_address(char* to, unsigned client) {
  to = put_number(to, 11 + client % 200);
  *to++ = '.';
  to = put_number(to, client / 7 % 256);
  *to++ = '.';
  to = put_number(to, client / 3 % 256);
  *to++ = '.';
  return put_number(to, 1 + client % 254);
}

char* put_text(char* to, const Event& event, Draws& draws) {
  to = put(to, event.front);
  const unsigned client = draws.below(60000);
  if (!event.middle.empty()) to = put(put_address(to, client), event.middle);
  to = put_number(to, 100 + draws.below(50000));
  return put(to, event.back);
}

/// "Mar  1 00:00:00" out of "2025-03-01T00:00:00.000Z".
char* put_old_time(char* to, std::string_view time) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto month = static_cast<unsigned>((time[5] - '0') * 10 + (time[6] - '0'));
  to = put(to, months.substr(std::size_t{month - 1} * 3, 3));
  *to++ = ' ';
  *to++ = time[8] == '0' ? ' ' : time[8];
  *to++ = time[9];
  *to++ = ' ';
  return put(to, time.substr(11, 8));
}

/// RFC 3164, section 4.1.
char* put_old(char* to, const Event& event, std::string_view host, std::string_view time,
              unsigned process) {
  to = put_old_time(to, time);
  *to++ = ' ';
  to = put(to, host);
  *to++ = ' ';
  to = put(to, event.app->name);
  if (event.app->has_process) {
    *to++ = '[';
    to = put_number(to, process);
    *to++ = ']';
  }
  return put(to, ": ");
}

/// RFC 5424, section 6.
char* put_modern(char* to, const Event& event, std::string_view host, std::string_view time,
                 unsigned process, Draws& draws) {
  to = put(to, "1 ");
  to = put(to, time);
  *to++ = ' ';
  to = put(to, host);
  *to++ = ' ';
  to = put(to, event.app->name);
  *to++ = ' ';
  to = event.app->has_process ? put_number(to, process) : put(to, "-");
  *to++ = ' ';
  to = put(to, event.id);
  *to++ = ' ';
  const Data& data = pick(structured_data, draws.thousandth());
  to = put(to, data.front);
  if (!data.back.empty()) to = put_number(to, 100 + draws.below(50000));
  to = put(to, data.back);
  return put(to, " ");
}

}  // namespace

SystemLog::SystemLog(std::uint64_t seed) noexcept : seed_(Random(seed).next()) {}

char* SystemLog::write(std::uint64_t index, char* to) noexcept {
  Random random = random_of_record(seed_, index);
  Draws draws(random.next());
  const Event& event = pick(events, draws.thousandth());
  const Host& host = pick(hosts, draws.thousandth());
  const unsigned process = 300 + draws.below(32000);
  std::array<char, made_up::Timestamp::size> written{};
  timestamp_.put(written.data(),
                 index * milliseconds_per_record + draws.below(milliseconds_per_record));
  const std::string_view time(written.data(), written.size());
  draws = Draws(random.next());

  *to++ = '<';
  to = put_number(to, event.app->facility * 8 + event.severity);
  *to++ = '>';
  to = host.is_modern ? put_modern(to, event, host.name, time, process, draws)
                      : put_old(to, event, host.name, time, process);
  to = put_text(to, event, draws);
  return put(to, "\n");
}

}  // namespace sluice
