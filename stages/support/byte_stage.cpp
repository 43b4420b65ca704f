#include "stages/support/byte_stage.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/input_place.h"
#include "stages/support/frame_batch.h"
#include "stages/support/line_joiner.h"
#include "stages/support/stream_framer.h"

namespace sluice {
namespace {

class ByteStage final : public Expander {
 public:
  ByteStage(std::unique_ptr<StreamCoder> coder, const FramingOptions& framing, OnCorrupt on_corrupt,
            StageContext& context)
      : coder_(std::move(coder)),
        framing_(framing),
        on_corrupt_(on_corrupt),
        context_(context),
        framer_(framing),
        lines_(counts_lines(framing) ? 1 : 0) {}

  Result<Next> expand(const Batch& in, Batch& out) override {
    if (!begun_) begin(in);
    out.share_origin_name(in);
    framer_.start(*out.buffer());
    while (true) {
      const std::span<char> room = framer_.room();
      if (room.empty()) return give(out, Taken::records, Next::again);
      const std::span<const char> rest = rest_of_input();
      const Result<StreamCoder::Step> step = coder_->convert(rest, room);
      if (!step) return break_off(step.error(), in, out);
      use(step.value().consumed);
      add(step.value().produced);
      if (rest_of_input().empty() && step.value().produced < room.size()) break;
    }
    begun_ = false;
    return give(out, Taken::records, Next::input);
  }

  Result<Next> finish(Batch& out) override {
    stop_ = Next::input;
    framer_.start(*out.buffer());
    while (true) {
      const std::span<char> room = framer_.room();
      if (room.empty()) return give(out, Taken::records, Next::again);
      const Result<StreamCoder::Last> last = coder_->finish(room);
      if (!last) return break_off(last.error(), out, out);
      add(last.value().produced);
      if (last.value().done) return give(out, Taken::all, Next::input);
    }
  }

 private:
  enum class Taken : std::uint8_t { records, all, unbroken };

  void begin(const Batch& in) {
    begun_ = true;
    pieces_.clear();
    joiner_.pieces(in, [&](std::string_view piece) { pieces_.push_back(piece); });
    next_piece_ = 0;
    rest_ = {};
    file_offset_ =
        static_cast<std::int64_t>(in.origin().offset) - static_cast<std::int64_t>(consumed_);
  }

  std::span<const char> rest_of_input() {
    while (rest_.empty() && next_piece_ < pieces_.size()) rest_ = pieces_[next_piece_++];
    return rest_;
  }

  void use(std::size_t count) {
    rest_.remove_prefix(count);
    consumed_ += count;
  }

  void add(std::size_t count) {
    framer_.add(count);
    produced_ += count;
  }

  /// Makes what the framer has the content of `out`.
  Result<Next> give(Batch& out, Taken taken, Next next) {
    const std::uint64_t offset = produced_ - framer_.size();
    const std::span<char> text = taken == Taken::all       ? framer_.take_all()
                                 : taken == Taken::records ? framer_.take_records()
                                                           : framer_.take_unbroken();
    Origin origin = out.origin();
    origin.offset = offset;
    out.set_origin(origin);
    out.set_input_place(lines_.next());
    if (head_ == nullptr) head_ = framer_.first_record(text);
    out.input_place()->head = head_;
    const TextPlace place{out.origin_name(), offset, true, {}};
    const Result<std::uint64_t> lines = frame_batch(out, text, framing_, place, context_);
    if (!lines) return lines.error();
    lines_.framed(*out.input_place(), lines.value());
    if (!framer_.damage()) return next;
    Error error =
        place.error(ErrorCode::corrupt_input, framer_.damage()->what, framer_.damage()->offset);
    if (on_corrupt_ == OnCorrupt::fail) return error;
    context_.warn("corrupt_tail", 1, to_string(error));
    return stop_;
  }

  Result<Next> break_off(Error error, const Batch& in, Batch& out) {
    if (error.code == ErrorCode::corrupt_input) {
      error = behind_content(std::move(error), produced_);
      if (!in.origin_name().empty()) error.file = in.origin_name();
      if (error.offset)
        *error.offset =
            static_cast<std::uint64_t>(static_cast<std::int64_t>(*error.offset) + file_offset_);
    }
    if (error.code != ErrorCode::corrupt_input || on_corrupt_ == OnCorrupt::fail) return error;
    context_.warn("corrupt_tail", 1, to_string(error));
    return give(out, Taken::unbroken, stop_);
  }

  std::unique_ptr<StreamCoder> coder_;
  FramingOptions framing_;
  OnCorrupt on_corrupt_;
  StageContext& context_;
  StreamFramer framer_;
  InputLedger lines_;
  std::shared_ptr<const std::string> head_;
  bool begun_ = false;  ///< The input at hand is one that was given before.
  LineJoiner joiner_;
  std::vector<std::string_view> pieces_;  ///< Of the input.
  std::size_t next_piece_ = 0;
  std::string_view rest_;         ///< Of the piece in front of the next one.
  std::int64_t file_offset_ = 0;  ///< Of the stream's first byte, as the file at hand counts.
  Next stop_ = Next::finished;    ///< What to say when nothing more can be made of the input.
  std::uint64_t consumed_ = 0;
  std::uint64_t produced_ = 0;
};

}  // namespace

ExpanderPart byte_stage_part(std::unique_ptr<StreamCoder> coder, const FramingOptions& framing,
                             OnCorrupt on_corrupt, StageContext& context) {
  return {std::make_unique<ByteStage>(std::move(coder), framing, on_corrupt, context),
          longest_record(framing)};
}

}  // namespace sluice
