// The functions of expressions, each as a table of overloads. A function is called only with
// arguments of the types that its signature has, none of them an error or json.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/expression/function_context.h"

namespace sluice {

using Function = CelValue (*)(FunctionContext&, const CelValue* arguments);

/// Some types, as bits.
using TypeSet = std::uint32_t;
constexpr TypeSet set_of(CelValue::Type type) noexcept {
  return TypeSet{1} << static_cast<unsigned>(type);
}
inline constexpr TypeSet any_type = ~set_of(CelValue::Type::error);

struct Overload {
  static constexpr std::size_t most_arguments = 4;

  std::string_view name;  ///< With its namespace: "base64.encode".
  bool is_member = false;
  std::uint8_t count = 0;
  std::array<TypeSet, most_arguments> arguments{};  ///< The target of a member first.
  TypeSet result = any_type;
  Function function = nullptr;
};

/// One letter per type: `n` null, `b` bool, `i` int, `u` uint, `d` double, `s` string, `y` bytes,
/// `t` timestamp, `r` duration, `l` list, `m` map, `T` type, `p` an address, `c` a network, `a`
/// any.
constexpr TypeSet set_of(char letter) noexcept {
  using Type = CelValue::Type;
  switch (letter) {
    case 'n':
      return set_of(Type::null);
    case 'b':
      return set_of(Type::boolean);
    case 'i':
      return set_of(Type::integer);
    case 'u':
      return set_of(Type::natural);
    case 'd':
      return set_of(Type::real);
    case 's':
      return set_of(Type::text);
    case 'y':
      return set_of(Type::bytes);
    case 't':
      return set_of(Type::timestamp);
    case 'r':
      return set_of(Type::duration);
    case 'l':
      return set_of(Type::list);
    case 'm':
      return set_of(Type::map);
    case 'T':
      return set_of(Type::type);
    case 'p':
      return set_of(Type::address);
    case 'c':
      return set_of(Type::network);
    default:
      return any_type;
  }
}

/// `signature` is the arguments' letters, a dot behind the target of a member, and behind a colon
/// the result's: "s.i:s".
constexpr Overload overload(std::string_view name, std::string_view signature,
                            Function function) noexcept {
  Overload made;
  made.name = name;
  made.function = function;
  for (const char letter : signature.substr(0, signature.find(':'))) {
    if (letter == '.') {
      made.is_member = true;
    } else {
      made.arguments[made.count++] = set_of(letter);
    }
  }
  made.result = set_of(signature.back());
  return made;
}

std::span<const Overload> text_functions() noexcept;
std::span<const Overload> format_functions() noexcept;
std::span<const Overload> conversion_functions() noexcept;
std::span<const Overload> math_functions() noexcept;
std::span<const Overload> time_functions() noexcept;
std::span<const Overload> network_functions() noexcept;
std::span<const Overload> encoding_functions() noexcept;

/// All of the tables.
std::array<std::span<const Overload>, 7> all_functions() noexcept;

/// Appends what string() makes of it, and format's %s of lists and maps too. False when it has no
/// such text: bytes that are no UTF-8.
bool append_text(std::string& out, const CelValue& value);

/// The address or network that `text` is; false when it is none.
bool parse_address(std::string_view text, NetworkAddress& to) noexcept;
bool parse_network(std::string_view text, NetworkAddress& to) noexcept;
/// Base64 with padding.
void append_base64(std::string& out, std::string_view bytes);
void append_address(std::string& out, const NetworkAddress& address, bool is_network);

}  // namespace sluice
