#include "stages/support/csv_parser.h"

#include <algorithm>
#include <cstring>

#include "engine/data/buffer_pool.h"
#include "engine/stage/field_path.h"

namespace sluice {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// `inner` with each doubled quote once.
std::string_view with_single_quotes(std::string_view inner, TextArena& arena) {
  char* const begin = arena.allocate(inner.size());
  char* out = begin;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    *out++ = inner[i];
    if (inner[i] == '"') ++i;
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

/// Whether `text` names the columns, in their order.
bool is_header(std::string_view text, char separator, const std::vector<std::string>& columns) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  // Parsers read a little behind the end of what they are given.
  std::string padded(text);
  padded.append(Buffer::slack, '\0');
  std::vector<std::size_t> all(columns.size());
  std::vector<Cell> cells(columns.size());
  std::vector<Cell*> places;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    all[i] = i;
    places.push_back(&cells[i]);
  }
  CsvParser parser(separator, std::move(all));
  parser.set_columns(std::move(places));
  TextArena arena;
  if (parser.parse(std::string_view(padded).substr(0, text.size()), 0, arena)) return false;
  return std::equal(columns.begin(), columns.end(), cells.begin(),
                    [](const std::string& name, const Cell& cell) {
                      return cell.type() == Cell::Type::text && cell.text() == name;
                    });
}

bool check_columns(const std::vector<std::string>& columns, FormatMistake& mistake) {
  if (columns.empty()) {
    mistake = {"columns", "the names of the columns are needed",
               "as in `columns: [time, level, message]`; `header: true` if the first line has "
               "them (with `framing: csv` at the source it is enough)"};
    return false;
  }
  for (auto name = columns.begin(); name != columns.end(); ++name) {
    if (name->empty()) {
      mistake = {"columns", "a column without a name", {}};
      return false;
    }
    if (std::find(columns.begin(), name, *name) == name) continue;
    mistake = {"columns", "two columns are called '" + *name + "'", {}};
    return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> CsvParser::names_in(std::string_view header,
                                                            char separator) {
  if (header.starts_with(byte_order_mark)) header.remove_prefix(byte_order_mark.size());
  if (header.ends_with('\n')) header.remove_suffix(1);
  if (header.ends_with('\r')) header.remove_suffix(1);
  const CsvParser parser(separator, {});
  TextArena arena;
  std::vector<std::string> names;
  for (std::size_t at = 0;; ++at) {
    Cell cell;
    if (parser.read_field(header, at, &cell, arena)) return std::nullopt;
    if (cell.type() != Cell::Type::text) return std::nullopt;
    names.emplace_back(cell.text());
    if (at == header.size()) break;
  }
  FormatMistake mistake;
  if (!check_columns(names, mistake)) return std::nullopt;
  return names;
}

ParseProblem CsvParser::parse(std::string_view text, std::size_t row, TextArena& arena) {
  std::size_t at = 0;
  for (std::size_t column = 0; column < field_of_.size(); ++column) {
    const std::size_t field = field_of_[column];
    Cell cell;
    const bool is_wanted = field != not_wanted;
    if (const ParseProblem problem = read_field(text, at, is_wanted ? &cell : nullptr, arena)) {
      return problem;
    }
    if (is_wanted) set(field, row, cell);
    const bool is_last = column + 1 == field_of_.size();
    if (at == text.size()) {
      if (is_last) return {};
      return {"fewer fields than columns", at};
    }
    if (is_last) return {"more fields than columns", at};
    ++at;
  }
  return {};
}

/// Reads the field at `at`, which then is at the separator behind it or at the end.
ParseProblem CsvParser::read_field(std::string_view text, std::size_t& at, Cell* cell,
                                   TextArena& arena) const {
  const std::size_t begin = at;
  if (at == text.size() || text[at] != '"') {
    const void* found =
        at == text.size() ? nullptr : std::memchr(text.data() + at, separator_, text.size() - at);
    at = found == nullptr ? text.size()
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    const std::string_view value = text.substr(begin, at - begin);
    if (separator_ == ',' && value.find('"') != std::string_view::npos) {
      return {"a quote in a field without quotes", begin};
    }
    if (cell != nullptr) *cell = value.empty() ? Cell::null() : Cell::text(value);
    return {};
  }
  bool has_quotes = false;
  ++at;
  while (true) {
    at = std::min(text.find('"', at), text.size());
    if (at == text.size()) return {"an unclosed quote", begin};
    if (at + 1 == text.size() || text[at + 1] != '"') break;
    has_quotes = true;
    at += 2;
  }
  const std::string_view inner = text.substr(begin + 1, at - begin - 1);
  ++at;
  if (at < text.size() && text[at] != separator_) {
    return {"no separator behind a quoted field", at};
  }
  if (cell != nullptr) {
    *cell = Cell::text(has_quotes ? with_single_quotes(inner, arena) : inner);
  }
  return {};
}

namespace {

std::unique_ptr<RecordParser> parser_of(char separator, const std::vector<std::string>& columns,
                                        const std::vector<std::string>& wanted) {
  std::vector<std::size_t> field_of;
  for (const std::string& column : columns) {
    const auto found = std::find(wanted.begin(), wanted.end(), join_field({column}));
    field_of.push_back(found == wanted.end() ? CsvParser::not_wanted
                                             : static_cast<std::size_t>(found - wanted.begin()));
  }
  return std::make_unique<CsvParser>(separator, std::move(field_of));
}

}  // namespace

std::optional<RecordFormat> bind_csv(const FormatOptions& options, FormatMistake& mistake) {
  const bool names_itself = options.header && options.columns.empty();
  if (!names_itself && !check_columns(options.columns, mistake)) return std::nullopt;
  const char separator = options.format == "tsv" ? '\t' : ',';
  RecordFormat format;
  format.text_of = [](std::string_view /*field*/) { return FieldText::quoted; };
  if (names_itself) {
    format.schema.open = true;
    format.is_header = [](std::string_view /*text*/) { return true; };
    format.make_parser_for = [separator](const std::vector<std::string>& wanted,
                                         std::string_view head) -> std::unique_ptr<RecordParser> {
      const auto names = CsvParser::names_in(head, separator);
      return names ? parser_of(separator, *names, wanted) : nullptr;
    };
    return format;
  }
  for (const std::string& column : options.columns) {
    format.schema.fields.push_back({join_field({column}), FieldType::text});
  }
  format.make_parser = [separator,
                        columns = options.columns](const std::vector<std::string>& wanted) {
    return parser_of(separator, columns, wanted);
  };
  if (options.header) {
    format.is_header = [separator, columns = options.columns](std::string_view text) {
      return is_header(text, separator, columns);
    };
  }
  return format;
}

}  // namespace sluice
