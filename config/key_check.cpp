#include "config/key_check.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::size_t longest_quote_bytes = 60;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<std::string> check_keys(const Value& map, const KeySet& keys,
                                    Diagnostics& diagnostics) {
  std::vector<std::string> meant;
  const std::string where(keys.where);
  for (const Entry& entry : map.entries()) {
    if (contains(keys.known, entry.key)) continue;
    if (contains(keys.unavailable, entry.key)) {
      report_not_available(where.empty() ? entry.key : where + "." + entry.key, entry.key_mark,
                           diagnostics);
      continue;
    }
    const std::string place = where.empty() ? std::string() : " in '" + where + "'";
    diagnostics.add("config.unknown_key", entry.key_mark, "unknown key '" + entry.key + "'" + place,
                    did_you_mean(entry.key, keys.known));
    meant.push_back(nearest(entry.key, keys.known));
  }
  return meant;
}

void report_not_available(const std::string& key, Mark mark, Diagnostics& diagnostics) {
  diagnostics.add("config.not_available", mark, "'" + key + "' is not available in this version");
}

std::string describe(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "nothing";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a map";
    case Value::Kind::scalar:
      break;
  }
  if (value.text().size() <= longest_quote_bytes) return "'" + value.text() + "'";
  return "'" + value.text().substr(0, longest_quote_bytes) + "...'";
}

bool is_config_name(std::string_view name) noexcept {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace sluice
