// Framings that say how long a record is: each one in front of it, or all alike in the options. No
// length is believed before so many bytes have come.
#include <algorithm>
#include <limits>

#include "engine/data/scan.h"
#include "stages/support/record_framer.h"

namespace sluice {
namespace {

/// What stands in front of a record.
struct Header {
  enum class State : std::uint8_t { whole, partial, damaged };
  State state = State::partial;
  std::size_t size = 0;      ///< Of the header itself.
  std::uint64_t length = 0;  ///< Of the record behind it.
  const char* damage = nullptr;

  static Header damaged(const char* what) noexcept { return {State::damaged, 0, 0, what}; }
};

std::uint64_t byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

template <std::size_t bytes, bool little_endian>
struct FixedPrefix {
  static Header read(std::string_view text) noexcept {
    if (text.size() < bytes) return {};
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      length |= byte_at(text, i) << (8 * (little_endian ? i : bytes - 1 - i));
    }
    return {Header::State::whole, bytes, length};
  }
};

/// LEB128, as protobuf writes it: seven bits a byte, the lowest first.
struct VarintPrefix {
  static constexpr std::size_t most_bytes = 10;
  static Header read(std::string_view text) noexcept {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < std::min(text.size(), most_bytes); ++i) {
      const std::uint64_t byte = byte_at(text, i);
      // Of the last byte only the lowest bit still fits.
      if (i + 1 == most_bytes && byte > 1) {
        return Header::damaged("a length prefix does not fit 64 bits");
      }
      length |= (byte & 0x7F) << (7 * i);
      if (byte < 0x80) return {Header::State::whole, i + 1, length};
    }
    return {};
  }
};

/// RFC 6587: a decimal number that does not begin with 0, and a space. Line ends in front of it,
/// which some senders add, are skipped.
struct OctetCount {
  static constexpr std::size_t most_digits = 19;
  static Header read(std::string_view text) noexcept {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == ' ' && i > 0) return {Header::State::whole, i + 1, length};
      if (c < '0' || c > '9') return Header::damaged("an octet count must be digits and a space");
      if (c == '0' && i == 0) return Header::damaged("an octet count must not begin with 0");
      if (i == most_digits) return Header::damaged("an octet count has too many digits");
      length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return {};
  }
};

template <class Prefix>
class Counted final : public RecordFramer {
 public:
  void restart(std::size_t begin) override { whole_ = begin; }

  std::size_t find_whole(std::string_view text) override {
    while (!damage_) {
      whole_ = skip_line_ends(text, whole_);
      const std::string_view rest = text.substr(whole_);
      if (rest.empty()) break;
      const Header header = Prefix::read(rest);
      if (header.state == Header::State::damaged) damage_ = {header.damage, whole_};
      if (header.state != Header::State::whole) break;
      if (header.length > rest.size() - header.size) break;
      whole_ += header.size + static_cast<std::size_t>(header.length);
    }
    return whole_;
  }

  void give_up(std::string_view beginning) override {
    const Header header = Prefix::read(beginning);
    left_ = header.length - (beginning.size() - header.size);
  }
  std::size_t skip(std::string_view text) override {
    if (left_ <= text.size()) return static_cast<std::size_t>(left_);
    left_ -= text.size();
    return npos;
  }
  bool ends_with_input() const noexcept override { return false; }

  void append_records(std::string_view text, FoundRecords& found) const override {
    for (std::size_t at = skip_line_ends(text, 0); at < text.size();) {
      const Header header = Prefix::read(text.substr(at));
      if (header.state != Header::State::whole) return;
      const std::size_t begin = at + header.size;
      const auto length =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(header.length, text.size() - begin));
      found.contents.push_back({static_cast<std::uint32_t>(begin), length});
      at = skip_line_ends(text, begin + length);
    }
  }

 private:
  static std::size_t skip_line_ends(std::string_view text, std::size_t at) noexcept {
    if constexpr (std::is_same_v<Prefix, OctetCount>) {
      while (at < text.size() && (text[at] == '\n' || text[at] == '\r')) ++at;
    }
    return at;
  }

  std::size_t whole_ = 0;
  std::uint64_t left_ = 0;  ///< Of a frame that was given up.
};

class FixedSize final : public RecordFramer {
 public:
  explicit FixedSize(std::size_t size) : size_(size) {}

  void restart(std::size_t begin) override { whole_ = begin; }
  std::size_t find_whole(std::string_view text) override {
    whole_ += (text.size() - whole_) / size_ * size_;
    return whole_;
  }
  // None is longer than a record may be.
  void give_up(std::string_view /*beginning*/) override {}
  std::size_t skip(std::string_view /*text*/) override { return 0; }
  bool ends_with_input() const noexcept override { return false; }

  void append_records(std::string_view text, FoundRecords& found) const override {
    found.contents.reserve(text.size() / size_);
    for (std::size_t at = 0; text.size() - at >= size_; at += size_) {
      found.contents.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(size_)});
    }
  }

 private:
  std::size_t size_;
  std::size_t whole_ = 0;
};

}  // namespace

std::unique_ptr<RecordFramer> make_prefixed_framer(LengthPrefix prefix) {
  switch (prefix) {
    case LengthPrefix::u8:
      return std::make_unique<Counted<FixedPrefix<1, true>>>();
    case LengthPrefix::u16le:
      return std::make_unique<Counted<FixedPrefix<2, true>>>();
    case LengthPrefix::u16be:
      return std::make_unique<Counted<FixedPrefix<2, false>>>();
    case LengthPrefix::u32le:
      return std::make_unique<Counted<FixedPrefix<4, true>>>();
    case LengthPrefix::u32be:
      return std::make_unique<Counted<FixedPrefix<4, false>>>();
    case LengthPrefix::varint:
      break;
  }
  return std::make_unique<Counted<VarintPrefix>>();
}

std::unique_ptr<RecordFramer> make_octet_counted_framer() {
  return std::make_unique<Counted<OctetCount>>();
}

std::unique_ptr<RecordFramer> make_fixed_framer(std::size_t record_size) {
  return std::make_unique<FixedSize>(record_size);
}

}  // namespace sluice
