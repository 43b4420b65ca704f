#include "stages/support/compression_choice.h"

#include <array>
#include <string_view>

namespace sluice {
namespace {

using Type = OptionType<CompressionChoice>;

constexpr std::string_view automatic = "auto";
/// In the order of the docs.
constexpr std::array compressions = {Compression::none, Compression::gzip,   Compression::zstd,
                                     Compression::lz4,  Compression::bzip2,  Compression::xz,
                                     Compression::zlib, Compression::deflate};

}  // namespace

std::string Type::name() {
  std::string all;
  for (const std::string& choice : choices()) all += (all.empty() ? "" : " | ") + choice;
  return all;
}

bool Type::parse(const Value& value, CompressionChoice& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "one of " + name(), why)) return false;
  to.chosen.reset();
  if (value.text() == automatic) return true;
  for (const Compression compression : compressions) {
    if (value.text() == name_of(compression)) to.chosen = compression;
  }
  if (to.chosen) return true;
  why = "expected one of " + name() + ", got '" + value.text() + "'";
  return false;
}

std::string Type::print(const CompressionChoice& value) {
  return std::string(value.chosen ? name_of(*value.chosen) : automatic);
}

std::vector<std::string> Type::choices() {
  std::vector<std::string> all{std::string(automatic)};
  for (const Compression compression : compressions) all.emplace_back(name_of(compression));
  return all;
}

}  // namespace sluice
