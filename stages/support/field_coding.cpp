#include "stages/support/field_coding.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

class CodeFields final : public Transform {
 public:
  CodeFields(std::shared_ptr<const FieldCoding> coding, std::unique_ptr<ByteCoder> coder,
             BadRecords bad)
      : coding_(std::move(coding)), coder_(std::move(coder)), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    if (batch.record_count() == 0 || coding_->fields.empty()) return Done{};
    bind(batch);
    auto unreadable = batch.bad_rows().begin();
    const auto unreadable_end = batch.bad_rows().end();
    for (const std::uint32_t row : batch.selection()) {
      // What a parser could not read has no fields; it was counted there.
      while (unreadable != unreadable_end && *unreadable < row) ++unreadable;
      if (unreadable != unreadable_end && *unreadable == row) continue;
      code_row(batch, row);
    }
    if (bad_.empty()) return Done{};
    return bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
  }

 private:
  static Column* column_of(Batch& batch, std::string_view name) {
    const auto columns = batch.columns();
    const auto found = std::find_if(columns.rbegin(), columns.rend(),
                                    [&](const Column& column) { return column.name == name; });
    return found == columns.rend() ? nullptr : &*found;
  }

  void bind(Batch& batch) {
    for (const FieldCoding::Field& field : coding_->fields) {
      if (field.to != field.from) batch.add_column(field.to);
    }
    bound_.clear();
    for (const FieldCoding::Field& field : coding_->fields) {
      bound_.push_back({column_of(batch, field.from), column_of(batch, field.to)});
    }
    results_.resize(bound_.size());
  }

  /// All of its fields or, if one is bad, none.
  void code_row(Batch& batch, std::uint32_t row) {
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const std::string& from = coding_->fields[i].from;
      Cell cell;
      if (from.empty()) {
        cell = Cell::text(batch.text(batch.rows()[row]));
      } else if (bound_[i].from != nullptr) {
        cell = bound_[i].from->cells[row];
      }
      if (const Status status = code(cell, batch.arena(), results_[i]); !status) {
        const std::string name = from.empty() ? "raw" : escape(plain_field(from));
        bad_.add(row, "'" + name + "': " + status.error().message, 0);
        return;
      }
    }
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      if (bound_[i].to != nullptr) bound_[i].to->cells[row] = results_[i];
    }
  }

  /// Null and missing stay what they are.
  Status code(const Cell& cell, TextArena& arena, Cell& to) {
    to = cell;
    if (cell.is_missing() || cell.type() == Cell::Type::null) return Done{};
    std::array<char, longest_plain_value> digits{};
    std::string_view text;
    if (holds_text(cell)) {
      text = cell.text();
    } else {
      const char* end = write_plain_value(digits.data(), cell);
      text = {digits.data(), static_cast<std::size_t>(end - digits.data())};
    }
    room_.resize(std::max(room_.size(), coder_->bound(text.size())));
    coder_->restart();
    const Result<Converted> converted = coder_->convert(text, room_);
    if (!converted) return converted.error();
    std::size_t size = converted.value().produced;
    const Result<std::size_t> end = coder_->finish(std::span(room_).subspan(size));
    if (!end) return end.error();
    size += end.value();
    char* copy = arena.allocate(size);
    std::copy_n(room_.data(), size, copy);  // not memcpy: room for nothing may be null
    to = Cell::text({copy, size});
    return Done{};
  }

  struct Bound {
    Column* from = nullptr;  ///< Null: no record has it, or it is the text.
    Column* to = nullptr;    ///< Null: as `from`.
  };

  std::shared_ptr<const FieldCoding> coding_;
  std::unique_ptr<ByteCoder> coder_;
  BadRecords bad_;
  // Kept, so that they stop growing soon.
  std::vector<Bound> bound_;
  std::vector<Cell> results_;
  std::vector<char> room_;
};

/// Those of the fields whose results are read.
FieldCoding wanted(const FieldCoding& coding, const FieldSet& below) {
  FieldCoding read = coding;
  std::erase_if(read.fields, [&](const FieldCoding::Field& field) {
    return !below.all &&
           std::find(below.names.begin(), below.names.end(), field.to) == below.names.end();
  });
  return read;
}

}  // namespace

FieldCoding FieldCoding::of(const std::vector<ExpressionText>& fields,
                            const std::optional<ExpressionText>& into, const Schema& input,
                            Diagnostics& diagnostics) {
  FieldCoding coding;
  std::optional<std::string> to;
  if (into) to = read_new_name(*into, diagnostics);
  const Besides besides = into ? Besides::raw : Besides::nothing;
  for (FieldReference& field : read_fields(fields, input, besides, diagnostics)) {
    if (into && !to) continue;
    std::string name = to.value_or(field.name);
    coding.fields.push_back({std::move(field.name), std::move(name)});
  }
  return coding;
}

Schema FieldCoding::output_schema(const Schema& input) const {
  Schema schema = input;
  schema.is_changed = true;
  schema.text_is_json = false;
  for (const Field& field : fields) {
    // A text has no fields of its own.
    std::erase_if(schema.fields, [&](const sluice::Field& other) {
      return other.name != field.to && holds_field(field.to, other.name);
    });
    const auto found =
        std::find_if(schema.fields.begin(), schema.fields.end(),
                     [&](const sluice::Field& other) { return other.name == field.to; });
    if (found == schema.fields.end()) {
      schema.fields.push_back({field.to, FieldType::text});
    } else {
      *found = {field.to, FieldType::text};
    }
  }
  return schema;
}

/// What is wanted of a record that goes to `errors` is wanted of the input as it is.
Demand FieldCoding::input_demand(const StagePlace& place) const {
  Demand demand;
  demand.fields = place.output.fields;
  const FieldCoding read = wanted(*this, demand.fields);
  for (const Field& field : read.fields) std::erase(demand.fields.names, field.to);
  for (const Field& field : read.fields) {
    if (!field.from.empty()) demand.fields.add(field.from);
  }
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

Parts FieldCoding::parts(std::string_view verb, MakeCoder make_coder, const ByteCoding& coding,
                         OnError on_error, StageContext& context, const StagePlace& place) const {
  const auto read = std::make_shared<const FieldCoding>(wanted(*this, place.output.fields));
  std::string names;
  for (const Field& field : read->fields) {
    names += (names.empty() ? "" : ", ") + plain_field(field.to);
  }
  const BadRecords bad = BadRecords::in_place(on_error, place, context);
  TransformPart part =
      transform_part([=] { return std::make_unique<CodeFields>(read, make_coder(coding), bad); });
  part.notes.push_back(std::string(verb) + ": " +
                       (names.empty() ? "nothing that anybody reads" : names));
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

void check_coded_fields(const std::vector<ExpressionText>& fields,
                        const std::optional<ExpressionText>& into, const OptionErrors& errors) {
  std::set<std::string> names;
  for (const ExpressionText& field : fields) names.insert(field.text);
  if (names.size() < fields.size()) {
    errors.add("fields", "option.range", "option 'fields': a field is named twice");
  }
  if (into && fields.size() != 1) {
    errors.add("into", "option.conflict", "option 'into' is for one field");
  }
}

}  // namespace sluice
