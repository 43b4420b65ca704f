// The transform `unnest`: a list becomes records, one for each element.
//
// Two parts. The first is parallel and finds what is no list. The second makes the records: those
// of one list share their text, and each has cells of its own.
#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/field_list.h"
#include "stages/support/json_elements.h"
#include "stages/support/json_parser.h"
#include "stages/support/record_copy.h"

namespace sluice {
namespace {

enum class NoElements : bool { keep, drop };

}  // namespace

template <>
struct EnumNames<NoElements> {
  static constexpr std::array<std::pair<std::string_view, NoElements>, 2> names{
      {{"keep", NoElements::keep}, {"drop", NoElements::drop}}};
};

namespace {

struct Options {
  ExpressionText field;
  NoElements empty = NoElements::keep;
  OnError on_error = OnError::drop;
};

std::optional<FieldReference> list_field(const Options& options, const Schema& input,
                                         Diagnostics& diagnostics) {
  return read_field(options.field, input, Besides::nothing, diagnostics);
}

/// Which fields there are below: the list's own, what is in it, and the others.
struct Fields {
  std::string list;
  std::vector<std::string> names;    ///< Of what comes from an element: the list's, and in it.
  std::vector<std::string> wrapped;  ///< The same in an object that has the element under one key.

  Fields(std::string list_name, const FieldSet& wanted) : list(std::move(list_name)) {
    for (const std::string& name : wanted.names) {
      if (!holds_field(list, name)) continue;
      names.push_back(name);
      wrapped.push_back(key + name.substr(list.size()));
    }
  }

  static constexpr const char* key = "v";
};

bool is_unreadable(const Batch& batch, std::uint32_t row) {
  const auto bad = batch.bad_rows();
  return std::binary_search(bad.begin(), bad.end(), row);
}

/// Finds records whose field is no list, and drops those without elements if that is wanted.
class CheckLists final : public Transform {
 public:
  CheckLists(std::shared_ptr<const Fields> fields, NoElements empty, BadRecords bad)
      : fields_(std::move(fields)), empty_(empty), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    const Column* column = batch.find_column(fields_->list);
    kept_.clear();
    for (const std::uint32_t row : batch.selection()) {
      const Cell cell = column == nullptr ? Cell() : column->cells[row];
      const bool has_value = !cell.is_missing() && cell.type() != Cell::Type::null;
      if (has_value && !split(cell)) {
        bad_.add(row, "'" + escape(plain_field(fields_->list)) + "' is no list", 0);
      } else if (empty_ == NoElements::drop && (!has_value || elements_.empty()) &&
                 !is_unreadable(batch, row)) {
        continue;
      }
      kept_.push_back(row);
    }
    if (kept_.size() != batch.record_count()) batch.keep_rows(kept_);
    if (bad_.empty()) return Done{};
    return bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
  }

 private:
  bool split(const Cell& cell) {
    return cell.type() == Cell::Type::json && split_json_array(cell.text(), elements_);
  }

  std::shared_ptr<const Fields> fields_;
  NoElements empty_;
  BadRecords bad_;
  std::vector<std::string_view> elements_;
  std::vector<std::uint32_t> kept_;
};

class Unnest final : public Expander {
 public:
  explicit Unnest(std::shared_ptr<const Fields> fields)
      : fields_(std::move(fields)), parser_(fields_->wrapped) {}

  Result<Next> expand(const Batch& in, Batch& out) override {
    if (next_record_ == 0 && !is_split_) lists_ = in.find_column(fields_->list);
    Buffer& buffer = *out.buffer();
    made_.clear();
    rows_.clear();
    std::size_t used = 0;
    std::size_t element_bytes = 0;
    while (next_record_ < in.selection().size() && rows_.size() < most_rows) {
      const std::uint32_t row = in.selection()[next_record_];
      if (!std::exchange(is_split_, true)) split(row);
      const std::size_t length = in.rows()[row].length;
      if (used + length > (rows_.empty() ? buffer.capacity() : buffer.size())) {
        if (rows_.empty()) return too_long(buffer.capacity());
        break;
      }
      const std::string_view text = in.bytes().substr(in.rows()[row].offset, length);
      std::copy(text.begin(), text.end(), buffer.data() + used);
      const Slice slice{static_cast<std::uint32_t>(used), static_cast<std::uint32_t>(length)};
      used += length;
      // A text that is cut up into elements is copied to each batch of them, so they may be as
      // long.
      const std::size_t most_bytes = std::max(buffer.size(), length);
      if (!make_rows(row, slice, most_bytes, element_bytes)) break;
      is_split_ = false;
      ++next_record_;
    }
    finish_batch(in, used, out);
    if (next_record_ < in.selection().size()) return Next::again;
    next_record_ = 0;
    return Next::input;
  }

 private:
  /// The most records of one batch.
  static constexpr std::size_t most_rows = 65'536;

  /// One record to make.
  struct Made {
    std::uint32_t row = 0;     ///< Of the input.
    std::string_view element;  ///< Empty: it has none.
  };

  void split(std::uint32_t row) {
    next_element_ = 0;
    elements_.clear();
    const Cell cell = lists_ == nullptr ? Cell() : lists_->cells[row];
    if (cell.type() == Cell::Type::json) split_json_array(cell.text(), elements_);
  }

  /// False when the batch is full before all elements have a record.
  bool make_rows(std::uint32_t row, Slice text, std::size_t most_bytes,
                 std::size_t& element_bytes) {
    if (elements_.empty()) {
      rows_.push_back(text);
      made_.push_back({row, {}});
      return true;
    }
    while (next_element_ < elements_.size()) {
      const std::string_view element = elements_[next_element_];
      const bool is_full = rows_.size() == most_rows || element_bytes + element.size() > most_bytes;
      if (is_full && !rows_.empty()) return false;
      rows_.push_back(text);
      made_.push_back({row, element});
      element_bytes += element.size();
      ++next_element_;
    }
    return true;
  }

  void finish_batch(const Batch& in, std::size_t used, Batch& out) {
    Buffer& buffer = *out.buffer();
    buffer.seal(used);
    out.set_bytes({buffer.data(), used}, rows_.size());
    out.set_rows(rows_);
    for (const Column& column : in.columns()) {
      if (holds_field(fields_->list, column.name)) continue;
      copy_column(in, column, out);
    }
    parse_elements(out);
    std::vector<std::uint32_t> bad_rows;
    for (std::uint32_t i = 0; i < made_.size(); ++i) {
      if (is_unreadable(in, made_[i].row)) bad_rows.push_back(i);
    }
    out.set_bad_rows(bad_rows);
  }

  /// Records of one list share what their cells refer to, as they share their text.
  void copy_column(const Batch& in, const Column& column, Batch& out) {
    Column& copy = out.add_column(column.name);
    for (std::size_t i = 0; i < made_.size(); ++i) {
      const std::uint32_t row = made_[i].row;
      if (i > 0 && made_[i - 1].row == row) {
        copy.cells[i] = copy.cells[i - 1];
        continue;
      }
      const Slice old = in.rows()[row];
      copy.cells[i] = moved_cell(column.cells[row], in.bytes().substr(old.offset, old.length),
                                 out.bytes().data() + out.rows()[i].offset, out.arena());
    }
  }

  /// Each element is read as that of a record of its own: {"v":ELEMENT}.
  void parse_elements(Batch& out) {
    if (fields_->names.empty()) return;
    std::vector<Cell*> cells;
    for (const std::string& name : fields_->names) out.add_column(name);
    auto columns = out.columns().last(fields_->names.size());
    for (Column& column : columns) cells.push_back(column.cells.data());
    parser_.set_columns(std::move(cells));
    constexpr std::string_view begin = "{\"v\":";
    std::size_t bytes = Buffer::slack;
    for (const Made& made : made_) bytes += begin.size() + made.element.size() + 1;
    char* at = out.arena().allocate(bytes);
    std::memset(at, 0, bytes);
    for (std::uint32_t i = 0; i < made_.size(); ++i) {
      const std::string_view element = made_[i].element;
      if (element.empty()) continue;
      char* const text = at;
      at = std::copy(begin.begin(), begin.end(), at);
      at = std::copy(element.begin(), element.end(), at);
      *at++ = '}';
      const std::string_view object(text, static_cast<std::size_t>(at - text));
      if (!parser_.parse(object, i, out.arena())) continue;
      // An expression may make lists of what JSON has not.
      for (Column& column : columns) column.cells[i] = Cell();
    }
  }

  static Error too_long(std::size_t capacity) {
    Error error;
    error.code = ErrorCode::limit;
    error.message =
        "a record is longer than what can be copied here (" + print(ByteSize{capacity}) + ")";
    return error;
  }

  std::shared_ptr<const Fields> fields_;
  JsonParser parser_;
  const Column* lists_ = nullptr;  ///< Of the input at hand; null: no record has one.
  std::size_t next_record_ = 0;    ///< Of the wanted records of the input at hand.
  bool is_split_ = false;          ///< elements_ are those of the next record.
  std::vector<std::string_view> elements_;
  std::size_t next_element_ = 0;
  std::vector<Slice> rows_;
  std::vector<Made> made_;
};

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Schema schema = input;
  const auto list = list_field(options, input, diagnostics);
  if (!list) return schema;
  schema.is_changed = true;
  schema.text_is_json = false;
  std::erase_if(schema.fields, [&](const Field& field) {
    return field.name != list->name && holds_field(list->name, field.name);
  });
  const auto found = std::find_if(schema.fields.begin(), schema.fields.end(),
                                  [&](const Field& field) { return field.name == list->name; });
  if (found == schema.fields.end()) {
    schema.fields.push_back({list->name, FieldType::any});
  } else {
    found->type = FieldType::any;
  }
  return schema;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  Diagnostics none;
  const auto list = list_field(options, place.input, none);
  if (!list) return demand;
  for (const std::string& name : declare_detail::passed_on(place).fields.names) {
    if (!holds_field(list->name, name)) demand.fields.add(name);
  }
  demand.fields.add(list->name);
  if (options.on_error != OnError::drop || place.is_named_read()) return demand;
  for (const auto& clause : place.output.conditions) {
    // What is in an element is not yet a field above.
    const bool is_of_list = std::any_of(
        clause.begin(), clause.end(),
        [&](const TextCondition& condition) { return holds_field(list->name, condition.field); });
    if (!is_of_list) demand.conditions.push_back(clause);
  }
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  const auto list = list_field(options, place.input, none);
  const auto fields = std::make_shared<const Fields>(list->name, place.output.fields);
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  TransformPart checks = transform_part(
      [=, empty = options.empty] { return std::make_unique<CheckLists>(fields, empty, bad); });
  Parts parts;
  parts.add(std::move(checks));
  parts.add(ExpanderPart{std::make_unique<Unnest>(fields), {}, true});
  return parts;
}

constexpr const char* details =
    "The field that was the list becomes its element, and the other fields are the same in each of "
    "the records. Elements that are objects have fields: below `unnest: items` there is "
    "`items.price`. The text (`raw`) is that of the record that had the list. Records stay in "
    "order, and elements in that of the list.\n"
    "\n"
    "A record whose list is empty, null or not there is kept as it is, without the field, or "
    "dropped (`empty`). A field that holds something else than a list makes the record bad "
    "(`on_error`).";

}  // namespace

void register_unnest(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "unnest", "Makes a record of each element of a list.")
          .main("field")
          .required("field", &Options::field, "The field that holds the list.", NotEmpty{})
          .option("empty", &Options::empty, "What becomes of a record without elements.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record whose field is no list: it is left out and counted "
                  "(`drop`), kept without the field, or ends the run (`fail`). If a stage reads "
                  "the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: unnest\n"
                   "  field: items\n")
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
