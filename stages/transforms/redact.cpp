// The transform `redact`: takes addresses, card numbers and secrets out of records.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/meta_field.h"
#include "engine/stage/registry.h"
#include "stages/support/cell_text.h"
#include "stages/support/field_list.h"
#include "stages/support/redacted_text.h"
#include "stages/support/redactor.h"

namespace sluice {

/// A map of names to regular expressions, or a list of them without names.
template <>
struct OptionType<std::vector<NamedPattern>> {
  static std::string name() { return "map of names to regular expressions, or list of them"; }
  static bool parse(const Value& value, std::vector<NamedPattern>& to, std::string& why) {
    to.clear();
    if (value.kind() == Value::Kind::map) {
      for (const Entry& entry : value.entries()) {
        NamedPattern& pattern = to.emplace_back();
        pattern.name = entry.key;
        if (!OptionType<std::string>::parse(entry.value, pattern.regex, why)) return false;
      }
      return true;
    }
    std::vector<std::string> regexes;
    if (!OptionType<std::vector<std::string>>::parse(value, regexes, why)) return false;
    for (std::string& regex : regexes) to.push_back({"pattern", std::move(regex)});
    return true;
  }
  static std::string print(const std::vector<NamedPattern>& /*value*/) { return {}; }
  static std::vector<std::string> choices() { return {}; }
};

namespace {

struct Options {
  std::vector<Preset> presets;
  std::vector<NamedPattern> patterns;
  RedactAction action = RedactAction::mask;
  std::optional<std::string> mask;
  std::optional<std::string> key;
  std::vector<ExpressionText> fields;

  RedactRules rules() const { return {presets, patterns, action, mask, key.value_or("")}; }
};

/// What is redacted of a record.
struct Scope {
  bool text = true;
  bool all_fields = true;
  std::vector<std::string> fields;
  bool text_is_json = false;

  Scope(const Options& options, const Schema& input, Diagnostics& diagnostics)
      : text(input.has_text), text_is_json(input.text_is_json || input.edits_json) {
    if (options.fields.empty()) return;
    text = false;
    all_fields = false;
    for (FieldReference& field : read_fields(options.fields, input, Besides::raw, diagnostics)) {
      if (field.name.empty()) {
        text = input.has_text;
      } else {
        fields.push_back(std::move(field.name));
      }
    }
  }

  bool holds(std::string_view field) const {
    if (find_meta_field(field)) return false;
    return all_fields || std::any_of(fields.begin(), fields.end(), [&](const std::string& one) {
             return holds_field(one, field);
           });
  }
};

class Redact final : public Transform {
 public:
  Redact(std::shared_ptr<const Redactor> redactor, std::shared_ptr<const Scope> scope)
      : redactor_(std::move(redactor)), scope_(std::move(scope)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (batch.record_count() == 0) return Done{};
    // Cells first: they may lie in the bytes that the text has now.
    if (batch.is_table()) {
      for (Column& column : batch.columns()) {
        if (scope_->holds(column.name)) redact_column(batch, column);
      }
    }
    if (!scope_->text || batch.byte_count() == 0) return Done{};
    return batch.is_table() ? redact_rows(batch) : redact_lines(batch);
  }

 private:
  RedactedText writer(bool is_json) const { return {*redactor_, is_json}; }

  Status redact_lines(Batch& batch) {
    found_.clear();
    for (const Slice slice : batch.slices()) {
      redactor_->find(batch.bytes().substr(slice.offset, slice.length), slice.offset, found_);
    }
    if (found_.empty()) return Done{};
    const RedactedText text = writer(scope_->text_is_json);
    const std::span<char> room = take_scratch(batch, text.size_of(batch.byte_count(), found_));
    if (room.empty()) return no_room();
    char* out = room.data();
    std::span<const SensitiveSpan> left = found_;
    for (const Slice slice : batch.slices()) {
      const std::size_t end = slice.offset + slice.length;
      out = text.write(batch.bytes(), slice.offset, end, take_until(left, end), out);
    }
    if (out == room.data()) *out++ = '\n';
    batch.set_bytes(seal(room, out), batch.record_count());
    return Done{};
  }

  Status redact_rows(Batch& batch) {
    find_in_rows(batch);
    if (found_.empty()) return Done{};
    const RedactedText text = writer(scope_->text_is_json);
    const std::span<char> room = take_scratch(batch, text.size_of(batch.byte_count(), found_));
    if (room.empty()) return no_room();
    const auto rows = batch.rows();
    new_rows_.assign(rows.size(), Slice{});
    char* out = room.data();
    std::span<const SensitiveSpan> left = found_;
    for (std::size_t i = 0; i < batch.selection().size(); ++i) {
      const std::uint32_t row = batch.selection()[i];
      const char* begin = out;
      const auto spans = left.first(spans_of_row_[i]);
      left = left.subspan(spans.size());
      out = text.write(batch.bytes(), rows[row].offset, rows[row].offset + rows[row].length, spans,
                       out);
      if (out == begin) *out++ = '\n';
      new_rows_[row] = {static_cast<std::uint32_t>(begin - room.data()),
                        static_cast<std::uint32_t>(out - begin)};
    }
    batch.set_texts(seal(room, out), new_rows_);
    return Done{};
  }

  /// Rows that stand side by side are searched at once.
  void find_in_rows(const Batch& batch) {
    const auto rows = batch.rows();
    const auto selection = batch.selection();
    found_.clear();
    spans_of_row_.assign(selection.size(), 0);
    for (std::size_t first = 0; first < selection.size();) {
      Slice piece = rows[selection[first]];
      std::size_t last = first + 1;
      for (; last < selection.size(); ++last) {
        const Slice next = rows[selection[last]];
        if (next.offset != piece.offset + piece.length) break;
        piece.length += next.length;
      }
      std::size_t span = found_.size();
      redactor_->find(batch.bytes().substr(piece.offset, piece.length), piece.offset, found_);
      for (std::size_t i = first; i < last; ++i) {
        const std::size_t end = rows[selection[i]].offset + rows[selection[i]].length;
        for (; span < found_.size() && found_[span].begin < end; ++span) ++spans_of_row_[i];
      }
      first = last;
    }
  }

  /// Searches the texts of all cells at once, a line end between them.
  void redact_column(Batch& batch, Column& column) {
    texts_.clear();
    cells_.clear();
    for (const std::uint32_t row : batch.selection()) add_text(row, column.cells[row]);
    found_.clear();
    redactor_->find(texts_, 0, found_);
    std::span<const SensitiveSpan> left = found_;
    for (const CellText& text : cells_) {
      if (left.empty()) return;
      const auto spans = take_until(left, text.end);
      if (spans.empty()) continue;
      Cell& cell = column.cells[text.row];
      const bool is_json = cell.type() == Cell::Type::json;
      const RedactedText of_cell = writer(is_json);
      char* begin = batch.arena().allocate(of_cell.size_of(text.end - text.begin, spans));
      const char* end = of_cell.write(texts_, text.begin, text.end, spans, begin);
      const std::string_view redacted(begin, static_cast<std::size_t>(end - begin));
      cell = is_json ? Cell::json(redacted) : Cell::text(redacted);
    }
  }

  void add_text(std::uint32_t row, const Cell& cell) {
    const std::size_t begin = texts_.size();
    switch (cell.type()) {
      case Cell::Type::text:
      case Cell::Type::json:
        texts_ += cell.text();
        break;
      case Cell::Type::decimal:
      case Cell::Type::integer:
      case Cell::Type::real:
        if (!redactor_->concerns_numbers()) return;
        append_plain(texts_, cell);
        break;
      default:
        return;
    }
    cells_.push_back({row, begin, texts_.size()});
    texts_ += '\n';
  }

  /// Takes the spans that begin in front of `end` off `left`.
  static std::span<const SensitiveSpan> take_until(std::span<const SensitiveSpan>& left,
                                                   std::size_t end) {
    std::size_t count = 0;
    while (count < left.size() && left[count].begin < end) ++count;
    const auto taken = left.first(count);
    left = left.subspan(count);
    return taken;
  }

  /// With one byte for a line end: a record of which nothing is left is an empty line.
  static std::span<char> take_scratch(const Batch& batch, std::size_t size) {
    return batch.buffer()->take_scratch(size + 1 + Buffer::slack);
  }
  /// What was written up to `end`, with zeroes behind it as in a buffer.
  static std::string_view seal(std::span<char> room, char* end) {
    std::memset(end, 0, Buffer::slack);
    return {room.data(), static_cast<std::size_t>(end - room.data())};
  }
  static Error no_room() {
    Error error;
    error.message = "no scratch memory is left for the redacted text";
    return error;
  }

  struct CellText {
    std::uint32_t row = 0;
    std::size_t begin = 0;  ///< In texts_.
    std::size_t end = 0;
  };

  std::shared_ptr<const Redactor> redactor_;
  std::shared_ptr<const Scope> scope_;
  // Kept, so that they stop growing soon.
  std::vector<SensitiveSpan> found_;
  std::vector<std::size_t> spans_of_row_;  ///< How many of found_, by place in the selection.
  std::vector<Slice> new_rows_;
  std::string texts_;
  std::vector<CellText> cells_;
};

void check_patterns(const Options& options, const OptionErrors& errors) {
  for (const NamedPattern& pattern : options.patterns) {
    const bool is_plain = std::all_of(pattern.name.begin(), pattern.name.end(), [](char byte) {
      return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
             (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
    });
    if (pattern.name.empty() || !is_plain) {
      errors.add("patterns", "option.range",
                 "option 'patterns': a name is made of letters, digits, '_' and '-'");
    }
    RedactRules rules;
    rules.patterns.push_back(pattern);
    if (const auto made = Redactor::make(rules); !made) {
      errors.add("patterns", "option.range", "option 'patterns': " + made.error().message);
    }
  }
}

void check(const Options& options, const OptionErrors& errors) {
  if (options.presets.empty() && options.patterns.empty()) {
    errors.add("", "option.missing", "transform 'redact' needs to know what to look for",
               "give 'presets', such as [email, ipv4], or 'patterns'");
  }
  if (std::set<Preset>(options.presets.begin(), options.presets.end()).size() <
      options.presets.size()) {
    errors.add("presets", "option.range", "option 'presets': a preset is named twice");
  }
  if (options.mask && options.action != RedactAction::mask) {
    errors.add("mask", "option.conflict", "option 'mask' is for action 'mask'");
  }
  if (options.mask && options.mask->find('\n') != std::string::npos) {
    errors.add("mask", "option.range", "option 'mask': must not hold a line end");
  }
  if (options.key && options.action != RedactAction::hash) {
    errors.add("key", "option.conflict", "option 'key' is for action 'hash'");
  }
  check_patterns(options, errors);
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  const Scope scope(options, input, diagnostics);
  Schema schema = input;
  const bool numbers =
      !options.patterns.empty() || std::find(options.presets.begin(), options.presets.end(),
                                             Preset::credit_card) != options.presets.end();
  for (Field& field : schema.fields) {
    const bool is_number = field.type == FieldType::integer || field.type == FieldType::real;
    if (numbers && is_number && scope.holds(field.name)) field.type = FieldType::any;
  }
  if (scope.text || !input.has_text) return schema;
  // The text does not show what has become of its fields.
  schema.is_changed = true;
  schema.text_is_json = false;
  for (const std::string& name : scope.fields) {
    const auto known = std::find_if(schema.fields.begin(), schema.fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    if (known == schema.fields.end()) schema.fields.push_back({name, FieldType::any});
  }
  return schema;
}

Result<Parts> make(const Options& options, StageContext& /*context*/, const StagePlace& place) {
  Result<Redactor> made = Redactor::make(options.rules());
  if (!made) return std::move(made).error();
  const auto redactor = std::make_shared<const Redactor>(std::move(made).value());
  Diagnostics none;
  const auto scope = std::make_shared<const Scope>(options, place.input, none);
  TransformPart part =
      transform_part([redactor, scope] { return std::make_unique<Redact>(redactor, scope); });
  if (scope->text) {
    part.scratch = [redactor, scope](std::size_t input) {
      return redactor->bound(input, scope->text_is_json ? RedactedText::quotes : 0) + 1 +
             Buffer::slack;
    };
  }
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

constexpr const char* details =
    "What is found is replaced by its name in brackets, such as `[email]`; with `hash` by "
    "`[email:...]` with 16 letters that are the same for the same text and key, so that records "
    "can still be joined; with `remove` by nothing. Without a `key` anybody can try all IPv4 "
    "addresses and see which has that hash.\n"
    "\n"
    "`email`: letters, digits and `._%+-`, an `@`, and a domain that ends in a label of two or "
    "more letters; bytes beyond ASCII count as letters. `ipv4`: four numbers up to 255, not within "
    "a word or a longer row of numbers (`1.2.3.4.5`). `ipv6`: every form of RFC 4291, `::` alone "
    "excepted. `credit_card`: 13 to 19 digits, or groups as they are printed on cards with blanks "
    "or dashes between, that begin with 2 to 6 and have the right check digit (Luhn). `jwt`: JSON "
    "web tokens. `bearer`: the word and the token behind it, if that has 8 characters with a digit "
    "among them, or 20. `aws_key`: access key ids (`AKIA...`, `ASIA...`), and the 40 characters "
    "behind a name that ends in `secret_access_key`, in any spelling.\n"
    "\n"
    "`patterns` are regular expressions (RE2 syntax) that see one record at a time, in which `^` "
    "and `$` are its ends. Where matches overlap, all that they cover is replaced once, under the "
    "name of the one that begins first.\n"
    "\n"
    "The text of records and all their fields are redacted, each for itself: a field that had "
    "escapes in the text is searched without them. `fields` limits that to some fields; the text "
    "is then redacted only if `raw` is among them. In JSON text a replaced number gets quotes. "
    "Times, durations and booleans stay as they are; numbers are looked at for card numbers and "
    "patterns.\n"
    "\n"
    "A preset finds nothing in its own output, unless `mask` is a text that could itself be part "
    "of "
    "an address; what `remove` leaves may join to something new. Memory for the longest "
    "output that there can be is part of the plan's bound: that of the input for most presets, 1.2 "
    "times it for `email`, 2 times for `ipv6`, up to 8 times with `hash`, and the length of the "
    "replacement for every byte that a pattern may match.";

}  // namespace

void register_redact(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "redact",
                       "Takes addresses, card numbers and secrets out of records.")
          .main("presets")
          .option("presets", &Options::presets, "What to look for.", NotEmpty{})
          .option("patterns", &Options::patterns,
                  "Further regular expressions to look for, by the names that stand for them.",
                  NotEmpty{})
          .option("action", &Options::action, "What takes the place of what is found.")
          .option("mask", &Options::mask, "What `mask` writes in place of the name in brackets.")
          .option("key", &Options::key,
                  "The key of `hash`, which should come from the environment: `${REDACT_KEY}`.",
                  NotEmpty{})
          .option("fields", &Options::fields,
                  "The fields to redact, and `raw` for the text; everything, if not given.")
          .details(details)
          .example("- transform: redact\n"
                   "  presets: [email, ipv4, credit_card]\n"
                   "  patterns: {employee: 'E-[0-9]{6}'}\n")
          .check(check)
          .schema(output_schema)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
