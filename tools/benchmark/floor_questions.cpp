#include "tools/benchmark/floor_questions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/base/large_memory.h"
#include "engine/data/scan.h"
#include "stages/support/group_table.h"
#include "tools/benchmark/floor_converters.h"
#include "tools/benchmark/floor_records.h"
#include "tools/benchmark/floor_text.h"
#include "tools/benchmark/on_threads.h"

namespace sluice::bench {
namespace {

/// Finds a string_view in a map of strings.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
using Texts = std::unordered_set<std::string, TextHash, std::equal_to<>>;

// Answers that each thread has a part of: add() takes lines, merge() the part of another thread,
// print() comes last.

struct TopPaths {
  GroupTable paths{1};
  std::vector<std::uint64_t> hits;
  std::vector<Cell> cells;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> groups;

  void add(std::string_view lines) {
    cells.clear();
    for_each_line(lines, [&](std::string_view line) {
      line.remove_prefix(std::min(line.find('"'), line.size()));
      cells.push_back(Cell::text(word(line, 1)));
    });
    rows.resize(cells.size());
    std::iota(rows.begin(), rows.end(), 0U);
    const Cell* column = cells.data();
    paths.find_or_add({&column, 1}, rows, groups);
    hits.resize(paths.size());
    for (const std::uint32_t group : groups) ++hits[group];
  }
  void merge(const TopPaths& other) {
    paths.find_or_add(other.paths, groups);
    hits.resize(paths.size());
    for (std::size_t i = 0; i < groups.size(); ++i) hits[groups[i]] += other.hits[i];
  }
  std::string print() const {
    constexpr std::size_t wanted = 10;
    std::vector<std::pair<std::uint64_t, std::string_view>> all;
    for (std::uint32_t group = 0; group < paths.size(); ++group) {
      all.emplace_back(hits[group], paths.key(group).front().text());
    }
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, all.size()));
    std::partial_sort(all.begin(), middle, all.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::string text;
    for (auto row = all.begin(); row != middle; ++row) {
      text.append(std::to_string(row->first)).append(" ").append(row->second).append("\n");
    }
    return text;
  }
};

struct ClientsByHour {
  std::map<std::string, Texts, std::less<>> hours;

  void add(std::string_view lines) {
    std::string_view hour;
    Texts* seen = nullptr;
    for_each_line(lines, [&](std::string_view line) {
      const std::string_view client = line.substr(0, line.find(' '));
      const std::size_t open = line.find('[');
      if (open == npos) return;
      const std::string_view now = line.substr(open + 1, 14);
      if (now != hour) {
        hour = now;
        auto found = hours.find(now);
        if (found == hours.end()) found = hours.emplace(now, Texts()).first;
        seen = &found->second;
      }
      if (!seen->contains(client)) seen->emplace(client);
    });
  }
  void merge(const ClientsByHour& other) {
    for (const auto& [hour, seen] : other.hours) hours[hour].insert(seen.begin(), seen.end());
  }
  std::string print() const {
    std::string text;
    for (const auto& [hour, seen] : hours) {
      // DD/Mon/YYYY:HH, and all days of the log are in one month.
      text.append("2025-03-").append(hour, 0, 2).append("T").append(hour, 12).append(":00:00Z ");
      text.append(std::to_string(seen.size())).append("\n");
    }
    return text;
  }
};

struct Latencies {
  std::map<std::string, std::vector<double>, std::less<>> services;

  void add(std::string_view lines) {
    for_each_line(lines, [&](std::string_view line) {
      const std::string_view service = take_value(line, R"("service":")", '"');
      const std::string_view digits = take_value(line, R"("duration_ms":)", ',');
      double duration = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), duration);
      auto found = services.find(service);
      if (found == services.end()) found = services.emplace(service, std::vector<double>()).first;
      found->second.push_back(duration);
    });
  }
  void merge(const Latencies& other) {
    for (const auto& [service, values] : other.services) {
      auto& all = services[service];
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  std::string print() const {
    std::string text;
    for (const auto& [service, values] : services) {
      text += service;
      std::vector<double> all = values;
      for (const double share : {0.5, 0.95, 0.99}) {
        const auto rank = std::ceil(share * static_cast<double>(all.size()));
        const auto at = all.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
        std::nth_element(all.begin(), at, all.end());
        text += " " + std::to_string(*at);
      }
      text += "\n";
    }
    return text;
  }
};

Status convert(Feed& feed, Converter converter, File file, unsigned threads) {
  OrderedOutput output(std::move(file));
  Status converted = on_threads(threads, [&](unsigned /*index*/) -> Status {
    Chunk chunk;
    Chunk made;
    std::string text;
    while (true) {
      const Result<bool> more = feed.next(chunk);
      if (!more) return output.abandon(), more.error();
      if (!more.value()) return Done{};
      text.clear();
      converter(chunk.lines, text);
      made.number = chunk.number;
      made.lines = text;
      Status put = output.put(made, {{0, static_cast<std::uint32_t>(text.size())}}, nullptr);
      if (!put) return put;
    }
  });
  return converted ? output.finish(nullptr) : converted;
}

template <class Answer>
Status collect(Feed& feed, File file, unsigned threads) {
  std::mutex mutex;
  Answer all;
  Status collected = on_threads(threads, [&](unsigned /*index*/) -> Status {
    Answer own;
    Chunk chunk;
    while (true) {
      const Result<bool> more = feed.next(chunk);
      if (!more) return more.error();
      if (!more.value()) break;
      own.add(chunk.lines);
    }
    const std::lock_guard lock(mutex);
    all.merge(own);
    return Done{};
  });
  if (!collected) return collected;
  Status written = file.write_all(std::span<const char>(all.print()));
  return written ? file.close() : written;
}

/// A number in the order of the times of one month; and the line's place.
struct SortKey {
  std::uint64_t time;
  std::uint32_t length;
  std::uint64_t offset;
  bool operator<(const SortKey& other) const { return time < other.time; }
};
using SortKeys = std::vector<SortKey, LargeMemory<SortKey>>;

/// Days, hours, minutes and seconds of [DD/Mon/YYYY:HH:MM:SS.
std::uint64_t time_key(std::string_view line) {
  const std::string_view time = line.substr(std::min(line.find('['), line.size() - 1) + 1, 20);
  std::uint64_t key = 0;
  for (const unsigned at : {0U, 1U, 12U, 13U, 15U, 16U, 18U, 19U}) {
    key = key * 10 + static_cast<std::uint64_t>(time[at] - '0');
  }
  return key;
}

}  // namespace

bool has_question_floor(Question question) {
  return converter_for(question) != nullptr || question == Question::status_sums ||
         question == Question::top_paths || question == Question::clients_by_hour ||
         question == Question::latencies;
}

Status answer_question(Question question, Feed& feed, File output, unsigned threads) {
  if (const Converter converter = converter_for(question)) {
    return convert(feed, converter, std::move(output), threads);
  }
  if (question == Question::status_sums) {
    return collect<StatusSums>(feed, std::move(output), threads);
  }
  if (question == Question::top_paths) return collect<TopPaths>(feed, std::move(output), threads);
  if (question == Question::clients_by_hour) {
    return collect<ClientsByHour>(feed, std::move(output), threads);
  }
  return collect<Latencies>(feed, std::move(output), threads);
}

Status sort_by_time(const File& input, std::uint64_t size_bytes, File output, unsigned threads) {
  const LargeBlock memory = make_large_block(size_bytes);
  const std::string_view text(memory.get(), size_bytes);
  Status read = on_threads(threads, [&](unsigned index) -> Status {
    const std::size_t begin = size_bytes / threads * index;
    const std::size_t end = index + 1 == threads ? size_bytes : size_bytes / threads * (index + 1);
    const Result<std::size_t> got = input.read_at({memory.get() + begin, end - begin}, begin);
    return got ? Status(Done{}) : Status(got.error());
  });
  if (!read) return read;
  std::vector<SortKeys> parts(threads);
  Status sorted = on_threads(threads, [&](unsigned index) -> Status {
    const auto border = [&](unsigned part) {
      const std::size_t at = text.size() / threads * part;
      return part == 0 ? 0 : part == threads ? text.size() : find_newline(text, at) + 1;
    };
    SortKeys& keys = parts[index];
    std::size_t offset = border(index);
    for_each_line(text.substr(offset, border(index + 1) - offset), [&](std::string_view line) {
      keys.push_back({time_key(line), static_cast<std::uint32_t>(line.size() + 1), offset});
      offset += line.size() + 1;
    });
    std::stable_sort(keys.begin(), keys.end());
    return Done{};
  });
  if (!sorted) return sorted;
  SortKeys all = std::move(parts.front());
  for (unsigned part = 1; part < threads; ++part) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), parts[part].begin(), parts[part].end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  std::string block;
  constexpr std::size_t block_bytes = std::size_t{1} << 20;
  for (const SortKey& key : all) {
    block.append(text.substr(key.offset, key.length));
    if (block.size() < block_bytes) continue;
    Status written = output.write_all(std::span<const char>(block));
    if (!written) return written;
    block.clear();
  }
  Status written = output.write_all(std::span<const char>(block));
  return written ? output.close() : written;
}

}  // namespace sluice::bench
