// Records made of cells, and what an encoding writes for them, with and without the parallel part.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "stages/support/record_encoder.h"
#include "tests/support/stage_rig.h"

namespace sluice {

/// Names of fields and, record by record, their cells.
struct CellTable {
  std::vector<std::string> names;
  std::vector<std::vector<Cell>> records;
};

inline EncodingPlan plan_of(Encoding encoding, const std::vector<std::string>& fields,
                            InvalidUtf8 utf8 = InvalidUtf8::replace) {
  EncodingPlan plan;
  plan.encoding = encoding;
  plan.utf8 = utf8;
  for (const std::string& field : fields) plan.outputs.push_back({field, field, false});
  return plan;
}

/// The parts of an encoding, called as a graph calls them.
class EncoderRig {
 public:
  explicit EncoderRig(const EncodingPlan& plan, std::size_t scratch = std::size_t{1} << 20,
                      std::size_t buffer = 4096, std::shared_ptr<EarlierOutput> earlier = nullptr)
      : scratch_(scratch, '\0'),
        inputs_({8, 4 << 20, 0, 0}),
        outputs_({8, buffer, 0, 0}),
        parts_(record_encoder_parts(plan, std::move(earlier))) {
    if (auto* rewrite = std::get_if<RewritePart>(&parts_[0])) {
      rewrite_ = rewrite->make().value();
    }
  }

  /// A batch of these records, each with `raw` for its text.
  BatchPtr make(const CellTable& table, std::string_view raw = "text") {
    std::string lines;
    for (std::size_t i = 0; i < table.records.size(); ++i) lines.append(raw).append("\n");
    BatchPtr batch = inputs_.make(lines);
    batch->make_table();
    for (std::size_t field = 0; field < table.names.size(); ++field) {
      Column& column = batch->add_column(names_.emplace_back(table.names[field]));
      for (std::size_t row = 0; row < table.records.size(); ++row) {
        column.cells[row] = table.records[row][field];
      }
    }
    return batch;
  }

  /// Feeds it, and answers what comes out.
  std::string feed(Batch& batch) {
    if (rewrite_) {
      Result<std::optional<std::size_t>> size = rewrite_->rewrite(batch, scratch_);
      if (!size) return fail(size.error());
      batch.set_rewritten(size.value().has_value());
      if (size.value()) batch.set_bytes({scratch_.data(), *size.value()}, batch.record_count());
    }
    Expander& expander = *std::get<ExpanderPart>(parts_[parts_.size() - 1]).expander;
    if (expander.passes(batch)) {
      ++passed_;
      return text_of(batch);
    }
    std::string text;
    while (true) {
      const BatchPtr out = outputs_.empty();
      const Result<Next> next = expander.expand(batch, *out);
      if (!next) return fail(next.error());
      records_ += out->record_count();
      text += text_of(*out);
      if (next.value() != Next::again) return text;
    }
  }
  std::string feed(const CellTable& table) { return feed(*make(table)); }

  std::string finish() {
    Expander& expander = *std::get<ExpanderPart>(parts_[parts_.size() - 1]).expander;
    std::string text;
    while (true) {
      const BatchPtr out = outputs_.empty();
      const Result<Next> next = expander.finish(*out);
      if (!next) return fail(next.error());
      text += text_of(*out);
      if (next.value() != Next::again) return text;
    }
  }

  std::size_t passed() const noexcept { return passed_; }
  std::uint64_t records() const noexcept { return records_; }
  const Error& error() const { return error_; }

 private:
  std::string fail(Error error) {
    error_ = std::move(error);
    return "error: " + error_.message;
  }

  std::string scratch_;
  TextBatches inputs_;
  TextBatches outputs_;
  std::deque<std::string> names_;  ///< Of columns, which refer to them.
  Parts parts_;
  std::unique_ptr<Rewrite> rewrite_;
  std::size_t passed_ = 0;
  std::uint64_t records_ = 0;  ///< As the expander counts them.
  Error error_;
};

/// What the plan makes of one batch.
inline std::string encoded(const EncodingPlan& plan, const CellTable& table) {
  EncoderRig rig(plan);
  const std::string text = rig.feed(table);
  return text + rig.finish();
}

}  // namespace sluice
