#include "stages/support/record_encoding.h"

#include <utility>

#include "engine/data/scan.h"
#include "stages/support/record_envelope.h"

namespace sluice {

void RecordRows::bind(const Batch& batch) {
  batch_ = &batch;
  lines_.clear();
  if (batch.is_table()) {
    rows_ = batch.rows();
    selection_ = batch.selection();
    bad_rows_ = batch.bad_rows();
    count_ = selection_.size();
  } else {
    for (const Slice slice : batch.slices()) {
      append_lines(batch.bytes().substr(slice.offset, slice.length), slice.offset, lines_);
    }
    rows_ = lines_;
    selection_ = {};
    bad_rows_ = {};
    count_ = rows_.size();
  }
  columns_.clear();
  for (const EncodingPlan::Output& output : outputs_) {
    Place place;
    place.is_text = output.field.empty();
    const bool has_column = batch.is_table() && !place.is_text;
    const Column* column = has_column ? batch.find_column(output.field) : nullptr;
    if (column != nullptr) place.cells = column->cells.data();
    columns_.push_back(place);
  }
}

namespace {

std::unique_ptr<RecordEncoding> make_unframed(const EncodingPlan& plan) {
  switch (plan.encoding) {
    case Encoding::csv:
      return make_csv_encoding(plan, ',');
    case Encoding::tsv:
      return make_csv_encoding(plan, '\t');
    case Encoding::logfmt:
      return make_logfmt_encoding(plan);
    case Encoding::text_template:
      return make_template_encoding(plan);
    case Encoding::table:
      return make_table_encoding(plan);
    case Encoding::raw:
      return make_raw_encoding(plan);
    case Encoding::automatic:
    case Encoding::jsonl:
      break;
  }
  return make_jsonl_encoding(plan);
}

}  // namespace

std::unique_ptr<RecordEncoding> make_record_encoding(const EncodingPlan& plan) {
  if (plan.envelope) {
    EncodingPlan own = plan;
    own.outputs.resize(plan.own_outputs());
    own.envelope = nullptr;
    return make_enveloped_encoding(plan, make_record_encoding(own));
  }
  auto encoding = make_unframed(plan);
  if (is_plain_lines(plan.framing)) return encoding;
  return make_framed_encoding(plan, std::move(encoding));
}

}  // namespace sluice
