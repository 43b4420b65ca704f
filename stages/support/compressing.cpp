#include "stages/support/compressing.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "stages/support/bgzf.h"
#include "stages/support/byte_stage.h"
#include "stages/support/dictionary_file.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/frame_gather.h"
#include "stages/support/stream_encoder.h"
#include "stages/support/zstd_seek_table.h"

namespace sluice {
namespace {

/// Makes the encoders of a plan. The dictionary is read when the first one is made that needs it,
/// since before the run nothing is opened.
class EncoderMaker {
 public:
  EncoderMaker(CompressingPlan plan, Io& io)
      : plan_(std::move(plan)), dictionary_(plan_.dictionary, io) {}

  const CompressingPlan& plan() const noexcept { return plan_; }

  Result<std::unique_ptr<FrameEncoder>> make() {
    const Result<CodecSettings> settings = dictionary_.load();
    if (!settings) return settings.error();
    return make_with(settings.value());
  }
  /// One that stands for the others before the run.
  Result<std::unique_ptr<FrameEncoder>> make_sample() const { return make_with({}); }

 private:
  Result<std::unique_ptr<FrameEncoder>> make_with(const CodecSettings& settings) const {
    if (plan_.format == GzipFormat::bgzf) return make_bgzf_encoder(plan_.level);
    return make_frame_encoder(plan_.compression, plan_.level, settings);
  }

  CompressingPlan plan_;
  DictionaryFile dictionary_;
};

class FrameRewrite final : public Rewrite {
 public:
  explicit FrameRewrite(std::unique_ptr<FrameEncoder> encoder) : encoder_(std::move(encoder)) {}

  Result<std::optional<std::size_t>> rewrite(const Batch& batch, std::span<char> out) override {
    const Result<std::size_t> size = encoder_->encode(batch.bytes(), out);
    if (!size) return size.error();
    return std::optional(size.value());
  }

 private:
  std::unique_ptr<FrameEncoder> encoder_;
};

/// Lets frames pass and adds what belongs behind the last one.
class FrameEnding final : public Expander {
 public:
  FrameEnding(const CompressingPlan& plan, std::string empty_frame,
              std::shared_ptr<const EarlierOutput> earlier)
      : plan_(plan), ending_(std::move(empty_frame)), earlier_(std::move(earlier)) {}

  bool passes(const Batch& in) override {
    if (in.byte_count() == 0) return true;
    if (in.begins_file() && frames_ > 0) return false;
    note(in);
    return true;
  }

  // Frames come one by one, and the mark of the end alone. So this is the first frame of a file:
  // what belongs behind the last frame of the one before goes in front of it.
  Result<Next> expand(const Batch& in, Batch& out) override {
    if (!is_complete_) complete();
    if (written_ < ending_.size()) {
      write_ending(out);
      return Next::again;
    }
    is_complete_ = false;
    ending_.clear();
    written_ = 0;
    table_ = {};
    fill(out, in.bytes(), in.record_count());
    out.set_begins_file(true);
    note(in);
    return Next::input;
  }

  Result<Next> finish(Batch& out) override {
    if (!is_complete_) complete();
    if (ending_.empty()) return Next::finished;
    write_ending(out);
    return written_ < ending_.size() ? Next::again : Next::input;
  }

 private:
  void note(const Batch& frame) {
    if (frames_++ == 0) ending_.clear();
    if (plan_.compression == Compression::zstd) table_.add(frame.bytes());
  }

  void write_ending(Batch& out) {
    const std::string_view rest = std::string_view(ending_).substr(written_);
    const std::size_t count = std::min(rest.size(), out.buffer()->size());
    fill(out, rest.substr(0, count), 0);
    written_ += count;
  }

  static void fill(Batch& out, std::string_view bytes, std::uint64_t records) {
    bytes.copy(out.buffer()->data(), bytes.size());
    out.buffer()->seal(bytes.size());
    out.set_bytes({out.buffer()->data(), bytes.size()}, records);
    out.set_stream(true);
  }

  void complete() {
    is_complete_ = true;
    const bool is_behind = earlier_ && earlier_->exists;
    if (is_behind) ending_.clear();
    if (plan_.compression == Compression::zstd && !is_behind && frames_ > 0) {
      ending_ += table_.encoded();
    }
    if (plan_.format == GzipFormat::bgzf) ending_ = bgzf_end;
  }

  CompressingPlan plan_;
  std::string ending_;  ///< An empty frame, for as long as there is none.
  std::shared_ptr<const EarlierOutput> earlier_;
  std::uint64_t frames_ = 0;
  ZstdSeekTable table_;
  bool is_complete_ = false;
  std::size_t written_ = 0;
};

std::size_t piece_size(const CompressingPlan& plan) {
  // As many whole blocks as make about 1 MiB.
  if (plan.format == GzipFormat::bgzf) return 16 * bgzf_content_bytes;
  return frame_content_size(plan.compression, plan.level);
}

Result<std::string> empty_frame_of(FrameEncoder& encoder) {
  std::string frame(encoder.bound(0), '\0');
  const Result<std::size_t> size = encoder.encode({}, frame);
  if (!size) return size.error();
  frame.resize(size.value());
  return frame;
}

}  // namespace

CompressingPlan plan_compressing(const CompressingOptions& options, std::string_view path) {
  CompressingPlan plan;
  plan.compression = options.compression.chosen.value_or(from_path(path));
  plan.level = options.level.value_or(levels_of(plan.compression).standard);
  plan.format = options.format;
  plan.dictionary = options.dictionary;
  return plan;
}

void check_compressing(const CompressingOptions& options, std::string_view path,
                       const OptionErrors& errors) {
  const Compression compression = plan_compressing(options, path).compression;
  if (options.format == GzipFormat::bgzf && compression != Compression::gzip) {
    errors.add("format", "option.conflict", "option 'format': bgzf is a way to write gzip",
               "set `compression: gzip`, or leave `format` out");
  }
  if (!options.dictionary.empty() && compression != Compression::zstd) {
    errors.add("dictionary", "option.conflict", "option 'dictionary' is for zstd");
  }
  if (!options.level) return;
  if (compression == Compression::none) {
    errors.add("level", "option.conflict", "option 'level': the output is not compressed",
               "set `compression: zstd` or another one, or end the path in .zst or .gz");
    return;
  }
  const LevelRange range = levels_of(compression);
  if (range.lowest <= *options.level && *options.level <= range.highest) return;
  errors.add("level", "option.range",
             "option 'level': must be from " + std::to_string(range.lowest) + " to " +
                 std::to_string(range.highest) + " for " + std::string(name_of(compression)));
}

Result<Parts> compressing_parts(const CompressingPlan& plan, StageContext& context,
                                std::shared_ptr<const EarlierOutput> earlier) {
  Parts parts;
  if (!has_frames(plan.compression)) {
    Result<std::unique_ptr<StreamEncoder>> encoder =
        StreamEncoder::make(plan.compression, plan.level);
    if (!encoder) return std::move(encoder).error();
    FramingOptions bytes;
    bytes.framing = Framing::none;
    parts.add(byte_stage_part(make_stream_compressor(std::move(encoder).value()), bytes,
                              OnCorrupt::fail, context));
    return parts;
  }
  const auto maker = std::make_shared<EncoderMaker>(plan, context.io());
  Result<std::unique_ptr<FrameEncoder>> made = maker->make_sample();
  if (!made) return std::move(made).error();
  const std::shared_ptr<FrameEncoder> sample = std::move(made).value();
  Result<std::string> empty_frame = empty_frame_of(*sample);
  if (!empty_frame) return std::move(empty_frame).error();

  const std::size_t piece = piece_size(plan);
  parts.add(GatherPart{std::make_unique<FrameGather>(piece), ByteSize{piece}});
  parts.add(RewritePart{[maker]() -> Result<std::unique_ptr<Rewrite>> {
                          auto own = maker->make();
                          if (!own) return std::move(own).error();
                          return std::unique_ptr<Rewrite>(
                              std::make_unique<FrameRewrite>(std::move(own).value()));
                        },
                        [sample](std::size_t input) { return sample->bound(input); }});
  ExpanderPart ending{
      std::make_unique<FrameEnding>(plan, std::move(empty_frame).value(), std::move(earlier))};
  // The first frame of a file is copied.
  if (plan.makes_files) ending.longest_record = {sample->bound(piece)};
  parts.add(std::move(ending));
  return parts;
}

}  // namespace sluice
