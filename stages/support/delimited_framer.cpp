// Framings in which something stands behind each record: a line end, a NUL, any text. And those
// without: everything is one record, or nothing is.
#include <algorithm>
#include <array>
#include <cstring>

#include "engine/data/scan.h"
#include "stages/support/record_framer.h"
#include "stages/support/separated_framing.h"

namespace sluice {
namespace {

Slice slice(std::size_t begin, std::size_t end) noexcept {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

/// A delimiter of one byte, which is told from others wherever one looks.
class ByteDelimited final : public RecordFramer {
 public:
  explicit ByteDelimited(char delimiter) : delimiter_(delimiter) {}

  void restart(std::size_t begin) override { whole_ = seen_ = begin; }
  std::size_t find_whole(std::string_view text) override {
    const std::size_t last = find_last_byte(text.substr(seen_), delimiter_);
    if (last != npos) whole_ = seen_ + last + 1;
    seen_ = text.size();
    return whole_;
  }
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view text) override {
    const std::size_t found = find_byte(text, delimiter_);
    return found == npos ? npos : found + 1;
  }

  void append_records(std::string_view text, FoundRecords& found) const override {
    std::array<std::uint32_t, 1024> ends{};
    std::size_t begin = 0;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t count = find_either(text.substr(from), delimiter_, delimiter_, ends);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t end = from + ends[i];
        found.contents.push_back(slice(begin, end));
        begin = end + 1;
      }
      from = count == ends.size() ? begin : text.size();
    }
    if (begin < text.size()) found.contents.push_back(slice(begin, text.size()));
  }

 private:
  char delimiter_;
  std::size_t whole_ = 0;
  std::size_t seen_ = 0;
};

/// A delimiter of several bytes. Where it overlaps with itself the first one counts, so records
/// must be walked over from the front.
class TextDelimited final : public RecordFramer {
 public:
  explicit TextDelimited(std::string delimiter)
      : delimiter_(std::move(delimiter)), finder_(delimiter_) {}

  void restart(std::size_t begin) override { whole_ = seen_ = begin; }
  std::size_t find_whole(std::string_view text) override {
    for (std::size_t at = finder_.find(text, seen_); at != npos; at = finder_.find(text, seen_)) {
      whole_ = seen_ = at + delimiter_.size();
    }
    seen_ = std::max(whole_, text.size() - std::min(text.size(), delimiter_.size() - 1));
    return whole_;
  }
  void give_up(std::string_view beginning) override {
    tail_ = beginning.substr(beginning.size() - std::min(beginning.size(), delimiter_.size() - 1));
  }
  std::size_t skip(std::string_view text) override {
    // A delimiter may have begun in what was seen.
    const std::size_t before = tail_.size();
    tail_ += text.substr(0, delimiter_.size() - 1);
    const std::size_t across = finder_.find(tail_);
    if (across != npos) return across + delimiter_.size() - before;
    const std::size_t within = finder_.find(text);
    if (within != npos) return within + delimiter_.size();
    const std::size_t kept = delimiter_.size() - 1;
    if (text.size() >= kept) tail_ = text;
    if (tail_.size() > kept) tail_.erase(0, tail_.size() - kept);
    return npos;
  }

  void append_records(std::string_view text, FoundRecords& found) const override {
    std::size_t begin = 0;
    for (std::size_t at = finder_.find(text); at != npos; at = finder_.find(text, begin)) {
      found.contents.push_back(slice(begin, at));
      begin = at + delimiter_.size();
    }
    if (begin < text.size()) found.contents.push_back(slice(begin, text.size()));
  }

 private:
  std::string delimiter_;
  LiteralFinder finder_;
  std::size_t whole_ = 0;
  std::size_t seen_ = 0;
  std::string tail_;  ///< Of a frame that was given up: where a delimiter may have begun.
};

/// Records whose quotes may hold line ends. One that is too long is a line.
class Separated final : public RecordFramer {
 public:
  Separated(char separator, std::size_t bound)
      : separator_(separator), bound_(bound), scan_(separator, bound) {}

  void restart(std::size_t begin) override {
    whole_ = begin;
    scan_.restart(begin);
  }
  std::size_t find_whole(std::string_view text) override {
    for (std::size_t end = scan_.find_end(text); end != npos; end = scan_.find_end(text)) {
      whole_ = end;
      scan_.restart(end);
    }
    return whole_;
  }
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view text) override {
    const std::size_t newline = find_newline(text);
    return newline == npos ? npos : newline + 1;
  }
  /// With their line ends: they are what the input has.
  void append_records(std::string_view text, FoundRecords& found) const override {
    sluice::append_records(text, separator_, bound_, found.contents);
  }

 private:
  char separator_;
  std::size_t bound_;
  RecordScan scan_;
  std::size_t whole_ = 0;
};

class WholeInput final : public RecordFramer {
 public:
  void restart(std::size_t begin) override { begin_ = begin; }
  std::size_t find_whole(std::string_view /*text*/) override { return begin_; }
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view /*text*/) override { return npos; }
  void append_records(std::string_view text, FoundRecords& found) const override {
    if (!text.empty()) found.contents.push_back(slice(0, text.size()));
  }

 private:
  std::size_t begin_ = 0;
};

class Bytes final : public RecordFramer {
 public:
  void restart(std::size_t /*begin*/) override {}
  std::size_t find_whole(std::string_view text) override { return text.size(); }
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view /*text*/) override { return 0; }
  void append_records(std::string_view /*text*/, FoundRecords& /*found*/) const override {}
};

}  // namespace

std::unique_ptr<RecordFramer> make_delimited_framer(std::string delimiter) {
  if (delimiter.size() == 1) return std::make_unique<ByteDelimited>(delimiter.front());
  return std::make_unique<TextDelimited>(std::move(delimiter));
}

std::unique_ptr<RecordFramer> make_separated_framer(char separator, std::size_t bound) {
  return std::make_unique<Separated>(separator, bound);
}

std::unique_ptr<RecordFramer> make_whole_input_framer() { return std::make_unique<WholeInput>(); }

std::unique_ptr<RecordFramer> make_byte_framer() { return std::make_unique<Bytes>(); }

}  // namespace sluice
