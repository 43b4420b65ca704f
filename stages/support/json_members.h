// The members of JSON objects as they are written, without some of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Copies members of JSON objects. Immutable; any number of threads may use one.
class JsonMembers {
 public:
  /// `removed` are names of fields (stage/field_path.h); what lies in one is removed with it.
  explicit JsonMembers(const std::vector<std::string>& removed);

  /// Appends the members of `object` that are not removed, in their order and as they are written,
  /// with commas between them and without the braces. An object within that is left without
  /// members stays, as `{}`. REQUIRES: a parser has found `object` to be valid; of any other text
  /// less is appended, and nothing outside of it is read.
  void append(std::string_view object, std::string& out) const;

 private:
  struct Key {
    std::string text;
    bool is_removed = false;
    std::vector<Key> children;
  };
  static void add(std::vector<Key>& keys, const std::vector<std::string>& path, std::size_t depth);
  static void copy(std::string_view object, const std::vector<Key>& keys, std::string& out);

  std::vector<Key> keys_;
};

}  // namespace sluice
