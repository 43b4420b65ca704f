#include "stages/support/record_encoder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "stages/support/cell_text.h"
#include "stages/support/record_encoding.h"

namespace sluice {
namespace {

/// Room for what a batch becomes: `input` is the largest one, with a line of the greatest length in
/// it, so that most have three times their size. Small batches get what short records need.
std::size_t scratch_for(std::size_t input) {
  constexpr std::size_t least = std::size_t{256} << 10;
  return std::max(input, least);
}

/// Which text of the record that `rows` is at is not UTF-8.
std::string not_utf8(const RecordEncoding& encoding, const RecordRows& rows) {
  constexpr std::size_t excerpt_bytes = 80;
  const auto& outputs = encoding.plan().outputs;
  for (std::size_t i = 0; i < rows.outputs(); ++i) {
    const Cell cell = rows.cell(i);
    if (!holds_text(cell) || is_utf8(cell.text())) continue;
    const std::string_view text = cell.text();
    return "'" + outputs[i].title +
           "' is not UTF-8: " + std::string(text.substr(0, excerpt_bytes)) +
           (text.size() > excerpt_bytes ? "..." : "");
  }
  return {};
}

/// The record that `rows` is at cannot be written.
Error cannot_write(const RecordEncoding& encoding, const Batch& batch, const RecordRows& rows) {
  const std::string failure = encoding.failure();
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = failure.empty()
                      ? "cannot write a record (utf8: fail): " + not_utf8(encoding, rows)
                      : "cannot write a record: " + failure;
  if (!batch.origin_name().empty()) {
    error.file = batch.origin_name();
    error.offset = batch.input_offset(rows.offset());
  }
  return error;
}

/// Encodes a whole batch, or leaves it to the expander behind.
class BatchEncoder final : public Rewrite {
 public:
  explicit BatchEncoder(const EncodingPlan& plan)
      : encoding_(make_record_encoding(plan)), rows_(encoding_->plan().outputs) {}

  Result<std::optional<std::size_t>> rewrite(const Batch& batch, std::span<char> out) override {
    if (encoding_->leaves(batch)) return std::optional<std::size_t>();
    rows_.bind(batch);
    text_.use(out);
    for (std::size_t i = 0; i < rows_.count(); ++i) {
      rows_.move_to(i);
      text_.begin_record();
      encoding_->add(rows_, text_);
      if (encoding_->has_failed()) return cannot_write(*encoding_, batch, rows_);
      if (text_.has_spilled()) return std::optional<std::size_t>();
    }
    return std::optional(text_.text().size());
  }

 private:
  std::unique_ptr<RecordEncoding> encoding_;
  RecordRows rows_;
  EncodedText text_;
};

class RecordEncoder final : public Expander {
 public:
  RecordEncoder(const EncodingPlan& plan, std::shared_ptr<const EarlierOutput> earlier)
      : encoding_(make_record_encoding(plan)),
        rows_(encoding_->plan().outputs),
        earlier_(std::move(earlier)) {}

  bool passes(const Batch& in) override {
    const bool needs_head = encoding_->has_head() && (!begun_ || in.begins_file());
    if (encoding_->has_memory() || needs_head) return false;
    return in.byte_count() == 0 || in.is_rewritten() || encoding_->leaves(in);
  }

  Result<Next> expand(const Batch& in, Batch& out) override {
    begin();
    fill_ = 0;
    if (in.begins_file() && !std::exchange(in_next_file_, true)) {
      encoding_->begin(text_);
      out.set_begins_file(true);
    }
    const Result<Next> next = in.is_rewritten() ? hand_on(in, out) : encode(in, out);
    if (next && next.value() == Next::input) in_next_file_ = false;
    return next;
  }

  Result<Next> finish(Batch& out) override {
    begin();
    if (!std::exchange(ended_, true)) encoding_->end(text_);
    fill_ = 0;
    flush_into(out);
    seal(out, 0);
    return written_ < text_.text().size() ? Next::again : Next::input;
  }

 private:
  void begin() {
    if (std::exchange(begun_, true)) return;
    if (!earlier_ || !earlier_->exists) encoding_->begin(text_);
  }

  /// What is encoded already, behind what comes first.
  Result<Next> hand_on(const Batch& in, Batch& out) {
    if (flush_into(out)) next_ += copy_into(out, in.bytes().substr(next_));
    const bool done = next_ == in.bytes().size();
    seal(out, done ? in.record_count() : 0);
    if (!done) return Next::again;
    next_ = 0;
    return Next::input;
  }

  Result<Next> encode(const Batch& in, Batch& out) {
    if (next_ == 0) rows_.bind(in);
    std::uint64_t records = 0;
    while (flush_into(out) && next_ < rows_.count()) {
      rows_.move_to(next_);
      text_.begin_record();
      encoding_->add(rows_, text_);
      if (encoding_->has_failed()) return cannot_write(*encoding_, in, rows_);
      ++next_;
      ++records;
    }
    const bool done = written_ == text_.text().size() && next_ == rows_.count();
    seal(out, records);
    if (!done) return Next::again;
    next_ = 0;
    return Next::input;
  }

  /// Copies what is encoded to `out`; false when that is full.
  bool flush_into(Batch& out) {
    written_ += copy_into(out, text_.text().substr(written_));
    if (written_ < text_.text().size()) return false;
    text_.clear();
    written_ = 0;
    return fill_ < out.buffer()->size();
  }

  std::size_t copy_into(Batch& out, std::string_view text) {
    Buffer& buffer = *out.buffer();
    const std::size_t count = std::min(buffer.size() - fill_, text.size());
    std::copy_n(text.begin(), count, buffer.data() + fill_);
    fill_ += count;
    return count;
  }

  void seal(Batch& out, std::uint64_t records) const {
    out.buffer()->seal(fill_);
    out.set_bytes({out.buffer()->data(), fill_}, records);
    out.set_stream(true);
  }

  std::unique_ptr<RecordEncoding> encoding_;
  RecordRows rows_;
  std::shared_ptr<const EarlierOutput> earlier_;
  EncodedText text_;  ///< Encoded and not sent yet, from written_ on.
  std::size_t written_ = 0;
  std::size_t fill_ = 0;  ///< Of the output at hand.
  std::size_t next_ = 0;  ///< The wanted record, or byte, of the input to go on with.
  bool begun_ = false;
  bool in_next_file_ = false;  ///< It said so of the input at hand, which begins a file.
  bool ended_ = false;
};

}  // namespace

Parts record_encoder_parts(const EncodingPlan& plan, std::shared_ptr<const EarlierOutput> earlier) {
  Parts parts;
  auto encoder = std::make_unique<RecordEncoder>(plan, std::move(earlier));
  if (plan.encoding != Encoding::table) {
    parts.add(RewritePart{[plan]() -> Result<std::unique_ptr<Rewrite>> {
                            return std::unique_ptr<Rewrite>(std::make_unique<BatchEncoder>(plan));
                          },
                          scratch_for});
  }
  parts.add(ExpanderPart{std::move(encoder)});
  return parts;
}

}  // namespace sluice
