#include "stages/support/app_log.h"

#include <array>
#include <string_view>

namespace sluice {

using namespace made_up;  // NOLINT(google-build-using-namespace): most of what follows is from it

namespace {

constexpr unsigned milliseconds_per_record = 4;

/// Before the record's own number and after it.
struct Sentence {
  std::string_view front;
  std::string_view back;
  unsigned share;
};

// As they stand in JSON: with their escapes.
constexpr std::array<Sentence, 16> news{
    {{"order ", " accepted", 190},
     {"payment authorised for order ", "", 120},
     {"request served from cache, key product:", "", 150},
     {"cart updated, items left in stock: ", "", 110},
     {"stock level of article ", " read from warehouse", 110},
     {"session ", " renewed", 90},
     {"delivery date computed for parcel ", " with the fast carrier", 70},
     {R"(search for \"garden hose\" gave )", " results", 60},
     {"caf\\u00e9 catalogue loaded, entries: ", "", 20},
     {"Bestellung ", " f\u00fcr K\u00e4ufer in M\u00fcnchen best\u00e4tigt", 20},
     {"\u9001\u6599\u3092\u8a08\u7b97\u3057\u307e\u3057\u305f: ", " \u5186", 10},
     {R"(page rendered in two parts:\n\thead and body, rows: )", "", 20},
     {"previous ERROR of supplier ", " has been resolved", 12},
     {"log level of shop.db is ERROR until restart ", "", 8},
     {R"(upstream answered {\"level\":\"ERROR\",\"code\":)", "}, trying the next one", 5},
     {R"(export written to C:\\shop\\export\\)", ".csv", 5}}};

constexpr std::array<Sentence, 5> warnings{
    {{"slow query on table orders, rows: ", "", 340},
     {"upstream answered 503, attempt ", "", 300},
     {"queue depth is ", ", above its mark", 200},
     {R"(deprecated parameter \"sort\" used by client )", "", 110},
     {"connection lost, last answer was ERROR ", "", 50}}};

constexpr std::array<Sentence, 5> failures{
    {{"payment failed: card declined, order ", "", 320},
     {"cannot connect to db-3.internal:5432, timeout after ms: ", "", 260},
     {R"(NullPointerException: cart is null\n\tat shop.Cart.total(Cart.java:)", ")", 190},
     {R"(unexpected answer {\"code\":)", R"(,\"reason\":\"quota\"})", 130},
     {"out of stock while packing parcel ", "", 100}}};

constexpr std::array<Choice, 5> good_statuses{
    {{"200", 850}, {"201", 60}, {"204", 30}, {"304", 50}, {"302", 10}}};
constexpr std::array<Choice, 3> odd_statuses{{{"404", 500}, {"429", 200}, {"400", 300}}};
constexpr std::array<Choice, 3> bad_statuses{{{"500", 500}, {"502", 200}, {"503", 300}}};

/// What goes with a level.
struct Level {
  std::string_view name;
  unsigned share;
};
constexpr std::array<Level, 4> levels{{{"INFO", 800}, {"DEBUG", 135}, {"WARN", 50}, {"ERROR", 15}}};

struct Service {
  std::string_view name;
  std::string_view logger;
  unsigned share;
};

constexpr std::array<Service, 12> services{{{"frontend", "web.Page", 220},
                                            {"checkout", "cart.Checkout", 130},
                                            {"catalog", "catalog.Index", 140},
                                            {"search", "search.Query", 120},
                                            {"payment", "pay.Gateway", 70},
                                            {"inventory", "stock.Level", 80},
                                            {"shipping", "parcel.Plan", 50},
                                            {"auth", "auth.Session", 80},
                                            {"recommend", "reco.Model", 40},
                                            {"mailer", "mail.Outbox", 20},
                                            {"billing", "bill.Invoice", 30},
                                            {"gateway", "edge.Route", 20}}};

constexpr unsigned user_share = 420;
constexpr std::array<std::string_view, 8> users{"anna.schmidt", "j.miller",   "li.wei",
                                                "maria",        "tom.olsen",  "jos\\u00e9",
                                                "k.tanaka",     "j\u00fcrgen"};

constexpr std::array<Choice, 4> methods{{{"GET", 760}, {"POST", 180}, {"PUT", 40}, {"DELETE", 20}}};

constexpr std::array<Sentence, 8> paths{{{"/products/", "", 300},
                                         {"/products/", "/reviews", 120},
                                         {"/api/v1/orders/", "", 180},
                                         {"/api/v2/orders/", "/items", 150},
                                         {"/cart/add/", "", 130},
                                         {"/account/orders/", "", 80},
                                         {"/health?probe=", "", 36},
                                         {"/help/codes/ERROR-", "", 4}}};

constexpr std::array<Choice, 5> regions{{{"eu-west-1", 350},
                                         {"eu-central-1", 250},
                                         {"us-east-1", 250},
                                         {"us-west-2", 100},
                                         {"ap-northeast-1", 50}}};

constexpr std::array<Choice, 6> tags{{{"", 330},
                                      {R"("web")", 300},
                                      {R"("web","beta")", 120},
                                      {R"("batch","night")", 100},
                                      {R"("mobile","app","v5")", 146},
                                      {R"("ERROR","muted")", 4}}};

constexpr std::array<Choice, 3> versions{{{"1.1", 400}, {"2", 550}, {"3", 50}}};

static_assert(adds_up(news) && adds_up(warnings) && adds_up(failures) && adds_up(good_statuses) &&
              adds_up(odd_statuses) && adds_up(bad_statuses) && adds_up(levels) &&
              adds_up(services) && adds_up(methods) && adds_up(paths) && adds_up(regions) &&
              adds_up(tags) && adds_up(versions));

constexpr auto sentence_length = [](const Sentence& sentence) {
  return sentence.front.size() + sentence.back.size();
};
constexpr auto name_length = [](const auto& named) { return named.name.size(); };
constexpr auto logger_length = [](const Service& service) { return service.logger.size(); };
constexpr std::string_view longest_frame =
    R"({"time":"2025-03-01T00:00:00.000Z","level":"","service":"","host":"app-00","pid":12345,)"
    R"("thread":"http-00","logger":"","trace_id":"00000000000000000000000000000000",)"
    R"("span_id":"0000000000000000","message":"50099","duration_ms":1999.999,"status":000,)"
    R"("bytes":60149,"user":"","method":"","path":"50099","region":"","retry":false,"tags":[],)"
    R"("http":{"version":"","client":"10.255.255.255","cached":false}})"
    "\n";
static_assert(longest_frame.size() + longest(levels, name_length) + longest(services, name_length) +
                  longest(services, logger_length) + longest(news, sentence_length) +
                  longest(users, own_length) + longest(methods, text_length) +
                  longest(paths, sentence_length) + longest(regions, text_length) +
                  longest(tags, text_length) + longest(versions, text_length) <=
              AppLog::longest_record_bytes);
static_assert(longest(news, sentence_length) >= longest(warnings, sentence_length) &&
              longest(news, sentence_length) >= longest(failures, sentence_length));

char* put_sentence(char* to, const Sentence& sentence, unsigned number) {
  to = put(to, sentence.front);
  to = put_number(to, number);
  return put(to, sentence.back);
}

const Sentence& pick_message(std::string_view level, unsigned draw) {
  if (level == "ERROR") return pick(failures, draw);
  return level == "WARN" ? pick(warnings, draw) : pick(news, draw);
}

std::string_view pick_status(std::string_view level, unsigned draw) {
  if (level == "ERROR") return pick(bad_statuses, draw).text;
  return level == "WARN" ? pick(odd_statuses, draw).text : pick(good_statuses, draw).text;
}

/// Where the record comes from, up to its ids.
char* put_origin(char* to, Random& random) {
  Draws draws(random.next());
  const Service& service = pick(services, draws.thousandth());
  const unsigned host = 10 + draws.below(90);
  to = put(to, R"(,"service":")");
  to = put(to, service.name);
  to = put(to, R"(","host":"app-)");
  to = put_two_digits(to, host);
  to = put(to, R"(","pid":)");
  to = put_number(to, 1000 + host * 331);
  to = put(to, R"(,"thread":"http-)");
  to = put_number(to, draws.below(32));
  to = put(to, R"(","logger":")");
  to = put(to, service.logger);
  to = put(to, R"(","trace_id":")");
  const std::uint64_t low = random.next();
  to = put_hex(put_hex(to, random.next(), 16), low, 16);
  to = put(to, R"(","span_id":")");
  return put_hex(to, random.next(), 16);
}

/// With three digits behind the point, the last of them not 0, over several orders of magnitude.
char* put_duration(char* to, Random& random) {
  Draws draws(random.next());
  to = put_number(to, draws.below(2000) >> draws.below(10));
  *to++ = '.';
  to = put_two_digits(to, draws.below(100));
  *to++ = static_cast<char>('1' + draws.below(9));
  return to;
}

char* put_outcome(char* to, std::string_view level, Random& random) {
  Draws draws(random.next());
  to = put(to, R"(","message":")");
  const unsigned number = 100 + draws.below(50000);
  to = put_sentence(to, pick_message(level, draws.thousandth()), number);
  to = put(to, R"(","duration_ms":)");
  to = put_duration(to, random);
  to = put(to, R"(,"status":)");
  to = put(to, pick_status(level, draws.thousandth()));
  draws = Draws(random.next());
  to = put(to, R"(,"bytes":)");
  to = put_number(to, 150 + (draws.below(60000) >> draws.below(9)));
  if (draws.thousandth() >= user_share) return put(to, R"(,"user":null)");
  to = put(to, R"(,"user":")");
  to = put(to, users[draws.below(users.size())]);
  return put(to, "\"");
}

char* put_request(char* to, Random& random) {
  Draws draws(random.next());
  to = put(to, R"(,"method":")");
  to = put(to, pick(methods, draws.thousandth()).text);
  to = put(to, R"(","path":")");
  const unsigned number = 100 + draws.below(50000);
  to = put_sentence(to, pick(paths, draws.thousandth()), number);
  to = put(to, R"(","region":")");
  return put(to, pick(regions, draws.thousandth()).text);
}

char* put_circumstances(char* to, Random& random) {
  Draws draws(random.next());
  to = put(to, R"(","retry":)");
  to = put(to, draws.below(25) == 0 ? "true" : "false");
  to = put(to, R"(,"tags":[)");
  to = put(to, pick(tags, draws.thousandth()).text);
  to = put(to, R"(],"http":{"version":")");
  to = put(to, pick(versions, draws.thousandth()).text);
  to = put(to, R"(","client":"10.)");
  const unsigned client = draws.below(60000);
  to = put_number(to, client % 16);
  *to++ = '.';
  to = put_number(to, client / 16 % 256);
  *to++ = '.';
  to = put_number(to, client % 255);
  const bool cached = client % 3 == 0;
  return put(to, cached ? R"(","cached":true}})" : R"(","cached":false}})");
}

}  // namespace

AppLog::AppLog(std::uint64_t seed) noexcept : seed_(Random(seed).next()) {}

char* AppLog::write(std::uint64_t index, char* to) noexcept {
  Random random = random_of_record(seed_, index);
  Draws draws(random.next());
  const std::string_view level = pick(levels, draws.thousandth()).name;
  to = put(to, R"({"time":")");
  to = timestamp_.put(to, index * milliseconds_per_record + draws.below(milliseconds_per_record));
  to = put(to, R"(","level":")");
  to = put(to, level);
  to = put(to, "\"");
  to = put_origin(to, random);
  to = put_outcome(to, level, random);
  to = put_request(to, random);
  to = put_circumstances(to, random);
  return put(to, "\n");
}

}  // namespace sluice
