#include "engine/expression/function_context.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

/// Beyond it the patterns are data.
constexpr std::size_t most_regexes = 32;

const char* copied(std::string_view text, ScratchArena& arena) noexcept {
  char* copy = arena.array<char>(text.size());
  if (copy != nullptr && !text.empty()) std::memcpy(copy, text.data(), text.size());
  return copy;
}

const CelValue* copied(std::span<const CelValue> items, ScratchArena& arena) noexcept {
  auto* copy = arena.array<CelValue>(items.size());
  if (copy != nullptr) std::copy(items.begin(), items.end(), copy);
  return copy;
}

}  // namespace

FunctionContext::FunctionContext() = default;
FunctionContext::~FunctionContext() = default;

CelValue FunctionContext::text(std::string_view text) noexcept {
  const char* copy = text.size() > most_text_bytes ? nullptr : copied(text, arena_);
  return copy == nullptr ? CelValue::error(no_memory_left) : CelValue::text({copy, text.size()});
}

CelValue FunctionContext::bytes(std::string_view bytes) noexcept {
  const CelValue made = text(bytes);
  return made.is_error() ? made : CelValue::bytes(made.text());
}

CelValue FunctionContext::list(std::span<const CelValue> items) noexcept {
  const CelValue* copy = copied(items, arena_);
  return copy == nullptr ? CelValue::error(no_memory_left) : CelValue::list({copy, items.size()});
}

CelValue FunctionContext::map(std::span<const CelValue> entries) noexcept {
  const CelValue* copy = copied(entries, arena_);
  return copy == nullptr ? CelValue::error(no_memory_left) : CelValue::map({copy, entries.size()});
}

CelValue FunctionContext::address(const NetworkAddress& address, CelValue::Type type) noexcept {
  auto* copy = arena_.array<NetworkAddress>(1);
  if (copy == nullptr) return CelValue::error(no_memory_left);
  *copy = address;
  return CelValue::address(copy, type);
}

CelValue FunctionContext::error(std::initializer_list<std::string_view> parts) noexcept {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  char* text = arena_.array<char>(size);
  if (text == nullptr) return CelValue::error(no_memory_left);
  char* end = text;
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  return CelValue::error({text, size});
}

const re2::RE2* FunctionContext::regex(std::string_view pattern) {
  for (const Regex& known : regexes_) {
    if (known.pattern == pattern) return known.regex.get();
  }
  if (regexes_.size() >= most_regexes) regexes_.clear();
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) regex.reset();
  return regexes_.emplace_back(Regex{std::string(pattern), std::move(regex)}).regex.get();
}

}  // namespace sluice
