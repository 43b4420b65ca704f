// Records on their way into the body of a request, in the forms that servers know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/stage/option.h"

namespace sluice {

/// What a body is made of.
enum class BodyForm : std::uint8_t {
  lines,          ///< Records with line ends.
  array,          ///< A JSON array of them.
  elasticsearch,  ///< The bulk API: in front of each record a line of what is to be done with it.
  loki,           ///< The push API: records by their labels.
};

template <>
struct EnumNames<BodyForm> {
  static constexpr std::array<std::pair<std::string_view, BodyForm>, 4> names{
      {{"lines", BodyForm::lines},
       {"array", BodyForm::array},
       {"elasticsearch", BodyForm::elasticsearch},
       {"loki", BodyForm::loki}}};
};

/// One thread at a time.
class HttpBody {
 public:
  explicit HttpBody(BodyForm form) : form_(form) {}

  /// Adds a record; in the forms of log stores, a line in front of one or the record behind it, in
  /// turn (record_envelope.h).
  void add_line(std::string_view line);

  std::size_t records() const noexcept { return records_.size(); }
  bool empty() const noexcept { return records_.empty(); }
  /// What it has, about.
  std::size_t bytes() const noexcept { return text_.size(); }
  /// A record, as it came.
  std::string_view record(std::size_t number) const noexcept {
    return std::string_view(text_).substr(records_[number].begin,
                                          records_[number].end - records_[number].begin);
  }

  /// What is sent; valid as long as this is not changed.
  std::string_view content();
  /// All whole records, which it has no more; a line in front of a record waits for that.
  HttpBody cut_off();
  /// Those of the records, in ascending order.
  HttpBody only(const std::vector<std::size_t>& numbers) const;

 private:
  struct Record {
    std::size_t head = 0;  ///< Where it begins with what is in front of it.
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t stream = 0;  ///< Number of its labels.
  };

  void add_record(std::string_view head, std::string_view record);
  std::string by_labels() const;

  BodyForm form_;
  std::string text_;
  std::vector<Record> records_;
  std::string head_;  ///< The line in front of the next record.
  bool has_head_ = false;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::size_t> numbers_;  ///< Of labels.
  std::string made_;                                      ///< What content() answered.
};

}  // namespace sluice
