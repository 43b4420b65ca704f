#include "tests/conformance/proto_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/base/escape.h"
#include "engine/expression/functions.h"

namespace sluice::conformance {
namespace {

using Type = CelValue::Type;

template <class T>
bool read_number(std::string_view text, T& to) {
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, to);
  return !text.empty() && read.ec == std::errc() && read.ptr == end;
}

CelValue no_number(std::string_view text, FunctionContext& memory) {
  return memory.error({"'", text, "' is no such number"});
}

CelValue read_list(const ProtoMessage& list, FunctionContext& memory) {
  std::vector<CelValue> items;
  for (const ProtoField& field : list.fields) {
    items.push_back(read_value(field.message, memory));
    if (items.back().is_error()) return items.back();
  }
  return memory.list(items);
}

CelValue read_map(const ProtoMessage& map, FunctionContext& memory) {
  std::vector<CelValue> entries;
  for (const ProtoField& field : map.fields) {
    for (const char* part : {"key", "value"}) {
      entries.push_back(read_value(field.message.message(part), memory));
      if (entries.back().is_error()) return entries.back();
    }
  }
  return memory.map(entries);
}

/// A message in an Any: times are values here, other messages are not.
CelValue read_object(const ProtoMessage& object, FunctionContext& memory) {
  const std::string_view name =
      object.fields.empty() ? std::string_view() : std::string_view(object.fields.front().name);
  const ProtoMessage& message = object.message(name);
  const bool is_time = name == "[type.googleapis.com/google.protobuf.Timestamp]";
  if (!is_time && name != "[type.googleapis.com/google.protobuf.Duration]") {
    return memory.error({"the message ", name});
  }
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  const auto part = [&](const char* part_name, auto& to) {
    return message.find(part_name) == nullptr || read_number(message.scalar(part_name), to);
  };
  if (!part("seconds", seconds) || !part("nanos", nanoseconds)) {
    return memory.error({"a time that is none"});
  }
  if (nanoseconds < 0) {
    // Ours count upwards from the second before.
    nanoseconds += 1'000'000'000;
    --seconds;
  }
  const auto fraction = static_cast<std::uint32_t>(nanoseconds);
  return is_time ? CelValue::timestamp({seconds, fraction})
                 : CelValue::duration({seconds, fraction});
}

CelValue read_double(std::string_view text, FunctionContext& memory) {
  double number = 0;
  if (text == "nan" || text == "-nan") return CelValue::real(std::nan(""));
  if (text == "inf" || text == "infinity") return CelValue::real(HUGE_VAL);
  if (text == "-inf" || text == "-infinity") return CelValue::real(-HUGE_VAL);
  if (!read_number(text, number)) return no_number(text, memory);
  return CelValue::real(number);
}

bool same_maps(const CelValue& a, const CelValue& b) {
  for (std::size_t i = 0; i < a.items().size(); i += 2) {
    bool is_found = false;
    for (std::size_t j = 0; j < b.items().size(); j += 2) {
      is_found = is_found ||
                 (same(a.items()[i], b.items()[j]) && same(a.items()[i + 1], b.items()[j + 1]));
    }
    if (!is_found) return false;
  }
  return true;
}

}  // namespace

CelValue read_value(const ProtoMessage& value, FunctionContext& memory) {
  if (value.fields.size() != 1) return memory.error({"a value without exactly one kind"});
  const ProtoField& field = value.fields.front();
  const std::string_view text = field.scalar;
  if (field.name == "null_value") return CelValue::null();
  if (field.name == "bool_value") return CelValue::boolean(text == "true");
  if (field.name == "string_value") return CelValue::text(text);
  if (field.name == "bytes_value") return CelValue::bytes(text);
  if (field.name == "type_value") return CelValue::type_named(text);
  if (field.name == "double_value") return read_double(text, memory);
  if (field.name == "list_value") return read_list(field.message, memory);
  if (field.name == "map_value") return read_map(field.message, memory);
  if (field.name == "object_value") return read_object(field.message, memory);
  if (field.name == "int64_value") {
    std::int64_t number = 0;
    return read_number(text, number) ? CelValue::integer(number) : no_number(text, memory);
  }
  if (field.name == "uint64_value") {
    std::uint64_t number = 0;
    return read_number(text, number) ? CelValue::natural(number) : no_number(text, memory);
  }
  return memory.error({"a value of the kind ", field.name});
}

bool same(const CelValue& a, const CelValue& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::error:
      return false;
    case Type::real:
      return a.real() == b.real() || (std::isnan(a.real()) && std::isnan(b.real()));
    case Type::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        [](const CelValue& x, const CelValue& y) { return same(x, y); });
    case Type::map:
      return a.items().size() == b.items().size() && same_maps(a, b) && same_maps(b, a);
    default:
      return equal(a, b);
  }
}

std::string print(const CelValue& value) {
  if (value.is_error()) return "error: " + std::string(value.text());
  std::string out = std::string(name_of(value.type())) + " ";
  if (value.type() == Type::bytes) return out + "\"" + escape(value.text()) + "\"";
  std::string text;
  append_text(text, value);
  return out + escape(text);
}

}  // namespace sluice::conformance
