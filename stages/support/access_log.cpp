#include "stages/support/access_log.h"

#include <limits>
#include <string_view>

#include "stages/support/made_up_log.h"

namespace sluice {

using namespace made_up;  // NOLINT(google-build-using-namespace): most of what follows is from it

namespace {

constexpr std::uint64_t requests_per_second = 50;

constexpr std::array<Choice, 14> statuses{{{"200", 782},
                                           {"304", 65},
                                           {"404", 45},
                                           {"301", 30},
                                           {"201", 22},
                                           {"302", 14},
                                           {"204", 10},
                                           {"401", 7},
                                           {"206", 4},
                                           {"403", 4},
                                           {"400", 4},
                                           {"500", 6},
                                           {"502", 4},
                                           {"503", 3}}};

constexpr std::array<Choice, 4> methods{
    {{"GET ", 860}, {"POST ", 105}, {"HEAD ", 20}, {"PUT ", 15}}};

/// Before the record's own number and after it.
struct Path {
  std::string_view front;
  std::string_view back;
  unsigned share;
};

constexpr std::array<Path, 14> paths{{{"/products/", "/reviews", 160},
                                      {"/static/images/products/", "-large.webp", 150},
                                      {"/api/v1/orders/", "", 70},
                                      {"/api/v2/orders/", "/items", 90},
                                      {"/api/v3/orders/", "/tracking", 30},
                                      {"/category/garden-tools/page/", "", 80},
                                      {"/static/js/app.", ".min.js", 90},
                                      {"/static/css/theme.", ".css", 70},
                                      {"/search?q=cordless+drill&sort=price&page=", "", 90},
                                      {"/blog/2025/how-to-choose-a-lawn-mower-", ".html", 30},
                                      {"/account/orders/", "", 40},
                                      {"/cart/add/", "", 50},
                                      {"/wp-login.php?attempt=", "", 20},
                                      {"/health?probe=", "", 30}}};

constexpr unsigned email_share = 30;
constexpr std::array<std::string_view, 8> email_names{
    "anna.schmidt", "j.miller", "li.wei", "maria", "tom.olsen", "sales", "k.tanaka", "info"};
constexpr std::array<std::string_view, 4> email_domains{"example.com", "example.org",
                                                        "mail.example.net", "shop.example"};

constexpr unsigned user_share = 40;
constexpr std::array<std::string_view, 4> users{"alice", "bob", "deploy", "monitor"};

constexpr std::array<Choice, 7> referrers{
    {{"-", 390},
     {"https://www.shop.example/", 190},
     {"https://www.shop.example/category/garden-tools", 120},
     {"https://www.shop.example/search?q=cordless+drill", 80},
     {"https://www.google.com/", 130},
     {"https://news.example.org/reviews/best-garden-tools-2025", 50},
     {"android-app://com.example.shop/", 40}}};

constexpr std::array<Choice, 9> agents{
    {{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/131.0.0.0 Safari/537.36",
      290},
     {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
      "Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
      130},
     {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/131.0.0.0 Mobile Safari/537.36",
      170},
     {"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", 110},
     {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
      "Version/18.1 Safari/605.1.15",
      75},
     {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 120},
     {"ShopApp/5.12.0 (Android 14; okhttp 4.12.0)", 40},
     {"curl/8.5.0", 50},
     {"kube-probe/1.30", 15}}};

static_assert(adds_up(statuses) && adds_up(methods) && adds_up(paths) && adds_up(referrers) &&
              adds_up(agents));

constexpr auto path_length = [](const Path& path) {
  return path.front.size() + path.back.size() + std::string_view("50099").size();
};
constexpr std::string_view longest_frame =
    "2001:db8:ffff::ffff -  [01/Mar/2025:00:00:00 +0000] \"?email=@ HTTP/1.1\"  60150 \"\" \"\"\n";
static_assert(longest_frame.size() + longest(users, own_length) + longest(methods, text_length) +
                  longest(paths, path_length) + longest(email_names, own_length) +
                  longest(email_domains, own_length) + longest(statuses, text_length) +
                  longest(referrers, text_length) + longest(agents, text_length) <=
              AccessLog::longest_record_bytes);

char* put_client(char* to, Random& random) {
  Draws draws(random.next());
  // Few clients make most of the requests.
  const unsigned client = draws.below(4) == 0 ? draws.below(60000) : draws.below(400);
  if (draws.thousandth() < 30) {
    to = put(to, "2001:db8:");
    to = put_hex(to, client, 4);
    to = put(to, "::");
    return put_hex(to, client * 7 % 65536, 4);
  }
  to = put_number(to, 11 + client % 200);
  *to++ = '.';
  to = put_number(to, client / 7 % 256);
  *to++ = '.';
  to = put_number(to, client / 3 % 256);
  *to++ = '.';
  return put_number(to, 1 + client % 254);
}

char* put_request(char* to, Random& random) {
  Draws draws(random.next());
  to = put(to, pick(methods, draws.thousandth()).text);
  const Path& path = pick(paths, draws.thousandth());
  to = put(to, path.front);
  to = put_number(to, 100 + draws.below(50000));
  to = put(to, path.back);
  if (draws.thousandth() >= email_share) return to;
  const std::uint64_t word = random.next();
  *to++ = path.front.find('?') == std::string_view::npos ? '?' : '&';
  to = put(to, "email=");
  to = put(to, email_names[word % email_names.size()]);
  *to++ = '@';
  return put(to, email_domains[(word >> 8U) % email_domains.size()]);
}

char* put_answer(char* to, Random& random) {
  Draws draws(random.next());
  const std::string_view status = pick(statuses, draws.thousandth()).text;
  to = put(to, status);
  *to++ = ' ';
  if (status == "304" || status == "204") {
    *to++ = '-';
  } else {
    // Sizes over several orders of magnitude.
    to = put_number(to, 150 + (draws.below(60000) >> draws.below(9)));
  }
  return to;
}

}  // namespace

AccessLog::AccessLog(std::uint64_t seed) noexcept
    : seed_(Random(seed).next()), written_second_(std::numeric_limits<std::uint64_t>::max()) {}

char* AccessLog::write_time(std::uint64_t index, char* to) noexcept {
  const std::uint64_t second = index / requests_per_second;
  if (second != written_second_) {
    const made_up::CivilTime civil = civil_time_of(second);
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char* at = put_two_digits(time_.data(), civil.day);
    *at++ = '/';
    at = put(at, months.substr(std::size_t{civil.month - 1} * 3, 3));
    *at++ = '/';
    at = put_two_digits(put_two_digits(at, civil.year / 100), civil.year % 100);
    for (const unsigned part : {civil.hour, civil.minute, civil.second}) {
      *at++ = ':';
      at = put_two_digits(at, part);
    }
    put(at, " +0000");
    written_second_ = second;
  }
  return put(to, {time_.data(), time_.size()});
}

char* AccessLog::write(std::uint64_t index, char* to) noexcept {
  Random random = random_of_record(seed_, index);
  Draws draws(random.next());
  to = put_client(to, random);
  to = put(to, " - ");
  const bool known = draws.thousandth() < user_share;
  to = put(to, known ? users[draws.below(users.size())] : "-");
  to = put(to, " [");
  to = write_time(index, to);
  to = put(to, "] \"");
  to = put_request(to, random);
  to = put(to, " HTTP/1.1\" ");
  to = put_answer(to, random);
  to = put(to, " \"");
  to = put(to, pick(referrers, draws.thousandth()).text);
  to = put(to, "\" \"");
  to = put(to, pick(agents, draws.thousandth()).text);
  return put(to, "\"\n");
}

}  // namespace sluice
