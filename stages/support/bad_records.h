// What becomes of the records that a transform cannot work with: the option `on_error` and the
// output `errors`, the same for every transform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/batch.h"
#include "engine/stage/option.h"
#include "engine/stage/schema.h"
#include "engine/stage/stage_context.h"

namespace sluice {

enum class OnError : std::uint8_t {
  fail,  ///< The run fails.
  drop,
  keep,  ///< The record goes on.
};

template <>
struct EnumNames<OnError> {
  static constexpr std::array<std::pair<std::string_view, OnError>, 3> names{
      {{"fail", OnError::fail}, {"drop", OnError::drop}, {"keep", OnError::keep}}};
};

/// Collects the bad records of one batch after the other. One thread at a time.
class BadRecords {
 public:
  /// `has_reader`: somebody reads the output `errors`, which then gets them whatever `policy` says.
  /// `wants_reason`: and wants to know what was wrong.
  BadRecords(OnError policy, bool has_reader, bool wants_reason, StageContext& context)
      : policy_(policy), has_reader_(has_reader), wants_reason_(wants_reason), context_(context) {}

  /// How the place of the output `errors` in a pipeline makes a difference. It is the stage's named
  /// output number `errors`, if there is one.
  static BadRecords in_place(OnError policy, const StagePlace& place, StageContext& context,
                             std::size_t errors = 0);

  /// Notes that `row` is bad. Rows come in ascending order. `reason` is a short stable word or two;
  /// `offset` is where in the record it shows.
  void add(std::uint32_t row, std::string reason, std::size_t offset);
  bool empty() const noexcept { return bad_.empty(); }

  /// Deals with the rows added since the last call. With OnError::fail that is an Error; else they
  /// leave the selection of `batch` for `errors`, or for nowhere, or stay in it, and are counted.
  /// REQUIRES: batch.is_table(); `errors` is the named output, null when nobody reads it.
  Status settle(Batch& batch, Batch* errors);

  /// The rows that the last settle() kept, and why they are bad.
  struct Bad {
    std::uint32_t row = 0;
    std::string reason;
    std::size_t offset = 0;
  };
  const std::vector<Bad>& kept() const noexcept { return kept_; }

 private:
  void count(const Batch& batch, BadRecord fate) const;
  void take_out(Batch& batch);
  void send(Batch& batch, Batch& errors) const;
  static std::string describe(const Batch& batch, const Bad& bad);

  OnError policy_;
  bool has_reader_;
  bool wants_reason_;
  StageContext& context_;
  std::vector<Bad> bad_;
  std::vector<Bad> kept_;
  std::vector<std::uint32_t> selection_;
};

}  // namespace sluice
