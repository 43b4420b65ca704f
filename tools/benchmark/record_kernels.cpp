// What fields cost on one core: reading them out of records, and running over them. The loops over
// numbers compare self-typed cells (what batches have) with plain arrays and a map of nulls (what
// they could have where types are known beforehand).
#include "tools/benchmark/record_kernels.h"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/buffer_pool.h"
#include "engine/data/cell.h"
#include "engine/data/scan.h"
#include "stages/support/access_log.h"
#include "stages/support/access_log_parser.h"
#include "stages/support/app_log.h"
#include "stages/support/json_parser.h"

namespace sluice {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{512} << 10;

/// About chunk_bytes of a made-up log, with readable bytes behind it.
template <class Log>
std::string make_chunk() {
  Log log(1);
  std::string chunk(chunk_bytes + Log::longest_record_bytes + Buffer::slack, '\0');
  char* end = chunk.data();
  for (std::uint64_t i = 0; static_cast<std::size_t>(end - chunk.data()) < chunk_bytes; ++i) {
    end = log.write(i, end);
  }
  chunk.resize(static_cast<std::size_t>(end - chunk.data()));
  chunk.reserve(chunk.size() + Buffer::slack);
  return chunk;
}

void parse(benchmark::State& state, const std::string& chunk, RecordParser& parser,
           std::size_t fields) {
  std::vector<std::string_view> records;
  for (std::size_t begin = 0; begin < chunk.size();) {
    const std::size_t end = chunk.find('\n', begin);
    records.push_back(std::string_view(chunk).substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<std::vector<Cell>> columns(fields, std::vector<Cell>(records.size()));
  std::vector<Cell*> cells;
  for (auto& column : columns) cells.push_back(column.data());
  parser.set_columns(std::move(cells));
  TextArena arena;
  for (auto _ : state) {
    for (std::size_t row = 0; row < records.size(); ++row) {
      benchmark::DoNotOptimize(parser.parse(records[row], row, arena));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chunk.size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}

void parse_combined(benchmark::State& state, std::vector<std::string> fields) {
  AccessLogParser parser(AccessLogFormat::combined, fields);
  parse(state, make_chunk<AccessLog>(), parser, fields.size());
}

void parse_json(benchmark::State& state, std::vector<std::string> fields) {
  JsonParser parser(fields);
  parse(state, make_chunk<AppLog>(), parser, fields.size());
}

// As many rows as a buffer of access log has.
constexpr std::size_t rows = 2400;

std::int64_t number_of(std::size_t row) { return row % 77 == 0 ? 503 : 200; }

void compare_cells(benchmark::State& state) {
  std::vector<Cell> cells;
  for (std::size_t row = 0; row < rows; ++row) cells.push_back(Cell::integer(number_of(row)));
  std::vector<std::uint32_t> kept(rows);
  for (auto _ : state) {
    std::size_t count = 0;
    for (std::uint32_t row = 0; row < rows; ++row) {
      kept[count] = row;
      const bool holds = cells[row].type() == Cell::Type::integer && cells[row].integer() >= 500;
      count += holds ? 1 : 0;
    }
    benchmark::DoNotOptimize(count);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

void compare_numbers_alone(benchmark::State& state) {
  std::vector<std::int64_t> numbers;
  for (std::size_t row = 0; row < rows; ++row) numbers.push_back(number_of(row));
  const std::vector<std::uint8_t> nulls(rows, 0);
  std::vector<std::uint32_t> kept(rows);
  for (auto _ : state) {
    std::size_t count = 0;
    for (std::uint32_t row = 0; row < rows; ++row) {
      kept[count] = row;
      count += nulls[row] == 0 && numbers[row] >= 500 ? 1 : 0;
    }
    benchmark::DoNotOptimize(count);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

}  // namespace

void register_record_kernels() {
  const auto add = [](const char* name, auto run, std::vector<std::string> fields) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { run(state, fields); });
  };
  add("parse/combined/status_bytes", parse_combined, {"status", "bytes"});
  add("parse/combined/path", parse_combined, {"path"});
  add("parse/combined/all", parse_combined,
      {"client", "ident", "user", "time", "method", "path", "protocol", "status", "bytes",
       "referrer", "agent"});
  add("parse/json/one", parse_json, {"level"});
  add("parse/json/four", parse_json, {"level", "service", "status", "message"});
  benchmark::RegisterBenchmark("compare/cells", compare_cells);
  benchmark::RegisterBenchmark("compare/numbers_alone", compare_numbers_alone);
}

}  // namespace sluice
