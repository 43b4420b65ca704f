// How fast the scan kernels and the line matcher read, in bytes per second of one core, on made-up
// access log lines. Sixteen chunks of the size that the engine uses are read in turn: together they
// are larger than a core's L2 cache.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/data/scan.h"
#include "stages/support/line_matcher.h"
#include "tools/benchmark/byte_kernels.h"
#include "tools/benchmark/record_kernels.h"

namespace sluice {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{512} << 10;
constexpr std::size_t chunk_count = 16;

template <std::size_t N>
const char* pick(std::mt19937& random, const char* const (&choices)[N]) {
  return choices[random() % N];
}

std::string access_line(std::mt19937& random) {
  static const char* const methods[] = {"GET", "GET", "GET", "GET", "GET", "POST", "HEAD", "PUT"};
  static const char* const paths[] = {
      "/index.html",  "/static/app.js",          "/images/logo.png", "/api/v1/users",
      "/api/v2/cart", "/api/v1/orders",          "/search",          "/api/v1/products/items",
      "/login",       "/static/css/site.min.css"};
  static const char* const agents[] = {
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 "
      "Safari/537.36",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
      "curl/7.88.1", "Googlebot/2.1 (+http://www.google.com/bot.html)"};
  const int status = random() % 1000 < 13 ? 500 + static_cast<int>(random() % 4)
                     : random() % 10 == 0 ? 404
                                          : 200;
  const auto number = [&](unsigned limit) { return std::to_string(random() % limit); };
  return number(223) + "." + number(256) + "." + number(256) + "." + number(256) +
         " - - [17/May/2015:10:" + std::to_string(10 + random() % 50) + ":" +
         std::to_string(10 + random() % 50) + " +0000] \"" + pick(random, methods) + " " +
         pick(random, paths) + "?id=" + number(100'000) + " HTTP/1.1\" " + std::to_string(status) +
         " " + number(50'000) + " \"-\" \"" + pick(random, agents) + "\"\n";
}

const std::vector<std::string>& chunks() {
  static const std::vector<std::string> all = [] {
    std::mt19937 random(1);
    std::vector<std::string> made(chunk_count);
    for (std::string& chunk : made) {
      for (std::string line = access_line(random); chunk.size() + line.size() <= chunk_bytes;) {
        chunk += line;
        line = access_line(random);
      }
    }
    return made;
  }();
  return all;
}

template <class ReadChunk>
void read_chunks(benchmark::State& state, ReadChunk read_chunk) {
  std::size_t next = 0;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    const std::string& chunk = chunks()[next++ % chunk_count];
    bytes += chunk.size();
    benchmark::DoNotOptimize(read_chunk(chunk));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void count_lines(benchmark::State& state, SimdLevel level) {
  read_chunks(state, [&](const std::string& chunk) { return count_newlines(chunk, level); });
}

void count_lines_in_l2(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(count_newlines(chunks().front()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(chunks().front().size()));
}

void cut_lines(benchmark::State& state, SimdLevel level) {
  std::vector<Slice> lines;
  read_chunks(state, [&](const std::string& chunk) {
    lines.clear();
    return append_lines(chunk, 0, lines, npos, level);
  });
}

void match(benchmark::State& state, const MatchRule& rule) {
  auto matcher = LineMatcher::make(rule);
  if (!matcher) {
    state.SkipWithError(matcher.error().message.c_str());
    return;
  }
  std::uint64_t kept = 0;
  std::uint64_t lines = 0;
  for (const std::string& chunk : chunks()) {
    std::vector<Slice> slices;
    kept += matcher.value().match_chunk(chunk, 0, 0, slices);
    lines += count_newlines(chunk);
  }
  std::vector<Slice> slices;
  read_chunks(state, [&](const std::string& chunk) {
    slices.clear();
    return matcher.value().match_chunk(chunk, 0, 0, slices);
  });
  state.counters["kept_percent"] = 100.0 * static_cast<double>(kept) / static_cast<double>(lines);
}

void register_matches() {
  const auto add = [](const char* name, MatchRule rule) {
    benchmark::RegisterBenchmark(name, [rule](benchmark::State& state) { match(state, rule); });
  };
  add("contains/absent", {.contains = {"ERROR"}, .any_of = {}, .regex = {}});
  add("contains/sparse", {.contains = {"\" 503 "}, .any_of = {}, .regex = {}});
  add("contains/dense", {.contains = {"curl/7"}, .any_of = {}, .regex = {}});
  add("contains/inverted", {.contains = {"curl/7"}, .any_of = {}, .regex = {}, .invert = true});
  add("contains/two", {.contains = {"POST", "/orders"}, .any_of = {}, .regex = {}});
  add("any_of/3_dense", {.contains = {}, .any_of = {"/login", "/search", "/orders"}, .regex = {}});
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i) many.push_back("/tenant-" + std::to_string(100 + i * 7));
  add("any_of/20_absent", {.contains = {}, .any_of = many, .regex = {}});
  for (int i = 20; i < 100; ++i) many.push_back("/tenant-" + std::to_string(100 + i * 7));
  add("any_of/100_absent", {.contains = {}, .any_of = many, .regex = {}});
  const std::vector<std::string> words = {"ERROR",   "FATAL",     "panic",    "timeout", "refused",
                                          "denied",  "Exception", "segfault", "OOM",     "killed",
                                          "corrupt", "abort",     "failed",   "unknown", "invalid",
                                          "expired", "overflow",  "deadlock", "missing", "broken"};
  add("any_of/20_words", {.contains = {}, .any_of = words, .regex = {}});
  const auto add_regex = [&](const char* name, const char* pattern) {
    add(name, {.contains = {}, .any_of = {}, .regex = pattern});
  };
  add_regex("regex/sequence", " 50[0-9] ");
  add_regex("regex/factor", "(GET|POST) /api/v[0-9]+/orders");
  add_regex("regex/alternatives", "/login|/search|/orders");
  add_regex("regex/whole_chunk", "[0-9]+\\.[0-9]+$|[a-z]+/[0-9.]+\"$");
  add_regex("regex/line_by_line", "(?-s)(bot|curl).*$");
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using sluice::SimdLevel;
  for (const auto level : {SimdLevel::scalar, SimdLevel::avx2, SimdLevel::avx512bw}) {
    if (level > sluice::best_simd_level()) continue;
    const std::string suffix = "/" + std::string(name_of(level));
    benchmark::RegisterBenchmark(("count_newlines" + suffix).c_str(), sluice::count_lines, level);
    benchmark::RegisterBenchmark(("append_lines" + suffix).c_str(), sluice::cut_lines, level);
  }
  benchmark::RegisterBenchmark("count_newlines/one_chunk", sluice::count_lines_in_l2);
  sluice::register_matches();
  sluice::register_record_kernels();
  sluice::register_byte_kernels();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
