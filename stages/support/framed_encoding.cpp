// An encoding whose records are told apart by something else than line ends.
#include <array>
#include <cstring>
#include <limits>

#include "engine/data/scan.h"
#include "stages/support/output_framing.h"
#include "stages/support/record_encoding.h"

namespace sluice {
namespace {

constexpr std::string_view record_separator = "\x1e";

/// The text of records, as it is.
class RawText final : public RecordEncoding {
 public:
  using RecordEncoding::RecordEncoding;

  void add(const RecordRows& rows, EncodedText& out) override {
    out.append(rows.text());
    out.append('\n');
  }
};

/// The bytes of a length, `count` of them.
class LengthBytes {
 public:
  explicit LengthBytes(LengthPrefix prefix) : prefix_(prefix) {}

  /// The longest record that can be written.
  std::uint64_t most() const noexcept {
    switch (prefix_) {
      case LengthPrefix::u8:
        return std::numeric_limits<std::uint8_t>::max();
      case LengthPrefix::u16le:
      case LengthPrefix::u16be:
        return std::numeric_limits<std::uint16_t>::max();
      case LengthPrefix::u32le:
      case LengthPrefix::u32be:
        return std::numeric_limits<std::uint32_t>::max();
      case LengthPrefix::varint:
        break;
    }
    return std::numeric_limits<std::uint64_t>::max();
  }

  /// Valid until the next call.
  std::string_view write(std::uint64_t length) noexcept {
    switch (prefix_) {
      case LengthPrefix::u8:
        return write_bytes(length, 1, true);
      case LengthPrefix::u16le:
        return write_bytes(length, 2, true);
      case LengthPrefix::u16be:
        return write_bytes(length, 2, false);
      case LengthPrefix::u32le:
        return write_bytes(length, 4, true);
      case LengthPrefix::u32be:
        return write_bytes(length, 4, false);
      case LengthPrefix::varint:
        break;
    }
    std::size_t size = 0;
    for (; length >= 0x80; length >>= 7) bytes_[size++] = static_cast<char>(length | 0x80);
    bytes_[size++] = static_cast<char>(length);
    return {bytes_.data(), size};
  }

 private:
  std::string_view write_bytes(std::uint64_t length, std::size_t count, bool little) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      bytes_[i] = static_cast<char>(length >> (8 * (little ? i : count - 1 - i)));
    }
    return {bytes_.data(), count};
  }

  LengthPrefix prefix_;
  std::array<char, 10> bytes_{};
};

class Framed final : public RecordEncoding {
 public:
  Framed(const EncodingPlan& plan, std::unique_ptr<RecordEncoding> inner)
      : RecordEncoding(plan),
        inner_(std::move(inner)),
        framing_(plan.framing.framing),
        end_(end_of(plan.framing)),
        prefix_(plan.framing.prefix.value_or(LengthPrefix::varint)) {}

  void add(const RecordRows& rows, EncodedText& out) override {
    const std::size_t begin = out.record_size();
    inner_->add(rows, out);
    out.cut_record(out.record_size() - 1);  // Its LF.
    const std::string_view record(out.record() + begin, out.record_size() - begin);
    check(record);
    put_in_front(begin, front_of(record), out);
    out.append(end_);
  }

  bool has_failed() const noexcept override { return !failure_.empty() || inner_->has_failed(); }
  std::string failure() const override { return failure_; }

 private:
  static std::string end_of(const OutputFramingOptions& framing) {
    switch (framing.framing) {
      case OutputFraming::lines:
        return framing.delimiter.value_or("\n");
      case OutputFraming::null_terminated:
        return std::string(1, '\0');
      case OutputFraming::json_seq:
        return "\n";
      case OutputFraming::length_prefixed:
      case OutputFraming::octet_counted:
      case OutputFraming::none:
        break;
    }
    return {};
  }

  /// Nobody could tell such a record from others.
  void check(std::string_view record) {
    const bool is_json = framing_ == OutputFraming::json_seq;
    const std::string_view forbidden = is_json ? record_separator : std::string_view(end_);
    if (!forbidden.empty() && holds(record, forbidden)) {
      failure_ = "it holds what stands between records with this framing";
    } else if (framing_ == OutputFraming::length_prefixed && record.size() > prefix_.most()) {
      failure_ = "its " + std::to_string(record.size()) +
                 " bytes are more than the length prefix " + "can say (" +
                 std::to_string(prefix_.most()) + ")";
    } else if (framing_ == OutputFraming::octet_counted && record.empty()) {
      failure_ = "it is empty, and an octet count is at least 1";
    }
  }

  /// Also true when a delimiter would end too early with what stands behind the record.
  bool holds(std::string_view record, std::string_view forbidden) {
    if (forbidden.size() == 1) return find_byte(record, forbidden.front()) != npos;
    if (record.find(forbidden) != npos) return true;
    tail_ = record.substr(record.size() - std::min(record.size(), forbidden.size() - 1));
    const std::size_t length = tail_.size();
    return (tail_ += forbidden).find(forbidden) < length;
  }

  std::string_view front_of(std::string_view record) {
    switch (framing_) {
      case OutputFraming::length_prefixed:
        return prefix_.write(record.size());
      case OutputFraming::octet_counted:
        count_ = std::to_string(record.size()) + ' ';
        return count_;
      case OutputFraming::json_seq:
        return record_separator;
      case OutputFraming::lines:
      case OutputFraming::null_terminated:
      case OutputFraming::none:
        break;
    }
    return {};
  }

  static void put_in_front(std::size_t begin, std::string_view front, EncodedText& out) {
    if (front.empty()) return;
    const std::size_t length = out.record_size() - begin;
    char* const end = out.room(front.size()) + front.size();
    char* const record = out.record() + begin;
    std::memmove(record + front.size(), record, length);
    std::memcpy(record, front.data(), front.size());
    out.wrote(end);
  }

  std::unique_ptr<RecordEncoding> inner_;
  OutputFraming framing_;
  std::string end_;  ///< What stands behind each record.
  LengthBytes prefix_;
  std::string count_;
  std::string tail_;
  std::string failure_;
};

}  // namespace

std::unique_ptr<RecordEncoding> make_raw_encoding(const EncodingPlan& plan) {
  return std::make_unique<RawText>(plan);
}

std::unique_ptr<RecordEncoding> make_framed_encoding(const EncodingPlan& plan,
                                                     std::unique_ptr<RecordEncoding> inner) {
  return std::make_unique<Framed>(plan, std::move(inner));
}

}  // namespace sluice
