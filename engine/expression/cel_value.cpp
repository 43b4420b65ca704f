#include "engine/expression/cel_value.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <functional>
#include <utility>

namespace sluice {
namespace {

using Type = CelValue::Type;

template <class T>
Ordering three_way(const T& a, const T& b) noexcept {
  if (a < b) return Ordering::less;
  return b < a ? Ordering::more : Ordering::same;
}

Ordering reversed(Ordering relation) noexcept {
  if (relation == Ordering::less) return Ordering::more;
  return relation == Ordering::more ? Ordering::less : relation;
}

/// Exact: a double outside of the integer's range is larger or smaller than all of them, and the
/// others are split into an integer, which converts exactly, and a fraction. Only the double just
/// above the range (2^63, 2^64) is the same as the integers that are rounded to it: the
/// conformance tests want it so, since 9223372036854775807.0 is that double.
template <class Integer>
Ordering relate_to_real(Integer a, double b, double low, double high) noexcept {
  if (std::isnan(b)) return Ordering::unordered;
  if (b == high && static_cast<double>(a) == high) return Ordering::same;
  if (b >= high) return Ordering::less;
  if (b < low) return Ordering::more;
  const double whole = std::floor(b);
  const auto integer = static_cast<Integer>(whole);
  if (a != integer) return three_way(a, integer);
  return b > whole ? Ordering::less : Ordering::same;
}

constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

Ordering relate_numbers(const CelValue& a, const CelValue& b) noexcept {
  if (a.type() == b.type()) {
    if (a.type() == Type::integer) return three_way(a.integer(), b.integer());
    if (a.type() == Type::natural) return three_way(a.natural(), b.natural());
    if (std::isnan(a.real()) || std::isnan(b.real())) return Ordering::unordered;
    return three_way(a.real(), b.real());
  }
  if (a.type() == Type::real) return reversed(relate_numbers(b, a));
  if (b.type() == Type::real) {
    if (a.type() == Type::integer) {
      return relate_to_real(a.integer(), b.real(), -two_to_63, two_to_63);
    }
    return relate_to_real(a.natural(), b.real(), 0, two_to_64);
  }
  if (a.type() == Type::natural) return reversed(relate_numbers(b, a));
  if (a.integer() < 0) return Ordering::less;
  return three_way(static_cast<std::uint64_t>(a.integer()), b.natural());
}

bool equal_addresses(const CelValue& a, const CelValue& b) noexcept {
  const NetworkAddress& left = a.address();
  const NetworkAddress& right = b.address();
  return left.is_v6 == right.is_v6 && left.bytes == right.bytes && left.prefix == right.prefix;
}

bool equal_lists(std::span<const CelValue> a, std::span<const CelValue> b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const CelValue& left, const CelValue& right) { return equal(left, right); });
}

bool equal_maps(const CelValue& a, const CelValue& b) noexcept {
  const auto entries = a.items();
  if (entries.size() != b.items().size()) return false;
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const CelValue* other = find_key(b, entries[i]);
    if (other == nullptr || !equal(entries[i + 1], *other)) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(Type type) noexcept {
  switch (type) {
    case Type::error:
      return "error";
    case Type::null:
      return "null_type";
    case Type::boolean:
      return "bool";
    case Type::integer:
      return "int";
    case Type::natural:
      return "uint";
    case Type::real:
      return "double";
    case Type::text:
      return "string";
    case Type::bytes:
      return "bytes";
    case Type::timestamp:
      return "google.protobuf.Timestamp";
    case Type::duration:
      return "google.protobuf.Duration";
    case Type::list:
    case Type::json:
      return "list";
    case Type::map:
      return "map";
    case Type::type:
      return "type";
    case Type::address:
      return "net.IP";
    case Type::network:
      return "net.CIDR";
  }
  return "?";
}

bool equal(const CelValue& a, const CelValue& b) noexcept {
  if (a.type() != b.type()) {
    return a.is_number() && b.is_number() && relate_numbers(a, b) == Ordering::same;
  }
  switch (a.type()) {
    case Type::null:
      return true;
    case Type::boolean:
      return a.boolean() == b.boolean();
    case Type::integer:
    case Type::natural:
    case Type::real:
      return relate_numbers(a, b) == Ordering::same;
    case Type::text:
    case Type::bytes:
    case Type::type:
    case Type::json:
      return a.text() == b.text();
    case Type::timestamp:
      return a.timestamp() == b.timestamp();
    case Type::duration:
      return a.duration() == b.duration();
    case Type::list:
      return equal_lists(a.items(), b.items());
    case Type::map:
      return equal_maps(a, b);
    case Type::address:
    case Type::network:
      return equal_addresses(a, b);
    case Type::error:
      break;
  }
  return false;
}

Ordering relate(const CelValue& a, const CelValue& b) noexcept {
  if (a.is_number() && b.is_number()) return relate_numbers(a, b);
  if (a.type() != b.type()) return Ordering::impossible;
  switch (a.type()) {
    case Type::boolean:
      return three_way(a.boolean(), b.boolean());
    case Type::text:
    case Type::bytes:
      return three_way(a.text(), b.text());
    case Type::timestamp:
      return three_way(a.timestamp(), b.timestamp());
    case Type::duration:
      return three_way(a.duration(), b.duration());
    default:
      return Ordering::impossible;
  }
}

const CelValue* find_key(const CelValue& map, const CelValue& key) noexcept {
  const auto entries = map.items();
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    if (equal(entries[i], key)) return &entries[i + 1];
  }
  return nullptr;
}

void* ScratchArena::allocate(std::size_t size) noexcept {
  size = std::max<std::size_t>(alignment, (size + alignment - 1) / alignment * alignment);
  if (size > most_bytes - total_) return nullptr;
  total_ += size;
  while (current_ < blocks_.size() && blocks_[current_].size - used_ < size) {
    ++current_;
    used_ = 0;
  }
  if (current_ == blocks_.size()) {
    const std::size_t bytes = std::max(size, block_bytes);
    blocks_.push_back(
        {std::make_unique_for_overwrite<char[]>(bytes), bytes});  // NOLINT(*-c-arrays)
    used_ = 0;
  }
  char* place = blocks_[current_].data.get() + used_;
  used_ += size;
  return place;
}

void ScratchArena::reset() noexcept {
  // What a rare large record took is not kept.
  constexpr std::size_t kept_bytes = std::size_t{1} << 20U;
  std::size_t kept = 0;
  std::size_t count = 0;
  while (count < blocks_.size() && kept + blocks_[count].size <= kept_bytes) {
    kept += blocks_[count++].size;
  }
  if (count < blocks_.size()) blocks_.resize(count);
  current_ = 0;
  used_ = 0;
  total_ = 0;
}

bool ScratchArena::holds(std::string_view text) const noexcept {
  const std::less<> before;
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return !before(text.data(), block.data.get()) &&
           before(text.data(), block.data.get() + block.size);
  });
}

}  // namespace sluice
