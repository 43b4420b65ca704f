// A value of an expression while it is being evaluated, by the types of CEL (google/cel-spec,
// doc/langdef.md, "Values"), and the memory that such values lie in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/data/timestamp.h"

namespace sluice {

/// An IPv4 or IPv6 address, and for a network how many bits of it count (RFC 4632, RFC 4291).
/// A mapped address (::ffff:a.b.c.d) is kept as the IPv4 address that it stands for.
struct NetworkAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4: the first four.
  bool is_v6 = false;
  std::uint8_t prefix = 0;  ///< Of a network.
};

/// 16 bytes, trivially copyable. Texts, lists and the like are references: into the batch, into the
/// program, or into the arena of the record at hand.
class CelValue {
 public:
  enum class Type : std::uint8_t {
    error,  ///< Not a value: why there is none.
    null,
    boolean,
    integer,
    natural,  ///< uint
    real,
    text,
    bytes,
    timestamp,
    duration,
    list,
    map,
    type,
    address,  ///< net.IP
    network,  ///< net.CIDR
    json,     ///< A list or map whose text nobody has looked into yet.
  };

  constexpr CelValue() = default;
  static constexpr CelValue error(std::string_view why) noexcept { return {Type::error, why}; }
  static constexpr CelValue null() noexcept {
    CelValue value;
    value.type_ = Type::null;
    return value;
  }
  static constexpr CelValue boolean(bool is) noexcept {
    CelValue value = integer(is ? 1 : 0);
    value.type_ = Type::boolean;
    return value;
  }
  static constexpr CelValue integer(std::int64_t number) noexcept {
    CelValue value;
    value.integer_ = number;
    value.type_ = Type::integer;
    return value;
  }
  static constexpr CelValue natural(std::uint64_t number) noexcept {
    CelValue value;
    value.natural_ = number;
    value.type_ = Type::natural;
    return value;
  }
  static constexpr CelValue real(double number) noexcept {
    CelValue value;
    value.real_ = number;
    value.type_ = Type::real;
    return value;
  }
  static constexpr CelValue text(std::string_view text) noexcept { return {Type::text, text}; }
  static constexpr CelValue bytes(std::string_view bytes) noexcept { return {Type::bytes, bytes}; }
  static constexpr CelValue json(std::string_view text) noexcept { return {Type::json, text}; }
  static constexpr CelValue type_named(std::string_view name) noexcept {
    return {Type::type, name};
  }
  static constexpr CelValue timestamp(Timestamp time) noexcept {
    CelValue value = integer(time.seconds);
    value.length_ = time.nanoseconds;
    value.type_ = Type::timestamp;
    return value;
  }
  static constexpr CelValue duration(TimeSpan span) noexcept {
    CelValue value = integer(span.seconds);
    value.length_ = span.nanoseconds;
    value.type_ = Type::duration;
    return value;
  }
  static constexpr CelValue list(std::span<const CelValue> items) noexcept {
    return {Type::list, items.data(), items.size()};
  }
  /// Keys and values in turn.
  static constexpr CelValue map(std::span<const CelValue> entries) noexcept {
    return {Type::map, entries.data(), entries.size()};
  }
  static constexpr CelValue address(const NetworkAddress* address, Type type) noexcept {
    CelValue value;
    value.address_ = address;
    value.type_ = type;
    return value;
  }

  constexpr Type type() const noexcept { return type_; }
  constexpr bool is_error() const noexcept { return type_ == Type::error; }
  constexpr bool is_number() const noexcept {
    return type_ == Type::integer || type_ == Type::natural || type_ == Type::real;
  }
  constexpr bool is_true() const noexcept { return type_ == Type::boolean && integer_ != 0; }
  constexpr bool is_false() const noexcept { return type_ == Type::boolean && integer_ == 0; }
  /// REQUIRES, here and below: the type that the name says.
  constexpr bool boolean() const noexcept { return integer_ != 0; }
  constexpr std::int64_t integer() const noexcept { return integer_; }
  constexpr std::uint64_t natural() const noexcept { return natural_; }
  constexpr double real() const noexcept { return real_; }
  /// Of text, bytes, json, the name of a type, and why there is an error.
  constexpr std::string_view text() const noexcept { return {text_, length_}; }
  constexpr Timestamp timestamp() const noexcept { return {integer_, length_}; }
  constexpr TimeSpan duration() const noexcept { return {integer_, length_}; }
  /// Of a list, and of a map keys and values in turn.
  constexpr std::span<const CelValue> items() const noexcept { return {items_, length_}; }
  constexpr const NetworkAddress& address() const noexcept { return *address_; }

 private:
  constexpr CelValue(Type type, std::string_view text) noexcept
      : text_(text.data()), length_(static_cast<std::uint32_t>(text.size())), type_(type) {}
  constexpr CelValue(Type type, const CelValue* items, std::size_t count) noexcept
      : items_(items), length_(static_cast<std::uint32_t>(count)), type_(type) {}

  union {
    std::int64_t integer_ = 0;
    std::uint64_t natural_;
    double real_;
    const char* text_;
    const CelValue* items_;
    const NetworkAddress* address_;
  };
  std::uint32_t length_ = 0;
  Type type_ = Type::error;
};

static_assert(sizeof(CelValue) == 16);

/// The name that CEL has for it: "int", "google.protobuf.Timestamp". A json value is opened first.
std::string_view name_of(CelValue::Type type) noexcept;

/// By value, never an error: what has nothing in common is unequal, numbers are compared whatever
/// their types, NaN equals nothing. REQUIRES: neither is an error or json.
bool equal(const CelValue& a, const CelValue& b) noexcept;

/// How two values relate: less than 0, 0, more than 0; `unordered` when one is a NaN, and
/// `impossible` when such types have no order.
enum class Ordering : std::int8_t { less = -1, same = 0, more = 1, unordered = 2, impossible = 3 };
Ordering relate(const CelValue& a, const CelValue& b) noexcept;

/// The value under `key` in a map; null when there is none.
const CelValue* find_key(const CelValue& map, const CelValue& key) noexcept;

/// Memory for what one record's evaluation makes: given out in pieces, taken back all at once, and
/// kept for the next record. Bounded. One thread at a time.
class ScratchArena {
 public:
  static constexpr std::size_t most_bytes = std::size_t{64} << 20U;

  /// Aligned for CelValue. Null when the record has had its share.
  void* allocate(std::size_t size) noexcept;
  template <class T>
  T* array(std::size_t count) noexcept {
    static_assert(alignof(T) <= alignment && std::is_trivially_destructible_v<T>);
    if (count > most_bytes / sizeof(T)) return nullptr;
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  /// Everything given out is free again.
  void reset() noexcept;
  /// Whether `text` lies in it.
  bool holds(std::string_view text) const noexcept;

 private:
  static constexpr std::size_t alignment = 8;
  static constexpr std::size_t block_bytes = 16 << 10;
  struct Block {
    std::unique_ptr<char[]> data;  // NOLINT(*-avoid-c-arrays): raw memory.
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;  ///< The block that is being filled.
  std::size_t used_ = 0;     ///< Of it.
  std::size_t total_ = 0;    ///< Given out since reset().
};

}  // namespace sluice
