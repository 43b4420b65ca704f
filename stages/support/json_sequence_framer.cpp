// JSON text sequences (RFC 7464): a record separator (RS) in front of each text and a line end
// behind it. A text that was cut off costs no other: the next one begins with the next RS.
#include <algorithm>

#include "engine/data/scan.h"
#include "stages/support/record_framer.h"

namespace sluice {
namespace {

constexpr char record_separator = '\x1e';

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// True of a text that may have lost its end without anybody seeing it: a number or a name that no
/// white space follows.
bool may_be_cut(std::string_view text) noexcept {
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  const bool shows_its_end = *first == '{' || *first == '[' || *first == '"';
  return !shows_its_end && !is_space(text.back());
}

class JsonSequence final : public RecordFramer {
 public:
  explicit JsonSequence(std::size_t longest) : longest_(longest) {}

  void restart(std::size_t begin) override { whole_ = seen_ = begin; }
  std::size_t find_whole(std::string_view text) override {
    // An RS in front of everything ends nothing.
    const std::size_t last = find_last_byte(text.substr(seen_), record_separator);
    if (last != npos) whole_ = seen_ + last;
    seen_ = text.size();
    return whole_;
  }
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view text) override { return find_byte(text, record_separator); }

  void append_records(std::string_view text, FoundRecords& found) const override {
    for (std::size_t begin = 0; begin < text.size();) {
      const bool has_begin = text[begin] == record_separator;
      const std::size_t next = find_byte(text, record_separator, begin + (has_begin ? 1 : 0));
      const std::size_t end = std::min(next, text.size());
      add(text, has_begin, begin + (has_begin ? 1 : 0), end, found);
      begin = end;
    }
  }

 private:
  /// What is too long is so whatever it holds, since not all of it may be there to look at.
  void add(std::string_view text, bool has_begin, std::size_t begin, std::size_t end,
           FoundRecords& found) const {
    const std::string_view frame = text.substr(begin, end - begin);
    const std::size_t length = frame.size() - (frame.ends_with('\n') ? 1 : 0);
    const bool is_long = length > longest_;
    // Between two RS there may be nothing.
    if (!is_long && std::all_of(frame.begin(), frame.end(), is_space)) return;
    if (!has_begin || (!is_long && may_be_cut(frame))) {
      if (found.truncated++ == 0) found.first_truncated = begin;
      return;
    }
    found.contents.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length)});
  }

  std::size_t longest_;
  std::size_t whole_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<RecordFramer> make_json_sequence_framer(std::size_t longest) {
  return std::make_unique<JsonSequence>(longest);
}

}  // namespace sluice
