#include "stages/support/oversize_records.h"

#include <string>

namespace sluice {

Status OversizeRecords::add(std::size_t begin) {
  const std::string noun = this->noun();
  if (options_.oversize == Oversize::fail) {
    return place_.error(ErrorCode::limit,
                        noun + " is longer than max_record (" + print(options_.max_record) + ")",
                        begin);
  }
  if (count_++ == 0) first_ = begin;
  return Done{};
}

void OversizeRecords::report() const {
  if (count_ == 0) return;
  const std::string sample = std::string(place_.file) + " at " + place_.describe(first_) + ": " +
                             noun() + " longer than " + print(options_.max_record);
  if (options_.oversize == Oversize::drop) {
    context_.reject("oversize_dropped", count_, sample);
  } else {
    context_.warn("oversize_truncated", count_, sample);
  }
}

}  // namespace sluice
