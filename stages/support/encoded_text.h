// Where encodings write: memory that is given, or their own.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sluice {

/// Text that grows at its end, record by record. Writers ask for more room than they will need, so
/// that they need not look at each byte whether it still fits.
///
/// Over memory that was given (use) there may be no room for a record: it then spills into memory
/// of the object's own, whole, and what was written before stays as it is. One thread at a time.
class EncodedText {
 public:
  EncodedText() = default;
  EncodedText(const EncodedText&) = delete;
  EncodedText& operator=(const EncodedText&) = delete;

  /// Starts anew, in `memory`, which outlives what is done with the text.
  void use(std::span<char> memory) noexcept;
  /// Starts anew, in its own memory.
  void clear() noexcept;
  bool has_spilled() const noexcept { return has_spilled_; }

  /// What is written now belongs to a further record.
  void begin_record() noexcept { record_ = at_; }
  std::size_t record_size() const noexcept { return static_cast<std::size_t>(at_ - record_); }
  char* record() noexcept { return record_; }
  /// Takes all of the record back but its first `size` bytes.
  void cut_record(std::size_t size) noexcept { at_ = record_ + size; }

  /// Where to write next: `count` bytes may be written there, and wrote() says where they end.
  char* room(std::size_t count) {
    if (count > static_cast<std::size_t>(end_ - at_)) grow(count);
    return at_;
  }
  void wrote(char* end) noexcept { at_ = end; }

  void append(std::string_view text) {
    char* to = room(text.size());
    // Not memcpy of nothing: an empty text may be null.
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    at_ = to + text.size();
  }
  void append(char c) {
    *room(1) = c;
    ++at_;
  }

  /// All that was written; of what has spilled, the last record.
  std::string_view text() const noexcept {
    return {begin_, static_cast<std::size_t>(at_ - begin_)};
  }

 private:
  void grow(std::size_t count);

  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
  char* record_ = nullptr;
  bool is_given_ = false;
  bool has_spilled_ = false;
  std::unique_ptr<char[]> own_;  // NOLINT(*-avoid-c-arrays): raw memory.
  std::size_t own_size_ = 0;
};

}  // namespace sluice
