// Options of a stage, each declared once: name, member, sentence, check. Parsing, validation with
// marks, defaults, docs, `sluice stages TYPE` and the schema all come from that declaration. The
// default of an option is the initialiser of its member, so it cannot be written twice.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/units.h"
#include "engine/base/value.h"

namespace sluice {

/// How one C++ type is read from a config and shown in docs. Each specialisation has
///   static std::string name();                                   // "size, such as 64KiB"
///   static bool parse(const Value&, T& to, std::string& why);    // why: "expected a size ..."
///   static std::string print(const T&);                          // parse(print(x)) == x
///   static std::vector<std::string> choices();                   // of an enumeration, else empty
template <class T>
struct OptionType;

/// Enumerations specialise this with `static constexpr auto names`, an array of pairs
/// {std::string_view, T}.
template <class T>
struct EnumNames;

namespace option_detail {

bool expect_scalar(const Value& value, std::string_view expected, std::string& why);

template <class T>
bool parse_number(const Value& value, T& to, std::string_view expected, std::string& why) {
  if (!expect_scalar(value, expected, why)) return false;
  const std::string& text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc{} && end == text.data() + text.size()) return true;
  why = "expected " + std::string(expected) + ", got '" + text + "'";
  return false;
}

}  // namespace option_detail

template <>
struct OptionType<std::string> {
  static std::string name() { return "text"; }
  static bool parse(const Value& value, std::string& to, std::string& why);
  static std::string print(const std::string& value) { return value; }
  static std::vector<std::string> choices() { return {}; }
};

template <>
struct OptionType<bool> {
  static std::string name() { return "true or false"; }
  static bool parse(const Value& value, bool& to, std::string& why);
  static std::string print(bool value) { return value ? "true" : "false"; }
  static std::vector<std::string> choices() { return {"true", "false"}; }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct OptionType<T> {
  static std::string name() { return "whole number"; }
  static bool parse(const Value& value, T& to, std::string& why) {
    return option_detail::parse_number(value, to, "a whole number", why);
  }
  static std::string print(T value) { return std::to_string(value); }
  static std::vector<std::string> choices() { return {}; }
};

template <>
struct OptionType<ByteSize> {
  static std::string name() { return "size"; }
  static bool parse(const Value& value, ByteSize& to, std::string& why);
  static std::string print(ByteSize value) { return sluice::print(value); }
  static std::vector<std::string> choices() { return {}; }
};

template <>
struct OptionType<Duration> {
  static std::string name() { return "duration"; }
  static bool parse(const Value& value, Duration& to, std::string& why);
  static std::string print(Duration value) { return sluice::print(value); }
  static std::vector<std::string> choices() { return {}; }
};

template <class T>
requires std::is_enum_v<T>
struct OptionType<T> {
  static std::string name() {
    std::string all;
    for (const std::string& choice : choices()) all += (all.empty() ? "" : " | ") + choice;
    return all;
  }
  static bool parse(const Value& value, T& to, std::string& why) {
    if (!option_detail::expect_scalar(value, "one of " + name(), why)) return false;
    for (const auto& [text, constant] : EnumNames<T>::names) {
      if (text == value.text()) {
        to = constant;
        return true;
      }
    }
    why = "expected one of " + name() + ", got '" + value.text() + "'";
    return false;
  }
  static std::string print(T value) {
    for (const auto& [text, constant] : EnumNames<T>::names) {
      if (constant == value) return std::string(text);
    }
    return "?";
  }
  static std::vector<std::string> choices() {
    std::vector<std::string> all;
    for (const auto& [text, constant] : EnumNames<T>::names) all.emplace_back(text);
    return all;
  }
};

/// An option that may be absent.
template <class T>
struct OptionType<std::optional<T>> {
  static std::string name() { return OptionType<T>::name(); }
  static bool parse(const Value& value, std::optional<T>& to, std::string& why) {
    return OptionType<T>::parse(value, to.emplace(), why);
  }
  static std::string print(const std::optional<T>& value) {
    return value ? OptionType<T>::print(*value) : std::string();
  }
  static std::vector<std::string> choices() { return OptionType<T>::choices(); }
};

/// A list; one item may be written without the brackets.
template <class T>
struct OptionType<std::vector<T>> {
  static std::string name() { return "list of " + OptionType<T>::name(); }
  static bool parse(const Value& value, std::vector<T>& to, std::string& why) {
    to.clear();
    if (value.kind() != Value::Kind::list)
      return OptionType<T>::parse(value, to.emplace_back(), why);
    for (const Value& item : value.items()) {
      if (!OptionType<T>::parse(item, to.emplace_back(), why)) return false;
    }
    return true;
  }
  static std::string print(const std::vector<T>& value) {
    std::string all;
    for (const T& item : value) all += (all.empty() ? "" : ", ") + OptionType<T>::print(item);
    return all.empty() ? all : "[" + all + "]";
  }
  static std::vector<std::string> choices() { return OptionType<T>::choices(); }
};

// --- Checks: what a value must be beyond its type ------------------------------------------------

struct Anything {
  template <class T>
  bool holds(const T& /*value*/) const {
    return true;
  }
  std::string text() const { return {}; }
};

struct NotEmpty {
  template <class T>
  bool holds(const T& value) const {
    if constexpr (requires { value.has_value(); }) {
      return !value || !value->empty();
    } else {
      return !value.empty();
    }
  }
  std::string text() const { return "must not be empty"; }
};

template <class T>
struct Between {
  T low;
  T high;
  template <class V>
  bool holds(const V& value) const {
    if constexpr (requires { value.has_value(); }) {
      return !value || (low <= *value && *value <= high);
    } else {
      return low <= value && value <= high;
    }
  }
  std::string text() const {
    return "must be from " + OptionType<T>::print(low) + " to " + OptionType<T>::print(high);
  }
};

template <class T>
Between<T> between(T low, T high) {
  return {low, high};
}

}  // namespace sluice
